#!/usr/bin/python3
"""make-lint.py > lint.txt - to-be-signed certificates, one fault each.

First what the certificates must agree with, then one a line:

    RULE NAME HEX        RULE: the one that NAME breaks, or "good"
"""
import datetime
import hashlib


def tlv(tag, *content):
    body = b"".join(content)
    n = len(body)
    if n < 0x80:
        return bytes((tag, n)) + body
    size = (n.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + n.to_bytes(size, "big") + body


def seq(*c):
    return tlv(0x30, *c)


def oid(dotted):
    a, b, *rest = map(int, dotted.split("."))
    out = b""
    for arc in (a * 40 + b, *rest):
        part = bytes((arc & 0x7f,))
        while arc := arc >> 7:
            part = bytes((0x80 | arc & 0x7f,)) + part
        out += part
    return tlv(6, out)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def bits(*numbers):
    if not numbers:
        return tlv(3, b"\0")
    n = max(numbers) // 8 + 1
    v = sum(1 << (8 * n - 1 - b) for b in numbers)
    return tlv(3, bytes((8 * n - 1 - max(numbers),)), v.to_bytes(n, "big"))


TRUE = tlv(1, b"\xff")
UTF8, PRINTABLE, IA5, BMP = 12, 19, 22, 30


def attr(type_, text, tag=UTF8):
    text = text if isinstance(text, bytes) else text.encode()
    return tlv(0x31, seq(oid(type_), tlv(tag, text)))


CN, C, O, E, SN = ("2.5.4.3", "2.5.4.6", "2.5.4.10",
                   "1.2.840.113549.1.9.1", "2.5.4.5")
SERVER, CLIENT, CODE, MAIL, TIME, OCSP = (
    f"1.3.6.1.5.5.7.3.{n}" for n in (1, 2, 3, 4, 8, 9))


def time(y, m=1, d=1, general=None):
    t = datetime.datetime(y, m, d)
    if general if general is not None else y >= 2050:
        return tlv(24, t.strftime("%Y%m%d%H%M%SZ").encode())
    return tlv(23, t.strftime("%y%m%d%H%M%SZ").encode())


def ext(id_, value, critical=False):
    return seq(oid(id_), TRUE if critical else b"", tlv(4, value))


def dns(t):
    return tlv(0x82, t.encode())


def mail(t):
    return tlv(0x81, t.encode())


def uri(t):
    return tlv(0x86, t.encode())


def upn(t):
    return tlv(0xa0, oid("1.3.6.1.4.1.311.20.2.3"),
               tlv(0xa0, tlv(UTF8, t.encode())))


ED = seq(oid("1.3.101.112"))
EC = seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
RSA = seq(oid("1.2.840.113549.1.1.1"), tlv(5))
KEYS = {ED: b"\x55" * 32, EC: b"\x04" + b"\x11" * 64,
        RSA: seq(integer((1 << 2047) + 1), integer(65537))}
ISSUER = seq(attr(C, "DE", PRINTABLE), attr(CN, "Vector CA"))
ALG = seq(oid("1.2.840.10045.4.3.2"))
KEY_ID = hashlib.sha1(b"the CA's key").digest()
NAMES = {"usage": "2.5.29.15", "san": "2.5.29.17", "basic": "2.5.29.19",
         "eku": "2.5.29.37", "ski": "2.5.29.14", "aki": "2.5.29.35",
         "cdp": "2.5.29.31", "aia": "1.3.6.1.5.5.7.1.1"}


def locations(*names):
    return seq(seq(tlv(0xa0, tlv(0xa0, *names))))


def access(name):
    return seq(seq(oid("1.3.6.1.5.5.7.48.2"), name))


def tbs(key=ED, subject=None, version=b"\xa0\x03\x02\x01\x02", serial=None,
        alg=ALG, issuer=ISSUER, begin=None, end=None, more=(), tail=b"",
        critical=(), uncritical=(), **exts):
    """A good one, but for what is given. An extension that is None is left
    out, else it is the value."""
    subject = seq(attr(O, "Example"), attr(CN, "www.example.com")) \
        if subject is None else subject
    key_id = hashlib.sha1(KEYS[key]).digest()
    values = {"basic": seq(), "usage": bits(0), "eku": seq(oid(CLIENT)),
              "san": seq(dns("www.example.com")), "ski": tlv(4, key_id),
              "aki": seq(tlv(0x80, KEY_ID)),
              "cdp": locations(uri("http://pki.example/a.crl")),
              "aia": access(uri("http://pki.example/a.crt"))}
    values.update(exts)
    crits = ({"basic", "usage"} | set(critical)) - set(uncritical)
    body = [ext(NAMES[k], v, k in crits)
            for k, v in values.items() if v is not None]
    return seq(
        version, serial if serial is not None else integer(1 << 150 | 5),
        alg, issuer,
        seq(begin or time(2026), end or time(2027)), subject,
        seq(key, tlv(3, b"\0", KEYS[key])),
        tlv(0xa3, seq(*body, *more)), tail)


def name(*attrs):
    return seq(*attrs)


def san(*names):
    return {"san": seq(*names)}


def cases():
    good, bad = [], []

    def g(what, **kw):
        good.append(("good", what, tbs(**kw)))

    def b(rule, what, **kw):
        bad.append((rule, what, tbs(**kw)))

    g("usual")
    g("rsa", key=RSA, usage=bits(0, 2), eku=seq(oid(SERVER), oid(CLIENT)))
    g("ec-agreement", key=EC, usage=bits(0, 4), eku=seq(oid(SERVER)))
    g("generalized", end=time(2050))
    g("to-the-end-of-the-ca", begin=time(2020), end=time(2060))
    g("no-subject", subject=name(), critical=("san",))
    g("no-other-name", san=None)
    g("wildcard", **san(dns("*.example.com")))
    g("one-label", **san(dns("localhost"), dns("srv-01")))
    g("idn", **san(dns("xn--mnchen-3ya.example"), dns("www.xn--p1ai"),
                   dns("XN--MNCHEN-3YA.EXAMPLE")))
    g("other-hyphens", **san(dns("r3---sn-4g5e.example.com")))
    g("all-kinds", **san(
        mail("o'neil+x@mail.example"), tlv(0x87, bytes(4)),
        tlv(0x87, bytes(16)), uri("https://u@h.example:8443/a?b#c"),
        uri("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
        uri("ldap://[2001:db8::1]:389/dc=a"), uri("http://192.0.2.1/"),
        upn("alice@corp.example"), upn("b\u00f6b@intern")))
    g("ldap-without-host",
      cdp=locations(uri("ldap:///CN=a,DC=b?certificateRevocationList")))
    g("longest", subject=name(attr(CN, "\u00e4" * 64), attr(O, "o" * 64),
                              attr("2.5.4.7", "l" * 128)))
    g("bmp", subject=name(attr(CN, "\u041f".encode("utf-16-be"), BMP)))
    g("mail", subject=name(attr(CN, "A"), attr(E, "a@b.example", IA5)),
      eku=seq(oid(MAIL)), usage=bits(1))
    g("policies", more=(ext("2.5.29.32", seq(seq(oid("1.2.3")),
                                             seq(oid("1.2.4")))),))
    g("unknown-critical", more=(ext("1.2.3.4", tlv(5), True),))

    bad.append(("structure", "cut", tbs()[:-1]))
    bad.append(("structure", "behind", tbs() + b"\0"))
    b("structure", "tail", tail=tlv(5))
    b("structure", "no-version", version=b"")
    b("structure", "not-false", more=(
        seq(oid("1.2.3"), tlv(1, b"\0"), tlv(4, tlv(5))),))
    b("version", "v2", version=b"\xa0\x03\x02\x01\x01")
    b("version", "v4", version=b"\xa0\x03\x02\x01\x03")
    b("serial", "zero", serial=tlv(2, b"\0"))
    b("serial", "negative", serial=tlv(2, b"\x80\1"))
    b("serial", "not-minimal", serial=tlv(2, b"\0\1"))
    b("serial", "21-bytes", serial=integer(1 << 160))
    b("serial", "21-bytes-with-zero", serial=integer(1 << 159))
    b("algorithm", "other", alg=seq(oid("1.2.840.10045.4.3.3")))
    b("issuer", "other", issuer=seq(attr(CN, "Other CA")))
    b("issuer", "empty", issuer=seq())
    b("validity", "generalized-2027", end=time(2027, general=True))
    b("validity", "backwards", begin=time(2027), end=time(2026))
    b("validity", "no-time", begin=time(2027), end=time(2027))
    b("validity", "too-early", begin=time(2019, 12, 31))
    b("validity", "too-late", end=time(2060, 1, 2))
    b("validity", "no-seconds", end=tlv(23, b"2701010000Z"))
    b("subject", "numeric-cn", subject=name(attr(CN, "12", 18)))
    b("subject", "ia5-cn", subject=name(attr(CN, "a", IA5)))
    b("subject", "utf8-country", subject=name(attr(C, "DE")))
    b("subject", "country-3", subject=name(attr(C, "DEU", PRINTABLE)))
    b("subject", "country-digit", subject=name(attr(C, "D1", PRINTABLE)))
    b("subject", "utf8-serial", subject=name(attr(SN, "1")))
    b("subject", "utf8-mail", subject=name(attr(E, "a@b.example")))
    b("subject", "no-mail", subject=name(attr(E, "a b", IA5)))
    b("subject", "bad-printable", subject=name(attr(CN, "a<b", PRINTABLE)))
    b("subject", "control", subject=name(attr(CN, "a\nb")))
    b("subject-limits", "cn-65", subject=name(attr(CN, "\u00e4" * 65)))
    b("subject-limits", "o-65", subject=name(attr(O, "o" * 65)))
    b("subject-limits", "bmp-65", subject=name(attr(CN, b"\0a" * 65, BMP)))
    b("subject-limits", "l-129", subject=name(attr("2.5.4.7", "l" * 129)))
    b("subject-present", "none", subject=name(), san=None)
    b("subject-present", "not-critical", subject=name())
    b("extension-once", "eku", more=(ext(NAMES["eku"], seq(oid(CLIENT))),))
    b("extension-once", "unknown", more=(
        ext("1.2.3", tlv(5)), ext("1.2.3", tlv(5))))
    b("extension-value", "long-length",
      more=(ext("1.2.3", b"\x04\x81\x01\x00"),))
    b("extension-value", "empty", more=(ext("1.2.3", b""),))
    for k in ("ski", "aki", "aia"):
        b("critical", k, critical=(k,))
    b("critical", "name-constraints",
      more=(ext("2.5.29.30", seq(tlv(0xa0, seq(dns("a"))))),))
    b("basic-constraints", "ca", basic=seq(TRUE))
    b("basic-constraints", "path-without-ca", basic=seq(tlv(2, b"\0")))
    b("basic-constraints", "false", basic=seq(tlv(1, b"\0")))
    b("key-usage", "none", usage=None)
    b("key-usage", "empty", usage=bits())
    b("key-usage", "cert-sign", usage=bits(0, 5))
    b("key-usage", "encipher-only", key=EC, usage=bits(0, 7))
    b("key-usage", "unknown-bit", usage=tlv(3, b"\x05\0\x20"))
    b("key-usage-kind", "rsa-agreement", key=RSA, usage=bits(0, 4))
    b("key-usage-kind", "ec-encipherment", key=EC, usage=bits(0, 2))
    b("key-usage-kind", "ed-agreement", usage=bits(0, 4))
    b("purpose", "none", eku=None)
    b("purpose", "empty", eku=seq())
    b("purpose", "twice", eku=seq(oid(CLIENT), oid(CLIENT)))
    for what, purpose, usage in (("server", SERVER, bits(3)),
                                 ("client", CLIENT, bits(2)),
                                 ("code", CODE, bits(1)),
                                 ("mail", MAIL, bits(3)),
                                 ("time", TIME, bits(2)),
                                 ("ocsp", OCSP, bits(2))):
        b("purpose-usage", what, key=RSA, usage=usage, eku=seq(oid(purpose)))
    long = ".".join(["a" * 63] * 4)
    for what, names in {
            "empty": [], "empty-dns": [dns("")], "label-64": [dns("a" * 64)],
            "name-254": [dns(long[:253] + "b")], "empty-label": [dns("a..b")],
            "last-dot": [dns("a.b.")], "first-hyphen": [dns("-a.b")],
            "last-hyphen": [dns("a-.b")], "underscore": [dns("a_b.example")],
            "star-inside": [dns("a.*.b")], "star-part": [dns("a*.b.c")],
            "star-alone": [dns("*")], "blank": [dns("a b")],
            "utf8": [dns("m\u00fcnchen.example")],
            "address-port": [dns("a.b:80")],
            "idn-empty": [dns("xn--.example")],
            "idn-no-need": [dns("xn--abc-.example")],
            "idn-broken": [dns("xn--a-\x65\x63\x70\x39999999.example")],
            "idn-symbol": [dns("xn--n3h.example")],
            "idn-in-mail": [mail("a@xn--.example")],
            "mail-no-at": [mail("a.example")], "mail-no-name": [mail("@a.b")],
            "mail-utf8": [mail("\u00e4@a.b")], "mail-list": [mail("a@b,c@d")],
            "mail-underscore": [mail("a@b_c")],
            "ip-5": [tlv(0x87, bytes(5))], "ip-8": [tlv(0x87, bytes(8))],
            "uri-relative": [uri("/a/b")], "uri-scheme-only": [uri("http:")],
            "uri-no-host": [uri("http:///a")],
            "uri-bad-host": [uri("http://a..b/")],
            "uri-port": [uri("http://a.b:8o/")],
            "uri-digit": [uri("1http://a.b/")],
            "uri-bad-v6": [uri("http://[2001::1::2]/")],
            "uri-star": [uri("http://*.a.b/")],
            "upn-no-at": [upn("alice")], "upn-no-name": [upn("@a.b")],
            "upn-no-suffix": [upn("a@")], "upn-dots": [upn("a@b..c")],
            "upn-blank": [upn("a b@c")], "upn-control": [upn("a\x01@c")],
            "x400": [tlv(0xa3, b"")]}.items():
        b("other-name", what, san=seq(*names))
    b("subject-key-id", "none", ski=None)
    b("subject-key-id", "other", ski=tlv(4, b"\1" * 20))
    b("authority-key-id", "none", aki=None)
    b("authority-key-id", "other", aki=seq(tlv(0x80, b"\1" * 20)))
    b("authority-key-id", "empty", aki=seq())
    for rule, k, of in (("crl-locations", "cdp", locations),
                        ("ca-access", "aia", access)):
        b(rule, "ftp", **{k: of(uri("ftp://a.b/c"))})
        b(rule, "relative", **{k: of(uri("a.crl"))})
        b(rule, "no-host", **{k: of(uri("http:///a.crl"))})
        b(rule, "bad-host", **{k: of(uri("http://a_b/a.crl"))})
        b(rule, "nothing", **{k: seq()})
    b("crl-locations", "no-name", cdp=locations())
    b("crl-locations", "reasons-only", cdp=seq(seq(tlv(0x81, b"\0\xff"))))
    b("policies", "twice",
      more=(ext("2.5.29.32", seq(seq(oid("1.2.3")), seq(oid("1.2.3")))),))
    b("policies", "empty", more=(ext("2.5.29.32", seq()),))
    b("ca-only", "name-constraints", more=(
        ext("2.5.29.30", seq(tlv(0xa0, seq(dns("a")))), True),))
    b("ca-only", "inhibit-any", more=(ext("2.5.29.54", integer(0), True),))
    return good + bad


print("issuer", ISSUER.hex())
print("algorithm", ALG.hex())
print("key-id", KEY_ID.hex())
print("not-before", int(datetime.datetime(
    2020, 1, 1, tzinfo=datetime.timezone.utc).timestamp()))
print("not-after", int(datetime.datetime(
    2060, 1, 1, tzinfo=datetime.timezone.utc).timestamp()))
for case in cases():
    print(case[0], case[1], case[2].hex())
