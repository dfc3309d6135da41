"""A small DER writer for certificate requests that no honest program would
make. Signatures are real (python3-cryptography), so that a refusal is about
what the test changed and nothing else."""
import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat)


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 0x80:
        length = bytes([n])
    else:
        size = (n.bit_length() + 7) // 8
        length = bytes([0x80 | size]) + n.to_bytes(size, "big")
    return bytes([tag]) + length + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *parts)


def integer(n):
    return tlv(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def bits(data):
    return tlv(0x03, b"\0", data)


def octets(data):
    return tlv(0x04, data)


def utf8(text):
    return tlv(0x0c, text if isinstance(text, bytes) else text.encode())


def oid(text):
    arcs = [int(a) for a in text.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]]:
        part = bytes([arc & 0x7f])
        while arc > 0x7f:
            arc >>= 7
            part = bytes([arc & 0x7f | 0x80]) + part
        out += part
    return tlv(0x06, out)


CN, O = "2.5.4.3", "2.5.4.10"
ECDSA_SHA256, ECDSA_SHA1 = "1.2.840.10045.4.3.2", "1.2.840.10045.4.1"
RSA_SHA256, RSA_SHA1 = "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.5"
BASIC_CONSTRAINTS, KEY_USAGE = "2.5.29.19", "2.5.29.15"
SAN, EKU = "2.5.29.17", "2.5.29.37"


def name(*attributes):
    """attributes: (oid, text or bytes) or (oid, bytes, tag)."""
    return seq(*(set_of(seq(oid(a[0]), tlv(
        a[2] if len(a) > 2 else 0x0c,
        a[1] if isinstance(a[1], bytes) else a[1].encode())))
        for a in attributes))


def extension(kind, value, critical=False):
    return seq(oid(kind), tlv(0x01, b"\xff") if critical else b"",
               octets(value))


def extensions(*list_):
    """The attribute of a request that asks for extensions."""
    return seq(oid("1.2.840.113549.1.9.14"), set_of(seq(*list_)))


def new_key(kind="p256"):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    return ec.generate_private_key(
        {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}[kind])


def spki(key):
    return key.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def rsa_spki(n, e):
    return seq(seq(oid("1.2.840.113549.1.1.1"), tlv(0x05)),
               bits(seq(integer(n), integer(e))))


def ec_spki(point, curve="1.2.840.10045.3.1.7"):
    return seq(seq(oid("1.2.840.10045.2.1"), oid(curve)), bits(point))


def sign(key, data, digest=hashes.SHA256):
    """(algorithm identifier, signature)"""
    if isinstance(key, rsa.RSAPrivateKey):
        kind = RSA_SHA1 if digest is hashes.SHA1 else RSA_SHA256
        return (seq(oid(kind), tlv(0x05)),
                key.sign(data, padding.PKCS1v15(), digest()))
    kind = ECDSA_SHA1 if digest is hashes.SHA1 else ECDSA_SHA256
    return seq(oid(kind)), key.sign(data, ec.ECDSA(digest()))


def request(subject, key, *attributes, public=None, digest=hashes.SHA256,
            version=0):
    """A PKCS#10 in DER; public: another SubjectPublicKeyInfo than the
    key's."""
    info = seq(integer(version), subject, public or spki(key),
               tlv(0xa0, *attributes))
    algorithm, signature = sign(key, info, digest)
    return seq(info, algorithm, bits(signature))


def pem(data, label="CERTIFICATE REQUEST"):
    text = base64.encodebytes(data).decode().replace("\n", "")
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines,
                      f"-----END {label}-----", ""])
