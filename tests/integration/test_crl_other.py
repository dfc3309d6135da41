"""Lists and certificates of another CA (an offline root), published and watched
beside our own: made by python3-cryptography, read back over HTTP."""
import datetime
import os
import re
import subprocess

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ocs import BUILD, ROOT, wait_until

NOW = datetime.datetime.utcnow().replace(microsecond=0)
DAY = datetime.timedelta(days=1)


class Root:
    def __init__(self, name="Offline Root"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    def certificate(self, ca=True):
        return (x509.CertificateBuilder().subject_name(self.name)
                .issuer_name(self.name).public_key(self.key.public_key())
                .serial_number(7).not_valid_before(NOW - DAY)
                .not_valid_after(NOW + 1000 * DAY)
                .add_extension(x509.BasicConstraints(ca, None), True)
                .sign(self.key, hashes.SHA256()))

    def crl(self, number, begin=NOW, days=90):
        revoked = (x509.RevokedCertificateBuilder().serial_number(99)
                   .revocation_date(NOW - DAY).build())
        return (x509.CertificateRevocationListBuilder()
                .issuer_name(self.name).last_update(begin)
                .next_update(begin + days * DAY)
                .add_extension(x509.CRLNumber(number), False)
                .add_revoked_certificate(revoked)
                .sign(self.key, hashes.SHA256()))


@pytest.fixture
def root(tmp_path):
    r = Root()
    r.file = tmp_path / "root.pem"
    r.file.write_bytes(r.certificate().public_bytes(Encoding.PEM))
    return r


def add(demo, tmp_path, content, *options, name="Offline Root.crl",
        encoding=Encoding.DER):
    path = tmp_path / name
    path.write_bytes(content.public_bytes(encoding))
    return demo.cli("crl", "add", path, *options, check=False)


def served(demo, name):
    return requests.get(f"http://127.0.0.1:{demo.http}/certenroll/{name}",
                        timeout=60)


def revocation(demo):
    return demo.cli("status", check=False).stdout.splitlines()


def test_published_and_watched(start_demo, root, tmp_path):
    d = start_demo()
    first = root.crl(4, NOW - DAY)
    p = add(d, tmp_path, first, "--issuer", root.file)
    assert p.returncode == 0 and "CRL 4 of another CA" in p.stdout, p.stderr
    assert served(d, "Offline%20Root.crl").content == first.public_bytes(
        Encoding.DER)
    assert any("CRL 4 of another CA (Offline Root.crl) expires in 88 days" in l
               for l in revocation(d)), revocation(d)
    newer = root.crl(5)
    assert add(d, tmp_path, newer, "--issuer", root.file,
               encoding=Encoding.PEM).returncode == 0
    for old in (first, newer, root.crl(3, NOW + datetime.timedelta(minutes=1))):
        p = add(d, tmp_path, old, "--issuer", root.file)
        assert p.returncode == 1 and "Nothing was published" in p.stderr
    assert served(d, "Offline%20Root.crl").content == newer.public_bytes(
        Encoding.DER)
    p = add(d, tmp_path, root.certificate(), name="Offline Root.crt")
    assert p.returncode == 0, p.stderr
    assert served(d, "Offline%20Root.crt").content == root.file.parent.joinpath(
        "Offline Root.crt").read_bytes()
    d.assert_audit_is_good()
    assert any("CRL 5 of another CA" in r["detail"] for r in d.json(
        "audit", "show", "--limit", 100)["rows"])


def test_the_manual(start_demo, root, tmp_path):
    d = start_demo()
    (tmp_path / "build").symlink_to(BUILD)
    (tmp_path / "offline-root.pem").write_bytes(root.file.read_bytes())
    (tmp_path / "Offline Root.crl").write_bytes(
        root.crl(1).public_bytes(Encoding.PEM))
    (tmp_path / "Offline Root.crt").write_bytes(root.file.read_bytes())
    text = (ROOT / "docs/operations.md").read_text()
    script, = re.findall(r"```sh other\n(.*?)```", text, re.S)
    p = subprocess.run(["bash", "-euo", "pipefail", "-c", script],
                       cwd=tmp_path, capture_output=True, text=True,
                       env={**os.environ, "demo": str(d.dir)}, timeout=60)
    assert p.returncode == 0, p.stdout + p.stderr
    assert served(d, "Offline%20Root.crt").status_code == 200


def test_the_next_one_is_asked_for(start_demo, root, tmp_path):
    d = start_demo()
    assert add(d, tmp_path, root.crl(1, NOW - 9 * DAY, 10), "--issuer",
               root.file).returncode == 0
    assert any("bring the next one" in l for l in revocation(d))
    # What somebody copied into the folder is watched, too.
    (d.dir / "public/certenroll/copied.crl").write_bytes(
        root.crl(1, NOW - 20 * DAY, 10).public_bytes(Encoding.DER))
    (d.dir / "public/certenroll/broken.crl").write_bytes(b"no list")
    lines = revocation(d)
    assert any("(copied.crl) expired 10 days" in l for l in lines), lines
    assert any("broken.crl" in l and "no CRL" in l for l in lines)


def test_refused(start_demo, root, tmp_path):
    d = start_demo()
    stranger = Root()  # of the same name, with another key

    def refused(words, content, *options, **kw):
        p = add(d, tmp_path, content, *options, **kw)
        assert p.returncode in (1, 2) and words in p.stderr, p.stderr
    issuer = ("--issuer", root.file)
    refused("not known here", root.crl(1))
    refused("signature", stranger.crl(1), *issuer)
    refused("expired", root.crl(1, NOW - 9 * DAY, 8), *issuer)
    refused("expired, or is of a time to come", root.crl(1, NOW + DAY), *issuer)
    refused("file of this CA itself", root.crl(1), *issuer,
            name="OpenCertSrv Demo CA.crl")
    refused("ending in .crl", root.crl(1), *issuer, name="x.txt")
    refused("ending in .crl", root.crl(1), *issuer, "--name", "../x.crl")
    refused("not the certificate of a CA", root.certificate(ca=False),
            name="leaf.crt")
    assert served(d, "x.crl").status_code == 404


def test_handed_on_and_read_back(start_demo, root, tmp_path):
    """As our own: the site's program is called, the file is read back, what
    fails is said and tried again."""
    log, fail, hook = (tmp_path / n for n in ("log", "fail", "hook"))
    log.touch()
    os.chmod(log, 0o666)
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_uid == os.getuid() and folder != folder.parent:
            folder.chmod(folder.stat().st_mode | 0o011)
    hook.write_text(f'#!/bin/sh\nbasename "$1" >>{log}\n'
                    f'[ ! -e {fail} ] || {{ echo no route; exit 7; }}\n')
    os.chmod(hook, 0o755)
    d = start_demo(replace=[("host:\n", f"host:\n  publish_hook: {hook}\n")])
    fail.touch()
    assert add(d, tmp_path, root.crl(4, NOW - DAY), "--issuer",
               root.file).returncode == 0
    p = d.cli("crl", "deliver", check=False)
    assert p.returncode == 1 and "no route" in p.stdout, p.stdout + p.stderr
    told = "Offline Root.crl of another CA did not reach everybody"
    assert any(told in line for line in revocation(d)), revocation(d)
    fail.unlink()
    d.cli("crl", "deliver")
    assert not any(told in line for line in revocation(d))
    assert "Offline Root.crl" in log.read_text()
    # Once is enough, until there is another file.
    assert "Offline Root" not in d.cli("crl", "deliver").stdout
    before = log.read_text()
    assert add(d, tmp_path, root.crl(5), "--issuer",
               root.file).returncode == 0
    wait_until(lambda: log.read_text() != before, "the new one is handed on")
    assert any("Offline Root.crl of another CA: read back over HTTP" in
               r["detail"] for r in d.json("audit", "show", "--limit",
                                           200)["rows"])
    d.assert_audit_is_good()


def test_unknown_issuer_is_named(start_demo, root, tmp_path):
    p = add(start_demo(), tmp_path, root.crl(1))
    assert p.returncode == 1 and "made by CN=Offline Root" in p.stderr
