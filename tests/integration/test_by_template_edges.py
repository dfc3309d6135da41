"""What an enterprise CA does at the edges: accounts that lack what a template
puts into certificates, agents whose certificate was revoked, renewals with the
same key and around the end, and `opencertsrv enroll` against it."""
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

import cms
import der
from conftest import SHARED
from enroll import DENIED, DONE, Requester
from ocs import running_demo
from test_by_template import (
    NAMED, TEMPLATE, agent, asked, cert_of, denied, dns, firm, for_other,
    message, own_template, send, subject)
from test_clock import BUILD_CLOCK, Clock
from wire import Wire, first, identity

assert agent and firm  # fixtures
GRACE = 5


def template(name, number, **changes):
    """A template that takes all from the account, with some lines changed."""
    text = NAMED.replace("Named", name).replace("55555.1.1", f"55555.9.{number}")
    for old, new in [("san:\n  request: [dns]\n", ""), ("approvals: 1\n", ""),
                     ("server-auth", "client-auth"),
                     ("  previous_approval: true\n", ""),
                     *changes.get("replace", [])]:
        assert old in text, old
        text = text.replace(old, new)
    return text


def add_user(firm, tmp_path, name, *options, role="enrollee"):
    (tmp_path / name).write_text("a Password 4 tests\n")
    firm.cli("user", "add", name, "--role", role, "--new-password-file",
             tmp_path / name, *options)
    firm.users[name] = ("a Password 4 tests", role)
    return name


def revoke(firm, row):
    firm.cli("certificate", "revoke", row["id"], "--reason", "superseded")


# --- accounts that lack something ----------------------------------------------

LACKING = [
    ("mail address", "LackMail", 1, [("common_name: name", "common_name: mail")],
     0x8009480C, ["--upn", "u1@corp.example"]),
    ("mail address", "LackMailName", 2,
     [("common_name: name\n", "common_name: name\nsan:\n  account: [mail]\n")],
     0x8009480C, ["--upn", "u2@corp.example"]),
    ("user principal name", "LackUpn", 3,
     [("common_name: name", "common_name: upn")], 0x8009480D,
     ["--mail", "x1@example.com"]),
    ("user principal name", "LackUpnName", 4,
     [("common_name: name\n", "common_name: name\nsan:\n  account: [upn]\n")],
     0x8009480D, ["--mail", "x2@example.com"]),
    ("DNS name", "LackDns", 5,
     [("common_name: name", "common_name: dns"),
      ("validity:", "for: machine\nvalidity:")], 0x8009480F,
     ["--mail", "x3@example.com", "--upn", "u3@corp.example"]),
    ("display name", "LackDisplay", 6,
     [("common_name: name", "common_name: display-name")], 0x80094001,
     ["--mail", "x4@example.com"]),
]


@pytest.mark.parametrize("what,name,number,replace,code,has", LACKING,
                         ids=[row[1] for row in LACKING])
def test_accounts_that_lack_it(firm, tmp_path, what, name, number, replace,
                               code, has):
    own_template(firm, name, template(name, number, replace=replace))
    user = add_user(firm, tmp_path, f"u{number}", *has)
    row = send(firm, asked()[1], name, user)
    denied(row, code, f"has no {what}")
    assert "Ask the administrator" in row["sentence"]


def test_account_that_has_all(firm, tmp_path):
    own_template(firm, "HasAll", template("HasAll", 7, replace=[(
        "common_name: name\n",
        "common_name: upn\n  mail: true\nsan:\n  account: [mail, upn]\n")]))
    user = add_user(firm, tmp_path, "has.all", "--mail", "x@example.com",
                    "--upn", "x@corp.example")
    c = cert_of(firm, send(firm, asked()[1], "HasAll", user), user)
    assert [a.value for a in c.subject] == ["x@corp.example", "x@example.com"]
    san = c.extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value
    assert san.get_values_for_type(x509.RFC822Name) == ["x@example.com"]
    assert [n.value for n in san.get_values_for_type(x509.OtherName)] == \
        [der.utf8("x@corp.example")]


# --- who may not -----------------------------------------------------------------

def test_names_that_are_refused(firm):
    own_template(firm, "Strict", NAMED.replace("Named", "Strict").replace(
        "55555.1.1", "55555.9.8").replace(
        "request: [dns]",
        "request: [dns]\n  dns_suffixes: [example.com]\n  outside: deny"))
    denied(send(firm, asked(dns("www.example.org"))[1], "Strict"), 0x80094010,
           "www.example.org is not one that the template Strict allows")


def test_no_request_on_behalf_by_this_template(firm, agent):
    denied(message(firm, cms.signed(for_other(template="ClientAuth"), *agent,
                                    requester="bob")),
           0x80094010, "on behalf of others")


def test_no_right_at_the_ca(firm, tmp_path):
    """Refused at the door, by name and number; nothing is kept."""
    user = add_user(firm, tmp_path, "reader", "--mail", "r@example.com")
    firm.cli("permission", "deny", "user", user, "enroll")
    before = firm.json("request", "list")["rows"][0]["id"]
    r = firm.submit(der.pem(asked()[1]), user,
                    attributes="CertificateTemplate:User")
    assert "0x80094011" in r.text
    assert firm.json("request", "list")["rows"][0]["id"] == before


def test_right_that_was_lost_while_it_waited(firm, tmp_path):
    user = add_user(firm, tmp_path, "later", "--mail", "l@example.com")
    row = send(firm, asked(dns("www.elsewhere.org"))[1], "WebServer", user)
    assert row["disposition"] == "pending"
    firm.cli("permission", "deny", "user", user, "enroll")
    firm.cli("request", "issue", row["id"], "--as", "officer", check=False)
    denied(firm.row(row["id"]), 0x80094011, "may not request certificates")


# --- agents ----------------------------------------------------------------------

def test_two_agents_are_wanted(firm, agent):
    """One person's signature is one, 0x8009480A."""
    own_template(firm, "TwoAgents", template("TwoAgents", 9, replace=[(
        "renewal:", "agent_signatures: {count: 2, policy: enrolment-agent}\n"
        "on_behalf_of: true\nrenewal:")]))
    firm.cli("restriction", "allow", "agent", "alice", "--template",
             "TwoAgents", "--for-user", "bob")
    denied(message(firm, cms.signed(for_other(template="TwoAgents"), *agent,
                                    requester="bob")),
           0x8009480A, "signatures of 2 enrolment agents")


def test_revoked_agent(firm, agent, tmp_path):
    """Good a moment ago, and no longer when the certificate is revoked."""
    firm.cli("restriction", "allow", "agent", "alice", "--template",
             "SmartcardUser", "--for-user", "bob")
    key, r = asked()
    row = send(firm, r, "EnrollmentAgent")
    firm.cli("request", "issue", row["id"], "--as", "officer")
    firm.cli("request", "issue", row["id"], "--as", "officer2")
    second = key, cert_of(firm, firm.row(row["id"]))
    row_before = message(firm, cms.signed(for_other(), *second,
                                          requester="bob"))
    waits = message(firm, cms.signed(for_other(), *second, requester="bob",
                                     when=None))
    assert row_before["disposition"] == "issued"
    assert waits["disposition"] == "pending"
    revoke(firm, row)
    denied(message(firm, cms.signed(for_other(), *second, requester="bob")),
           0x8009480B, "agent's certificate was revoked")
    firm.cli("request", "issue", waits["id"], "--as", "officer", check=False)
    denied(firm.row(waits["id"]), 0x8009480B, "was revoked")
    assert message(firm, cms.signed(for_other(), *agent, requester="bob"))[
        "disposition"] == "issued", "his other certificate still counts"


# --- the template's extension ----------------------------------------------------

BROKEN = {
    "empty": b"", "no sequence": der.oid("1.2.3"), "no oid": der.seq(
        der.integer(1)),
    "negative": der.seq(der.oid("1.2.3"), der.tlv(0x02, b"\xff")),
    "too large": der.seq(der.oid("1.2.3"), der.integer(2**32)),
    "too many": der.seq(der.oid("1.2.3"), *[der.integer(1)] * 3),
    "more after it": der.seq(der.oid("1.2.3")) + b"\0",
    "cut": der.seq(der.oid("1.2.3"))[:-1],
}


@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN)
def test_broken_template_extension(firm, value):
    row = send(firm, asked(der.extension(TEMPLATE, value))[1], "User")
    assert row["disposition"] in ("denied", "failed"), row
    assert "0x8007000D" in row["message"], row


@pytest.mark.parametrize("value", [
    b"", der.seq(), der.tlv(0x1e, b"\0U\0"), der.octets(b"User"),
    cms.bmp("User") + b"\0", der.seq(cms.bmp("User"), cms.bmp("User"))])
def test_broken_template_name(firm, value):
    row = send(firm, asked(der.extension("1.3.6.1.4.1.311.20.2", value))[1])
    assert "0x8007000D" in row["message"], row
    if row["disposition"] != "failed":  # it is DER, but no name
        denied(row, 0x8007000D, "that names the certificate template")


# --- renewal ---------------------------------------------------------------------

def renew(key, old, name, new_key=None):
    inner = der.request(old.subject.public_bytes(), new_key or key,
                        cms.old_certificate(old),
                        cms.pair("CertificateTemplate", name))
    return cms.signed(inner, key, old)


def test_same_key_where_it_is_allowed(firm):
    own_template(firm, "SameKey", template("SameKey", 10))
    key, r = asked()
    old = cert_of(firm, send(firm, r, "SameKey"))
    new = cert_of(firm, message(firm, renew(key, old, "SameKey")))
    assert new.public_key().public_numbers() == \
        old.public_key().public_numbers()
    assert new.serial_number != old.serial_number
    # Allowed for renewals, not for asking once more.
    again = send(firm, der.request(subject(), key), "SameKey")
    denied(again, 0x8009000F, "this CA wants a new key for each")


@pytest.fixture(scope="module")
def years():
    """Signer and CA of an enterprise CA with a clock that can be moved; a
    template with a short life."""
    if not (BUILD_CLOCK / "opencertsrv-ca").exists():
        pytest.skip("there is no build with a test clock")
    with running_demo("--ca-type", "enterprise", ca_lines=[
            SHARED, f"renewal_grace_days: {GRACE}"]) as d:
        own_template(d, "Short", template("Short", 11, replace=[
            ("validity: 1 year", "validity: 30 days"),
            ("renewal_overlap: 6 weeks", "renewal_overlap: 5 days")]))
        d.stop()
        c = Clock(d)
        with c.programs:
            c.programs.start_all(["sign", "ca"])
            yield c


@pytest.mark.parametrize("day,words", [
    (1, None), (26, None), (29.9, None), (30.1, None),
    (30 + GRACE - 0.1, None), (30 + GRACE + 0.1, "has expired"),
    (300, "has expired")], ids=str)
def test_renewal_around_its_end(years, day, words):
    """Early, within the overlap, within the grace after its end, later."""
    def submit(data):
        with Wire(years.demo.dir / "run/web/web.sock") as w:
            a = w.submit("alice", data, "CertificateTemplate:Short")
        assert a.code == 0, a.text
        return a

    years.set(0)
    key = der.new_key()
    cert = first(submit(der.request(subject(), key)).body, 6, b"")
    old = x509.load_der_x509_certificate(cert)
    assert old.not_valid_after - old.not_valid_before < \
        datetime.timedelta(days=31)
    years.set(day)
    answer = submit(renew(key, old, "Short", der.new_key()))
    new = first(answer.body, 6, b"")
    if words:
        assert not new and words.encode() in answer.raw
        assert b"0x8009400E" in answer.raw
    else:
        c = x509.load_der_x509_certificate(new)
        assert c.not_valid_after > old.not_valid_after


def test_expired_agent(years):
    """His certificate counts to its last day, his signature is of now."""
    demo = years.demo
    for name in ("EnrollmentAgent", "SmartcardUser"):
        demo.cli("template", "enable", name)
        demo.cli("permission", "allow", "user", "alice", "enroll",
                 "--template", name)
    demo.cli("restriction", "allow", "agent", "alice", "--template",
             "SmartcardUser", "--for-user", "bob")

    def submit(data, template):
        with Wire(demo.dir / "run/web/web.sock") as w:
            a = w.submit("alice", data, template and
                         f"CertificateTemplate:{template}")
        assert a.code == 0, a.text
        return a

    years.set(0)
    key = der.new_key()
    number = first(submit(der.request(subject(), key),
                          "EnrollmentAgent").body, 1)
    for officer in ("officer", "officer2"):
        demo.cli("request", "issue", number, "--as", officer)
    agents = x509.load_pem_x509_certificate(
        demo.row(number)["certificate"].encode())
    for day, code in ((364, None), (366, b"0x8009480B")):
        years.set(day)
        now = datetime.datetime.utcnow() + day * datetime.timedelta(days=1)
        answer = submit(cms.signed(for_other(), key, agents, requester="bob",
                                   when=now), "")
        assert bool(first(answer.body, 6, b"")) == (code is None), answer.raw
        assert code is None or code in answer.raw
        assert code is None or b"certificate is not valid now" in answer.raw
        if code is None:
            of_bob = first(answer.body, 1)
    # What he asked for he may fetch for a day; bob, whose it is, always.
    def fetches(who):
        with Wire(demo.dir / "run/web/web.sock") as w:
            return w.call("RETRIEVE", {1: identity(who), 2: of_bob}).code == 0
    for day, agent in ((364.99, True), (365.01, False)):
        years.set(day)
        assert (fetches("alice"), fetches("bob")) == (agent, True), day


# --- old devices -----------------------------------------------------------------

def test_sha1_where_the_template_takes_it(firm):
    def old_device(name, inside=None):
        return send(firm, der.request(subject(), der.new_key(), *(
            [cms.pair("CertificateTemplate", name)] if inside else []),
            digest=hashes.SHA1), "" if inside else name)
    row = old_device("User")
    assert row["disposition"] == "failed" and "0x80090006" in row["message"]
    own_template(firm, "OldDevice", template("OldDevice", 12, replace=[
        ("keys: [p256]", "keys: [p256, rsa-2048]\nsha1_proof: true")]))
    for inside in (False, True):
        c = cert_of(firm, old_device("OldDevice", inside))
        assert isinstance(c.signature_hash_algorithm, hashes.SHA256)
    denied(old_device("User"), 0x80090006, "too weak for the template User")
    # Not of who signs around the request.
    key, r = asked()
    old = cert_of(firm, send(firm, r, "OldDevice"))
    inner = der.request(old.subject.public_bytes(), der.new_key(),
                        cms.old_certificate(old),
                        cms.pair("CertificateTemplate", "OldDevice"),
                        digest=hashes.SHA1)
    assert cert_of(firm, message(firm, cms.signed(inner, key, old)))
    firm.cli("template", "disable", "OldDevice")
    row = old_device("User")
    assert row["disposition"] == "failed" and "0x80090006" in row["message"]
    firm.assert_audit_is_good()


# --- opencertsrv enroll ----------------------------------------------------------

def requester(firm, tmp_path):
    """bob: other tests take alice's rights away."""
    return Requester(firm, tmp_path, user="bob")


def get(r, name, *template):
    r.new(name=name)
    p = r.submit(name, "--template", *template)
    assert p.returncode == DONE, p.stdout + p.stderr
    p = r("retrieve", f"{name}.enroll.json")
    assert p.returncode == DONE, p.stderr
    return r.pem(name)


@pytest.mark.parametrize("new_key", [False, True], ids=["same", "new"])
def test_enroll_renew(firm, tmp_path, new_key):
    own_template(firm, "SameKey", template("SameKey", 10))
    r = requester(firm, tmp_path)
    old = get(r, "www", "SameKey")
    p = r("renew", "www.enroll.json", *(["--new-key"] if new_key else []))
    assert p.returncode == DONE, p.stdout + p.stderr
    new = r.pem()
    assert new.serial_number != old.serial_number
    assert new.subject == old.subject and r.belongs() and r.verifies()
    row = firm.row(r.state()["id"])
    assert row["template"] == "SameKey" and row["kind"] == "PKCS #7"
    assert (new.public_key().public_numbers()
            == old.public_key().public_numbers()) != new_key


def test_enroll_renew_where_the_key_must_be_new(firm, tmp_path):
    r = requester(firm, tmp_path)
    old = get(r, "www", "ClientAuth")
    p = r("renew", "www.enroll.json")
    assert p.returncode == DENIED, p.stdout + p.stderr
    assert "new key" in p.stdout + p.stderr
    assert r.pem() == old, "nothing was changed"
    p = r("renew", "www.enroll.json", "--new-key")
    assert p.returncode == DONE, p.stdout + p.stderr
    assert r.pem().serial_number != old.serial_number and r.belongs()


def test_enroll_renew_of_names_from_the_request(firm, tmp_path):
    r = requester(firm, tmp_path)
    r.new("--subject", "CN=www.example.com", "--dns", "www.example.com",
          "--dns", "b.example.com")
    assert r.submit("www", "--template", "WebServer").returncode == DONE
    assert r("retrieve", "www.enroll.json").returncode == DONE
    old = r.pem()
    p = r("renew", "www.enroll.json", "--new-key")
    assert p.returncode == DONE, p.stdout + p.stderr
    new = r.pem()
    assert new.serial_number != old.serial_number
    san = x509.SubjectAlternativeName
    assert new.extensions.get_extension_for_class(san) == \
        old.extensions.get_extension_for_class(san)
    firm.assert_audit_is_good()
