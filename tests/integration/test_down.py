"""A program that is not there: the pages say so, say that nothing was kept,
and everything comes back by itself."""
import os
import signal

import pytest
from cryptography import x509

from ocs import PATIENCE, make_csr, wait_until
from page import Page
from programs import Programs
from test_bad_input import number_in

DOWNLOADS = ["certnew.cer?ReqID=CACert&Enc=bin",
             "certnew.p7b?ReqID=CACert&Enc=bin",
             "certcrl.crl", "certcrl.crl?Type=base&Enc=b64"]


@pytest.fixture
def programs(start_demo):
    d = start_demo("--issue-at-once")
    d.stop()
    with Programs(d) as p:
        p.start_all()
        yield p


def words(r):
    page = Page(r.text)
    assert page.errors == []
    return page.text


def works(demo):
    """A request goes through all the programs."""
    def attempt():
        r = demo.submit(make_csr("/CN=works.example")[0])
        return r.status_code == 200 and "was issued to you" in r.text
    wait_until(attempt, "a request is issued again")


def test_ca_not_running(programs):
    demo = programs.demo
    csr = make_csr("/CN=down.example")[0]
    works(demo)
    s = demo.session("alice")  # a kept connection, its password remembered
    assert s.get(demo.url + "/certsrv/", timeout=PATIENCE).status_code == 200
    wanted = [demo.get("/certsrv/" + p) for p in DOWNLOADS]
    programs.kill("ca")

    for session in [s, demo.session("bob")]:
        r = session.post(demo.url + "/certsrv/certfnsh.asp",
                         data={"Mode": "newreq", "CertRequest": csr},
                         timeout=PATIENCE)
        assert r.status_code == 503
        assert int(r.headers["Retry-After"]) > 0
        said = words(r)
        assert "not answering" in said
        assert "nothing was kept" in said.lower()
        assert "web.sock" not in r.text and str(demo.dir) not in r.text
        assert number_in(r) is None
    home = words(s.get(demo.url + "/certsrv/", timeout=PATIENCE))
    assert "cannot be shown" in home and "no requests yet" not in home
    # The four downloads need no CA, and say how old they are.
    wait_until(lambda: "Age" in demo.get("/certsrv/" + DOWNLOADS[0]).headers,
               "the pages notice that the CA is silent")
    for path, before in zip(DOWNLOADS, wanted):
        r = demo.get("/certsrv/" + path)
        assert r.status_code == 200 and r.content == before.content, path
        assert r.headers["Content-Type"] == before.headers["Content-Type"]
        assert int(r.headers["Age"]) >= 0 and "Age" not in before.headers
        assert r.headers["OpenCertSrv-Copy-Of"].startswith("20")
    page = s.get(demo.url + "/certsrv/certcarc.asp", timeout=PATIENCE)
    assert "not answering" in words(page)

    # The web role starts anew while the CA is away: from its folder.
    programs.kill("web")
    programs.start("web")
    for path, before in zip(DOWNLOADS, wanted):
        r = demo.get("/certsrv/" + path)
        assert r.status_code == 200 and r.content == before.content, path

    programs.start("ca")
    works(demo)
    rows = demo.json("request", "list", "--search", "down.example")["rows"]
    assert rows == []


def test_signer_not_running(programs):
    demo = programs.demo
    works(demo)
    programs.kill("sign")
    # What an officer decides needs no signature yet.
    r = demo.submit(make_csr("/CN=waits.elsewhere")[0])
    assert "Certificate Pending" in r.text
    number = number_in(r)
    # What would be issued at once does.
    r = demo.submit(make_csr("/CN=nosigner.example")[0])
    said = words(r)
    assert "was issued to you" not in said and number_in(r) is None
    assert "nothing was kept" in said.lower(), said
    assert str(demo.dir) not in r.text
    assert demo.json("request", "list", "--search",
                     "nosigner.example")["rows"] == []
    p = demo.cli("request", "issue", number, check=False)
    assert p.returncode != 0 and "sign" in p.stderr.lower(), p.stderr
    assert demo.row(number)["disposition"] == "pending"
    status = demo.json("crl", "show")  # reading works
    assert status["rows"]
    assert demo.cli("crl", "publish", check=False).returncode != 0

    programs.start("sign")
    works(demo)
    demo.issue(number)
    assert x509.load_pem_x509_certificate(demo.certificate(number))
    demo.assert_audit_is_good()


def test_web_role_not_running(programs):
    demo = programs.demo
    programs.kill("web")
    for user in [None, "alice"]:
        r = demo.get("/certsrv/", user)
        assert r.status_code == 503
        assert "nginx" not in r.text.lower()
        assert words(r)
    name = next(n for n in os.listdir(demo.dir / "public/certenroll")
                if n.endswith(".crl"))
    assert demo.session().get(f"{demo.http_url}/certenroll/{name}",
                              timeout=PATIENCE).status_code == 200
    programs.start("web")
    works(demo)


def test_start_in_any_order(programs):
    """Web before CA before signer: each waits for the one it needs."""
    demo = programs.demo
    programs.stop()
    programs.start("nginx")
    programs.start("web")
    assert demo.get("/certsrv/certnew.cer?ReqID=CACert").status_code == 200
    programs.start("sign")
    programs.start("ca")
    works(demo)


@pytest.mark.parametrize("name", ["sign", "ca", "web", "nginx"])
def test_supervisor_restarts_what_dies(demo_at_once, name):
    demo = demo_at_once
    before = demo.pids()
    os.kill(before[name], signal.SIGKILL)
    wait_until(lambda: demo.pids()[name] not in (0, before[name]),
               f"{name} is started again")
    after = demo.pids()
    assert {n: p for n, p in after.items() if n != name} == \
        {n: p for n, p in before.items() if n != name}

    def attempt():
        try:
            r = demo.submit(make_csr("/CN=works.example")[0])
        except OSError:
            return False
        return r.status_code == 200 and "was issued to you" in r.text
    wait_until(attempt, "a request is issued again")
    restarts = {p["name"]: p["restarts"]
                for p in demo.json("status")["programs"]}
    assert restarts[name] >= 1
    demo.assert_audit_is_good()


def test_programs_end_with_their_supervisor(start_demo):
    d = start_demo()
    pids = d.pids()
    os.kill(d.json("status")["pid"], signal.SIGKILL)

    def gone(pid):
        try:
            with open(f"/proc/{pid}/stat") as f:
                return f.read().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            return True
    wait_until(lambda: all(gone(p) for p in pids.values()),
               "the programs end")
    d.start()
    assert d.get("/certsrv/", "alice").status_code == 200
