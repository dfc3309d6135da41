"""`opencertsrv enroll` with the key on a PKCS#11 token: SoftHSM2, a token of
its own in a folder of its own."""
import os
import pathlib
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization

from enroll import DONE, FAILED, USAGE, Requester
from ocs import openssl

MODULE = next((p for p in ["/usr/lib/softhsm/libsofthsm2.so",
                           "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                           "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"]
               if pathlib.Path(p).exists()), None)
pytestmark = pytest.mark.skipif(not MODULE, reason="softhsm2 is missing")
PIN = "123456"


class Holder(Requester):
    """A requester with a token."""

    def __init__(self, demo, folder):
        super().__init__(demo, folder)
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {folder}/tokens\n"
            "objectstore.backend = file\nlog.level = ERROR\n")
        self.env = {"SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
        self.util("--init-token", "--free", "--label", "My token",
                  "--so-pin", "87654321", "--pin", PIN)
        (folder / "pin").write_text(PIN + "\n")

    def util(self, *args):
        return subprocess.run(
            ["softhsm2-util", "--module", MODULE, *args], check=True,
            capture_output=True, env={**os.environ, **self.env})

    def new(self, *args, key="p256", label="www", name="www", pin="pin"):
        return self("new", "--pkcs11",
                    f"pkcs11:token=My%20token;object={label}", "--module",
                    MODULE, "--passphrase-file", pin, "--key", key,
                    "--out-request", f"{name}.csr",
                    *(args or ["--dns", "www.example"]))


@pytest.fixture
def holder(demo_at_once, tmp_path):
    return Holder(demo_at_once, tmp_path)


@pytest.mark.parametrize("kind", ["rsa2048", "rsa3072", "p256", "p384",
                                  "p521", "ed25519"])
def test_made_signed_issued_renewed(holder, kind):
    p = holder.new(key=kind)
    assert p.returncode == DONE, p.stderr
    checked = openssl("req", "-in", holder.dir / "www.csr", "-verify",
                      "-noout")
    assert b"verify OK" in checked.stderr
    assert not list(holder.dir.glob("*.key"))
    assert holder.submit().returncode == DONE
    p = holder("retrieve", "www.enroll.json")
    assert p.returncode == DONE, p.stderr
    assert holder.verifies()
    old = holder.pem()
    p = holder("renew", "www.enroll.json")
    assert p.returncode == DONE, p.stderr
    new = holder.pem()
    assert new.serial_number != old.serial_number and holder.verifies()
    der = [c.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)
        for c in (old, new)]
    assert der[0] == der[1]


def test_existing_key_of_the_token(holder):
    assert holder.new().returncode == DONE
    p = holder.new(name="b")
    assert p.returncode == FAILED and "--use-existing-key" in p.stderr
    p = holder.new("--dns", "b.example", "--use-existing-key", name="b")
    assert p.returncode == DONE, p.stderr
    keys = [openssl("req", "-in", holder.dir / f"{n}.csr", "-noout",
                    "-pubkey").stdout for n in ("www", "b")]
    assert keys[0] == keys[1]


def test_what_goes_wrong(holder):
    assert holder.new().returncode == DONE
    (holder.dir / "wrong").write_text("000000\n")
    p = holder.new("--dns", "b.example", "--use-existing-key", name="b",
                   pin="wrong")
    assert p.returncode == FAILED and "PIN is wrong" in p.stderr
    p = holder.new("--dns", "b.example", "--use-existing-key", name="b",
                   label="nothing")
    assert p.returncode == FAILED and "no private key" in p.stderr
    base = ["new", "--dns", "b.example", "--out-request", "b.csr",
            "--passphrase-file", "pin", "--pkcs11"]
    p = holder(*base, "pkcs11:token=other;object=www", "--module", MODULE)
    assert p.returncode == FAILED and "No token" in p.stderr
    p = holder(*base, "pkcs11:token=My%20token;object=x")
    assert p.returncode == USAGE and "--module" in p.stderr
    p = holder(*base, "pkcs11:object=x", "--module", "/bin/true")
    assert p.returncode in (USAGE, FAILED) and "module" in p.stderr
    p = holder(*base, "pkcs11:object=x?pin-value=123456", "--module", MODULE)
    assert p.returncode == USAGE and "PIN" in p.stderr
    assert not (holder.dir / "b.csr").exists()


def test_a_token_gives_no_pkcs12(holder):
    assert holder.new().returncode == DONE
    assert holder.submit().returncode == DONE
    p = holder("retrieve", "www.enroll.json", "--pkcs12", "www.p12",
               "--pkcs12-password-file", "pin")
    assert p.returncode == USAGE and "token" in p.stderr
    assert not (holder.dir / "www.p12").exists()
    assert not (holder.dir / "www.pem").exists()
