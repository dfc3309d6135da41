"""The CA's disk is full: a clear message, nothing half, revocation goes on
within the reserve, and all is well again when space returns.

The CA alone gets a small tmpfs as its folder, in a mount namespace of its
own; the test fills it through /proc/PID/root."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from cryptography import x509

from ocs import make_csr, wait_until
from page import Page
from programs import Programs
from test_bad_input import number_in

SIZE = 24 * 1024 * 1024


def may_mount():
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "-m", "true"], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(
    not may_mount(), reason="mounting a small disk needs root")


class SmallDisk(Programs):
    """The programs of a folder whose CA has SIZE bytes of disk."""

    def __init__(self, demo):
        self.saved = demo.dir.parent / "ca.saved"
        shutil.copytree(demo.dir / "ca", self.saved)
        folder = demo.dir / "ca"
        script = (f"mount -t tmpfs -o size={SIZE},mode=700 none {folder} && "
                  f"cp -p {self.saved}/* {folder}/ && exec \"$@\"")
        super().__init__(demo, wrap={
            "ca": ["unshare", "-m", "sh", "-c", script, "sh"]})

    @property
    def folder(self):
        """The CA's folder as the CA sees it."""
        return pathlib.Path(f"/proc/{self.running['ca'].pid}/root"
                            f"{self.demo.dir}/ca")

    def free(self):
        s = os.statvfs(self.folder)
        return s.f_bavail * s.f_frsize

    def fill(self, leave=0):
        with open(self.folder / "fill", "ab", buffering=0) as f:
            while self.free() > leave:
                n = min(65536, self.free() - leave)
                try:
                    f.write(b"\1" * n)
                except OSError:
                    break

    def empty(self):
        (self.folder / "fill").unlink()


@pytest.fixture
def small(start_demo, request):
    d = start_demo("--issue-at-once", ca_lines=[
        "limits: {free_space_mib: %d, pending_per_requester: 100000, "
        "daily_per_requester: 100000}" % request.param])
    d.stop()
    with SmallDisk(d) as p:
        p.start_all()
        yield p


def send(demo, cn):
    return demo.submit(make_csr(f"/CN={cn}")[0])


def words(r):
    page = Page(r.text)
    assert page.errors == []
    return page.text


@pytest.mark.parametrize("small", [8], indirect=True)
def test_below_the_reserve(small):
    """Submission stops; revoking, publishing and reading do not."""
    demo = small.demo
    number = number_in(send(demo, "before.else.where"))
    r = send(demo, "issued.example")
    issued = int(re.search(r"ReqID=(\d+)", r.text).group(1))
    small.fill(leave=4 * 1024 * 1024)

    def refused():
        return "was issued to you" not in send(demo, "full.example").text
    # The CA looks at the disk every second.
    wait_until(refused, "the CA notices that space is short")
    r = send(demo, "refused.example")
    assert r.status_code in (200, 503, 507)
    said = words(r)
    assert "nothing was kept" in said.lower()
    assert "disk" in said or "space" in said
    assert number_in(r) is None
    assert demo.json("request", "list", "--search",
                     "refused.example")["rows"] == []
    before = demo.json("crl", "show")["rows"][0]
    demo.cli("certificate", "revoke", issued, "--reason", "key-compromise")
    demo.cli("crl", "publish")
    after = demo.json("crl", "show")["rows"][0]
    assert after["number"] > before["number"]
    assert after["entries"] == before["entries"] + 1
    demo.cli("request", "deny", number, "--reason", "no room")

    small.empty()
    wait_until(lambda: "was issued to you" in
               send(demo, "after.example").text, "submission works again")
    demo.assert_audit_is_good()


@pytest.mark.parametrize("small", [0], indirect=True)
def test_full_while_committing(small):
    """No reserve, not one byte left: each commit fails."""
    demo = small.demo
    assert "was issued to you" in send(demo, "good.example").text
    number = number_in(send(demo, "waits.else.where"))
    count = len(demo.json("request", "list")["rows"])
    small.fill()
    # What the database had in reserve is soon used up.
    refused = []
    for i in range(400):
        small.fill()
        r = send(demo, f"full-{i}.example")
        if "was issued to you" in r.text:
            count += 1
            continue
        refused.append(f"full-{i}.example")
        assert r.status_code in (200, 503, 507)
        said = words(r)
        assert "nothing was kept" in said.lower(), said
        assert number_in(r) is None
        if len(refused) == 10:
            break
    assert len(refused) == 10
    p = demo.cli("request", "issue", number, check=False)
    assert p.returncode != 0 and p.stderr
    # Reading goes on.
    assert demo.row(number)["disposition"] == "pending"
    assert demo.get("/certsrv/certcrl.crl").status_code == 200

    small.empty()
    wait_until(lambda: "was issued to you" in
               send(demo, "again.example").text, "submission works again")
    listed = {r["common_name"] for r in demo.json(
        "request", "list", "--limit", "200")["rows"]}
    assert not listed & set(refused)
    demo.issue(number)
    assert x509.load_pem_x509_certificate(demo.certificate(number))
    report = demo.verify()
    assert report["good"], report

    # And after a restart, from what is on that disk.
    shutil.rmtree(small.saved)
    shutil.copytree(small.folder, small.saved)
    small.kill("ca")
    small.start("ca")
    wait_until(lambda: "was issued to you" in
               send(demo, "restarted.example").text, "it works again")
    demo.assert_audit_is_good()
