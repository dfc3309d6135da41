"""Taking over what grew over years: several keys and certificates of one CA,
CAs above it, delta lists, algorithms of yesterday."""
import datetime
import sqlite3

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, pkcs12)

from ocs import make_csr, openssl
from oldca import NAME, OldCA, crl_of, new_folder, number_of, openssl_says
from test_by_template import denied, renewal, send
from test_ca_import import ENGLISH, reason_of, table, take

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.utcnow().replace(microsecond=0)
VERSION = x509.ObjectIdentifier("1.3.6.1.4.1.311.21.1")


@pytest.fixture
def folder():
    with new_folder() as d:
        yield d


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def make_ca(key, start, subject=NAME, issuer=None, signer=None, version=None):
    b = (x509.CertificateBuilder().subject_name(name(subject))
         .issuer_name(name(issuer or subject)).public_key(key.public_key())
         .serial_number(x509.random_serial_number())
         .not_valid_before(start).not_valid_after(NOW + 3000 * DAY)
         .add_extension(x509.BasicConstraints(True, None), True)
         .add_extension(x509.KeyUsage(False, False, False, False, False, True,
                                      True, False, False), True)
         .add_extension(x509.SubjectKeyIdentifier.from_public_key(
             key.public_key()), False))
    if version is not None:
        der = version.to_bytes(4, "big").lstrip(b"\0") or b"\0"
        b = b.add_extension(x509.UnrecognizedExtension(
            VERSION, bytes([2, len(der)]) + der), False)
    return b.sign(signer or key, hashes.SHA256())


def make_leaf(ca, subject, serial, start=NOW - DAY, key=None):
    key = key or ec.generate_private_key(ec.SECP256R1())
    return (x509.CertificateBuilder().subject_name(name(subject))
            .issuer_name(name(NAME)).public_key(key.public_key())
            .serial_number(serial).not_valid_before(start)
            .not_valid_after(NOW + 300 * DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(
                key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    ca.public_key()), False)
            .sign(ca, hashes.SHA256()))


def make_crl(path, key, number, entries, base=None):
    """entries: (serial, reason)"""
    b = (x509.CertificateRevocationListBuilder().issuer_name(name(NAME))
         .last_update(NOW - DAY).next_update(NOW + 20 * DAY)
         .add_extension(x509.CRLNumber(number), False))
    if base:
        b = b.add_extension(x509.DeltaCRLIndicator(base), True)
    for serial, reason in entries:
        b = b.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial)
            .revocation_date(NOW - 2 * DAY)
            .add_extension(x509.CRLReason(x509.ReasonFlags(reason)), False)
            .build())
    path.write_bytes(b.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    return path


def save(path, key, *certs):
    """Key (or None) and certificates as PEM."""
    data = b"" if key is None else key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    path.write_bytes(data + b"".join(
        c.public_bytes(Encoding.PEM) for c in certs))
    return path


@pytest.fixture(scope="module")
def keys():
    return [rsa.generate_private_key(65537, 2048),
            ec.generate_private_key(ec.SECP256R1())]


@pytest.mark.parametrize("form", ["pem", "pkcs12"])
def test_generations(folder, keys, tmp_path, form):
    """Renewed with the same key, then with another: 0/0, 1/0, 2/2."""
    a, b = keys
    certs = [make_ca(a, NOW - 900 * DAY), make_ca(a, NOW - 600 * DAY),
             make_ca(b, NOW - 300 * DAY)]
    cross = make_ca(b, NOW - 300 * DAY, signer=a)
    old = [make_leaf(a, "a0", 100, start=NOW - 700 * DAY),
           make_leaf(a, "a1", 101), make_leaf(b, "b0", 200),
           make_leaf(b, "b1", 201)]
    if form == "pem":
        # In no order, and a cross certificate among them.
        args = ["--ca", save(tmp_path / "b.pem", b, certs[2], cross),
                "--ca", save(tmp_path / "a.pem", a, certs[1], certs[0])]
    else:
        for key, cert, cas, file in [
                (a, certs[0], [certs[1]], "a.p12"), (b, certs[2], [], "b.p12")]:
            (tmp_path / file).write_bytes(pkcs12.serialize_key_and_certificates(
                b"x", key, cert, cas, BestAvailableEncryption(b"geheim")))
        (tmp_path / "password").write_text("geheim\n")
        args = ["--ca", tmp_path / "a.p12", "--ca", tmp_path / "b.p12",
                "--ca-password-file", tmp_path / "password"]
    args += ["--certificates", tmp_path / "leaves",
             "--crl", make_crl(tmp_path / "b.crl", b, 9,
                               [(201, "superseded")]),
             "--crl", make_crl(tmp_path / "a.crl", a, 12, [])]
    (tmp_path / "leaves").mkdir()
    for c in old:
        save(tmp_path / "leaves" / f"{c.serial_number}.cer", None, c)
    r = take(folder, "--dry-run", *args)
    assert [(g["index"], g["key"]) for g in r["ca"]] == [
        (0, 0), (1, 0), (2, 2)]
    assert [m for m in r["missing"]] == (
        ["A cross certificate between two keys of the CA is not taken."]
        if form == "pem" else [])
    r = take(folder, *args)
    assert r["counts"]["taken"] == 4 and r["counts"]["changed"] == 1
    assert take(folder, *args)["counts"]["taken"] == 0
    folder.start()
    shown = folder.json("ca", "show")["generations"]
    assert [x509.load_pem_x509_certificate(g["certificate"].encode())
            for g in shown] == certs
    rows = {r["subject"]: r["id"] for r in
            folder.json("certificate", "list")["rows"]}
    folder.cli("certificate", "revoke", rows["CN=a1"], "--reason", "4")
    folder.cli("certificate", "revoke", rows["CN=b0"], "--reason", "1")
    folder.cli("crl", "publish")
    lists = {0: crl_of(folder), 2: crl_of(folder, f"{NAME}(2)")}
    assert number_of(lists[0]) == number_of(lists[2]) > 12
    assert {e.serial_number for e in lists[0]} == {101}
    assert {e.serial_number for e in lists[2]} == {200, 201}
    for generation, key_index, leaf, good in [
            (0, 0, old[0], True), (1, 0, old[0], True),
            (1, 0, old[1], False), (2, 2, old[2], False),
            (2, 2, old[3], False)]:
        ca = save(tmp_path / "ca.pem", None, certs[generation])
        said = openssl_says(tmp_path, ca, lists[key_index], leaf)
        assert (said == "OK") == good, (leaf.subject, said)
    # The newest key signs what is new, until there is a newer one.
    number = folder.submit_id(make_csr("/CN=new.example")[0])
    folder.issue(number)
    new = x509.load_pem_x509_certificate(folder.certificate(number))
    ca = save(tmp_path / "ca.pem", None, certs[2])
    assert openssl_says(tmp_path, ca, lists[2], new) == "OK"
    folder.cli("ca", "renew", "--new-key")
    newest = folder.json("ca", "show")["generations"][-1]
    assert (newest["index"], newest["key"]) == (3, 3)
    number = folder.submit_id(make_csr("/CN=newer.example")[0])
    folder.issue(number)
    (tmp_path / "ca.pem").write_text(newest["certificate"])
    (tmp_path / "new.pem").write_bytes(folder.certificate(number))
    openssl("verify", "-CAfile", tmp_path / "ca.pem", tmp_path / "new.pem")
    folder.cli("crl", "publish")
    assert {e.serial_number for e in crl_of(folder, f"{NAME}(2)")} == {
        200, 201}
    folder.assert_audit_is_good()


def test_numbers_of_generations_are_those_of_the_files(
        folder, keys, tmp_path):
    """The extension says certificate 3, key 3: older ones were not kept."""
    a = keys[0]
    cert = make_ca(a, NOW - 100 * DAY, version=3 << 16 | 3)
    leaf = make_leaf(a, "leaf", 100)
    take(folder, "--ca", save(tmp_path / "a.pem", a, cert),
         "--crl", make_crl(tmp_path / "a.crl", a, 77,
                           [(100, "certificateHold")]))
    assert number_of(crl_of(folder, f"{NAME}(3)")) == 77
    folder.start()
    folder.cli("crl", "publish")
    crl = crl_of(folder, f"{NAME}(3)")
    assert number_of(crl) > 77 and len(crl) == 1
    ca = save(tmp_path / "ca.pem", None, cert)
    assert "revoked" in openssl_says(tmp_path, ca, crl, leaf)
    assert (folder.dir / f"public/certenroll/localhost_{NAME}(3).crt"
            ).exists()
    r = folder.session().get(
        folder.url + "/certsrv/certnew.cer?ReqID=CACert&Enc=b64")
    assert x509.load_pem_x509_certificate(r.content) == cert


@pytest.mark.parametrize("said", [False, True])
def test_a_subordinate_brings_the_cas_above_it(folder, keys, tmp_path, said):
    """Whether or not the configuration says that it is one."""
    if said:
        folder.configure("subordinate: true")
    root_key = ec.generate_private_key(ec.SECP384R1())
    root = make_ca(root_key, NOW - 900 * DAY, subject="Old Root")
    sub = make_ca(keys[0], NOW - 300 * DAY, issuer="Old Root",
                  signer=root_key)
    own = save(tmp_path / "sub.pem", keys[0], sub)
    crl = make_crl(tmp_path / "a.crl", keys[0], 5, [])
    args = ["--ca", own, "--crl", crl]
    r = take(folder, "--dry-run", *args)
    assert any("not there to the root" in m for m in r["missing"])
    args += ["--ca", save(tmp_path / "root.pem", None, root)]
    assert not take(folder, *args)["missing"]
    folder.start()
    r = folder.session().get(
        folder.url + "/certsrv/certnew.p7b?ReqID=CACert&Enc=b64")
    (tmp_path / "chain.p7b").write_bytes(r.content)
    chain = openssl("pkcs7", "-print_certs", "-in", tmp_path / "chain.p7b"
                    ).stdout.decode()
    assert chain.count("BEGIN CERTIFICATE") == 2
    number = folder.submit_id(make_csr("/CN=new.example")[0])
    folder.issue(number)
    new = tmp_path / "new.pem"
    new.write_bytes(folder.certificate(number))
    assert openssl("verify", "-CAfile", tmp_path / "root.pem", "-untrusted",
                   save(tmp_path / "s.pem", None, sub), new
                   ).stdout.endswith(b": OK\n")
    folder.cli("ca", "renew", "--same-key", "--out", tmp_path / "again.csr")
    csr = x509.load_pem_x509_csr((tmp_path / "again.csr").read_bytes())
    assert csr.subject == sub.subject and csr.is_signature_valid
    assert csr.public_key().public_numbers() == (
        keys[0].public_key().public_numbers())


def test_old_certificates_are_renewed(keys, tmp_path):
    """An enterprise CA: whose certificate it was decides the request."""
    a, leaf_key = keys[0], ec.generate_private_key(ec.SECP256R1())
    leaf = make_leaf(a, "alice", 100, key=leaf_key)
    f = table(tmp_path / "t.csv", {**ENGLISH, 20: "20 -- Issued"}, [
        (10, "local\\alice", 20, leaf, "")])
    f.write_text(f.read_text().replace('"EMPTY"', '"User"', 1))
    with new_folder("--ca-type", "enterprise") as d:
        take(d, "--ca", save(tmp_path / "a.pem", a, make_ca(
            a, NOW - 100 * DAY)), "--table", f,
            "--crl", make_crl(tmp_path / "a.crl", a, 5, []))
        d.start()
        assert d.row(10)["template"] == "User"
        message = renewal(leaf_key, leaf)
        denied(send(d, message, user="bob", label="PKCS7"), 0x8009400E,
               "another account")
        row = send(d, message, label="PKCS7")
        assert row["disposition"] == "issued", row["sentence"]
        new = x509.load_pem_x509_certificate(d.certificate(row["id"]))
        assert new.issuer == leaf.issuer
        d.assert_audit_is_good()


def test_a_delta_list_says_what_changed(folder, keys, tmp_path):
    a = keys[0]
    leaves = [make_leaf(a, f"leaf{i}", 100 + i) for i in range(4)]
    f = table(tmp_path / "t.csv", ENGLISH, [
        (10 + i, "CORP\\a", 21 if i == 1 else 20, c, "")
        for i, c in enumerate(leaves)])
    take(folder, "--ca", save(tmp_path / "a.pem", a, make_ca(
        a, NOW - 100 * DAY)), "--table", f,
        "--crl", make_crl(tmp_path / "d.crl", a, 6, [
            (100, "superseded"), (102, "removeFromCRL")], base=5),
        "--crl", make_crl(tmp_path / "a.crl", a, 5, [
            (101, "keyCompromise"), (102, "certificateHold")]))
    folder.start()
    assert [folder.row(n)["disposition"] for n in range(10, 14)] == [
        "revoked", "revoked", "issued", "issued"]
    folder.cli("crl", "publish")
    crl = crl_of(folder)
    assert number_of(crl) > 6
    assert {e.serial_number: reason_of(e) for e in crl} == {
        100: x509.ReasonFlags.superseded,
        101: x509.ReasonFlags.key_compromise}
    folder.assert_audit_is_good()


def test_what_was_signed_with_sha1_lives_on(folder, tmp_path):
    old = OldCA(tmp_path / "old", "http://x.example/certenroll")
    csr = tmp_path / "one.csr"
    csr.write_text(make_csr("/CN=sha1.example")[0])
    old.ca("-in", csr, "-out", tmp_path / "one.pem", "-md", "sha1")
    old.publish()
    r = take(folder, *old.sources())
    assert r["counts"]["taken"] == 1 and not r["problems"]
    old.ca("-gencrl", "-md", "sha1", "-out", tmp_path / "sha1.crl")
    status, text = take(folder, *old.sources(), "--crl",
                        tmp_path / "sha1.crl", check=False)
    assert status == 1 and "SHA-1" in text


def test_a_row_that_was_changed_afterwards_is_found(folder, keys, tmp_path):
    a = keys[0]
    leaf, other = make_leaf(a, "leaf", 100), make_leaf(a, "other", 101)
    f = table(tmp_path / "t.csv", ENGLISH, [(10, "CORP\\a", 20, leaf, ""),
                                            (11, "CORP\\a", 20, other, "")])
    take(folder, "--ca", save(tmp_path / "a.pem", a, make_ca(
        a, NOW - 100 * DAY)), "--table", f)
    folder.start()
    folder.assert_audit_is_good()
    folder.stop()

    db = sqlite3.connect(folder.dir / "ca/ca.db")
    db.execute("UPDATE request SET cert = (SELECT cert FROM request "
               "WHERE id = 11) WHERE id = 10")
    db.execute("UPDATE request SET disposition = 21 WHERE id = 11")
    db.commit()
    db.close()
    folder.start()
    found = [f["text"] for f in folder.verify()["findings"] if f["bad"]]
    assert any("request 10 is not the one" in f for f in found), found
    assert any("Request 11 is revoked" in f for f in found), found
