"""`opencertsrv enroll renew`: when it is due, with an old or a new key, side by
side, interrupted, and through the years by a moved clock."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from cryptography import x509

from enroll import (
    DENIED, DONE, EXEC, FAILED, LOCKED, PASSPHRASE, PENDING, USAGE, Requester)
from ocs import PATIENCE, ROOT, make_key, openssl, run_cli, wait_until
from programs import Programs

BUILD_CLOCK = pathlib.Path(os.environ.get("OCS_BUILD_CLOCK",
                                          ROOT / "build-clock"))
DAY = 86400


@pytest.fixture
def alice(demo, tmp_path):
    return Requester(demo, tmp_path)


@pytest.fixture
def quick(demo_at_once, tmp_path):
    return Requester(demo_at_once, tmp_path)


def files(requester):
    return {f.name: f.read_bytes() for f in requester.dir.iterdir()
            if f.name.startswith("www.") and f.suffix != ".lock"}


def test_not_due_does_nothing(quick):
    quick.certificate()
    before = files(quick)
    p = quick("renew", "www.enroll.json", "--due", "--exec", "touch ran",
              "--random-sleep", "1")
    assert p.returncode == DONE and "Not due until" in p.stdout
    assert files(quick) == before and not (quick.dir / "ran").exists()


@pytest.mark.parametrize("new_key", [False, True], ids=["same", "new"])
def test_renewed(quick, new_key):
    old = quick.certificate("www", "--subject", "CN=www.example", "--dns",
                            "www.example", "--eku", "server")
    before = files(quick)
    p = quick("renew", "www.enroll.json", "--exec", 'env >facts; exit 0',
              *(["--new-key"] if new_key else []))
    assert p.returncode == DONE, p.stderr
    new = quick.pem()
    assert new.serial_number != old.serial_number
    assert new.subject == old.subject and quick.verifies()
    for e in old.extensions:
        if e.oid.dotted_string in ("2.5.29.17", "2.5.29.37", "2.5.29.15"):
            assert new.extensions.get_extension_for_oid(e.oid) == e
    assert quick.belongs()
    now = files(quick)
    assert (now["www.key"] != before["www.key"]) == new_key
    assert now["www.pem.previous"] == before["www.pem"]
    if new_key:
        assert now["www.key.previous"] == before["www.key"]
        assert (quick.dir / "www.key").stat().st_mode & 0o777 == 0o600
    assert not [n for n in now if n.endswith(".new")]
    facts = dict(line.split("=", 1) for line in
                 (quick.dir / "facts").read_text().splitlines()
                 if line.startswith("OPENCERTSRV_"))
    assert facts["OPENCERTSRV_CERTIFICATE"] == str(quick.dir / "www.pem")
    assert facts["OPENCERTSRV_KEY"] == str(quick.dir / "www.key")
    assert int(facts["OPENCERTSRV_SERIAL"], 16) == new.serial_number
    assert facts["OPENCERTSRV_NOT_AFTER"] == \
        new.not_valid_after.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "OPENCERTSRV_PASSWORD" not in facts


def test_protected_key_is_renewed_protected(quick):
    quick.new(passphrase=True)
    assert quick.submit().returncode == DONE
    assert quick("retrieve", "www.enroll.json").returncode == DONE
    p = quick("renew", "www.enroll.json", "--new-key")
    assert p.returncode == DONE, p.stderr
    (quick.dir / "p").write_text(PASSPHRASE)
    key = (quick.dir / "www.key").read_text()
    assert key.startswith("-----BEGIN ENCRYPTED PRIVATE KEY")
    public = openssl("pkey", "-in", quick.dir / "www.key", "-passin",
                     f"file:{quick.dir / 'p'}", "-pubout").stdout
    assert public == openssl("x509", "-in", quick.dir / "www.pem", "-noout",
                             "-pubkey").stdout


def test_waits_then_is_collected_by_the_next_run(alice):
    """The second run asks about the request of the first and sends none."""
    alice.new()
    assert alice.submit().returncode == PENDING
    alice.demo.issue(alice.state()["id"])
    assert alice("retrieve", "www.enroll.json").returncode == DONE
    before = files(alice)
    assert alice("renew", "www.enroll.json", "--new-key").returncode \
        == PENDING
    waiting = alice.state()["renewal_id"]
    assert {n: files(alice)[n] for n in ["www.key", "www.pem"]} \
        == {n: before[n] for n in ["www.key", "www.pem"]}
    p = alice("renew", "www.enroll.json", "--due")
    assert p.returncode == PENDING
    assert alice.state()["renewal_id"] == waiting
    alice.demo.issue(waiting)
    p = alice("renew", "www.enroll.json", "--due")
    assert p.returncode == DONE, p.stderr
    assert alice.belongs() and alice.verifies()
    assert alice.state()["id"] == waiting
    assert not alice.state().get("renewal_id")
    assert files(alice)["www.key"] != before["www.key"]


def test_a_refused_renewal_rests(alice):
    alice.new()
    assert alice.submit().returncode == PENDING
    alice.demo.issue(alice.state()["id"])
    assert alice("retrieve", "www.enroll.json").returncode == DONE
    before = (alice.dir / "www.pem").read_bytes()
    assert alice("renew", "www.enroll.json").returncode == PENDING
    alice.demo.cli("request", "deny", alice.state()["renewal_id"],
                   "--reason", "no")
    assert alice("renew", "www.enroll.json", "--due").returncode == DENIED
    count = len(alice.demo.json("request", "list")["rows"])
    # Due for the next ten years, so only the refusal holds it back.
    p = alice("renew", "www.enroll.json", "--due", "--before", "3650")
    assert p.returncode == DENIED and "rests until" in p.stdout
    assert len(alice.demo.json("request", "list")["rows"]) == count
    assert (alice.dir / "www.pem").read_bytes() == before


def in_pkcs12(path, password):
    """(certificate, do key and certificate belong together) by openssl."""
    def of(*options):
        return openssl("pkcs12", "-in", path, "-passin", f"pass:{password}",
                       *options).stdout
    cert = of("-nokeys", "-clcerts")
    key = openssl("pkey", "-pubout", data=of("-nocerts", "-noenc")).stdout
    return (x509.load_pem_x509_certificate(cert[cert.index(b"-----BEGIN"):]),
            openssl("x509", "-noout", "-pubkey", data=cert).stdout == key)


@pytest.mark.parametrize("new_key", [False, True], ids=["same", "new"])
def test_pkcs12_is_renewed_too(quick, new_key):
    quick.certificate()
    (quick.dir / "p12").write_text("one Password 4 it\n")
    assert quick("retrieve", "www.enroll.json", "--pkcs12", "www.p12",
                 "--pkcs12-password-file", "p12").returncode == DONE
    before = files(quick)
    p = quick("renew", "www.enroll.json", *(["--new-key"] if new_key else []))
    assert p.returncode == DONE, p.stderr
    cert, fits = in_pkcs12(quick.dir / "www.p12", "one Password 4 it")
    assert cert == quick.pem() and fits
    assert (quick.dir / "www.p12").stat().st_mode & 0o777 == 0o600
    now = files(quick)
    assert now["www.p12.previous"] == before["www.p12"]
    assert not [n for n in now if n.endswith(".new")]


@pytest.mark.parametrize("file, words", [
    ("", "its password is in no file"), ("gone", "No such file")])
def test_pkcs12_that_cannot_be_renewed(quick, file, words):
    """Its password cannot be had, or it is gone: the rest is renewed."""
    quick.certificate()
    (quick.dir / "p12").write_text("one Password 4 it\n")
    assert quick("retrieve", "www.enroll.json", "--pkcs12", "www.p12",
                 "--pkcs12-password-file", "p12").returncode == DONE
    state = quick.state()
    state["pkcs12_password_file"] = file
    (quick.dir / "www.enroll.json").write_text(json.dumps(state))
    before = files(quick)
    p = quick("renew", "www.enroll.json")
    assert p.returncode == DONE and words in p.stderr, p.stderr
    now = files(quick)
    assert now["www.p12"] == before["www.p12"]
    assert now["www.pem"] != before["www.pem"]
    (quick.dir / "www.p12").unlink()
    p = quick("renew", "www.enroll.json")
    assert p.returncode == DONE and not p.stderr
    assert not (quick.dir / "www.p12").exists()


def test_two_at_once(quick):
    """One renews, the other says so; afterwards everything fits."""
    quick.certificate()
    # The first holds the lock for as long as its command runs.
    first = subprocess.Popen(
        quick.command("renew", "www.enroll.json", "--new-key", "--exec",
                      "touch started; while [ ! -e go ]; do sleep 0.1; done"),
        cwd=quick.dir)
    wait_until((quick.dir / "started").exists, "the first one renews")
    second = quick("renew", "www.enroll.json", "--new-key")
    (quick.dir / "go").touch()
    assert first.wait(PATIENCE) == DONE
    assert second.returncode == LOCKED and "Another run" in second.stdout
    racers = [subprocess.Popen(
        quick.command("renew", "www.enroll.json", "--new-key"),
        cwd=quick.dir, stdout=subprocess.DEVNULL) for _ in range(6)]
    codes = [p.wait(PATIENCE) for p in racers]
    assert DONE in codes and set(codes) <= {DONE, LOCKED}, codes
    assert quick.belongs() and quick.verifies()
    assert not [n for n in files(quick) if n.endswith(".new")]


def test_a_failed_command_is_run_again(quick):
    quick.certificate()
    p = quick("renew", "www.enroll.json", "--exec", "echo x >>log; exit 3")
    assert p.returncode == EXEC
    serial = quick.pem().serial_number
    command = "echo x >>log; [ $(wc -l <log) -ge 3 ]"
    for expected in [EXEC, DONE, DONE]:
        p = quick("renew", "www.enroll.json", "--due", "--exec", command)
        assert p.returncode == expected
    assert quick.pem().serial_number == serial
    assert (quick.dir / "log").read_text() == "x\n" * 3


def test_killed_at_any_rename_the_next_run_mends_it(quick):
    """strace kills the run at its first rename, then at its second, and so on
    until one gets through: key and certificate fit after the next run."""
    quick.certificate()
    for step in range(1, 30):
        p = subprocess.run(
            ["strace", "-f", "-o", "/dev/null", "-e", "trace=rename", "-e",
             f"inject=rename:signal=KILL:when={step}",
             *quick.command("renew", "www.enroll.json", "--new-key")],
            cwd=quick.dir, capture_output=True, timeout=PATIENCE)
        if p.returncode == DONE:
            break
        p = quick("renew", "www.enroll.json", "--due")
        assert p.returncode == DONE, (step, p.stderr)
        assert quick.belongs() and quick.verifies(), step
        assert not quick.state().get("renewal_id"), step
        assert not (quick.dir / "www.pem.new").exists(), step
    assert 6 <= step < 29
    assert quick.belongs() and quick.verifies()
    assert not [n for n in files(quick) if n.endswith(".new")]


def test_all_of_a_folder(quick):
    for name in ["a", "b"]:
        quick.certificate(name)
    (quick.dir / "bad.enroll.json").write_text("{}")
    quick.new(name="never-sent")
    serials = [quick.pem(n).serial_number for n in "ab"]
    p = quick("renew", "--all", ".", "--due")
    assert p.returncode == FAILED and "bad.enroll.json" in p.stderr
    (quick.dir / "bad.enroll.json").unlink()
    p = quick("renew", "--all", ".", "--due")
    assert p.returncode == DONE, p.stderr
    assert p.stdout.count("Not due until") == 2
    p = quick("renew", "--all", ".")
    assert p.returncode == DONE, p.stderr
    assert all(quick.pem(n).serial_number != s
               for n, s in zip("ab", serials))


def test_usage(quick):
    quick.new()
    for args in [[], ["www.enroll.json", "--all", "."]]:
        assert quick("renew", *args).returncode == USAGE
    p = quick("renew", "www.enroll.json")
    assert p.returncode == FAILED and "enroll retrieve" in p.stderr


def test_a_foreign_key_signs_nothing(quick):
    quick.certificate()
    shutil.copy(make_key(quick.dir / "other.key"), quick.dir / "www.key")
    p = quick("renew", "www.enroll.json")
    assert p.returncode == FAILED and "does not belong" in p.stderr


# --- through the years ----------------------------------------------------------

@pytest.mark.skipif(not (BUILD_CLOCK / "opencertsrv").exists(),
                    reason="there is no build with a test clock")
def test_renewed_when_it_is_due_for_years(start_demo, tmp_path):
    """As a timer would do it, once every 20 days for three years: a valid
    certificate at every moment, and one renewal for each life."""
    d = start_demo("--issue-at-once")
    d.stop()
    offsets = [d.dir / n / "offset" for n in ("sign", "ca")]

    def move(days):
        for f in [*offsets, tmp_path / "offset"]:
            f.write_text(str(days * DAY))
            if f in offsets:
                owner = f.parent.stat()
                os.chown(f, owner.st_uid, owner.st_gid)
    move(0)
    variable = "OPENCERTSRV_TEST_CLOCK"
    r = Requester(d, tmp_path, program=BUILD_CLOCK / "opencertsrv",
                  env={variable: str(tmp_path / "offset")})
    with Programs(d, build=BUILD_CLOCK,
                  env={n: {variable: str(f)}
                       for n, f in zip(("sign", "ca"), offsets)}) as p:
        p.start_all()
        first = r.certificate()
        life = (first.not_valid_after - first.not_valid_before).days
        serials = [first.serial_number]
        for day in range(20, 3 * 365, 20):
            move(day)
            q = r("renew", "www.enroll.json", "--due")
            assert q.returncode == DONE, (day, q.stderr)
            now = r.pem()
            begin = (now.not_valid_before - first.not_valid_before).days
            assert begin <= day <= begin + life * 2 / 3 + 1, day
            if now.serial_number != serials[-1]:
                serials.append(now.serial_number)
        renewals = len(serials) - 1
        expected = 3 * 365 / (life * 2 / 3)
        assert expected / 2 <= renewals <= expected + 1, (renewals, life)
        assert r.belongs()
