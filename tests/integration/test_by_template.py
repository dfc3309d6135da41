"""An enterprise CA decides by templates: which one a request is for, what the
certificate then says, renewals, and agents who ask for others."""
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU, NameOID

import cms
import der
from conftest import SHARED
from ocs import openssl, running_demo

CN, TEMPLATE_NAME = "2.5.4.3", "1.3.6.1.4.1.311.20.2"
TEMPLATE, SID = "1.3.6.1.4.1.311.21.7", "1.3.6.1.4.1.311.25.2"
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def firm():
    with running_demo("--ca-type", "enterprise", ca_lines=[SHARED]) as d:
        yield d


def subject(text="x"):
    return der.name((CN, text))


def asked(*extensions, key=None, name=None, attributes=()):
    """(key, DER of a PKCS#10)"""
    key = key or der.new_key()
    more = [der.extensions(*extensions)] if extensions else []
    return key, der.request(name or subject(), key, *more, *attributes)


def send(firm, request, template="", user="alice", label="CERTIFICATE REQUEST"):
    attributes = f"CertificateTemplate:{template}" if template else ""
    return firm.row(firm.submit_id(
        der.pem(request, label), user, attributes=attributes))


def message(firm, content, user="alice"):
    return send(firm, content, user=user, label="PKCS7")


def cert_of(firm, row, user="alice"):
    assert row["disposition"] == "issued", row["sentence"]
    pem = firm.certificate(row["id"], user)
    openssl("verify", "-CAfile", firm.ca_pem, data=pem)
    return x509.load_pem_x509_certificate(pem)


def denied(row, code, words):
    assert row["disposition"] == "denied", row
    assert f"0x{code:08X}" in row["message"] and words in row["sentence"], row


def dns(*names):
    return der.extension(der.SAN, der.seq(
        *(der.tlv(0x82, n.encode()) for n in names)))


# --- which template ----------------------------------------------------------

def template_extension(text):
    return der.extension(TEMPLATE_NAME, cms.bmp(text))


def test_the_four_places(firm):
    _, beside = asked()
    assert cert_of(firm, send(firm, beside, "user"))
    _, inside = asked(attributes=[cms.pair("CertificateTemplate", "User")])
    assert send(firm, inside)["template"] == "User"
    _, by_name = asked(template_extension("User"))
    first = cert_of(firm, send(firm, by_name))
    info = first.extensions.get_extension_for_oid(
        x509.ObjectIdentifier(TEMPLATE)).value.value
    _, by_id = asked(der.extension(TEMPLATE, info))
    assert send(firm, by_id)["template"] == "User"


def test_two_templates_are_a_conflict(firm):
    _, r = asked(template_extension("User"))
    denied(send(firm, r, "WebServer"), 0x80094802, "two certificate templates")


@pytest.mark.parametrize("name,words", [
    ("", "names no certificate template"),
    ("Nonsense", "not supported by the policy of this CA: Nonsense."),
    ("SubCA", "not supported by the policy of this CA: SubCA."),
], ids=["none", "unknown", "disabled"])
def test_not_supported(firm, name, words):
    denied(send(firm, asked()[1], name), 0x80094800, words)


def test_two_templates_in_the_attributes(firm):
    row = firm.row(firm.submit_id(der.pem(asked()[1]), attributes=(
        "CertificateTemplate:User\r\nCertificateTemplate:WebServer")))
    denied(row, 0x80094802, "two certificate templates")


def test_newer_version(firm):
    first = cert_of(firm, send(firm, asked()[1], "User"))
    info = first.extensions.get_extension_for_oid(
        x509.ObjectIdentifier(TEMPLATE)).value.value
    assert info.endswith(der.integer(1) + der.integer(0))
    newer = info[:-6] + der.integer(2) + der.integer(0)
    denied(send(firm, asked(der.extension(TEMPLATE, newer))[1]),
           0x80094807, "version 2.0")


def test_no_right_to_enroll(firm):
    firm.cli("permission", "deny", "user", "bob", "enroll", "--template",
             "ClientAuth")
    denied(send(firm, asked()[1], "ClientAuth", "bob"), 0x80094012,
           "do not allow the current user to enroll")
    assert cert_of(firm, send(firm, asked()[1], "ClientAuth"))


def test_key_that_the_template_does_not_take(firm):
    """The smallest RSA key of the template is larger than the CA's own."""
    firm.cli("template", "enable", "CodeSigning")
    firm.cli("permission", "allow", "user", "alice", "enroll", "--template",
             "CodeSigning")
    _, r = asked(key=der.new_key("rsa2048"))
    denied(send(firm, r, "CodeSigning"), 0x80094811, "RSA keys of 3072 bits")


def test_every_template_of_the_demo(firm):
    for name in ("User", "ClientAuth", "EmailProtection"):
        assert cert_of(firm, send(firm, asked()[1], name)), name


# --- what it says ------------------------------------------------------------

def test_names_come_from_the_account(firm):
    key, r = asked(dns("evil.example"),
                   der.extension(der.BASIC_CONSTRAINTS,
                                 der.seq(der.tlv(0x01, b"\xff")), True),
                   der.extension(SID, der.seq()),
                   name=subject("administrator"))
    row = send(firm, r, "User")
    c = cert_of(firm, row)
    assert [a.value for a in c.subject] == ["alice"]
    san = c.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert san.value.get_values_for_type(x509.RFC822Name) == \
        ["alice@example.com"]
    assert not san.value.get_values_for_type(x509.DNSName)
    assert not c.extensions.get_extension_for_class(
        x509.BasicConstraints).value.ca
    assert SID not in [e.oid.dotted_string for e in c.extensions]
    assert c.public_key() == key.public_key() or \
        c.public_key().public_numbers() == key.public_key().public_numbers()
    usages = list(c.extensions.get_extension_for_class(
        x509.ExtendedKeyUsage).value)
    assert EKU.CLIENT_AUTH in usages and EKU.SERVER_AUTH not in usages
    assert c.not_valid_after - c.not_valid_before < 367 * DAY


@pytest.mark.parametrize("kind,bits", [("p256", "key_agreement"),
                                       ("rsa2048", "key_encipherment")])
def test_key_usage_fits_the_key(firm, kind, bits):
    _, r = asked(dns("www.example.com"), key=der.new_key(kind),
                 name=subject("www.example.com"))
    usage = cert_of(firm, send(firm, r, "WebServer")).extensions \
        .get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and getattr(usage, bits)
    assert not usage.key_cert_sign and not usage.crl_sign


def test_names_inside_the_list_are_issued(firm):
    _, r = asked(dns("www.example.com", "a.b.EXAMPLE.com"),
                 name=der.name(("2.5.4.10", "Firm"), (CN, "www.example.com")))
    c = cert_of(firm, send(firm, r, "WebServer"))
    assert [(a.oid, a.value) for a in c.subject] == \
        [(NameOID.COMMON_NAME, "www.example.com")]
    assert len(c.extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value) == 2


@pytest.mark.parametrize("cn,names", [
    ("www.example.com", ["www.elsewhere.org"]),
    ("www.elsewhere.org", ["www.example.com"]),
    ("www.example.com", ["*.example.com"]),
    ("www.example.com", ["notexample.com"]),
    ("evil@x.example.com", ["www.example.com"]),
    ("www.example.com", ["example.com.evil.org"]),
    ("www.elsewhere.org www.example.com", ["www.example.com"]),
])
def test_names_outside_wait(firm, cn, names):
    row = send(firm, asked(dns(*names), name=subject(cn))[1], "WebServer")
    assert row["disposition"] == "pending", row
    assert "outside" in row["sentence"]


def test_officer_issues_what_waited(firm):
    row = send(firm, asked(dns("www.elsewhere.org"),
                           name=subject("www.elsewhere.org"))[1], "WebServer")
    firm.issue(row["id"])
    assert cert_of(firm, firm.row(row["id"]))
    firm.assert_audit_is_good()


def test_pages_name_the_template(firm):
    row = send(firm, asked(dns("www.elsewhere.org"),
                           name=subject("www.elsewhere.org"))[1], "WebServer")
    for path, user in (("", "alice"), ("officer/", "officer")):
        page = firm.get(f"/certsrv/{path}request.asp?ReqID={row['id']}", user)
        assert "<dt>Template</dt><dd>WebServer</dd>" in page.text


# --- renewal -----------------------------------------------------------------

def renewal(old_key, old, key=None, name=None, *extensions, spoil=False):
    key = key or der.new_key()
    more = [der.extensions(*extensions)] if extensions else []
    inner = der.request(name or old.subject.public_bytes(), key,
                        cms.old_certificate(old), *more,
                        cms.pair("CertificateTemplate", "User"))
    return cms.signed(inner, old_key, old, spoil=spoil)


@pytest.fixture
def mine(firm):
    """(key, certificate) of alice, by the template User."""
    key, r = asked()
    return key, cert_of(firm, send(firm, r, "User"))


def test_renewal(firm, mine):
    row = message(firm, renewal(*mine))
    assert row["template"] == "User" and cert_of(firm, row)
    assert row["kind"] == "PKCS #7"


def test_renewal_with_the_same_key_where_it_is_not_taken(firm, mine):
    denied(message(firm, renewal(*mine, key=mine[0])), 0x80094816, "new key")


def test_renewal_of_what_others_hold(firm, mine):
    denied(message(firm, renewal(*mine), "bob"), 0x8009400E,
           "another account")


def test_renewal_of_a_revoked_certificate(firm, mine):
    key, old = mine
    firm.cli("certificate", "revoke", "--serial", f"{old.serial_number:040x}"
             if old.serial_number.bit_length() > 152 else
             f"{old.serial_number:038x}", "--reason", "superseded")
    denied(message(firm, renewal(key, old)), 0x8009400E, "revoked")


def own_template(firm, name, text):
    """A template of the test's own, enabled."""
    path = firm.dir / "templates" / f"{name}.yaml"
    path.write_text(text)
    path.chmod(0o644)
    firm.cli("template", "reload")
    firm.cli("template", "enable", name)


NAMED = """name: Named
display_name: Named
oid: 1.3.6.1.4.1.55555.1.1
version: 1.0
description: Names from the request, after one approval.
validity: 1 year
renewal_overlap: 6 weeks
subject:
  from: account
  common_name: name
san:
  request: [dns]
keys: [p256]
key_usage: [digital-signature]
eku: [server-authentication]
approvals: 1
renewal:
  same_key: true
  previous_approval: true
permissions:
  - allow: group enrollees
    rights: [read, enroll]
"""


def test_approved_before_and_no_other_names(firm):
    """The approval of the old certificate covers its names and no others."""
    own_template(firm, "Named", NAMED)
    key, r = asked(dns("harmless.test"))
    row = send(firm, r, "Named")
    assert row["disposition"] == "pending"
    firm.issue(row["id"])
    old = cert_of(firm, firm.row(row["id"]))

    def again(old, *names):
        inner = der.request(old.subject.public_bytes(), key,
                            cms.old_certificate(old),
                            der.extensions(dns(*names)),
                            cms.pair("CertificateTemplate", "Named"))
        return message(firm, cms.signed(inner, key, old))
    denied(again(old, "www.bank.example"), 0x8009400E, "changes them")
    denied(again(old, "harmless.test", "more.test"), 0x8009400E, "changes")
    new = cert_of(firm, again(old, "harmless.test"))
    assert cert_of(firm, again(new, "harmless.test")), "and once more"


OTHER = NAMED.replace("Named", "Other").replace("55555.1.1", "55555.1.2") \
    .replace("approvals: 1", "approvals: 2\nsupersedes: [ClientAuth]") \
    .replace("san:\n  request: [dns]\n", "")


def test_a_group_may_fetch_too(firm):
    own_template(firm, "Shared", NAMED.replace("Named", "Shared")
                 .replace("55555.1.1", "55555.1.9")
                 .replace("approvals: 1\n", "retrieve: group colleagues\n")
                 .replace("  previous_approval: true\n", "")
                 .replace("san:\n  request: [dns]\n", ""))
    _, r = asked()
    number = send(firm, r, "Shared")["id"]
    fetch = lambda user: firm.get(
        f"/certsrv/certnew.cer?ReqID={number}&Enc=b64", user).text
    assert "BEGIN CERTIFICATE" in fetch("alice")
    firm.cli("group", "add", "colleagues")
    assert "BEGIN CERTIFICATE" not in fetch("bob")
    firm.cli("group", "add", "colleagues", "bob")
    assert "BEGIN CERTIFICATE" in fetch("bob")
    # To fetch is all: it is not his, and others of alice stay hers.
    assert firm.get(f"/certsrv/lost.asp?ReqID={number}",
                    "bob").status_code == 403
    other = send(firm, asked()[1], "User")["id"]
    assert firm.get(f"/certsrv/request.asp?ReqID={other}",
                    "bob").status_code == 404
    firm.cli("group", "remove", "colleagues", "bob")
    assert "BEGIN CERTIFICATE" not in fetch("bob")


def test_no_approval_comes_from_another_template(firm):
    own_template(firm, "Other", OTHER)
    key, r = asked()
    old = cert_of(firm, send(firm, r, "ClientAuth"))
    inner = der.request(old.subject.public_bytes(), der.new_key(),
                        cms.old_certificate(old),
                        cms.pair("CertificateTemplate", "Other"))
    row = message(firm, cms.signed(inner, key, old))
    assert row["disposition"] == "pending" and row["approvals_needed"] == 2


def test_more_approvals_than_when_it_came(firm):
    own_template(firm, "Later", NAMED.replace("Named", "Later")
                 .replace("55555.1.1", "55555.1.3"))
    row = send(firm, asked(dns("later.test"))[1], "Later")
    (firm.dir / "templates" / "Later.yaml").write_text(
        NAMED.replace("Named", "Later").replace("55555.1.1", "55555.1.3")
        .replace("approvals: 1", "approvals: 2"))
    firm.cli("template", "reload")
    firm.cli("request", "issue", row["id"], "--as", "officer")
    assert firm.row(row["id"])["disposition"] == "pending"
    firm.cli("request", "issue", row["id"], "--as", "officer2")
    assert firm.row(row["id"])["disposition"] == "issued"


def test_renewal_with_a_bad_signature(firm, mine):
    row = message(firm, renewal(*mine, spoil=True))
    assert row["disposition"] == "failed" and "0x80090006" in row["message"]


def test_renewal_of_a_certificate_of_nobody(firm, mine):
    key = der.new_key()
    other = x509.CertificateBuilder().subject_name(mine[1].subject) \
        .issuer_name(mine[1].issuer).public_key(key.public_key()) \
        .serial_number(mine[1].serial_number) \
        .not_valid_before(mine[1].not_valid_before) \
        .not_valid_after(mine[1].not_valid_after) \
        .sign(key, hashes.SHA256())
    denied(message(firm, renewal(key, other)), 0x8009400E,
           "not issued by this CA")


# --- on behalf of others -----------------------------------------------------

@pytest.fixture(scope="module")
def agent(firm):
    """alice as an enrolment agent for bob: (key, certificate)."""
    for name in ("EnrollmentAgent", "SmartcardUser"):
        firm.cli("template", "enable", name)
        firm.cli("permission", "allow", "user", "alice", "enroll",
                 "--template", name)
    key, r = asked()
    row = send(firm, r, "EnrollmentAgent")
    assert row["disposition"] == "pending"
    firm.cli("request", "issue", row["id"], "--as", "officer")
    assert firm.row(row["id"])["disposition"] == "pending", "one of two"
    firm.cli("request", "issue", row["id"], "--as", "officer2")
    return key, cert_of(firm, firm.row(row["id"]))


def for_other(who="bob", template="SmartcardUser"):
    return der.request(subject(), der.new_key(),
                       cms.pair("CertificateTemplate", template))


def test_agent_without_a_row(firm, agent):
    denied(message(firm, cms.signed(for_other(), *agent, requester="bob")),
           0x80094009, "on behalf of bob")


def test_agent(firm, agent):
    firm.cli("restriction", "allow", "agent", "alice", "--template",
             "SmartcardUser", "--for-user", "bob")
    sent = cms.signed(for_other(), *agent, requester="local\\bob")
    row = message(firm, sent)
    assert row["requester"] == "bob" and row["caller"] == "alice"
    if row["disposition"] == "pending":
        firm.issue(row["id"])
    c = cert_of(firm, firm.row(row["id"]), "bob")
    assert [a.value for a in c.subject][0] == "bob"
    assert cert_of(firm, firm.row(row["id"]), "alice") == c, "for a day"
    denied(message(firm, sent), 0x8009480B, "used before")
    denied(message(firm, cms.signed(for_other(), *agent, requester="officer")),
           0x80094009, "on behalf of officer")
    firm.cli("restriction", "allow", "agent", "officer2", "--for-user",
             "officer")
    denied(message(firm, cms.signed(for_other(), *agent, requester="officer")),
           0x80094009, "on behalf of officer")
    denied(message(firm, cms.signed(for_other(), *agent, requester="alice")),
           0x80094009, "not of himself")
    denied(message(firm, cms.signed(for_other(), *agent,
                                    requester="OTHER\\bob")),
           0x80094001, "no account")


def test_agent_signed_another_day(firm, agent):
    then = datetime.datetime.utcnow() - DAY
    row = message(firm, cms.signed(for_other(), *agent, requester="bob",
                                   when=then))
    assert row["disposition"] == "pending" and "another time" in \
        row["sentence"]
    row = message(firm, cms.signed(for_other(), *agent, requester="bob",
                                   when=None))
    assert row["disposition"] == "pending"


def test_somebody_elses_agent_certificate(firm, agent):
    firm.cli("permission", "allow", "user", "bob", "enroll", "--template",
             "SmartcardUser")
    denied(message(firm, cms.signed(for_other(), *agent, requester="alice"),
                   "bob"), 0x8009480B, "another account")


def test_no_agent_at_all(firm, agent, mine):
    denied(send(firm, asked()[1], "SmartcardUser"), 0x80094809,
           "signature of an enrolment agent")
    denied(message(firm, cms.signed(for_other(), *mine, requester="bob")),
           0x8009480B, "not one of an enrolment agent")


def test_the_attribute_names_nobody(firm, agent):
    """requestername counts only inside what is signed."""
    _, r = asked()
    row = firm.row(firm.submit_id(der.pem(r), attributes=(
        "CertificateTemplate:User\r\nrequestername:bob")))
    assert row["requester"] == "alice"


def test_disabled_agent(firm, agent):
    """What waits is judged anew: its sender has lost his account."""
    row = message(firm, cms.signed(for_other(), *agent, requester="bob",
                                   when=None))
    assert row["disposition"] == "pending"
    firm.cli("user", "disable", "alice")
    firm.cli("request", "issue", row["id"], "--as", "officer", check=False)
    assert firm.row(row["id"])["disposition"] == "denied"


# --- the CMC full response ---------------------------------------------------

def response(firm, number, user="alice"):
    return firm.get(f"/certsrv/certnew.p7b?ReqID={number}&Response=full"
                    "&Enc=bin", user)


def test_full_response(firm, tmp_path):
    issued = send(firm, asked()[1], "User", "bob")
    waits = send(firm, asked(dns("www.elsewhere.org"))[1], "WebServer", "bob")
    refused = send(firm, asked()[1], "Nonsense", "bob")
    for row, status, words in (
            (issued, b"\x02\x01\x00", None),
            (waits, b"\x02\x01\x03", str(waits["id"]).encode()),
            (refused, b"\x02\x01\x02", b"Nonsense")):
        r = response(firm, row["id"], "bob")
        assert r.headers["Content-Type"].startswith("application/pkcs7-mime")
        content = openssl(
            "cms", "-verify", "-inform", "DER", "-purpose", "any", "-CAfile",
            firm.ca_pem, "-binary", data=r.content).stdout
        assert status in content
        assert words is None or words in content
    printed = openssl("cms", "-cmsout", "-print", "-inform", "DER",
                      data=response(firm, issued["id"], "bob").content).stdout
    assert b"1.3.6.1.5.5.7.12.3" in printed or b"id-cct-PKIResponse" in printed
    assert b"CN=bob" in printed or b"CN = bob" in printed
    assert response(firm, issued["id"], "officer2").status_code == 200
    other = response(firm, issued["id"], "alice")
    assert "text/html" in other.headers["Content-Type"]
    firm.assert_audit_is_good()
