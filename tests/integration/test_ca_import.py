"""Taking over a CA that OpenSSL made: `opencertsrv ca import`. OpenSSL and
python3-cryptography judge what comes of it."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ocs import (BUILD, CLI, PATIENCE, ROOT, make_csr, openssl, run_cli,
                 wait_until)
from programs import Programs
from oldca import (NAME, OldCA, crl_of, new_folder, number_of, openssl_says)


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
    (tmp_path / "list").write_text(f"serial:{serial_hex(old.certs[0])}\n")
    folder.cli("certificate", "revoke", "--from", tmp_path / "list",
               "--reason", "superseded")
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
    # A key that was compromised there gets no certificate here.
    number = folder.submit_id((old.dir / "host1.example.csr").read_text())
    folder.cli("request", "issue", number, check=False)
    row = folder.row(number)
    assert row["disposition"] == "denied" and "compromised" in row["sentence"]
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
    # A row without a certificate is shown, and has nothing to collect.
    row = folder.row(1)
    assert row["disposition"] == "revoked" and not row["certificate"]
    r = folder.get("/certsrv/certnew.cer?ReqID=1&Enc=b64", "officer")
    assert r.status_code < 500 and "BEGIN CERTIFICATE" not in r.text
    r = folder.get("/certsrv/officer/request.asp?ReqID=1", "officer")
    assert r.status_code == 200 and "Taken over, revoked" in r.text
    folder.cli("certificate", "revoke", "1", "--reason", "5")
    folder.assert_audit_is_good()


def test_keys_that_are_encrypted_pem(folder, old, tmp_path):
    openssl("pkcs8", "-topk8", "-in", old.dir / "ca.key", "-out",
            tmp_path / "enc.pem", "-passout", "pass:geheim")
    (tmp_path / "password").write_text("geheim\n")
    args = ["--ca", tmp_path / "enc.pem", "--ca", old.dir / "ca.pem",
            "--crl", old.dir / "old.crl"]
    status, text = take(folder, "--dry-run", *args, check=False)
    assert status == 1 and "password" in text
    take(folder, *args, "--ca-password-file", tmp_path / "password")
    key = (folder.dir / "sign/keys/0.key").read_text()
    assert "BEGIN PRIVATE KEY" in key


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


# --- from a table ------------------------------------------------------------

# What certutil prints in front of the cells, and the words behind numbers.
ENGLISH = {
    "head": ["Request ID", "Requester Name", "Certificate Template",
             "Request Disposition", "Serial Number", "Revocation Reason",
             "Revocation Date", "Certificate Expiration Date",
             "Binary Request", "Binary Certificate"],
    20: "20 -- Issued", 21: "21 -- Revoked", 9: "9 -- Taken Under Submission",
    31: "31 -- Denied", 12: "12 -- Foreign",
    "reason": "1 -- Reason: Key Compromise",
    "date": "5/6/2026 3:04 PM", "separator": ",", "encoding": "utf-8"}
GERMAN = {
    "head": ["Anforderungs-ID", "Antragstellername", "Zertifikatvorlage",
             "Anforderungsdisposition", "Seriennummer", "Sperrungsgrund",
             "Sperrungsdatum", "Zertifikatablaufdatum",
             "Bin\u00e4ranforderung", "Bin\u00e4rzertifikat"],
    20: "20 -- Ausgestellt", 21: "21 -- Gesperrt",
    9: "9 -- Zur \u00dcbermittlung angenommen", 31: "31 -- Abgelehnt",
    12: "12 -- Fremd", "reason": "1 -- Grund: Schl\u00fcssel gef\u00e4hrdet",
    "date": "06.05.2026 15:04", "separator": ";", "encoding": "utf-16"}
FRENCH = {
    "head": ["ID de la demande", "Nom du demandeur", "Mod\u00e8le",
             "Disposition", "Num\u00e9ro", "Raison", "Date", "Expiration",
             "Demande binaire", "Certificat binaire"],
    20: "0x14 (20) -- \u00c9mis", 21: "0x15 (21) -- R\u00e9voqu\u00e9",
    9: "0x9 (9) -- En attente", 31: "0x1f (31) -- Refus\u00e9",
    12: "0xc (12) -- Externe", "reason": "0x1 (1) -- Raison",
    "date": "2026-05-06 15:04", "separator": "\t", "encoding": "utf-8-sig"}
COLUMNS = "id,requester,template,state,-,reason,revoked,-,request,certificate"


def pem(cert):
    return cert.public_bytes(Encoding.PEM).decode()


def table(path, words, rows):
    """rows: (number, requester, state, certificate or None, request or "").
    Serial number and expiry are printed wrong on purpose."""
    def line(cells):
        return words["separator"].join(
            '"' + str(c).replace('"', '""') + '"' for c in cells) + "\r\n"

    text = line(words["head"])
    for number, requester, state, cert, csr in rows:
        revoked = state == 21
        text += line([
            number, requester, "EMPTY", words[state], "00 de ad be ef",
            words["reason"] if revoked else "EMPTY",
            words["date"] if revoked else "EMPTY", words["date"],
            csr or "EMPTY", pem(cert) if cert else "EMPTY"])
    path.write_bytes(text.encode(words["encoding"]))
    return path


@pytest.mark.parametrize("words", [ENGLISH, GERMAN, FRENCH],
                         ids=["english", "german", "french"])
def test_a_table_in_any_language(folder, old, tmp_path, words):
    waiting = make_csr("/CN=waits.example")[0]
    denied = make_csr("/CN=denied.example")[0]
    f = table(tmp_path / "t.csv", words, [
        (17, "local\\alice", 20, old.certs[0], ""),
        (23, "CORP\\WEB$", 21, old.certs[1], make_csr()[0]),
        (24, "CORP\\bob", 21, old.certs[2], ""),
        (42, "local\\alice", 9, None, waiting),
        (43, "local\\alice", 31, None, denied),
        (44, "CORP\\bob", 12, old.certs[4], ""),
        (900, "", 20, old.certs[4], "")])
    args = ["--ca", old.dir / "ca.key", "--ca", old.dir / "ca.pem",
            "--table", f, "--crl", old.dir / "old.crl"]
    if words is not ENGLISH:
        status, text = take(folder, "--dry-run", *args, check=False)
        assert status == 2 and "--columns" in text
        args += ["--columns", COLUMNS]
    dry = take(folder, "--dry-run", *args)
    r = take(folder, *args)
    for report in (dry, r):
        c = report["counts"]
        assert [c[k] for k in ("issued", "revoked", "pending", "denied",
                               "skipped", "listed_only")] == \
            [2, 2, 1, 1, 1, 1], c
    assert r["counts"]["taken"] == 7 and not r["problems"]
    folder.start()
    # The certificate is the truth, not what was printed beside it.
    for number, cert in [(17, old.certs[0]), (23, old.certs[1]),
                         (900, old.certs[4])]:
        got = folder.certificate(number, user="officer")
        assert x509.load_pem_x509_certificate(got) == cert, got
        row = folder.row(number)
        assert row["serial"].lstrip("0") == serial_hex(cert)
    assert x509.load_pem_x509_certificate(
        folder.certificate(17, user="alice")) == old.certs[0]
    assert folder.get("/certsrv/certnew.cer?ReqID=17", "bob").content != \
        folder.get("/certsrv/certnew.cer?ReqID=17", "alice").content
    assert folder.row(23)["requester"] == "CORP\\WEB$"
    assert folder.row(43)["disposition"] == "denied"
    # Dates and reasons of revocations are those of the list.
    crl = x509.load_pem_x509_crl((old.dir / "old.crl").read_bytes())
    folder.cli("crl", "publish")
    for cert in old.certs[1:4]:
        a, b = (c.get_revoked_certificate_by_serial_number(
            cert.serial_number) for c in (crl, crl_of(folder)))
        assert (a.revocation_date, reason_of(a)) == \
            (b.revocation_date, reason_of(b))
    # What waited is issued under its old number; new ones are above all.
    folder.issue(42)
    new = x509.load_pem_x509_certificate(folder.certificate(42))
    assert openssl_says(tmp_path, old.dir / "ca.pem", crl_of(folder),
                        new) == "OK"
    assert folder.submit_id(make_csr()[0]) > 900
    folder.assert_audit_is_good()


def test_what_the_table_hides_is_refused_by_row(folder, old, tmp_path):
    """Certificates of others, twice, broken; names that are no names."""
    other = OldCA(tmp_path / "other", "http://x.example", key="p256")
    foreign = other.issue("foreign.example")
    text = table(tmp_path / "t.csv", ENGLISH, [
        (1, "CORP\\a", 20, old.certs[0], ""),
        (2, "CORP\\a", 20, foreign, ""),
        (7, "CORP\\a", 20, old.certs[0], ""),
        (3, "CORP\\a", 9, None, "no request"),
        (1, "CORP\\a", 20, old.certs[4], ""),
        (5, "\x1b[31mred", 20, old.certs[3], "")]).read_text()
    broken = pem(old.certs[1]).replace("MII", "MIA", 1)
    (tmp_path / "t.csv").write_text(
        text + f'"6","x","EMPTY","20","","","","","","{broken}"\n'
        '"x7","x","EMPTY","20","","","","","",'
        f'"{pem(old.certs[1])}"\n"8"\n')
    status, said = take(
        folder, "--ca", old.dir / "ca.key", "--ca", old.dir / "ca.pem",
        "--table", tmp_path / "t.csv", "--crl", old.dir / "old.crl",
        check=False)
    assert status == 1
    r = json.loads(said[:said.rindex("}") + 1])
    problems = "\n".join(r["problems"])
    for words in ["not issued by this CA", "its serial number came before",
                  "it waits, but cannot be read", "no name of an account",
                  "its number, or its serial number, came before",
                  "its certificate cannot be read", "is no number"]:
        assert words in problems, (words, problems)
    assert "\x1b" not in problems
    # One row, and what the list revokes.
    assert r["counts"]["issued"] == 3 and r["counts"]["taken"] == 1 + 3
    folder.start()
    assert folder.certificate(1, user="officer")
    folder.assert_audit_is_good()


# --- interrupted -------------------------------------------------------------

MANY = 4000


def test_an_import_that_was_killed_is_repaired_by_running_it_again(
        folder, old, tmp_path):
    certs = list(old.many(MANY))
    f = table(tmp_path / "t.csv", ENGLISH, [
        (100 + i, "CORP\\a", 20, c, "") for i, c in enumerate(certs)])
    args = ["--ca", old.dir / "ca.key", "--ca", old.dir / "ca.pem",
            "--table", f, "--crl", old.dir / "old.crl"]
    database = folder.dir / "ca/ca.db"

    def rows():
        db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        with contextlib.closing(db):
            return db.execute("SELECT count(*) FROM request").fetchone()[0]

    for at in (1, 200):
        p = subprocess.Popen(
            [str(CLI), "ca", "import", "--dir", str(folder.dir),
             *map(str, args)], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        wait_until(lambda: p.poll() is not None or database.exists()
                   and (folder.dir / "run/admin/admin.sock").exists(),
                   "the CA takes rows")
        while p.poll() is None and rows() < at:
            pass
        # The CA itself, in the middle; or all by their parent's death.
        if at == 1:
            ca, = [int(q.name) for q in pathlib.Path("/proc").iterdir()
                   if q.name.isdigit() and is_ca_of(q, folder.dir)]
            os.kill(ca, signal.SIGKILL)
            said = p.communicate(timeout=PATIENCE)[0]
            assert p.returncode != 0 and "again" in said, said
        else:
            p.kill()
            p.wait(PATIENCE)
            wait_until(lambda: not any(
                is_ca_of(q, folder.dir)
                for q in pathlib.Path("/proc").iterdir()
                if q.name.isdigit()), "the CA has ended")
        assert 0 < rows() < MANY
        # Nobody serves from half a database.
        said = run_cli("quickstart", folder.dir, "--detach", check=False)
        assert said.returncode != 0
        assert "not finished" in said.stdout + said.stderr + (
            folder.dir / "log/ca.log").read_text()
        run_cli("stop", folder.dir, check=False)
    r = take(folder, *args)
    assert not r["problems"]
    assert r["counts"]["taken"] + r["counts"]["already"] == MANY + 3
    folder.start()
    for i in (0, 63, 64, 300, MANY - 1):
        assert x509.load_pem_x509_certificate(
            folder.certificate(100 + i, user="officer")) == certs[i]
    folder.cli("crl", "publish")
    assert len(crl_of(folder)) == 3
    folder.assert_audit_is_good()


def is_ca_of(process, folder):
    with contextlib.suppress(OSError):
        words = (process / "cmdline").read_bytes().split(b"\0")
        return words[0] == b"opencertsrv-ca" and any(
            str(folder).encode() in w for w in words)
    return False


# --- what must not be taken --------------------------------------------------

def test_files_that_are_no_such_files(folder, old, tmp_path):
    good = ["--ca", old.dir / "ca.key", "--ca", old.dir / "ca.pem"]
    junk = tmp_path / "junk"
    junk.write_bytes(bytes(range(256)) * 64)
    half = tmp_path / "half.csv"
    half.write_text('"Request ID","Binary Certificate"\n"1","-----BEGIN')
    wide = tmp_path / "wide.csv"
    wide.write_text(",".join(["RawCertificate"] * 300) + "\n")
    long = tmp_path / "long.csv"
    long.write_text("RawCertificate\n" + "A" * 2_000_000 + "\n")
    zero = tmp_path / "zero.csv"
    zero.write_bytes(b"RawCertificate\n\0\n")
    other = OldCA(tmp_path / "other", "http://x.example", key="p256")
    other.publish()
    cases = [
        (["--ca", junk], "no private key"),
        (["--ca", old.dir / "ca.pem"], "no private key"),
        (["--ca", old.dir / "ca.key"], "no certificate for the key"),
        ([*good, "--ca", other.dir / "ca.key", "--ca", other.dir / "ca.pem",
          ], None),
        ([*good, "--crl", junk], "no revocation list"),
        ([*good, "--crl", other.dir / "old.crl"], "not signed by a key"),
        ([*good, "--table", half], "middle of a quoted cell"),
        ([*good, "--table", wide], "at most"),
        ([*good, "--table", long], "at most"),
        ([*good, "--table", zero], "zero byte"),
        ([*good, "--certificates", junk], "Not a directory"),
        ([*good, "--columns", "id"], "needs --table"),
        ([*good, "--table", half, "--columns", "id,wrong"], "no column"),
        ([], "--ca FILE"),
    ]
    for args, words in cases:
        if words is None:
            continue
        status, text = take(folder, "--dry-run", *args, check=False)
        assert status in (1, 2) and words in text, (args, text)
    # A list is no table, a device no file, a link no certificate.
    d = tmp_path / "certs"
    d.mkdir()
    (d / "a.pem").symlink_to(old.file_of(old.certs[0]))
    (d / "b.pem").write_bytes(junk.read_bytes())
    (d / "c.pem").write_text(pem(old.certs[0])[:-40])
    (d / "d.pem").write_bytes(b"0" * 300_000)
    os.mkfifo(d / "e.pem")
    (d / "f.pem").write_text(pem(old.certs[1]) + pem(old.certs[2]))
    status, text = take(folder, "--dry-run", *good, "--certificates", d,
                        check=False)
    r = json.loads(text[:text.rindex("}") + 1])
    assert r["counts"]["issued"] == 2 and len(r["problems"]) == 2, r


def test_the_first_administrator_comes_with_it(old, tmp_path):
    """Where nothing is a demo, somebody has to be let in."""
    with new_folder() as d:
        path = d.dir / "opencertsrv.yaml"
        path.write_text(path.read_text().replace("demo: true", "demo: false"))
        (tmp_path / "password").write_text("correct horse battery staple\n")
        for _ in range(2):
            r = take(d, *old.sources(), "--admin", "root",
                     "--admin-password-file", tmp_path / "password")
        assert r["counts"]["taken"] == 0 and not r["problems"]
        assert not (d.dir / "credentials").exists()
        assert (d.dir / "ca.pem").read_text().strip() == (
            old.dir / "ca.pem").read_text().strip()
        with Programs(d) as p:
            p.start_all(["sign", "ca"])
            rows = d.cli("user", "list", "--as", "root", "--password-file",
                         tmp_path / "password", "--json").stdout
            assert [u["name"] for u in json.loads(rows)["rows"]] == ["root"]
            refused = d.cli("ca", "show", check=False)
            assert refused.returncode == 1 and "--as" in refused.stderr
            p.stop()


def test_another_ca_is_not_mixed_in(folder, old, tmp_path):
    take(folder, "--ca", old.dir / "ca.key", "--ca", old.dir / "ca.pem",
         "--crl", old.dir / "old.crl")
    other = OldCA(tmp_path / "other", "http://x.example", name="Other CA")
    status, text = take(folder, "--ca", other.dir / "ca.key", "--ca",
                        other.dir / "ca.pem", check=False)
    assert status == 1 and "keys of another CA" in text
    # The same name does not make it the same CA.
    twin = OldCA(tmp_path / "twin", "http://x.example")
    status, text = take(folder, "--ca", twin.dir / "ca.key", "--ca",
                        twin.dir / "ca.pem", check=False)
    assert status == 1 and "another key 0" in text
    assert len(list((folder.dir / "sign/keys").glob("*.key"))) == 1
    folder.start()
    status, text = take(folder, *old.sources(), check=False)
    assert status == 3 and "is running" in text
    folder.cli("crl", "publish")
    assert number_of(crl_of(folder)) > 0x41


# --- what the manual says ----------------------------------------------------

def test_commands_of_the_manual_work(folder, old, tmp_path):
    old.pkcs12("geheim", "-legacy")
    shutil.copy(old.dir / "old.crl", old.dir / "ca.crl")
    head = ["Request ID", "Requester Name", "Certificate Template",
            "Request Disposition", "Revocation Reason", "Request Attributes",
            "Binary Request", "Binary Certificate"]
    text = ",".join(f'"{h}"' for h in head) + "\n"
    for i, c in enumerate(old.certs, 1):
        text += (f'"{i}","CORP\\alice","WebServer","20 -- Issued","EMPTY",'
                 f'"EMPTY","EMPTY","{pem(c)}"\n')
    (old.dir / "requests.csv").write_text(text)
    (tmp_path / "build").symlink_to(BUILD)
    manual = (ROOT / "docs" / "replace-adcs.md").read_text()
    script = "".join(re.findall(r"```sh\n(.*?)```", manual, re.S))
    with new_folder() as second:
        p = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path,
            capture_output=True, text=True, timeout=PATIENCE,
            env={**os.environ, "LC_ALL": "C", "old": str(old.dir),
                 "new": str(folder.dir), "new2": str(second.dir)})
    assert p.returncode == 0, p.stdout + p.stderr
    report = json.loads((old.dir / "report.json").read_text())
    assert report["counts"]["taken"] == 5
    assert report["counts"]["changed"] == 3  # by the list
    assert "not served" in p.stdout and "were taken over" in p.stdout
    assert folder.row(1)["template"] == "WebServer"
