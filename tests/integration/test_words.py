"""What is said of requests that cannot be used: the code and the words of each
refusal, as docs/dispositions.md lists them."""
import base64

import pytest
from cryptography.hazmat.primitives import hashes

import cms
import der

NAME = der.name((der.CN, "www.example"))
EC, RSA = der.new_key(), der.new_key("rsa2048")
N = RSA.public_key().public_numbers().n


def asks(kind, value):
    return der.request(NAME, der.new_key(), der.extensions(
        der.extension(kind, value)))


def of_key(spki, key=EC):
    return der.request(NAME, key, public=spki)


def signed_with(algorithm):
    """A request that says it is signed with another algorithm."""
    info = der.seq(der.integer(0), NAME, der.spki(EC), der.tlv(0xa0))
    return der.seq(info, algorithm, der.bits(der.sign(EC, info)[1]))


def cmc(*parts):
    """A signed message of the type of CMC that nobody signed."""
    return der.seq(der.oid(cms.SIGNED), der.tlv(0xa0, der.seq(
        der.integer(3), der.set_of(), der.seq(
            der.oid("1.3.6.1.5.5.7.12.2"),
            der.tlv(0xa0, der.octets(der.seq(*parts)))), der.set_of())))


def text(data, end=""):
    return base64.encodebytes(data).decode() + end


GOOD = der.request(NAME, EC)
BAD_DATA, BAD_SUBJECT, POLICY, KEY, SIGNATURE, LARGE, PRIVATE = (
    0x8007000D, 0x80094001, 0x80094010, 0x80094811, 0x80090006, 0x8007006F,
    0x8007000D)
ROWS = {
    # what a request asks for
    "purposes": (asks(der.EKU, der.seq()), BAD_DATA,
                 "The extended key usage in the request cannot be read"),
    "no purpose": (asks(der.EKU, der.seq(der.oid("2.5.29.37.0"))), POLICY,
                   "allows none of the purposes"),
    "usage": (asks(der.KEY_USAGE, der.integer(1)), BAD_DATA,
              "The key usage in the request cannot be read"),
    "policies": (asks("2.5.29.32", der.integer(1)), BAD_DATA,
                 "The certificate policies in the request cannot be read"),
    "names": (asks(der.SAN, der.seq(der.tlv(0x82, b"a b"))), BAD_SUBJECT,
              "The subject alternative name cannot be used: "),
    "names no list": (asks(der.SAN, der.integer(1)), BAD_SUBJECT,
                      "The subject alternative name cannot be used."),
    "no name": (der.request(der.name(), der.new_key()), BAD_SUBJECT,
                "another name that this CA grants"),
    "subject": (der.request(der.name((der.CN, "")), der.new_key()),
                BAD_SUBJECT, "the subject has an empty common name"),
    # keys
    "short point": (of_key(der.ec_spki(b"\4" + bytes(63))), KEY,
                    "key has 64 bytes instead of 65"),
    "compressed": (of_key(der.ec_spki(b"\2" + bytes(32))), KEY,
                   "key's point is not in the uncompressed form"),
    "parameters": (of_key(der.seq(der.seq(der.oid("1.2.840.113549.1.1.1"),
                                          der.integer(1)),
                                  der.bits(der.seq())), RSA), BAD_DATA,
                   "the RSA key's algorithm has wrong parameters"),
    "off the curve": (of_key(der.ec_spki(b"\4" + b"\1" * 64)), BAD_DATA,
                      "key is malformed: its numbers make no valid key"),
    "rsa": (of_key(der.seq(der.seq(der.oid("1.2.840.113549.1.1.1"),
                                   der.tlv(0x05)), der.bits(der.seq())), RSA),
            BAD_DATA, "must be a modulus and an exponent"),
    "large exponent": (of_key(der.rsa_spki(N, 2**65 + 1), RSA), KEY,
                       "exponent of the RSA key has more than 64 bits"),
    "small exponent": (of_key(der.rsa_spki(N, 3), RSA), SIGNATURE,
                       "exponent of the RSA key is below 65537"),
    "even exponent": (of_key(der.rsa_spki(N, 65538), RSA), SIGNATURE,
                      "exponent of the RSA key is even"),
    "dsa": (of_key(der.seq(der.seq(der.oid("1.2.840.10040.4.1")),
                           der.bits(der.integer(5)))), KEY,
            "use RSA, P-256, P-384, P-521 or Ed25519"),
    # signatures
    "sha-1": (der.request(NAME, EC, digest=hashes.SHA1), SIGNATURE,
              "is too weak and is not accepted; sign with SHA-256"),
    "unknown": (signed_with(der.seq(der.oid("1.2.3.4"))), SIGNATURE,
                "algorithm or parameters that are not accepted"),
    # the text
    "characters": (text(GOOD)[:40] + "?" + text(GOOD)[41:], BAD_DATA,
                   "has characters that do not belong there"),
    "followed": (text(GOOD + b"abc"), BAD_DATA,
                 "is followed by 3 bytes that do not belong to it"),
    "incomplete": (text(GOOD[:-3]), BAD_DATA, "the request is incomplete"),
    "no DER": (text(b"hello world"), BAD_DATA,
               "this is not a certificate request"),
    "BER": (text(b"\x30\x80" + GOOD + b"\0\0"), BAD_DATA,
            "is written in BER with indefinite lengths, and only DER is read"),
    "private": ("-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n"
                "-----END PRIVATE KEY-----\n", PRIVATE,
                "it must stay with its owner and was not kept"),
    "attributes": (der.request(NAME, EC, *[
        cms.attribute(f"1.2.3.{i}", der.integer(1)) for i in range(65)]),
        LARGE, "the request has more than 64 attributes"),
    "pairs": (der.request(NAME, EC, cms.attribute(cms.PAIR, der.seq(*[
        der.seq(cms.bmp("a"), cms.bmp("b"))] * 300))), LARGE,
        "name-value pairs"),
    "extensions": (der.request(NAME, EC, der.seq(
        der.oid("1.2.840.113549.1.9.14"), der.set_of(der.integer(1)))),
        BAD_DATA, "the extension request is malformed"),
    "two lists": (der.request(
        NAME, EC, der.extensions(der.extension("1.2.3", der.integer(1))),
        der.seq(der.oid("1.3.6.1.4.1.311.2.1.14"), der.set_of(der.seq(
            der.extension("1.2.3", der.integer(2)))))), BAD_DATA,
        "asks for extensions in two attributes that differ"),
    "provider": (der.request(NAME, EC, cms.attribute(
        "1.3.6.1.4.1.311.13.2.2", der.integer(1))), BAD_DATA,
        'attribute "cryptographic provider" is malformed'),
    # messages
    "no signed data": (der.seq(der.oid(cms.SIGNED), der.integer(1)), BAD_DATA,
                       "it holds no signed data"),
    "controls": (cmc(der.integer(1)), BAD_DATA, "CMC request: the controls"),
    "requests": (cmc(der.seq(), der.integer(1)), BAD_DATA,
                 "CMC request: the requests"),
}


@pytest.mark.parametrize("data,code,words", ROWS.values(), ids=ROWS)
def test_words(demo, data, code, words):
    sent = data if isinstance(data, str) else der.pem(data)
    row = demo.row(demo.submit_id(sent))
    assert row["disposition"] in ("denied", "failed")
    assert words in row["sentence"], row
    assert f"0x{code:08X}, " in row["message"]
    assert row["message"].startswith(
        "Denied by Policy Module  " if row["disposition"] == "denied"
        else "Error ")


def test_words_about_attributes(demo):
    row = demo.row(demo.submit_id(der.pem(GOOD), attributes="a:b\n" * 257))
    assert row["disposition"] == "failed"
    assert "there are more than 256 attributes" in row["sentence"]
    assert "0x8007006F" in row["message"]
