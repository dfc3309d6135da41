"""Declared maxima, with small numbers from the configuration."""
import threading

import pytest

import der
from ocs import PATIENCE, make_csr, running_demo
from page import Page
from test_bad_input import number_in


@pytest.fixture(scope="module")
def small():
    """4 wait per requester, 6 in all, 12 a day."""
    with running_demo(ca_lines=["limits: {pending_per_requester: 4, "
                                "pending: 6, daily_per_requester: 12}"]) as d:
        yield d


def said(r):
    page = Page(r.text)
    assert page.errors == []
    return page.text.lower()


def test_limits_of_one_requester_and_of_all(small):
    demo, csr = small, make_csr()[0]
    alice = [demo.submit_id(csr) for _ in range(4)]
    r = demo.submit(csr)
    assert number_in(r) is None
    assert "nothing was kept" in said(r) and "wait" in said(r)
    assert r.status_code in (200, 429, 503)
    # Others still may, until all together are too many.
    bob = [demo.submit_id(csr, "bob") for _ in range(2)]
    r = demo.submit(csr, "bob")
    assert number_in(r) is None and "nothing was kept" in said(r)
    # A decision makes room.
    demo.issue(alice[0])
    bob.append(demo.submit_id(csr, "bob"))
    # After a restart it is the same.
    demo.stop()
    demo.start()
    assert number_in(demo.submit(csr)) is None
    for n in bob + alice[1:]:
        demo.cli("request", "deny", n, "--reason", "room")
    # Alice has sent 4 today; what is denied or unreadable counts too.
    for i in range(8):
        assert number_in(demo.submit("nonsense" if i % 2 else csr,
                                     attributes="CertificateTemplate:No"))
    r = demo.submit(csr)
    assert number_in(r) is None and "today" in said(r)
    assert len(demo.json("request", "list", "--requester", "alice",
                         "--limit", "200")["rows"]) == 12


def test_at_the_same_moment(small):
    """Many at once do not slip through together."""
    demo = small
    rows = demo.json("request", "list", "--disposition", "pending")["rows"]
    for row in rows:
        demo.cli("request", "deny", row["id"], "--reason", "room")
    csr, numbers, start = make_csr()[0], [], threading.Barrier(8)

    def send():
        s = demo.session("bob")
        s.get(demo.url + "/certsrv/", timeout=PATIENCE)
        start.wait(PATIENCE)
        numbers.append(number_in(s.post(
            demo.url + "/certsrv/certfnsh.asp", timeout=PATIENCE,
            data={"Mode": "newreq", "CertRequest": csr})))
    threads = [threading.Thread(target=send) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(PATIENCE)
    assert len(numbers) == 8
    assert 1 <= sum(n is not None for n in numbers) <= 4


def sized(total):
    """A request of exactly so many bytes."""
    key = der.new_key()

    def make(n):
        return der.request(der.name((der.CN, "big.example")), key, der.seq(
            der.oid("1.2.3.4.5"), der.set_of(der.octets(b"\7" * n))))
    n = total - 230
    while True:  # the signature's own length varies by a byte or two
        data = make(n)
        if len(data) == total:
            return data
        n += total - len(data)


def test_request_of_64_kib(demo):
    """The largest request that is taken, and one byte more."""
    r = demo.submit(der.pem(sized(65536)))
    assert "Certificate Pending" in r.text, said(r)
    r = demo.submit(der.pem(sized(65537)))
    assert "Certificate Pending" not in r.text
    assert "65536" in r.text or "64 KiB" in r.text


def test_wrong_passwords_are_slowed_down(small):
    statuses = []
    s = small.session()
    s.auth = ("operator", "wrong")
    for _ in range(60):
        r = s.get(small.url + "/certsrv/", timeout=PATIENCE)
        statuses.append(r.status_code)
        if r.status_code == 429:
            assert int(r.headers["Retry-After"]) > 0
            assert "wrong" in said(r)
            break
    assert statuses[0] == 401 and statuses[-1] == 429
