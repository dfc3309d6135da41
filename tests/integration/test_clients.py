"""Requests of other people's programs, sent to a running CA of each kind; each
certificate is judged by the program that asked for it. docs/clients.md is the
table of what is tried here."""
import pathlib
import re
import shutil
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

import clients
from conftest import SHARED
from ocs import ROOT, openssl, running_demo
from test_bad_input import upload
from test_by_template import agent

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "vectors"))
import message  # noqa: E402
from test_request_formats import Key  # noqa: E402


assert agent  # a fixture


@pytest.fixture(scope="module")
def firm():
    with running_demo("--ca-type", "enterprise", ca_lines=[SHARED]) as d:
        yield d


@pytest.fixture(params=["stand-alone", "enterprise"])
def ca(request, demo_at_once):
    """(demo, attributes that name a template for a host)"""
    if request.param == "stand-alone":
        return demo_at_once, ""
    return request.getfixturevalue("firm"), "CertificateTemplate:WebServer"


def ids(rows):
    return [f"{program}: {what}" for program, what, *_ in rows]


def send(demo, request, attributes=""):
    """As a file, by the upload; the row of the request."""
    r = upload(demo, request, CertAttrib=attributes)
    found = re.search(r"ReqID=(\d+)|Your Request Id is (\d+)", r.text)
    assert found, r.text
    return demo.row(int(found[1] or found[2]))


def issued(demo, row):
    """The certificate in PEM; an officer looks first at what is not issued
    at once."""
    if row["disposition"] == "pending":
        demo.issue(row["id"])
        row = demo.row(row["id"])
    assert row["disposition"] == "issued", (row["message"], row["sentence"])
    return demo.certificate(row["id"])


@pytest.mark.parametrize("program, what, maker", clients.ROWS,
                         ids=ids(clients.ROWS))
def test_requests(ca, tmp_path, program, what, maker):
    if program == "Java (keytool)" and not shutil.which("keytool"):
        pytest.skip("there is no keytool")
    demo, attributes = ca
    made = maker(tmp_path)
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(issued(demo, send(demo, made.request, attributes)))
    made.judge(certificate, demo.ca_pem)


@pytest.mark.parametrize("program, what, maker, code, words", clients.REFUSED,
                         ids=ids(clients.REFUSED))
def test_what_is_not_taken(ca, tmp_path, program, what, maker, code, words):
    demo, attributes = ca
    row = send(demo, maker(tmp_path), attributes)
    assert row["disposition"] in ("failed", "denied")
    assert f"0x{code:08X}" in row["message"] and words in row["sentence"], row


# ---- messages ----------------------------------------------------------------

class Holder:
    """A key of alice's with the certificate that was issued for it."""

    def __init__(self, demo, folder, kind, template):
        self.key = Key(kind)
        self.attributes = template and f"CertificateTemplate:{template}"
        pem = issued(demo, send(demo, message.pkcs10(self.key),
                                self.attributes))
        self.der = x509.load_pem_x509_certificate(pem).public_bytes(
            serialization.Encoding.DER)
        self.files = folder / f"{kind}.key", folder / f"{kind}.crt"
        self.files[0].write_bytes(self.key.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        self.files[1].write_bytes(pem)


@pytest.fixture(scope="module", params=["stand-alone", "enterprise"])
def holders(request, demo_at_once, tmp_path_factory):
    """(demo, kind of key -> Holder)"""
    demo, template = ((demo_at_once, "") if request.param == "stand-alone"
                      else (request.getfixturevalue("firm"), "User"))
    folder = tmp_path_factory.mktemp("holders")
    return demo, {kind: Holder(demo, folder, kind, template)
                  for kind in ("rsa", "p256", "p384")}


def is_for(demo, pem, key):
    """OpenSSL, about the certificate and whose key is in it."""
    openssl("verify", "-CAfile", demo.ca_pem, data=pem)
    public = openssl("x509", "-noout", "-pubkey", data=pem).stdout
    assert serialization.load_pem_public_key(public).public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo) == key.spki


@pytest.mark.parametrize("kind", ["rsa", "p256", "p384"])
@pytest.mark.parametrize("program, what, signer", clients.MESSAGES,
                         ids=ids(clients.MESSAGES))
def test_renewals(holders, tmp_path, program, what, signer, kind):
    demo, all_ = holders
    old, new = all_[kind], Key("p256")
    (tmp_path / "content").write_bytes(message.pkcs10(
        new, attrs=[message.renewal_of(old.der)]))
    row = send(demo, signer(tmp_path, tmp_path / "content", old.files),
               old.attributes)
    assert row["kind"] == "PKCS #7"
    is_for(demo, issued(demo, row), new)


# ---- CMC -----------------------------------------------------------------------

CMC = ["-econtent_type", message.PKI_DATA]
OPENSSL = next(s for p, w, s in clients.MESSAGES if w.startswith("as it"))


def self_signed(folder, key):
    """The new key with a certificate of its own, as openssl wants a signer."""
    files = folder / "new.key", folder / "new.crt"
    files[0].write_bytes(key.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    openssl("req", "-x509", "-key", files[0], "-subj", "/CN=new", "-out",
            files[1])
    return files


def full_response(demo, number):
    """The content of the CMC full response, checked by openssl: lines of
    asn1parse."""
    r = demo.get(f"/certsrv/certnew.p7b?ReqID={number}&Response=full&Enc=bin",
                 "alice")
    content = openssl("cms", "-verify", "-inform", "DER", "-purpose", "any",
                      "-CAfile", demo.ca_pem, "-binary", data=r.content).stdout
    lines = openssl("asn1parse", "-inform", "DER", data=content).stdout
    return r.content, [line.split(":", 3)[3].strip() for line
                       in lines.decode().splitlines() if "prim:" in line]


def sent_by_cmc(demo, folder, old, new, attrs, *signers, spoil=False):
    """The row of a CMC whose request has the number 7."""
    (folder / "content").write_bytes(message.pki_data(
        message.pkcs10(new, attrs=attrs), number=7))
    der = OPENSSL(folder, folder / "content", *signers, kind=CMC)
    row = send(demo, der[:-1] + bytes([der[-1] ^ spoil]), old.attributes)
    assert row["kind"] == "CMC"
    return row


def assert_response(demo, row, status, words):
    raw, said = full_response(demo, row["id"])
    assert said[1:4] == ["id-cmc-statusInfo", status, "07"]
    assert any(words in line for line in said), said
    return raw


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_cmc_by_openssl(holders, tmp_path, kind):
    """New, then renewed; the answer carries the number that the message gave
    its request, and the hash of the certificate, or the number to ask for."""
    demo, all_ = holders
    old = all_[kind]
    for attrs, others in (([], []), ([message.renewal_of(old.der)],
                                     [old.files])):
        new = Key(kind)
        who = self_signed(tmp_path, new)
        row = sent_by_cmc(demo, tmp_path, old, new, attrs, who, *others)
        if row["disposition"] == "pending":
            assert_response(demo, row, "03", str(row["id"]).encode().hex())
        pem = issued(demo, row)
        is_for(demo, pem, new)
        der = x509.load_pem_x509_certificate(pem).public_bytes(
            serialization.Encoding.DER)
        assert der in assert_response(demo, row, "00",
                                      message.sha1(der).hex().upper())


def test_cmc_with_a_spoilt_signature(holders, tmp_path):
    demo, all_ = holders
    new = Key("p256")
    row = sent_by_cmc(demo, tmp_path, all_["p256"], new, [],
                      self_signed(tmp_path, new), spoil=True)
    assert row["disposition"] == "failed"
    assert_response(demo, row, "02", "Error Verifying Request Signature")


def cmc_with(folder, new, text, *signers):
    """A CMC whose registration information is this text."""
    (folder / "content").write_bytes(message.pki_data(
        message.pkcs10(new), [message.reg_info(text)]))
    return OPENSSL(folder, folder / "content", self_signed(folder, new),
                   *signers, kind=CMC)


def test_template_in_registration_information(firm, tmp_path):
    new = Key("p256")
    asked = cmc_with(tmp_path, new, "CertificateTemplate=User&Note=a%20b")
    row = send(firm, asked)
    assert row["template"] == "User"
    is_for(firm, issued(firm, row), new)
    row = send(firm, asked, "CertificateTemplate:WebServer")
    assert "0x80094802" in row["message"], row


def test_on_behalf_in_registration_information(firm, agent, tmp_path):
    """Signed by the agent beside the new key, whatever order DER gives them."""
    firm.cli("restriction", "allow", "agent", "alice", "--template",
             "SmartcardUser", "--for-user", "bob")
    files = tmp_path / "agent.key", tmp_path / "agent.crt"
    files[0].write_bytes(agent[0].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    files[1].write_bytes(agent[1].public_bytes(serialization.Encoding.PEM))
    text = "requestername=local%5Cbob&CertificateTemplate=SmartcardUser"
    new = Key("p256")
    row = send(firm, cmc_with(tmp_path, new, text, files))
    assert (row["caller"], row["requester"]) == ("alice", "bob"), row
    is_for(firm, issued(firm, row), new)
    row = send(firm, cmc_with(tmp_path, Key("p256"), text))
    assert "0x8009200E" in row["message"], row  # nobody signed for bob


# ---- what is told --------------------------------------------------------------

def test_the_table_is_current():
    """docs/clients.md lists what is tried above, and nothing else."""
    text = (ROOT / "docs/clients.md").read_text()
    told = [tuple(cell.strip() for cell in line.strip("|").split("|"))
            for line in text.splitlines() if line.startswith("| ")]
    tried = [(program, what, "request", "issued")
             for program, what, _ in clients.ROWS]
    tried += [(program, what, "renewal in PKCS#7", "issued")
              for program, what, _ in clients.MESSAGES]
    tried += [("OpenSSL (cms)", "-econtent_type 1.3.6.1.5.5.7.12.2",
               "new request and renewal in CMC", "issued")]
    tried += [(program, what, "", f"refused, {words}")
              for program, what, _, _, words in clients.REFUSED]
    assert told[1:] == tried
