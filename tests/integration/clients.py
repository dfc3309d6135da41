"""Programs of other people that make certificate requests, driven as their
users drive them, and judging the certificate with their own means.

ROWS lists what is tried: (program, what, maker). maker(folder) makes a request
and says how its program looks at the certificate: a Made.

MESSAGES lists who signs messages around requests: (program, what, signer).
signer(folder, content, *who) returns the message; content is a file, who are
pairs of files, key and certificate in PEM.

REFUSED lists what is not taken: (program, what, maker, code, words);
maker(folder) returns the request."""
import os
import pathlib
import subprocess
import typing

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (ec, ed25519, padding,
                                                       rsa)
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import AttributeOID, NameOID

from ocs import PATIENCE

HOST = "www.example.com"
MODULE = next((p for p in ["/usr/lib/softhsm/libsofthsm2.so",
                           "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                           "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"]
               if pathlib.Path(p).exists()), None)
PASSWORD = "a password"


class Made(typing.NamedTuple):
    """request: bytes of the file as it is uploaded or pasted.
    judge(certificate, ca): files in PEM; raises when it is not good."""
    request: bytes
    judge: typing.Callable


ROWS, MESSAGES, REFUSED = [], [], []


def row(program, what):
    def add(maker):
        ROWS.append((program, what, maker))
        return maker
    return add


def message(program, what):
    def add(signer):
        MESSAGES.append((program, what, signer))
        return signer
    return add


def refused(program, what, code, words):
    def add(maker):
        REFUSED.append((program, what, maker, code, words))
        return maker
    return add


def run(folder, *argv, env=None, data=None):
    p = subprocess.run([str(a) for a in argv], cwd=folder, env=env,
                       input=data, capture_output=True, timeout=PATIENCE)
    assert p.returncode == 0, (argv, p.stdout.decode(errors="replace"),
                               p.stderr.decode(errors="replace"))
    return p.stdout


# ---- OpenSSL -----------------------------------------------------------------

def of_openssl(folder, key=("RSA", "rsa_keygen_bits:2048"), options=()):
    algorithm, *option = key
    run(folder, "openssl", "genpkey", "-algorithm", algorithm, "-out",
        "key.pem", *(["-pkeyopt", option[0]] if option else []))
    return run(folder, "openssl", "req", "-new", "-key", "key.pem", "-subj",
               f"/CN={HOST}/O=Example", *options)


def by_openssl(folder):
    def judge(certificate, ca):
        run(folder, "openssl", "verify", "-x509_strict", "-purpose",
            "sslserver", "-CAfile", ca, certificate)
        assert run(folder, "openssl", "x509", "-noout", "-pubkey", "-in",
                   certificate) == \
            run(folder, "openssl", "pkey", "-pubout", "-in", "key.pem")
    return judge


def openssl(what, key=("RSA", "rsa_keygen_bits:2048"), options=(),
            change=lambda x: x):
    @row("OpenSSL", what)
    def _(folder):
        return Made(change(of_openssl(folder, key, options)),
                    by_openssl(folder))


PSS = ["-sigopt", "rsa_padding_mode:pss"]
openssl("RSA-2048")
openssl("RSA-3072, SHA-512", ("RSA", "rsa_keygen_bits:3072"), ["-sha512"])
openssl("RSA-2048 signed by RSA-PSS", options=PSS)
openssl("RSA-2048 signed by RSA-PSS, salt as long as the hash",
        options=[*PSS, "-sigopt", "rsa_pss_saltlen:-1"])
for curve in ("P-256", "P-384", "P-521"):
    openssl(curve, ("EC", f"ec_paramgen_curve:{curve}"))
openssl("Ed25519", ("ED25519",))
openssl("names and usages as extensions", options=[
    "-addext", f"subjectAltName=DNS:{HOST}", "-addext",
    "keyUsage=critical,digitalSignature", "-addext",
    "extendedKeyUsage=serverAuth"])
openssl("label NEW CERTIFICATE REQUEST", options=["-newhdr"])
openssl("text in front of the request", options=["-text"])
openssl("DER", options=["-outform", "DER"])
openssl("a file in UTF-16", change=lambda x: x.decode().replace(
    "\n", "\r\n").encode("utf-16"))


@row("OpenSSL", "attributes: challenge password, unstructured name")
def _(folder):
    (folder / "req.cnf").write_text(
        "[req]\nprompt=no\ndistinguished_name=dn\nattributes=attrs\n[dn]\n"
        f"CN={HOST}\n[attrs]\nchallengePassword=a secret\n"
        "unstructuredName=a name\n")
    return Made(of_openssl(folder, options=["-config", "req.cnf"]),
                by_openssl(folder))


# ---- GnuTLS ------------------------------------------------------------------

def by_certtool(folder, key=("--load-privkey", "key.pem"), env=None):
    def judge(certificate, ca):
        run(folder, "certtool", "--verify", "--load-ca-certificate", ca,
            "--infile", certificate)
        public = run(folder, "certtool", "--pubkey-info",
                     "--load-certificate", certificate)
        assert public_key(public) == public_key(
            run(folder, "certtool", "--pubkey-info", *key, env=env))
    return judge


def public_key(text):
    """The PEM block, without what is told in front of it."""
    return text[text.index(b"-----BEGIN"):]


def certtool(what, key, template="", options=()):
    @row("GnuTLS (certtool)", what)
    def _(folder):
        (folder / "cfg").write_text(f'cn = "{HOST}"\n{template}')
        run(folder, "certtool", "--generate-privkey", *key, "--outfile",
            "key.pem")
        run(folder, "certtool", "--generate-request", "--load-privkey",
            "key.pem", "--template", "cfg", "--outfile", "out", *options)
        return Made((folder / "out").read_bytes(), by_certtool(folder))


certtool("RSA-2048", ["--key-type", "rsa", "--bits", "2048"])
for curve in ("secp256r1", "secp384r1", "secp521r1"):
    certtool(f"ECDSA {curve}", ["--key-type", "ecdsa", "--curve", curve])
certtool("Ed25519", ["--key-type", "ed25519"])
certtool("DER", ["--key-type", "ecdsa", "--curve", "secp256r1"],
         options=["--outder"])
certtool("a template with names, usages, purposes",
         ["--key-type", "ecdsa", "--curve", "secp256r1"],
         f'dns_name = "{HOST}"\norganization = "Example"\nsigning_key\n'
         "tls_www_server\n")


@row("GnuTLS (certtool)", "RSA-2048 on a PKCS#11 token (SoftHSM2)")
def _(folder):
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder}/tokens\n"
        "objectstore.backend = file\nlog.level = ERROR\n")
    env = {**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm2.conf"),
           "GNUTLS_PIN": "123456"}
    run(folder, "softhsm2-util", "--module", MODULE, "--init-token", "--free",
        "--label", "card", "--so-pin", "87654321", "--pin", "123456", env=env)
    run(folder, "p11tool", "--provider", MODULE, "--login", "--generate-rsa",
        "--bits", "2048", "--label", "www", "--outfile", "public.pem",
        "pkcs11:token=card", env=env)
    (folder / "cfg").write_text(f'cn = "{HOST}"\n')
    key = ["--provider", MODULE, "--load-privkey",
           "pkcs11:token=card;object=www;type=private"]
    run(folder, "certtool", "--generate-request", *key, "--load-pubkey",
        "public.pem", "--template", "cfg", "--outfile", "out", env=env)
    return Made((folder / "out").read_bytes(),
                by_certtool(folder, ["--load-pubkey", "public.pem"], env))


# ---- NSS ---------------------------------------------------------------------

CERTUTIL = ["certutil", "-d", ".", "-f", "password"]


def of_nss(folder, *options):
    (folder / "noise").write_bytes(bytes(range(200)))
    (folder / "password").write_text(PASSWORD)
    run(folder, *CERTUTIL, "-N")
    run(folder, *CERTUTIL, "-R", "-z", "noise", "-s", f"CN={HOST},O=Example",
        "-o", "out", *options)
    return (folder / "out").read_bytes()


def nss(what, options):
    @row("NSS (certutil)", what)
    def _(folder):
        request = of_nss(folder, *options)

        def judge(certificate, ca):
            run(folder, *CERTUTIL, "-A", "-n", "ca", "-t", "CT,,", "-a", "-i",
                ca)
            run(folder, *CERTUTIL, "-A", "-n", "me", "-t", ",,", "-a", "-i",
                certificate)
            said = run(folder, *CERTUTIL, "-V", "-n", "me", "-u", "V")
            assert b"certificate is valid" in said, said
            # "u": the private key of this certificate is here.
            listed = run(folder, *CERTUTIL, "-L").decode()
            assert any(line.split() == ["me", "u,u,u"]
                       for line in listed.splitlines()), listed
        return Made(request, judge)


nss("RSA-2048, DER", ["-k", "rsa", "-g", "2048"])
nss("RSA-2048, text with a head", ["-k", "rsa", "-g", "2048", "-a"])
nss("P-256, DER", ["-k", "ec", "-q", "nistp256"])
nss("P-384, text with a head", ["-k", "ec", "-q", "nistp384", "-a"])
nss("P-521, DER", ["-k", "ec", "-q", "nistp521", "-Z", "SHA512"])
nss("names, usages and purposes as extensions",
    ["-k", "ec", "-q", "nistp256", "-8", HOST, "--keyUsage",
     "digitalSignature,critical", "--extKeyUsage", "serverAuth"])


# ---- python3-cryptography ----------------------------------------------------

def cryptography(what, key, digest=hashes.SHA256(), build=lambda b: b,
                 encoding=serialization.Encoding.PEM):
    @row("python3-cryptography", what)
    def _(_folder):
        private = key()
        builder = build(x509.CertificateSigningRequestBuilder().subject_name(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])))

        def judge(certificate, ca):
            cert, issuer = (x509.load_pem_x509_certificate(
                pathlib.Path(p).read_bytes()) for p in (certificate, ca))
            public = issuer.public_key()
            more = ([padding.PKCS1v15(), cert.signature_hash_algorithm]
                    if isinstance(public, rsa.RSAPublicKey)
                    else [ec.ECDSA(cert.signature_hash_algorithm)])
            public.verify(cert.signature, cert.tbs_certificate_bytes, *more)
            assert cert.issuer == issuer.subject
            form = (serialization.Encoding.DER,
                    serialization.PublicFormat.SubjectPublicKeyInfo)
            assert cert.public_key().public_bytes(*form) == \
                private.public_key().public_bytes(*form)
        return Made(builder.sign(private, digest).public_bytes(encoding),
                    judge)


def p256():
    return ec.generate_private_key(ec.SECP256R1())


cryptography("RSA-2048", lambda: rsa.generate_private_key(65537, 2048))
cryptography("P-256", p256)
cryptography("P-384, SHA-384", lambda: ec.generate_private_key(
    ec.SECP384R1()), hashes.SHA384())
cryptography("Ed25519", ed25519.Ed25519PrivateKey.generate, None)
cryptography("DER", p256, encoding=serialization.Encoding.DER)
cryptography("names as an extension, challenge password", p256, build=lambda b:
             b.add_extension(x509.SubjectAlternativeName(
                 [x509.DNSName(HOST)]), critical=False).add_attribute(
                     AttributeOID.CHALLENGE_PASSWORD, b"a secret"))


# ---- Java --------------------------------------------------------------------

def keytool(what, *options, more=()):
    @row("Java (keytool)", what)
    def _(folder):
        store = ["-keystore", "store.p12", "-storepass", PASSWORD]
        run(folder, "keytool", "-genkeypair", "-alias", "me", "-dname",
            f"CN={HOST}", *store, *options)
        request = run(folder, "keytool", "-certreq", "-alias", "me", *store,
                      *more)

        def judge(certificate, ca):
            """It takes a reply only for its key and with a chain that it
            trusts."""
            run(folder, "keytool", "-importcert", "-noprompt", "-alias", "ca",
                "-file", ca, *store)
            p = subprocess.run(
                ["keytool", "-importcert", "-alias", "me", "-file",
                 certificate, *store], cwd=folder, capture_output=True,
                timeout=PATIENCE)
            assert b"was installed" in p.stderr, p.stdout + p.stderr
        return Made(request, judge)


keytool("RSA-2048", "-keyalg", "RSA", "-keysize", "2048")
keytool("P-256", "-keyalg", "EC", "-groupname", "secp256r1")
keytool("Ed25519", "-keyalg", "Ed25519")
keytool("names as an extension", "-keyalg", "EC", "-groupname", "secp256r1",
        more=["-ext", f"san=dns:{HOST}"])


# ---- messages around requests ------------------------------------------------

def by_openssl_cms(what, *options, behind=()):
    @message("OpenSSL (cms)", what)
    def _(folder, content, *who, kind=()):
        signers = [w for key, cert in who
                   for w in ("-signer", cert, "-inkey", key, *behind)]
        return run(folder, "openssl", "cms", "-sign", "-binary", "-nodetach",
                   "-outform", "DER", "-in", content, *options, *kind,
                   *signers)


by_openssl_cms("as it signs by default")
by_openssl_cms("SHA-512, signer by key identifier", "-md", "sha512", "-keyid")
by_openssl_cms("without signed attributes", "-noattr")


@message("GnuTLS (certtool)", "--p7-sign --p7-include-cert --p7-time")
def _(folder, content, who):
    run(folder, "certtool", "--p7-sign", "--p7-include-cert", "--p7-time",
        "--hash", "SHA256", "--load-privkey", who[0], "--load-certificate",
        who[1], "--infile", content, "--outder", "--outfile", "message")
    return (folder / "message").read_bytes()


@message("python3-cryptography", "PKCS7SignatureBuilder")
def _(_folder, content, who):
    key, cert = (pathlib.Path(p).read_bytes() for p in who)
    return pkcs7.PKCS7SignatureBuilder().set_data(
        pathlib.Path(content).read_bytes()).add_signer(
            x509.load_pem_x509_certificate(cert),
            serialization.load_pem_private_key(key, None),
            hashes.SHA256()).sign(serialization.Encoding.DER,
                                  [pkcs7.PKCS7Options.Binary])


# ---- what is not taken -------------------------------------------------------

PSS_KEY = (0x80094811, "keys of the algorithm RSA-PSS are not accepted")
BER = (0x8007000D, "the message is written in BER with indefinite lengths")


@refused("OpenSSL", "a key that is for RSA-PSS only", *PSS_KEY)
def _(folder):
    return of_openssl(folder, ("RSA-PSS", "rsa_keygen_bits:2048"))


@refused("GnuTLS (certtool)", "a key that is for RSA-PSS only", *PSS_KEY)
def _(folder):
    (folder / "cfg").write_text(f'cn = "{HOST}"\n')
    run(folder, "certtool", "--generate-privkey", "--key-type", "rsa-pss",
        "--bits", "2048", "--outfile", "key.pem")
    run(folder, "certtool", "--generate-request", "--load-privkey",
        "key.pem", "--template", "cfg", "--outfile", "out")
    return (folder / "out").read_bytes()


@refused("NSS (certutil)", "--pss: a key that is for RSA-PSS only", *PSS_KEY)
def _(folder):
    return of_nss(folder, "-k", "rsa", "-g", "2048", "--pss")


@refused("OpenSSL (cms)", "-stream: BER", *BER)
def _(folder):
    (folder / "content").write_bytes(of_openssl(
        folder, options=["-outform", "DER"]))
    run(folder, "openssl", "req", "-x509", "-key", "key.pem", "-subj",
        f"/CN={HOST}", "-out", "cert.pem")
    return run(folder, "openssl", "cms", "-sign", "-stream", "-binary",
               "-nodetach", "-outform", "DER", "-in", "content", "-signer",
               "cert.pem", "-inkey", "key.pem")


@refused("NSS (cmsutil)", "-S: BER", *BER)
def _(folder):
    """Its own certificate: trusted for mail, as cmsutil wants one."""
    of_nss(folder, "-k", "rsa", "-g", "2048")
    run(folder, *CERTUTIL, "-S", "-z", "noise", "-n", "me", "-s",
        "CN=me,E=me@example.com", "-x", "-t", "Cu,Cu,Cu", "-k", "rsa")
    run(folder, "cmsutil", "-S", "-d", ".", "-f", "password", "-N", "me",
        "-i", "out", "-o", "message")
    return (folder / "message").read_bytes()
