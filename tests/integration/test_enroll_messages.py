"""The messages of `opencertsrv enroll` beyond a plain PKCS#10 (INF files, CMC,
requests on behalf of others), taken apart by OpenSSL."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from enroll import DONE, FAILED, USAGE, Requester
from ocs import make_csr, make_key, openssl

INF = """\
[Version]
Signature="$Windows NT$"
[Strings]
szOID_SUBJECT_ALT_NAME2 = "2.5.29.17"
[NewRequest]
Subject = "CN=www.example, O=Example"
KeyAlgorithm = %(algorithm)s
HashAlgorithm = sha384
Exportable = TRUE
KeyUsage = "CERT_DIGITAL_SIGNATURE_KEY_USAGE | CERT_KEY_AGREEMENT_KEY_USAGE"
ProviderName = "A Provider"
KeySpec = 2
RequestType = %(type)s
SMIME = TRUE
[EnhancedKeyUsageExtension]
OID=1.3.6.1.5.5.7.3.1
[Extensions]
%%szOID_SUBJECT_ALT_NAME2%% = "{text}"
_continue_ = "dns=www.example&"
_continue_ = "upn=alice@corp.example"
[RequestAttributes]
Note = "from an INF file"
"""


def of_pem(text):
    """What is between the marks, whatever they say. (Of a message that the CA
    could not use it keeps what was sent, which was PEM itself.)"""
    raw = base64.b64decode("".join(
        line for line in text.splitlines() if "-----" not in line))
    return of_pem(raw.decode()) if raw.startswith(b"-----") else raw


@pytest.fixture
def alice(demo, tmp_path):
    return Requester(demo, tmp_path)


def from_inf(requester, algorithm="ECDSA_P256", kind="PKCS10"):
    (requester.dir / "www.inf").write_text(
        INF % {"algorithm": algorithm, "type": kind})
    p = requester("new", "--inf", "www.inf", "--out-key", "www.key",
                  "--no-passphrase")
    assert p.returncode == DONE, p.stderr
    return requester.dir / "www.csr"


def test_inf_makes_what_it_says(alice):
    path = from_inf(alice)
    p = openssl("req", "-in", path, "-verify", "-noout", "-text")
    text = p.stdout.decode()
    assert b"verify OK" in p.stderr
    for words in ["CN = www.example, O = Example", "ecdsa-with-SHA384",
                  "Digital Signature, Key Agreement",
                  "TLS Web Server Authentication", "DNS:www.example",
                  "UPN::alice@corp.example", "S/MIME Capabilities"]:
        assert words in text
    raw = openssl("req", "-in", path, "-outform", "DER").stdout
    for words in ["A Provider", "Note", "from an INF file"]:
        assert words.encode("utf-16-be") in raw


def test_unknown_keys_are_told_and_mistakes_stop(alice):
    (alice.dir / "a.inf").write_text(
        '[NewRequest]\nSubject="CN=a"\nColour=red\n')
    p = alice("new", "--inf", "a.inf", "--out-key", "a.key", "--key", "p256",
              "--no-passphrase")
    assert p.returncode == DONE and "line 3: Colour" in p.stderr
    (alice.dir / "b.inf").write_text('[NewRequest]\nKeyLength=512\n')
    p = alice("new", "--inf", "b.inf", "--out-key", "b.key",
              "--no-passphrase")
    assert p.returncode == USAGE and "b.inf" in p.stderr
    assert not (alice.dir / "b.key").exists()


EXTENSIONS = """\
[NewRequest]
Subject = "CN=Below"
KeyAlgorithm = ECDSA_P256
[Extensions]
Critical = 1.2.3.4
2.5.29.19 = "{text}ca=true&pathlength=0"
2.5.29.15 = "AwIBBg=="
1.2.3.4 = "{hex}0C0474657874"
2.5.29.17 = "{text}dn=CN=Below,O=Example&dns=below.example"
[PolicyStatementExtension]
Policies = "Legal"
"""


def test_extensions_of_an_inf(alice):
    (alice.dir / "a.inf").write_text(EXTENSIONS)
    p = alice("new", "--inf", "a.inf", "--out-key", "a.key", "--no-passphrase")
    assert p.returncode == DONE
    assert "line 11: Policies in [PolicyStatementExtension]" in p.stderr
    text = openssl("req", "-in", alice.dir / "a.csr", "-noout",
                   "-text").stdout.decode()
    for words in ["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign",
                  "1.2.3.4: critical", "DirName:/CN=Below/O=Example",
                  "DNS:below.example"]:
        assert words in text, text


def test_an_extension_twice_is_refused(alice):
    """By an option and in the file."""
    (alice.dir / "a.inf").write_text(EXTENSIONS)
    p = alice("new", "--inf", "a.inf", "--out-key", "a.key", "--no-passphrase",
              "--key-usage", "digitalSignature")
    assert p.returncode == FAILED and "twice" in p.stderr, p.stderr


def test_options_add_to_the_inf(alice):
    (alice.dir / "a.inf").write_text('[NewRequest]\nSubject="CN=a"\n')
    p = alice("new", "--inf", "a.inf", "--out-key", "a.key", "--key", "p384",
              "--no-passphrase", "--dns", "b.example", "--subject", "CN=b")
    assert p.returncode == DONE, p.stderr
    text = openssl("req", "-in", alice.dir / "a.csr", "-noout",
                   "-text").stdout.decode()
    assert "CN = b" in text and "DNS:b.example" in text \
        and "P-384" in text and "CN = a" not in text


def self_signed(folder, kind, name="agent"):
    """A certificate of a key, so that OpenSSL can check what it signed."""
    key = make_key(folder / f"{name}.key", kind)
    openssl("req", "-x509", "-key", key, "-subj", f"/CN={name}", "-days", "2",
            "-addext", "subjectKeyIdentifier=hash", "-out",
            folder / f"{name}.pem")
    return folder / f"{name}.pem", key


@pytest.mark.parametrize("algorithm", ["RSA", "ECDSA_P256", "ECDSA_P384",
                                       "ECDSA_P521"])
def test_cmc(alice, algorithm):
    """PKIData signed by the new key, which is named by its identifier; the
    PKCS#10 inside is whole, attributes are in regInfo."""
    path = from_inf(alice, algorithm, "CMC")
    der = of_pem(path.read_text())
    (alice.dir / "cmc.der").write_bytes(der)
    # OpenSSL wants a certificate to check a signature with.
    openssl("req", "-x509", "-key", alice.dir / "www.key", "-subj", "/CN=x",
            "-addext", "subjectKeyIdentifier=hash", "-out",
            alice.dir / "signer.pem")
    p = openssl("cms", "-verify", "-inform", "DER", "-in",
                alice.dir / "cmc.der", "-certfile", alice.dir / "signer.pem",
                "-noverify", "-binary", "-out", alice.dir / "pkidata")
    assert b"successful" in p.stderr
    shown = openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in",
                    alice.dir / "cmc.der", "-noout").stdout.decode()
    assert "1.3.6.1.5.5.7.12.2" in shown or "id-cct-PKIData" in shown
    assert "subjectKeyIdentifier" in shown
    parts = openssl("asn1parse", "-inform", "DER", "-in",
                    alice.dir / "pkidata").stdout.decode()
    assert b"Note=from an INF file&" in (alice.dir / "pkidata").read_bytes()
    # The request is the [0] inside: its second element after the number.
    rows = [line for line in parts.splitlines() if "cont [ 0 ]" in line]
    at = int(rows[0].split(":")[0])
    head = int(rows[0].split("hl=")[1].split()[0])
    raw = (alice.dir / "pkidata").read_bytes()[at + head + 3:]
    csr = x509.load_der_x509_csr(raw[:4 + int.from_bytes(raw[2:4], "big")]) \
        if raw[1] == 0x82 else x509.load_der_x509_csr(raw[:2 + 1 + raw[2]])
    assert csr.is_signature_valid


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384", "p521"])
def test_on_behalf_of(alice, kind):
    """The message as the CA received it: signed by the agent, who names the
    account in a signed attribute."""
    cert, key = self_signed(alice.dir, kind)
    text, _ = make_csr("/CN=bob")
    (alice.dir / "bob.csr").write_text(text)
    p = alice.submit("bob", "--on-behalf-of", "CORP\\bob", "--agent-cert",
                     cert, "--agent-key", key)
    assert p.returncode not in (USAGE, FAILED), p.stderr
    sent = alice.demo.cli("request", "show", alice.state("bob")["id"],
                          "--pem").stdout
    der = of_pem(sent)
    (alice.dir / "sent.der").write_bytes(der)
    p = openssl("cms", "-verify", "-inform", "DER", "-in",
                alice.dir / "sent.der", "-CAfile", cert, "-purpose", "any",
                "-binary", "-out", alice.dir / "inner.der")
    assert b"successful" in p.stderr
    assert (alice.dir / "inner.der").read_bytes() == openssl(
        "req", "-outform", "DER", data=text.encode()).stdout
    shown = openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in",
                    alice.dir / "sent.der", "-noout").stdout.decode()
    signed = shown[shown.index("signedAttrs"):shown.index("unsignedAttrs")]
    assert "1.3.6.1.4.1.311.13.2.1" in signed
    for words in ["requestername", "CORP\\bob"]:
        assert words.encode("utf-16-be") in der
    # One flipped bit in the name, and the signature does not hold.
    bad = der.replace("CORP\\bob".encode("utf-16-be"),
                      "CORP\\bo`".encode("utf-16-be"))
    (alice.dir / "bad.der").write_bytes(bad)
    p = openssl("cms", "-verify", "-inform", "DER", "-in",
                alice.dir / "bad.der", "-CAfile", cert, "-purpose", "any",
                "-binary", "-out", "/dev/null", check=False)
    assert p.returncode != 0


def test_on_behalf_of_needs_all_three(alice):
    alice.new()
    p = alice.submit("www", "--on-behalf-of", "CORP\\bob")
    assert p.returncode == USAGE and "--agent-cert" in p.stderr


@pytest.mark.parametrize("key", ["rsa2048", "p256", "p384", "p521"])
def test_renewal_is_signed_by_the_old_key(demo_at_once, tmp_path, key):
    """The first message of a renewal with a new key, as the CA received it."""
    r = Requester(demo_at_once, tmp_path)
    r.new(key=key)
    assert r.submit().returncode == DONE
    assert r("retrieve", "www.enroll.json").returncode == DONE
    old = (r.dir / "www.pem").read_bytes()
    (r.dir / "old.pem").write_bytes(old)
    before = {row["id"] for row in
              r.demo.json("request", "list", "--limit", "200")["rows"]}
    p = r("renew", "www.enroll.json", "--new-key")
    assert p.returncode == DONE, p.stderr
    first = min(row["id"] for row in
                r.demo.json("request", "list", "--limit", "200")["rows"]
                if row["id"] not in before)
    (r.dir / "sent.der").write_bytes(of_pem(
        r.demo.cli("request", "show", first, "--pem").stdout))
    p = openssl("cms", "-verify", "-inform", "DER", "-in", r.dir / "sent.der",
                "-CAfile", r.demo.ca_pem, "-purpose", "any", "-binary",
                "-out", r.dir / "inner.der")
    assert b"successful" in p.stderr
    inner = (r.dir / "inner.der").read_bytes()
    assert x509.load_der_x509_csr(inner).is_signature_valid
    parts = openssl("asn1parse", "-inform", "DER", "-in",
                    r.dir / "inner.der").stdout
    assert b"1.3.6.1.4.1.311.13.1" in parts
    cert = x509.load_pem_x509_certificate(old)
    assert cert.public_bytes(serialization.Encoding.DER) in inner
    signer = openssl("cms", "-verify", "-inform", "DER", "-in",
                     r.dir / "sent.der", "-noverify", "-binary", "-signer",
                     r.dir / "signer.pem", "-out", "/dev/null")
    assert signer.returncode == 0
    assert x509.load_pem_x509_certificate(
        (r.dir / "signer.pem").read_bytes()).serial_number \
        == cert.serial_number
