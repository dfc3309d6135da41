"""good.py - one request of every kind that must be accepted."""
from asn import (SHA256, Ed25519, Rsa, context, integer, seq, set_of, tlv,
                 utctime)
from message import (CMC, MS, PKI_DATA, Person, attribute, control, dns,
                     no_signer, octets, pair, pki_data, pkcs10, reg_info,
                     renewal_of, signed, signer)

AGENT_EKU = MS + "20.2.1"
CA = Ed25519("ca")
NEW = Ed25519("new")
NEW_RSA = Rsa("new rsa")
OLD = Person("old.example.com", Ed25519("old"), issuer_key=CA)
OLD_RSA = Person("old.example.com", Rsa("old rsa"), issuer_key=CA,
                 serial=0x42)
AGENT = Person("agent", Ed25519("agent"), issuer_key=CA, serial=0x43,
               eku=[AGENT_EKU])
OTHER = Person("other", Ed25519("other"), issuer_key=CA, serial=0x44)
# The new key's own certificate, as libraries make that want one.
SELF = Person("new.example.com", NEW, issuer="new.example.com", serial=1)
SAME = Person("new.example.com", NEW, issuer_key=CA, serial=0x45)

WHO = "EXAMPLE\\alice"
NAMED = [attribute(MS + "13.2.1", pair("requestername", WHO))]
TIME = [attribute("1.2.840.113549.1.9.5", utctime("260101000000Z"))]


def by(person, content, **more):
    return signer(person.key, content, sid=person.sid, **more)


def pkcs7(request, signers, certs):
    return signed(request, signers, certs)


def cmc(content, signers, certs=()):
    return signed(content, signers, certs, kind=PKI_DATA)


def renewal(old=OLD, key=NEW, **more):
    request = pkcs10(key, attrs=[renewal_of(old.cert)])
    return pkcs7(request, [by(old, request, **more)], [old.cert])


def cmc_renewal(first="key", key=NEW, old=OLD, sign="own", turned=False):
    data = pki_data(pkcs10(key, attrs=[renewal_of(old.cert)], sign=sign))
    one = signer(key, data, PKI_DATA) if first == "key" else no_signer(data)
    signers = [one, by(old, data, kind=PKI_DATA)]
    return cmc(data, signers[::-1] if turned else signers, [old.cert])


def cmc_new(controls=(), key=NEW, sign="own", **more):
    data = pki_data(pkcs10(key, sign=sign), controls, **more)
    return cmc(data, [signer(key, data, PKI_DATA)])


def on_behalf(extra=None, who=AGENT, certs=None, **more):
    request = pkcs10(NEW)
    extra = NAMED if extra is None else extra
    return pkcs7(request, [by(who, request, extra=extra, **more)],
                 [AGENT.cert] if certs is None else certs)


def cmc_on_behalf(text="requestername=EXAMPLE%5Calice", agents=(AGENT,)):
    data = pki_data(pkcs10(NEW), [reg_info(text)])
    return cmc(data, [signer(NEW, data, PKI_DATA)] +
               [by(a, data, kind=PKI_DATA) for a in agents],
               [a.cert for a in agents])


def good():
    """name, DER, kind, purpose, proof, number of signers, requester"""
    p10 = pkcs10(NEW)
    same = pkcs10(NEW, attrs=[renewal_of(SAME.cert)])
    two = pki_data(pkcs10(NEW))
    null = pkcs10(NEW, sign=SHA256)
    hints = [control(3, MS + "10.10.1", seq(
        integer(0), seq(integer(1)), set_of(attribute(
            MS + "13.2.3", tlv(0x16, b"10.0")))))]
    added = [control(3, CMC + "8", seq(
        integer(0), seq(integer(1)), seq(dns("new.example.com"))))]
    return_me = [control(3, CMC + "5", integer(77)),
                 control(4, CMC + "6", octets(b"nonce")),
                 control(5, CMC + "4", octets(b"data"))]
    n, r, b = "NEW", "RENEWAL", "ON_BEHALF"
    own, other = "SIGNATURE", "SIGNER"
    p, c = "PKCS7", "CMC"
    return [
        ("p10", p10, "PKCS10", n, own, "0", "-"),
        ("p10-rsa", pkcs10(NEW_RSA), "PKCS10", n, own, "0", "-"),
        ("p7-renewal", renewal(), p, r, own, "1", "-"),
        ("p7-renewal-rsa", renewal(OLD_RSA, NEW_RSA), p, r, own, "1", "-"),
        ("p7-renewal-time", renewal(extra=TIME), p, r, own, "1", "-"),
        ("p7-renewal-no-attrs", renewal(attrs=()), p, r, own, "1", "-"),
        ("p7-renewal-agent", pkcs7(
            x := pkcs10(NEW, attrs=[renewal_of(OLD.cert)]),
            [by(OLD, x), by(AGENT, x)], [AGENT.cert, OLD.cert]),
         p, r, own, "2", "-"),
        ("p7-renewal-same-key", pkcs7(same, [by(SAME, same)], [SAME.cert]),
         p, r, own, "1", "-"),
        ("p7-new-self", pkcs7(p10, [by(SELF, p10)], [SELF.cert]),
         p, n, own, "1", "-"),
        ("p7-new-ski", pkcs7(p10, [signer(NEW, p10)], []),
         p, n, own, "1", "-"),
        ("p7-new-null", pkcs7(null, [signer(NEW, null)], []),
         p, n, other, "1", "-"),
        ("p7-new-null-self", pkcs7(null, [by(SELF, null)], [SELF.cert]),
         p, n, other, "1", "-"),
        ("p7-new-twice-in-bag",
         pkcs7(p10, [by(SELF, p10)], [SELF.cert, SELF.cert, OLD.cert]),
         p, n, own, "1", "-"),
        ("p7-behalf", on_behalf(), p, b, own, "1", WHO),
        ("p7-behalf-list", on_behalf([attribute(MS + "13.2.1", seq(
            pair("CertificateTemplate", "User"),
            pair("RequesterName", WHO)))]), p, b, own, "1", WHO),
        ("p7-agent-no-name", on_behalf([]), p, n, own, "1", "-"),
        # What the agent did not sign as an attribute does not count.
        ("p7-name-in-p10", pkcs7(
            y := pkcs10(NEW, attrs=NAMED), [by(AGENT, y)], [AGENT.cert]),
         p, n, own, "1", "-"),
        ("cmc-new", cmc_new(), c, n, own, "1", "-"),
        ("cmc-new-rsa", cmc_new(key=NEW_RSA), c, n, own, "1", "-"),
        ("cmc-new-null", cmc_new(sign=SHA256), c, n, other, "1", "-"),
        ("cmc-new-self", cmc(two, [by(SELF, two, kind=PKI_DATA)],
                             [SELF.cert]), c, n, own, "1", "-"),
        ("cmc-no-signature", cmc(two, [no_signer(two)]), c, n, own, "1", "-"),
        ("cmc-reg-info", cmc_new([reg_info(
            "CertificateTemplate=User&mail=a%26b@example.com&")]),
         c, n, own, "1", "-"),
        ("cmc-hints", cmc_new(hints), c, n, own, "1", "-"),
        ("cmc-adds-nothing", cmc_new(added), c, n, own, "1", "-"),
        ("cmc-returns", cmc_new(return_me), c, n, own, "1", "-"),
        ("cmc-unknown-control", cmc_new([control(9, "1.2.3.4", octets(b""))]),
         c, n, own, "1", "-"),
        ("cmc-body-id", cmc_new(number=2**32 - 1), c, n, own, "1", "-"),
        ("cmc-renewal", cmc_renewal(), c, r, own, "2", "-"),
        ("cmc-renewal-turned", cmc_renewal(turned=True), c, r, own, "2", "-"),
        ("cmc-renewal-no-signature", cmc_renewal("none"), c, r, own, "2", "-"),
        ("cmc-renewal-null", cmc_renewal(sign=SHA256), c, r, other, "2", "-"),
        ("cmc-renewal-same-key", cmc_renewal("none", NEW, SAME, SHA256),
         c, r, other, "2", "-"),
        ("cmc-renewal-rsa", cmc_renewal(key=NEW_RSA, old=OLD_RSA),
         c, r, own, "2", "-"),
        ("cmc-behalf", cmc_on_behalf(), c, b, own, "2", WHO),
        ("cmc-behalf-two", cmc_on_behalf(agents=(AGENT, OTHER)),
         c, b, own, "3", WHO),
    ]
