"""The life of a certificate as relying parties see it, years in seconds:
issued, on hold, released, revoked, expired. OpenSSL, certtool and
python3-cryptography read every list; OpenSSL says at every moment whether the
certificate is good."""
import datetime
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ocs import PATIENCE, openssl, wait_until
from test_clock import DAY, clock, newest, pytestmark  # noqa: F401


class World:
    """What a relying party has: the CA, the newest lists, a certificate."""

    def __init__(self, clock, tmp_path):
        self.clock, self.demo, self.tmp = clock, clock.demo, tmp_path
        self.days = 0
        self.ca = x509.load_pem_x509_certificate(
            self.demo.ca_pem.read_bytes())

    def later(self, days, delta=False):
        """Move the clock until the next list of this type is out."""
        before = newest(self.demo, delta)["number"]
        self.days += days
        self.clock.set(self.days)
        wait_until(lambda: newest(self.demo, delta)["number"] > before,
                   "the next list is made")

    def lists(self):
        """The two published lists; every reader agrees on them."""
        found = []
        for delta in (False, True):
            row = newest(self.demo, delta)
            der = (self.demo.dir / "public/certenroll" / row["file"]
                   ).read_bytes()
            crl = x509.load_der_x509_crl(der)
            assert crl.is_signature_valid(self.ca.public_key())
            number = crl.extensions.get_extension_for_class(x509.CRLNumber)
            assert number.value.crl_number == row["number"]
            assert len(crl) == row["entries"]
            told = openssl("crl", "-inform", "DER", "-noout", "-text",
                           "-CAfile", self.demo.ca_pem, data=der)
            assert b"verify OK" in told.stderr
            assert told.stdout.count(b"Serial Number:") == len(crl)
            other = subprocess.run(
                ["certtool", "--crl-info", "--inder"], input=der, check=True,
                capture_output=True, timeout=PATIENCE).stdout
            assert other.count(b"Serial Number (hex)") == len(crl)
            found.append(crl)
        return found

    def status(self, cert):
        """OpenSSL's word: "good", or the reason of its refusal."""
        files = []
        for i, crl in enumerate(self.lists()):
            files.append(self.tmp / f"{i}.pem")
            files[-1].write_bytes(crl.public_bytes(Encoding.PEM))
        leaf = self.tmp / "leaf.pem"
        leaf.write_bytes(cert.public_bytes(Encoding.PEM))
        p = openssl("verify", "-CAfile", self.demo.ca_pem, "-CRLfile",
                    files[0], "-CRLfile", files[1], "-crl_check",
                    "-crl_check_all", "-extended_crl", "-use_deltas",
                    "-attime", int(time.time() + self.days * DAY), leaf,
                    check=False)
        text = (p.stdout + p.stderr).decode()
        if p.returncode == 0:
            return "good"
        return text.split(" lookup: ")[1].splitlines()[0]

    def reason(self, crl, cert):
        """Of the entry: "" without one, None: not listed."""
        entry = crl.get_revoked_certificate_by_serial_number(
            cert.serial_number)
        if entry is None:
            return None
        try:
            return entry.extensions.get_extension_for_class(
                x509.CRLReason).value.reason.name
        except x509.ExtensionNotFound:
            return ""

    def change(self, verb, cert, *options):
        self.demo.cli("certificate", verb, "--serial",
                      f"{cert.serial_number:x}", *options)


@pytest.fixture
def world(clock, tmp_path):  # noqa: F811
    return World(clock, tmp_path)


def test_life_of_a_certificate(world):
    _, cert = world.clock.issue()
    _, other = world.clock.issue("other.example")
    assert world.status(cert) == "good"

    # On hold: the delta of the next day says it.
    world.change("revoke", cert, "--reason", "certificate-hold")
    assert world.status(cert) == "good"
    world.later(1.1, delta=True)
    base, delta = world.lists()
    assert world.reason(base, cert) is None
    assert world.reason(delta, cert) == "certificate_hold"
    assert world.status(cert) == "certificate revoked"
    assert world.status(other) == "good"

    # The next base has it too.
    world.later(7.1)
    base, delta = world.lists()
    assert world.reason(base, cert) == "certificate_hold"
    assert world.status(cert) == "certificate revoked"

    # Released: the delta takes it back from the base.
    world.change("release", cert)
    world.later(1.1, delta=True)
    base, delta = world.lists()
    assert world.reason(base, cert) == "certificate_hold"
    assert world.reason(delta, cert) == "remove_from_crl"
    assert world.status(cert) == "good"
    world.later(7.1)
    base, _ = world.lists()
    assert world.reason(base, cert) is None
    assert world.status(cert) == "good"

    # For good; then another reason, from the same day.
    world.change("revoke", cert, "--reason", "superseded")
    world.change("revoke", cert, "--reason", "key-compromise")
    world.later(7.1)
    base, delta = world.lists()
    assert world.reason(base, cert) == "key_compromise"
    assert world.status(cert) == "certificate revoked"
    assert world.demo.cli("certificate", "release", "--serial",
                          f"{cert.serial_number:x}",
                          check=False).returncode != 0

    # Expired: one more regular list has it (RFC 5280 3.3), then none.
    left = cert.not_valid_after - datetime.datetime.utcnow()
    world.later(left.total_seconds() / DAY - world.days + 0.1)
    base, _ = world.lists()
    assert base.last_update > cert.not_valid_after - datetime.timedelta(1)
    assert world.reason(base, cert) == "key_compromise"
    world.later(7.1)
    world.later(7.1)
    base, delta = world.lists()
    assert world.reason(base, cert) is None
    assert world.reason(delta, cert) is None
    world.demo.assert_audit_is_good()


def test_shadow_delta_when_switched_off(world):
    _, cert = world.clock.issue()
    world.change("revoke", cert, "--reason", "key-compromise")
    world.later(1.1, delta=True)
    assert world.status(cert) == "certificate revoked"
    world.clock.programs.stop()
    world.demo.configure(replace=[("crl_delta_hours: 24",
                                   "crl_delta_hours: 0")])
    world.clock.programs.start_all(["sign", "ca"])
    wait_until(lambda: newest(world.demo, True)["base"]
               == newest(world.demo, True)["number"], "the last delta")
    base, delta = world.lists()
    assert len(delta) == 0
    assert world.reason(base, cert) == "key_compromise"
    assert world.status(cert) == "certificate revoked"
    # New certificates no longer name deltas.
    _, new = world.clock.issue()
    with pytest.raises(x509.ExtensionNotFound):
        new.extensions.get_extension_for_class(x509.FreshestCRL)
    with pytest.raises(x509.ExtensionNotFound):
        base.extensions.get_extension_for_class(x509.FreshestCRL)
