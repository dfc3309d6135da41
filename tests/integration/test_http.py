"""What travels around the pages: plain HTTP, host names, headers, requests of
other sites, the pages of nginx."""
import datetime
import re
import socket
import ssl
import subprocess
import time

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from ocs import PATIENCE, make_csr, openssl
from page import Page
from test_bad_input import number_in

SENTENCE = ("In order to complete the certificate enrollment, the website "
            "for the CA must be configured to use HTTPS authentication.")


def plain(demo, method, path, **kw):
    s = demo.session()
    return s.request(method, demo.http_url + path, timeout=PATIENCE,
                     allow_redirects=False, **kw)


def files(demo):
    return [p.name for p in (demo.dir / "public/certenroll").iterdir()
            if not p.name.startswith(".")]


# --- plain HTTP -------------------------------------------------------------

def test_plain_http_says_the_sentence(demo):
    for path in ["/certsrv/", "/certsrv", "/CertSrv/certrqxt.asp",
                 "/certsrv/certnew.cer?ReqID=CACert"]:
        r = plain(demo, "GET", path)
        page = Page(r.text)
        assert SENTENCE in page.text, path
        assert any(a.startswith(demo.url) for a in page.links)
        assert "WWW-Authenticate" not in r.headers
        assert plain(demo, "HEAD", path).content == b""


def test_plain_http_processes_nothing(demo):
    before = demo.json("request", "list")["rows"][:1]
    r = plain(demo, "POST", "/certsrv/certfnsh.asp", data={
        "Mode": "newreq", "CertRequest": make_csr()[0]},
        auth=("alice", demo.users["alice"][0]))
    assert r.status_code == 405 and Page(r.text).errors == []
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]:
        for path in ["/certsrv/", "/certenroll/x.crl", "/"]:
            assert plain(demo, method, path).status_code == 405, method
    assert demo.json("request", "list")["rows"][:1] == before


def test_body_is_refused_before_it_is_read(demo):
    """A client that announces a body and never sends it gets its answer."""
    with socket.create_connection(("127.0.0.1", demo.http),
                                  timeout=PATIENCE) as s:
        s.sendall(b"POST /certsrv/certfnsh.asp HTTP/1.1\r\nHost: localhost:"
                  + str(demo.http).encode()
                  + b"\r\nContent-Length: 100000000\r\n\r\n")
        assert re.match(rb"HTTP/1\.1 (405|413) ", s.recv(4096))


def test_certenroll_over_both(demo):
    names = files(demo)
    crl = next(n for n in names if n.endswith(".crl"))
    crt = next(n for n in names if n.endswith(".crt"))
    for base in [demo.http_url, demo.url]:
        for folder in ["certenroll", "CertEnroll", "CERTENROLL"]:
            for name, kind in [(crl, "application/pkix-crl"),
                               (crt, "application/pkix-cert")]:
                url = f"{base}/{folder}/{requests.utils.quote(name)}"
                r = demo.session().get(url, timeout=PATIENCE)
                assert r.status_code == 200, url
                assert r.headers["Content-Type"] == kind
                assert r.headers["ETag"]
                again = demo.session().get(
                    url, timeout=PATIENCE,
                    headers={"If-None-Match": r.headers["ETag"]})
                assert again.status_code == 304 and again.content == b""
                h = demo.session().head(url, timeout=PATIENCE)
                assert h.status_code == 200 and h.content == b""
                assert int(h.headers["Content-Length"]) == len(r.content)
    ca = x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())
    r = plain(demo, "GET", "/certenroll/" + requests.utils.quote(crl))
    assert x509.load_der_x509_crl(r.content).is_signature_valid(
        ca.public_key())


@pytest.mark.parametrize("path", [
    "/certenroll/", "/certenroll", "/certenroll/../ca/ca.db",
    "/certenroll/..%2fca%2fca.db", "/certenroll/%2e%2e/credentials",
    "/certenroll/.hidden", "/certenroll//etc/passwd",
    "/certenroll/sub/file.crl", "/opencertsrv.yaml", "/credentials",
    "/certsrv/static/", "/certsrv/static/../../credentials",
    "/certsrv/static/%2e%2e/%2e%2e/credentials", "/.error/404.html",
    "/certsrv/static/.hidden", "/nginx.conf", "/ca/ca.db"])
def test_nothing_else_is_served(demo, path):
    """No listing of folders, no way out of them."""
    for base, port in [("http", demo.http), ("https", demo.https)]:
        text = raw_get(demo, base, port, path)
        status = text.split(b" ", 2)[1]
        # Over plain HTTP everything below /certsrv is the sentence.
        assert SENTENCE.encode()[:40] in text or \
            status in (b"404", b"400", b"405", b"401"), (base, path)
        assert b"Index of" not in text
        assert demo.users["admin"][0].encode() not in text


def raw_get(demo, scheme, port, path, host="localhost", head=""):
    """requests would tidy up the path."""
    s = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    if scheme == "https":
        s = ssl.create_default_context(cafile=demo.ca_pem).wrap_socket(
            s, server_hostname="localhost")
    with s:
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
                  f"Connection: close\r\n{head}\r\n".encode())
        out = b""
        while True:
            part = s.recv(65536)
            if not part:
                return out
            out += part


# --- names and TLS ----------------------------------------------------------

def test_unknown_host_name(demo):
    for path in ["/certsrv/", "/certsrv/certfnsh.asp", "/", "/anything"]:
        r = demo.session("alice").get(
            demo.url + path, headers={"Host": "other.example"},
            timeout=PATIENCE, allow_redirects=False)
        assert r.status_code == 421, path
        page = Page(r.text)
        assert f"{demo.url}/certsrv/" in r.text and page.errors == []
    r = plain(demo, "GET", "/certsrv/", headers={"Host": "other.example"})
    assert f"{demo.url}/certsrv/" in r.text


def test_certificate_of_the_site(demo):
    pem = ssl.get_server_certificate(("127.0.0.1", demo.https))
    cert = x509.load_pem_x509_certificate(pem.encode())
    san = cert.extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value
    assert "localhost" in san.get_values_for_type(x509.DNSName)
    assert {str(a) for a in san.get_values_for_type(x509.IPAddress)} >= {
        "127.0.0.1", "::1"}
    # An ordinary row of the CA.
    serial = f"{cert.serial_number:x}"
    rows = demo.json("certificate", "list", "--search", serial)["rows"]
    assert len(rows) == 1 and rows[0]["disposition"] == "issued"
    assert demo.json("audit", "show", "--request", rows[0]["id"])["rows"]
    for host in ["localhost", "127.0.0.1"]:
        r = demo.session("alice").get(f"https://{host}:{demo.https}/certsrv/",
                                      timeout=PATIENCE)
        assert r.status_code == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2,
                                     ssl.TLSVersion.TLSv1_3])
def test_tls_versions(demo, version):
    context = ssl.create_default_context(cafile=demo.ca_pem)
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", demo.https)) as s, \
            context.wrap_socket(s, server_hostname="localhost") as t:
        assert t.version()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(demo):
    context = ssl.create_default_context(cafile=demo.ca_pem)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", demo.https)) as s, \
            pytest.raises(OSError):
        context.wrap_socket(s, server_hostname="localhost")


# --- headers ----------------------------------------------------------------

def test_security_headers(demo):
    for path, user in [("/certsrv/", "alice"), ("/certsrv/", None),
                       ("/certsrv/certnew.cer?ReqID=1", "alice"),
                       ("/certsrv/static/certsrv.css", None),
                       ("/nothing", None), ("/certsrv/nothing", "alice")]:
        r = demo.get(path, user)
        h = r.headers
        assert h["X-Content-Type-Options"] == "nosniff", path
        csp = h["Content-Security-Policy"]
        assert "default-src 'none'" in csp and "unsafe-inline" not in csp
        assert "frame-ancestors 'none'" in csp
        assert h["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert not re.search(r"\d", h.get("Server", ""))
        assert "X-Powered-By" not in h
        assert "Strict-Transport-Security" not in h  # only when configured
        assert h["Date"]
    for path in ["/certsrv/", "/certsrv/requests.asp"]:
        assert "no-store" in demo.get(path, "alice").headers["Cache-Control"]


def test_pages_hold_no_inline_script_or_style(demo):
    for path in ["", "certrqxt.asp", "certcarc.asp", "requests.asp"]:
        text = demo.get("/certsrv/" + path, "alice").text
        assert not re.search(r"\son\w+=|javascript:|style=|<style", text)
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag or 'type="text/plain"' in tag, tag


# --- other sites ------------------------------------------------------------

@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://localhost"}, {"Origin": "https://localhost"},
    {"Origin": "https://localhost:1"}, {"Origin": "HTTP ORIGIN"}],
    ids=lambda h: "-".join([*h, *h.values()]))
def test_posts_of_other_sites_are_refused(demo, headers):
    before = demo.json("request", "list")["rows"][:1]
    for path, fields in [
            ("certfnsh.asp", {"Mode": "newreq",
                              "CertRequest": make_csr()[0]}),
            ("certrmpn.asp", {"ReqID": "1"})]:
        r = demo.post("/certsrv/" + path, fields, "alice", headers=headers)
        assert r.status_code == 403, path
        assert "another site" in Page(r.text).text
    assert demo.json("request", "list")["rows"][:1] == before


def test_posts_of_our_own_pages_are_taken(demo):
    for headers in [{}, {"Origin": demo.url}, {
            "Origin": demo.url, "Sec-Fetch-Site": "same-origin"}, {
            "Origin": f"https://127.0.0.1:{demo.https}"}]:
        r = demo.post("/certsrv/certfnsh.asp", {
            "Mode": "newreq", "CertRequest": make_csr()[0]}, "alice",
            headers=headers)
        assert number_in(r), headers


def test_get_changes_nothing(demo):
    number = demo.submit_id(make_csr()[0])
    demo.get(f"/certsrv/officer/decide.asp?ReqID={number}&Decision=issue",
             "officer")
    demo.get("/certsrv/certfnsh.asp?Mode=newreq&CertRequest="
             + requests.utils.quote(make_csr()[0]), "alice")
    assert demo.row(number)["disposition"] == "pending"
    assert demo.json("request", "list")["rows"][0]["id"] == number


# --- methods ----------------------------------------------------------------

@pytest.mark.parametrize("path,allow", [
    ("/certsrv/", "GET, HEAD, OPTIONS"),
    ("/certsrv/certfnsh.asp", "GET, HEAD, POST, OPTIONS"),
    ("/CertSrv/CertNew.cer?ReqID=CACert", "GET, HEAD, OPTIONS"),
    ("/certsrv/officer/decide.asp", "POST, OPTIONS"),
    ("/certsrv/static/certsrv.css", "GET, HEAD"),
    ("/certenroll/x.crl", "GET, HEAD")])
def test_allow(demo, path, allow):
    s = demo.session("officer")
    for method in ["PUT", "DELETE", "PATCH", "PROPFIND", "OPTIONS"]:
        r = s.request(method, demo.url + path, timeout=PATIENCE)
        if method == "OPTIONS" and "OPTIONS" in allow:
            assert r.status_code == 204 and r.content == b""
        else:
            assert r.status_code == 405, method
            is_ours(r.text)
        assert r.headers["Allow"] == allow, method
    r = demo.session().options(demo.url + path, timeout=PATIENCE)
    assert r.status_code in (401, 405) or "CertNew" in path


def test_options_of_nothing(demo):
    r = demo.session("alice").options(demo.url + "/certsrv/nothing",
                                      timeout=PATIENCE)
    assert r.status_code == 404 and "Allow" not in r.headers


# --- without an account -----------------------------------------------------

def test_sign_in_page_leads_to_nothing_closed(demo):
    """All its links are public but the one that signs in; the fingerprint is
    that of ca.pem."""
    r = demo.get("/certsrv/requests.asp")
    assert r.status_code == 401
    page = Page(r.text)
    for link in page.links:
        url = requests.compat.urljoin(demo.url, link)
        if link.startswith("#") or url == demo.url + "/certsrv/":
            continue
        assert demo.session().get(url, timeout=PATIENCE).status_code == 200
    ca = x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())
    assert ca.fingerprint(hashes.SHA256()).hex(":").upper() in page.text


def test_sign_in_page_after_a_post_says_what_is_lost(demo):
    said = Page(demo.get("/certsrv/").text).text
    assert "not kept" not in said
    r = demo.post("/certsrv/certfnsh.asp", {"Mode": "newreq"})
    assert r.status_code == 401 and "What you sent was not kept" in r.text


# --- static files -----------------------------------------------------------

def test_static_files_carry_their_hash(demo):
    text = demo.get("/certsrv/", "alice").text
    paths = re.findall(r'<(?:link|script)[^>]*(?:href|src)="([^"]*)"', text)
    assert len(paths) == 3
    for path in paths:
        assert re.match(r"/certsrv/static/[0-9a-f]{16}/[a-z.]+$", path)
        r = demo.get(path)
        assert r.status_code == 200
        assert "immutable" in r.headers["Cache-Control"]
        # What another release calls so is not these files.
        r = demo.get(re.sub("[0-9a-f]{16}", "0" * 16, path))
        assert r.status_code == 200
        assert r.headers["Cache-Control"] == "no-cache"


def test_icon(demo):
    for base in [demo.url, demo.http_url]:
        r = demo.session().get(base + "/favicon.ico", timeout=PATIENCE)
        assert r.status_code == 200 and r.content[:4] == b"\0\0\1\0"
        assert r.headers["Content-Type"] == "image/x-icon"


# --- the pages of nginx -----------------------------------------------------

def is_ours(text):
    page = Page(text)
    assert page.errors == [] and page.title
    assert "nginx" not in text.lower()


def test_error_pages_are_ours(demo):
    for r, status in [
            (demo.get("/nothing"), 404),
            (demo.get("/certsrv/nothing", "alice"), 404),
            (demo.post("/certsrv/certnew.cer", {}, "alice"), 405),
            (demo.session().post(demo.url + "/certenroll/x",
                                 timeout=PATIENCE), 405),
            (plain(demo, "POST", "/certsrv/"), 405),
            (demo.session().get(f"http://localhost:{demo.https}/certsrv/",
                                timeout=PATIENCE), 400)]:
        assert r.status_code == status, r.url
        is_ours(r.text)


def test_oversized_headers(demo):
    for size, path in [(70_000, "/certsrv/"), (300_000, "/certsrv/")]:
        text = raw_get(demo, "https", demo.https, path,
                       head=f"X-Big: {'a' * size}\r\n")
        assert re.match(rb"HTTP/1\.1 (400|431) ", text)
        is_ours(text.split(b"\r\n\r\n", 1)[1].decode())
    text = raw_get(demo, "https", demo.https, "/certsrv/?" + "a" * 70_000)
    assert re.match(rb"HTTP/1\.1 (400|414) ", text)
    is_ours(text.split(b"\r\n\r\n", 1)[1].decode())


@pytest.mark.parametrize("head", [
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n",
    b"Bad Header : x\r\n", b"Content-Length: -1\r\n"])
def test_ambiguous_requests(demo, head):
    context = ssl.create_default_context(cafile=demo.ca_pem)
    with socket.create_connection(("127.0.0.1", demo.https),
                                  timeout=PATIENCE) as s, \
            context.wrap_socket(s, server_hostname="localhost") as t:
        t.sendall(b"POST /certsrv/certfnsh.asp HTTP/1.1\r\nHost: localhost:"
                  + str(demo.https).encode() + b"\r\n" + head
                  + b"\r\n0\r\n\r\n")
        assert re.match(rb"HTTP/1\.1 (4\d\d|501) ", t.recv(4096))


def test_chunked_body_is_taken(demo):
    def parts():
        yield b"Mode=newreq&CertRequest="
        yield requests.utils.quote(make_csr()[0], safe="").encode()
    r = demo.session("alice").post(
        demo.url + "/certsrv/certfnsh.asp", data=parts(), timeout=PATIENCE,
        headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert number_in(r)


def test_home_of_the_site_leads_to_the_pages(demo):
    r = demo.get("/", allow_redirects=False)
    assert r.status_code == 302 and r.headers["Location"] == "/certsrv/"


def test_lists_may_be_kept_until_the_next(demo):
    """Cache-Control of a list ends when the next one is made, not later."""
    now = time.time()
    for row in demo.json("crl", "show")["rows"]:
        url = f"/certenroll/{requests.utils.quote(row['file'])}"
        crl = x509.load_der_x509_crl(plain(demo, "GET", url).content)
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value
        if number.crl_number != row["number"]:
            continue  # an older one
        age = re.fullmatch(r"max-age=(\d+)",
                           plain(demo, "GET", url).headers["Cache-Control"])
        due = datetime.datetime.strptime(row["next_publish"],
                                         "%Y-%m-%dT%H:%M:%SZ")
        due = due.replace(tzinfo=datetime.timezone.utc).timestamp()
        assert due - 60 <= now + int(age[1]) <= due + 60, row
    crt = next(n for n in files(demo) if n.endswith(".crt"))
    r = plain(demo, "GET", f"/certenroll/{requests.utils.quote(crt)}")
    assert r.headers["Cache-Control"] == "no-cache"


def test_base_and_delta_on_the_page_and_as_files(demo):
    """certcrl.crl with Type, Renewal and Enc; certtool, OpenSSL and
    python3-cryptography agree."""
    page = demo.get("/certsrv/certcarc.asp", "alice").text
    assert "certcrl.crl?Type=delta" in page
    ca = x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())
    numbers = set()
    for kind, name in [("base", ".crl"), ("delta", "+.crl")]:
        for renewal in ["", "&Renewal=0", "&Renewal=7"]:
            der = demo.get(f"/certsrv/certcrl.crl?Type={kind}{renewal}")
            assert der.headers["Content-Type"] == "application/pkix-crl"
            pem = demo.get(
                f"/certsrv/certcrl.crl?Type={kind}&Enc=b64{renewal}")
            crl = x509.load_der_x509_crl(der.content)
            assert crl == x509.load_pem_x509_crl(pem.content)
            assert crl.is_signature_valid(ca.public_key())
        file = next(n for n in files(demo) if n.endswith(name) and
                    ("+" in n) == ("+" in name))
        assert plain(demo, "GET", "/certenroll/" + requests.utils.quote(file)
                     ).content == der.content
        text = openssl("crl", "-inform", "DER", "-noout", "-text",
                       "-CAfile", demo.ca_pem, data=der.content)
        assert b"verify OK" in text.stderr
        other = subprocess.run(
            ["certtool", "--crl-info", "--inder"], input=der.content,
            capture_output=True, check=True, timeout=PATIENCE).stdout
        has = [b"Delta CRL" in text.stdout, b"2.5.29.27" in other]
        assert has == [kind == "delta"] * 2
        assert (b"Freshest CRL" in text.stdout) == (kind == "base")
        numbers.add(crl.extensions.get_extension_for_class(
            x509.CRLNumber).value.crl_number)
    assert len(numbers) == 1
