"""asn.py - DER by hand, keys from a seed: everything these vectors need, and
nothing that the code under test is made of."""
import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 0x80:
        return bytes([tag, n]) + body
    length = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *parts)


def context(n, *parts):
    return tlv(0xA0 | n, *parts)


def integer(v):
    return tlv(2, v.to_bytes(v.bit_length() // 8 + 1, "big"))


def octets(b):
    return tlv(4, b)


def bits(b):
    return tlv(3, b"\0" + b)


def null():
    return tlv(5)


def utf8(s):
    return tlv(0x0C, s.encode())


def bmp(s):
    return tlv(0x1E, s.encode("utf-16-be"))


def utctime(s):
    return tlv(0x17, s.encode())


def oid(dotted):
    arcs = [int(a) for a in dotted.split(".")]
    out = b""
    for v in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        piece = bytes([v & 0x7F])
        v >>= 7
        while v:
            piece = bytes([0x80 | v & 0x7F]) + piece
            v >>= 7
        out += piece
    return tlv(6, out)


def name(cn):
    return seq(set_of(seq(oid("2.5.4.3"), utf8(cn))))


def head(der, at):
    """Tag, place of the content and place after it of the element at at."""
    n = der[at + 1]
    start = at + 2
    if n & 0x80:
        start += n & 0x7F
        n = int.from_bytes(der[at + 2:start], "big")
    return der[at], start, start + n


def nodes(der, at=0, end=None):
    """Places of all elements, outer first."""
    end = len(der) if end is None else end
    while at < end:
        tag, start, after = head(der, at)
        yield at
        if tag & 0x20:
            yield from nodes(der, start, after)
        at = after


# ---- keys ------------------------------------------------------------------

SHA1 = "1.3.14.3.2.26"
SHA256 = "2.16.840.1.101.3.4.2.1"
SHA384 = "2.16.840.1.101.3.4.2.2"
SHA512 = "2.16.840.1.101.3.4.2.3"
HASHES = {SHA1: "sha1", SHA256: "sha256", SHA384: "sha384", SHA512: "sha512"}
CRYPTO = {SHA1: hashes.SHA1, SHA256: hashes.SHA256, SHA384: hashes.SHA384,
          SHA512: hashes.SHA512}


def digest(alg, data):
    return hashlib.new(HASHES[alg], data).digest()


def algorithm(dotted, params=b""):
    return seq(oid(dotted), params)


def is_prime(n):
    if any(n % p == 0 for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    s = ((n - 1) & (1 - n)).bit_length() - 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29):
        x = pow(base, n - 1 >> s, n)
        if x not in (1, n - 1) and all(
                (x := x * x % n) != n - 1 for _ in range(s - 1)):
            return False
    return True


def prime(seed, size, avoid=65537):
    n = int.from_bytes(hashlib.shake_256(seed).digest(size // 8), "big")
    n |= 3 << size - 2 | 1
    while not is_prime(n) or n % avoid == 1:
        n += 2
    return n


class Ed25519:
    digest = SHA512
    cms_alg = csr_alg = algorithm("1.3.101.112")

    def __init__(self, seed):
        self.key = ed25519.Ed25519PrivateKey.from_private_bytes(
            hashlib.sha256(seed.encode()).digest())
        self.spki = self.key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        self.ski = hashlib.sha1(self.spki[-32:]).digest()

    def sign(self, data, alg=None):
        return self.key.sign(data)


class Rsa:
    digest = SHA256
    csr_alg = algorithm("1.2.840.113549.1.1.11", null())
    cms_alg = algorithm("1.2.840.113549.1.1.1", null())

    def __init__(self, seed, size=2048):
        p, q = (prime(f"{seed} {x}".encode(), size // 2) for x in "pq")
        d = pow(65537, -1, (p - 1) * (q - 1))
        public = rsa.RSAPublicNumbers(65537, p * q)
        self.key = rsa.RSAPrivateNumbers(
            p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p),
            public).private_key()
        self.spki = self.key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        self.ski = hashlib.sha1(seq(integer(p * q), integer(65537))).digest()

    def sign(self, data, alg=SHA256):
        return self.key.sign(data, padding.PKCS1v15(), CRYPTO[alg]())
