"""A program that is frozen, not dead: whoever asks it is told in time, the
others go on, and everything comes back when it wakes."""
import concurrent.futures
import contextlib
import os
import signal

from ocs import make_csr

LONG = 100  # seconds: several deadlines of the programs


@contextlib.contextmanager
def frozen(demo, program):
    pid = demo.pids()[program]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def frozen_signer(d):
    number = d.submit_id(make_csr()[0])
    with frozen(d, "sign"):
        p = d.cli("request", "issue", number, check=False)
        assert p.returncode != 0 and "Nothing was kept" in p.stderr
        assert d.row(number)["disposition"] == "pending"
        assert "signer did not answer" in d.cli("status").stdout
    # The answer that came too late is no certificate; the next one is.
    d.issue(number)
    d.certificate(number)
    d.assert_audit_is_good()


def frozen_ca(d):
    s = d.session("alice")
    pages, download = d.url + "/certsrv/", "certnew.cer?ReqID=CACert&Enc=b64"
    assert s.get(pages).status_code == 200
    with frozen(d, "ca"):
        r = s.get(pages + "requests.asp", timeout=LONG)
        assert r.status_code == 503 and "did not come in time" in r.text
        # Not as long again: the CA was given up.
        r = s.get(pages + "requests.asp", timeout=LONG)
        assert r.status_code == 503 and "not answering" in r.text
        assert s.get(pages + download).status_code == 200
        p = d.cli("request", "list", check=False)
        assert p.returncode != 0 and "Nothing was sent" in p.stderr
    assert s.get(pages + "requests.asp", timeout=LONG).status_code == 200


def test_frozen_programs(start_demo):
    # Both at the same time: all of it is waiting.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for future in [pool.submit(frozen_signer, start_demo()),
                       pool.submit(frozen_ca, start_demo())]:
            future.result()
