"""Signed messages around requests, made from DER here and by nothing of
ours: renewals and requests on behalf of others."""
import datetime
import hashlib

from cryptography.hazmat.primitives.serialization import Encoding

import der

DATA, SIGNED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
CONTENT_TYPE, DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
PAIR, RENEWAL = "1.3.6.1.4.1.311.13.2.1", "1.3.6.1.4.1.311.13.1"
SHA256 = "2.16.840.1.101.3.4.2.1"


def attribute(kind, value):
    return der.seq(der.oid(kind), der.set_of(value))


def bmp(text):
    return der.tlv(0x1e, text.encode("utf-16-be"))


def pair(name, value):
    """An enrolment name-value pair as an attribute."""
    return attribute(PAIR, der.seq(bmp(name), bmp(value)))


def old_certificate(cert):
    return attribute(RENEWAL, cert.public_bytes(Encoding.DER))


def utc(when):
    return der.tlv(0x17, when.strftime("%y%m%d%H%M%SZ").encode())


def signer_info(content, key, cert, requester, when, spoil):
    attrs = [attribute(CONTENT_TYPE, der.oid(DATA)),
             attribute(DIGEST, der.octets(hashlib.sha256(content).digest()))]
    if when:
        attrs.append(attribute(SIGNING_TIME, utc(when)))
    if requester:
        attrs.append(pair("requestername", requester))
    attrs = b"".join(sorted(attrs))
    algorithm, signature = der.sign(key, der.tlv(0x31, attrs))
    if spoil:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    return der.seq(
        der.integer(1),
        der.seq(cert.issuer.public_bytes(), der.integer(cert.serial_number)),
        der.seq(der.oid(SHA256)), der.tlv(0xa0, attrs), algorithm,
        der.octets(signature))


def signed(content, key, cert, requester=None, when="now", spoil=False,
           others=(), others_name=True):
    """A SignedData over content; requester: on whose behalf; when: a time, or
    None for a signature that does not say; others: (key, certificate) of who
    signs beside, naming the requester too or not."""
    if when == "now":
        when = datetime.datetime.utcnow()
    signers = [(key, cert), *others]
    certs = {c.public_bytes(Encoding.DER) for _, c in signers}
    infos = [signer_info(content, k, c,
                         requester if k is key or others_name else None,
                         when, spoil) for k, c in signers]
    if others_name:      # else the first stays the one who names
        infos.sort()
    return der.seq(der.oid(SIGNED), der.tlv(0xa0, der.seq(
        der.integer(1), der.set_of(der.seq(der.oid(SHA256))),
        der.seq(der.oid(DATA), der.tlv(0xa0, der.octets(content))),
        der.tlv(0xa0, *sorted(certs)), der.set_of(*infos))))
