"""A CA made by openssl-ca(1), to be taken over, and the folder that takes it."""
import contextlib
import datetime
import pathlib
import re
import shutil
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ocs import Demo, free_ports, make_csr, openssl, quickstart, run_cli

NAME = "Old Issuing CA"
CONFIG = """
[ca]
default_ca = me
[me]
dir = {dir}
database = $dir/index.txt
new_certs_dir = $dir/newcerts
serial = $dir/serial
crlnumber = $dir/crlnumber
certificate = $dir/ca.pem
private_key = $dir/ca.key
default_md = sha256
default_days = 400
default_crl_days = 30
policy = any
copy_extensions = copy
unique_subject = no
x509_extensions = leaf
crl_extensions = list
[any]
commonName = supplied
organizationName = optional
[leaf]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:{url}/Old%20Issuing%20CA.crl, \
URI:http://pki.old.example/CertEnroll/Old%20Issuing%20CA.crl, \
URI:ldap:///CN=Old
authorityInfoAccess = caIssuers;URI:http://pki.old.example/x.crt, \
OCSP;URI:http://ocsp.old.example/
[list]
authorityKeyIdentifier = keyid
[req]
prompt = no
distinguished_name = dn
x509_extensions = root
[dn]
commonName = {name}
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""


class OldCA:
    """One key, one certificate; index.txt and newcerts as they grow."""

    def __init__(self, folder, url, key="rsa2048", name=NAME):
        self.dir = pathlib.Path(folder)
        self.config = self.dir / "ca.cnf"
        (self.dir / "newcerts").mkdir(parents=True)
        (self.dir / "index.txt").touch()
        (self.dir / "serial").write_text("C0FFEE01\n")
        (self.dir / "crlnumber").write_text("41\n")
        self.config.write_text(
            CONFIG.format(dir=self.dir, url=url, name=name))
        kind = {"rsa2048": ["rsa:2048"],
                "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}[key]
        openssl("req", "-x509", "-config", self.config, "-newkey", *kind,
                "-nodes", "-keyout", self.dir / "ca.key", "-days", "3000",
                "-out", self.dir / "ca.pem")

    def ca(self, *args):
        return openssl("ca", "-batch", "-config", self.config, *args)

    def issue(self, name, key="p256", days=None):
        """The certificate, as python3-cryptography reads it."""
        csr = self.dir / f"{name}.csr"
        csr.write_text(make_csr(f"/CN={name}", key=key)[0])
        before = set((self.dir / "newcerts").iterdir())
        self.ca("-in", csr, "-out", self.dir / "one.pem", "-notext",
                *(["-enddate", days] if days else []))
        new, = set((self.dir / "newcerts").iterdir()) - before
        return x509.load_pem_x509_certificate(new.read_bytes())

    def file_of(self, cert):
        found, = [f for f in (self.dir / "newcerts").iterdir()
                  if x509.load_pem_x509_certificate(f.read_bytes()) == cert]
        return found

    def revoke(self, cert, reason):
        self.ca("-revoke", self.file_of(cert), "-crl_reason", reason)

    def publish(self):
        path = self.dir / "old.crl"
        self.ca("-gencrl", "-out", path)
        return path

    def pkcs12(self, password, *options):
        path = self.dir / "ca.p12"
        openssl("pkcs12", "-export", "-inkey", self.dir / "ca.key", "-in",
                self.dir / "ca.pem", "-out", path, "-passout",
                f"pass:{password}", *options)
        (self.dir / "password").write_text(password + "\n")
        return path

    def many(self, n):
        """n certificates of one key, made in memory."""
        key = serialization.load_pem_private_key(
            (self.dir / "ca.key").read_bytes(), None)
        root = x509.load_pem_x509_certificate(
            (self.dir / "ca.pem").read_bytes())
        leaf = ec.generate_private_key(ec.SECP256R1()).public_key()
        now = datetime.datetime.utcnow()
        for i in range(n):
            yield (x509.CertificateBuilder()
                   .subject_name(x509.Name([x509.NameAttribute(
                       x509.NameOID.COMMON_NAME, f"many{i}.example")]))
                   .issuer_name(root.subject).public_key(leaf)
                   .serial_number(0x1000000 + i)
                   .not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=300))
                   .sign(key, hashes.SHA256()))

    def sources(self):
        """What `ca import` is told for key, index, files and list."""
        return ["--ca", self.dir / "ca.key", "--ca", self.dir / "ca.pem",
                "--index", self.dir / "index.txt",
                "--certificates", self.dir / "newcerts",
                "--crl", self.dir / "old.crl"]


@contextlib.contextmanager
def new_folder(*options, name=NAME):
    """A folder that holds nothing but a configuration for this CA (and, of an
    enterprise CA, its templates)."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-"))
    top.chmod(0o755)
    https, http = free_ports(2)
    try:
        # The configuration as quickstart writes it.
        q = quickstart(top / "q", "--ca-name", name, *options)
        q.stop()
        text = (q.dir / "opencertsrv.yaml").read_text()
        text = text.replace(str(q.https), str(https)).replace(
            str(q.http), str(http))
        text = re.sub(r"host: \S+\n  type", "host: localhost\n  type", text)
        d = Demo(top / "demo", https, http)
        d.dir.mkdir()
        (d.dir / "opencertsrv.yaml").write_text(text)
        if (q.dir / "templates").is_dir():
            shutil.copytree(q.dir / "templates", d.dir / "templates")
        shutil.rmtree(q.dir)
        yield d
    finally:
        run_cli("stop", top / "demo", check=False)
        shutil.rmtree(top, ignore_errors=True)


def crl_of(demo, name=NAME):
    der = (demo.dir / "public/certenroll" / f"{name}.crl").read_bytes()
    return x509.load_der_x509_crl(der)


def number_of(crl):
    return crl.extensions.get_extension_for_class(
        x509.CRLNumber).value.crl_number


def openssl_says(folder, ca, crl, cert):
    """"OK", or why openssl verify refuses."""
    (folder / "v-crl.pem").write_bytes(crl.public_bytes(Encoding.PEM))
    (folder / "v-leaf.pem").write_bytes(cert.public_bytes(Encoding.PEM))
    p = subprocess.run(
        ["openssl", "verify", "-CAfile", ca, "-CRLfile",
         folder / "v-crl.pem", "-crl_check", folder / "v-leaf.pem"],
        capture_output=True, text=True, timeout=60)
    return "OK" if p.returncode == 0 else p.stdout + p.stderr
