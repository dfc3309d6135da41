"""Taking over a CA that OpenSSL made: `opencertsrv ca import`. OpenSSL and
python3-cryptography judge what comes of it."""
import json
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ocs import CLI, make_csr, run_cli
from oldca import (NAME, OldCA, crl_of, new_folder, number_of, openssl_says)

REASON = x509.ReasonFlags


@pytest.fixture
def folder():
    with new_folder() as d:
        yield d


@pytest.fixture
def old(folder, tmp_path):
    """Five certificates, two of them revoked, one on hold; one list."""
    ca = OldCA(tmp_path / "old", f"http://localhost:{folder.http}/certenroll")
    ca.certs = [ca.issue(f"host{i}.example") for i in range(5)]
    ca.revoke(ca.certs[1], "keyCompromise")
    ca.revoke(ca.certs[2], "superseded")
    ca.revoke(ca.certs[3], "certificateHold")
    ca.publish()
    return ca


def take(demo, *args, check=True):
    """The report; with check=False a pair (exit status, text)."""
    p = run_cli("ca", "import", "--dir", demo.dir, "--json", *args,
                check=check)
    return json.loads(p.stdout) if check else (
        p.returncode, p.stdout + p.stderr)


def reason_of(entry):
    return entry.extensions.get_extension_for_class(
        x509.CRLReason).value.reason


def serial_hex(cert):
    return f"{cert.serial_number:x}"


# --- from OpenSSL's index ----------------------------------------------------

def test_dry_run_says_what_would_be_taken_and_writes_nothing(folder, old):
    before = sorted(p.name for p in folder.dir.iterdir())
    r = take(folder, "--dry-run", *old.sources())
    assert r["dry_run"] and not r["problems"] and not r["missing"]
    assert r["ca"][0]["subject"] == f"CN={NAME}"
    assert r["counts"]["issued"] == 2 and r["counts"]["revoked"] == 3
    assert r["lists"][0]["number"] == 0x41 and r["lists"][0]["entries"] == 3
    urls = {u["url"]: u for u in r["urls"]}
    own = f"http://localhost:{folder.http}/certenroll/Old%20Issuing%20CA.crl"
    moved = "http://pki.old.example/CertEnroll/Old%20Issuing%20CA.crl"
    assert urls[own]["served"] and urls[own]["certificates"] == 5
    assert not urls[moved]["served"] and "host" in urls[moved]["why"]
    for url in ("http://pki.old.example/x.crt", "http://ocsp.old.example/",
                "ldap:///CN=Old"):
        assert not urls[url]["served"], url
    assert sorted(p.name for p in folder.dir.iterdir()) == before
    people = run_cli("ca", "import", "--dir", folder.dir, "--dry-run",
                     *old.sources()).stdout
    assert f"served      {own}" in people
    assert f"not served  {moved}" in people


def test_old_certificates_live_on(folder, old, tmp_path):
    r = take(folder, *old.sources())
    assert r["counts"]["taken"] == 5 and not r["problems"]
    again = take(folder, *old.sources())
    assert again["counts"]["taken"] == 0 and not again["problems"]
    # The list of before is what relying parties get until the next is due.
    assert number_of(crl_of(folder)) == 0x41
    folder.start()
    for number, cert in enumerate(old.certs, 1):
        pem = folder.certificate(number, user="officer")
        assert x509.load_pem_x509_certificate(pem) == cert
    rows = {n: folder.row(n) for n in range(1, 6)}
    assert [rows[n]["disposition"] for n in range(1, 6)] == [
        "issued", "revoked", "revoked", "revoked", "issued"]
    assert rows[2]["revoked_reason"] == 1
    ca_pem = old.dir / "ca.pem"

    # An old one is revoked, a hold is released; the next list says so.
    folder.cli("certificate", "revoke", "1", "--reason", "superseded")
    folder.cli("certificate", "release", "4")
    folder.cli("crl", "publish")
    crl = crl_of(folder)
    assert number_of(crl) > 0x41
    root = x509.load_pem_x509_certificate(ca_pem.read_bytes())
    assert crl.is_signature_valid(root.public_key())
    verdicts = [openssl_says(tmp_path, ca_pem, crl, c) for c in old.certs]
    assert verdicts[3] == verdicts[4] == "OK"
    for v in verdicts[:3]:
        assert "revoked" in v
    before = x509.load_pem_x509_crl((old.dir / "old.crl").read_bytes())
    for i in (1, 2):
        a = before.get_revoked_certificate_by_serial_number(
            old.certs[i].serial_number)
        b = crl.get_revoked_certificate_by_serial_number(
            old.certs[i].serial_number)
        assert a.revocation_date == b.revocation_date
        assert reason_of(a) == reason_of(b)

    # Numbers go on, and the key is the same.
    number = folder.submit_id(make_csr("/CN=new.example")[0])
    assert number > 5
    folder.issue(number)
    new = x509.load_pem_x509_certificate(folder.certificate(number))
    assert openssl_says(tmp_path, ca_pem, crl, new) == "OK"
    report = folder.assert_audit_is_good()
    assert any("5 certificates were taken over" in f["text"]
               for f in report["findings"])


def test_keys_from_a_windows_backup(folder, old):
    """Encrypted as Windows encrypts: only OpenSSL's legacy provider reads
    it."""
    p12 = old.pkcs12("geheim", "-legacy")
    args = ["--ca", p12, "--crl", old.dir / "old.crl"]
    status, text = take(folder, "--dry-run", *args, check=False)
    assert status == 1 and "password does not open" in text
    r = take(folder, *args, "--ca-password-file", old.dir / "password")
    assert r["ca"][0]["subject"] == f"CN={NAME}"
    # Only the list knows what is revoked: it stays so.
    assert r["counts"]["listed_only"] == 3 and r["counts"]["taken"] == 3
    assert (folder.dir / "sign/keys/0.key").stat().st_mode & 0o777 == 0o600
    folder.start()
    folder.cli("crl", "publish")
    assert {e.serial_number for e in crl_of(folder)} == {
        c.serial_number for c in old.certs[1:4]}


def test_certificates_that_come_later_fill_the_gaps(folder, old):
    take(folder, "--ca", old.dir / "ca.key", "--ca", old.dir / "ca.pem",
         "--crl", old.dir / "old.crl")
    r = take(folder, *old.sources())
    assert not r["problems"] and r["counts"]["taken"] == 5
    folder.start()
    folder.cli("crl", "publish")
    assert {e.serial_number for e in crl_of(folder)} == {
        c.serial_number for c in old.certs[1:4]}
    for c in old.certs:
        row, = folder.json("certificate", "list", "--search",
                           serial_hex(c))["rows"]
        assert x509.load_pem_x509_certificate(folder.certificate(
            row["id"], user="officer")) == c
    folder.assert_audit_is_good()
