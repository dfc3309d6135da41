"""The main job: a request is sent, an officer decides, the certificate is
collected, believed, revoked. Judges are OpenSSL, GnuTLS and
python3-cryptography."""
import datetime
import html
import re
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_pem_private_key, pkcs7)
from cryptography.x509.oid import AuthorityInformationAccessOID as AIA
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU
from cryptography.x509.oid import ExtensionOID as EXT

from ocs import PATIENCE, make_csr, openssl, wait_until
from page import Page


def curl(demo, user, path, *args):
    p = subprocess.run(
        ["curl", "-sS", "--fail-with-body", "--cacert", demo.ca_pem, "-u",
         f"{user}:{demo.users[user][0]}", *args, demo.url + path],
        capture_output=True, timeout=PATIENCE)
    assert p.returncode == 0, p.stderr.decode() + p.stdout.decode()
    return p.stdout


def public_key(key):
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check_signature(child, issuer):
    key = issuer.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(child.signature, child.tbs_certificate_bytes,
                   ec.ECDSA(child.signature_hash_algorithm))
    else:
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(child.signature, child.tbs_certificate_bytes,
                   padding.PKCS1v15(), child.signature_hash_algorithm)


def decide_on_page(demo, officer, number, decision, reason=""):
    """Press a button of the review page, as a browser would."""
    s = demo.session(officer)
    path = f"/certsrv/officer/request.asp?ReqID={number}"
    page = Page(s.get(demo.url + path, timeout=PATIENCE).text)
    form = next(f for f in page.forms
                if ("Decision", decision) in f["buttons"])
    fields = {**form["fields"], "Decision": decision}
    if "Reason" in fields:
        fields["Reason"] = reason
    return s.post(demo.url + "/certsrv/officer/decide.asp", data=fields,
                  headers={"Origin": demo.url,
                           "Sec-Fetch-Site": "same-origin"},
                  timeout=PATIENCE)


def test_curl_paste_to_verified_certificate(demo, tmp_path):
    csr, key_path = make_csr(
        "/CN=www.main.example/O=Example", extensions=[
            "subjectAltName=DNS:www.main.example,DNS:main.example",
            "extendedKeyUsage=serverAuth",
            "keyUsage=critical,digitalSignature"])
    (tmp_path / "r.csr").write_text(csr)
    answer = curl(demo, "alice", "/certsrv/certfnsh.asp",
                  "--data", "Mode=newreq",
                  "--data-urlencode", f"CertRequest@{tmp_path / 'r.csr'}",
                  "--data-urlencode", "CertAttrib=").decode()
    assert "Certificate Pending" in answer
    number = int(re.search(r"Your Request Id is (\d+)\.", answer).group(1))

    waiting = Page(demo.get("/certsrv/certckpn.asp", "alice").text)
    assert str(number) in waiting.text
    shown = demo.row(number)
    assert shown["disposition"] == "pending"
    assert shown["requester"].endswith("alice") and shown["may_decide"]
    demo.issue(number)

    shown = demo.get(f"/certsrv/request.asp?ReqID={number}", "alice").text
    assert re.search(r'<title id="chain-words">www.main.example, issued by '
                     r'OpenCertSrv Demo CA</title>', shown)
    drawn = re.findall(r'<text class="name"[^>]*>([^<]*)</text>', shown)
    assert drawn == ["OpenCertSrv Demo CA", "www.main.example"]

    pem = curl(demo, "alice", f"/certsrv/certnew.cer?ReqID={number}&Enc=b64")
    der = curl(demo, "alice", f"/certsrv/certnew.cer?ReqID={number}&Enc=bin")
    plain = curl(demo, "alice", f"/certsrv/certnew.cer?ReqID={number}")
    cert = x509.load_pem_x509_certificate(pem)
    assert plain == pem and cert.public_bytes(Encoding.DER) == der

    (tmp_path / "c.pem").write_bytes(pem)
    openssl("verify", "-x509_strict", "-purpose", "sslserver",
            "-verify_hostname", "main.example", "-CAfile", demo.ca_pem,
            tmp_path / "c.pem")
    if shutil.which("certtool"):
        p = subprocess.run(
            ["certtool", "--verify", "--load-ca-certificate", demo.ca_pem,
             "--infile", tmp_path / "c.pem"], capture_output=True, text=True,
            timeout=PATIENCE)
        assert p.returncode == 0, p.stdout + p.stderr
    ca = x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())
    check_signature(cert, ca)
    key = load_pem_private_key(key_path.read_bytes(), None)
    assert public_key(cert.public_key()) == public_key(key.public_key())


def test_who_comes_to_collect_finds_it_among_the_pending(demo):
    # The list of a browser keeps what was decided until its answer is seen.
    s = demo.session("alice")
    csr, _ = make_csr("/CN=later.main.example")
    answer = s.post(demo.url + "/certsrv/certfnsh.asp", timeout=PATIENCE,
                    data={"Mode": "newreq", "CertRequest": csr}).text
    number = re.search(r"Your Request Id is (\d+)\.", answer).group(1)

    def look():
        text = s.get(demo.url + "/certsrv/certckpn.asp",
                     timeout=PATIENCE).text
        listed = re.search(rf'(ReqID=|name="ReqID" value="){number}\b', text)
        return "Decided" in Page(text).text, listed is not None
    assert look() == (False, True)
    demo.issue(number)
    assert look() == (True, True)
    answer = s.post(demo.url + "/certsrv/certfnsh.asp", timeout=PATIENCE,
                    data={"Mode": "chkpnd", "ReqID": number,
                          "TargetStoreFlags": "0", "SaveCert": "yes"}).text
    assert "certnew.cer?ReqID=" in answer
    assert look() == (False, False)


def test_details_say_all_that_the_certificate_says(demo):
    csr, _ = make_csr("/CN=details.example",
                      extensions=["subjectAltName=DNS:details.example"])
    number = demo.submit_id(csr)
    path = f"/certsrv/certificate.asp?ReqID={number}"
    assert demo.get(path, "alice").status_code == 404
    demo.issue(number)
    der_ = demo.certificate(number, encoding="bin")
    r = demo.get(path, "alice")
    said = Page(r.text).text
    cert = x509.load_der_x509_certificate(der_)
    for words in [f"{cert.serial_number:x}", "CN=details.example",
                  "DNS: details.example", "CRL distribution points",
                  cert.fingerprint(hashes.SHA1()).hex()]:
        assert words in said, words
    # Element by element as openssl reads it.
    ours = re.findall(r"^ *(\d+):", html.unescape(
        re.search(r"<pre[^>]*>(.*?)</pre>", r.text, re.S)[1]), re.M)
    theirs = re.findall(r"^ *(\d+):d=", openssl(
        "asn1parse", "-inform", "DER", data=der_).stdout.decode(), re.M)
    assert set(theirs) <= set(ours)   # ours opens octet strings, too
    assert demo.get(path, "bob").status_code == 404
    assert demo.get(path, "officer").status_code == 200


def issued(demo, subject, user="alice", **kw):
    """(number, certificate) of a request that the officer issued."""
    csr, _ = make_csr(subject, **kw)
    number = demo.submit_id(csr, user)
    demo.issue(number)
    return number, x509.load_der_x509_certificate(
        demo.certificate(number, user, "bin"))


def extension(cert, oid):
    return cert.extensions.get_extension_for_oid(oid)


def test_what_is_in_a_certificate(demo):
    before = datetime.datetime.utcnow()
    _, cert = issued(demo, "/CN=inside.example")
    ca = x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())
    assert cert.version == x509.Version.v3
    assert cert.issuer == ca.subject
    # 19 octets from a random source.
    assert 8 * 18 < cert.serial_number.bit_length() <= 8 * 19
    assert cert.not_valid_after <= ca.not_valid_after
    assert cert.not_valid_before <= before
    assert before - cert.not_valid_before < datetime.timedelta(hours=1)
    life = cert.not_valid_after - cert.not_valid_before
    assert datetime.timedelta(days=364) < life < datetime.timedelta(days=367)
    digest = x509.SubjectKeyIdentifier.from_public_key(cert.public_key())
    assert extension(cert, EXT.SUBJECT_KEY_IDENTIFIER).value == digest
    assert extension(cert, EXT.AUTHORITY_KEY_IDENTIFIER) \
        .value.key_identifier == extension(
            ca, EXT.SUBJECT_KEY_IDENTIFIER).value.digest
    assert extension(cert, EXT.KEY_USAGE).value.digital_signature
    assert not extension(cert, EXT.KEY_USAGE).value.key_cert_sign
    assert list(extension(cert, EXT.EXTENDED_KEY_USAGE).value) == [
        EKU.SERVER_AUTH, EKU.CLIENT_AUTH]
    try:
        assert not extension(cert, EXT.BASIC_CONSTRAINTS).value.ca
    except x509.ExtensionNotFound:
        pass
    assert extension(ca, EXT.BASIC_CONSTRAINTS).value.ca
    assert extension(ca, EXT.BASIC_CONSTRAINTS).critical
    assert extension(ca, EXT.KEY_USAGE).value.crl_sign


def test_addresses_in_a_certificate_lead_to_the_files(demo):
    _, cert = issued(demo, "/CN=addresses.example")
    points = [n.value for p in
              extension(cert, EXT.CRL_DISTRIBUTION_POINTS).value
              for n in p.full_name]
    aia = [d.access_location.value for d in
           extension(cert, EXT.AUTHORITY_INFORMATION_ACCESS).value
           if d.access_method == AIA.CA_ISSUERS]
    assert points and aia
    ca = x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())
    for url in points:
        r = demo.session().get(url, timeout=PATIENCE)
        assert r.status_code == 200
        crl = x509.load_der_x509_crl(r.content)
        assert crl.is_signature_valid(ca.public_key())
    for url in aia:
        r = demo.session().get(url, timeout=PATIENCE)
        assert r.content == ca.public_bytes(Encoding.DER)


def test_serials_differ(demo):
    serials = {issued(demo, "/CN=serial.example")[1].serial_number
               for _ in range(5)}
    assert len(serials) == 5


def test_officer_issues_on_the_page(demo):
    csr, _ = make_csr("/CN=page.example",
                      extensions=["subjectAltName=DNS:page.example"])
    number = demo.submit_id(csr)
    queue = Page(demo.get("/certsrv/officer/", "officer").text)
    assert "page.example" in queue.text
    r = decide_on_page(demo, "officer", number, "issue")
    assert r.status_code == 200 and f"Request {number} is issued" in r.text
    assert demo.row(number)["officer"].endswith("officer")
    cert = x509.load_pem_x509_certificate(demo.certificate(number))
    assert "page.example" in cert.subject.rfc4514_string()
    # The second decision loses.
    late = demo.cli("request", "deny", number, "--reason", "late",
                    check=False)
    assert late.returncode == 1


def test_officer_denies_with_reason(demo):
    csr, _ = make_csr("/CN=deny.example")
    number = demo.submit_id(csr)
    refused = demo.cli("request", "deny", number, check=False)
    assert refused.returncode != 0 and "reason" in refused.stderr
    r = decide_on_page(demo, "officer", number, "deny",
                       "The name is not yours.")
    assert r.status_code == 200
    answer = demo.post("/certsrv/certfnsh.asp",
                       {"Mode": "chkpnd", "ReqID": number}, "alice").text
    assert "Your certificate request was denied." in answer
    assert "The name is not yours." in Page(answer).text
    assert demo.row(number)["disposition"] == "denied"
    download = demo.get(f"/certsrv/certnew.cer?ReqID={number}", "alice")
    assert b"BEGIN CERTIFICATE" not in download.content


def test_page_needs_the_reason(demo):
    csr, _ = make_csr("/CN=no-reason.example")
    number = demo.submit_id(csr)
    r = decide_on_page(demo, "officer", number, "deny", "  ")
    assert "reason" in r.text and demo.row(number)["disposition"] == "pending"


def test_resubmit_is_for_administrators(demo):
    csr, _ = make_csr("/CN=again.example")
    number = demo.submit_id(csr)
    demo.cli("request", "deny", number, "--reason", "not yet")
    as_officer = demo.cli(
        "request", "resubmit", number, "--as", "officer", check=False)
    assert as_officer.returncode == 1
    assert demo.row(number)["disposition"] == "denied"
    demo.cli("request", "resubmit", number)
    assert demo.row(number)["disposition"] == "pending"
    demo.issue(number)
    assert demo.certificate(number).startswith(b"-----BEGIN CERTIFICATE")


def test_chain_downloads(demo, tmp_path):
    number, cert = issued(demo, "/CN=chain.example")
    for encoding, load in [("bin", pkcs7.load_der_pkcs7_certificates),
                           ("b64", pkcs7.load_pem_pkcs7_certificates)]:
        r = demo.get(f"/certsrv/certnew.p7b?ReqID={number}&Enc={encoding}",
                     "alice")
        certs = load(r.content)
        assert len(certs) == 2 and certs[0] == cert
        assert certs[1].issuer == certs[1].subject == cert.issuer
        (tmp_path / "chain").write_bytes(r.content)
        out = openssl("pkcs7", "-in", tmp_path / "chain", "-print_certs",
                      "-inform", "DER" if encoding == "bin" else "PEM")
        assert out.stdout.count(b"BEGIN CERTIFICATE") == 2


def crl_on_page(demo):
    r = demo.session().get(demo.url + "/certsrv/certcrl.crl",
                           timeout=PATIENCE)
    return x509.load_der_x509_crl(r.content)


def crl_number(crl):
    return crl.extensions.get_extension_for_oid(EXT.CRL_NUMBER) \
        .value.crl_number


def crl_now(demo):
    """The newest CRL from the pages, which ask the CA every two seconds."""
    newest = demo.json("crl", "show")["rows"][0]["number"]
    wait_until(lambda: crl_number(crl_on_page(demo)) >= newest,
               "the pages have the newest CRL")
    crl = crl_on_page(demo)
    ca = x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())
    assert crl.is_signature_valid(ca.public_key())
    assert crl.issuer == ca.subject
    assert not isinstance(crl.signature_hash_algorithm,
                          (hashes.SHA1, hashes.MD5))
    return crl


def judged(demo, number, tmp_path):
    """What `openssl verify -crl_check` says with the published CRL."""
    (tmp_path / "c.pem").write_bytes(demo.certificate(number))
    name = demo.json("crl", "show")["rows"][0]["file"]
    der = demo.session().get(f"{demo.http_url}/certenroll/{name}",
                             timeout=PATIENCE).content
    (tmp_path / "l.der").write_bytes(der)
    openssl("crl", "-inform", "DER", "-in", tmp_path / "l.der", "-out",
            tmp_path / "l.pem")
    p = openssl("verify", "-crl_check", "-CRLfile", tmp_path / "l.pem",
                "-CAfile", demo.ca_pem, tmp_path / "c.pem", check=False)
    return (p.stdout + p.stderr).decode()


def test_revocation(demo, tmp_path):
    number, cert = issued(demo, "/CN=revoke.example")
    demo.cli("crl", "publish")
    assert ": OK" in judged(demo, number, tmp_path)
    old = crl_number(crl_now(demo))
    demo.cli("certificate", "revoke", number, "--reason", "key-compromise",
             "--comment", "laptop lost")
    demo.cli("crl", "publish")
    assert "certificate revoked" in judged(demo, number, tmp_path)
    crl = crl_now(demo)
    assert crl_number(crl) > old
    entry = crl.get_revoked_certificate_by_serial_number(cert.serial_number)
    assert entry.extensions.get_extension_for_class(x509.CRLReason) \
        .value.reason == x509.ReasonFlags.key_compromise
    row = demo.row(number)
    assert row["disposition"] == "revoked" and row["revoked_reason"] == 1
    # A firm reason becomes another one, never a hold, nor the same again.
    for reason, status in [("key-compromise", 1), ("certificate-hold", 1),
                           ("superseded", 0), ("4", 1)]:
        again = demo.cli("certificate", "revoke", number, "--reason", reason,
                         check=False)
        assert again.returncode == status, reason
    release = demo.cli("certificate", "release", number, check=False)
    assert release.returncode == 1


def test_hold_and_release(demo, tmp_path):
    number, cert = issued(demo, "/CN=hold.example")
    demo.cli("certificate", "revoke", number, "--reason", "certificate-hold")
    demo.cli("crl", "publish")
    assert "certificate revoked" in judged(demo, number, tmp_path)
    demo.cli("certificate", "release", number)
    demo.cli("crl", "publish")
    assert ": OK" in judged(demo, number, tmp_path)
    assert demo.row(number)["disposition"] == "issued"
    assert crl_now(demo).get_revoked_certificate_by_serial_number(
        cert.serial_number) is None


def test_revocation_on_the_page(demo):
    number, _ = issued(demo, "/CN=revoke-page.example")
    s = demo.session("officer2")
    page = Page(s.get(f"{demo.url}/certsrv/officer/revoke.asp?ReqID={number}",
                      timeout=PATIENCE).text)
    form = page.form("revoke.asp")["fields"]
    r = s.post(demo.url + "/certsrv/officer/revoke.asp",
               data={**form, "Reason": "4"}, timeout=PATIENCE)
    assert f"Certificate {number} is revoked" in r.text
    assert demo.row(number)["revoked_reason"] == 4


def test_roles_are_separated(demo):
    """Who decides cannot ask, and who asks cannot decide."""
    csr, _ = make_csr("/CN=own.example")
    page = Page(demo.submit(csr, "officer2").text)
    assert "may not ask for certificates" in page.text
    assert "nothing was kept" in page.text.lower()
    number = demo.submit_id(csr)
    for user in ["alice", "bob", "admin", "auditor", "operator"]:
        p = demo.cli("request", "issue", number, "--as", user, check=False)
        assert p.returncode == 1, user
    assert demo.row(number)["disposition"] == "pending"


def test_issue_at_once_within_the_lists(demo_at_once):
    csr, _ = make_csr("/CN=quick.example", extensions=[
        "subjectAltName=DNS:quick.example", "extendedKeyUsage=serverAuth"])
    answer = demo_at_once.submit(csr).text
    assert "The certificate you requested was issued to you." in answer
    for subject, purpose in [("/CN=quick.else.where", "serverAuth"),
                             ("/CN=quick.example", "clientAuth"),
                             ("/CN=quick.example/O=Bank", "serverAuth"),
                             ("/CN=*.quick.example", "serverAuth")]:
        csr, _ = make_csr(subject, extensions=[
            f"extendedKeyUsage={purpose}"])
        assert "Certificate Pending" in demo_at_once.submit(csr).text, subject


@pytest.mark.parametrize("kind", ["p384", "p521", "rsa2048", "rsa3072",
                                  "ed25519"])
def test_kinds_of_subject_keys(demo, kind, tmp_path):
    number, cert = issued(demo, f"/CN={kind}.example", key=kind)
    (tmp_path / "c.pem").write_bytes(cert.public_bytes(Encoding.PEM))
    openssl("verify", "-x509_strict", "-CAfile", demo.ca_pem,
            tmp_path / "c.pem")


@pytest.mark.parametrize("kind", ["rsa2048", "p384"])
def test_kinds_of_ca_keys(start_demo, kind, tmp_path):
    d = start_demo("--key", kind)
    number, cert = issued(d, "/CN=other-ca-key.example")
    (tmp_path / "c.pem").write_bytes(cert.public_bytes(Encoding.PEM))
    openssl("verify", "-x509_strict", "-CAfile", d.ca_pem,
            tmp_path / "c.pem")
    assert crl_now(d).issuer == cert.issuer
    d.assert_audit_is_good()


def test_audit_tells_the_story(demo):
    number, _ = issued(demo, "/CN=story.example")
    demo.cli("certificate", "revoke", number, "--reason", "superseded")
    rows = demo.json("audit", "show", "--request", number)["rows"]
    events = [r["event"] for r in rows]
    assert len(events) >= 3
    assert rows[0]["actor"].endswith("alice")
    assert any(r["actor"].endswith("officer") for r in rows)
    demo.assert_audit_is_good()
