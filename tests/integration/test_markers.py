"""What existing programs look for in our answers: the marker table of
certsrv-http.md section 9, row by row. Each test reads the answer the way such
a program must (a regular expression on the raw bytes, or html.parser), written
from the description of its need.

Rows 16 and 24 concern the error page and one script; row 27 asks for a cookie
that grants nothing.
"""
import re

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ocs import PATIENCE, make_csr, openssl
from page import Page

MOZILLA = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101"
PLAIN = "Go-http-client/1.1"
AGENTS = pytest.mark.parametrize("agent", [MOZILLA, PLAIN],
                                 ids=["mozilla", "plain"])
DENIAL = "CertificateTemplate:NoSuchTemplate"


def send(demo, agent, subject="/CN=marker.example", attributes="", csr=None):
    csr = csr or make_csr(subject)[0]
    s = demo.session("alice")
    s.headers["User-Agent"] = agent
    return s.post(demo.url + "/certsrv/certfnsh.asp", timeout=PATIENCE, data={
        "Mode": "newreq", "CertRequest": csr, "CertAttrib": attributes,
        "TargetStoreFlags": "0", "SaveCert": "yes"})


def check(demo, agent, number):
    s = demo.session("alice")
    s.headers["User-Agent"] = agent
    return s.post(demo.url + "/certsrv/certfnsh.asp", timeout=PATIENCE, data={
        "Mode": "chkpnd", "ReqID": number, "TargetStoreFlags": "0",
        "SaveCert": "yes"})


@pytest.fixture(scope="module")
def issued(demo):
    """(number, page for Mozilla, page for others) of one issued request."""
    number = demo.submit_id(make_csr("/CN=issued.marker.example")[0])
    demo.issue(number)
    return number, check(demo, MOZILLA, number), check(demo, PLAIN, number)


@pytest.fixture(scope="module")
def pending(demo):
    return demo.submit_id(make_csr("/CN=pending.marker.example")[0])


@pytest.fixture(scope="module")
def denied(demo):
    number = demo.submit_id(make_csr("/CN=denied.marker.example")[0])
    demo.cli("request", "deny", number, "--reason", "No.")
    return number


def without_scripts(text):
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    return re.sub(r"<script.*?</script>", "", text, flags=re.S | re.I)


# --- the issued page: rows 1 to 6, 13, 24, 26 -------------------------------

def test_row_1_number_in_both_variants(issued):
    number, *pages = issued
    for r in pages:
        found = re.findall(r"certnew\.cer\?ReqID=(\d+)&", r.text)
        assert found and set(found) == {str(number)}


def test_row_1_decoded_link_outside_of_script(issued):
    number, _, plain = issued
    links = Page(without_scripts(plain.text)).links
    assert any(re.search(rf"certnew\.cer\?ReqID={number}&", a)
               for a in links)


def test_row_1_form_with_entity(issued):
    number, _, plain = issued
    assert f"certnew.cer?ReqID={number}&amp;Enc=b64" in plain.text


def test_row_1_and_6_one_line_and_no_other_digits_for_mozilla(issued):
    number, mozilla, _ = issued
    lines = [line for line in mozilla.text.splitlines()
             if re.search(r"certnew\.cer\?ReqID=[0-9]", line)]
    assert len(lines) == 1
    assert "".join(re.findall(r"\d", lines[0])) == str(number)


def test_row_2_script_location(issued):
    number, mozilla, _ = issued
    assert f'location="certnew.cer?ReqID={number}&'.encode() \
        in mozilla.content


def test_row_3_line_after_the_function(issued):
    number, mozilla, _ = issued
    lines = mozilla.text.splitlines()
    at = [i for i, line in enumerate(lines)
          if "function handleGetCert() {" in line]
    assert len(at) == 1
    assert lines[at[0] + 1].split('"')[1] == f"certnew.cer?ReqID={number}&"


def test_row_4_one_line_with_id_and_number(issued):
    number, _, plain = issued
    assert any("locDownloadCert1" in line and f"ReqID={number}&" in line
               for line in plain.text.splitlines())


def test_row_5_first_base64_link(issued, demo):
    number, _, plain = issued
    links = [a for a in Page(plain.text).links
             if "b64" in a and "p7b" not in a and "CA" not in a]
    assert links
    target = requests.compat.urljoin(demo.url + "/certsrv/certfnsh.asp",
                                     links[0])
    r = demo.session("alice").get(target, timeout=PATIENCE)
    assert x509.load_pem_x509_certificate(r.content)


def test_plain_links_are_on_one_text_line(issued):
    _, _, plain = issued
    line = next(x for x in plain.text.splitlines() if "locDownloadCert1" in x)
    for i in ["locDerEnc1", "locB64Enc1"]:
        assert i in line
    chain = next(x for x in plain.text.splitlines()
                 if "locDownloadCertChain1" in x)
    assert "certnew.p7b" in chain and chain != line


def test_rows_13_and_26_words(issued):
    for r in issued[1:]:
        assert "Certificate Issued" in r.text
        assert "The certificate you requested was issued to you" in r.text
        page = Page(r.text)
        assert "Certificate Issued" in page.ids["locPageTitle"]
        assert {"locInfo", "spnNotTrusted"} <= set(page.ids)
        assert "certnew.cer?ReqID=CACert&amp;Renewal=0&amp;Mode=inst" \
            "&amp;Enc=b64" in r.text


def test_ids_of_the_script_variant(issued):
    ids = set(Page(issued[1].text).ids)
    assert {"locDownloadCert3", "locDownloadCertChain3"} <= ids
    assert {"rbDerEnc", "rbB64Enc"} <= ids


def test_row_24_number_in_a_script(issued):
    number = issued[0]
    for r in issued[1:]:
        assert re.search(rf"' nReqId.*= {number}\b", r.text)


def test_redundant_answers_say_the_same(demo, issued):
    """Retrieving again does not change the page."""
    number = issued[0]
    assert "Certificate Issued" in check(demo, PLAIN, number).text


# --- pending: rows 7, 26 ----------------------------------------------------

@AGENTS
def test_row_7_pending(demo, agent):
    r = send(demo, agent)
    assert "Certificate Pending" in r.text
    ids = set(re.findall(r"Your Request Id is (\d+)\.", r.text))
    assert len(ids) == 1
    page = Page(r.text)
    assert "Certificate Pending" in page.ids["locPageTitle"]
    assert {"locInfoNewReq", "locInfoReqID", "locInstructions",
            "locTimeoutWarning"} <= set(page.ids)
    assert "within 10 days" in page.text
    assert "you must wait for an administrator to issue" in page.text
    # A program that looks for the download first must not find one.
    assert not re.search(r"certnew\.cer\?ReqID=\d+&", r.text)


@AGENTS
def test_row_26_still_pending(demo, agent, pending):
    r = check(demo, agent, pending)
    assert "still pending" in r.text
    assert f"Your Request Id is {pending}." in r.text
    assert Page(r.text).form("certrmpn.asp")


# --- denied: rows 8 to 12 ---------------------------------------------------

@AGENTS
def test_rows_8_to_12_unknown_template(demo, agent):
    r = send(demo, agent, attributes=DENIAL)
    assert r.status_code == 200
    message = re.search(r'The disposition message is "([^\r\n]+)', r.text)
    assert message
    assert '"Denied by Policy Module  0x80094800,' in r.text
    code = re.search(r'"Denied by Policy Module  (0x[0-9a-fA-F]+),', r.text)
    assert int(code.group(1), 16) == 0x80094800
    assert "certificate template that is not supported" in r.text
    assert "template that is not supported" in r.text
    assert "NoSuchTemplate" in message.group(1)
    assert "Your certificate request was denied" in r.text
    page = Page(r.text)
    assert {"locDenied", "locInfoReqIDandReason", "locContactAdmin"} \
        <= set(page.ids)
    assert "Certificate Request Denied" in page.ids["locPageTitle"]
    assert re.search(r"Your Request Id is \d+\.", r.text)
    assert "Microsoft" not in r.text


def test_template_text_in_parentheses(demo):
    r = send(demo, PLAIN,
             attributes="CertificateTemplate:WebServer(PrivateKeyExportable)")
    assert "template that is not supported" in r.text
    assert "0x80094800" in r.text


@AGENTS
def test_row_8_unreadable_request(demo, agent):
    r = send(demo, agent, csr="bm90IGEgcmVxdWVzdA==")
    found = re.search(r'The disposition message is "([^\r\n]+)', r.text)
    assert found and found.group(1).startswith("Error Parsing Request")


@AGENTS
def test_row_8_denied_by_an_officer(demo, agent, denied):
    r = check(demo, agent, denied)
    found = re.search(r'The disposition message is "([^\r\n]+)', r.text)
    assert found and "officer" in found.group(1)
    assert "locDenied" in r.text


# --- in another language -----------------------------------------------------

def test_phrases_stand_in_every_language(demo, issued, pending, denied):
    """A browser that wants German gets it, and programs that drive one find
    their phrases in the bytes; who is no browser gets English."""
    s = demo.session("alice")
    s.headers["Accept-Language"] = "de-DE,de;q=0.9"
    phrases = {
        issued[0]: ["Certificate Issued",
                    f'location="certnew.cer?ReqID={issued[0]}&',
                    "The certificate you requested was issued to you"],
        pending: ["Certificate Pending", f"Your Request Id is {pending}.",
                  "still pending"],
        denied: ["Certificate Request Denied", "locDenied",
                 "Your certificate request was denied",
                 'The disposition message is "Denied by']}
    for number, wanted in phrases.items():
        for agent, language in [(MOZILLA, "de"), (PLAIN, "en")]:
            s.headers["User-Agent"] = agent
            r = s.post(demo.url + "/certsrv/certfnsh.asp", timeout=PATIENCE,
                       data={"Mode": "chkpnd", "ReqID": number})
            assert r.headers["Content-Language"] == language
            assert f'<html lang="{language}">' in r.text
            for phrase in wanted[:1] if agent == PLAIN else wanted:
                assert phrase in r.text, phrase


# --- the error page: rows 14 to 17 ------------------------------------------

def value(text, label):
    """label, no tab on the way, two tabs, the rest of the line."""
    found = re.search(re.escape(label) + r"[^\t]+\t\t([^\r\n]+)", text)
    assert found, f"{label} has no value"
    return found.group(1)


LABELS = ["Request Mode:", "Disposition:", "Disposition message:", "Result:",
          "COM Error Info:", "LastStatus:", "Suggested Cause:"]
IDS = ["locModeLabel", "locDispLabel", "locDispMsgLabel", "locResultLabel",
       "locComInfoLabel", "locLastStatLabel", "locSugCauseLabel"]


def error_pages(demo, pending, denied):
    for number in [pending, denied, 999999999, -1]:
        for path in ["certnew.cer", "certnew.p7b"]:
            yield demo.get(f"/certsrv/{path}?ReqID={number}&Enc=b64", "alice")


def test_row_14_two_tab_rule(demo, pending, denied):
    for r in error_pages(demo, pending, denied):
        assert r.status_code == 200
        assert r.headers["Content-Type"].split(";")[0] == "text/html"
        last = -1
        for label in LABELS:
            assert value(r.text, label)
            at = r.text.index(label)
            assert at > last, "the labels have another order"
            last = at
        assert "Error" in Page(r.text).ids["locPageTitle"]
        assert set(IDS) | {"locContactAdmin"} <= set(Page(r.text).ids)
        assert value(r.text, "Suggested Cause:") == "No suggestions."
        assert re.search(r"<b> Error </b>", r.text, re.I)


def test_row_15_pending_and_denied(demo, pending, denied):
    r = demo.get(f"/certsrv/certnew.cer?ReqID={pending}&Enc=b64", "alice")
    assert value(r.text, "Disposition message:") == "Taken Under Submission"
    assert value(r.text, "Disposition:").startswith("5 ")
    r = demo.get(f"/certsrv/certnew.cer?ReqID={denied}&Enc=b64", "alice")
    assert value(r.text, "Disposition message:").startswith("Denied by")


def test_row_15_denied_by_policy(demo):
    answer = send(demo, PLAIN, attributes=DENIAL).text
    number = re.search(r"Your Request Id is (\d+)\.", answer).group(1)
    r = demo.get(f"/certsrv/certnew.cer?ReqID={number}", "alice")
    assert value(r.text, "Disposition message:").startswith(
        "Denied by Policy Module  0x80094800, ")


def test_row_16_last_status(demo):
    answer = send(demo, PLAIN, attributes=DENIAL).text
    number = re.search(r"Your Request Id is (\d+)\.", answer).group(1)
    r = demo.get(f"/certsrv/certnew.cer?ReqID={number}", "alice")
    status = value(r.text, "LastStatus:")
    found = re.search(r"0x([0-9a-f]+) \((-?\d+) (\w+)\)", status)
    assert int(found.group(1), 16) == 0x80094800
    assert int(found.group(2)) == 0x80094800 - (1 << 32)
    assert found.group(3) == "CERTSRV_E_UNSUPPORTED_CERT_TYPE"


def test_row_17_unknown_number(demo):
    r = demo.get("/certsrv/certnew.cer?ReqID=999999999", "alice")
    assert "The requested property value is empty" in r.text
    found = re.search(r"\(0x([0-9a-fA-F]+)\) |0x([0-9a-fA-F]+) \(-?\d+ ",
                      r.text)
    assert found
    assert "80094004" in r.text


# --- downloads: rows 18 to 20, 25 -------------------------------------------

@AGENTS
def test_row_18_exact_type_of_certificates(demo, issued, agent):
    for query in [f"ReqID={issued[0]}&Enc=b64", f"ReqID={issued[0]}&Enc=bin",
                  f"ReqID={issued[0]}", "ReqID=CACert&Enc=b64",
                  "ReqID=CACert&Enc=bin&Renewal=0",
                  "ReqID=CACert&Renewal=-1"]:
        s = demo.session("alice")
        s.headers["User-Agent"] = agent
        r = s.get(f"{demo.url}/certsrv/certnew.cer?{query}",
                  timeout=PATIENCE)
        assert r.headers["Content-Type"] == "application/pkix-cert"
        assert 'certnew.cer' in r.headers["Content-Disposition"]


def test_row_19_exact_type_of_chains(demo, issued):
    for query in [f"ReqID={issued[0]}&Enc=b64", f"ReqID={issued[0]}&Enc=bin",
                  "ReqID=CACert&Enc=bin", "ReqID=CACert&Renewal=0&Enc=b64"]:
        r = demo.get(f"/certsrv/certnew.p7b?{query}", "alice")
        assert r.headers["Content-Type"] == "application/x-pkcs7-certificates"
        assert "certnew.p7b" in r.headers["Content-Disposition"]


def test_row_20_no_enc_is_pem(demo, issued):
    for path in ["certnew.cer", "certnew.p7b"]:
        r = demo.get(f"/certsrv/{path}?ReqID={issued[0]}", "alice")
        assert r.content.startswith(b"-----BEGIN CERTIFICATE-----\r\n")
        assert b"\n" not in r.content.replace(b"\r\n", b"")


def test_row_25_chain_label_and_order(demo, issued, tmp_path):
    r = demo.get(f"/certsrv/certnew.p7b?ReqID={issued[0]}&Enc=b64", "alice")
    assert b"PKCS7" not in r.content
    (tmp_path / "p7").write_bytes(r.content)
    out = openssl("pkcs7", "-inform", "PEM", "-print_certs", "-in",
                  tmp_path / "p7").stdout.decode()
    subjects = re.findall(r"subject=(.*)", out)
    assert "issued.marker.example" in subjects[0] and len(subjects) == 2


def test_install_types(demo, issued):
    for query, kind in [("ReqID=CACert", "application/x-x509-ca-cert"),
                        (f"ReqID={issued[0]}",
                         "application/x-x509-user-cert")]:
        r = demo.get(f"/certsrv/certnew.cer?{query}&Mode=inst&Enc=b64",
                     "alice")
        assert r.headers["Content-Type"] == kind


def test_renewal_is_clamped(demo):
    ca = demo.get("/certsrv/certnew.cer?ReqID=CACert&Enc=bin").content
    assert x509.load_der_x509_certificate(ca).public_bytes(
        Encoding.PEM).decode().split() == demo.ca_pem.read_text().split()
    for renewal in ["0", "1", "5", "4294967295", "99999999999999999999",
                    "-1", "-7", "", "text"]:
        r = demo.get("/certsrv/certnew.cer?ReqID=CACert&Enc=bin"
                     f"&Renewal={renewal}")
        assert r.content == ca, renewal


def test_crl_download(demo):
    newest = demo.get("/certsrv/certcrl.crl")
    assert newest.headers["Content-Type"] == "application/pkix-crl"
    assert x509.load_der_x509_crl(newest.content).issuer
    b64 = demo.get("/certsrv/certcrl.crl?Type=base&Renewal=0&Enc=b64")
    assert x509.load_pem_x509_crl(b64.content) == \
        x509.load_der_x509_crl(newest.content)
    assert demo.get("/certsrv/certcrl.crl?Type=base&Enc=bin").content \
        == newest.content
    delta = demo.get("/certsrv/certcrl.crl?Type=delta&Enc=bin")
    assert delta.headers["Content-Type"] == "application/pkix-crl"
    indicator = x509.load_der_x509_crl(delta.content).extensions \
        .get_extension_for_class(x509.DeltaCRLIndicator)
    assert indicator.critical


def test_no_delta_crl_where_none_are_made(start_demo):
    demo = start_demo(replace=[("crl_delta_hours: 24", "crl_delta_hours: 0")])
    delta = demo.get("/certsrv/certcrl.crl?Type=delta&Enc=bin")
    assert delta.headers["Content-Type"].startswith("text/html")
    assert value(delta.text, "Result:")


# --- the other pages: rows 21 to 23, 27 -------------------------------------

def test_row_21_renewals(demo):
    r = demo.get("/certsrv/certcarc.asp", "alice")
    assert re.findall(rb"var nRenewals=(\d+);", r.content) == [b"0"]
    page = Page(r.text)
    assert "Download a CA Certificate, Certificate Chain, or CRL" in \
        page.ids["locPageTitle2"]
    assert re.search(r'<select[^>]*name="?lbCaInstance"?[^>]*>', r.text,
                     re.I)
    assert "Current [" in r.text
    assert "certnew.cer?ReqID=CACert&amp;Renewal=0&amp;Mode=inst" in r.text


def test_row_22_paste_page(demo):
    r = demo.get("/certsrv/certrqxt.asp", "alice")
    page = Page(r.text)
    assert {"locTaRequest", "btnSubmit", "locSubmitAlign",
            "locLblRequestCert", "locAdvReqLabelContd"} <= set(page.ids)
    assert "Submit >" in dict(page.form("certfnsh.asp")["buttons"] or
                              [("", "Submit >")]).values()
    # A stand-alone CA has no templates, and so no list of them.
    assert "lbCertTemplate" not in r.text


@pytest.mark.parametrize("path", ["/certsrv/", "/certsrv/certrqxt.asp",
                                  "/certsrv/certfnsh.asp",
                                  "/certsrv/certnew.cer?ReqID=1"])
def test_row_23_unauthenticated(demo, path):
    r = demo.get(path)
    assert r.status_code == 401 and r.reason == "Unauthorized"
    assert r.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert "Unauthorized: Access is denied due to invalid credentials." \
        in r.text
    assert demo.session().head(demo.url + path,
                               timeout=PATIENCE).status_code == 401


def test_wrong_credentials(demo):
    for user, password in [("alice", "wrong"), ("nobody", "wrong"),
                           ("alice", ""), ("", "")]:
        s = demo.session()
        s.auth = (user, password)
        r = s.get(demo.url + "/certsrv/", timeout=PATIENCE)
        assert r.status_code == 401, user
        assert "Basic" in r.headers["WWW-Authenticate"]
    for header in ["Basic", "Basic !!!", "Basic " + "QQ" * 3000,
                   "Bearer abc", "Negotiate YII="]:
        r = demo.session().get(demo.url + "/certsrv/", timeout=PATIENCE,
                               headers={"Authorization": header})
        assert r.status_code == 401, header


def test_domain_prefix_is_refused_not_stripped(demo):
    for name in ["DOM\\alice", "OTHER\\officer", "alice@elsewhere.example"]:
        s = demo.session()
        s.auth = (name, demo.users[re.split(r"\\|@", name)[
            1 if "\\" in name else 0]][0])
        r = s.get(demo.url + "/certsrv/", timeout=PATIENCE)
        assert r.status_code == 401, name


def test_public_without_credentials(demo):
    for path in ["certcrl.crl", "certnew.cer?ReqID=CACert",
                 "certnew.p7b?ReqID=CACert&Enc=b64", "static/certsrv.css"]:
        assert demo.get("/certsrv/" + path).status_code == 200, path


def test_row_27_cookie(demo):
    r = send(demo, PLAIN)
    assert "Requests=" in r.headers.get("Set-Cookie", "")
    cookie = r.headers["Set-Cookie"].lower()
    assert "path=/" in cookie and "secure" in cookie


# --- section 1: conventions -------------------------------------------------

def test_parameter_names_in_any_case(demo, issued):
    number = issued[0]
    pem = demo.certificate(number)
    for query in [f"reqid={number}&enc=b64", f"REQID={number}&ENC=B64",
                  f"ReqId={number}"]:
        assert demo.get(f"/certsrv/certnew.cer?{query}",
                        "alice").content == pem
    r = demo.post("/certsrv/certfnsh.asp", {
        "mode": "newreq", "certrequest": make_csr()[0], "CERTATTRIB": ""},
        "alice")
    assert "Certificate Pending" in r.text


def test_path_in_any_case_without_redirect(demo):
    for path in ["/CertSrv/", "/CERTSRV/CERTCARC.ASP", "/certsrv/Default.asp",
                 "/certsrv", "/CertSrv/certnew.CER?ReqID=CACert"]:
        r = demo.get(path, "alice", allow_redirects=False)
        assert r.status_code == 200, path


def test_nothing_redirects(demo):
    for path in ["", "default.asp", "certrqus.asp", "certrqxt.asp",
                 "certfnsh.asp", "certckpn.asp", "certrmpn.asp",
                 "certcarc.asp", "certnew.cer?ReqID=CACert", "certcrl.crl",
                 "nothing.asp"]:
        for user in ["alice", None]:
            r = demo.get("/certsrv/" + path, user, allow_redirects=False)
            assert not 300 <= r.status_code < 400, path


def test_unknown_page_is_404(demo):
    assert demo.get("/certsrv/nothing.asp", "alice").status_code == 404


def test_head(demo):
    for path, status in [("/certsrv/", 200), ("/certsrv/certrqxt.asp", 200),
                         ("/favicon.ico", 200)]:
        r = demo.session("alice").head(demo.url + path, timeout=PATIENCE)
        assert r.status_code == status and r.content == b""


def test_get_certfnsh(demo):
    r = demo.get("/certsrv/certfnsh.asp", "alice")
    assert r.status_code == 200
    assert not re.search(r"ReqID=\d+|Your Request Id is", r.text)


def test_only_three_fields(demo):
    r = demo.post("/certsrv/certfnsh.asp", {
        "Mode": "newreq", "CertRequest": make_csr()[0], "CertAttrib": ""},
        "alice")
    assert "Certificate Pending" in r.text


def test_extra_fields_are_ignored(demo):
    r = demo.submit(make_csr()[0], CertificateTemplate="WebServer",
                    ThumbPrint="", FriendlyType="Saved-Request Certificate")
    assert "Certificate Pending" in r.text


@pytest.mark.parametrize("attributes", [
    "", "\r\n", "UserAgent:Go\r\n", "a:b\nc:d", "UserAgent:x\r\n\r\nccm:y"])
def test_attribute_separators(demo, attributes):
    assert "Certificate Pending" in send(demo, PLAIN,
                                         attributes=attributes).text


def test_spellings_of_one_request(demo):
    """certsrv-http 4.1: everything that clients make of PEM."""
    pem = make_csr("/CN=spelling.example")[0]
    body = "".join(pem.splitlines()[1:-1])
    wide = "\r\n".join(body[i:i + 64] for i in range(0, len(body), 64))
    for text in [pem, pem.replace("\n", "\r\n"), pem.replace("\n", ""),
                 pem.replace("CERTIFICATE REQUEST",
                             "NEW CERTIFICATE REQUEST"),
                 body, wide, wide.replace("+", " "),
                 pem.replace("-----\n", "-----", 1), "\n \n" + pem + "\n\n"]:
        assert "Certificate Pending" in send(demo, PLAIN, csr=text).text, text


def test_line_ends_of_pages(demo, issued):
    for r in issued[1:]:
        assert r.headers["Content-Type"].split(";")[0] == "text/html"


PAGES = ["", "certrqus.asp", "certrqxt.asp", "certfnsh.asp", "certckpn.asp",
         "certcarc.asp", "requests.asp", "help.asp"]


def test_every_page_nests(demo, issued, pending, denied):
    texts = [demo.get("/certsrv/" + p, "alice").text for p in PAGES]
    texts += [demo.get(f"/certsrv/request.asp?ReqID={n}", "alice").text
              for n in (issued[0], pending, denied)]
    texts += [demo.get(f"/certsrv/officer/{p}", "officer").text for p in
              ["", "issued.asp", f"request.asp?ReqID={pending}",
               f"revoke.asp?ReqID={issued[0]}"]]
    texts += [issued[1].text, issued[2].text, demo.get("/certsrv/").text,
              check(demo, PLAIN, pending).text, check(demo, PLAIN,
                                                      denied).text]
    for text in texts:
        page = Page(text)
        assert page.errors == [], page.title
        assert page.title and "locPageTitle" in page.ids


def test_no_foreign_product_names(demo, issued, pending):
    for p in PAGES:
        r = demo.get("/certsrv/" + p, "alice")
        assert not re.search(r"microsoft|windows|active directory|\bIIS\b",
                             r.text, re.I), p
