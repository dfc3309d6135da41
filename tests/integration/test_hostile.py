"""All hostile files of tests/vectors through a running CA: each ends with its
code, and none is issued."""
import re

import pytest

import der
from conftest import SHARED
from ocs import ROOT, running_demo
from wire import Wire, first

FOLDER = ROOT / "tests/vectors/hostile"
FAILED, DENIED = 30, 31
# They do not even begin like a request: refused at the door, where the parsers
# of pki/ are not asked.
OTHER = {"nest-a", "nest-b", "empty-sequence"}


def codes():
    """ERR symbol -> HRESULT"""
    text = (ROOT / "src/base/err.def").read_text()
    return {m[1]: int(m[2], 16) for m in re.finditer(
        r"^ERR\((\w+), (0x\w+),", text, re.M)}


def vectors():
    """(name, bytes, HRESULT)"""
    known = codes()
    for line in (FOLDER / "TABLE").read_text().splitlines():
        name, code = line.split()
        if name in OTHER or name.endswith("-fat-0"):
            code = "BAD_MESSAGE_TYPE"
        yield name, (FOLDER / f"{name}.der").read_bytes(), known[code]


@pytest.fixture(scope="module")
def firm():
    with running_demo("--ca-type", "enterprise", ca_lines=[SHARED]) as d:
        yield d


@pytest.fixture(params=["stand-alone", "enterprise"])
def ca(request, demo_at_once):
    """The loosest of each kind: what it can, it issues."""
    return (demo_at_once if request.param == "stand-alone"
            else request.getfixturevalue("firm"))


def newest(ca):
    rows = ca.json("certificate", "list", "--limit", "1")["rows"]
    return [r["id"] for r in rows]


def pem(name, data):
    return der.pem(data, "CERTIFICATE REQUEST" if name.startswith("p10")
                   else "PKCS7")


def test_hostile_files(ca):
    """As they are and as text: more than 1000 requests."""
    enterprise = "type: enterprise" in (
        ca.dir / "opencertsrv.yaml").read_text()
    attributes = "CertificateTemplate:ClientAuth" if enterprise else ""
    before, wrong, n = newest(ca), [], 0
    with Wire(ca.dir / "run/web/web.sock") as w:
        for name, data, hresult in vectors():
            for sent in (data, pem(name, data).encode()):
                a = w.submit("alice", sent, attributes)
                state, code = first(a.body, 2), first(a.body, 3)
                if (a.code != 0 or state not in (FAILED, DENIED)
                        or code != hresult or first(a.body, 6, b"")):
                    wrong.append((name, a.code, a.text, state, hex(code),
                                  hex(hresult)))
                n += 1
    assert not wrong, sorted({x[0] + x[4] for x in wrong})
    assert n > 1000 and newest(ca) == before
    ca.assert_audit_is_good()


def test_hostile_files_on_the_page(demo_at_once):
    before = newest(demo_at_once)
    for name, data, hresult in list(vectors())[::20]:
        text = demo_at_once.submit(pem(name, data)).text
        assert f"0x{hresult:08x}" in text.lower(), (name, text)
        assert "certnew.cer" not in text, name
    assert newest(demo_at_once) == before
