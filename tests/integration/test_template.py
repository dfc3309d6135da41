"""Templates of an enterprise CA, through the command line: who may use which,
what is wrong with a file, what administrators decide and what the audit keeps
of it."""
import json
import os
import pathlib
import re
import signal

import pytest

from ocs import ROOT, free_ports, running_demo, run_cli, wait_until

SHIPPED = sorted((ROOT / "templates").glob("*.yaml"))
ENABLED = ["ClientAuth", "EmailProtection", "User", "WebServer"]
CLEAN = """name: Printer
oid: 1.2.3.4.5
version: 1.0
validity: 1 year
renewal_overlap: 6 weeks
subject:
  from: account
keys: [p256]
key_usage: [digital-signature]
eku: [client-authentication]
permissions:
  - allow: user alice
    rights: [read, enroll]
"""
OPEN = CLEAN + """sid_extension: never
"""
OVERRIDE = OPEN + """overrides:
  - hole: ESC9
    by: erin
    reason: printers of the old hall
"""


@pytest.fixture(scope="module")
def enterprise():
    with running_demo("--ca-type", "enterprise") as d:
        yield d


@pytest.fixture
def put(enterprise):
    """Write a file into the folder of the templates; gone at the end."""
    made = []

    def write(name, text, mode=0o644):
        path = enterprise.dir / "templates" / name
        path.write_text(text)
        path.chmod(mode)
        made.append(path)
        return path
    yield write
    for path in made:
        path.unlink(missing_ok=True)
    enterprise.cli("template", "reload")


def rows(d, *args):
    return {r["name"]: r for r in d.json("template", "list", *args)["rows"]}


def audit(d):
    return [r["detail"] for r in
            d.json("audit", "show", "--limit", "200")["rows"]
            if r["event"] == "template"]


def test_list_says_who_may(enterprise):
    all_rows = rows(enterprise)
    assert sorted(all_rows) == sorted(p.stem for p in SHIPPED)
    assert sorted(n for n, r in all_rows.items() if r["enabled"]) == ENABLED
    alice = rows(enterprise, "--for", "alice")
    assert sorted(alice) == sorted(all_rows)
    for name, row in alice.items():
        assert row["usable"] == (name in ENABLED)
        assert row["usable"] == (row["why"] == "")
    assert "not enabled" in alice["SubCA"]["why"]
    officer = rows(enterprise, "--for", "officer")
    assert not any(r["usable"] for r in officer.values())
    assert "role enrollee" in officer["User"]["why"]


def test_list_for_an_enabled_one_without_right(enterprise):
    enterprise.cli("template", "enable", "CodeSigning")
    row = rows(enterprise, "--for", "alice")["CodeSigning"]
    assert not row["usable"] and "enroll" in row["why"]
    # He does not see what he may neither read nor use.
    assert sorted(rows(enterprise, "--as", "alice")) == ENABLED
    enterprise.cli("template", "disable", "CodeSigning")


def test_permissions_of_the_database_count(enterprise):
    def change(verb, *words):
        enterprise.cli("permission", verb, "user", "alice", *words)
    change("deny", "enroll", "--template", "webserver")
    row = rows(enterprise, "--for", "alice")["WebServer"]
    assert not row["usable"] and "denied to the account alice" in row["why"]
    assert rows(enterprise, "--for", "bob")["WebServer"]["usable"]
    change("remove", "enroll", "--template", "WebServer")
    assert rows(enterprise, "--for", "alice")["WebServer"]["usable"]
    enterprise.cli("template", "enable", "CodeSigning")
    change("allow", "enroll", "--template", "CodeSigning")
    assert rows(enterprise, "--for", "alice")["CodeSigning"]["usable"]
    change("remove", "enroll", "--template", "CodeSigning")
    assert not rows(enterprise, "--for", "alice")["CodeSigning"]["usable"]
    enterprise.cli("template", "disable", "CodeSigning")


def test_list_for_nobody(enterprise):
    p = enterprise.cli("template", "list", "--for", "nobody", check=False)
    assert p.returncode == 1 and "no account nobody" in p.stderr


@pytest.mark.parametrize("args", [
    ("list", "--for", "bob"), ("show", "User"),
    ("check", str(SHIPPED[0])), ("enable", "SubCA"), ("disable", "User"),
    ("reload",)], ids=lambda a: a[0])
def test_an_enrollee_may_not(enterprise, args):
    p = enterprise.cli("template", *args, "--as", "alice", check=False)
    assert p.returncode == 1 and p.stderr.strip()
    assert sorted(n for n, r in rows(enterprise).items()
                  if r["enabled"]) == ENABLED


@pytest.mark.parametrize("verb", ["enable", "disable"])
def test_an_officer_reads_but_does_not_change(enterprise, verb):
    assert rows(enterprise, "--for", "bob", "--as", "officer")
    p = enterprise.cli("template", verb, "User", "--as", "officer",
                       check=False)
    assert p.returncode == 1 and "admin" in p.stderr


def test_show(enterprise):
    text = enterprise.cli("template", "show", "webserver").stdout
    assert re.search(r"^State +enabled$", text, re.M)
    assert re.search(r"^Purposes +server-authentication$", text, re.M)
    assert re.search(r"^DNS suffixes .*localhost, test, example.com$", text,
                     re.M)
    told = enterprise.json("template", "show", "WebServer")
    file = (enterprise.dir / "templates" / "WebServer.yaml").read_text()
    assert told["text"] == file
    p = enterprise.cli("template", "show", "Nothing", check=False)
    assert p.returncode == 1 and "Nothing" in p.stderr


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_ones_are_clean(enterprise, path):
    report = enterprise.json("template", "check", path)
    assert report["good"] and report["findings"] == []
    assert report["name"] == path.stem and "overrides" not in path.read_text()


def check(d, tmp_path, content):
    path = tmp_path / "sample.yaml"
    path.write_bytes(content if isinstance(content, bytes)
                     else content.encode())
    p = d.cli("template", "check", path, "--json", check=False)
    text = d.cli("template", "check", path, check=False)
    assert p.returncode == text.returncode, p.stderr
    if not p.stdout:
        return p
    report = json.loads(p.stdout)
    assert (p.returncode == 0) == report["good"]
    for f in report["findings"]:
        assert re.search(rf"^{re.escape(str(path))}:{f['line']}: ",
                         text.stdout, re.M)
    return report


def test_check_explains_each_fault_with_its_line(enterprise, tmp_path):
    text = CLEAN.replace("version: 1.0", "version: one") \
        .replace("keys: [p256]", "keys: [dsa]") \
        .replace("rights: [read, enroll]", "rights: [read, fly]")
    report = check(enterprise, tmp_path, text)
    assert not report["good"]
    assert [f["line"] for f in report["findings"]] == [3, 8, 13]
    assert "version" in report["findings"][0]["text"]
    report = check(enterprise, tmp_path, CLEAN + "colour: red\n")
    assert [f["line"] for f in report["findings"]] == [14]
    assert "colour" in report["findings"][0]["text"]


def test_check_names_the_hole_and_takes_an_override(enterprise, tmp_path):
    assert check(enterprise, tmp_path, CLEAN)["good"]
    report = check(enterprise, tmp_path, OPEN)
    assert not report["good"]
    assert [f["hole"] for f in report["findings"]] == ["ESC9"]
    report = check(enterprise, tmp_path, OVERRIDE)
    assert report["good"] and "erin" in report["findings"][0]["text"]


def test_check_sees_the_others(enterprise, tmp_path):
    oid = re.search(r"^oid: (.*)$", SHIPPED[0].read_text(), re.M).group(1)
    report = check(enterprise, tmp_path, CLEAN.replace("1.2.3.4.5", oid))
    assert not report["good"]
    assert report["findings"][0]["line"] == 2
    assert SHIPPED[0].stem in report["findings"][0]["text"]


@pytest.mark.parametrize("content", [
    b"", b"\0", b"\xff\xfe\0\0", b"[" * 60000, b"a: " * 20000,
    b"&a [" + b"*a," * 900 + b"]", b"x: &a b\ny: *a\n", b"- 1\n" * 16000],
    ids=range(8))
def test_check_of_rubbish(enterprise, tmp_path, content):
    report = check(enterprise, tmp_path, content)
    assert not report["good"] and len(report["findings"]) == 1
    assert enterprise.json("template", "list")["rows"]  # it lives


def test_check_of_too_much(enterprise, tmp_path):
    p = check(enterprise, tmp_path, b"#" * 65537)
    assert p.returncode == 1 and "64 KiB" in p.stderr


def test_decisions_are_kept_and_audited(enterprise, put):
    put("printer.yaml", OVERRIDE)
    listed = enterprise.json("template", "reload")
    assert any("ESC9" in n["text"] and not n["refused"]
               for n in listed["notes"])
    assert not rows(enterprise)["Printer"]["enabled"]
    enterprise.cli("template", "enable", "printer")
    last = audit(enterprise)[-1]
    assert "enabled Printer" in last and "ESC9" in last and "erin" in last
    enterprise.stop()
    enterprise.start()
    assert rows(enterprise, "--for", "alice")["Printer"]["usable"]
    log = "".join(p.read_text() for p in
                  (enterprise.dir / "log").glob("*.log"))
    assert "ESC9 is open; erin answers for it" in log
    enterprise.cli("template", "disable", "Printer")
    assert not rows(enterprise)["Printer"]["enabled"]
    assert "disabled Printer" in audit(enterprise)[-1]
    enterprise.assert_audit_is_good()


def test_reload_is_all_or_nothing(enterprise, put):
    put("good.yaml", CLEAN)
    path = put("zbad.yaml", CLEAN.replace("Printer", "Other")
               .replace("1.2.3.4.5", "1.2.3.4.6")
               .replace("validity: 1 year", "validity: soon"))
    p = enterprise.cli("template", "reload", check=False)
    assert p.returncode == 1 and "zbad.yaml:4: validity" in p.stderr
    assert "Printer" not in rows(enterprise)
    path.unlink()
    enterprise.cli("template", "reload")
    assert "Printer" in rows(enterprise)


@pytest.mark.parametrize("name, text, says", [
    ("a2.yaml", CLEAN, "name"),
    ("a2.yaml", CLEAN.replace("Printer", "Copier"), "object identifier"),
    ("a2.yaml", CLEAN.replace("Printer", "USER").replace(".5", ".6"), "name"),
], ids=["name", "oid", "capitals"])
def test_two_of_a_name(enterprise, put, name, text, says):
    put("a1.yaml", CLEAN)
    put(name, text)
    p = enterprise.cli("template", "reload", check=False)
    assert p.returncode == 1 and f"its {says} is that of" in p.stderr


def test_supersedes(enterprise, put):
    one = put("a1.yaml", CLEAN + "supersedes: [User]\n")
    enterprise.cli("template", "reload")
    assert "User" in enterprise.cli("template", "show", "Printer").stdout
    one.write_text(CLEAN + "supersedes: [Copier]\n")
    put("a2.yaml", CLEAN.replace("Printer", "Copier")
        .replace("1.2.3.4.5", "1.2.3.4.6") + "supersedes: [Printer]\n")
    p = enterprise.cli("template", "reload", check=False)
    assert p.returncode == 1 and "yaml:14: it supersedes itself" in p.stderr


@pytest.mark.parametrize("mode", [0o664, 0o646], ids=oct)
def test_a_loose_file_is_refused(enterprise, put, mode):
    """ESC4, ESC5: others could write it."""
    put("loose.yaml", CLEAN, mode)
    p = enterprise.cli("template", "reload", check=False)
    assert p.returncode == 1 and "loose.yaml" in p.stderr
    enterprise.stop()
    enterprise.start()
    listed = enterprise.json("template", "list")
    assert "Printer" not in {r["name"] for r in listed["rows"]}
    assert [n for n in listed["notes"]
            if n["refused"] and "loose.yaml" in n["text"]]
    assert sorted(n for n, r in rows(enterprise).items()
                  if r["enabled"]) == ENABLED


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give it away")
def test_a_file_of_somebody_else_is_refused(enterprise, put):
    path = put("foreign.yaml", CLEAN)
    os.chown(path, 65534, 65534)
    p = enterprise.cli("template", "reload", check=False)
    assert p.returncode == 1 and "65534" in p.stderr


def test_a_link_is_refused(enterprise, put, tmp_path):
    (tmp_path / "x.yaml").write_text(CLEAN)
    link = enterprise.dir / "templates" / "link.yaml"
    link.symlink_to(tmp_path / "x.yaml")
    p = enterprise.cli("template", "reload", check=False)
    link.unlink()
    assert p.returncode == 1 and "link.yaml" in p.stderr


def test_a_loose_folder_stops_the_ca(enterprise):
    folder = enterprise.dir / "templates"
    folder.chmod(0o777)
    p = enterprise.cli("template", "reload", check=False)
    folder.chmod(0o755)
    assert p.returncode == 1 and "chmod go-w" in p.stderr
    enterprise.cli("template", "reload")


def test_hangup_reads_them_again(enterprise, put):
    put("printer.yaml", CLEAN)
    os.kill(enterprise.pids()["ca"], signal.SIGHUP)
    wait_until(lambda: "Printer" in rows(enterprise), "it was read")
    assert "read 13 templates" in audit(enterprise)[-1]


def test_a_stand_alone_ca_has_none(demo):
    assert demo.json("template", "list")["rows"] == []
    for verb in ["show", "enable", "disable"]:
        p = demo.cli("template", verb, "User", check=False)
        assert p.returncode == 1 and "stand-alone" in p.stderr


def test_issuing_at_once_is_not_for_an_enterprise(tmp_path):
    https, http = free_ports(2)
    p = run_cli("quickstart", tmp_path / "d", "--detach", "--ca-type",
                "enterprise", "--issue-at-once", "--https", https,
                "--http", http, check=False)
    assert p.returncode == 2 and "template" in p.stderr
    assert not pathlib.Path(tmp_path / "d").exists()


def test_configuration_with_a_number_that_is_none(enterprise):
    path = enterprise.dir / "opencertsrv.yaml"
    text = path.read_text()
    line = text.split("\n").index("  validity_days: 365") + 1
    enterprise.stop()
    path.write_text(text.replace("validity_days: 365\n",
                                 "validity_days: 365abc\n"))
    p = run_cli("quickstart", enterprise.dir, "--detach", check=False)
    log = (enterprise.dir / "log" / "ca.log").read_text()
    path.write_text(text)
    enterprise.start()
    assert p.returncode == 1
    assert f"opencertsrv.yaml:{line}: a number" in log
