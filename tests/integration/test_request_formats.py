"""Requests in every envelope, made by OpenSSL, GnuTLS and python3-cryptography
and by nobody's code of ours: exactly the good ones are accepted. And the other
way: our CMC reply is judged by OpenSSL and GnuTLS."""
import pathlib
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from ocs import BUILD

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "vectors"))
import asn  # noqa: E402
import message  # noqa: E402

JUDGE = BUILD / "tests/unit/pki/request_judge"
PKI_DATA = message.PKI_DATA
PSS = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:-1"]


class Key:
    """A fresh key with the knobs that message.py wants."""

    def __init__(self, kind):
        self.kind = kind
        if kind == "rsa":
            self.key = rsa.generate_private_key(65537, 2048)
            self.csr_alg = asn.algorithm("1.2.840.113549.1.1.11", asn.null())
        elif kind == "ed25519":
            self.key = ed25519.Ed25519PrivateKey.generate()
            self.csr_alg = asn.algorithm("1.3.101.112")
        else:
            curve = {"p256": ec.SECP256R1, "p384": ec.SECP384R1}[kind]
            self.key = ec.generate_private_key(curve())
            self.csr_alg = asn.algorithm("1.2.840.10045.4.3.2")
        public = self.key.public_key()
        self.spki = public.public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        self.ski = x509.SubjectKeyIdentifier.from_public_key(public).digest

    def sign(self, data, alg=None):
        if self.kind == "rsa":
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if self.kind == "ed25519":
            return self.key.sign(data)
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


class Party:
    """A key, a certificate for it, and both as files."""

    def __init__(self, folder, name, kind, serial):
        self.who = message.Person(name, Key(kind), serial=serial)
        self.key, self.cert = self.who.key, self.who.cert
        self.key_file = folder / f"{name}.key"
        self.cert_file = folder / f"{name}.crt"
        self.der_file = folder / f"{name}.der"
        self.key_file.write_bytes(self.key.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        self.x509 = x509.load_der_x509_certificate(self.cert)
        self.cert_file.write_bytes(
            self.x509.public_bytes(serialization.Encoding.PEM))
        self.der_file.write_bytes(self.cert)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    kinds = ["rsa", "p256", "p384", "ed25519"]
    made = {f"{role}-{k}": Party(folder, f"{role}-{k}", k, 100 + 10 * i + j)
            for i, role in enumerate(["old", "new", "agent"])
            for j, k in enumerate(kinds)}
    made["folder"] = folder
    return made


def says(world, der):
    path = world["folder"] / "request.der"
    path.write_bytes(der)
    r = subprocess.run([JUDGE, "read", path], capture_output=True, text=True,
                       check=False)
    return r.stdout.strip()


def openssl_cms(world, content, *signers, options=("-nodetach",)):
    path = world["folder"] / "content"
    path.write_bytes(content)
    command = ["openssl", "cms", "-sign", "-binary", "-outform", "DER",
               "-in", path, *options]
    for s in signers:
        command += ["-signer", s.cert_file, "-inkey", s.key_file]
    return subprocess.run(command, capture_output=True, check=True).stdout


def renewal(old, new):
    return message.pkcs10(new.key, attrs=[message.renewal_of(old.cert)])


@pytest.mark.parametrize("old", ["rsa", "p256", "p384"])
@pytest.mark.parametrize("new", ["rsa", "p256", "ed25519"])
def test_renewals_by_openssl(world, old, new):
    old, new = world[f"old-{old}"], world[f"new-{new}"]
    assert says(world, openssl_cms(world, renewal(old, new), old)) == \
        "PKCS7 RENEWAL SIGNATURE 1 -"


@pytest.mark.parametrize("options, wanted", [
    (["-md", "sha384"], "PKCS7 RENEWAL SIGNATURE 1 -"),
    (["-md", "sha512", "-noattr"], "PKCS7 RENEWAL SIGNATURE 1 -"),
    (["-keyid"], "PKCS7 RENEWAL SIGNATURE 1 -"),
    (["-nosmimecap"], "PKCS7 RENEWAL SIGNATURE 1 -"),
    (PSS, "PKCS7 RENEWAL SIGNATURE 1 -"),
    (["-keyopt", "rsa_padding_mode:pss"],
     "PKCS7 RENEWAL SIGNATURE 1 -"),  # the longest salt
    (["-md", "sha1"], "BAD_SIGNATURE"),
    (["-md", "sha224"], "BAD_SIGNATURE"),
    (["-nocerts"], "BAD_SIGNATURE"),
    (["-stream"], "BAD_DATA"),  # indefinite lengths
    (["-econtent_type", "1.2.3.4"], "BAD_MESSAGE_TYPE"),
    (["-econtent_type", PKI_DATA], "BAD_DATA"),
])
def test_ways_to_sign(world, options, wanted):
    """-keyopt comes behind the signer, the others in front of it."""
    old = world["old-rsa"]
    path = world["folder"] / "content"
    path.write_bytes(renewal(old, world["new-p256"]))
    signer = ["-signer", old.cert_file, "-inkey", old.key_file]
    behind = signer + options if options[0] == "-keyopt" else options + signer
    der = subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-outform", "DER", "-nodetach",
         "-in", path, *behind], capture_output=True, check=True).stdout
    assert says(world, der) == wanted


def test_not_by_the_old_key(world):
    old, new, agent = (world[f"{r}-rsa"] for r in ("old", "new", "agent"))
    request = renewal(old, new)
    assert says(world, openssl_cms(world, request, agent)) == "BAD_RENEWAL"
    assert says(world, openssl_cms(world, request, new)) == "BAD_RENEWAL"
    assert says(world, openssl_cms(world, request, old, options=())) == \
        "BAD_DATA"  # detached
    # Another certificate of the same key is not the one that was named.
    other = Party(world["folder"], "other", "rsa", 999)
    swapped = message.pkcs10(new.key, attrs=[message.renewal_of(other.cert)])
    assert says(world, openssl_cms(world, swapped, old)) == "BAD_RENEWAL"


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_cmc_by_openssl(world, kind):
    """A new key with a certificate of its own, as openssl wants one. The
    order of signers is that of DER: our roles must not depend on it."""
    old, new, agent = (world[f"{r}-{kind}"] for r in ("old", "new", "agent"))
    kind = ["-nodetach", "-econtent_type", PKI_DATA]
    data = message.pki_data(message.pkcs10(new.key))
    again = message.pki_data(renewal(old, new))
    named = message.pki_data(message.pkcs10(new.key), [
        message.reg_info("requestername=EXAMPLE%5Cbob")])

    def by(content, *who):
        return says(world, openssl_cms(world, content, *who, options=kind))
    assert by(data, new) == "CMC NEW SIGNATURE 1 -"
    assert by(data, agent) == "NO_SIGNER"
    assert by(again, new, old) == "CMC RENEWAL SIGNATURE 2 -"
    assert by(again, old, new) == "CMC RENEWAL SIGNATURE 2 -"
    assert by(again, new, agent) == "BAD_RENEWAL"
    assert by(again, new) == "BAD_RENEWAL"
    assert by(named, new, agent) == "CMC ON_BEHALF SIGNATURE 2 EXAMPLE\\bob"
    assert by(named, new) == "NO_SIGNER"


def test_new_requests_by_cryptography(world):
    new = world["new-rsa"]
    request = message.pkcs10(new.key)
    for options in ([], [pkcs7.PKCS7Options.NoAttributes],
                    [pkcs7.PKCS7Options.NoCapabilities]):
        der = pkcs7.PKCS7SignatureBuilder().set_data(request).add_signer(
            new.x509, new.key.key, hashes.SHA256()).sign(
                serialization.Encoding.DER,
                [pkcs7.PKCS7Options.Binary, *options])
        assert says(world, der) == "PKCS7 NEW SIGNATURE 1 -"


@pytest.mark.parametrize("kind", ["rsa", "p256", "ed25519"])
def test_renewals_by_gnutls(world, kind):
    old, new = world[f"old-{kind}"], world["new-p256"]
    path = world["folder"] / "content"
    path.write_bytes(renewal(old, new))
    out = world["folder"] / "signed.der"
    r = subprocess.run(
        ["certtool", "--p7-sign", "--p7-include-cert", "--hash",
         "SHA512" if kind == "ed25519" else "SHA256",
         "--load-certificate", old.cert_file, "--load-privkey", old.key_file,
         "--infile", path, "--outder", "--outfile", out],
        capture_output=True, text=True, check=False)
    assert r.returncode == 0, r.stderr
    assert says(world, out.read_bytes()) == "PKCS7 RENEWAL SIGNATURE 1 -"


# ---- our reply --------------------------------------------------------------

def reply(world, status, ca):
    new = world["new-p256"]
    data = message.pki_data(message.pkcs10(new.key), number=7)
    request = world["folder"] / "cmc.der"
    request.write_bytes(message.signed(
        data, [message.no_signer(data)], kind=PKI_DATA))
    out = subprocess.run(
        [JUDGE, "reply", status, ca.key_file, ca.der_file, request],
        capture_output=True, check=True).stdout
    path = world["folder"] / "reply.der"
    path.write_bytes(out)
    return path


STATUS = {"success": "00", "failed": "02", "pending": "03"}


@pytest.mark.parametrize("status", STATUS)
@pytest.mark.parametrize("kind", ["rsa", "p256", "p384"])
def test_reply_judged_by_openssl(world, kind, status):
    ca = world[f"old-{kind}"]
    path = reply(world, status, ca)
    body = world["folder"] / "body.der"
    r = subprocess.run(
        ["openssl", "cms", "-verify", "-inform", "DER", "-binary", "-in",
         path, "-noverify", "-certfile", ca.cert_file, "-out", body],
        capture_output=True, text=True, check=False)
    assert r.returncode == 0, r.stderr
    shown = subprocess.run(
        ["openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER",
         "-in", path], capture_output=True, text=True, check=True).stdout
    assert "eContentType: id-cct-PKIResponse" in shown
    assert "issuerAndSerialNumber" in shown
    assert "contentType" in shown and "messageDigest" in shown
    text = subprocess.run(
        ["openssl", "asn1parse", "-inform", "DER", "-in", body, "-i"],
        capture_output=True, text=True, check=True).stdout
    lines = [line.split(":", 3)[3] for line in text.splitlines()
             if "prim" in line]
    assert "id-cmc-statusInfo" in lines[1]
    assert lines[2] == STATUS[status]
    assert lines[3] == "07"  # the number of the request in the message
    if status == "pending":
        assert "1234" in lines
        assert "20270115080000Z" in lines
    if status == "success":
        assert message.sha1(ca.cert).hex().upper() in lines


def test_reply_judged_by_gnutls(world):
    ca = world["old-ed25519"]
    path = reply(world, "success", ca)
    r = subprocess.run(
        ["certtool", "--p7-verify", "--inder", "--infile", path,
         "--load-certificate", ca.cert_file],
        capture_output=True, text=True, check=False)
    assert r.returncode == 0, r.stdout + r.stderr
