"""`opencertsrv enroll new|submit|retrieve` against a real CA, judged by
OpenSSL, NSS, GnuTLS and python3-cryptography."""
import os
import pty
import re
import shutil
import stat
import subprocess

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU

from enroll import (
    AGAIN, DENIED, DONE, FAILED, PASSPHRASE, PENDING, SIGN_IN, USAGE,
    Requester)
from ocs import (
    CLI, PATIENCE, ROOT, free_ports, make_csr, make_key, openssl, wait_until)
from programs import Programs


@pytest.fixture
def alice(demo, tmp_path):
    return Requester(demo, tmp_path)


@pytest.fixture
def quick(demo_at_once, tmp_path):
    return Requester(demo_at_once, tmp_path)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def csr_text(path):
    p = openssl("req", "-in", path, "-verify", "-noout", "-text",
                "-nameopt", "utf8")
    assert b"verify OK" in p.stderr
    return p.stdout.decode()


# --- new ----------------------------------------------------------------------

@pytest.mark.parametrize("kind, says", [
    ("rsa2048", "(2048 bit)"), ("rsa3072", "(3072 bit)"),
    ("rsa4096", "(4096 bit)"), ("p256", "NIST CURVE: P-256"),
    ("p384", "NIST CURVE: P-384"), ("p521", "NIST CURVE: P-521"),
    ("ed25519", "ED25519")])
def test_every_kind_of_key(quick, kind, says):
    assert says in csr_text(quick.new(key=kind))
    assert mode(quick.dir / "www.key") == 0o600
    assert quick.submit().returncode == DONE
    assert quick("retrieve", "www.enroll.json").returncode == DONE
    assert quick.belongs() and quick.verifies()


def test_everything_that_is_asked_for_is_in_the_request(alice):
    path = alice.new(
        "--subject", "CN=Žluťoučký kůň, O=\"Example, Ltd\", C=CZ",
        "--dns", "www.example", "--dns", "*.example", "--ip", "192.0.2.1",
        "--ip", "2001:db8::1", "--email", "a@example.org", "--upn",
        "alice@corp.example", "--uri", "https://www.example/",
        "--eku", "server", "--eku", "1.3.6.1.5.5.7.3.2", "--key-usage",
        "digitalSignature", "--key-usage", "keyEncipherment",
        "--template", "WebServer", "--template-extension", "--attrib",
        "UserAgent:test")
    csr = x509.load_pem_x509_csr(path.read_bytes())
    assert csr.is_signature_valid
    assert [(a.oid._name, a.value) for a in csr.subject] == [
        ("commonName", "Žluťoučký kůň"), ("organizationName", "Example, Ltd"),
        ("countryName", "CZ")]
    ext = csr.extensions
    san = ext.get_extension_for_class(x509.SubjectAlternativeName).value
    assert san.get_values_for_type(x509.DNSName) == ["www.example",
                                                     "*.example"]
    assert [str(i) for i in san.get_values_for_type(x509.IPAddress)] == [
        "192.0.2.1", "2001:db8::1"]
    assert san.get_values_for_type(x509.RFC822Name) == ["a@example.org"]
    assert san.get_values_for_type(x509.OtherName)[0].value \
        == b"\x0c\x12alice@corp.example"
    assert list(ext.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        EKU.SERVER_AUTH, EKU.CLIENT_AUTH]
    usage = ext.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature \
        and usage.value.key_encipherment and not usage.value.key_agreement
    shown = openssl("asn1parse", "-in", path).stdout.decode()
    for oid in ["1.3.6.1.4.1.311.13.2.1", "1.3.6.1.4.1.311.20.2"]:
        assert oid in shown
    wide = "WebServer".encode("utf-16-be").hex().upper()
    raw = openssl("req", "-in", path, "-outform", "DER").stdout
    assert raw.hex().upper().count(wide) == 2, "pair and extension"
    assert "UserAgent".encode("utf-16-be") in raw


def test_a_key_is_protected_unless_told_otherwise(alice):
    path = alice.new(passphrase=True)
    key = alice.dir / "www.key"
    assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY")
    shown = openssl("asn1parse", "-in", key).stdout
    for word in [b"PBES2", b"hmacWithSHA256", b"aes-256-cbc"]:
        assert word in shown
    (alice.dir / "p").write_text(PASSPHRASE)
    openssl("pkey", "-in", key, "-passin", f"file:{alice.dir / 'p'}", "-noout")
    assert csr_text(path)
    # Without a terminal and without a file there is nobody to ask.
    p = alice("new", "--out-key", "b.key", "--dns", "b.example")
    assert p.returncode == USAGE and "--no-passphrase" in p.stderr
    assert not (alice.dir / "b.key").exists()


def test_nothing_is_overwritten(alice):
    alice.new()
    before = {f.name: f.read_bytes() for f in alice.dir.iterdir()}
    for args in [["--out-key", "www.key"],
                 ["--out-key", "c.key", "--out-request", "www.csr"]]:
        p = alice("new", "--dns", "www.example", "--no-passphrase", *args)
        assert p.returncode == FAILED and "never overwritten" in p.stderr
    assert before == {f.name: f.read_bytes() for f in alice.dir.iterdir()}


@pytest.mark.parametrize("args", [
    [], ["--dns", "two words"], ["--ip", "1.2.3"], ["--subject", "CN"],
    ["--subject", "CN=a,"], ["--subject", "CN=\"a"], ["--subject", "XX=a"],
    ["--subject", "C=Germany"], ["--eku", "nothing"], ["--key", "rsa1024"],
    ["--dns", "a.example", "--attrib", "x"],
    ["--dns", "a.example", "--key-usage", "all"]], ids=" ".join)
def test_mistakes_make_nothing(alice, args):
    before = sorted(alice.dir.iterdir())
    p = alice("new", "--out-key", "x.key", "--no-passphrase", *args)
    assert p.returncode in (USAGE, FAILED) and len(p.stderr) > 30
    assert sorted(alice.dir.iterdir()) == before


def test_existing_key(alice):
    make_key(alice.dir / "www.key", "p384")
    before = (alice.dir / "www.key").read_bytes()
    p = alice("new", "--out-key", "www.key", "--use-existing-key", "--dns",
              "www.example")
    assert p.returncode == DONE, p.stderr
    assert (alice.dir / "www.key").read_bytes() == before
    assert "NIST CURVE: P-384" in csr_text(alice.dir / "www.csr")


# --- the whole way ------------------------------------------------------------

def test_pending_issued_collected(alice):
    alice.new("--subject", "CN=www.example", "--dns", "www.example", "--dns",
              "b.example", passphrase=True)
    p = alice.submit()
    assert p.returncode == PENDING, p.stderr
    number = alice.state()["id"]
    assert f"Request {number}:" in p.stdout
    # All later steps need nothing but the state.
    assert alice("retrieve", "www.enroll.json").returncode == PENDING
    assert not (alice.dir / "www.pem").exists()
    p = alice.submit()
    assert p.returncode == FAILED and "--again" in p.stderr
    alice.demo.issue(number)
    assert alice("retrieve", "www.enroll.json").returncode == DONE
    assert alice.verifies()
    san = alice.pem().extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value
    assert san.get_values_for_type(x509.DNSName) == ["www.example",
                                                     "b.example"]
    csr = x509.load_pem_x509_csr((alice.dir / "www.csr").read_bytes())
    assert alice.pem().public_key().public_numbers() \
        == csr.public_key().public_numbers()
    assert mode(alice.dir / "www.enroll.json") == 0o600
    secrets = [alice.demo.users["alice"][0], PASSPHRASE]
    text = (alice.dir / "www.enroll.json").read_text()
    assert not any(s in text for s in secrets)


def test_wait_ends_with_the_decision(alice):
    alice.new()
    p = subprocess.Popen(
        alice.command("submit", "www.csr", *alice.server(), "--wait", "600"),
        cwd=alice.dir, stdout=subprocess.PIPE, text=True)
    wait_until((alice.dir / "www.enroll.json").exists, "the state is there")
    wait_until(lambda: alice.state().get("id"), "the number is known")
    alice.demo.issue(alice.state()["id"])
    out, _ = p.communicate(timeout=PATIENCE)
    assert p.returncode == DONE and "issued" in out


def test_refused(alice):
    alice.new()
    assert alice.submit().returncode == PENDING
    number = alice.state()["id"]
    alice.demo.cli("request", "deny", number, "--reason",
                   "Who \"are\" <you> & why?")
    p = alice("retrieve", "www.enroll.json", "--json")
    assert p.returncode == DENIED and '"state": "denied"' in p.stdout
    p = alice("retrieve", "www.enroll.json")
    assert p.returncode == DENIED and "refused" in p.stdout
    # Refused is over: the same request may be sent again.
    assert alice.submit().returncode == PENDING
    assert alice.state()["id"] != number


def test_refused_by_policy(alice):
    alice.new("--dns", "www.example", "--template", "NoSuch")
    p = alice.submit()
    assert p.returncode == DENIED and "0x80094800" in p.stdout
    assert p.stdout.endswith(".\n") and ".." not in p.stdout


def test_by_number_for_a_request_from_elsewhere(alice):
    text, key = make_csr("/CN=else.example")
    number = alice.demo.submit_id(text)
    alice.demo.issue(number)
    p = alice("retrieve", number, *alice.server(), "--key-file", key,
              "--out", "else.pem")
    assert p.returncode == DONE, p.stderr
    assert alice.verifies("else")
    p = alice("retrieve", number, *alice.server(), "--key-file",
              make_key(alice.dir / "other.key"), "--out", "other.pem")
    assert p.returncode == FAILED and "another key" in p.stderr
    assert not (alice.dir / "other.pem").exists()


def test_a_file_made_elsewhere_is_sent(quick):
    text, _ = make_csr("/CN=else.example")
    (quick.dir / "else.csr").write_text(text)
    assert quick.submit("else").returncode == DONE
    assert quick("retrieve", "else.enroll.json").returncode == DONE
    assert quick.verifies("else")


# --- PKCS#12 ------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
@pytest.mark.parametrize("legacy", [False, True], ids=["new", "legacy"])
def test_pkcs12_opens_elsewhere(quick, kind, legacy):
    quick.new("--subject", "CN=www.example", key=kind, passphrase=True)
    assert quick.submit().returncode == DONE
    p = quick("retrieve", "www.enroll.json", "--pkcs12", "www.p12",
              "--pkcs12-password-file", "passphrase",
              *(["--legacy-pkcs12"] if legacy else []))
    assert p.returncode == DONE, p.stderr
    p12 = quick.dir / "www.p12"
    assert mode(p12) == 0o600
    (quick.dir / "p").write_text(PASSPHRASE)
    p = openssl("pkcs12", "-in", p12, "-passin", f"file:{quick.dir / 'p'}",
                "-info", "-nodes", *(["-legacy"] if legacy else []))
    assert p.stdout.count(b"BEGIN CERTIFICATE") == 2
    assert b"BEGIN PRIVATE KEY" in p.stdout
    assert (b"3-KeyTripleDES" if legacy else b"AES-256-CBC") in p.stderr
    nss = subprocess.run(
        ["pk12util", "-l", p12, "-w", quick.dir / "p"], capture_output=True)
    assert nss.returncode == 0 and b"www.example" in nss.stdout, nss.stderr
    gnutls = subprocess.run(
        ["certtool", "--p12-info", "--inder", "--infile", p12, "--password",
         PASSPHRASE], capture_output=True)
    assert gnutls.returncode == 0 and b"BEGIN CERTIFICATE" in gnutls.stdout, \
        gnutls.stderr


# --- what goes wrong ----------------------------------------------------------

def test_wrong_password(alice):
    alice.new()
    (alice.dir / "password").write_text("wrong\n")
    p = alice.submit()
    assert p.returncode == SIGN_IN and "name and password" in p.stderr
    assert not alice.state().get("id")


def test_password_from_the_environment(alice):
    alice.new()
    args = [a for a in alice.server()
            if a not in ("--password-file", "password")]
    env = {"OPENCERTSRV_PASSWORD": alice.demo.users["alice"][0]}
    assert alice("submit", "www.csr", *args, env=env).returncode == PENDING


def test_password_from_the_terminal(alice):
    """Asked on the terminal, without an echo."""
    alice.new()
    args = [a for a in alice.server()
            if a not in ("--password-file", "password")]
    password = alice.demo.users["alice"][0]
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(alice.dir)
        command = alice.command("submit", "www.csr", *args)
        os.execv(command[0], command)
    shown = b""
    while b"Password of alice: " not in shown:
        shown += os.read(fd, 4096)
    os.write(fd, password.encode() + b"\n")
    try:
        while part := os.read(fd, 4096):
            shown += part
    except OSError:  # the other end is closed
        pass
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    assert os.waitstatus_to_exitcode(status) == PENDING, shown
    assert password.encode() not in shown and b"Request " in shown


def test_nobody_listens(alice):
    port, = free_ports(1)
    alice.new()
    p = alice("submit", "www.csr", *alice.server()[2:], "--url",
              f"https://localhost:{port}/certsrv/")
    assert p.returncode == AGAIN and "cannot be reached" in p.stderr


def test_ca_is_down(start_demo, tmp_path):
    d = start_demo()
    r = Requester(d, tmp_path)
    r.new()
    d.stop()
    with Programs(d) as p:
        p.start_all(["web", "nginx"])
        p = r.submit()
    assert p.returncode == AGAIN and "later" in p.stderr, p.stderr
    assert not r.state().get("id")


def test_untrusted_server_gets_nothing(alice, quick, demo_at_once):
    alice.new()
    p = alice("submit", "www.csr", *alice.server()[2:], "--url",
              demo_at_once.url + "/certsrv/")
    assert p.returncode == FAILED and "not trusted" in p.stderr
    assert not alice.state().get("id")


def test_certificate_of_a_foreign_ca_is_not_written(quick):
    """The site's certificate alone is enough to trust the site, but not to
    trust what the CA issues."""
    quick.new()
    site = openssl("s_client", "-connect", f"localhost:{quick.demo.https}",
                   "-servername", "localhost", data=b"").stdout
    (quick.dir / "site.pem").write_bytes(
        openssl("x509", data=site).stdout)
    assert quick.submit().returncode == DONE
    p = quick("retrieve", "www.enroll.json", "--ca-file", "site.pem")
    assert p.returncode == FAILED and "does not lead to" in p.stderr
    assert not (quick.dir / "www.pem").exists()


@pytest.mark.parametrize("url", [
    "http://localhost:1/certsrv/", "localhost", "https://", "ftp://a/",
    "https://a@b/", "https://a/certsrv/?x=1"])
def test_only_https(alice, url):
    alice.new()
    p = alice("submit", "www.csr", *alice.server()[2:], "--url", url)
    assert p.returncode == USAGE and "https://HOST/certsrv/" in p.stderr


@pytest.mark.parametrize("option", ["--dir", "--config", "--as"])
def test_no_option_of_an_installation(alice, option):
    alice.new()
    p = alice.submit("www", option, "x")
    assert p.returncode == USAGE and "--url" in p.stderr


def test_another_page_is_recognised(alice):
    """An address that is not the enrolment pages."""
    alice.new()
    p = alice("submit", "www.csr", *alice.server()[2:], "--url",
              alice.demo.url + "/elsewhere/")
    assert p.returncode == FAILED and "enrolment pages" in p.stderr


@pytest.mark.parametrize("damage", [
    "", "{", "[]", '{"version": 2}', '{"version": 1, "id": -1}',
    '{"version": 1, "id": "x"}', '{"version": 1, "url": 5}',
    '{"version": 1, "user": "%s"}' % ("x" * 5000),
    '{"version": 1, "user": "a\\u0000b"}'])
def test_damaged_state(alice, damage):
    alice.new()
    (alice.dir / "www.enroll.json").write_text(damage)
    for verb in ["retrieve", "renew"]:
        p = alice(verb, "www.enroll.json")
        assert p.returncode == FAILED and "damaged" in p.stderr, p.stderr


def test_a_private_key_is_never_sent(alice):
    make_key(alice.dir / "www.csr")
    p = alice.submit()
    assert p.returncode == FAILED and "Nothing was sent" in p.stderr


# --- what the document says ---------------------------------------------------

def test_the_round_in_the_document_works(start_demo, tmp_path):
    d = start_demo()
    text = (ROOT / "docs" / "enroll.md").read_text()
    script, = re.findall(r"```sh\n(.*?)```", text, re.S)
    r = Requester(d, tmp_path)
    shutil.copy(d.ca_pem, tmp_path / "ca.pem")
    p = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c",
         script.replace("https://localhost:8443", d.url)],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env={**os.environ, "LC_ALL": "C",
                        "PATH": f"{CLI.parent}:{os.environ['PATH']}"})
    state = tmp_path / "www.enroll.json"
    wait_until(lambda: p.poll() is not None
               or state.exists() and r.state().get("id"), "it was sent")
    if p.poll() is None:
        d.issue(r.state()["id"])
    out, _ = p.communicate(timeout=PATIENCE)
    assert p.returncode == 0 and "Not due until" in out, out
    assert r.verifies() and (tmp_path / "www.p12").exists()
    # Every option and every status it names exists.
    told = set(re.findall(r"--([a-z][a-z0-9-]+)", text)) - {"now"}
    known = set()
    for verb in ["new", "submit", "retrieve", "renew"]:
        known |= set(re.findall(r"^  --([a-z0-9-]+)",
                                r(verb, "--help").stdout, re.M))
    assert told <= known, told - known


def test_the_units_are_what_systemd_takes(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is missing")
    for name in ["opencertsrv-renew.service", "opencertsrv-renew.timer"]:
        text = (ROOT / "packaging" / "systemd" / name).read_text()
        (tmp_path / name).write_text(
            text.replace("/usr/bin/opencertsrv", str(CLI)))
    p = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "opencertsrv-renew.service",
         tmp_path / "opencertsrv-renew.timer"], capture_output=True, text=True)
    said = [line for line in p.stderr.splitlines()
            if "opencertsrv-renew" in line]
    assert not said, said
