"""A web role that has been taken over: whoever holds its socket may say that
he is anybody. The test plays it in Python and tries every method number as
every account. SECURITY.md says what such a web role can and cannot do; the
list of methods here is the test's own."""
import socket
import struct

import pytest

from ocs import make_csr
from wire import METHODS, Wire, first, identity, message

# What the pages need, and no more.
THROUGH_WEB = {"CHECK_PASSWORD", "CA_INFO", "CRL_GET", "SUBMIT", "RETRIEVE",
               "RESPONSE",
               "LIST", "SHOW", "DECIDE", "REVOKE", "REPORT_LOST",
               "TEMPLATE_LIST"}
ROLES = {"enrollee": 1, "officer": 2, "admin": 4}
DENIED = 7  # position in src/base/err.def
EVERYBODY = ["admin", "alice", "officer", "auditor", "operator", "nobody",
             "root"]


def web_socket(demo):
    return demo.dir / "run/web/web.sock"


def bodies(who, number):
    """Messages that some method would understand."""
    me = identity(who)
    return [
        {}, {1: me}, {1: me, 2: number}, {1: me, 2: number, 3: 1},
        {1: me, 2: number, 4: "reason"}, {1: "evil", 2: "Password-1234",
                                          3: 4, 6: -1},
        {1: "alice", 2: "Password-1234", 6: -1}, {1: "alice", 7: 0},
        {1: "admin", 3: 31}, {1: 0, 3: 50}]


def snapshot(demo):
    """All that only administrators may change, and the decisions."""
    listed = demo.json("request", "list", "--limit", "200")["rows"]
    return {
        "users": demo.json("user", "list"),
        "crls": demo.json("crl", "show"),
        "requests": [(r["id"], r["disposition"]) for r in listed],
        "audit": demo.json("audit", "show", "--limit", "200",
                           "--after", len(all_audit(demo)))["rows"],
        "config": (demo.dir / "opencertsrv.yaml").read_bytes(),
        "credentials": (demo.dir / "credentials").read_bytes()}


def all_audit(demo):
    rows, after = [], 0
    while True:
        page = demo.json("audit", "show", "--limit", "200", "--after", after)
        rows += page["rows"]
        if not page["next"]:
            return rows
        after = page["next"]


def test_every_method_number_as_everybody(demo):
    number = demo.submit_id(make_csr("/CN=takeover.example")[0])
    before, audit = snapshot(demo), all_audit(demo)
    allowed = {METHODS[m] for m in THROUGH_WEB}
    wire = Wire(web_socket(demo))
    refused = 0
    for who in EVERYBODY:
        for method in set(range(256)) - allowed:
            # The first message says Hello with method 0; a second is wrong.
            # All kinds of bodies where there is such a method, one elsewhere.
            known = method in METHODS.values()
            for body in bodies(who, number)[:None if known else 2]:
                try:
                    answer = wire.call(method, body)
                except ConnectionError:
                    wire = Wire(web_socket(demo))
                    refused += 1
                    continue
                assert answer.code != 0, (method, who, body)
                if known:
                    assert answer.code == DENIED, (method, answer.text)
                assert answer.raw == b""
                refused += 1
    for method in [256, 1000, 2**31, 2**32 - 1]:
        try:
            assert wire.call(method, {}).code != 0
        except ConnectionError:
            wire = Wire(web_socket(demo))
    assert refused > 246 * len(EVERYBODY)
    assert snapshot(demo) == before
    assert all_audit(demo)[:len(audit)] == audit
    # No refused call made an account, a list, a decision or a signature.
    for row in all_audit(demo)[len(audit):]:
        assert "refused" in row["event"] or "denied" in row["event"], row
    demo.assert_audit_is_good()


def test_allowed_methods_still_answer(demo):
    """The other test would pass on a socket that refuses everything."""
    with Wire(web_socket(demo)) as wire:
        assert wire.call("CA_INFO", {}).code == 0
        assert wire.call("LIST", {1: identity("alice"), 8: 10}).code == 0
        r = wire.submit("alice", make_csr()[0])
        assert r.code == 0 and first(r.body, 2) == 9


@pytest.mark.parametrize("who", ["alice", "bob", "admin", "auditor",
                                 "operator", "nobody"])
def test_decisions_need_an_officers_name(demo, who):
    number = demo.submit_id(make_csr("/CN=takeover.example")[0])
    with Wire(web_socket(demo)) as wire:
        for decision in [1, 2]:
            r = wire.call("DECIDE", {1: identity(who), 2: number,
                                     3: decision, 4: "x"})
            assert r.code != 0, who
        assert wire.call("REVOKE", {1: identity(who), 2: number}).code != 0
    assert demo.row(number)["disposition"] == "pending"


def test_foreign_realms_are_nobody(demo):
    number = demo.submit_id(make_csr("/CN=takeover.example")[0])
    with Wire(web_socket(demo)) as wire:
        for realm in ["CORP", "uid", "", "LOCAL\0", "x" * 64]:
            r = wire.call("DECIDE", {1: identity("officer", realm),
                                     2: number, 3: 1})
            assert r.code != 0, realm
    assert demo.row(number)["disposition"] == "pending"


def test_hello_of_the_command_line_gives_nothing(demo):
    """`as` and `as_role` belong to the command line's socket."""
    with Wire(web_socket(demo), {2: "admin", 3: ROLES["admin"]}) as wire:
        if wire.refused:
            return
        r = wire.call("USER_ADD", {1: "evil", 2: "Password-1234", 3: 4,
                                   6: -1})
        assert r.code == DENIED
    assert "evil" not in str(demo.json("user", "list"))


def test_what_it_can_do_is_on_record(demo):
    """An officer's name is believed: that is the price of officers' pages.
    The audit says through whom it came."""
    number = demo.submit_id(make_csr("/CN=takeover.example")[0])
    with Wire(web_socket(demo)) as wire:
        assert wire.call("DECIDE", {1: identity("officer"), 2: number,
                                    3: 1}).code == 0
    rows = demo.json("audit", "show", "--request", number)["rows"]
    assert rows[-1]["actor"].endswith("officer")
    assert "web" in rows[-1]["peer"]


def raw(demo):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(str(web_socket(demo)))
    return s


def hello():
    envelope = message({1: 1, 2: 0, 5: message({1: 1})})
    return struct.pack(">I", len(envelope)) + envelope


@pytest.mark.parametrize("data", [
    b"\xff\xff\xff\xff" + b"A" * 100, b"\0\0\0\0", b"\0\0\0\5AAAAA",
    b"GET / HTTP/1.0\r\n\r\n",
    struct.pack(">I", 9) + b"\x08" + b"\xff" * 8,
    struct.pack(">I", 40) + message({1: 1, 2: 4, 5: b"\xff" * 32})],
    ids=["huge", "empty", "letters", "http", "varint", "garbage body"])
def test_broken_frames_end_the_connection_only(demo, data):
    pid = demo.pids()["ca"]
    for greeting in [b"", hello()]:
        s = raw(demo)
        s.sendall(greeting + data)
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):  # until the other side closes
            pass
        s.close()
    assert demo.pids()["ca"] == pid
    with Wire(web_socket(demo)) as wire:
        assert wire.call("CA_INFO", {}).code == 0
