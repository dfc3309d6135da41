"""No answer before its row is on the disk, and none lost by kill -9.

The first half watches the system calls: strace records what the CA and the
signer write, sync and send, in the order in which it happened. For each answer
it looks for the write that holds the answer's row and for a sync that began
after that write and returned before the answer was sent. That the look-out
can fail is shown by running the CA with the sync taken away.

The second half kills each program at random moments under load and compares
every answer that came with what is there afterwards.
"""
import os
import random
import re
import shutil
import sqlite3
import struct
import subprocess
import threading
import time

import pytest
import requests
from cryptography import x509

import der
from ocs import PATIENCE, wait_until
from programs import ORDER, Programs
from wire import METHODS, Wire, first, identity, message, parse

ISSUED, PENDING, DENIED = 20, 9, 31
SYNCS = {"fdatasync", "fsync"}
WRITES = {"write", "pwrite64", "writev", "pwritev"}
SENDS = {"write", "writev", "sendto", "sendmsg"}


# --- what strace saw --------------------------------------------------------

DESCRIPTOR = re.compile(r"\d+<([A-Z0-9-]+:\[[^]]*\]|[^>]*)>")


class Call:
    """One system call: began and ended are line numbers."""

    def __init__(self, began, name, args):
        self.began, self.name, self.args = began, name, args
        self.ended, self.result = None, None

    @property
    def file(self):
        """Path or socket of the first argument's descriptor."""
        m = DESCRIPTOR.match(self.args)
        return unhex(m.group(1)) if m else ""

    @property
    def data(self):
        """All bytes of the strings among the arguments (strace -xx)."""
        m = DESCRIPTOR.match(self.args)
        return b"".join(
            bytes.fromhex(s.replace("\\x", "")) for s in re.findall(
                r'"((?:\\x[0-9a-f]{2})*)"', self.args[m.end() if m else 0:]))


def read_trace(path):
    calls, open_ = [], {}
    with open(path, errors="replace") as f:
        for at, line in enumerate(f):
            m = re.match(r"(\d+) +(.*)", line.rstrip("\n"))
            if not m:
                continue
            pid, text = m.groups()
            end = re.match(r"<\.\.\. (\w+) resumed>(.*)", text)
            if end:
                call = open_.pop(pid, None)
                if call:
                    call.args += end.group(2)
                    finish(call, at, text)
                continue
            start = re.match(r"(\w+)\((.*)", text)
            if not start:
                continue
            call = Call(at, *start.groups())
            calls.append(call)
            if text.endswith("<unfinished ...>"):
                open_[pid] = call
            else:
                finish(call, at, text)
    return calls


def finish(call, at, text):
    m = re.search(r"\) += (-?\d+)", text)
    call.ended, call.result = at, int(m.group(1)) if m else None


def unhex(name):
    """strace -xx prints paths in hexadecimal, too."""
    return re.sub(r"\\x([0-9a-f]{2})",
                  lambda m: chr(int(m.group(1), 16)), name)


def answers_on(calls, path):
    """(envelope, line where sending it began) of every frame sent on
    connections of that socket."""
    streams = {}
    for c in calls:
        if c.name not in SENDS or not c.result or c.result < 0:
            continue
        name = c.file
        if path in name:
            stream = streams.setdefault(name, [b"", []])
            stream[1].append((len(stream[0]), c.began))
            stream[0] += c.data[:c.result]
    for data, starts in streams.values():
        at = 0
        while at + 4 <= len(data):
            (n,) = struct.unpack(">I", data[at:at + 4])
            began = [line for offset, line in starts if offset <= at][-1]
            if at + 4 + n > len(data):
                break
            yield parse(data[at + 4:at + 4 + n]), began
            at += 4 + n


def synced_before(calls, file, needle, line):
    """Was what holds the needle written to the file and synced before?"""
    for w in calls:
        if w.name not in WRITES or not w.file.endswith(file) or \
                w.ended is None or w.ended > line or needle not in w.data:
            continue
        if any(s.name in SYNCS and s.result == 0 and s.began > w.ended and
               s.ended < line and s.file.endswith(file)
               for s in calls):
            return True
    return False


def strace(out):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    p = subprocess.run(["strace", "-o", "/dev/null", "true"],
                       capture_output=True, text=True)
    if p.returncode != 0:
        pytest.skip("strace may not trace here: " + p.stderr)
    # -D: the program stays our child, strace is beside it.
    return ["strace", "-D", "-f", "-yy", "-xx", "-s", "200000", "-e",
            "trace=fdatasync,fsync,write,pwrite64,writev,pwritev,sendto,"
            "sendmsg", "-e", "signal=none", "-o", str(out)]


SHIM = {
    # What an administrator's or a programmer's slip would do.
    "synchronous": r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <stdlib.h>
typedef int exec_fn(void *, const char *, void *, void *, char **);
int sqlite3_exec(void *db, const char *sql, void *cb, void *ctx, char **e)
{
	exec_fn *real = (exec_fn *)dlsym(RTLD_NEXT, "sqlite3_exec");
	char *copy = strdup(sql), *at;
	while ((at = strstr(copy, "synchronous = FULL")))
		memcpy(at, "synchronous =  OFF", 18);
	int rc = real(db, copy, cb, ctx, e);
	free(copy);
	return rc;
}
""",
    "fdatasync": "int fdatasync(int fd) { return fd < 0 ? -1 : 0; }\n"}


def shim(folder, what):
    source, library = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM[what])
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"],
                   check=True, timeout=PATIENCE)
    return str(library)


def traced_answers(start_demo, tmp_path, preload=None, count=40):
    """Run a load against a traced CA; (calls, {id of the answer's envelope:
    marker}, socket)."""
    demo = start_demo("--issue-at-once")
    demo.stop()
    out = {n: tmp_path / f"{n}.strace" for n in ("sign", "ca")}
    tracer = {n: strace(f) for n, f in out.items()}
    env = {}
    if preload:
        options = os.environ.get("ASAN_OPTIONS", "")
        tracer["ca"] += [
            "-E", f"LD_PRELOAD={preload}", "-E",
            f"ASAN_OPTIONS={options}:verify_asan_link_order=0"]
    key, markers = der.new_key(), {}
    with Programs(demo, wrap=tracer, env=env) as p:
        p.start_all(["sign", "ca"])
        path = demo.dir / "run/web/web.sock"
        with Wire(path) as wire:
            # Many at once first, so that answers share syncs; then one by
            # one. Half of them wait, half are issued.
            numbers = []
            for i in range(count):
                cn = f"durable-{i:06}." + ("example" if i % 2 else "else")
                csr = der.request(der.name((der.CN, cn)), key)
                if i < count // 2:
                    number = wire.send(METHODS["SUBMIT"], submit_body(csr))
                    numbers.append(number)
                else:
                    number = wire.send(METHODS["SUBMIT"], submit_body(csr))
                    assert wire.receive().code == 0
                markers[number] = cn.encode()
                if i == count // 2 - 1:
                    for _ in numbers:
                        assert wire.receive().code == 0
    # strace ends after the programs.
    wait_until(lambda: all(exited(f) for f in out.values()),
               "strace has written all")
    return read_trace(out["ca"]), read_trace(out["sign"]), markers


def exited(path):
    with open(path, "rb") as f:
        f.seek(max(0, os.path.getsize(path) - 4096))
        return b"+++ exited with" in f.read()


def submit_body(csr):
    return message({1: identity("alice"), 3: csr, 6: "127.0.0.1"})


def early_answers(calls, markers):
    """(answers seen, those that were not durable when they were sent)"""
    early, seen = [], 0
    for envelope, line in answers_on(calls, "web.sock"):
        if first(envelope, 2) != METHODS["SUBMIT"]:
            continue
        seen += 1
        marker = markers[first(envelope, 1)]
        if not synced_before(calls, "ca.db-wal", marker, line):
            early.append(marker)
    return seen, early


def test_every_answer_is_durable_before_it_is_sent(start_demo, tmp_path):
    ca, sign, markers = traced_answers(start_demo, tmp_path)
    seen, early = early_answers(ca, markers)
    assert seen == len(markers) and early == []
    # Many at once shared syncs, or group commit does not work.
    syncs = sum(c.name in SYNCS and c.file.endswith("ca.db-wal")
                for c in ca)
    assert syncs < len(markers), "one sync for each answer"

    # The signer: each signature's record before the signature.
    seen = 0
    for envelope, line in answers_on(sign, "sign.sock"):
        for item in parse(first(envelope, 5, b"")).get(1, []) \
                if first(envelope, 2) == 3 else []:
            record = parse(item)
            assert first(record, 1) == 0 and first(record, 3)
            needle = b"\n%d\t" % first(record, 4)
            assert synced_before(sign, "sign.log", needle[1:], line), record
            seen += 1
    assert seen >= len(markers) // 2


def test_the_lookout_sees_a_missing_sync(start_demo, tmp_path):
    """With a sync that does nothing the same check must find that none of
    the answers was durable."""
    ca, _, markers = traced_answers(start_demo, tmp_path,
                                    shim(tmp_path, "fdatasync"), 10)
    seen, early = early_answers(ca, markers)
    assert seen == len(markers) and len(early) == seen


def test_lowered_synchronous_is_refused(start_demo, tmp_path):
    """A database that does not sync is not used at all."""
    with pytest.raises(AssertionError, match="synchronous"):
        traced_answers(start_demo, tmp_path, shim(tmp_path, "synchronous"),
                       1)


# --- kill -9 ----------------------------------------------------------------

class Load:
    """Threads that send requests, decide, collect, and write down every
    answer they were given."""

    def __init__(self, demo, threads):
        self.demo = demo
        self.key = der.new_key()
        self.lock = threading.Lock()
        self.count = 0
        self.answers = []      # (cn, number, disposition, DER or None)
        self.decisions = []    # (number, disposition, DER or None)
        self.not_kept = []     # cn of requests of which we were told so
        self.problems = []
        self.stop = threading.Event()
        kinds = [self.https, self.rpc, self.https, self.decide]
        self.threads = [threading.Thread(target=self.run,
                                         args=(kinds[i % len(kinds)],))
                        for i in range(threads)]
        for t in self.threads:
            t.start()

    def finish(self):
        self.stop.set()
        for t in self.threads:
            t.join(PATIENCE)
            assert not t.is_alive()

    def run(self, step):
        while not self.stop.is_set():
            try:
                step()
            except (OSError, requests.RequestException, ConnectionError):
                time.sleep(0.02)  # the program is being started again
            except Exception as e:  # noqa: BLE001 - reported by the test
                self.problems.append(repr(e))
                return

    def request(self):
        with self.lock:
            self.count += 1
            n = self.count
        cn = f"kill-{n:06}." + ("example" if n % 3 else "else.where")
        return cn, der.request(der.name((der.CN, cn)), self.key)

    def https(self):
        with self.demo.session("alice") as s:
            for _ in range(20):
                if self.stop.is_set():
                    return
                cn, csr = self.request()
                r = s.post(self.demo.url + "/certsrv/certfnsh.asp",
                           data={"Mode": "newreq",
                                 "CertRequest": der.pem(csr)},
                           timeout=PATIENCE)
                self.note_page(s, cn, r)

    def note_page(self, s, cn, r):
        text = r.text
        number = re.search(r"Your Request Id is (\d+)\.|ReqID=(\d+)&", text)
        number = number and int(number.group(1) or number.group(2))
        if "Nothing was changed and nothing was kept" in text or \
                "Nothing was sent to it and nothing was kept" in text:
            self.not_kept.append(cn)
        elif "Certificate Pending" in text:
            self.answers.append((cn, number, PENDING, None))
        elif "was issued to you" in text:
            # Written down before it is collected: that answer came.
            self.answers.append((cn, number, ISSUED, None))
            c = s.get(f"{self.demo.url}/certsrv/certnew.cer?ReqID={number}"
                      "&Enc=bin", timeout=PATIENCE)
            if c.headers.get("Content-Type") == "application/pkix-cert":
                self.answers.append((cn, number, ISSUED, c.content))
        elif "denied" in text and number:
            self.answers.append((cn, number, DENIED, None))
        elif r.status_code not in (500, 502, 503, 504) and \
                "We do not know" not in text:
            raise AssertionError(f"an odd page: {r.status_code} {text}")

    def wire(self):
        return Wire(self.demo.dir / "run/web/web.sock", timeout=PATIENCE)

    def rpc(self):
        with self.wire() as w:
            for _ in range(50):
                if self.stop.is_set():
                    return
                cn, csr = self.request()
                a = w.submit("bob", csr)
                if a.code == 0:
                    b = a.body
                    self.answers.append((cn, first(b, 1), first(b, 2),
                                         first(b, 6, None)))
                elif "Nothing was kept" in a.text:
                    self.not_kept.append(cn)

    def decide(self):
        with self.wire() as w:
            while not self.stop.is_set():
                listed = w.call("LIST", {1: identity("officer"), 2: PENDING,
                                         8: 20})
                if listed.code:
                    time.sleep(0.02)
                for row in listed.body.get(1, []):
                    number = first(parse(row), 1)
                    a = w.call("DECIDE", {
                        1: identity("officer"), 2: number,
                        3: 1 + number % 2, 4: "load"})
                    if a.code == 0 and first(a.body, 2) != PENDING:
                        self.decisions.append(
                            (number, first(a.body, 2),
                             first(a.body, 6, None)))


def compare(demo, load):
    """Every answer against the rows of the stopped CA."""
    db = sqlite3.connect(f"file:{demo.dir}/ca/ca.db?mode=ro", uri=True)
    rows = {r[0]: r[1:] for r in db.execute(
        "SELECT id, disposition, common_name, cert FROM request")}
    names = {}
    for number, (_, cn, _) in rows.items():
        names.setdefault(cn, []).append(number)
    db.close()
    decided = {}
    for number, state, cert in load.decisions:
        assert number not in decided, f"two decided on {number}"
        decided[number] = state
        assert rows[number][0] == state, ("decision lost", number)
        if cert:
            assert rows[number][2] == cert, ("another certificate", number)
    for cn, number, state, cert in load.answers:
        assert number in rows, ("an answered request is gone", cn, number)
        now, name, kept = rows[number]
        assert name == cn, ("the row is of another request", cn, name)
        if state == PENDING:
            # Decided meanwhile, perhaps without an answer to the decider.
            assert now in (PENDING, decided.get(number, now)), number
        else:
            assert now == state, (cn, number, state, now)
        if cert:
            assert kept == cert, ("released, but not kept", cn, number)
            assert x509.load_der_x509_certificate(cert)
    for cn in load.not_kept:
        assert cn not in names, ("said not to be kept, but it was", cn)
    for cn, numbers in names.items():
        if cn.startswith("kill-"):
            assert len(numbers) == 1, ("kept twice", cn, numbers)
    serials = [x509.load_der_x509_certificate(r[2]).serial_number
               for r in rows.values() if r[2]]
    assert len(serials) == len(set(serials))
    return rows


KILLS = int(os.environ.get("OCS_KILLS", "30"))  # of each program


def test_kill_9_under_load(start_demo):
    seed = int(os.environ.get("OCS_SEED", random.SystemRandom()
                              .randrange(1 << 32)))
    print(f"OCS_SEED={seed}")
    rng = random.Random(seed)
    demo = start_demo(
        "--issue-at-once", ca_lines=[
            "limits: {pending_per_requester: 1000000, pending: 1000000, "
            "daily_per_requester: 1000000}"],
        replace=[("rate: 200", "rate: 5000"), ("burst: 400", "burst: 5000")])
    demo.stop()
    victims = [n for n in ORDER for _ in range(KILLS)]
    rng.shuffle(victims)
    killed = {n: 0 for n in ORDER}
    with Programs(demo) as p:
        p.start_all()
        load = Load(demo, 5)
        try:
            for victim in victims:
                # A random moment of the program's life, nothing more.
                load.stop.wait(rng.uniform(0, 0.25))
                p.kill(victim)
                p.start(victim)
                killed[victim] += 1
        finally:
            load.finish()
        print(f"killed {killed}; {len(load.answers)} answers, "
              f"{len(load.decisions)} decisions, {len(load.not_kept)} "
              f"refused, {load.count} sent")
        assert load.problems == [], seed
        assert set(killed.values()) == {KILLS}
        # It works again, and the record is whole.
        last = der.pem(der.request(der.name((der.CN, "last.example")),
                                   der.new_key()))
        wait_until(lambda: "was issued" in demo.submit(last).text,
                   "a request is issued after the last kill")
        report = demo.verify()
        assert report["good"], (seed, report["findings"])
    rows = compare(demo, load)
    states = {a[2] for a in load.answers}
    assert {ISSUED, PENDING} <= states and len(load.answers) > 100
    assert load.decisions and any(a[3] for a in load.answers)

    # The signer's log names every certificate that was given away.
    log = (demo.dir / "sign/sign.log").read_text()
    signed = {line.split("\t")[5].lstrip("0") for line in log.splitlines()
              if "\tsigned\tcertificate\t" in line}
    for number, (_, _, cert) in rows.items():
        if cert:
            serial = f"{x509.load_der_x509_certificate(cert).serial_number:x}"
            assert serial in signed, number
