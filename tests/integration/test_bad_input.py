"""Bad input is met with a clear sentence and no harm: every line of the list
in the issue, and each neighbour of it that came to mind."""
import base64
import random
import re
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, pkcs12)
from cryptography.x509.oid import ExtensionOID as EXT

import der
from ocs import PATIENCE, make_csr, openssl
from page import Page


def answer_of(r):
    """The page's words, after checking that it is one of ours."""
    page = Page(r.text)
    assert page.errors == [] and page.title
    return page.text


def upload(demo, data, user="alice", name="request.req", **fields):
    return demo.session(user).post(
        demo.url + "/certsrv/certfnsh.asp", timeout=PATIENCE,
        data={"Mode": "newreq", "CertRequest": "", "CertAttrib": "",
              **fields},
        files={"RequestFile": (name, data, "application/octet-stream")})


def number_in(r):
    found = re.search(r"Your Request Id is (\d+)\.", r.text)
    return int(found.group(1)) if found else None


def disposition(demo, number):
    return demo.row(number)["disposition"]


def assert_failed(demo, r, words="Error Parsing Request"):
    """A row with a number, failed, and nothing issued."""
    assert r.status_code == 200
    number = number_in(r)
    assert number, answer_of(r)
    assert "was issued" not in r.text
    assert words in r.text
    row = demo.row(number)
    assert row["disposition"] == "failed" and row["certificate"] is None
    assert row["sentence"]
    return row


def assert_denied(demo, r):
    number = number_in(r)
    assert number, answer_of(r)
    row = demo.row(number)
    assert row["disposition"] in ("denied", "failed"), row
    assert row["certificate"] is None and row["sentence"]
    return row


# --- a private key by mistake -----------------------------------------------

def private_keys(tmp_path):
    """(what, bytes as sent)"""
    key = tmp_path / "k.pem"
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
            "rsa_keygen_bits:2048", "-out", key)
    ec_key = tmp_path / "e.pem"
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-out", ec_key)
    yield "PKCS#8", key.read_bytes()
    yield "PKCS#8 EC", ec_key.read_bytes()
    yield "PKCS#1", openssl("rsa", "-in", key, "-traditional").stdout
    yield "SEC1", openssl("ec", "-in", ec_key).stdout
    yield "encrypted PKCS#8", openssl(
        "pkcs8", "-topk8", "-in", key, "-passout", "pass:secret").stdout
    yield "encrypted PKCS#1", openssl(
        "rsa", "-in", key, "-traditional", "-aes128", "-passout",
        "pass:secret").stdout
    loaded = der.new_key()
    yield "OpenSSH", loaded.private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    yield "PKCS#12", pkcs12.serialize_key_and_certificates(
        b"me", loaded, None, None, BestAvailableEncryption(b"secret"))
    yield "PKCS#8 DER", loaded.private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    yield "SEC1 DER", loaded.private_bytes(
        Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    yield "PKCS#1 DER", openssl("rsa", "-in", key, "-traditional",
                                "-outform", "DER").stdout
    yield "bare base64 of PKCS#8", base64.b64encode(loaded.private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    csr = make_csr()[0].encode()
    yield "key after a request", csr + ec_key.read_bytes()
    yield "key before a request", ec_key.read_bytes() + csr


def needles(data):
    """What of the key would stand in a file that kept it: text and bytes."""
    text = re.sub(rb"-----[^-]+-----|[A-Za-z-]+: [^\n]*\n", b"", data)
    body = b"".join(text.split())
    found = set()
    if re.fullmatch(rb"[A-Za-z0-9+/=]+", body):
        # The second half holds the secret in every form.
        found.add(body[len(body) // 2:len(body) // 2 + 40])
        try:
            raw = base64.b64decode(body)
        except ValueError:
            raw = b""
    else:
        raw = data
    if raw:
        found.add(raw[len(raw) // 2:len(raw) // 2 + 24])
    return [n for n in found if len(n) >= 16]


def key_part(what, data):
    """Only the private key's part of what was sent."""
    found = re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?PRIVATE "
                      rb"KEY-----", data, re.S)
    return found.group(0) if found else data


def keeps(folder, needle):
    """Files below folder that contain the bytes."""
    hits = []
    for path in folder.rglob("*"):
        if path.is_file() and needle in path.read_bytes():
            hits.append(str(path))
    return hits


def test_private_key_is_never_stored(demo, tmp_path):
    sent = list(private_keys(tmp_path))
    for what, data in sent:
        for how in ["paste", "file"]:
            if how == "paste":
                try:
                    text = data.decode("ascii")
                except UnicodeDecodeError:
                    continue
                r = demo.submit(text)
            else:
                r = upload(demo, data)
            said = answer_of(r)
            assert "private key" in said.lower(), f"{what}, {how}: {said}"
            assert "not kept" in said or "nothing was kept" in said.lower() \
                or "never" in said.lower(), f"{what}: {said}"
            assert "was issued to you" not in said
    # In the attributes, too.
    r = demo.submit(make_csr()[0], attributes="x:" + sent[0][1].decode())
    assert "private key" in answer_of(r).lower()
    for what, data in sent:
        for needle in needles(key_part(what, data)):
            assert keeps(demo.dir, needle) == [], what
    # The search itself must be able to find something.
    csr = make_csr("/CN=needle-in-the-haystack.example")[0]
    demo.submit(csr)
    assert keeps(demo.dir, b"needle-in-the-haystack.example")


# --- not a request ----------------------------------------------------------

def test_certificate_instead_of_a_request(demo):
    r = demo.submit(demo.ca_pem.read_text())
    row = assert_failed(demo, r)
    assert "certificate" in row["sentence"].lower()
    upload_row = assert_failed(demo, upload(
        demo, x509.load_pem_x509_certificate(
            demo.ca_pem.read_bytes()).public_bytes(Encoding.DER)))
    assert "certificate" in upload_row["sentence"].lower()


@pytest.mark.parametrize("what", ["crl", "public key", "words", "json",
                                  "html", "empty pem", "zeros"])
def test_other_things_instead_of_a_request(demo, what):
    key = der.new_key()
    data = {
        "crl": demo.get("/certsrv/certcrl.crl?Enc=b64").text,
        "public key": der.pem(der.spki(key), "PUBLIC KEY"),
        "words": "please give me a certificate",
        "json": '{"csr": "MIIB"}',
        "html": "<html><script>alert(1)</script></html>",
        "empty pem": "-----BEGIN CERTIFICATE REQUEST-----\n"
                     "-----END CERTIFICATE REQUEST-----\n",
        "zeros": "A" * 400}[what]
    r = demo.submit(data)
    assert_failed(demo, r)
    assert "<script>alert" not in r.text


@pytest.mark.parametrize("text", ["", "   \r\n\t "])
def test_nothing_at_all(demo, text):
    r = demo.submit(text)
    said = answer_of(r)
    assert "no request" in said.lower() and number_in(r) is None
    assert "nothing was kept" in said.lower()


def csr_der(subject="/CN=flip.example", **kw):
    return x509.load_pem_x509_csr(
        make_csr(subject, **kw)[0].encode()).public_bytes(Encoding.DER)


def test_truncated_requests(demo):
    data = csr_der()
    for n in [1, 2, 3, 10, len(data) // 2, len(data) - 20, len(data) - 1]:
        assert_failed(demo, demo.submit(der.pem(data[:n])))
    assert_failed(demo, demo.submit(der.pem(data + b"\0")))


def test_bit_flips_are_never_issued(demo_at_once):
    """On a CA that would issue the request as it was: a flipped bit is
    noticed as a broken form or by the signature."""
    demo = demo_at_once
    data = csr_der("/CN=flip.example", extensions=[
        "subjectAltName=DNS:flip.example", "extendedKeyUsage=serverAuth"])
    good = demo.submit(der.pem(data))
    assert "was issued to you" in good.text
    rng = random.Random(20240229)
    for position in rng.sample(range(len(data) * 8), 60):
        bad = bytearray(data)
        bad[position // 8] ^= 1 << position % 8
        r = demo.submit(der.pem(bytes(bad)))
        assert "was issued to you" not in r.text, position
        row = assert_denied(demo, r)
        if row["disposition"] == "failed":
            assert ("Error Parsing Request" in r.text
                    or "signature" in row["sentence"].lower()), position
        else:  # the flipped bit is in the key
            assert re.search("key|curve", row["sentence"]), \
                (position, row["sentence"])


def test_base64_with_spaces_for_plus_signs(demo):
    for _ in range(50):
        body = "".join(make_csr("/CN=plus.example")[0].splitlines()[1:-1])
        if body.count("+") >= 2:
            break
    r = demo.submit(body.replace("+", " "))
    assert "Certificate Pending" in r.text
    row = demo.row(number_in(r))
    kept = x509.load_pem_x509_csr(row["request"].encode())
    assert base64.b64encode(kept.public_bytes(Encoding.DER)).decode() == body


# --- too much ---------------------------------------------------------------

def test_ten_megabytes(demo, tmp_path):
    (tmp_path / "big").write_bytes(b"CertRequest=" + b"A" * 10_000_000)
    p = subprocess.run(
        ["curl", "-sS", "--cacert", demo.ca_pem, "-u",
         "alice:" + demo.users["alice"][0], "-H", "Expect:",
         "--data-binary", f"@{tmp_path / 'big'}", "-w", "\n%{http_code}",
         demo.url + "/certsrv/certfnsh.asp"],
        capture_output=True, text=True, timeout=PATIENCE)
    body, status = p.stdout.rsplit("\n", 1)
    assert status == "413", p.stderr
    page = Page(body)
    assert page.errors == [] and "nginx" not in body.lower()
    assert "large" in page.text or "big" in page.text or "KiB" in page.text
    assert not [f for f in (demo.dir / "tmp").rglob("*") if f.is_file()]


def test_just_beyond_the_limits(demo):
    """Within the body's limit but beyond the field's or the request's."""
    for n in [65537 * 4 // 3 + 100, 131072 + 10, 200_000]:
        r = demo.submit("A" * n)
        said = answer_of(r)
        assert "Certificate Pending" not in said
        assert "large" in said.lower() or "KiB" in said or \
            "Error Parsing" in said, said


def test_ten_thousand_attributes(demo):
    r = demo.submit(make_csr()[0], attributes="a:b\r\n" * 10_000)
    said = answer_of(r)
    assert "Certificate Pending" not in said and "was issued" not in said
    r = demo.submit(make_csr()[0], attributes="a:b\n" * 257)
    said = answer_of(r)
    assert "Certificate Pending" not in said and "attribute" in said.lower()


def test_many_form_fields(demo):
    body = "&".join(f"x{i}=1" for i in range(10_000))
    r = demo.session("alice").post(
        demo.url + "/certsrv/certfnsh.asp", data=body, timeout=PATIENCE,
        headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert r.status_code in (400, 413)
    assert "nothing was kept" in answer_of(r).lower()


def test_64_kib_subject(demo):
    key = der.new_key()
    for size in [65_000, 60_000, 3_000, 300]:
        r = demo.submit(der.pem(der.request(
            der.name((der.CN, "x" * size)), key)))
        said = answer_of(r)
        assert "Certificate Pending" not in said, size
        assert "x" * 20_000 not in r.text
    many = der.name(*[(der.O, f"unit {i}") for i in range(2_000)])
    assert "Certificate Pending" not in demo.submit(
        der.pem(der.request(many, key))).text


# --- names ------------------------------------------------------------------

@pytest.mark.parametrize("text", [
    b"www.good.example\0.evil.example", b"a\nb", b"a\x1b[31mred", b"\x7f",
    b"\xff\xfe", b"tab\there", b"",
    "right-to-left \u202e override".encode()])
def test_odd_characters_in_names(demo, text):
    r = demo.submit(der.pem(der.request(der.name((der.CN, text)),
                                        der.new_key())))
    row = assert_denied(demo, r)
    assert "\0" not in r.text and "\x1b" not in r.text
    assert row["sentence"]
    for user, path in [("alice", "request.asp"),
                       ("officer", "officer/request.asp")]:
        shown = demo.get(f"/certsrv/{path}?ReqID={row['id']}", user)
        assert b"\0" not in shown.content and b"\x1b" not in shown.content


@pytest.mark.parametrize("dns", [
    b"good.example\0.evil.example", b"good.example\n", b"", b"a b",
    "b\u00fccher.example".encode(), b"x" * 300])
def test_odd_characters_in_other_names(demo, dns):
    san = der.extension(der.SAN, der.seq(der.tlv(0x82, dns)))
    r = demo.submit(der.pem(der.request(
        der.name((der.CN, "san.example")), der.new_key(),
        der.extensions(san))))
    assert_denied(demo, r)


def test_markup_in_names_is_shown_as_text(demo):
    evil = '<script>alert(1)</script>"\'&'
    r = demo.submit(der.pem(der.request(der.name((der.CN, evil)),
                                        der.new_key())))
    number = number_in(r)
    for user, path in [("alice", f"request.asp?ReqID={number}"),
                       ("alice", "requests.asp"), ("officer", "officer/"),
                       ("officer", f"officer/request.asp?ReqID={number}")]:
        shown = demo.get("/certsrv/" + path, user)
        assert "<script>alert" not in shown.text
        assert Page(shown.text).errors == []
        assert "alert(1)" in Page(shown.text).text


def test_empty_subject(demo):
    key = der.new_key()
    row = assert_denied(demo, demo.submit(der.pem(der.request(
        der.name(), key))))
    assert "subject" in row["sentence"] or "name" in row["sentence"]
    san = der.extension(der.SAN, der.seq(der.tlv(0x82, b"only.example")))
    number = number_in(demo.submit(der.pem(der.request(
        der.name(), key, der.extensions(san)))))
    demo.issue(number)
    cert = x509.load_pem_x509_certificate(demo.certificate(number))
    assert cert.extensions.get_extension_for_oid(
        EXT.SUBJECT_ALTERNATIVE_NAME).critical


def test_subject_of_the_ca_itself(demo):
    ca = x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())
    row = assert_denied(demo, demo.submit(der.pem(der.request(
        ca.subject.public_bytes(), der.new_key()))))
    assert "CA" in row["sentence"]


# --- fields of the form -----------------------------------------------------

@pytest.mark.parametrize("mode", ["newreqq", "delete", "<b>", "chkpnd2",
                                  "x" * 5000, "new\0req"])
def test_unknown_mode(demo, mode):
    before = demo.json("request", "list")["rows"][:1]
    r = demo.post("/certsrv/certfnsh.asp", {
        "Mode": mode, "CertRequest": make_csr()[0]}, "alice")
    said = answer_of(r)
    assert "Certificate Pending" not in said and "<b>\"" not in r.text
    assert "nothing was kept" in said.lower(), said
    assert "newreq - (new request)" not in said
    assert demo.json("request", "list")["rows"][:1] == before


NUMBERS = ["0", "-1", "9223372036854775807", "9223372036854775808",
           "18446744073709551616", "99999999999999999999999999", "text",
           "1e3", "0x1", "1 OR 1=1", "", "%00", "1;2", "+1", "١"]


def places(number):
    """Every page that takes a number: (method, path, fields, user)."""
    for path in ["certnew.cer", "certnew.p7b", "request.asp"]:
        yield "GET", f"/certsrv/{path}?ReqID={number}", None, "bob"
    yield "POST", "/certsrv/certfnsh.asp", {"Mode": "chkpnd",
                                            "ReqID": number}, "bob"


def fetch(demo, method, path, fields, user):
    if method == "GET":
        return demo.get(path, user)
    return demo.post(path, fields, user)


def neutral(r):
    """The whole answer but the time and what is random in it."""
    headers = {k.lower(): v for k, v in r.headers.items()
               if k.lower() not in ("date", "content-length", "etag")}
    # A random value that grants nothing, new in every answer.
    headers["set-cookie"] = re.sub(r"(ASPSESSIONID\w+=)\w+", r"\1x",
                                   headers.get("set-cookie", ""))
    return r.status_code, r.content, headers


def test_somebody_elses_number_is_an_unknown_number(demo):
    """Byte for byte, on every page that takes one, whatever its state."""
    others = {}
    for state in ["pending", "issued", "denied", "failed"]:
        csr = make_csr()[0] if state != "failed" else "nonsense"
        r = demo.submit(csr, "alice")
        others[state] = number_in(r) or demo.submit_id(csr)
    demo.issue(others["issued"])
    demo.cli("request", "deny", others["denied"], "--reason", "no")
    unknown = 888888888
    for (m, p, f, u) in places("{}"):
        def ask(number):
            fields = {k: v.format(number) for k, v in f.items()} if f else f
            return neutral(fetch(demo, m, p.format(number), fields, u))
        want = ask(unknown)
        for state, number in others.items():
            assert ask(number) == want, (p, state)
    # The owner does see them.
    assert demo.certificate(others["issued"]).startswith(b"-----BEGIN")


@pytest.mark.parametrize("number", NUMBERS)
def test_impossible_numbers(demo, number):
    for method, path, fields, user in places(number):
        r = fetch(demo, method, path, fields, user)
        assert r.status_code in (200, 404, 400), (path, r.status_code)
        said = answer_of(r)
        if r.status_code == 200:
            assert "The requested property value is empty" in r.text, path
        assert "was issued to you" not in said
    for path in ["officer/request.asp", "officer/revoke.asp"]:
        r = demo.get(f"/certsrv/{path}?ReqID={number}", "officer")
        assert r.status_code in (200, 400, 404)
        answer_of(r)


def test_officer_pages_are_for_officers(demo):
    number = demo.submit_id(make_csr()[0])
    for path in ["officer/", f"officer/request.asp?ReqID={number}",
                 "officer/issued.asp", f"officer/revoke.asp?ReqID={number}"]:
        assert demo.get("/certsrv/" + path, "alice").status_code == 403
    r = demo.post("/certsrv/officer/decide.asp",
                  {"ReqID": number, "Decision": "issue"}, "alice")
    assert r.status_code == 403
    assert disposition(demo, number) == "pending"


def test_decision_needs_the_token_of_the_page(demo):
    number = demo.submit_id(make_csr()[0])
    page = Page(demo.get(f"/certsrv/officer/request.asp?ReqID={number}",
                         "officer2").text)
    foreign = page.form("decide.asp")["fields"]["Token"]
    for token in ["", "x", foreign]:
        r = demo.post("/certsrv/officer/decide.asp", {
            "ReqID": number, "Decision": "issue", "Token": token}, "officer")
        assert r.status_code == 403, token
    assert disposition(demo, number) == "pending"


# --- files as they come -----------------------------------------------------

def test_files_in_every_encoding(demo):
    pem = make_csr("/CN=file.example")[0]
    windows = pem.replace("\n", "\r\n")
    data = x509.load_pem_x509_csr(pem.encode()).public_bytes(Encoding.DER)
    for what, content in [
            ("UTF-16 with BOM", windows.encode("utf-16")),
            ("UTF-16BE", b"\xfe\xff" + windows.encode("utf-16-be")),
            ("UTF-16LE no BOM", windows.encode("utf-16-le")),
            ("UTF-8 with BOM", windows.encode("utf-8-sig")),
            ("DER", data), ("base64", base64.b64encode(data)),
            ("openssl -text", openssl("req", "-text",
                                      data=pem.encode()).stdout)]:
        r = upload(demo, content)
        assert "Certificate Pending" in r.text, (what, answer_of(r))


def test_a_file_counts_before_what_is_pasted(demo):
    first, second = make_csr("/CN=file1.example"), make_csr("/CN=p.example")
    r = upload(demo, first[0].encode(), CertRequest=second[0])
    assert "file1.example" in demo.row(number_in(r))["subject"]


def test_odd_file_names(demo):
    for name in ["../../etc/passwd", "a" * 2000, 'quo"te.req', "<b>.req"]:
        r = upload(demo, make_csr()[0].encode(), name=name)
        assert r.status_code in (200, 400)
        assert "<b>.req" not in r.text


def test_broken_multipart(demo):
    kind = "multipart/form-data; boundary=xyz"
    for body in [b"", b"--xyz", b"--xyz\r\n\r\n", b"--xyz--\r\n",
                 b"--xyz\r\nContent-Disposition: form-data; name=\"Mode\""
                 b"\r\n\r\nnewreq",
                 b"--other\r\n\r\n", b"\0" * 1000]:
        r = demo.session("alice").post(
            demo.url + "/certsrv/certfnsh.asp", data=body,
            headers={"Content-Type": kind}, timeout=PATIENCE)
        assert r.status_code in (200, 400), body
        assert "Certificate Pending" not in r.text
        answer_of(r)


# --- weak and malformed keys ------------------------------------------------

P256_P = 2**256 - 2**224 + 2**192 + 2**96 - 1


def weak(what):
    """A well-formed request whose public key is no good. Where the key can
    sign, the signature is right."""
    name = der.name((der.CN, "weak.example"))
    key = der.new_key("rsa2048" if what.startswith("rsa") else "p256")
    numbers = key.public_key().public_numbers()
    if what == "rsa 1024":
        return der.request(name, der.new_key("rsa1024"))
    if what == "rsa 2047 bits":
        public = der.rsa_spki(numbers.n >> 1 | 1, 65537)
    elif what == "rsa even modulus":
        public = der.rsa_spki(numbers.n & ~1, 65537)
    elif what == "rsa exponent 1":
        public = der.rsa_spki(numbers.n, 1)
    elif what == "rsa exponent 3":
        public = der.rsa_spki(numbers.n, 3)
    elif what == "rsa even exponent":
        public = der.rsa_spki(numbers.n, 65536)
    elif what == "rsa small factor":
        public = der.rsa_spki((numbers.n // 15 | 1) * 15, 65537)
    elif what == "rsa 32768 bits":
        public = der.rsa_spki((1 << 32768) - 1, 65537)
    elif what == "ec point not on the curve":
        public = der.ec_spki(b"\4" + numbers.x.to_bytes(32, "big")
                             + (numbers.y ^ 1).to_bytes(32, "big"))
    elif what == "ec infinity":
        public = der.ec_spki(b"\0")
    elif what == "ec zeros":
        public = der.ec_spki(b"\4" + bytes(64))
    elif what == "ec coordinate beyond p":
        public = der.ec_spki(b"\4" + P256_P.to_bytes(32, "big")
                             + numbers.y.to_bytes(32, "big"))
    elif what == "ec short point":
        public = der.ec_spki(b"\4" + numbers.x.to_bytes(32, "big"))
    elif what == "ec unknown curve":
        public = der.ec_spki(b"\4" + bytes(range(40)), "1.3.132.0.8")
    elif what == "dsa":
        public = der.seq(der.seq(der.oid("1.2.840.10040.4.1")),
                         der.bits(der.integer(12345)))
    return der.request(name, key, public=public)


WEAK = ["rsa 1024", "rsa 2047 bits", "rsa even modulus", "rsa exponent 1",
        "rsa exponent 3", "rsa even exponent", "rsa small factor",
        "rsa 32768 bits", "ec point not on the curve", "ec infinity",
        "ec zeros", "ec coordinate beyond p", "ec short point",
        "ec unknown curve", "dsa"]


# Proven, or of a kind that no signature is verified with.
REFUSED = ["rsa 1024", "rsa 32768 bits", "ec infinity", "ec short point",
           "ec unknown curve", "dsa"]


@pytest.mark.parametrize("what", WEAK)
def test_weak_keys(demo, what):
    row = assert_denied(demo, demo.submit(der.pem(weak(what))))
    # What nobody proved to have may have been damaged on its way.
    assert row["disposition"] == ("denied" if what in REFUSED else "failed")
    assert re.search("key|curve|modulus|exponent|point|bits|signature|"
                     "algorithm", row["sentence"]), row["sentence"]


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_sha1_signature(demo, kind):
    row = assert_denied(demo, demo.submit(der.pem(der.request(
        der.name((der.CN, "sha1.example")), der.new_key(kind),
        digest=hashes.SHA1))))
    assert "SHA-1" in row["sentence"] or "sha" in row["sentence"].lower()


def test_signature_of_another_key(demo):
    row = assert_failed(demo, demo.submit(der.pem(der.request(
        der.name((der.CN, "stolen.example")), der.new_key(),
        public=der.spki(der.new_key())))), "The disposition message is")
    assert "signature" in row["sentence"].lower()


# --- extensions that open doors ---------------------------------------------

ENROLL_AGENT = "1.3.6.1.4.1.311.20.2.1"
SMARTCARD, UPN = "1.3.6.1.4.1.311.20.2.2", "1.3.6.1.4.1.311.20.2.3"
DANGEROUS = {
    "enrolment agent": ENROLL_AGENT, "smart-card logon": SMARTCARD,
    "KDC": "1.3.6.1.5.2.3.5", "key recovery": "1.3.6.1.4.1.311.21.6",
    "OCSP signing": "1.3.6.1.5.5.7.3.9", "any purpose": "2.5.29.37.0"}
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"


def ask(demo, *exts, subject=None):
    r = demo.submit(der.pem(der.request(
        subject or der.name((der.CN, "doors.example")), der.new_key(),
        der.extensions(*exts))))
    return number_in(r), r


def issue_and_load(demo, number):
    demo.issue(number)
    return x509.load_pem_x509_certificate(demo.certificate(number))


def oids(cert):
    return {e.oid.dotted_string for e in cert.extensions}


def test_sub_ca_by_basic_constraints(demo):
    number, _ = ask(
        demo, der.extension(der.BASIC_CONSTRAINTS, der.seq(
            der.tlv(0x01, b"\xff")), True),
        der.extension(der.KEY_USAGE, der.tlv(0x03, b"\x01\x86"), True))
    row = demo.row(number)
    dropped = [f for f in row["fields"] if f["differs"]]
    assert any("onstraints" in f["label"] or "CA" in f["note"]
               for f in dropped), row["fields"]
    review = Page(demo.get(f"/certsrv/officer/request.asp?ReqID={number}",
                           "officer").text)
    # Beside what was asked for stands what all certificates here have.
    assert "end entity (critical)" in review.text and "changed" in review.text
    assert "Requesters do not become CAs here" in review.text
    cert = issue_and_load(demo, number)
    usage = cert.extensions.get_extension_for_oid(EXT.KEY_USAGE).value
    assert not usage.key_cert_sign and not usage.crl_sign
    try:
        assert not cert.extensions.get_extension_for_oid(
            EXT.BASIC_CONSTRAINTS).value.ca
    except x509.ExtensionNotFound:
        pass


@pytest.mark.parametrize("what", DANGEROUS)
def test_dangerous_purposes(demo, what):
    both = der.extension(der.EKU, der.seq(der.oid(SERVER_AUTH),
                                          der.oid(DANGEROUS[what])))
    number, _ = ask(demo, both)
    row = demo.row(number)
    assert any(f["note"] and f["differs"] for f in row["fields"])
    review = Page(demo.get(f"/certsrv/officer/request.asp?ReqID={number}",
                           "officer").text)
    assert "not allowed here" in review.text
    cert = issue_and_load(demo, number)
    eku = cert.extensions.get_extension_for_oid(EXT.EXTENDED_KEY_USAGE)
    assert [o.dotted_string for o in eku.value] == [SERVER_AUTH]
    only = der.extension(der.EKU, der.seq(der.oid(DANGEROUS[what])))
    assert_denied(demo, ask(demo, only)[1])


def test_upn_is_dropped_and_shown(demo):
    upn = der.tlv(0xa0, der.oid(UPN), der.tlv(
        0xa0, der.utf8("administrator@corp.example")))
    number, _ = ask(demo, der.extension(der.SAN, der.seq(
        der.tlv(0x82, b"doors.example"), upn)))
    assert any("UPN" in f["note"] for f in demo.row(number)["fields"])
    cert = issue_and_load(demo, number)
    san = cert.extensions.get_extension_for_oid(
        EXT.SUBJECT_ALTERNATIVE_NAME).value
    assert [n.value for n in san] == ["doors.example"]


NEVER = {"CA version": "1.3.6.1.4.1.311.21.1",
         "previous hash": "1.3.6.1.4.1.311.21.2",
         "name constraints": "2.5.29.30", "policy mappings": "2.5.29.33",
         "policy constraints": "2.5.29.36",
         "cross-certificate points": "1.3.6.1.4.1.311.10.9.1",
         "SID": "1.3.6.1.4.1.311.25.2", "own invention": "1.2.3.4.5"}


def test_extensions_that_are_never_copied(demo):
    number, _ = ask(demo, *(der.extension(o, der.seq(der.integer(0)))
                            for o in NEVER.values()))
    shown = demo.row(number)["fields"]
    assert sum(f["differs"] and not f["granted"] for f in shown) >= \
        len(NEVER), shown
    assert not oids(issue_and_load(demo, number)) & set(NEVER.values())


def test_requested_identifiers_are_replaced(demo):
    """Key identifiers, CDP and AIA are the CA's to write."""
    evil = b"http://evil.example/x"
    number, _ = ask(
        demo, der.extension("2.5.29.14", der.octets(b"\1" * 20)),
        der.extension("2.5.29.31", der.seq(der.seq(der.tlv(0xa0, der.tlv(
            0xa0, der.tlv(0x86, evil)))))),
        der.extension("1.3.6.1.5.5.7.1.1", der.seq(der.seq(
            der.oid("1.3.6.1.5.5.7.48.2"), der.tlv(0x86, evil)))))
    data = issue_and_load(demo, number).public_bytes(Encoding.DER)
    assert evil not in data and b"\1" * 20 not in data


def test_duplicate_extensions(demo):
    one = der.extension(der.EKU, der.seq(der.oid(SERVER_AUTH)))
    r = ask(demo, one, one)[1]
    assert_denied(demo, r)
    # And two attributes that ask for extensions.
    key = der.new_key()
    r = demo.submit(der.pem(der.request(
        der.name((der.CN, "doors.example")), key, der.extensions(one),
        der.extensions(der.extension(der.BASIC_CONSTRAINTS, der.seq())))))
    assert_denied(demo, r)


def test_attribute_san_is_ignored(demo):
    r = demo.submit(make_csr("/CN=attr.example")[0],
                    attributes="SAN:dns=evil.example&upn=admin@corp.example")
    cert = issue_and_load(demo, number_in(r))
    assert b"evil" not in cert.public_bytes(Encoding.DER)
    r = demo.submit(make_csr("/CN=attr.example")[0],
                    attributes="ExpirationDate:Mon, 01 Jan 2125 00:00:00 GMT")
    cert = issue_and_load(demo, number_in(r))
    assert cert.not_valid_after.year < 2100


def test_template_on_a_stand_alone_ca(demo):
    r = demo.submit(make_csr()[0], attributes="CertificateTemplate:WebServer")
    row = assert_denied(demo, r)
    assert row["disposition"] == "denied" and "WebServer" in row["sentence"]
    assert row["hresult"].lower() == "0x80094800"


def test_odd_attributes(demo):
    for text in ["no colon", ":", "x:" + "y" * 20_000, "a\0b:c",
                 "\u202e:x"]:
        r = demo.submit(make_csr()[0], attributes=text)
        assert r.status_code in (200, 400)
        answer_of(r)
        assert "\0" not in r.text


# --- odd DER ----------------------------------------------------------------

@pytest.mark.parametrize("what", [
    "version 1", "indefinite length", "long-form length", "trailing bytes",
    "no attributes", "deep nesting", "huge length"])
def test_der_that_is_not_der(demo, what):
    key, name = der.new_key(), der.name((der.CN, "der.example"))
    good = der.request(name, key)
    data = {
        "version 1": lambda: der.request(name, key, version=1),
        "indefinite length": lambda: b"\x30\x80" + good[4:] + b"\0\0",
        "long-form length": lambda: b"\x30\x83\0" + good[2:4] + good[4:]
        if good[1] == 0x82 else b"\x30\x83\0\0" + good[2:3] + good[3:],
        "trailing bytes": lambda: good + b"\0\0",
        "no attributes": lambda: der.seq(der.integer(0)),
        "deep nesting": lambda: b"\x30\x80" * 20_000,
        "huge length": lambda: b"\x30\x84\xff\xff\xff\xff" + good}[what]()
    assert_denied(demo, upload(demo, data))
