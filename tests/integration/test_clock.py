"""Years in seconds: a second build, with -Dtest_clock=true, whose programs add
the offset in a file to the time. (That other builds lack the code is shown by
tests/unit/release.)"""
import datetime
import os
import pathlib
import re
import subprocess

import pytest
from cryptography import x509

import der
from ocs import PATIENCE, ROOT, wait_until
from programs import Programs
from wire import Wire, first

NAME = "OPENCERTSRV_TEST_CLOCK"
BUILD_CLOCK = pathlib.Path(os.environ.get("OCS_BUILD_CLOCK",
                                          ROOT / "build-clock"))
pytestmark = pytest.mark.skipif(
    not (BUILD_CLOCK / "opencertsrv-ca").exists(),
    reason="there is no build with a test clock")
DAY = 86400


class Clock:
    """Signer and CA of a folder, and the time they believe in."""

    def __init__(self, demo):
        self.demo = demo
        # Each program may read its own folder.
        self.files = {n: demo.dir / n / "offset" for n in ("sign", "ca")}
        self.set(0)
        self.programs = Programs(
            demo, build=BUILD_CLOCK,
            env={n: {NAME: str(f)} for n, f in self.files.items()})

    def set(self, days):
        for f in self.files.values():
            new = f.with_suffix(".new")
            new.write_text(str(int(days * DAY)))
            owner = f.parent.stat()
            os.chown(new, owner.st_uid, owner.st_gid)
            os.rename(new, f)

    def cli(self, *args):
        """The exit status of a command that believes in that time, too."""
        return subprocess.run(
            [BUILD_CLOCK / "opencertsrv", *args, "--config",
             self.demo.dir / "opencertsrv.yaml"], timeout=PATIENCE,
            env={**os.environ, NAME: str(self.files["ca"])}).returncode

    def restart(self):
        self.programs.stop()
        self.programs.start_all(["sign", "ca"])

    def issue(self, cn="clock.example"):
        """The answer to a request, and the certificate if there is one."""
        csr = der.request(der.name((der.CN, cn)), der.new_key())
        with Wire(self.demo.dir / "run/web/web.sock") as w:
            a = w.submit("alice", csr)
        cert = first(a.body, 6, b"") if a.code == 0 else b""
        return a, x509.load_der_x509_certificate(cert) if cert else None


@pytest.fixture
def clock(start_demo):
    d = start_demo("--issue-at-once")
    d.stop()
    c = Clock(d)
    with c.programs:
        c.programs.start_all(["sign", "ca"])
        yield c


def ca_certificate(demo):
    return x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())


def newest(demo, delta=False):
    """The row of the newest list that was published."""
    return next(r for r in demo.json("crl", "show")["rows"]
                if r["status"] == "published" and (r["base"] > 0) == delta)


def test_crl_on_schedule(clock):
    demo = clock.demo
    before = newest(demo)
    delta = newest(demo, True)
    clock.set(6)
    clock.restart()
    wait_until(lambda: newest(demo, True)["number"] > delta["number"],
               "a new delta is made by itself")
    assert newest(demo)["number"] == before["number"]
    clock.set(8)
    clock.restart()
    wait_until(lambda: newest(demo)["number"] > before["number"],
               "a new list is made by itself")
    row = newest(demo)
    crl = x509.load_der_x509_crl(
        (demo.dir / "public/certenroll" / row["file"]).read_bytes())
    now = datetime.datetime.utcnow() + datetime.timedelta(days=8)
    assert crl.last_update <= now < crl.next_update
    assert crl.is_signature_valid(ca_certificate(demo).public_key())


def test_running_ca_keeps_the_schedule(clock):
    """Without a restart."""
    demo = clock.demo
    before = newest(demo)["number"]
    clock.set(8)
    wait_until(lambda: newest(demo)["number"] > before,
               "a new list is made by itself")


def test_never_past_the_cas_own_end(clock):
    end = ca_certificate(clock.demo).not_valid_after
    _, cert = clock.issue()
    assert cert.not_valid_after < end
    clock.set(3650 - 100)
    clock.restart()
    _, cert = clock.issue()
    assert cert.not_valid_after == end
    # When the CA's own time is over, it issues nothing more.
    clock.set(3650 + 2)
    clock.restart()
    answer, cert = clock.issue()
    assert cert is None, "issued by an expired CA"
    assert answer.text or first(answer.body, 5)


def test_certificate_of_the_site_is_renewed_in_its_last_third(clock):
    demo = clock.demo

    def site():
        pem = (demo.dir / "tls/web.pem").read_bytes()
        return x509.load_pem_x509_certificate(pem)
    first_one = site()
    life = first_one.not_valid_after - first_one.not_valid_before
    assert clock.cli("site", "renew") == 3
    clock.set(life.days * 0.6)
    assert clock.cli("site", "renew") == 3
    assert site() == first_one
    clock.set(life.days * 0.7)
    assert clock.cli("site", "renew") == 0
    renewed = site()
    assert renewed.serial_number != first_one.serial_number
    assert renewed.not_valid_after > first_one.not_valid_after
    # An ordinary row, which the audit knows.
    rows = demo.json("certificate", "list", "--search",
                     f"{renewed.serial_number:x}")["rows"]
    assert len(rows) == 1 and re.search("operator|supervisor|site",
                                        rows[0]["requester"])
    demo.assert_audit_is_good()
