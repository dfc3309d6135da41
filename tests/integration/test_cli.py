"""The command line: quickstart and its exit codes, stop, status, lists, and
an audit in which every kind of tampering is found."""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess

import pytest

from ocs import (
    CLI, PATIENCE, free_ports, make_csr, run_cli, running_demo, wait_until)
from programs import Programs


# --- quickstart -------------------------------------------------------------

def test_running_folder_exits_3(demo):
    p = run_cli("quickstart", demo.dir, "--detach", check=False)
    assert p.returncode == 3 and "running" in p.stderr


def test_foreign_folder_is_refused(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8")
    p = run_cli("quickstart", tmp_path, "--detach", check=False)
    assert p.returncode not in (0, 3) and str(tmp_path) in p.stderr
    assert [f.name for f in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("options", [
    ["--https", "0"], ["--https", "99999"], ["--https", "x"],
    ["--key", "rsa1024"], ["--ca-type", "none"], ["--ca-name", ""],
    ["--ca-name", "x" * 500], ["--listen", "not an address"], ["--nothing"],
    ["--https", "5000", "--http", "5000"]], ids=" ".join)
def test_bad_options_leave_nothing_behind(tmp_path, options):
    folder = tmp_path / "demo"
    p = run_cli("quickstart", folder, "--detach", *options, check=False)
    assert p.returncode in (1, 2) and len(p.stderr.strip()) > 10
    assert not folder.exists() or list(folder.iterdir()) == []


def test_usage():
    assert run_cli(check=False).returncode == 2
    for words, said in [(["nonsense"], 'no command "nonsense"'),
                        (["request", "isue"], 'no command "request isue"')]:
        p = run_cli(*words, check=False)
        assert p.returncode == 2 and said in p.stderr
    p = run_cli("request", "--help")
    assert "request deny" in p.stdout and "user add" not in p.stdout
    p = run_cli("--help")
    for word in ["quickstart", "request", "audit", "crl", "user"]:
        assert word in p.stdout


def test_restart_as_it_is(start_demo):
    d = start_demo()
    number = d.submit_id(make_csr()[0])
    kept = {n: (d.dir / n).read_bytes()
            for n in ["opencertsrv.yaml", "ca.pem", "credentials"]}
    d.stop()
    # Options of the first start are not asked for again.
    d.start()
    assert {n: (d.dir / n).read_bytes() for n in kept} == kept
    assert d.row(number)["disposition"] == "pending"
    assert d.get("/certsrv/", "alice").status_code == 200


def test_foreground_says_where_and_stops_on_ctrl_c(tmp_path):
    https, http = free_ports(2)
    folder = tmp_path / "d"
    with open(tmp_path / "out", "w") as out:
        p = subprocess.Popen(
            [CLI, "quickstart", folder, "--https", str(https), "--http",
             str(http)], stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True)
    try:
        def told():
            assert p.poll() is None, (tmp_path / "out").read_text()
            return "Ctrl-C" in (tmp_path / "out").read_text()
        wait_until(told, "quickstart says that it runs")
        text = (tmp_path / "out").read_text()
        assert f"https://localhost:{https}/certsrv/" in text
        assert "alice" in text and str(folder / "credentials") in text
        finger = subprocess.run(
            ["openssl", "x509", "-in", folder / "ca.pem", "-noout",
             "-fingerprint", "-sha256"], capture_output=True, text=True)
        assert finger.stdout.strip().split("=")[1].replace(":", "").lower() \
            in text.replace(":", "").replace(" ", "").lower()
        assert "demo" in text.lower()
    finally:
        os.kill(p.pid, signal.SIGINT)
        assert p.wait(PATIENCE) == 0
    assert run_cli("status", folder, check=False).returncode == 3


def test_port_in_use_is_said(tmp_path):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        taken, other = s.getsockname()[1], free_ports(1)[0]
        p = run_cli("quickstart", tmp_path / "d", "--detach", "--https",
                    taken, "--http", other, check=False)
        assert p.returncode not in (0, 3)
        assert "in use" in p.stderr + p.stdout or str(taken) in p.stderr
    assert run_cli("status", tmp_path / "d", check=False).returncode != 0


def test_layout_and_modes(demo):
    modes = {"credentials": 0o600, "sign": 0o700, "sign/keys": 0o700,
             "ca": 0o700, "tls": 0o700, "run/sign": 0o750,
             "run/web": 0o750}
    for name, mode in modes.items():
        assert (demo.dir / name).stat().st_mode & 0o777 == mode, name
    for key in [*(demo.dir / "sign/keys").glob("*.key"),
                demo.dir / "tls/web.key"]:
        assert key.stat().st_mode & 0o077 == 0, key
    rows = [line.split() for line in
            (demo.dir / "credentials").read_text().splitlines()]
    assert {(r[0], r[2]) for r in rows} == {
        ("alice", "enrollee"), ("bob", "enrollee"), ("officer", "officer"),
        ("officer2", "officer"), ("admin", "admin"), ("auditor", "auditor"),
        ("operator", "operator")}
    assert len({r[1] for r in rows}) == 7
    assert all(len(r[1]) >= 12 for r in rows)


def test_passwords_and_keys_are_in_no_log(demo):
    demo.get("/certsrv/", "alice")
    for log in (demo.dir / "log").iterdir():
        text = log.read_bytes()
        for password, _ in demo.users.values():
            assert password.encode() not in text, log
        assert b"PRIVATE KEY" not in text


# --- stop and status --------------------------------------------------------

def test_stop_and_status(start_demo):
    d = start_demo()
    status = d.json("status")
    assert status["running"] and status["demo"]
    assert {p["name"] for p in status["programs"]} == {"sign", "ca", "web",
                                                       "nginx"}
    assert status["ca"]["signer_up"] and status["ca"]["writable"]
    pids = [p["pid"] for p in status["programs"]] + [status["pid"]]
    assert "demo" in run_cli("status", d.dir).stdout
    assert run_cli("stop", d.dir).returncode == 0
    for pid in pids:
        stat = pathlib.Path(f"/proc/{pid}/stat")
        assert not stat.exists() or stat.read_text().rsplit(")", 1)[1] \
            .split()[0] == "Z", "still running"
    assert run_cli("stop", d.dir, check=False).returncode == 3
    p = run_cli("status", d.dir, "--json", check=False)
    assert p.returncode == 3 and json.loads(p.stdout) == {"running": False}
    # Commands say that nobody answers.
    p = d.cli("request", "list", check=False)
    assert p.returncode != 0 and len(p.stderr) > 10


# --- lists ------------------------------------------------------------------

def test_request_list_and_show(demo):
    number = demo.submit_id(make_csr("/CN=list.example/O=L")[0], "bob")
    listed = demo.json("request", "list", "--search", "list.example")
    assert listed["rows"][0]["id"] == number
    assert listed["pending"] >= 1
    assert "list.example" in demo.cli("request", "list").stdout
    shown = demo.row(number)
    for key in ["fields", "events", "request", "may_decide", "kind", "key"]:
        assert shown[key], key
    text = demo.cli("request", "show", number).stdout
    assert "list.example" in text and "bob" in text
    pem = demo.cli("request", "show", number, "--pem").stdout
    assert pem.startswith("-----BEGIN CERTIFICATE REQUEST")
    mine = demo.json("request", "list", "--requester", "bob", "--limit", 5)
    assert {r["requester"].split("\\")[-1] for r in mine["rows"]} == {"bob"}
    for bad in ["0", "-1", "text", "99999999999999999999"]:
        p = demo.cli("request", "show", bad, check=False)
        assert p.returncode in (1, 2) and p.stderr
    assert demo.cli("request", "show", "999999999",
                    check=False).returncode == 1


def test_list_pages(demo):
    for _ in range(7):
        demo.submit_id(make_csr("/CN=pages.example")[0])
    seen, before = [], None
    while True:
        page = demo.json("request", "list", "--search", "pages.example",
                         "--limit", "3",
                         *(["--before", before] if before else []))
        seen += [r["id"] for r in page["rows"]]
        before = page["next"]
        if not before:
            break
    assert len(seen) >= 7 and seen == sorted(seen, reverse=True)
    assert len(set(seen)) == len(seen)


def test_terminal_is_safe_from_names(demo):
    """Control characters of a requester do not reach the terminal."""
    demo.submit(make_csr()[0], attributes="UserAgent:\x1b[31mred")
    for args in [["request", "list"], ["audit", "show", "--limit", "200"]]:
        assert "\x1b" not in demo.cli(*args).stdout


def test_accounts(demo, tmp_path):
    (tmp_path / "p").write_text("Correct-horse-7-battery\n")
    demo.cli("user", "add", "clerk", "--role", "enrollee",
             "--new-password-file", tmp_path / "p")
    s = demo.session("clerk", "Correct-horse-7-battery")

    def status():
        return s.get(demo.url + "/certsrv/", timeout=PATIENCE).status_code
    assert status() == 200
    demo.cli("user", "disable", "clerk")
    # The pages remember a password for a moment, but not past a change.
    wait_until(lambda: status() == 401, "a disabled account is shut out")
    demo.cli("user", "disable", "clerk", "--enable")
    wait_until(lambda: status() == 200, "it may sign in again")
    listed = str(demo.json("user", "list"))
    assert "clerk" in listed and "Correct-horse" not in listed
    assert demo.cli("user", "add", "clerk", "--no-password",
                    check=False).returncode == 1
    rows = demo.json("audit", "show", "--limit", "200")["rows"]
    assert sum(r["event"] == "user" and "clerk" in r["detail"]
               for r in rows) >= 3


# --- the audit --------------------------------------------------------------

@pytest.fixture(scope="module")
def history():
    """A stopped folder with some history, to be copied and damaged."""

    with running_demo() as d:
        numbers = [d.submit_id(make_csr(f"/CN=h{i}.example")[0])
                   for i in range(4)]
        for n in numbers[:3]:
            d.issue(n)
        d.cli("request", "deny", numbers[3], "--reason", "no")
        d.cli("certificate", "revoke", numbers[0], "--reason", "superseded")
        d.cli("crl", "publish")
        report = d.verify()
        assert report["good"] and report["records"] > 8, report
        assert report["signatures"] > 4
        d.stop()
        yield d


SAVED = ["ca", "sign"]


@pytest.fixture
def damaged(history):
    """A function: damage the stopped folder, start signer and CA, and return"""
    saved = history.dir.parent / "saved"
    for name in SAVED:
        shutil.copytree(history.dir / name, saved / name)

    def run(damage):
        damage(history)
        with Programs(history) as p:
            try:
                p.start("sign")
            except AssertionError as e:
                return None, str(e)
            p.start("ca")
            out = history.cli("audit", "verify", "--json", check=False)
            report = json.loads(out.stdout)
            assert (out.returncode == 0) == report["good"]
            return report, ""
    yield run
    for name in SAVED:
        shutil.rmtree(history.dir / name)
        shutil.move(saved / name, history.dir / name)
    shutil.rmtree(saved)


def sql(demo, *statements):
    db = sqlite3.connect(demo.dir / "ca/ca.db")
    for s in statements:
        db.execute(s)
    db.commit()
    db.close()


DAMAGE = {
    "record edited":
        "UPDATE audit SET actor = 'local\\mallory' WHERE sequence = 5",
    "detail edited":
        "UPDATE audit SET detail = 'nothing' WHERE sequence = 6",
    "time edited": "UPDATE audit SET time = time - 60 WHERE sequence = 4",
    "record removed": "DELETE FROM audit WHERE sequence = 5",
    "first removed": "DELETE FROM audit WHERE sequence = 1",
    "hash edited":
        "UPDATE audit SET hash = zeroblob(32) WHERE sequence = 3",
    "certificate exchanged":
        "UPDATE request SET cert = (SELECT cert FROM request WHERE "
        "cert IS NOT NULL ORDER BY id DESC LIMIT 1) WHERE id = (SELECT "
        "min(id) FROM request WHERE disposition = 21)",
    "row removed":
        "DELETE FROM request WHERE id = (SELECT max(id) FROM request "
        "WHERE disposition = 20)",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found(damaged, what):
    report, why = damaged(lambda d: sql(d, DAMAGE[what]))
    assert report and not report["good"], why
    assert any(f["bad"] and len(f["text"]) > 10 for f in report["findings"])


def test_swapped_records_are_found(damaged):
    report, why = damaged(lambda d: sql(
        d, "UPDATE audit SET sequence = 100000 WHERE sequence = 4",
        "UPDATE audit SET sequence = 4 WHERE sequence = 5",
        "UPDATE audit SET sequence = 5 WHERE sequence = 100000"))
    assert report and not report["good"], why


def test_truncated_chain_is_found(damaged):
    """Whole records missing at the end: the signer's log vouches for them."""
    report, why = damaged(lambda d: sql(
        d, "DELETE FROM audit WHERE sequence > 7"))
    assert report and not report["good"], why


COLUMNS = ("node, sequence, time, event, actor, peer, request_id, detail, "
           "serial, digest, prev, hash")


def chain_hash(row):
    """The hash of an audit record as src/ca/audit.h describes it: every text
    with its length in front, numbers as 8 bytes, SHA-256."""
    node, sequence, when, event, actor, peer, request, detail, serial, \
        digest, prev, _ = row

    def text(value):
        value = (value or b"") if not isinstance(value, str) \
            else value.encode()
        return struct.pack(">I", len(value)) + value
    return hashlib.sha256(
        text("opencertsrv audit 1") + text(node)
        + struct.pack(">qq", sequence, when) + text(event) + text(actor)
        + text(peer) + struct.pack(">q", request) + text(detail)
        + text(serial) + text(digest) + text(prev)).digest()


def audit_rows(demo):
    db = sqlite3.connect(demo.dir / "ca/ca.db")
    rows = db.execute(f"SELECT {COLUMNS} FROM audit ORDER BY sequence") \
        .fetchall()
    db.close()
    return rows


def test_chains_by_independent_arithmetic(history):
    """Both logs, verified here without the programs."""
    prev = bytes(32)
    rows = audit_rows(history)
    for n, row in enumerate(rows, 1):
        assert row[1] == n and (row[10] or bytes(32)) == prev, n
        assert chain_hash(row) == row[11], n
        prev = row[11]
    heads = {row[1]: row[11].hex() for row in rows}
    signed = {row[8].hex() for row in rows if row[8]}
    before, named = "0" * 64, set()
    for n, line in enumerate(lines(history), 1):
        f = line.rstrip("\n").split("\t")
        hashed = line[:line.rindex("\t") + 1].encode()
        assert int(f[0]) == n and f[9] == before
        assert hashlib.sha256(hashed).hexdigest() == f[10]
        if f[8] != "-":
            assert heads[int(f[7])] == f[8], "another audit head"
        if f[2:4] == ["signed", "certificate"]:
            named.add(f[5])
        before = f[10]
    assert named and named == {s for s in signed if s in named}
    assert len(named) >= 3


def test_rewritten_chain_is_found(damaged):
    """Somebody who knows the arithmetic changes a record and computes all
    hashes after it anew: it no longer fits the signer's log."""
    def damage(d):
        db = sqlite3.connect(d.dir / "ca/ca.db")
        rows = audit_rows(d)
        db.execute("UPDATE audit SET actor = 'local\\mallory' "
                   "WHERE sequence = 4")
        prev = rows[2][11]
        for n in range(4, len(rows) + 1):
            db.execute("UPDATE audit SET prev = ? WHERE sequence = ?",
                       (prev, n))
            row = db.execute(f"SELECT {COLUMNS} FROM audit WHERE "
                             "sequence = ?", (n,)).fetchone()
            prev = chain_hash(row)
            db.execute("UPDATE audit SET hash = ? WHERE sequence = ?",
                       (prev, n))
        db.commit()
        db.close()
    report, _ = damaged(damage)
    assert report and not report["good"]


def lines(demo):
    return (demo.dir / "sign/sign.log").read_text().splitlines(True)


@pytest.mark.parametrize("what", ["edited", "removed", "swapped",
                                  "truncated", "torn"])
def test_damage_to_the_signers_log_is_found(damaged, what):
    def damage(d):
        path, rows = d.dir / "sign/sign.log", lines(d)
        if what == "edited":
            at = next(i for i, row in enumerate(rows)
                      if "\tcertificate\t" in row)
            rows[at] = rows[at].replace("certificate", "crl")
            assert rows != lines(d)
        elif what == "removed":
            del rows[3]
        elif what == "swapped":
            rows[3], rows[4] = rows[4], rows[3]
        elif what == "truncated":
            del rows[-3:]
        elif what == "torn":
            rows[-1] = rows[-1][:-20]
        path.write_text("".join(rows))
    report, why = damaged(damage)
    if what in ("edited", "removed", "swapped"):
        assert report is None and "the signer's log" in why \
            and "is damaged" in why
    else:  # it starts, but the two logs do not fit
        assert report and not report["good"], why


def test_undamaged_history_is_good(damaged):
    report, why = damaged(lambda d: None)
    assert report and report["good"], (report, why)
    assert report["checkpoint"] > 0 and report["uncovered"] >= 0
