"""A template that wants the signatures of two enrolment agents: who counts, and
who may then decide."""
import pytest

import cms
import der
from ocs import running_demo

CARD = """name: Card
display_name: Card
oid: 1.3.6.1.4.1.55555.7.1
version: 1.0
description: Two agents ask.
validity: 1 year
renewal_overlap: 6 weeks
subject:
  from: account
  common_name: name
keys: [p256]
key_usage: [digital-signature]
eku: [client-authentication]
agent_signatures:
  count: 2
  policy: enrolment-agent
on_behalf_of: true
%spermissions:
  - allow: group enrollees
    rights: [read, enroll]
"""


def subject():
    return der.name(("2.5.4.3", "x"))


def send(d, raw, user="alice", label="PKCS7", template=""):
    attributes = f"CertificateTemplate:{template}" if template else ""
    return d.row(d.submit_id(der.pem(raw, label), user,
                             attributes=attributes))


def make_agent(d, user):
    from cryptography import x509
    d.cli("permission", "allow", "user", user, "enroll", "--template",
          "EnrollmentAgent", check=False)
    key = der.new_key()
    row = send(d, der.request(subject(), key), user, "CERTIFICATE REQUEST",
               "EnrollmentAgent")
    for officer in "officer", "officer2":
        d.cli("request", "issue", row["id"], "--as", officer)
    return key, x509.load_pem_x509_certificate(d.certificate(row["id"], user))


def confirmed(d, *args):
    number = d.json(*args, "--as", "admin")["change"]
    d.cli("role", "confirm", number, "--as", "auditor")


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    with running_demo("--ca-type", "enterprise") as d:
        for name, more in [("Card", ""), ("Slow", "approvals: 1\n")]:
            path = d.dir / "templates" / f"{name}.yaml"
            text = CARD.replace("name: Card", f"name: {name}", 1) % more
            path.write_text(text.replace(
                "55555.7.1", "55555.7.2" if more else "55555.7.1"))
            path.chmod(0o644)
        d.cli("template", "reload")
        for name in "Card", "Slow", "EnrollmentAgent":
            d.cli("template", "enable", name)
        secret = tmp_path_factory.mktemp("s") / "password"
        secret.write_text("Correct-horse-7-battery\n")
        for name in "carol", "target":
            d.cli("user", "add", name, "--role", "enrollee",
                  "--new-password-file", secret)
        d.passwords = {"carol": "Correct-horse-7-battery"}
        yield d


@pytest.fixture(scope="module")
def agents(firm):
    """alice and bob"""
    for name in "alice", "bob":
        for template in "Card", "Slow":
            firm.cli("restriction", "allow", "agent", name, "--template",
                     template, "--for-user", "target")
    return make_agent(firm, "alice"), make_agent(firm, "bob")


def asked(template="Card"):
    return der.request(subject(), der.new_key(),
                       cms.pair("CertificateTemplate", template))


def denied(row, code, words):
    assert row["disposition"] == "denied", row["sentence"]
    assert words in row["sentence"], row["sentence"]
    assert f"0x{code:08X}" in row["message"], row["message"]


def signed(*signers, template="Card", who="target"):
    return cms.signed(asked(template), *signers[0], requester=who,
                      others=signers[1:])


def test_two_agents(firm, agents):
    alice, bob = agents
    row = send(firm, signed(alice, bob))
    assert row["disposition"] == "issued", row["sentence"]
    assert row["requester"] == "target" and row["caller"] == "alice"
    # In whatever order they stand; either may send it.
    row = send(firm, signed(alice, bob), "bob")
    assert row["disposition"] == "issued" and row["caller"] == "bob"


def test_one_is_not_enough(firm, agents):
    denied(send(firm, signed(agents[0])), 0x8009480A, "has 1 that count")


def test_one_person_counts_once(firm, agents):
    again = make_agent(firm, "alice")
    denied(send(firm, signed(agents[0], again)), 0x8009480A,
           "has 1 that count")


def test_none_is_the_caller(firm, agents):
    firm.cli("permission", "allow", "user", "officer", "enroll")
    firm.cli("permission", "allow", "user", "officer", "enroll",
             "--template", "Card")
    row = send(firm, signed(*agents), "officer")
    denied(row, 0x8009480B, "another account")


def test_agent_without_a_restriction(firm, agents):
    firm.cli("restriction", "allow", "agent", "alice", "--template", "Card",
             "--for-user", "officer2")
    firm.cli("user", "add", "other", "--role", "enrollee", "--no-password")
    firm.cli("restriction", "allow", "agent", "alice", "--template", "Card",
             "--for-user", "other")
    denied(send(firm, signed(*agents, who="other")), 0x80094009,
           "bob, who signed too")


def test_for_himself(firm, agents):
    firm.cli("restriction", "allow", "agent", "alice", "--template", "Card",
             "--for-user", "bob")
    firm.cli("restriction", "allow", "agent", "bob", "--template", "Card")
    denied(send(firm, signed(*agents, who="bob")), 0x80094009,
           "is the person for whom")


def test_spoilt_signature_of_the_other(firm, agents):
    raw = bytearray(signed(*agents))
    raw[-1] ^= 1     # of the last signer, whoever that is
    row = send(firm, bytes(raw))
    assert row["disposition"] == "failed"
    assert "does not fit the public key" in row["sentence"]


def test_for_whom_is_signed_by_each(firm, agents):
    """Else one agent could use the other's signature for somebody else."""
    raw = cms.signed(asked(), *agents[0], requester="target",
                     others=agents[1:], others_name=False)
    denied(send(firm, raw), 0x8009480B, "does not say for whom")


def test_other_certificate(firm, agents):
    """Of a purpose that is none of an agent's."""
    firm.cli("restriction", "allow", "agent", "bob", "--template", "Card",
             "--for-user", "target", check=False)
    key = der.new_key()
    row = send(firm, der.request(subject(), key), "bob",
               "CERTIFICATE REQUEST", "ClientAuth")
    from cryptography import x509
    cert = x509.load_pem_x509_certificate(firm.certificate(row["id"], "bob"))
    denied(send(firm, signed(agents[0], (key, cert))), 0x8009480B,
           "not one of an enrolment agent")


def test_who_signed_does_not_decide(firm, agents):
    confirmed(firm, "user", "link", "bob", "officer2")
    row = send(firm, signed(*agents, template="Slow"))
    assert row["disposition"] == "pending", row["sentence"]
    for verb in ("issue",), ("deny", "--reason", "no"):
        p = firm.cli("request", verb[0], row["id"], *verb[1:], "--as",
                     "officer2", check=False)
        assert p.returncode == 1 and "You signed this" in p.stderr, p.stderr
    firm.cli("request", "issue", row["id"], "--as", "officer")
    assert firm.row(row["id"])["disposition"] == "issued"


def test_disabled_and_revoked(firm, agents):
    """Last: bob's account, and then his certificate, are gone."""
    firm.cli("user", "disable", "bob")
    denied(send(firm, signed(*agents)), 0x8009480B, "is disabled")
    said = firm.json("user", "disable", "bob", "--enable")
    assert not said["waiting"]
    firm.cli("certificate", "revoke", "--serial",
             f"{agents[1][1].serial_number:x}", "--reason", "superseded",
             "--as", "officer")
    denied(send(firm, signed(*agents)), 0x8009480B, "revoked")
