"""The checks before signing, from outside: keys that were seen before, keys
that are weak, names in bad form. OpenSSL and python3-cryptography make the
keys and the requests."""
import hashlib
import importlib.util
import os
import pathlib
import signal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ocs import ROOT, make_csr, running_demo, wait_until

ISSUED, DENIED = "issued", "denied"


@pytest.fixture(scope="module")
def demo():
    with running_demo("--issue-at-once",
                      ca_lines=["compromised_keys: lists/keys.txt"],
                      before_start=lambda d: write_list(d, [])) as d:
        yield d


def write_list(demo, spkis):
    """A new file takes the name of the old one, as tools do it."""
    folder = demo.dir / "lists"
    folder.mkdir(mode=0o755, exist_ok=True)
    new = folder / "new"
    new.write_text("# compromised\n" + "".join(
        hashlib.sha256(s).hexdigest() + "\n" for s in spkis))
    new.chmod(0o644)
    new.rename(folder / "keys.txt")


def spki_of(csr):
    return x509.load_pem_x509_csr(csr.encode()).public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)


def send(demo, csr, user="alice"):
    """How it ended, and the row; an officer issues what waits."""
    number = demo.submit_id(csr, user)
    row = demo.row(number)
    if row["disposition"].lower() == "pending":
        demo.cli("request", "issue", number, check=False)
        row = demo.row(number)
    return row["disposition"].lower(), row


def denied(demo, csr, hresult, text, user="alice"):
    how, row = send(demo, csr, user)
    assert how == DENIED, row
    assert hresult in row["message"] and text in row["message"], row
    events = demo.json("request", "show", row["id"])["events"]
    assert any(hresult in e["detail"] for e in events), events
    return row


def test_key_of_another_account(demo):
    csr, key = make_csr()
    assert send(demo, csr)[0] == ISSUED
    denied(demo, csr, "0x8009000F", "another account", "bob")
    # Another name, another request: it is the key that counts.
    again, _ = make_csr("/CN=other.example", key_path=key)
    denied(demo, again, "0x8009000F", "another account", "bob")
    assert send(demo, again)[0] == ISSUED
    demo.stop()
    demo.start()
    denied(demo, csr, "0x8009000F", "another account", "bob")
    assert send(demo, csr)[0] == ISSUED
    demo.assert_audit_is_good()


def test_compromised_key(demo):
    csr, key = make_csr()
    how, row = send(demo, csr)
    assert how == ISSUED
    demo.cli("certificate", "revoke", row["id"],
             "--reason", "key-compromise")
    denied(demo, csr, "0x80090003", "because the key was compromised")
    denied(demo, csr, "0x80090003", "because the key was compromised", "bob")


def test_list_of_compromised_keys(demo):
    a, b = make_csr()[0], make_csr()[0]
    assert send(demo, b)[0] == ISSUED
    write_list(demo, [spki_of(b), spki_of(a)])
    assert send(demo, b)[0] == ISSUED  # not read yet
    os.kill(demo.pids()["ca"], signal.SIGHUP)
    wait_until(lambda: send(demo, b)[0] == DENIED, "the list is read again")
    denied(demo, a, "0x80090003", "list of compromised keys")
    assert send(demo, make_csr()[0])[0] == ISSUED


def weak_csr(p, q):
    d = pow(65537, -1, (p - 1) * (q - 1))
    key = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p),
        rsa.RSAPublicNumbers(65537, p * q)).private_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "weak")])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(
        key, hashes.SHA256()).public_bytes(
            serialization.Encoding.PEM).decode()


def test_weak_rsa_keys(demo):
    path = pathlib.Path(ROOT / "tests/vectors/make-moduli.py")
    spec = importlib.util.spec_from_file_location("moduli", path)
    moduli = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(moduli)
    roca = [moduli.roca_prime(1024, 126) for _ in range(2)]
    denied(demo, weak_csr(*roca), "0x80094811", "ROCA")
    denied(demo, weak_csr(*moduli.close(1024, 20)), "0x80094811",
           "the two primes of the RSA key are so close to each other")
    assert send(demo, weak_csr(roca[0], moduli.prime(1024)))[0] == ISSUED


@pytest.mark.parametrize("subject,names,text", [
    ("/CN=a", "DNS:a_b.example", "underscore"),
    ("/CN=a", "DNS:xn--n3h.example", "IDNA"),
    ("/CN=a", "URI:http:///path", "host"),
    ("/C=de/emailAddress=nobody", "DNS:a.example", "e-mail"),
])
def test_bad_form(demo, subject, names, text):
    csr, _ = make_csr(subject, extensions=[f"subjectAltName={names}"])
    how, row = send(demo, csr)
    assert how == DENIED and text in row["message"], row
    assert "0x80094001" in row["message"]
    assert "The certificate would not be in good form: " in row["message"]


def test_officer_is_told(demo):
    """On a CA where requests wait, the review says it before the decision."""
    with running_demo() as d:
        csr, _ = make_csr()
        first, second = d.submit_id(csr), d.submit_id(csr, "bob")
        assert "Checks before signing" not in str(d.row(second))
        d.issue(first)
        assert f"request {first}." in str(d.row(second)["fields"])
        page = d.get(f"/certsrv/officer/request.asp?ReqID={second}",
                     "officer")
        assert page.status_code == 200 and "another account" in page.text
        d.cli("request", "issue", second, check=False)
        assert d.row(second)["disposition"].lower() == DENIED
