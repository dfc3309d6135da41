"""Attributes beside a request: off unless the configuration says otherwise, and
what they add is looked at."""
import datetime
import json

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU

import cms
import der
from conftest import SHARED
from ocs import make_csr, openssl, run_cli, running_demo
from test_by_template import own_template

ON = "attributes: {names: true, purposes: true, validity: true}"
ALL = ("SAN:dns=b.example.com&ipaddress=192.0.2.1\r\n"
       "CertificateUsage:1.3.6.1.5.5.7.3.1\r\n"
       "ValidityPeriod:Days\r\nValidityPeriodUnits:7\r\n")
TAKES = """name: Takes
display_name: Takes
oid: 1.3.6.1.4.1.55555.2.1
version: 1.0
description: Names from attributes, too.
validity: 1 year
renewal_overlap: 6 weeks
subject:
  from: request
  take: [common-name]
san:
  request: [dns]
  dns_suffixes: [example.com]
  attributes: true
keys: [p256]
key_usage: [digital-signature]
eku: [server-authentication]
permissions:
  - allow: group enrollees
    rights: [read, enroll]
overrides:
  - {hole: ESC6, by: erin, reason: old printers}
"""


@pytest.fixture(scope="module")
def takes():
    """The loosest stand-alone CA: all switches on, issues at once."""
    with running_demo("--issue-at-once", ca_lines=[SHARED, ON]) as d:
        yield d


@pytest.fixture(scope="module")
def firm():
    with running_demo("--ca-type", "enterprise", ca_lines=[SHARED, ON]) as d:
        own_template(d, "Takes", TAKES)
        yield d


def certificate(demo, number):
    pem = demo.certificate(number)
    openssl("verify", "-CAfile", demo.ca_pem, data=pem)
    return x509.load_pem_x509_certificate(pem)


def names(cert):
    try:
        return [str(n.value) for n in cert.extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value]
    except x509.ExtensionNotFound:
        return []


def days(cert):
    return round((cert.not_valid_after - cert.not_valid_before)
                 / datetime.timedelta(days=1))


def test_off_by_default_and_said(demo):
    number = demo.submit_id(make_csr("/CN=a.example.com")[0], attributes=ALL)
    shown = json.dumps(demo.row(number))
    for name in ("SAN", "CertificateUsage", "ValidityPeriod"):
        assert f"The attribute {name} was ignored" in shown
    page = demo.get(f"/certsrv/officer/request.asp?ReqID={number}", "officer")
    assert "The attribute SAN was ignored" in page.text
    demo.issue(number)
    cert = certificate(demo, number)
    assert names(cert) == [] and days(cert) == 365


def test_taken_after_an_officer_has_looked(takes):
    number = takes.submit_id(make_csr("/CN=a.example.com")[0], attributes=ALL)
    row = takes.row(number)
    assert row["disposition"] == "pending"
    assert "b.example.com" in json.dumps(row["fields"]), "he sees them"
    takes.issue(number)
    cert = certificate(takes, number)
    assert names(cert) == ["b.example.com", "192.0.2.1"]
    assert list(cert.extensions.get_extension_for_class(
        x509.ExtendedKeyUsage).value) == [EKU.SERVER_AUTH]
    assert days(cert) == 7
    takes.assert_audit_is_good()


def test_in_the_request_itself(demo, takes):
    """Name-value pairs count like lines; what comes first counts."""
    def request():
        return der.pem(der.request(
            der.name((der.CN, "a.example.com")), der.new_key(),
            cms.pair("SAN", "dns=inside.example.com"),
            cms.pair("ValidityPeriod", "Days"),
            cms.pair("ValidityPeriodUnits", "3")))
    number = takes.submit_id(request())
    assert takes.row(number)["disposition"] == "pending"
    takes.issue(number)
    cert = certificate(takes, number)
    assert names(cert) == ["inside.example.com"] and days(cert) == 3
    number = takes.submit_id(request(), attributes="SAN:dns=beside.test")
    takes.issue(number)
    assert names(certificate(takes, number)) == ["beside.test"]
    number = demo.submit_id(request())
    assert "The attribute SAN was ignored" in json.dumps(demo.row(number))


def test_date(takes):
    end = (datetime.datetime.utcnow() + datetime.timedelta(days=3)).replace(
        microsecond=0)
    number = takes.submit_id(
        make_csr("/CN=a.example.com")[0], attributes=end.strftime(
            "ExpirationDate:%a, %d %b %Y %H:%M:%S GMT"))
    assert certificate(takes, number).not_valid_after == end


@pytest.mark.parametrize("text,code", [
    ("SAN:dns=a b", 0x80094001),
    ("SAN:nonsense", 0x80094001),
    ("CertificateUsage:serverAuth", 0x8007000D),
    ("ValidityPeriod:Days", 0x8007000D),
    ("ExpirationDate:Mon, 01 Jan 2001 00:00:00 GMT", 0x80094010),
])
def test_unusable_ones_are_refused(takes, firm, text, code):
    csr = make_csr("/CN=a.example.com")[0]
    for d, more in ((takes, ""), (firm, "CertificateTemplate:Takes\r\n")):
        if d is firm and text.startswith("CertificateUsage"):
            continue  # a template's purposes are its own
        row = d.row(d.submit_id(csr, attributes=more + text))
        assert row["disposition"] == "denied"
        assert f"0x{code:08X}" in row["message"]


def test_template_with_a_list(firm):
    def ask(text, template="Takes"):
        return firm.row(firm.submit_id(make_csr("/CN=a.example.com")[0],
                                       attributes=(
            f"CertificateTemplate:{template}\r\n{text}")))
    inside = ask("SAN:dns=b.example.com\r\nValidityPeriod:Days\r\n"
                 "ValidityPeriodUnits:7")
    cert = certificate(firm, inside["id"])
    assert names(cert) == ["b.example.com"] and days(cert) == 7
    outside = ask("SAN:dns=b.example.org")
    assert outside["disposition"] == "pending"
    assert "outside" in outside["sentence"]
    other = ask("SAN:dns=b.example.com&upn=administrator@example.com")
    assert names(certificate(firm, other["id"])) == ["b.example.com"]
    for template in ("User", "WebServer"):
        row = ask("SAN:dns=b.example.com", template)
        assert "b.example.com" not in names(certificate(firm, row["id"]))
    assert ask("CertificateUsage:1.3.6.1.5.5.7.3.2")["disposition"] == "issued"


def test_two_officers_agree_on_the_date(firm):
    """What was approved first stays approved: a date does not move."""
    own_template(firm, "Twice", TAKES.replace("Takes", "Twice").replace(
        "55555.2.1", "55555.2.2").replace("keys:", "approvals: 2\nkeys:"))
    end = (datetime.datetime.utcnow() + datetime.timedelta(days=3)).replace(
        microsecond=0)
    number = firm.submit_id(
        make_csr("/CN=a.example.com")[0], attributes=end.strftime(
            "CertificateTemplate:Twice\r\n"
            "ExpirationDate:%a, %d %b %Y %H:%M:%S GMT"))
    firm.cli("request", "issue", number, "--as", "officer")
    assert firm.row(number)["disposition"] == "pending"
    firm.cli("request", "issue", number, "--as", "officer2")
    assert certificate(firm, number).not_valid_after == end


def test_switches_are_strict(start_demo):
    """A word that is none does not start, rather than stay off or on."""
    d = start_demo()
    path = d.dir / "opencertsrv.yaml"
    good = path.read_text()
    for line, said in (("attributes: {name: true}", "name"),
                       ("attributes: {names: maybe}", "true or false"),
                       ("attributes: true", "MAPPING")):
        d.stop()
        path.write_text(good)
        d.configure(line)
        p = run_cli("quickstart", d.dir, "--detach", check=False)
        assert p.returncode != 0
        last = (d.dir / "log/ca.log").read_text().splitlines()[-1]
        assert "error" in last and said in last
    path.write_text(good)
