"""A requester in a folder of his own: `opencertsrv enroll` as he would type
it."""
import json
import os
import subprocess

from cryptography import x509

from ocs import CLI, PATIENCE, openssl

DONE, FAILED, USAGE, PENDING, DENIED, AGAIN, SIGN_IN, LOCKED, EXEC = range(9)
PASSPHRASE = "Heslo žluťoučký 9"


class Requester:
    def __init__(self, demo, folder, user="alice", program=CLI, env=None):
        self.demo, self.dir, self.user = demo, folder, user
        self.program, self.env = program, env or {}
        (folder / "password").write_text(demo.users[user][0] + "\n")
        (folder / "passphrase").write_text(PASSPHRASE + "\n")

    def command(self, verb, *args):
        return [str(self.program), "enroll", verb, *map(str, args)]

    def __call__(self, verb, *args, env=None):
        """Run `enroll VERB ARGS` in the folder; the finished process."""
        return subprocess.run(
            self.command(verb, *args), cwd=self.dir, text=True,
            capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE,
            env={**os.environ, **self.env, **(env or {})},
            start_new_session=True)

    def server(self):
        return ["--url", self.demo.url + "/certsrv/", "--user", self.user,
                "--password-file", "password", "--ca-file",
                self.demo.ca_pem]

    def new(self, *args, name="www", key="p256", passphrase=False):
        p = self("new", "--out-key", f"{name}.key", "--key", key,
                 *(["--passphrase-file", "passphrase"] if passphrase
                   else ["--no-passphrase"]),
                 *(args or ["--dns", f"{name}.example"]))
        assert p.returncode == DONE, p.stderr
        return self.dir / f"{name}.csr"

    def submit(self, name="www", *args):
        return self("submit", f"{name}.csr", *self.server(), *args)

    def certificate(self, name="www", *args):
        """A key with an issued certificate, from a CA that issues at once."""
        self.new(*args, name=name)
        assert self.submit(name).returncode == DONE
        p = self("retrieve", f"{name}.enroll.json")
        assert p.returncode == DONE, p.stderr
        return self.pem(name)

    def pem(self, name="www"):
        return x509.load_pem_x509_certificate(
            (self.dir / f"{name}.pem").read_bytes())

    def state(self, name="www"):
        return json.loads((self.dir / f"{name}.enroll.json").read_text())

    def belongs(self, name="www"):
        """Do key and certificate belong together, says OpenSSL?"""
        of_key = openssl("pkey", "-in", self.dir / f"{name}.key", "-pubout")
        of_cert = openssl("x509", "-in", self.dir / f"{name}.pem", "-noout",
                          "-pubkey")
        return of_key.stdout == of_cert.stdout

    def verifies(self, name="www"):
        p = openssl("verify", "-CAfile", self.demo.ca_pem,
                    self.dir / f"{name}.pem", check=False)
        return p.returncode == 0
