"""An enrolment agent with a smart card and no browser: the keys of the agent and
of the user lie on cards of SoftHSM2, the CA issues by templates."""
import pytest
from cryptography import x509

from enroll import DONE, PENDING, USAGE
from ocs import openssl, running_demo
from test_enroll_token import MODULE, Holder

pytestmark = pytest.mark.skipif(not MODULE, reason="softhsm2 is missing")
CARD = "pkcs11:token=My%20token;object="


@pytest.fixture(scope="module")
def firm():
    with running_demo("--ca-type", "enterprise") as d:
        for name in ("EnrollmentAgent", "SmartcardUser"):
            d.cli("template", "enable", name)
            d.cli("permission", "allow", "user", "alice", "enroll",
                  "--template", name)
        d.cli("restriction", "allow", "agent", "alice", "--template",
              "SmartcardUser", "--for-user", "bob")
        yield d


@pytest.fixture(scope="module", params=["rsa2048", "p256"])
def agent(firm, request, tmp_path_factory):
    """Alice, whose agent's key is on a card: her certificate is agent.pem."""
    h = Holder(firm, tmp_path_factory.mktemp("agent"))
    assert h.new("--subject", "CN=alice", key=request.param, label="agent",
                 name="agent").returncode == DONE
    assert h.submit("agent", "--template",
                    "EnrollmentAgent").returncode == PENDING
    for officer in ("officer", "officer2"):
        firm.cli("request", "issue", h.state("agent")["id"], "--as", officer)
    p = h("retrieve", "agent.enroll.json")
    assert p.returncode == DONE, p.stderr
    return h


def on_behalf(agent, name, *more, user="bob"):
    return agent.submit(name, "--template", "SmartcardUser",
                        "--on-behalf-of", user, "--agent-cert", "agent.pem",
                        "--agent-pkcs11", CARD + "agent", "--agent-module",
                        MODULE, *(more or ["--agent-passphrase-file",
                                           "pin"]))


def test_card_for_bob(agent, request):
    name = "bob" + request.node.callspec.id
    p = agent.new("--subject", "CN=bob", label=name, name=name)
    assert p.returncode == DONE, p.stderr
    p = on_behalf(agent, name)
    assert p.returncode == DONE, p.stdout + p.stderr
    row = agent.demo.row(agent.state(name)["id"])
    assert row["requester"] == "bob" and row["caller"] == "alice"
    assert row["template"] == "SmartcardUser"
    pem = agent.demo.certificate(row["id"], "bob")
    openssl("verify", "-CAfile", agent.demo.ca_pem, data=pem)
    made = openssl("req", "-in", agent.dir / f"{name}.csr", "-noout",
                   "-pubkey").stdout
    assert openssl("x509", "-noout", "-pubkey", data=pem).stdout == made
    cn = x509.load_pem_x509_certificate(pem).subject.rfc4514_string()
    assert cn == "CN=bob"
    # The private keys stayed on the card.
    assert not list(agent.dir.glob("*.key"))


def test_not_for_others(agent, request):
    name = "other" + request.node.callspec.id
    assert agent.new("--subject", "CN=x", label=name,
                     name=name).returncode == DONE
    p = on_behalf(agent, name, user="officer")
    assert "on behalf of officer" in p.stdout + p.stderr


def test_where_the_key_is(agent):
    agent.new("--subject", "CN=x", label="w", name="w")
    p = on_behalf(agent, "w", "--agent-key", "agent.key")
    assert p.returncode == USAGE and "not both" in p.stderr
