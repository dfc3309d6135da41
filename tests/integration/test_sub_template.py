"""The shipped template SubCA: two officers, and a signer that was told to, make
a CA below this one; openssl accepts a leaf of it, and none of a CA below it."""
from ocs import make_csr, openssl
from wire import Wire

ON = [("sign:\n", "sign:\n  subordinates: true\n")]
CA = "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n"
LEAF = "basicConstraints=CA:false\n"


def ask(d):
    """(number, path of the key) of a request that waits."""
    d.cli("template", "enable", "SubCA")
    d.cli("permission", "allow", "user", "alice", "enroll", "--template",
          "SubCA")
    csr, key = make_csr("/O=Example/CN=Issuing CA")
    number = d.submit_id(csr, attributes="CertificateTemplate:SubCA")
    assert d.row(number)["disposition"] == "pending"
    assert "1 of 2" in d.cli("request", "issue", number, "--as",
                             "officer").stdout
    return number, key


def issue(folder, name, above, extensions):
    """A certificate by openssl: paths of it and of its key."""
    csr, key = make_csr(f"/CN={name}")
    (folder / "csr").write_text(csr)
    (folder / "ext").write_text(extensions)
    out = folder / f"{name}.pem"
    openssl("x509", "-req", "-in", folder / "csr", "-CA", above[0], "-CAkey",
            above[1], "-set_serial", "7", "-days", "30", "-extfile",
            folder / "ext", "-out", out)
    return out, key


def test_a_leaf_below_it(start_demo, tmp_path):
    d = start_demo("--ca-type", "enterprise", replace=ON)
    number, key = ask(d)
    d.cli("request", "issue", number, "--as", "officer2")
    sub = tmp_path / "sub.pem", key
    sub[0].write_bytes(d.certificate(number))
    text = openssl("x509", "-in", sub[0], "-noout", "-text").stdout
    assert b"CA:TRUE, pathlen:0" in text
    assert b"Certificate Sign, CRL Sign" in text

    def accepts(leaf, *between):
        untrusted = [w for c in between for w in ("-untrusted", c[0])]
        return openssl("verify", "-CAfile", d.ca_pem, *untrusted, leaf[0],
                       check=False).returncode == 0
    openssl("verify", "-x509_strict", "-CAfile", d.ca_pem, sub[0])
    assert accepts(issue(tmp_path, "leaf", sub, LEAF), sub)
    below = issue(tmp_path, "below", sub, CA)
    assert not accepts(issue(tmp_path, "leaf2", below, LEAF), sub, below)
    d.assert_audit_is_good()


def test_only_when_the_signer_was_told(start_demo):
    d = start_demo("--ca-type", "enterprise")
    number, _ = ask(d)
    p = d.cli("request", "issue", number, "--as", "officer2", check=False)
    assert p.returncode == 1 and "subordinates: true" in p.stderr, p.stderr
    assert d.row(number)["disposition"] == "pending"
    assert "\trefused\t" in (d.dir / "sign/sign.log").read_text()
    d.stop()
    d.configure(replace=ON)
    d.start()
    d.cli("request", "issue", number, "--as", "officer2")
    assert d.row(number)["disposition"] == "issued"


def test_no_administrator_alone(start_demo):
    # The method behind `ca sign` asks for no approvals, so it is only there
    # when CA and signer were started for it; the switch does not open it.
    d = start_demo("--ca-type", "enterprise", replace=ON)
    csr = openssl("req", "-outform", "DER",
                  data=make_csr("/CN=Evil Sub CA")[0].encode()).stdout
    admin = {2: "admin", 4: d.users["admin"][0]}
    w = Wire(d.dir / "run/admin/admin.sock", admin)
    assert w.refused is None
    answer = w.call("CA_SIGN", {1: csr, 2: 3000, 3: 0xffffffff})
    assert answer.code != 0 and "while the CA is stopped" in answer.text
    assert "Evil" not in d.cli("request", "list").stdout
    d.assert_audit_is_good()
