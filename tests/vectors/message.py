"""message.py - requests, certificates, CMS and CMC messages with a knob for
everything that may be wrong with them."""
import hashlib

from asn import (SHA256, algorithm, bits, bmp, context, digest, integer, name,
                 null, octets, oid, seq, set_of, tlv, utctime, utf8)

MS = "1.3.6.1.4.1.311."
CMC = "1.3.6.1.5.5.7.7."
DATA = "1.2.840.113549.1.7.1"
SIGNED = "1.2.840.113549.1.7.2"
PKI_DATA = "1.3.6.1.5.5.7.12.2"
NO_SIGNATURE = "1.3.6.1.5.5.7.6.2"
SAN = "2.5.29.17"


def attribute(dotted, *values):
    return seq(oid(dotted), set_of(*values))


def extension(dotted, value, critical=False):
    return seq(oid(dotted), tlv(1, b"\xff") if critical else b"",
               octets(value))


def dns(host):
    return extension(SAN, seq(tlv(0x82, host.encode())))


def renewal_of(certificate):
    return attribute(MS + "13.1", certificate)


def pair(what, value):
    return seq(bmp(what), bmp(value))


def pkcs10(key, cn="new.example.com", attrs=(), exts=None, sign="own"):
    """sign: own, a hash OID (null signature), or bytes as they are."""
    exts = [dns(cn)] if exts is None else exts
    attrs = list(attrs)
    if exts:
        attrs.append(attribute("1.2.840.113549.1.9.14", seq(*exts)))
    info = seq(integer(0), name(cn), key.spki, context(0, *attrs))
    if isinstance(sign, bytes):
        return seq(info, key.csr_alg, bits(sign))
    if sign == "own":
        return seq(info, key.csr_alg, bits(key.sign(info)))
    return seq(info, algorithm(sign), bits(digest(sign, info)))


def certificate(cn, key, issuer="Test CA", issuer_key=None, serial=0x41,
                ski=None, eku=None, spki=None):
    issuer_key = issuer_key or key
    exts = [extension("2.5.29.14", octets(key.ski if ski is None else ski))]
    if eku:
        exts.append(extension("2.5.29.37", seq(*(oid(e) for e in eku))))
    tbs = seq(context(0, integer(2)), integer(serial), issuer_key.csr_alg,
              name(issuer), seq(utctime("250101000000Z"),
                                utctime("350101000000Z")),
              name(cn), spki or key.spki, context(3, seq(*exts)))
    return seq(tbs, issuer_key.csr_alg, bits(issuer_key.sign(tbs)))


class Person:
    """A certificate, its key, and how a signer names it."""

    def __init__(self, cn, key, issuer="Test CA", issuer_key=None,
                 serial=0x41, **more):
        self.key = key
        self.cert = certificate(cn, key, issuer, issuer_key, serial, **more)
        self.sid = seq(name(issuer), integer(serial))


def signed_attrs(kind, content, alg, extra=()):
    return [attribute("1.2.840.113549.1.9.3", oid(kind)),
            attribute("1.2.840.113549.1.9.4", octets(digest(alg, content))),
            *extra]


def signer(key, content, kind=DATA, sid=None, alg=None, extra=(), attrs=None,
           sig_alg=None, version=None, signature=None, unsigned=(),
           signed_tag=0x31, over=None, tail=b""):
    """sid None: the subject key identifier. attrs () leaves them out."""
    alg = alg or key.digest
    if attrs is None:
        attrs = signed_attrs(kind, content, alg, extra)
    block = b"".join(attrs)
    if over is None:
        over = tlv(signed_tag, block) if attrs else content
    if signature is None:
        signature = key.sign(over, alg)
    if version is None:
        version = 1 if sid else 3
    return seq(integer(version), sid or tlv(0x80, key.ski), algorithm(alg),
               context(0, block) if attrs else b"", sig_alg or key.cms_alg,
               octets(signature),
               context(1, *unsigned) if unsigned else b"", tail)


def no_signer(content, kind=PKI_DATA, alg=SHA256, value=None, sid=None):
    block = b"".join(signed_attrs(kind, content, alg))
    if value is None:
        value = digest(alg, tlv(0x31, block))
    dummy = seq(seq(set_of(seq(oid(MS + "21.9"), utf8("Dummy Signer")))),
                integer(0))
    return seq(integer(1), sid or dummy, algorithm(alg), context(0, block),
               algorithm(NO_SIGNATURE, null()), octets(value))


def signed(content, signers, certs=(), kind=DATA, version=None, digests=None,
           explicit=None, outer=SIGNED, crls=b"", tail=b""):
    from asn import SHA1, SHA384, SHA512
    if digests is None:
        digests = [algorithm(a) for a in (SHA1, SHA256, SHA384, SHA512)]
    if version is None:
        version = 1 if kind == DATA else 3
    if explicit is None:
        explicit = context(0, octets(content)) if content is not None else b""
    return seq(oid(outer), context(0, seq(
        integer(version), set_of(*digests), seq(oid(kind), explicit),
        context(0, *certs) if certs else b"", crls, set_of(*signers), tail)))


def control(number, dotted, *values):
    return seq(integer(number), oid(dotted), set_of(*values))


def reg_info(text, number=2):
    return control(number, CMC + "18",
                   octets(text if isinstance(text, bytes) else text.encode()))


def pki_data(request, controls=(), requests=None, cms=(), other=(),
             number=1, tail=b""):
    if requests is None:
        requests = [context(0, integer(number), request)]
    return seq(seq(*controls), seq(*requests), seq(*cms), seq(*other), tail)


def sha1(data):
    return hashlib.sha1(data).digest()
