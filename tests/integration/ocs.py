"""Helpers for tests against the real programs.

Nothing here knows how OpenCertSrv works inside: a folder is started with
`opencertsrv quickstart`, asked over HTTPS with python3-requests, and judged by
OpenSSL and python3-cryptography.

OCS_BUILD names the build folder (default: build/), so that the same tests run
against a sanitizer build.
"""
import atexit
import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OCS_BUILD", ROOT / "build")).resolve()
CLI = BUILD / "opencertsrv"
# A generous bound for a hang, never a measure: sanitizer builds are slow.
PATIENCE = 120


def run_cli(*args, check=True, stdin=None, env=None):
    """Run `opencertsrv ARGS`; the finished process with text output."""
    p = subprocess.run(
        [str(CLI), *map(str, args)], input=stdin, text=True,
        capture_output=True, timeout=PATIENCE,
        env={**os.environ, **(env or {})})
    if check and p.returncode != 0:
        raise AssertionError(
            f"opencertsrv {' '.join(map(str, args))}: exit {p.returncode}\n"
            f"{p.stdout}{p.stderr}")
    return p


def openssl(*args, data=None, check=True):
    """Run the openssl program; the finished process with bytes output."""
    p = subprocess.run(["openssl", *map(str, args)], input=data,
                       capture_output=True, timeout=PATIENCE)
    if check and p.returncode != 0:
        raise AssertionError(
            f"openssl {' '.join(map(str, args))}: "
            + p.stderr.decode(errors="replace"))
    return p


def free_ports(count):
    """Ports that nobody listens on now, all different."""
    held = [socket.socket() for _ in range(count)]
    try:
        for s in held:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in held]
    finally:
        for s in held:
            s.close()


def wait_until(condition, what, patience=PATIENCE):
    """Poll until condition() is true; an event, not a time, ends the wait."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain until {what}")
        time.sleep(0.05)


@functools.cache
def scratch():
    """A folder for keys and requests that goes when the tests end."""
    folder = tempfile.mkdtemp(prefix="ocs-csr-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


KEYS = {
    "p256": ("EC", "ec_paramgen_curve:P-256"),
    "p384": ("EC", "ec_paramgen_curve:P-384"),
    "p521": ("EC", "ec_paramgen_curve:P-521"),
    "rsa1024": ("RSA", "rsa_keygen_bits:1024"),
    "rsa2048": ("RSA", "rsa_keygen_bits:2048"),
    "rsa3072": ("RSA", "rsa_keygen_bits:3072"),
    "ed25519": ("ED25519", None),
}


def make_key(path, kind="p256"):
    """Write a private key (PKCS#8 PEM) with the openssl program."""
    algorithm, option = KEYS[kind]
    openssl("genpkey", "-algorithm", algorithm,
            *(["-pkeyopt", option] if option else []), "-out", path)
    return path


def make_csr(subject="/CN=www.example", key="p256", extensions=(),
             digest=None, key_path=None):
    """A PKCS#10 made by OpenSSL: (PEM text, path of the key).

    extensions: lines of an OpenSSL extension section, for example
    "subjectAltName=DNS:www.example".
    """
    folder = pathlib.Path(tempfile.mkdtemp(dir=scratch()))
    key_path = key_path or make_key(folder / "key.pem", key)
    config = folder / "req.cnf"
    config.write_text(
        "[req]\nprompt=no\ndistinguished_name=dn\nstring_mask=utf8only\n"
        "utf8=yes\n" + ("req_extensions=ext\n" if extensions else "")
        + "[dn]\n" + ("[ext]\n" + "\n".join(extensions) + "\n"
                      if extensions else ""), encoding="utf-8")
    csr = folder / "req.pem"
    openssl("req", "-new", "-utf8", "-config", config, "-key", key_path,
            "-subj", subject, *([f"-{digest}"] if digest else []),
            "-out", csr)
    return csr.read_text(), key_path


class Demo:
    """A running quickstart folder."""

    def __init__(self, folder, https, http):
        self.dir = pathlib.Path(folder)
        self.https, self.http = https, http
        self.url = f"https://localhost:{https}"
        self.http_url = f"http://localhost:{http}"
        self.ca_pem = self.dir / "ca.pem"
        self._users = None

    @property
    def users(self):
        """name -> (password, role)"""
        if self._users is None:
            rows = (line.split() for line in
                    (self.dir / "credentials").read_text().splitlines())
            self._users = {n: (p, r) for n, p, r in rows}
        return self._users

    def session(self, user=None, password=None):
        """A requests session that trusts ca.pem, signed in by Basic."""
        s = requests.Session()
        s.trust_env = False
        s.verify = str(self.ca_pem)
        if user:
            s.auth = (user, password or self.users[user][0])
        return s

    def get(self, path, user=None, **kw):
        return self.session(user).get(self.url + path, timeout=PATIENCE, **kw)

    def post(self, path, data, user=None, **kw):
        return self.session(user).post(
            self.url + path, data=data, timeout=PATIENCE, **kw)

    def submit(self, csr, user="alice", attributes="", **fields):
        """Send a request as scripts do; the reply of certfnsh.asp."""
        form = {"Mode": "newreq", "CertRequest": csr,
                "CertAttrib": attributes, "TargetStoreFlags": "0",
                "SaveCert": "yes", **fields}
        return self.post("/certsrv/certfnsh.asp", form, user)

    def submit_id(self, csr, user="alice", **kw):
        """Send a request; its number, taken from the page."""
        r = self.submit(csr, user, **kw)
        m = re.search(r"ReqID=(\d+)|Your Request Id is (\d+)", r.text)
        assert m, f"no request number in the answer ({r.status_code})"
        return int(m.group(1) or m.group(2))

    def cli(self, *args, check=True, **kw):
        """opencertsrv NOUN VERB ARGS --dir DIR"""
        return run_cli(*args, "--dir", self.dir, check=check, **kw)

    def json(self, *args):
        return json.loads(self.cli(*args, "--json").stdout)

    def certificate(self, number, user="alice", encoding="b64"):
        """The collected certificate (PEM bytes, or DER with "bin")."""
        r = self.get(f"/certsrv/certnew.cer?ReqID={number}&Enc={encoding}",
                     user)
        assert r.status_code == 200, r.text
        return r.content

    def pids(self):
        """Program name -> process id, as `status --json` tells."""
        return {p["name"]: p["pid"] for p in self.json("status")["programs"]}

    def stop(self):
        run_cli("stop", self.dir, check=False)

    def start(self):
        run_cli("quickstart", self.dir, "--detach")

    def configure(self, *ca_lines, replace=()):
        """Change opencertsrv.yaml of a stopped folder: more lines for the
        section `ca`, and pairs (old text, new text)."""
        path = self.dir / "opencertsrv.yaml"
        text = path.read_text()
        more = "".join(f"  {line}\n" for line in ca_lines)
        for old, new in [("ca:\n", "ca:\n" + more), *replace]:
            assert text.count(old) >= 1, f"no {old!r} in {path}"
            text = text.replace(old, new, 1)
        path.write_text(text)

    def issue(self, number):
        return self.cli("request", "issue", number)

    def row(self, number):
        """The request as `request show --json` tells it."""
        return self.json("request", "show", number)

    def assert_audit_is_good(self):
        report = self.verify()
        assert report["good"], report["findings"]
        return report

    def verify(self):
        """What `audit verify --json` found."""
        p = self.cli("audit", "verify", "--json", check=False)
        assert p.stdout, p.stderr
        return json.loads(p.stdout)


def quickstart(folder, *options, check=True):
    """Start a folder on free ports and return when it answers."""
    https, http = free_ports(2)
    run_cli("quickstart", folder, "--detach", "--https", https,
            "--http", http, *options, check=check)
    return Demo(folder, https, http)


@contextlib.contextmanager
def running_demo(*options, ca_lines=(), replace=(), before_start=None):
    """A folder of its own, stopped and removed at the end. With changes to
    its configuration it is started twice; before_start(demo) is called in
    between."""
    # Short: a unix socket's path has at most 107 bytes.
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-"))
    top.chmod(0o755)
    d = quickstart(top / "demo", *options)
    try:
        if ca_lines or replace or before_start:
            d.stop()
            d.configure(*ca_lines, replace=replace)
            if before_start:
                before_start(d)
            d.start()
        yield d
    finally:
        d.stop()
        shutil.rmtree(top, ignore_errors=True)
