"""hostile.py - what must be refused, and with which error."""
from asn import (SHA1, SHA256, SHA384, SHA512, Ed25519, Rsa, algorithm, bits,
                 context, digest, head, integer, name, nodes, null, octets, oid,
                 seq, set_of, tlv, utctime, utf8)
from good import (AGENT, CA, NAMED, NEW, NEW_RSA, OLD, OLD_RSA, OTHER, SAME,
                  SELF, TIME, by, cmc, cmc_new, cmc_on_behalf, cmc_renewal,
                  good, on_behalf, pkcs7, renewal)
from message import (CMC, DATA, MS, PKI_DATA, Person, attribute, control, dns,
                     no_signer, pair, pki_data, pkcs10, reg_info, renewal_of,
                     signed, signed_attrs, signer)

BAD = "BAD_DATA"
KIND = "BAD_MESSAGE_TYPE"
SIG = "BAD_SIGNATURE"
NONE = "NO_SIGNER"
OLDER = "BAD_RENEWAL"
BIG = "TOO_LARGE"
WEAK = "WEAK_KEY"

BASES = ["p10", "p7-renewal", "p7-behalf", "cmc-new", "cmc-renewal",
         "cmc-behalf"]


def cut_and_joined(base, der):
    """Truncations, and things behind the end."""
    steps = sorted({1, 2, 5, len(der) - 1, len(der) - 2,
                    *(len(der) * i // 9 for i in range(1, 9))})
    for n in steps:
        yield f"{base}-cut-{n}", der[:n], BAD
    yield f"{base}-zero-behind", der + b"\0", BAD
    yield f"{base}-doubled", der + der, BAD


def lengths(base, der):
    """At some elements: a length one more, one less, not minimal, indefinite,
    a tag without its constructed bit."""
    places = [at for at in nodes(der) if der[at] != 0x05]
    step = max(1, len(places) // 6)
    subject = base == "p10" and range(*head(der, der.index(
        name("new.example.com")))[1:])
    for at in places[::step]:
        tag, start, end = head(der, at)
        error = "BAD_SUBJECT" if subject and at in subject else BAD
        for what, by_ in (("longer", 1), ("shorter", -1)):
            if 0 <= der[start - 1] + by_ < (0x80 if start == at + 2 else 256):
                bad = bytearray(der)
                bad[start - 1] += by_
                yield f"{base}-{what}-{at}", bytes(bad), error
        fat = (end - start).to_bytes(3, "big")
        yield (f"{base}-fat-{at}", spliced(
            der, at, bytes([tag, 0x83]) + fat + der[start:end]), error)
        if tag & 0x20:
            yield (f"{base}-endless-{at}", spliced(
                der, at, bytes([tag, 0x80]) + der[start:end] + b"\0\0"), error)
            yield f"{base}-primitive-{at}", flipped(der, at, 0x20), error


def spliced(der, at, piece):
    """Put piece in the place of the element at at; the lengths around it are
    made to fit."""
    def rebuild(place, end):
        out = b""
        while place < end:
            tag, start, after = head(der, place)
            if place == at:
                out += piece
            elif place < at < after and tag & 0x20:
                out += tlv(tag, rebuild(start, after))
            else:
                out += der[place:after]
            place = after
        return out
    return rebuild(0, len(der))


def flipped(der, at, mask=1):
    bad = bytearray(der)
    bad[at] ^= mask
    return bytes(bad)


def bits_flipped(base, der):
    """In signatures, digests and texts that somebody signed."""
    n = len(der)
    for back in (1, 17, 40, 63):
        yield f"{base}-signature-{back}", flipped(der, n - back), SIG
    yield f"{base}-name", flipped(der, der.index(b"new.example.com")), SIG


def attributes_of_a_signer():
    request = pkcs10(NEW, attrs=[renewal_of(OLD.cert)])
    kind, mark = signed_attrs(DATA, request, SHA512)

    def make(*attrs, **more):
        return pkcs7(request, [by(OLD, request, attrs=list(attrs), **more)],
                     [OLD.cert])
    values = [oid(DATA), oid(DATA)]
    other = attribute("1.2.840.113549.1.9.3", oid(PKI_DATA))
    wrong = attribute("1.2.840.113549.1.9.4", octets(digest(SHA512, b"x")))
    yield "attrs-two-types", make(attribute("1.2.840.113549.1.9.3", *values),
                                  mark), BAD
    yield "attrs-type-twice", make(kind, kind, mark), BAD
    yield "attrs-no-type", make(mark), BAD
    yield "attrs-no-digest", make(kind), BAD
    yield "attrs-digest-twice", make(kind, mark, mark), BAD
    yield "attrs-two-digests", make(kind, attribute(
        "1.2.840.113549.1.9.4", octets(digest(SHA512, request)),
        octets(digest(SHA512, b"x")))), BAD
    yield "attrs-digest-and-other", make(kind, mark, wrong), BAD
    yield "attrs-wrong-digest", make(kind, wrong), SIG
    yield "attrs-empty-digest", make(kind, attribute(
        "1.2.840.113549.1.9.4", octets(b""))), SIG
    yield "attrs-short-digest", make(kind, attribute(
        "1.2.840.113549.1.9.4", octets(digest(SHA512, request)[:32]))), SIG
    yield "attrs-digest-no-octets", make(kind, attribute(
        "1.2.840.113549.1.9.4", utf8("x"))), BAD
    yield "attrs-other-type", make(other, mark), BAD
    yield "attrs-type-no-oid", make(attribute(
        "1.2.840.113549.1.9.3", utf8("data")), mark), BAD
    yield "attrs-time-twice", make(kind, mark, *TIME, *TIME), BAD
    yield "attrs-two-times", make(kind, mark, attribute(
        "1.2.840.113549.1.9.5", utctime("260101000000Z"),
        utctime("260101000001Z"))), BAD
    yield "attrs-no-time", make(kind, mark, attribute(
        "1.2.840.113549.1.9.5", utctime("261301000000Z"))), BAD
    yield "attrs-no-value", make(kind, mark, attribute("1.2.3")), BAD
    yield "attrs-not-a-set", make(kind, mark, seq(oid("1.2.3"),
                                                  seq(null()))), BAD
    yield "attrs-empty", pkcs7(request, [by(
        OLD, request, attrs=[b""], over=b"")], [OLD.cert]), BAD
    yield "attrs-too-many", make(kind, mark, *(
        attribute(f"1.2.3.{i}", null()) for i in range(40))), BAD
    yield "attrs-two-oids", make(kind, mark, seq(
        oid("1.2.3"), oid("1.2.4"), set_of(null()))), BAD
    data = pki_data(pkcs10(NEW))
    yield "cmc-no-attrs", cmc(data, [signer(NEW, data, PKI_DATA, attrs=())]), \
        BAD
    yield "cmc-attrs-say-data", cmc(data, [signer(NEW, data, DATA)]), BAD


def other_bytes():
    """Signatures that are good ones, over something else."""
    r = pkcs10(NEW, attrs=[renewal_of(OLD.cert)])
    attrs = b"".join(signed_attrs(DATA, r, SHA512))
    k = OLD.key
    for what, over in [
            ("content", r), ("context-tag", context(0, attrs)),
            ("bare-attrs", attrs), ("sequence", seq(attrs)),
            ("digest", digest(SHA512, tlv(0x31, attrs))), ("nothing", b""),
            ("octets", octets(r)), ("half", tlv(0x31, attrs)[:-1]),
            ("info", r[4:])]:
        yield f"over-{what}", renewal(signature=k.sign(over)), SIG
    yield "over-octets-no-attrs", renewal(attrs=(), over=octets(r)), SIG
    yield "over-attrs-no-attrs", renewal(
        attrs=(), over=tlv(0x31, attrs)), SIG
    yield "over-other-request", pkcs7(r, [by(OLD, pkcs10(OTHER.key))],
                                      [OLD.cert]), SIG
    yield "signature-empty", renewal(signature=b""), SIG
    yield "signature-zero", renewal(signature=bytes(64)), SIG
    yield "signature-long", renewal(signature=k.sign(
        tlv(0x31, attrs)) + b"\0"), SIG
    yield "signature-of-ca", renewal(signature=CA.sign(
        tlv(0x31, attrs))), SIG
    yield "signature-of-new", renewal(signature=NEW.sign(
        tlv(0x31, attrs))), SIG
    yield "signature-huge", renewal(signature=bytes(4096)), SIG
    yield "rsa-signature-of-other", renewal(
        OLD_RSA, signature=NEW_RSA.sign(b"x")), SIG
    yield "p10-null", pkcs10(NEW, sign=SHA256), SIG
    yield "p10-null-512", pkcs10(NEW, sign=SHA512), SIG
    yield "p10-null-rsa", pkcs10(NEW_RSA, sign=SHA256), SIG
    yield "p10-null-renewal", pkcs10(NEW, attrs=[renewal_of(OLD.cert)],
                                     sign=SHA256), SIG
    yield "p10-other-signed", pkcs10(NEW, sign=OTHER.key.sign(b"x")), SIG


def algorithms():
    rsa_sha1 = algorithm("1.2.840.113549.1.1.5", null())
    rsa_384 = algorithm("1.2.840.113549.1.1.12", null())
    ecdsa = algorithm("1.2.840.10045.4.3.2")
    yield "alg-sha1", renewal(OLD_RSA, alg=SHA1), SIG
    yield "alg-sha1-full", renewal(OLD_RSA, alg=SHA1, sig_alg=rsa_sha1), SIG
    yield "alg-sha1-with-sha256", renewal(OLD_RSA, sig_alg=rsa_sha1), SIG
    yield "alg-disagree", renewal(OLD_RSA, sig_alg=rsa_384), SIG
    yield "alg-ecdsa-with-rsa", renewal(OLD_RSA, sig_alg=ecdsa), SIG
    yield "alg-ecdsa-with-ed25519", renewal(alg=SHA256, sig_alg=ecdsa), SIG
    yield "alg-ed25519-with-rsa", renewal(
        OLD_RSA, alg=SHA512, sig_alg=CA.cms_alg), SIG
    yield "alg-ed25519-sha256", renewal(alg=SHA256), SIG
    yield "alg-ed25519-sha384", renewal(alg=SHA384), SIG
    yield "alg-ed25519-null", renewal(
        sig_alg=algorithm("1.3.101.112", null())), SIG
    yield "alg-ed448", renewal(sig_alg=algorithm("1.3.101.113")), SIG
    yield "alg-rsa-odd-parameters", renewal(OLD_RSA, sig_alg=algorithm(
        "1.2.840.113549.1.1.1", integer(1))), SIG
    yield "alg-pss-no-parameters", renewal(OLD_RSA, sig_alg=algorithm(
        "1.2.840.113549.1.1.10")), SIG
    yield "alg-is-a-hash", renewal(sig_alg=algorithm(SHA512)), SIG
    yield "alg-two-parameters", renewal(sig_alg=algorithm(
        "1.3.101.112", null() + null())), BAD
    r = pkcs10(NEW, attrs=[renewal_of(OLD.cert)])
    s = by(OLD, r)
    yield "alg-digest-not-listed", signed(
        r, [s], [OLD.cert], digests=[algorithm(SHA256)]), BAD
    yield "alg-no-digests", signed(r, [s], [OLD.cert], digests=[]), BAD
    yield "alg-too-many-digests", signed(
        r, [s], [OLD.cert], digests=[algorithm(SHA512)] * 20), BAD
    sha3 = "2.16.840.1.101.3.4.2.10"
    other = by(OLD, r).replace(algorithm(SHA512), algorithm(sha3))
    yield "alg-sha3", signed(r, [other], [OLD.cert],
                             digests=[algorithm(sha3)]), SIG
    yield "alg-sha3-not-listed", signed(r, [other], [OLD.cert]), BAD


def certificates():
    r = pkcs10(NEW, attrs=[renewal_of(OLD.cert)])
    twin = Person("twin", Ed25519("twin"), issuer_key=CA, serial=0x41)
    weak = Person("weak", Rsa("weak", 1024), issuer_key=CA, serial=0x66)
    s = by(OLD, r)
    yield "renewal-no-bag", pkcs7(r, [s], []), SIG
    yield "renewal-other-bag", pkcs7(r, [s], [OTHER.cert]), SIG
    yield "renewal-by-other", pkcs7(r, [by(OTHER, r)],
                                    [OTHER.cert, OLD.cert]), OLDER
    yield "renewal-old-not-in-bag", pkcs7(r, [by(OTHER, r)],
                                          [OTHER.cert]), OLDER
    yield "renewal-second-signer", pkcs7(
        r, [by(AGENT, r), s], [AGENT.cert, OLD.cert]), OLDER
    yield "renewal-new-key-only", pkcs7(r, [signer(NEW, r)], [OLD.cert]), OLDER
    yield "renewal-twin", pkcs7(r, [s], [OLD.cert, twin.cert]), BAD
    yield "renewal-twin-signed", pkcs7(
        r, [signer(twin.key, r, sid=OLD.sid)], [OLD.cert]), SIG
    yield "renewal-twin-alone", pkcs7(
        r, [signer(twin.key, r, sid=OLD.sid)], [twin.cert]), OLDER
    yield "renewal-other-key", pkcs7(
        r, [signer(OTHER.key, r, sid=OLD.sid)], [OLD.cert]), SIG
    junk = pkcs10(NEW, attrs=[renewal_of(seq(integer(1)))])
    yield "renewal-of-junk", pkcs7(junk, [by(OLD, junk)], [OLD.cert]), OLDER
    empty = pkcs10(NEW, attrs=[renewal_of(seq())])
    yield "renewal-of-nothing", pkcs7(empty, [by(OLD, empty)],
                                      [OLD.cert]), OLDER
    novalue = pkcs10(NEW, attrs=[attribute(MS + "13.1")])
    yield "renewal-no-value", pkcs7(novalue, [by(OLD, novalue)],
                                    [OLD.cert]), BAD
    two = pkcs10(NEW, attrs=[attribute(MS + "13.1", OLD.cert, OTHER.cert)])
    yield "renewal-of-two", pkcs7(two, [by(OLD, two)],
                                  [OLD.cert, OTHER.cert]), BAD
    twice = pkcs10(NEW, attrs=[renewal_of(OLD.cert)] * 2)
    yield "renewal-twice", pkcs7(twice, [by(OLD, twice)], [OLD.cert]), BAD
    null_ = pkcs10(NEW, attrs=[renewal_of(OLD.cert)], sign=SHA256)
    yield "renewal-null", pkcs7(null_, [by(OLD, null_)], [OLD.cert]), SIG
    changed = flipped(OLD.cert, len(OLD.cert) - 1)
    yield "renewal-changed-old", pkcs7(r, [s], [changed]), OLDER
    both = pkcs10(NEW, attrs=[renewal_of(weak.cert)])
    yield "renewal-weak-old", pkcs7(both, [by(weak, both)],
                                    [weak.cert]), WEAK
    yield "cert-too-many", pkcs7(r, [s], [OLD.cert] * 33), BIG
    yield "cert-attribute", signed(r, [s], [OLD.cert, context(1, b"")]), BAD
    yield "cert-is-integer", signed(r, [s], [OLD.cert, integer(5)]), BAD
    p = pkcs10(NEW)
    yield "signer-missing", pkcs7(p, [by(OTHER, p)], []), SIG
    yield "signer-other-serial", pkcs7(p, [signer(
        OTHER.key, p, sid=seq(name("Test CA"), integer(0x99)))],
        [OTHER.cert]), SIG
    yield "signer-other-issuer", pkcs7(p, [signer(
        OTHER.key, p, sid=seq(name("Test CB"), integer(0x44)))],
        [OTHER.cert]), SIG
    yield "signer-second-wrong", pkcs7(
        p, [by(AGENT, p), by(OTHER, p, signature=bytes(64))],
        [AGENT.cert, OTHER.cert]), SIG
    yield "signer-ski-of-nobody", pkcs7(p, [signer(OTHER.key, p)], []), SIG
    yield "signer-ski-faked", pkcs7(p, [signer(
        OTHER.key, p, sid=tlv(0x80, NEW.ski), version=3)], []), SIG
    yield "signer-ski-wrong", pkcs7(p, [signer(
        NEW, p, sid=tlv(0x80, bytes(20)), version=3)], []), SIG
    yield "signer-ski-short", pkcs7(p, [signer(
        NEW, p, sid=tlv(0x80, NEW.ski[:19]), version=3)], []), SIG
    yield "signer-ski-empty", pkcs7(p, [signer(
        NEW, p, sid=tlv(0x80), version=3)], []), BAD
    yield "signer-ski-of-agent", pkcs7(p, [signer(
        NEW, p, sid=tlv(0x80, AGENT.key.ski), version=3)],
        [AGENT.cert]), SIG
    fake = Person("fake", OTHER.key, issuer_key=CA, serial=0x55, ski=NEW.ski)
    n = pkcs10(NEW, sign=SHA256)
    yield "null-ski-of-fake", pkcs7(n, [signer(
        OTHER.key, n, sid=tlv(0x80, NEW.ski), version=3)], [fake.cert]), SIG
    yield "null-by-agent", pkcs7(n, [by(AGENT, n)], [AGENT.cert]), SIG
    yield "null-by-other", pkcs7(n, [by(OTHER, n)], [OTHER.cert]), SIG
    n1 = pkcs10(NEW, sign=SHA1)
    yield "null-sha1", pkcs7(n1, [signer(NEW, n1)], []), SIG
    nw = flipped(n, len(n) - 1)
    yield "null-wrong", pkcs7(nw, [signer(NEW, nw)], []), SIG
    yield "null-two-certs-one-ski", pkcs7(n, [signer(
        NEW, n)], [fake.cert, SELF.cert]), BAD
    yield "own-signature-wrong", pkcs7(
        w := pkcs10(NEW, sign=bytes(64)), [by(SELF, w)], [SELF.cert]), SIG


def shapes():
    r = pkcs10(NEW, attrs=[renewal_of(OLD.cert)])
    s, bag = by(OLD, r), [OLD.cert]
    yield "p7-unsigned", signed(r, [], bag), NONE
    yield "p7-no-signature", pkcs7(pkcs10(NEW), [no_signer(
        pkcs10(NEW), DATA)], []), NONE
    yield "p7-chain", signed(None, [], bag), KIND
    yield "p7-detached", signed(None, [s], bag), BAD
    yield "p7-empty", signed(b"", [by(OLD, b"")], bag), BAD
    yield "p7-text", signed(b"hello", [by(OLD, b"hello")], bag), BAD
    yield "p7-of-certificate", pkcs7(OLD.cert, [by(OLD, OLD.cert)], bag), BAD
    inner = renewal()
    yield "p7-in-p7", pkcs7(inner, [by(OLD, inner)], bag), KIND
    deep = inner
    for _ in range(12):
        deep = pkcs7(deep, [by(OLD, deep)], bag)
    yield "p7-in-p7-deep", deep, KIND
    yield "p7-in-p7-cmc", pkcs7(c := cmc_new(), [by(OLD, c)], bag), KIND
    yield "p7-enveloped", signed(r, [s], bag,
                                 outer="1.2.840.113549.1.7.3"), KIND
    yield "p7-data-outside", seq(oid(DATA), context(0, octets(r))), KIND
    yield "p7-encrypted", seq(oid("1.2.840.113549.1.7.6"),
                              context(0, seq())), KIND
    for what, kind in [("tsp", "1.2.840.113549.1.9.16.1.4"),
                       ("response", "1.3.6.1.5.5.7.12.3"),
                       ("unknown", "1.2.3.4")]:
        yield f"p7-type-{what}", signed(r, [by(OLD, r, kind=kind)], bag,
                                        kind=kind), KIND
    for v in (0, 2, 6, 300):
        yield f"p7-version-{v}", signed(r, [s], bag, version=v), BAD
    for v in (0, 2, 3, 4):
        yield f"p7-signer-version-{v}", pkcs7(
            r, [by(OLD, r, version=v)], bag), BAD
    yield "p7-ski-version-1", pkcs7(
        r, [signer(NEW, r, version=1)], bag), BAD
    yield "p7-constructed-octets", signed(r, [s], bag, explicit=context(
        0, tlv(0x24, octets(r[:50]), octets(r[50:])))), BAD
    yield "p7-content-sequence", signed(r, [s], bag,
                                        explicit=context(0, r)), BAD
    yield "p7-content-primitive", signed(r, [s], bag,
                                         explicit=tlv(0x80, r)), BAD
    yield "p7-two-contents", signed(r, [s], bag, explicit=context(
        0, octets(r), octets(r))), BAD
    yield "p7-behind-signers", signed(r, [s], bag, tail=null()), BAD
    yield "p7-behind-signer", pkcs7(r, [by(OLD, r, tail=null())], bag), BAD
    yield "p7-nine-signers", pkcs7(r, [s] * 9, bag), BIG
    yield "p7-signer-is-integer", pkcs7(r, [integer(1)], bag), BAD
    yield "p7-sid-extra", pkcs7(r, [signer(
        OLD.key, r, sid=OLD.sid[:1] + bytes([OLD.sid[1] + 2]) + OLD.sid[2:] +
        null())], bag), BAD
    yield "p7-archived-key", pkcs7(r, [by(OLD, r, unsigned=[attribute(
        MS + "21.13", seq())])], bag), KIND
    nest = null()
    for _ in range(40):
        nest = seq(nest)
    yield "p7-nested-unsigned", pkcs7(r, [by(OLD, r, unsigned=[attribute(
        "1.2.3", nest)])], bag), BAD
    yield "p7-unsigned-no-value", pkcs7(r, [by(OLD, r, unsigned=[attribute(
        "1.2.3")])], bag), BAD
    yield "p7-unsigned-too-many", pkcs7(r, [by(OLD, r, unsigned=[attribute(
        "1.2.3", null())] * 33)], bag), BAD
    yield "p7-nested-crl", signed(r, [s], bag, crls=context(1, nest)), BAD
    yield "p7-oversized", pkcs7(r, [by(OLD, r, unsigned=[attribute(
        "1.2.3", octets(bytes(65536)))])], bag), BIG
    yield "p10-oversized", pkcs10(NEW, attrs=[attribute(
        "1.2.3", octets(bytes(65536)))]), BIG
    for depth, what in ((100, "a"), (3000, "b")):
        nest = null()
        for _ in range(depth):
            nest = seq(nest)
        yield f"nest-{what}", nest, BAD
        yield f"nest-p7-{what}", seq(oid("1.2.840.113549.1.7.2"),
                                     context(0, nest)), BAD
    yield "empty", b"", BAD
    yield "one-byte", b"\x30", BAD
    yield "empty-sequence", seq(), BAD
    yield "text", b"-----BEGIN NOTHING-----", BAD
    yield "spkac", seq(seq(NEW.spki, tlv(0x16, b"challenge")), NEW.csr_alg,
                       bits(bytes(64))), KIND
    yield "p10-two-versions", seq(seq(integer(1), name("x"), NEW.spki,
                                      context(0)), NEW.csr_alg,
                                  bits(bytes(64))), BAD
    yield "p10-weak", pkcs10(Rsa("weak", 1024)), WEAK


def for_another():
    p = pkcs10(NEW)
    who, other = pair("requestername", "A\\a"), pair("REQUESTERNAME", "B\\b")

    def nv(*values):
        return attribute(MS + "13.2.1", *values)
    yield "behalf-unsigned-name", on_behalf(
        NAMED, who=SELF, certs=[SELF.cert]), NONE
    yield "behalf-two-names", on_behalf([nv(who, other)]), BAD
    yield "behalf-two-lists", on_behalf([nv(seq(who, other))]), BAD
    yield "behalf-two-attributes", on_behalf([nv(who), nv(other)]), BAD
    yield "behalf-same-twice", on_behalf([nv(who), nv(who)]), BAD
    yield "behalf-empty", on_behalf([nv(pair("requestername", ""))]), BAD
    yield "behalf-control", on_behalf([nv(pair("requestername", "a\nb"))]), BAD
    yield "behalf-turned-text", on_behalf(
        [nv(pair("requestername", "a\u202eb"))]), BAD
    yield "behalf-long", on_behalf([nv(pair("requestername", "a" * 1100))]), \
        BAD
    yield "behalf-not-a-pair", on_behalf([nv(seq(utf8("requestername")))]), BAD
    yield "behalf-utf8-pair", on_behalf(
        [nv(seq(utf8("requestername"), utf8("A\\a")))]), BAD
    yield "behalf-half-pair", on_behalf(
        [nv(seq(who[2:2 + who[3] + 2]))]), BAD
    yield "behalf-second-signer", pkcs7(
        p, [by(OTHER, p), by(AGENT, p, extra=NAMED)],
        [AGENT.cert, OTHER.cert]), BAD
    yield "behalf-by-new-key", pkcs7(p, [signer(NEW, p, extra=NAMED)],
                                     []), NONE
    yield "behalf-unsigned-attr", on_behalf(
        NAMED, signature=AGENT.key.sign(tlv(0x31, b"".join(
            signed_attrs(DATA, p, SHA512))))), SIG
    r = pkcs10(NEW, attrs=[renewal_of(OLD.cert)])
    yield "behalf-renewal", pkcs7(r, [by(OLD, r, extra=NAMED)],
                                  [OLD.cert]), KIND
    yield "behalf-renewal-agent", pkcs7(
        r, [by(OLD, r, extra=NAMED), by(AGENT, r)],
        [OLD.cert, AGENT.cert]), KIND
    yield "behalf-by-old", pkcs7(r, [by(AGENT, r, extra=NAMED)],
                                 [AGENT.cert, OLD.cert]), OLDER
    yield "behalf-agent-missing", on_behalf(certs=[OTHER.cert]), SIG
    yield "behalf-agent-swapped", on_behalf(
        certs=[Person("agent", OTHER.key, issuer_key=CA, serial=0x43).cert]), \
        SIG
    for what, text in [
            ("twice", "requestername=a&requestername=a"),
            ("case", "requestername=a&RequesterName=b"), ("empty",
                                                          "requestername="),
            ("control", "requestername=a%0Ab"), ("nul", "requestername=a%00"),
            ("no-equals", "requestername"), ("no-name", "=a"),
            ("bad-percent", "requestername=%4"), ("bad-hex", "a=%zz"),
            ("bad-utf8", b"a=\xff"), ("overlong", b"a=%c0%af"),
            ("long", "requestername=" + "a" * 1100),
            ("turned", "a=%E2%80%AEb")]:
        yield f"cmc-behalf-info-{what}", cmc_on_behalf(text), BAD
    yield "cmc-behalf-no-agent", cmc_on_behalf(agents=()), NONE
    data = pki_data(p, [reg_info("requestername=a")])
    yield "cmc-behalf-no-signature", cmc(data, [no_signer(data)]), NONE
    yield "cmc-behalf-agent-only", cmc(
        data, [by(AGENT, data, kind=PKI_DATA)], [AGENT.cert]), NONE
    yield "cmc-behalf-many", cmc_on_behalf("&".join(
        f"n{i}=v" for i in range(300))), BIG
    yield "cmc-behalf-big-value", cmc_on_behalf("a=" + "b" * 5000), BAD


def controls():
    ext = extension_control(dns("evil.example.com"))
    yield "control-add-extension", cmc_new([ext]), KIND
    yield "control-add-one-more", cmc_new([extension_control(
        dns("new.example.com") + seq(oid("2.5.29.19"), octets(seq())))]), KIND
    yield "control-add-critical", cmc_new([extension_control(
        seq(oid("2.5.29.17"), tlv(1, b"\xff"),
            octets(seq(tlv(0x82, b"new.example.com")))))]), KIND
    yield "control-add-extension-twice", cmc_new([extension_control(
        dns("new.example.com") * 2)]), BAD
    yield "control-add-junk", cmc_new([control(3, CMC + "8", seq())]), BAD
    for what, attr in [
            ("template", attribute(MS + "13.2.1", pair(
                "CertificateTemplate", "Admin"))),
            ("renewal", renewal_of(OLD.cert)),
            ("extensions", attribute("1.2.840.113549.1.9.14", seq())),
            ("unknown", attribute("1.2.3", null()))]:
        yield f"control-add-{what}", cmc_new([control(
            3, MS + "10.10.1", seq(integer(0), seq(integer(1)),
                                   set_of(attr)))]), KIND
    yield "control-add-attr-junk", cmc_new([control(
        3, MS + "10.10.1", seq(integer(0), seq(), set_of(null())))]), BAD
    yield "control-add-refs-junk", cmc_new([control(
        3, MS + "10.10.1", seq(integer(0), seq(null()), set_of()))]), BAD
    for n, what in [(3, "identity"), (34, "identity2"), (23, "pop-link"),
                    (33, "pop-link2"), (9, "encrypted-pop"),
                    (10, "decrypted-pop"), (11, "lra-pop"), (31, "modify"),
                    (17, "revoke"), (15, "get-cert"), (16, "get-crl"),
                    (21, "query"), (24, "confirm"), (30, "publish"),
                    (27, "auth"), (28, "batch")]:
        yield f"control-{what}", cmc_new([control(3, f"{CMC}{n}", seq())]), KIND
    one = reg_info("a=b")
    yield "control-twice", cmc_new([one, one]), BAD
    yield "control-two-values", cmc_new([control(
        2, CMC + "18", octets(b"a=b"), octets(b"a=c"))]), BAD
    yield "control-no-value", cmc_new([control(2, CMC + "18")]), BAD
    yield "control-reg-info-text", cmc_new([control(
        2, CMC + "18", utf8("a=b"))]), BAD
    yield "control-too-many", cmc_new([control(
        i, "1.2.3", null()) for i in range(33)]), BIG
    yield "control-big-id", cmc_new([control(2**32, "1.2.3", null())]), BAD
    yield "control-negative-id", cmc_new(
        [seq(tlv(2, b"\xff"), oid("1.2.3"), set_of(null()))]), BAD
    yield "control-extra", cmc_new(
        [seq(integer(1), oid("1.2.3"), set_of(null()), null())]), BAD
    yield "control-is-integer", cmc_new([integer(1)]), BAD
    yield "control-long-nonce", cmc_new([control(
        2, CMC + "6", octets(bytes(2000)))]), BAD
    yield "control-nonce-integer", cmc_new([control(
        2, CMC + "6", integer(1))]), BAD
    yield "control-transaction-octets", cmc_new([control(
        2, CMC + "5", octets(b"1"))]), BAD


def extension_control(exts):
    return control(3, CMC + "8", seq(integer(0), seq(integer(1)), seq(exts)))


def bodies():
    p = pkcs10(NEW)
    one = context(0, integer(1), p)

    def made(data, **more):
        return cmc(data, [signer(NEW, data, PKI_DATA)], **more)
    yield "cmc-no-request", made(pki_data(p, requests=[])), BAD
    yield "cmc-two-requests", made(pki_data(p, requests=[one, one])), KIND
    yield "cmc-crmf", made(pki_data(p, requests=[context(
        1, seq(integer(1)))])), KIND
    yield "cmc-other-request", made(pki_data(p, requests=[context(
        2, integer(1), oid("1.2.3"), null())])), KIND
    yield "cmc-request-and-crmf", made(pki_data(p, requests=[
        one, context(1, seq(integer(1)))])), KIND
    yield "cmc-bare-request", made(pki_data(p, requests=[p])), KIND
    yield "cmc-request-extra", made(pki_data(p, requests=[context(
        0, integer(1), p, null())])), BAD
    yield "cmc-request-no-id", made(pki_data(p, requests=[context(
        0, p)])), BAD
    yield "cmc-request-big-id", made(pki_data(p, number=2**32)), BAD
    yield "cmc-nested", made(pki_data(p, cms=[seq(
        integer(2), cmc_new())])), KIND
    yield "cmc-other-message", made(pki_data(p, other=[seq(
        integer(2), oid("1.2.3"), null())])), KIND
    yield "cmc-behind", made(pki_data(p, tail=null())), BAD
    yield "cmc-three-lists", made(seq(seq(), seq(one), seq())), BAD
    yield "cmc-p10-inside", made(p), BAD
    yield "cmc-empty", made(b""), BAD
    yield "cmc-request-is-certificate", made(pki_data(OLD.cert)), BAD
    yield "cmc-as-data", pkcs7(d := pki_data(p), [signer(NEW, d)], []), BAD
    yield "cmc-endless", made(b"\x30\x80" + pki_data(p)[2:] + b"\0\0"), BAD
    deep = p
    for _ in range(40):
        deep = seq(deep)
    yield "cmc-deep", made(pki_data(p, [control(5, "1.2.3", deep)])), BAD
    data = pki_data(p)
    agent = by(AGENT, data, kind=PKI_DATA)
    yield "cmc-unsigned", cmc(data, []), NONE
    yield "cmc-agent-only", cmc(data, [agent], [AGENT.cert]), NONE
    yield "cmc-wrong-key", cmc(data, [signer(OTHER.key, data, PKI_DATA)]), SIG
    yield "cmc-detached", signed(None, [signer(NEW, data, PKI_DATA)],
                                 kind=PKI_DATA), BAD
    yield "cmc-no-signature-wrong", cmc(data, [no_signer(
        data, value=bytes(32))]), SIG
    yield "cmc-no-signature-sha1", cmc(data, [no_signer(data, alg=SHA1)]), SIG
    yield "cmc-no-signature-content", cmc(data, [no_signer(
        data, value=digest(SHA256, data))]), SIG
    n = pki_data(pkcs10(NEW, sign=SHA256))
    yield "cmc-null-no-signature", cmc(n, [no_signer(n)]), SIG
    yield "cmc-null-agent", cmc(
        n, [no_signer(n), by(AGENT, n, kind=PKI_DATA)], [AGENT.cert]), SIG
    r = pki_data(pkcs10(NEW, attrs=[renewal_of(OLD.cert)]))
    old = by(OLD, r, kind=PKI_DATA)
    yield "cmc-renewal-one-signer", cmc(
        r, [signer(NEW, r, PKI_DATA)], [OLD.cert]), OLDER
    yield "cmc-renewal-old-only", cmc(r, [old], [OLD.cert]), NONE
    yield "cmc-renewal-not-in-bag", cmc(
        r, [signer(NEW, r, PKI_DATA)], [OTHER.cert]), OLDER
    yield "cmc-renewal-by-other", cmc(
        r, [signer(NEW, r, PKI_DATA), by(OTHER, r, kind=PKI_DATA)],
        [OTHER.cert, OLD.cert]), OLDER
    yield "cmc-renewal-forged", cmc(
        r, [signer(NEW, r, PKI_DATA), signer(
            OTHER.key, r, PKI_DATA, sid=OLD.sid)], [OLD.cert]), SIG
    yield "cmc-renewal-other-content", cmc(
        r, [signer(NEW, r, PKI_DATA), by(OLD, data, kind=PKI_DATA)],
        [OLD.cert]), SIG
    s = pki_data(pkcs10(NEW, attrs=[renewal_of(SAME.cert)]))
    yield "cmc-same-key-one-signer", cmc(
        s, [by(SAME, s, kind=PKI_DATA)], [SAME.cert]), OLDER
    yield "cmc-renewal-null-none", cmc(
        z := pki_data(pkcs10(NEW, attrs=[renewal_of(OLD.cert)], sign=SHA256)),
        [no_signer(z), by(OLD, z, kind=PKI_DATA)], [OLD.cert]), SIG
    yield "cmc-archived-key", cmc(data, [signer(
        NEW, data, PKI_DATA, unsigned=[attribute(MS + "21.13", seq())])]), KIND


def hostile():
    """name, DER, error; the same name never twice."""
    by_name = {row[0]: row[1] for row in good()}
    for base in BASES:
        der = by_name[base]
        yield from cut_and_joined(base, der)
        yield from lengths(base, der)
        if base == "p10":
            continue
        yield from bits_flipped(base, der)
    for family in (attributes_of_a_signer, other_bytes, algorithms,
                   certificates, shapes, for_another, controls, bodies):
        yield from family()
