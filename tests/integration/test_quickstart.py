"""Starting, stopping, watching and repairing an installation."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest

from ocs import BUILD, CLI, ROOT, free_ports, openssl, quickstart, run_cli, \
    wait_until

PROGRAMS = ["sign", "ca", "web", "nginx"]
root_only = pytest.mark.skipif(
    os.geteuid() != 0, reason="needs root to change accounts")


@pytest.fixture
def place():
    """A folder that everybody can reach."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-q-"))
    top.chmod(0o755)
    yield top
    for d in top.iterdir():
        if (d / "run").is_dir():
            run_cli("stop", d, check=False)
    shutil.rmtree(top, ignore_errors=True)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie is dead.
    state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1]
    return state.split()[0] != "Z"


def test_a_fresh_folder_is_what_the_readme_says(demo):
    assert (demo.dir / "credentials").stat().st_mode & 0o777 == 0o600
    assert {n: r for n, (_, r) in demo.users.items()} == {
        "alice": "enrollee", "bob": "enrollee", "officer": "officer",
        "officer2": "officer", "admin": "admin", "auditor": "auditor",
        "operator": "operator"}
    assert len({p for p, _ in demo.users.values()}) == 7
    assert all(len(p) == 20 for p, _ in demo.users.values())
    openssl("verify", "-CAfile", demo.ca_pem, "-verify_hostname", "localhost",
            demo.dir / "tls/web.pem")
    openssl("verify", "-CAfile", demo.ca_pem, "-verify_ip", "127.0.0.1",
            demo.dir / "tls/web.pem")
    status = demo.json("status")
    assert status["running"] and status["demo"]
    assert [p["name"] for p in status["programs"]] == PROGRAMS
    assert all(p["pid"] > 0 for p in status["programs"])


def test_a_running_folder_is_left_alone(demo):
    before = demo.pids()
    p = run_cli("quickstart", demo.dir, "--detach", check=False)
    assert p.returncode == 3 and "running already" in p.stderr
    assert demo.pids() == before


def test_a_stopped_folder_starts_as_it_is(place):
    d = quickstart(place / "demo")
    ca, users = d.ca_pem.read_bytes(), dict(d.users)
    pids = list(d.pids().values())
    assert run_cli("stop", d.dir).returncode == 0
    assert not any(alive(p) for p in pids)
    assert run_cli("status", d.dir, check=False).returncode == 3
    assert run_cli("stop", d.dir, check=False).returncode == 3
    p = d.cli("request", "list", check=False)
    assert p.returncode == 3, p.stderr
    # Its own ports: other options mean nothing now.
    run_cli("quickstart", d.dir, "--detach")
    assert d.ca_pem.read_bytes() == ca
    assert d.get("/certsrv/", "alice").status_code == 200
    d._users = None
    assert d.users == users


def test_a_foreign_folder_is_refused(place):
    (place / "other").mkdir()
    (place / "other" / "file").write_text("mine")
    p = run_cli("quickstart", place / "other", "--detach", check=False)
    assert p.returncode == 1 and "something else" in p.stderr
    assert [f.name for f in (place / "other").iterdir()] == ["file"]


def test_a_number_left_behind_means_nothing(place):
    d = quickstart(place / "demo")
    run_cli("stop", d.dir)
    (d.dir / "run/supervise.pid").write_text(f"{os.getpid()}\n")
    assert run_cli("stop", d.dir, check=False).returncode == 3
    run_cli("quickstart", d.dir, "--detach")


@pytest.mark.parametrize("stage", ["sign/keys/0.key", "ca/ca.db", "ca.pem",
                                   "credentials", "tls/web.key"])
def test_an_interrupted_set_up_is_done_again(place, stage):
    folder = place / "demo"
    https, http = free_ports(2)
    argv = [CLI, "quickstart", folder, "--https", str(https), "--http",
            str(http)]
    p = subprocess.Popen(argv, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    wait_until(lambda: (folder / stage).exists() or p.poll() is not None,
               f"{stage} is written")
    p.kill()
    p.wait()
    # The signer and the CA end with their parent; only then is it quiet.
    run_cli("stop", folder, check=False)
    wait_until(lambda: run_cli("quickstart", folder, "--detach", "--https",
                               https, "--http", http,
                               check=False).returncode in (0, 3),
               "it starts")
    assert not (folder / ".initialising").exists()
    openssl("verify", "-CAfile", folder / "ca.pem", folder / "tls/web.pem")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_child_that_dies_comes_back_and_the_others_stay(start_demo, name):
    d = start_demo()
    before = d.pids()
    os.kill(before[name], signal.SIGKILL)

    def back():
        now = d.pids()
        return now[name] not in (0, before[name])

    wait_until(back, f"{name} runs again")
    after = d.pids()
    assert {n: p for n, p in after.items() if n != name} == \
        {n: p for n, p in before.items() if n != name}

    def answers():
        try:
            return d.get("/certsrv/", "alice").status_code == 200
        except OSError:
            return False

    wait_until(answers, "the pages answer again")
    restarts = {p["name"]: p["restarts"]
                for p in d.json("status")["programs"]}
    assert restarts == {n: int(n == name) for n in PROGRAMS}


def test_children_end_with_their_supervisor(start_demo):
    d = start_demo()
    pids = d.pids()
    os.kill(d.json("status")["pid"], signal.SIGKILL)
    wait_until(lambda: not any(alive(p) for p in pids.values()),
               "all children have ended")
    assert run_cli("status", d.dir, check=False).returncode == 3
    run_cli("quickstart", d.dir, "--detach")
    assert d.get("/certsrv/", "alice").status_code == 200


def test_a_broken_site_certificate_is_replaced_at_the_start(start_demo):
    d = start_demo()
    run_cli("stop", d.dir)
    old = (d.dir / "tls/web.pem").read_bytes()
    (d.dir / "tls/web.key").write_bytes(
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
                "ec_paramgen_curve:P-256").stdout)
    run_cli("quickstart", d.dir, "--detach")
    assert (d.dir / "tls/web.pem").read_bytes() != old
    assert d.get("/certsrv/", "alice").status_code == 200
    issued = d.json("certificate", "list", "--requester", "operator")
    assert len(issued["rows"]) == 2


def test_mistakes_in_the_configuration_are_named(start_demo):
    d = start_demo()
    run_cli("stop", d.dir)
    file = d.dir / "opencertsrv.yaml"
    good = file.read_text()
    for wrong, what in (("  rate: 200", "  rat: 200"),
                        ("  rate: 200", "  rate: 0xx"),
                        ("  rate: 200", "  rate: 99999999"),
                        ("localhost, 127", "bad name;, 127")):
        assert wrong in good
        file.write_text(good.replace(wrong, what, 1))
        p = run_cli("quickstart", d.dir, "--detach", check=False)
        assert p.returncode == 1 and "opencertsrv.yaml" in p.stderr
    file.write_text(good)
    run_cli("quickstart", d.dir, "--detach")


def test_a_port_in_use_is_said_before_anything_is_made(place, demo):
    _, http = free_ports(2)
    p = run_cli("quickstart", place / "demo", "--detach", "--https",
                demo.https, "--http", http, check=False)
    assert p.returncode == 1
    assert f"Port {demo.https} of 127.0.0.1 is in use" in p.stderr
    assert not (place / "demo").exists()


def test_a_port_taken_meanwhile_is_said(start_demo):
    d = start_demo()
    run_cli("stop", d.dir)
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", d.https))
        s.listen()
        p = run_cli("quickstart", d.dir, "--detach", check=False)
    assert p.returncode == 1
    assert f"Port {d.https} of 127.0.0.1 is in use" in p.stderr
    run_cli("quickstart", d.dir, "--detach")


def reachable_programs(place):
    """Copies that other accounts can run, wherever the build lies."""
    programs = place / "bin"
    programs.mkdir()
    for f in BUILD.glob("opencertsrv*"):
        if f.is_file():
            shutil.copy2(f, programs)
    shutil.copytree(ROOT / "web", place / "web")
    return programs / "opencertsrv"



def uid_of(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("Uid:"):
            return int(line.split()[1])
    raise AssertionError


@root_only
def test_an_ordinary_user_runs_everything_under_his_account(place):
    cli = reachable_programs(place)
    (place / "home").mkdir()
    os.chown(place / "home", 65534, 65534)
    https, http = free_ports(2)
    folder = place / "home/demo"

    def as_user(*args):
        return subprocess.run(
            ["setpriv", "--reuid", "65534", "--regid", "65534",
             "--clear-groups", cli, *map(str, args)], capture_output=True,
            text=True, timeout=120)

    p = as_user("quickstart", folder, "--detach", "--https", https, "--http",
                http)
    assert p.returncode == 0, p.stderr
    try:
        pids = [int(line.split()[1]) for line in
                (folder / "run/supervise.pid").read_text().splitlines()[1:]]
        assert len(pids) == 4 and {uid_of(p) for p in pids} == {65534}
        assert as_user("request", "list", "--dir", folder).returncode == 0
        assert as_user("status", folder).returncode == 0
    finally:
        assert as_user("stop", folder).returncode == 0


SEPARATE = """
set -e
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
exec "$2" quickstart "$3" --detach --https "$4" --http "$5"
"""


@root_only
def test_root_gives_each_program_its_account(place):
    """The service accounts exist in a mount namespace only."""
    if subprocess.run(["unshare", "-m", "true"]).returncode != 0:
        pytest.skip("no mount namespaces here")
    cli = reachable_programs(place)
    uids = {n: 61001 + i for i, n in enumerate(PROGRAMS)}
    for name in ("passwd", "group"):
        more = "".join(
            f"opencertsrv-{n}:x:{u}:" + (
                f"{u}::/nonexistent:/usr/sbin/nologin\n" if name == "passwd"
                else "\n") for n, u in uids.items())
        (place / name).write_text(
            pathlib.Path(f"/etc/{name}").read_text() + more)
    https, http = free_ports(2)
    folder = place / "demo"
    p = subprocess.run(
        ["unshare", "-m", "bash", "-c", SEPARATE, "bash", place, cli, folder,
         str(https), str(http)], capture_output=True, text=True, timeout=300)
    assert p.returncode == 0, p.stderr
    rows = dict(line.split()[:2] for line in
                (folder / "run/supervise.pid").read_text().splitlines()[1:])
    for name in ("sign", "ca", "web"):
        assert uid_of(int(rows[name])) == uids[name]
    workers = pathlib.Path(
        f"/proc/{rows['nginx']}/task/{rows['nginx']}/children").read_text()
    assert {uid_of(int(w)) for w in workers.split()} == {uids["nginx"]}
    # What one account may not do to another's folder or socket.
    for name, path in (("web", "ca/ca.db"), ("nginx", "ca/ca.db"),
                       ("ca", "sign/keys/0.key"), ("web", "sign/keys/0.key"),
                       ("web", "tls/web.key"), ("web", "credentials")):
        assert subprocess.run(
            ["setpriv", "--reuid", str(uids[name]), "--regid",
             str(uids[name]), "--clear-groups", "cat", folder / path],
            capture_output=True).returncode != 0, (name, path)
    connect = ("import socket,sys\n"
               "socket.socket(socket.AF_UNIX).connect(sys.argv[1])")
    for name, path, may in (
            ("ca", "run/sign/sign.sock", True),
            ("web", "run/sign/sign.sock", False),
            ("nginx", "run/sign/sign.sock", False),
            ("web", "run/web/web.sock", True),
            ("nginx", "run/web/web.sock", False),
            ("web", "run/admin/admin.sock", False),
            ("nginx", "run/fcgi/fcgi.sock", True)):
        p = subprocess.run(
            ["setpriv", "--reuid", str(uids[name]), "--regid",
             str(uids[name]), "--clear-groups", "/usr/bin/python3", "-c",
             connect, folder / path], capture_output=True)
        assert (p.returncode == 0) == may, (name, path)


def test_usage_errors_exit_2():
    for words in ([], ["request"], ["request", "no"], ["request", "show"],
                  ["request", "show", "0"], ["request", "show", "-1"],
                  ["request", "show", "9223372036854775808"],
                  ["request", "list", "--disposition", "x"],
                  ["request", "deny", "5"], ["nonsense"],
                  ["status"], ["stop", "a", "b"],
                  ["quickstart", "x", "--key", "dsa"]):
        p = run_cli(*words, check=False)
        assert p.returncode == 2, (words, p.returncode, p.stderr)
        assert p.stderr and p.stdout == ""
    assert run_cli("--help").stdout.startswith("usage:")
    assert run_cli("--version").stdout.startswith("opencertsrv ")
