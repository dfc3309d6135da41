"""The life of a CA: renewed with its key and with a new one, while it is used
and over the years. What relying parties see is judged by the openssl program
and by python3-cryptography, with every list and at moved times."""
import concurrent.futures
import contextlib
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtensionOID

import der
from conftest import SHARED
from ocs import (BUILD, ROOT, Demo, free_ports, make_csr, openssl, run_cli,
                 running_demo, wait_until)
from programs import Programs
from test_clock import DAY, clock  # noqa: F401
from test_clock import pytestmark as needs_clock
from wire import Wire, first, parse

CA_VERSION = x509.ObjectIdentifier("1.3.6.1.4.1.311.21.1")


class Ca:
    """What a relying party can get of a CA."""

    def __init__(self, demo, tmp):
        self.demo, self.tmp = demo, tmp

    def show(self):
        return self.demo.json("ca", "show")

    def generations(self):
        return [load(g["certificate"]) for g in self.show()["generations"]]

    def crosses(self):
        return {(c["from"], c["to"]): load(c["certificate"])
                for c in self.show()["crosses"]}

    def renew(self, *options):
        return self.demo.json("ca", "renew", *options)

    def published(self, name):
        return (self.demo.dir / "public/certenroll" / name).read_bytes()

    def lists(self):
        """The newest base list of each key."""
        rows = {}
        for r in self.demo.json("crl", "show")["rows"]:
            if r["status"] == "published" and r["base"] == 0:
                rows.setdefault(r["key"], r)
        return {k: x509.load_der_x509_crl(self.published(r["file"]))
                for k, r in rows.items()}

    def issue(self, cn="life.example"):
        pem = self.demo.certificate(self.demo.submit_id(make_csr(
            f"/CN={cn}", extensions=[f"subjectAltName=DNS:{cn}"])[0]))
        return x509.load_pem_x509_certificate(pem)

    def judge(self, leaf, root, between=(), at=None, check_all=True):
        """OpenSSL's word on a certificate for somebody who trusts this root
        and has all lists: "good", or why not."""
        def write(name, things):
            path = self.tmp / name
            path.write_bytes(b"".join(
                t.public_bytes(Encoding.PEM) for t in things))
            return path
        p = openssl(
            "verify", "-crl_check", *["-crl_check_all"] * check_all,
            "-x509_strict", "-CAfile", write("root.pem", [root]),
            *(["-untrusted", write("between.pem", between)]
              if between else []),
            "-CRLfile", write("crls.pem", self.lists().values()),
            *(["-attime", int(at)] if at else []),
            write("leaf.pem", [leaf]), check=False)
        text = (p.stdout + p.stderr).decode()
        return "good" if p.returncode == 0 else \
            text.split(" lookup: ")[-1].splitlines()[0]


def load(pem):
    return x509.load_pem_x509_certificate(pem.encode())


def certificates(path):
    """All of a PEM file."""
    return [load(p) for p in re.findall(
        "-----BEGIN.*?-----END.*?-----\n", path.read_text(), re.S)]


def public(cert):
    return cert.public_key().public_bytes(
        Encoding.DER, der.PublicFormat.SubjectPublicKeyInfo)


def signed_by(cert, issuer):
    key = issuer.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(cert.signature, cert.tbs_certificate_bytes,
                   ec.ECDSA(cert.signature_hash_algorithm))
    else:
        key.verify(cert.signature, cert.tbs_certificate_bytes,
                   padding.PKCS1v15(), cert.signature_hash_algorithm)


def version(cert):
    """(key, certificate) of the CA version extension."""
    value = cert.extensions.get_extension_for_oid(CA_VERSION).value.value
    assert value[0] == 2
    n = int.from_bytes(value[2:], "big")
    return n >> 16, n & 0xffff


def extension(cert, oid):
    return cert.extensions.get_extension_for_oid(oid).value


def crl_address(cert):
    points = extension(cert, ExtensionOID.CRL_DISTRIBUTION_POINTS)
    return points[0].full_name[0].value


def ca_address(cert):
    return extension(cert, ExtensionOID.AUTHORITY_INFORMATION_ACCESS)[
        0].access_location.value


@pytest.fixture
def ca(start_demo, tmp_path):
    return Ca(start_demo("--issue-at-once"), tmp_path)


def revoke(ca, cert):
    ca.demo.cli("certificate", "revoke", "--serial",
                f"{cert.serial_number:x}", "--reason", "superseded")
    ca.demo.cli("crl", "publish")


# --- a root -------------------------------------------------------------------

def test_same_key(ca):
    before = ca.issue()
    told = ca.renew("--same-key")
    assert (told["index"], told["key"], told["warning"]) == (1, 0, "")
    old, new = ca.generations()
    assert load(told["certificate"]) == new
    assert public(new) == public(old)
    assert new.subject == old.subject == new.issuer
    assert new.serial_number != old.serial_number
    assert new.not_valid_after >= old.not_valid_after
    assert (version(old), version(new)) == ((0, 0), (0, 1))
    assert extension(old, ExtensionOID.SUBJECT_KEY_IDENTIFIER) == \
        extension(new, ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    assert ca.crosses() == {}
    after = ca.issue("after.example")
    # Of either root, and with the list of either time.
    for leaf in before, after:
        for root in old, new:
            assert ca.judge(leaf, root) == "good"
    assert crl_address(before) == crl_address(after)
    assert ca_address(before).endswith("CA.crt")
    assert ca_address(after).endswith("CA(1).crt")
    revoke(ca, before)
    for root in old, new:
        assert ca.judge(before, root) == "certificate revoked"
        assert ca.judge(after, root) == "good"
    ca.demo.assert_audit_is_good()


@pytest.mark.parametrize("kind", ["", "rsa2048", "p384"])
def test_new_key(ca, kind):
    before = ca.issue()
    told = ca.renew(*(["--key", kind] if kind else ["--new-key"]))
    assert (told["index"], told["key"], told["warning"]) == (1, 1, "")
    old, new = ca.generations()
    assert public(new) != public(old)
    assert new.subject == old.subject == new.issuer
    assert version(new) == (1, 1)
    signed_by(new, new)
    after = ca.issue("after.example")
    assert crl_address(after).endswith("CA(1).crl")
    assert ca_address(after).endswith("CA(1).crt")

    crls = ca.lists()
    assert sorted(crls) == [0, 1]
    for key, root in enumerate([old, new]):
        assert crls[key].is_signature_valid(root.public_key())
    # Each root alone knows its own ...
    assert ca.judge(before, old) == ca.judge(after, new) == "good"
    assert ca.judge(before, new) != "good" and ca.judge(after, old) != "good"
    # ... and through the cross certificates the other's.
    cross = ca.crosses()
    assert sorted(cross) == [(0, 1), (1, 0)]
    for (a, b), cert in cross.items():
        issuer, subject = [old, new][a], [old, new][b]
        assert public(cert) == public(subject)
        assert cert.issuer == cert.subject == issuer.subject
        assert cert.not_valid_after <= issuer.not_valid_after
        assert cert.not_valid_before >= issuer.not_valid_before
        assert extension(cert, ExtensionOID.BASIC_CONSTRAINTS).ca
        file = f"_OpenCertSrv Demo CA({a}-{b}).crt"
        name, = [p.name for p in
                 (ca.demo.dir / "public/certenroll").glob(f"*{file}")]
        assert x509.load_der_x509_certificate(ca.published(name)) == cert
    assert ca.judge(after, old, [cross[0, 1]]) == "good"
    assert ca.judge(before, new, [cross[1, 0]]) == "good"
    for leaf, own, other, between in [(before, old, new, cross[1, 0]),
                                      (after, new, old, cross[0, 1])]:
        revoke(ca, leaf)
        assert ca.judge(leaf, own) == "certificate revoked"
        assert ca.judge(leaf, other, [between]) == "certificate revoked"
    crls = ca.lists()
    assert [len(crls[k]) for k in (0, 1)] == [1, 1]
    assert crls[0].get_revoked_certificate_by_serial_number(
        before.serial_number)
    assert crls[1].get_revoked_certificate_by_serial_number(
        after.serial_number)
    ca.demo.assert_audit_is_good()


def test_numbers_and_addresses(ca):
    """The table of enrolment protocols 4.2, and what the pages then give."""
    for option, numbers in [("--new-key", (1, 1)), ("--same-key", (2, 1)),
                            ("--same-key", (3, 1)), ("--new-key", (4, 4)),
                            ("--same-key", (5, 4))]:
        told = ca.renew(option)
        assert (told["index"], told["key"]) == numbers
    keys = [0, 1, 1, 1, 4, 4]
    certs = ca.generations()
    assert [version(c) for c in certs] == list(zip(keys, range(6)))
    assert sorted(ca.crosses()) == [(0, 1), (1, 0), (3, 4), (4, 3)]
    s = ca.demo.session("alice")

    def get(what):
        r = s.get(f"{ca.demo.url}/certsrv/{what}")
        assert r.status_code == 200, r.text
        return r
    wait_until(lambda: "var nRenewals=5;" in get("certcarc.asp").text,
               "the pages know of it")
    page = get("certcarc.asp").text
    for i in range(6):
        assert f"ReqID=CACert&amp;Renewal={i}&amp;Mode=inst" in page
    assert "Current [OpenCertSrv Demo CA(5)]" in page
    assert "Previous [OpenCertSrv Demo CA]" in page
    # The lists of each key that was used before, with its newest certificate.
    for kind in "base", "delta":
        assert re.findall(rf"Type={kind}&amp;Enc=bin&amp;Renewal=(\d)", page) \
            == ["3", "0"]
    for a, b in ca.crosses():
        address = f"certnew.cer?ReqID=CACert&CrossFrom={a}&CrossTo={b}&Enc=bin"
        assert address.replace("&", "&amp;") in page
        cross = x509.load_der_x509_certificate(get(address).content)
        assert cross == ca.crosses()[a, b]
        assert cross.public_key().public_numbers() == \
            certs[b].public_key().public_numbers()
    for i, cert in enumerate(certs):
        answer = get(f"certnew.cer?ReqID=CACert&Renewal={i}&Enc=bin").content
        assert x509.load_der_x509_certificate(answer) == cert
        answer = get(f"certnew.p7b?ReqID=CACert&Renewal={i}&Enc=bin").content
        assert pkcs7.load_der_pkcs7_certificates(answer) == [cert]
        for kind in "base", "delta":
            crl = x509.load_der_x509_crl(get(
                f"certcrl.crl?Type={kind}&Renewal={i}&Enc=bin").content)
            assert crl.is_signature_valid(cert.public_key())
    for renewal in "", "&Renewal=-1", "&Renewal=17":
        answer = get(f"certnew.cer?ReqID=CACert{renewal}&Enc=bin").content
        assert x509.load_der_x509_certificate(answer) == certs[5]
    # The addresses in certificates lead to them.
    leaf = ca.issue()
    plain = s.get(ca_address(leaf))
    assert x509.load_der_x509_certificate(plain.content) == certs[5]
    assert x509.load_der_x509_crl(s.get(crl_address(leaf)).content) \
        .is_signature_valid(certs[5].public_key())
    # ca.pem: what still counts, the newest first.
    assert certificates(ca.demo.ca_pem) == certs[::-1]
    ca.demo.stop()
    ca.demo.start()
    assert ca.generations() == certs
    assert ca.judge(ca.issue(), certs[5]) == "good"
    ca.demo.assert_audit_is_good()


def test_what_is_refused(ca):
    def refused(*words, role="--as=admin"):
        p = ca.demo.cli(*words, role, check=False)
        assert p.returncode in (1, 2) and not p.stdout, p
        return p.stderr
    assert "--same-key or --new-key" in refused("ca", "renew")
    assert "exclude" in refused("ca", "renew", "--same-key", "--new-key")
    assert "rsa4096" in refused("ca", "renew", "--key", "dsa")
    for user in "alice", "officer", "auditor", "operator":
        assert "role admin" in refused(
            "ca", "renew", "--same-key", role=f"--as={user}")
        assert "role admin" in refused(
            "ca", "install", ca.demo.ca_pem, role=f"--as={user}")
    assert "is a root" in refused("ca", "install", ca.demo.ca_pem)
    assert len(ca.generations()) == 1
    assert not (ca.demo.dir / "sign/keys/1.key").exists()


def test_broken_off_between_key_and_certificate(ca):
    """The signer has made the key, then the CA died."""
    ca.demo.stop()
    p = Programs(ca.demo)
    with p:
        p.start("sign")
        with Wire(ca.demo.dir / "run/sign/sign.sock") as w:
            assert w.call(2, {1: 1, 2: "p384"}).code == 0
    ca.demo.start()
    told = ca.demo.cli("ca", "renew", "--same-key", check=False)
    assert told.returncode == 1 and "Key 1" in told.stderr
    told = ca.demo.cli("ca", "renew", "--key", "p256", check=False)
    assert told.returncode == 1 and "p384" in told.stderr
    assert ca.renew("--new-key")["key"] == 1
    _, new = ca.generations()
    assert new.public_key().curve.name == "secp384r1"
    assert ca.judge(ca.issue(), new) == "good"


# --- while it is used ---------------------------------------------------------

def requests_of(demo, templates):
    """Send until told to stop; the numbers of all requests."""
    attributes = "CertificateTemplate:User" if templates else ""
    stop, numbers = threading.Event(), []

    def send(_):
        while not stop.is_set():
            numbers.append(demo.submit_id(
                make_csr("/CN=busy.example", extensions=[
                    "subjectAltName=DNS:busy.example"])[0],
                attributes=attributes))
    return stop, numbers, send


@pytest.mark.parametrize("options", [
    ("--issue-at-once",), ("--ca-type", "enterprise")])
def test_no_request_is_lost(tmp_path, options):
    enterprise = len(options) == 2
    with running_demo(*options, ca_lines=[SHARED]) as demo:
        ca = Ca(demo, tmp_path)
        stop, numbers, send = requests_of(demo, enterprise)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            work = [pool.submit(send, i) for i in range(4)]
            try:
                for option in ["--same-key", "--new-key"] * 3:
                    seen = len(numbers)
                    wait_until(lambda: len(numbers) > seen + 3
                               or any(w.done() for w in work), "some more")
                    ca.renew(option)
                seen = len(numbers)
                wait_until(lambda: len(numbers) > seen + 3
                           or any(w.done() for w in work), "some more")
            finally:
                stop.set()
            for w in work:
                w.result()
        certs = ca.generations()
        assert len(certs) == 7
        used = set()
        for number in numbers:
            assert demo.row(number)["disposition"] == "issued"
            cert = x509.load_pem_x509_certificate(demo.certificate(number))
            at = ca_address(cert)
            n = int(re.search(r"(?:\((\d+)\))?\.crt$", at).group(1) or 0)
            assert ca.judge(cert, certs[n], check_all=False) == "good"
            used.add(n)
        assert used >= {0, 6} and len(used) > 2
        demo.assert_audit_is_good()


def test_what_waits_is_issued_under_the_new_one(start_demo, tmp_path):
    demo = start_demo()
    ca = Ca(demo, tmp_path)
    number = demo.submit_id(make_csr()[0])
    ca.renew("--new-key")
    demo.issue(number)
    cert = x509.load_pem_x509_certificate(demo.certificate(number))
    assert ca.judge(cert, ca.generations()[1]) == "good"


def test_approvals_lapse_with_the_certificate_they_named(start_demo, tmp_path):
    demo = start_demo(ca_lines=["approvals: 2"])
    ca = Ca(demo, tmp_path)
    number = demo.submit_id(make_csr()[0])
    demo.cli("request", "issue", number, "--as", "officer")
    ca.renew("--same-key")
    assert [a["lapsed"] for a in demo.row(number)["approvals"]] == [True]
    for officer in "officer2", "officer":
        assert demo.row(number)["disposition"] == "pending"
        demo.cli("request", "issue", number, "--as", officer)
    cert = x509.load_pem_x509_certificate(demo.certificate(number))
    assert ca_address(cert).endswith("CA(1).crt")
    assert ca.judge(cert, ca.generations()[1]) == "good"


# --- a subordinate ------------------------------------------------------------

class Parent:
    """A root, and a CA below it, made and run with the openssl program."""

    def __init__(self, tmp, pathlen=""):
        self.tmp = tmp
        self.number = 0
        self.root = self._make("root", "Root", pathlen)
        self.middle = self._make("middle", "Middle", pathlen, "root")

    def _make(self, name, cn, pathlen, issuer=None):
        key, pem = self.tmp / f"{name}.key", self.tmp / f"{name}.pem"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                "-subj", f"/O=Example/CN={cn} CA", "-out", f"{pem}.csr")
        self.sign(f"{pem}.csr", issuer or name, pem, pathlen=pathlen,
                  own=issuer is None)
        return x509.load_pem_x509_certificate(pem.read_bytes())

    def sign(self, csr, issuer, out, pathlen="", own=False, days=3000,
             ca="CA:TRUE", usage="keyCertSign,cRLSign", more=()):
        self.number += 1
        config = self.tmp / "sign.cnf"
        config.write_text("\n".join([
            f"basicConstraints=critical,{ca}{pathlen}",
            f"keyUsage=critical,{usage}" if usage else "",
            "subjectKeyIdentifier=hash",
            "authorityKeyIdentifier=keyid" if not own else "", *more, ""]))
        by = (["-signkey", self.tmp / f"{issuer}.key"] if own else
              ["-CA", self.tmp / f"{issuer}.pem",
               "-CAkey", self.tmp / f"{issuer}.key"])
        openssl("x509", "-req", "-in", csr, *by, "-days", days,
                "-set_serial", 0x1000 + self.number, "-extfile", config,
                "-out", out)
        return out

    def crl(self, name):
        """An empty list of one of the two."""
        folder = self.tmp / f"{name}.ca"
        folder.mkdir(exist_ok=True)
        (folder / "index.txt").touch()
        (folder / "number").write_text("01")
        (folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\n"
            "crlnumber=number\ndefault_md=sha256\n"
            "default_crl_days=3000\ncrl_extensions=e\n"
            "[e]\nauthorityKeyIdentifier=keyid\n")
        p = subprocess.run(
            ["openssl", "ca", "-config", "ca.cnf", "-gencrl", "-cert",
             self.tmp / f"{name}.pem", "-keyfile", self.tmp / f"{name}.key"],
            cwd=folder, check=True, capture_output=True)
        return x509.load_pem_x509_crl(p.stdout)


class Sub(Ca):
    def __init__(self, demo, tmp, parent):
        super().__init__(demo, tmp)
        self.parent = parent

    def lists(self):
        return {**super().lists(), "root": self.parent.crl("root"),
                "middle": self.parent.crl("middle")}

    def request(self, *options):
        """Renew: the file with the request."""
        out = self.tmp / "renew.csr"
        out.unlink(missing_ok=True)
        self.demo.cli("ca", "renew", *options, "--out", out)
        return out


@pytest.fixture
def parent(tmp_path):
    return Parent(tmp_path)


@pytest.fixture
def sub(parent, tmp_path):
    """Set up, with its request, but without a certificate."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-"))
    top.chmod(0o755)
    https, http = free_ports(2)
    run_cli("quickstart", top / "d", "--https", https, "--http", http,
            "--issue-at-once", "--subordinate", "--ca-name", "Sub CA")
    s = Sub(Demo(top / "d", https, http), tmp_path, parent)
    try:
        yield s
    finally:
        s.demo.stop()
        shutil.rmtree(top, ignore_errors=True)


def install(sub, *files, check=True):
    return sub.demo.cli("ca", "install", *files, check=check)


def started(sub, *files):
    """With a certificate by the CA in the middle."""
    cert = sub.parent.sign(sub.demo.dir / "ca-request.pem", "middle",
                           sub.tmp / "sub.pem")
    install(sub, cert, *(files or [sub.tmp / "middle.pem",
                                   sub.tmp / "root.pem"]))
    sub.demo.start()
    return x509.load_pem_x509_certificate(cert.read_bytes())


def test_request_of_a_subordinate(sub):
    path = sub.demo.dir / "ca-request.pem"
    told = openssl("req", "-in", path, "-noout", "-verify", "-text")
    assert b"self-signature verify OK" in told.stderr.replace(
        b"Certificate request self", b"self") or b"OK" in told.stderr
    csr = x509.load_pem_x509_csr(path.read_bytes())
    assert csr.is_signature_valid
    assert csr.subject.rfc4514_string() == "CN=Sub CA"
    assert csr.extensions.get_extension_for_class(
        x509.BasicConstraints).value.ca
    usage = csr.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign and usage.crl_sign
    # Nothing starts, and no root is made, before the answer is there.
    p = run_cli("quickstart", sub.demo.dir, "--detach", check=False)
    assert p.returncode == 1 and "ca install" in p.stdout + p.stderr, p
    p = sub.demo.cli("ca", "init", check=False)
    assert p.returncode == 1 and "--subordinate" in p.stderr
    again = sub.tmp / "again.pem"
    sub.demo.cli("ca", "init", "--subordinate", "--out", again)
    assert x509.load_pem_x509_csr(again.read_bytes()).public_key() \
        .public_numbers() == csr.public_key().public_numbers()


@pytest.mark.parametrize("how", ["pem", "one file", "p7b", "der"])
def test_subordinate(sub, how):
    tmp, files = sub.tmp, None
    middle, root = tmp / "middle.pem", tmp / "root.pem"
    if how == "one file":
        files = [tmp / "both.pem"]
        files[0].write_bytes(middle.read_bytes() + root.read_bytes())
    elif how == "p7b":
        files = [tmp / "chain.p7b"]
        openssl("crl2pkcs7", "-nocrl", "-certfile", middle, "-certfile",
                root, "-out", files[0])
    elif how == "der":
        files = [tmp / "middle.der", tmp / "root.der"]
        for pem, der_file in zip([middle, root], files):
            openssl("x509", "-in", pem, "-outform", "DER", "-out", der_file)
    cert = started(sub, *(files or []))
    assert sub.generations() == [cert]
    leaf = sub.issue()
    assert sub.judge(leaf, sub.parent.root,
                     [cert, sub.parent.middle]) == "good"
    # The chain goes to the root, for the CA and for what it issued.
    chain = [cert, sub.parent.middle, sub.parent.root]
    s = sub.demo.session("alice")

    def p7b(number):
        return pkcs7.load_der_pkcs7_certificates(s.get(
            f"{sub.demo.url}/certsrv/certnew.p7b?ReqID={number}&Enc=bin"
        ).content)
    assert p7b("CACert") == p7b("CACert&Renewal=0") == chain
    number = sub.demo.json("request", "list", "--search", "life.example"
                           )["rows"][0]["id"]
    assert p7b(number) == [leaf, *chain]
    assert certificates(sub.demo.ca_pem) == chain
    revoke(sub, leaf)
    assert sub.judge(leaf, sub.parent.root, [cert, sub.parent.middle]) == \
        "certificate revoked"
    sub.demo.assert_audit_is_good()
    # The copy of the pages has the chain too.
    wait_until(lambda: (sub.demo.dir / "web/cache").exists(), "the copy")
    sub.demo.stop()
    sub.demo.start()
    assert p7b("CACert") == chain


def test_renewal_of_a_subordinate(sub):
    first_cert = started(sub)
    before = sub.issue()
    csr = sub.request("--same-key")
    assert sub.generations() == [first_cert]
    path = sub.parent.sign(csr, "middle", sub.tmp / "same.pem", days=3100)
    install(sub, path)  # what is above is known
    same = x509.load_pem_x509_certificate(path.read_bytes())
    csr = sub.request("--new-key")
    # The request is made again on demand; another renewal has to wait.
    again = sub.request("--new-key")
    assert x509.load_pem_x509_csr(again.read_bytes()).public_key() \
        .public_numbers() == x509.load_pem_x509_csr(
            csr.read_bytes()).public_key().public_numbers()
    p = sub.demo.cli("ca", "renew", "--same-key", check=False)
    assert p.returncode == 1 and "Key 2" in p.stderr
    middle = sub.issue("middle.example")
    path = sub.parent.sign(csr, "root", sub.tmp / "new.pem", days=100)
    install(sub, path)
    new = x509.load_pem_x509_certificate(path.read_bytes())
    assert sub.generations() == [first_cert, same, new]
    shown = sub.show()
    assert [g["key"] for g in shown["generations"]] == [0, 0, 2]
    assert shown["crosses"] == []
    after = sub.issue("after.example")
    root, between = sub.parent.root, [sub.parent.middle]
    for leaf in before, middle:
        for cert in first_cert, same:
            assert sub.judge(leaf, root, [cert, *between]) == "good"
    assert sub.judge(after, root, [new]) == "good"
    assert after.not_valid_after <= new.not_valid_after
    sub.demo.assert_audit_is_good()
    sub.demo.stop()
    sub.demo.start()
    assert sub.generations() == [first_cert, same, new]
    assert sub.judge(sub.issue(), root, [new]) == "good"


def test_answers_that_are_refused(sub):
    csr = sub.demo.dir / "ca-request.pem"
    tmp, sign = sub.tmp, sub.parent.sign
    chain = [tmp / "middle.pem", tmp / "root.pem"]

    def refused(words, *files):
        p = install(sub, *files, check=False)
        assert p.returncode == 1 and words in p.stderr, p.stderr
    good = sign(csr, "middle", tmp / "good.pem")
    refused("root is missing", good)
    refused("root is missing", good, chain[0])
    refused("No chain leads", good, chain[1])
    refused("None of these", *chain)
    other = Parent(pathlib.Path(tempfile.mkdtemp(dir=tmp)))
    refused("No chain leads", good, other.tmp / "middle.pem",
            other.tmp / "root.pem")
    refused("basic constraints", sign(
        csr, "middle", tmp / "x.pem", ca="CA:FALSE",
        usage="digitalSignature"), *chain)
    refused("key usage", sign(csr, "middle", tmp / "x.pem",
                              usage="keyCertSign"), *chain)
    refused("key usage", sign(csr, "middle", tmp / "x.pem", usage=""), *chain)
    refused("private key", good, *chain, tmp / "root.key")
    refused("certificates", good, *chain, csr)
    # Another key than the signer's, under the right name.
    foreign, _ = make_csr("/CN=Sub CA")
    (tmp / "foreign.csr").write_text(foreign)
    refused("None of these", sign(tmp / "foreign.csr", "middle",
                                  tmp / "x.pem"), *chain)
    # The right key under another name.
    openssl("x509", "-in", good, "-noout")
    openssl("req", "-in", csr, "-noout", "-pubkey", "-out", tmp / "key.pub")
    openssl("x509", "-new", "-force_pubkey", tmp / "key.pub", "-subj",
            "/CN=Other CA", "-CA", tmp / "middle.pem", "-CAkey",
            tmp / "middle.key", "-days", 100, "-extfile", tmp / "sign.cnf",
            "-out", tmp / "x.pem")
    refused("Other CA", tmp / "x.pem", *chain)
    # Above are CAs that may not have one with CAs or certificates below.
    folder = tmp / "short"
    folder.mkdir()
    short = Parent(folder, pathlen=",pathlen:0")
    refused("path length", short.sign(csr, "root", tmp / "x.pem"),
            folder / "root.pem")
    assert not list((sub.demo.dir / "public/certenroll").iterdir())
    install(sub, good, *chain)
    sub.demo.start()
    refused("already", good, *chain)
    refused("ends before", sign(csr, "middle", tmp / "x.pem", days=100))
    assert len(sub.generations()) == 1
    sub.demo.assert_audit_is_good()


def test_commands_of_the_operations_manual_work(parent, tmp_path):
    """Between the blocks the CA above signs."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-"))
    top.chmod(0o755)
    (tmp_path / "build").symlink_to(BUILD)
    https, http = free_ports(2)
    env = {**os.environ, "LC_ALL": "C", "sub": str(top / "d"),
           "https": str(https), "http": str(http),
           "answer": str(tmp_path / "answer.pem"),
           "chain": f"{tmp_path}/middle.pem {tmp_path}/root.pem"}
    text = (ROOT / "docs" / "operations.md").read_text()
    blocks = re.findall(r"```sh subordinate\n(.*?)```", text, re.S)
    assert len(blocks) == 4
    try:
        for block, asks in zip(blocks, ["ca-request", "", "renewal", ""]):
            p = subprocess.run(["bash", "-euo", "pipefail", "-c", block],
                               cwd=tmp_path, capture_output=True, text=True,
                               env=env)
            assert p.returncode == 0, p.stdout + p.stderr
            if asks:
                parent.sign(top / "d" / f"{asks}.pem", "middle",
                            env["answer"])
        assert "Issuing CA" in p.stdout and "V1.0" in p.stdout
        text = (top / "d" / "ca.pem").read_text()
        assert text.count("BEGIN") == 6
    finally:
        run_cli("stop", top / "d", check=False)
        shutil.rmtree(top, ignore_errors=True)


# --- an offline root ----------------------------------------------------------

@pytest.fixture
def offline(tmp_path):
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-"))
    top.chmod(0o755)
    p = run_cli("quickstart", top / "d", "--offline", "--ca-name", "Root CA")
    assert "offline" in p.stdout
    folder = tmp_path / "offline"
    folder.mkdir()
    try:
        yield Ca(Demo(top / "d", 0, 0), folder)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def programs_of(demo):
    """Processes that have to do with this folder."""
    found = []
    for p in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(demo.dir).encode() in p.read_bytes():
                found.append(p)
    return found


def test_offline_root(offline, sub):
    root, = offline.generations()
    assert not programs_of(offline.demo)
    out = sub.tmp / "sub.pem"
    told = offline.demo.cli("ca", "sign", sub.demo.dir / "ca-request.pem",
                            "--days", 900, "--path-length", 0, "--out", out)
    assert "Issued" in told.stderr
    assert not programs_of(offline.demo)
    cert, above = certificates(out)
    assert above == root
    signed_by(cert, root)
    basic = extension(cert, ExtensionOID.BASIC_CONSTRAINTS)
    assert basic.ca and basic.path_length == 0
    assert (cert.not_valid_after - cert.not_valid_before).days in (900, 901)
    # Files go from one to the other, no network.
    install(sub, out)
    sub.demo.start()
    leaf = sub.issue()

    def judge():
        sub.lists = lambda: {**Ca.lists(sub), "root": offline.lists()[0]}
        return sub.judge(leaf, root, [cert])
    assert judge() == "good"
    # It is an ordinary row, which can be revoked.
    assert len([r for r in offline.demo.json("certificate", "list")["rows"]
                if int(r["serial"], 16) == cert.serial_number]) == 1
    before = offline.lists()[0]
    revoke(offline, cert)
    assert offline.lists()[0] != before
    assert judge() == "certificate revoked"
    offline.renew("--new-key")
    assert len(offline.generations()) == 2
    offline.demo.assert_audit_is_good()
    assert not programs_of(offline.demo)
    p = run_cli("quickstart", offline.demo.dir, "--offline")
    assert "offline" in p.stdout and not programs_of(offline.demo)


def test_commands_of_the_offline_root_work(sub, tmp_path):
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-"))
    top.chmod(0o755)
    (tmp_path / "build").symlink_to(BUILD)
    env = {**os.environ, "LC_ALL": "C", "root": str(top / "d"),
           "request": str(sub.demo.dir / "ca-request.pem"),
           "answer": str(tmp_path / "answer.pem")}
    text = (ROOT / "docs" / "operations.md").read_text()
    block, = re.findall(r"```sh offline\n(.*?)```", text, re.S)
    try:
        p = subprocess.run(["bash", "-euo", "pipefail", "-c", block],
                           cwd=tmp_path, capture_output=True, text=True,
                           env=env)
        assert p.returncode == 0, p.stdout + p.stderr
        install(sub, env["answer"])
        root = certificates(top / "d" / "ca.pem")
        assert certificates(sub.demo.ca_pem)[1:] == root
        crl, = (top / "d" / "public/certenroll").glob("*.crl")
        crl = x509.load_der_x509_crl(crl.read_bytes())
        assert crl.is_signature_valid(root[0].public_key())
        assert (crl.next_update - crl.last_update).days >= 90
    finally:
        shutil.rmtree(top, ignore_errors=True)


def test_signing_for_another_ca_is_refused(ca, sub, offline):
    request = sub.demo.dir / "ca-request.pem"

    def refused(where, words, *command):
        p = where.demo.cli("ca", "sign", *command, check=False)
        assert p.returncode == 1 and words in p.stderr, p.stderr
        assert not p.stdout
    refused(ca, "is running", request)
    own = offline.tmp / "own.pem"
    own.write_text(make_csr("/CN=Root CA")[0])
    refused(offline, "with the name of this one; each needs its own", own)
    none = offline.tmp / "none.pem"
    none.write_text(make_csr("/")[0])
    refused(offline, "A CA needs a name, and the request has none", none)
    broken = offline.tmp / "broken.pem"
    der_bytes = bytearray(x509.load_pem_x509_csr(
        request.read_bytes()).public_bytes(Encoding.DER))
    der_bytes[-1] ^= 1
    broken.write_text(der.pem(bytes(der_bytes)))
    refused(offline, "signature", broken)
    assert offline.demo.cli("ca", "sign", request, "--as", "officer",
                            check=False).returncode == 1
    assert all("Sub CA" not in str(r) for r in
               offline.demo.json("certificate", "list")["rows"])


# --- over the years -----------------------------------------------------------

@needs_clock
def test_over_the_years(clock, tmp_path):  # noqa: F811
    ca = Ca(clock.demo, tmp_path)
    now = 0

    def until(day):
        """Move the clock until every key that still signs has a new list."""
        nonlocal now
        old, now = ca.lists(), day
        clock.set(day)
        date = datetime.datetime.utcnow() + datetime.timedelta(days=day)
        keys = {g["key"] for g in ca.show()["generations"]
                if load(g["certificate"]).not_valid_after > date}
        wait_until(lambda: all(
            ca.lists()[k].last_update > old[k].last_update for k in keys),
            f"the lists of day {day} are made")
        assert all(ca.lists()[k] == old[k] for k in old if k not in keys)

    def judge(leaf, root, between=()):
        return ca.judge(leaf, root, between, at=time.time() + now * DAY)

    root, = ca.generations()
    until(2000)
    _, first_leaf = clock.issue()
    ca.renew("--same-key")
    _, same = ca.generations()
    _, leaf = clock.issue()
    for one in first_leaf, leaf:
        for trusted in root, same:
            assert judge(one, trusted) == "good"

    until(2990)
    _, old_leaf = clock.issue()
    _, bad_leaf = clock.issue()
    until(3000)
    ca.renew("--new-key")
    new = ca.generations()[2]
    forth, back = ca.crosses()[1, 2], ca.crosses()[2, 1]
    _, leaf = clock.issue()
    revoke(ca, bad_leaf)
    until(3010)
    for trusted in root, same:
        assert judge(leaf, trusted) != "good"
        assert judge(leaf, trusted, [forth]) == "good"
        assert judge(bad_leaf, trusted) == "certificate revoked"
    assert judge(old_leaf, new, [back]) == "good"
    assert judge(bad_leaf, new, [back]) == "certificate revoked"

    # The first certificate has ended, its key goes on under the second.
    until(3700)
    _, leaf = clock.issue()
    assert judge(leaf, root, [forth]) == "certificate has expired"
    assert judge(leaf, same, [forth]) == judge(leaf, new) == "good"
    assert sorted(ca.lists()) == [0, 2]
    # So has the second, and with it all that its key has to say.
    until(5700)
    _, leaf = clock.issue()
    assert judge(leaf, new) == "good"
    assert judge(leaf, same, [forth]) == "certificate has expired"
    until(5710)
    ca.demo.assert_audit_is_good()


# --- a CA that was taken over -------------------------------------------------

def tbs(issuer, subject, spki, ca=True, days=(0, 300), alg=None):
    now = datetime.datetime.utcnow()

    def at(n):
        return der.tlv(0x17, (now + datetime.timedelta(days=n)).strftime(
            "%y%m%d%H%M%SZ").encode())
    usage = der.extension("2.5.29.15", bytes.fromhex("03020106"), True)
    basic = der.extension("2.5.29.19", der.seq(
        der.tlv(0x01, b"\xff") if ca else b""), True)
    return der.seq(
        der.tlv(0xa0, der.integer(2)), der.integer(0x4123456789), alg or
        der.seq(der.oid("1.2.840.10045.4.3.2")), issuer,
        der.seq(at(days[0]), at(days[1])), subject, spki,
        der.tlv(0xa3, der.seq(usage, basic)))


def test_the_signer_makes_no_foreign_ca(ca):
    """Whatever a taken-over CA says at the signer's socket."""
    old = ca.generations()[0]
    name = old.subject.public_bytes()
    own = public(old)
    evil = der.spki(der.new_key())
    other = der.name(("2.5.4.3", "Evil CA"))
    ca.demo.stop()
    with Programs(ca.demo) as p:
        p.start("sign")
        with Wire(ca.demo.dir / "run/sign/sign.sock") as w:
            def sign(what, kind=5):
                a = w.call(3, {3: {1: 0, 2: kind, 3: what}})
                assert a.code == 0, a.text
                item = parse(first(a.body, 1, b""))
                return not first(item, 1, 0) and bool(first(item, 3, b""))
            for kind in 1, 5:
                for subject in name, other:
                    assert not sign(tbs(name, subject, evil), kind)
                    assert not sign(tbs(other, subject, evil), kind)
            assert not sign(tbs(other, other, own))
            assert not sign(tbs(name, other, own))
            assert not sign(tbs(name, name, own))  # ends before the old one
            # Given as if another CA had signed it.
            for spki in own, evil:
                a = w.call(6, {1: 0, 2: tbs(other, name, spki)})
                assert a.code == 0 and first(a.body, 1), a.body
            # The same test with what a renewal may do.
            assert sign(tbs(name, name, own, days=(0, 4000)))
    ca.demo.start()
    assert ca.generations() == [old]
    log = (ca.demo.dir / "sign/sign.log").read_text()
    assert log.count("\trefused\t") >= 13
