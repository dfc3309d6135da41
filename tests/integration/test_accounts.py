"""As root with a folder below /root, as an ordinary user, and on a machine
where nginx has no folder of its own."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from ocs import CLI, PATIENCE, Demo, free_ports, make_csr

NOBODY = 65534
AS_NOBODY = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY),
             "--clear-groups", "env", "-u", "HOME"]
NO_NGINX_FOLDER = ["unshare", "-m", "sh", "-c",
                   "mount -t tmpfs none /var/lib && exec \"$@\"", "sh"]
needs_root = pytest.mark.skipif(os.geteuid() != 0,
                                reason="becoming another user needs root")


def run(prefix, *args, check=True):
    p = subprocess.run([*prefix, str(CLI), *map(str, args)], text=True,
                       capture_output=True, timeout=PATIENCE, cwd="/")
    assert not check or p.returncode == 0, p.stdout + p.stderr
    return p


def whole_job(demo, prefix):
    number = demo.submit_id(make_csr("/CN=account.example")[0])
    run(prefix, "request", "issue", number, "--dir", demo.dir)
    assert demo.certificate(number).startswith(b"-----BEGIN CERTIFICATE")
    p = run(prefix, "audit", "verify", "--json", "--dir", demo.dir)
    assert json.loads(p.stdout)["good"]
    run(prefix, "crl", "publish", "--dir", demo.dir)


def uids(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("Uid:"):
            return set(map(int, line.split()[1:]))
    raise AssertionError("no such process")


def programs(prefix, folder):
    p = run(prefix, "status", folder, "--json")
    status = json.loads(p.stdout)
    return {x["name"]: x["pid"] for x in status["programs"]} | {
        "supervisor": status["pid"]}


@needs_root
def test_ordinary_user():
    if run(AS_NOBODY, "--help", check=False).returncode != 0:
        pytest.skip("the build folder is closed to other users")
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-"))
    os.chown(top, NOBODY, NOBODY)
    folder = top / "demo"
    https, http = free_ports(2)
    run(AS_NOBODY, "quickstart", folder, "--detach", "--https", https,
        "--http", http)
    try:
        demo = Demo(folder, https, http)
        for pid in programs(AS_NOBODY, folder).values():
            assert uids(pid) == {NOBODY}
        for f in folder.rglob("*"):
            assert f.lstat().st_uid == NOBODY, f
        whole_job(demo, AS_NOBODY)
    finally:
        run(AS_NOBODY, "stop", folder, check=False)
        shutil.rmtree(top)


@needs_root
def test_root_below_roots_home():
    """A folder that no other account can reach."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-", dir="/root"))
    folder = top / "demo"
    https, http = free_ports(2)
    run([], "quickstart", folder, "--detach", "--https", https, "--http",
        http)
    try:
        whole_job(Demo(folder, https, http), [])
    finally:
        run([], "stop", folder, check=False)
        shutil.rmtree(top)


@needs_root
@pytest.mark.parametrize("user", ["root", "nobody"])
def test_without_the_folder_of_nginx(user):
    prefix = NO_NGINX_FOLDER + (AS_NOBODY if user == "nobody" else [])
    if subprocess.run(NO_NGINX_FOLDER + ["test", "!", "-e",
                                         "/var/lib/nginx"],
                      capture_output=True).returncode != 0:
        pytest.skip("no mount namespace can be made here")
    if run(prefix, "--help", check=False).returncode != 0:
        pytest.skip("the build folder is closed to other users")
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-"))
    if user == "nobody":
        os.chown(top, NOBODY, NOBODY)
    folder = top / "demo"
    https, http = free_ports(2)
    run(prefix, "quickstart", folder, "--detach", "--https", https,
        "--http", http)
    try:
        demo = Demo(folder, https, http)
        # Large enough for a temporary file, if nginx made one.
        r = demo.submit("A" * 200_000)
        assert "131072 bytes" in r.text, r.text
        assert demo.submit_id(make_csr()[0])
    finally:
        run(prefix[len(NO_NGINX_FOLDER):], "stop", folder, check=False)
        shutil.rmtree(top)


def test_nothing_outside_the_folder_is_written(start_demo, tmp_path):
    """Files that changed below the usual places while a demo started."""
    mark = tmp_path / "mark"
    mark.touch()
    d = start_demo()
    d.submit_id(make_csr()[0])
    d.stop()
    for place in ["/var/lib/nginx", "/var/log/nginx", "/run/nginx.pid",
                  "/var/cache/nginx", "/etc/nginx"]:
        place = pathlib.Path(place)
        found = [f for f in ([place, *place.rglob("*")]
                             if place.exists() else [])
                 if f.lstat().st_mtime_ns > mark.stat().st_mtime_ns]
        assert found == [], found
