#!/usr/bin/env python3
"""The generated nginx.conf, read by `nginx -t` and served by nginx.

    nginx_live.py PRINT_NGINX_CONF WEB_FOLDER

Writes TAP. A FastCGI socket is not needed: what reaches it shows as our 503
page. Everything happens in a folder of its own, on free ports.
"""
import http.client
import os
import pathlib
import pwd
import grp
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

PRINT, WEB = sys.argv[1], pathlib.Path(sys.argv[2])
SENTENCE = ("In order to complete the certificate enrollment, the website for "
            "the CA must be configured to use HTTPS authentication.")
tests = []


def test(function):
    tests.append(function)
    return function


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Site:
    def __init__(self):
        # A long path: longer than a socket address may be.
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-nginx-"))
        self.dir = self.top / ("long-" * 24)
        self.https, self.http = free_ports(2)
        for name in ("run/fcgi", "tmp", "log", "tls", "public/certenroll",
                     "www"):
            (self.dir / name).mkdir(parents=True)
        shutil.copytree(WEB / "pages", self.dir / "www/pages")
        shutil.copytree(WEB / "static", self.dir / "www/static")
        (self.dir / "www/static/sub").mkdir()
        for p in (self.dir / "www/pages").glob("*.html"):
            p.write_bytes(subprocess.run(
                [PRINT, "--page", str(self.https), str(self.http)],
                input=p.read_bytes(), capture_output=True, check=True).stdout)
        (self.dir / "www/static/sub/a.css").write_text("a{}")
        (self.dir / "public/certenroll/My CA(1).crl").write_bytes(b"crl")
        (self.dir / "public/certenroll/.new.crl").write_bytes(b"half")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-keyout", self.dir / "tls/web.key", "-out",
             self.dir / "tls/web.pem"], check=True, capture_output=True)
        user = []
        if os.geteuid() == 0:
            me = pwd.getpwuid(0)
            user = [me.pw_name, grp.getgrgid(me.pw_gid).gr_name]
        (self.dir / "nginx.conf").write_bytes(subprocess.run(
            [PRINT, str(self.https), str(self.http), *user],
            capture_output=True, check=True).stdout)
        self.argv = [self.nginx(), "-p", self.dir, "-e",
                     "log/nginx-error.log", "-c", "nginx.conf"]
        self.process = None

    @staticmethod
    def nginx():
        return shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")

    def check(self):
        return subprocess.run([*self.argv, "-t"], cwd=self.dir,
                              capture_output=True, text=True)

    def start(self):
        self.process = subprocess.Popen(self.argv, cwd=self.dir)
        pid = self.dir / "run/nginx.pid"
        while not pid.exists() or pid.read_text() != f"{self.process.pid}\n":
            assert self.process.poll() is None, \
                (self.dir / "log/nginx-error.log").read_text()
            time.sleep(0.02)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
        shutil.rmtree(self.top, ignore_errors=True)

    def ask(self, method, path, tls=True, host=None, body=None, headers=None):
        if tls:
            context = ssl._create_unverified_context()
            c = http.client.HTTPSConnection("127.0.0.1", self.https,
                                            context=context, timeout=30)
        else:
            c = http.client.HTTPConnection("127.0.0.1", self.http, timeout=30)
        c.request(method, path, body=body,
                  headers={"Host": host or "localhost", **(headers or {})})
        r = c.getresponse()
        r.text = r.read().decode("utf-8", "replace")
        c.close()
        return r


def safe_headers(r):
    assert r.getheader("X-Content-Type-Options") == "nosniff"
    assert r.getheader("Referrer-Policy") == "no-referrer"
    assert "default-src 'none'" in r.getheader("Content-Security-Policy")
    assert "frame-ancestors 'none'" in r.getheader("Content-Security-Policy")


@test
def nginx_accepts_it(s):
    p = s.check()
    assert p.returncode == 0, p.stderr
    assert "warn" not in p.stderr, p.stderr


@test
def requests_go_to_the_application_in_any_case(s):
    for path in ("/certsrv/", "/CertSrv/certfnsh.asp", "/certsrv"):
        r = s.ask("GET", path)
        assert r.status == 503, r.status
        assert "cannot answer now" in r.text
        safe_headers(r)


@test
def a_neighbour_of_the_pages_is_not_theirs(s):
    r = s.ask("GET", "/certsrvx")
    assert r.status == 404 and "no such page" in r.text
    safe_headers(r)


@test
def static_files_are_kept_when_they_carry_a_hash(s):
    known = re.search(r"/certsrv/static/([0-9a-f]{16})/",
                      (s.dir / "nginx.conf").read_text())[1]
    r = s.ask("GET", f"/CertSrv/static/{known}/sub/a.css")
    assert (r.status, r.text) == (200, "a{}")
    assert r.getheader("Content-Type").startswith("text/css")
    assert "immutable" in r.getheader("Cache-Control")
    safe_headers(r)
    # Not for the hash of another release: these are not its files.
    for path in ("sub/a.css", "0123456789abcdef/sub/a.css"):
        r = s.ask("GET", f"/certsrv/static/{path}")
        assert r.status == 200 and r.getheader("Cache-Control") == "no-cache"
    for path in ("/certsrv/static/../../tls/web.key",
                 "/certsrv/static/%2e%2e/%2e%2e/tls/web.key",
                 "/certsrv/static/..%2f..%2ftls/web.key"):
        assert "PRIVATE" not in s.ask("GET", path).text
    r = s.ask("POST", "/certsrv/static/sub/a.css")
    assert (r.status, r.getheader("Allow")) == (405, "GET, HEAD")


@test
def error_pages_cannot_be_asked_for(s):
    assert s.ask("GET", "/.error/503.html").status == 404


@test
def pages_of_nginx_find_their_style_everywhere(s):
    for tls in (True, False):
        for host in ("localhost", "other.example"):
            text = s.ask("GET", "/nothing", tls=tls, host=host).text
            paths = re.findall(r'(?:href|src)="(/[^"]*)"', text)
            assert len(paths) == 4, paths
            for path in [*paths, "/favicon.ico"]:
                r = s.ask("GET", path, tls=tls, host=host)
                assert r.status == 200, (path, host)
                assert r.getheader("Content-Type").split(";")[0] in (
                    "text/css", "image/svg+xml", "image/x-icon")
                assert s.ask("HEAD", path, tls=tls, host=host).status == 200


@test
def an_unknown_name_is_told_the_known_ones(s):
    for tls in (True, False):
        r = s.ask("GET", "/certsrv/", tls=tls, host="other.example")
        assert r.status == 421
        assert f"https://localhost:{s.https}/certsrv/" in r.text
        safe_headers(r)


@test
def published_files_are_served_both_ways(s):
    for tls in (True, False):
        r = s.ask("GET", "/CertEnroll/My%20CA(1).crl", tls=tls)
        assert (r.status, r.text) == (200, "crl")
        assert r.getheader("Content-Type") == "application/pkix-crl"
        assert s.ask("HEAD", "/certenroll/My%20CA(1).crl", tls=tls).status \
            == 200
        assert s.ask("POST", "/certenroll/My%20CA(1).crl", tls=tls).status \
            == 405
        assert s.ask("GET", "/certenroll/.new.crl", tls=tls).status == 404
        assert s.ask("GET", "/certenroll/", tls=tls).status == 404


@test
def plain_http_says_the_sentence_and_no_more(s):
    for path in ("/certsrv/", "/CERTSRV", "/certsrv/certfnsh.asp?a=b"):
        r = s.ask("GET", path, tls=False)
        assert r.status == 200, r.status
        assert SENTENCE in r.text
        assert f"https://localhost:{s.https}/certsrv/" in r.text
        safe_headers(r)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        r = s.ask(method, "/certsrv/certfnsh.asp", tls=False, body=b"x" * 9)
        assert r.status == 405, (method, r.status)
        assert r.getheader("Allow") == "GET, HEAD"
    assert s.ask("GET", "/other", tls=False).status == 404


@test
def plain_http_refuses_before_the_body(s):
    with socket.create_connection(("127.0.0.1", s.http), timeout=30) as c:
        c.sendall(b"POST /certsrv/certfnsh.asp HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: 200000\r\n\r\n")
        assert c.recv(4096).startswith(b"HTTP/1.1 405")


@test
def large_bodies_and_headers_get_our_pages(s):
    r = s.ask("POST", "/certsrv/certfnsh.asp", body=b"x" * 262145)
    assert r.status == 413 and "too large" in r.text
    r = s.ask("GET", "/certsrv/", headers={"Cookie": "a=" + "b" * 70000})
    assert r.status == 431 and "headers are too large" in r.text, r.status
    # A maximal Kerberos ticket passes nginx.
    r = s.ask("GET", "/certsrv/",
              headers={"Authorization": "Negotiate " + "A" * 64000})
    assert r.status == 503, r.status


@test
def http_on_the_https_port_is_explained(s):
    c = http.client.HTTPConnection("127.0.0.1", s.https, timeout=30)
    c.request("GET", "/certsrv/", headers={"Host": "localhost"})
    r = c.getresponse()
    assert r.status == 400 and SENTENCE in r.read().decode()


@test
def the_package_passes_the_same_parameters(s):
    def lines(path):
        return [x for x in path.read_text().splitlines()
                if x.startswith("fastcgi_") and
                not x.startswith(("fastcgi_temp_path", "fastcgi_keep_conn"))]
    assert lines(s.dir / "nginx.conf") == \
        lines(WEB.parent / "packaging/nginx/opencertsrv-fcgi.conf")


@test
def too_many_requests_get_our_page(s):
    # One a second and a hundred at once: some of so many must be refused.
    for _ in range(2000):
        r = s.ask("GET", "/certsrv/static/sub/a.css")
        if r.status != 200:
            break
    assert r.status == 429 and "Too many requests" in r.text


def main():
    site = Site()
    print(f"1..{len(tests)}")
    try:
        for n, t in enumerate(tests, 1):
            if n == 2:
                site.start()
            try:
                t(site)
                print(f"ok {n} - {t.__name__}")
            except AssertionError as e:
                print(f"not ok {n} - {t.__name__}")
                print("\n".join("# " + x for x in repr(e).splitlines()))
    finally:
        site.stop()


main()
