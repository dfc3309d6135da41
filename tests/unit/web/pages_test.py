"""The pages as the programs of certsrv-http.md section 9 and an independent
HTML parser read them.

pages_test.py PROGRAM; PROGRAM DIR writes one file per case. Speaks TAP. Each
pattern is written from the table of facts, the way such a client looks at the
bytes; none is taken over.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

VOID = {"meta", "link", "input", "br", "wbr", "img"}
N = 1042


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack, self.tags, self.ids, self.errors = [], [], {}, []
        self.feed(text)
        self.close()
        if self.stack:
            self.errors.append(f"open at the end: {self.stack}")

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if any(t == "label" for t, _ in self.stack):
            a["in-label"] = True
        self.tags.append((tag, a))
        if "id" in a:
            if a["id"] in self.ids:
                self.errors.append(f"id twice: {a['id']}")
            self.ids[a["id"]] = ""
        for name in a:
            if name.startswith("on") or name == "style":
                self.errors.append(f"{tag} {name}")
        if tag == "script" and "src" not in a and a.get("type") != "text/plain":
            self.errors.append("inline script")
        if tag not in VOID:
            self.stack.append((tag, a.get("id")))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        if not self.stack or self.stack[-1][0] != tag:
            self.errors.append(f"</{tag}> closes {self.stack[-1:]}")
        else:
            self.stack.pop()

    def handle_data(self, data):
        for _, i in self.stack:
            if i:
                self.ids[i] += data

    def links(self):
        return [a["href"] for t, a in self.tags if t == "a" and "href" in a]


class Case:
    def __init__(self, folder, name):
        self.name = name
        self.raw = (folder / name).read_bytes()
        head = (folder / f"{name}.head").read_bytes().decode()
        lines = head.split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {}
        for line in lines[1:]:
            if ": " in line:
                key, value = line.split(": ", 1)
                self.headers.setdefault(key.lower(), []).append(value)
        self.type = self.headers["content-type"][0]
        self.text = self.raw.decode(errors="replace")

    @property
    def page(self):
        return Page(self.text)

    def value(self, label):
        """label, then no tab until two of them, then the rest of the line."""
        m = re.search(label.encode() + rb"[^\t]+\t\t([^\r\n]*)\r\n", self.raw)
        return m and m[1].decode()


def checks(c):
    """Pairs of a name and whether it holds."""
    moz, plain, none = (c[f"issued-{x}"] for x in ("mozilla", "plain", "none"))
    yield "1 any issued page", all(
        re.search(rb"certnew\.cer\?ReqID=(\d+)&", x.raw)[1] == b"1042"
        for x in (moz, plain, none))
    yield "2 script text", all(
        b'location="certnew.cer?ReqID=1042&' in x.raw
        for x in (moz, plain, none))
    lines = moz.text.replace("\r", "").split("\n")
    at = lines.index("function handleGetCert() {")
    yield "3 handleGetCert", lines[at + 1].split('"')[1] == \
        "certnew.cer?ReqID=1042&"
    one = [x for x in plain.text.splitlines() if "locDownloadCert1" in x]
    yield "4 one line", len(one) == 1 and "ReqID=1042&" in one[0] and \
        all(i in one[0] for i in ("locDerEnc1", "locB64Enc1"))
    got = [x for x in plain.page.links()
           if "b64" in x and "p7b" not in x and "CA" not in x]
    yield "5 anchor", got == ["certnew.cer?ReqID=1042&Enc=b64"]
    yield "5 amp form", b"certnew.cer?ReqID=1042&amp;Enc=b64" in plain.raw
    one = [x for x in moz.text.splitlines()
           if re.search(r"certnew\.cer\?ReqID=[0-9]", x)]
    yield "6 one line, no other digits", len(one) == 1 and \
        re.findall(r"\d+", one[0]) == ["1042"]
    without = re.sub(r"(?s)<script.*?</script>|<!--.*?-->|"
                     r"<template.*?</template>", "", plain.text)
    yield "1 outside script", "certnew.cer?ReqID=1042&" in without
    for name in ("pending-mozilla", "pending-plain", "still-plain"):
        x = c[name]
        yield f"7 {name}", b"Certificate Pending" in x.raw and \
            re.search(rb"Your Request Id is (\d+)\.", x.raw)[1] == b"1042"
    yield "26 still pending", b"still pending" in c["still-plain"].raw and \
        b"still pending" not in c["pending-plain"].raw
    yield "26 issued", b"The certificate you requested was issued to you" \
        in plain.raw
    yield "13 issued", plain.page.ids["locPageTitle"] == "Certificate Issued"
    yield "24 nReqId", any("' nReqId" in x and "= 1042" in x.split("nReqId")[1]
                           for x in moz.text.splitlines())
    for name, text in (
            ("denied-policy", "Denied by Policy Module  0x80094800, The "
             "request was for a certificate template that is not supported"),
            ("denied-officer", "Denied by officer"),
            ("bad-csr", "Error Parsing Request")):
        x = c[name]
        m = re.search(rb'The disposition message is "([^"]+)', x.raw)
        yield f"8 {name}", m[1].decode().startswith(text)
        yield f"11 {name}", b"Your certificate request was denied" in x.raw
        yield f"12 {name}", b"locDenied" in x.raw
        yield f"8 number {name}", re.search(
            rb"Your Request Id is (\d+)\. The disposition", x.raw)[1] == b"1042"
    yield "9 quote, two spaces, code", re.search(
        rb'"Denied by Policy Module  (0x[0-9a-f]{8}),',
        c["denied-policy"].raw)[1] == b"0x80094800"
    yield "10 template", b"certificate template that is not supported" in \
        c["denied-policy"].raw
    x = c["fetch-pending"]
    yield "14 pending", x.status == 200 and x.type.startswith("text/html") \
        and x.value("Disposition message:") == "Taken Under Submission"
    yield "14 denied", c["fetch-denied"].value("Disposition message:") \
        .startswith("Denied by Policy Module  0x80094800, ")
    yield "15 by officer", c["fetch-denied-officer"].value(
        "Disposition message:") == "Denied by officer"
    yield "16 last status", re.search(
        r"0x80094800 \(-2146875392 CERTSRV_E_UNSUPPORTED_CERT_TYPE\)",
        c["fetch-denied"].value("LastStatus:"))
    x = c["fetch-unknown"]
    yield "17 unknown", x.status == 200 and re.search(
        rb"The requested property value is empty\. \(?0x80094004\)? "
        rb"\(-2146877436 ", x.raw)
    labels = ["Request Mode:", "Disposition:", "Disposition message:",
              "Result:", "COM Error Info:", "LastStatus:", "Suggested Cause:"]
    at = [x.raw.index(b">" + y.encode()) for y in labels]
    yield "4.5 order", at == sorted(at) and all(x.value(y) for y in labels)
    yield "4.5 ids", {"locModeLabel", "locDispLabel", "locDispMsgLabel",
                      "locResultLabel", "locComInfoLabel", "locLastStatLabel",
                      "locSugCauseLabel", "locContactAdmin"} <= set(x.page.ids)
    yield "21 renewals", re.search(rb"var nRenewals=(\d+);",
                                   c["ca"].raw)[1] == b"0"
    yield "27 sign in", c["signin"].status == 401 and \
        "Unauthorized: Access is denied due to invalid credentials." in \
        c["signin"].text
    yield "27 cookie", any(x.startswith("ASPSESSIONID") and "; Secure" in x
                           for x in c["submit"].headers["set-cookie"])
    yield "5 paste page", {"locTaRequest", "btnSubmit", "locSubmitAlign",
                           "locLblRequestCert", "locAdvReqLabelContd"} <= \
        set(c["submit"].page.ids)
    yield "private key", "Nothing was changed and nothing was kept" in \
        c["private-key"].text and c["private-key"].status == 200
    yield "cookie", "Requests=%5B1042%2C0%2Cyes%2CSaved%2DRequest+Certificate" \
        "%5D" in c["pending-plain"].headers["set-cookie"][0]
    yield from downloads(c)


def downloads(c):
    for name in ("cer-none", "cer-b64", "cer-bin", "cacert", "cacert-minus"):
        yield f"18 {name}", c[name].type == "application/pkix-cert" and \
            c[name].headers["content-disposition"] == \
            ['attachment; filename="certnew.cer"']
    for name in ("p7b-b64", "p7b-bin", "cachain"):
        yield f"19 {name}", c[name].type == \
            "application/x-pkcs7-certificates"
    leaf = x509.load_der_x509_certificate(c["cer-bin"].raw)
    ca = x509.load_der_x509_certificate(c["cacert"].raw)
    for name, cert in (("cer-none", leaf), ("cer-b64", leaf),
                       ("cacert-minus", ca), ("cacert-inst", ca)):
        raw = c[name].raw
        yield f"20 {name}", x509.load_pem_x509_certificate(raw) == cert and \
            raw.count(b"\n") == raw.count(b"\r\n") and \
            raw.startswith(b"-----BEGIN CERTIFICATE-----\r\n")
    yield "inst type", c["cacert-inst"].type == "application/x-x509-ca-cert"
    raw = c["p7b-b64"].raw
    yield "25 label", raw.startswith(b"-----BEGIN CERTIFICATE-----\r\n")
    certs = pkcs7.load_der_pkcs7_certificates(c["p7b-bin"].raw)
    yield "25 leaf first", certs == [leaf, ca]
    yield "25 same", subprocess.run(
        ["openssl", "pkcs7", "-inform", "PEM", "-outform", "DER"], input=raw,
        capture_output=True).stdout == c["p7b-bin"].raw
    crl = x509.load_der_x509_crl(c["crl"].raw)
    yield "crl", c["crl"].type == "application/pkix-crl" and \
        crl.issuer == ca.subject
    yield "crl pem", x509.load_pem_x509_crl(c["crl-b64"].raw).public_bytes(
        Encoding.DER) == c["crl"].raw
    yield "crl delta", c["crl-delta"].type.startswith("text/html")


def is_page(case):
    page = case.page
    problems = list(page.errors)
    if case.raw.count(b"\n") != case.raw.count(b"\r\n"):
        problems.append("line ends")
    if "locPageTitle" not in page.ids:
        problems.append("no locPageTitle")
    if any(a.get("src") == "x" for _, a in page.tags):
        problems.append("markup in a value")
    if re.search(r"(?i)microsoft|windows|active directory", case.text):
        problems.append("a product name")
    labelled = {a.get("for") for t, a in page.tags if t == "label"}
    for tag, a in page.tags:
        if tag in ("input", "select", "textarea") and a.get("type") not in (
                "hidden", "submit") and "in-label" not in a and \
                a.get("id") not in labelled:
            problems.append(f"no label: {a}")
    return problems


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([sys.argv[1], folder], check=True)
        cases = {p.name: Case(folder, p.name) for p in folder.iterdir()
                 if not p.name.endswith(".head")}
    n = 0
    for name, good in checks(cases):
        n += 1
        print(f"{'ok' if good else 'not ok'} {n} - {name}")
    for case in sorted(cases.values(), key=lambda x: x.name):
        if not case.type.startswith("text/html"):
            continue
        n += 1
        problems = is_page(case)
        print(f"{'not ok' if problems else 'ok'} {n} - page {case.name}")
        for p in problems:
            print(f"# {p}")
    print(f"1..{n}")


main()
