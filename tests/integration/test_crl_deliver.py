"""What was published is read back over HTTP, and a program of the site's is
called for it; what fails is tried again and said."""
import os
import re
import signal
import threading
import time

from cryptography import x509

from ocs import make_csr, wait_until


def rows(demo, current=True):
    """Newest first; of each type only the newest."""
    seen, found = set(), []
    for row in demo.json("crl", "show")["rows"]:
        kind = row["base"] > 0
        if kind not in seen or not current:
            found.append(row)
        seen.add(kind)
    return found


def health(demo):
    return demo.json("status")["ca"]["health"]


def test_lists_are_read_back(start_demo):
    demo = start_demo()
    demo.cli("crl", "deliver")
    wait_until(lambda: all(r["delivered"] for r in rows(demo)),
               "the lists were read back")
    assert not [h for h in health(demo) if h["bad"]]
    # A new one by itself, by the supervisor.
    before = rows(demo)[0]["number"]
    demo.cli("crl", "publish")
    wait_until(lambda: all(r["delivered"] and r["number"] > before
                           for r in rows(demo)), "the new ones, too")
    demo.assert_audit_is_good()


def test_what_the_web_server_gives_is_another_file(start_demo):
    demo = start_demo()
    folder = demo.dir / "public/certenroll"
    demo.cli("crl", "publish")
    path = folder / rows(demo)[0]["file"]
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    wait_until(lambda: demo.cli("crl", "deliver", check=False).returncode == 1
               or rows(demo)[0]["delivery"], "it is noticed")
    assert "another file" in rows(demo)[0]["delivery"]
    assert any(h["bad"] and "another file" in h["text"]
               for h in health(demo))
    # Not there at all.
    path.unlink()
    assert demo.cli("crl", "deliver", check=False).returncode == 1
    wait_until(lambda: "404" in rows(demo)[0]["delivery"], "it is gone")
    path.write_bytes(good)
    demo.cli("crl", "deliver")
    assert rows(demo)[0]["delivered"] and not rows(demo)[0]["delivery"]
    assert not [h for h in health(demo) if h["bad"]]


HOOK = """#!/bin/sh
echo "$# $1 $(id -u) $(ls /proc/self/fd | wc -l)" >>{log}
[ -e {fail} ] && { echo no route to the other server; exit 7; }
cp "$1" {out}/
"""


def test_hook(start_demo, tmp_path):
    """Called for each list, its failure said and tried again; it copies the
    files to what stands for another server."""
    out = tmp_path / "other"
    out.mkdir()
    os.chmod(tmp_path, 0o777)
    os.chmod(out, 0o777)
    log, fail, hook = (tmp_path / n for n in ("log", "fail", "hook"))
    log.touch()
    os.chmod(log, 0o666)
    for d in [tmp_path, *tmp_path.parents]:
        if d.stat().st_uid == os.getuid() and d != d.parent:
            d.chmod(d.stat().st_mode | 0o011)
    hook.write_text(HOOK.replace("{log}", str(log)).replace(
        "{fail}", str(fail)).replace("{out}", str(out)))
    hook.chmod(0o755)
    fail.touch()
    demo = start_demo(replace=[("host:\n", f"host:\n  publish_hook: {hook}\n")])
    demo.cli("crl", "publish")
    wait_until(lambda: all("ended with 7: no route to the other server"
                           in r["delivery"] for r in rows(demo)),
               "the failure is known")
    bad = [h["text"] for h in health(demo) if h["bad"]]
    assert len(bad) == 2 and all("no route" in t for t in bad)
    fail.unlink()
    demo.cli("crl", "deliver")
    for row in rows(demo):
        assert row["delivered"] and not row["delivery"]
        here = (demo.dir / "public/certenroll" / row["file"]).read_bytes()
        assert (out / row["file"]).read_bytes() == here
    line = log.read_text().splitlines()[-1].split(" ")
    assert line[0] == "1" and line[-2] == str(demo.dir.stat().st_uid)
    assert int(line[-1]) <= 4  # in, out, err, and that of ls itself


def test_killed_while_publishing(start_demo):
    """Whatever is killed, whenever: the published file is one complete valid
    list, and its number never goes back."""
    demo = start_demo()
    for _ in range(3):
        number = demo.submit_id(make_csr()[0])
        demo.issue(number)
        demo.cli("certificate", "revoke", number)
    ca = x509.load_pem_x509_certificate(demo.ca_pem.read_bytes())
    path = demo.dir / "public/certenroll" / rows(demo)[0]["file"]
    seen, stop = [0], threading.Event()
    wrong = []

    def watch():
        while not stop.is_set():
            try:
                crl = x509.load_der_x509_crl(path.read_bytes())
                number = crl.extensions.get_extension_for_class(
                    x509.CRLNumber).value.crl_number
                if not crl.is_signature_valid(ca.public_key()):
                    wrong.append("signature")
                if number < seen[-1]:
                    wrong.append(f"{number} after {seen[-1]}")
                seen.append(number)
            except (OSError, ValueError) as e:
                wrong.append(repr(e))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for i in range(12):
            publishing = threading.Thread(
                target=lambda: demo.cli("crl", "publish", check=False))
            pid = demo.pids()["sign" if i % 4 == 3 else "ca"]
            publishing.start()
            time.sleep(0.004 * (i % 6))
            os.kill(pid, signal.SIGKILL)
            publishing.join()
            wait_until(lambda: demo.cli("crl", "publish", check=False
                                        ).returncode == 0, "it is up again")
    finally:
        stop.set()
        watcher.join()
    assert not wrong and len(set(seen)) > 5
    demo.assert_audit_is_good()
    assert not [p for p in path.parent.iterdir() if p.name.startswith(".")]


def test_bulk_revocation(demo, tmp_path):
    numbers = []
    for i in range(4):
        numbers.append(demo.submit_id(make_csr(f"/CN=bulk{i}.example")[0]))
        demo.issue(numbers[-1])
    certs = [x509.load_pem_x509_certificate(demo.certificate(n))
             for n in numbers]
    serial = f"{certs[1].serial_number:x}"
    serial = serial.rjust(len(serial) + len(serial) % 2, "0")
    colons = ":".join(re.findall("..", serial))
    lines = [f"{numbers[0]}", f"serial:{colons}  superseded # moved",
             "", "# a comment", f"{numbers[2]}, 5", "99999999",
             f"{numbers[3]} certificate-hold"]
    file = tmp_path / "list"
    file.write_text("\n".join(lines))

    def run(*options):
        p = demo.cli("certificate", "revoke", "--from", file, "--reason", "1",
                     *options, check=False)
        return p.returncode, p.stdout + p.stderr

    code, text = run("--dry-run")
    assert code == 1 and "4 would be revoked" in text
    assert "Line 6: " in text and "1 refused" in text
    assert "%" not in text  # no bar when nobody watches
    assert all(demo.row(n)["disposition"] == "issued" for n in numbers)
    code, text = run()
    assert code == 1 and "4 revoked" in text and "1 refused" in text
    assert all(demo.row(n)["disposition"] == "revoked" for n in numbers)
    demo.cli("crl", "publish")
    crl = x509.load_der_x509_crl(
        (demo.dir / "public/certenroll" / rows(demo)[0]["file"]).read_bytes())
    reasons = [crl.get_revoked_certificate_by_serial_number(c.serial_number)
               .extensions.get_extension_for_class(x509.CRLReason)
               .value.reason.name for c in certs]
    assert reasons == ["key_compromise", "superseded",
                       "cessation_of_operation", "certificate_hold"]
    # Again does no harm; as JSON.
    code, text = run("--json")
    assert code == 1 and '"already": 4' in text and '"line": 6' in text
    demo.cli("certificate", "release", numbers[3])
    # What cannot be read changes nothing.
    for bad in ["x", "12 because", "serial:zz", "12 1 1", "0", "-1",
                "serial:", "1" * 300]:
        file.write_text(f"{numbers[3]}\n{bad}\n")
        code, text = run()
        assert code == 2 and "Line 2" in text and "Nothing was" in text, bad
    file.write_text("# nothing\n")
    assert run()[0] == 2
    assert demo.row(numbers[3])["disposition"] == "issued"


def test_bar_on_a_terminal(demo, tmp_path):
    """On a terminal a bar shows how far it is."""
    import pty
    from ocs import CLI
    number = demo.submit_id(make_csr()[0])
    demo.issue(number)
    file = tmp_path / "list"
    file.write_text(f"{number}\n")
    said = []

    def read(fd):
        data = os.read(fd, 4096)
        said.append(data)
        return data
    code = pty.spawn([str(CLI), "certificate", "revoke", "--from", str(file),
                      "--dir", str(demo.dir)], read)
    assert code == 0
    assert b"100 %  1 of 1" in b"".join(said)


def test_owner_reports_a_lost_key(demo):
    """The whole way: through the web role's socket, into the next CRL."""
    from wire import Wire, identity

    def report(w, user):
        return w.call("REPORT_LOST", {1: identity(user), 2: number,
                                      4: "left on a train"})
    number = demo.submit_id(make_csr()[0])
    demo.issue(number)
    cert = x509.load_pem_x509_certificate(demo.certificate(number))
    with Wire(demo.dir / "run/web/web.sock") as w:
        assert report(w, "bob").code != 0
        assert report(w, "alice").code == 0
    assert demo.row(number)["disposition"] == "revoked"
    demo.cli("crl", "publish")
    crl = x509.load_der_x509_crl(
        (demo.dir / "public/certenroll" / rows(demo)[0]["file"]).read_bytes())
    entry = crl.get_revoked_certificate_by_serial_number(cert.serial_number)
    assert entry.extensions.get_extension_for_class(
        x509.CRLReason).value.reason.name == "certificate_hold"
    # An officer decides: it was found again.
    demo.cli("certificate", "release", number)
    assert demo.row(number)["disposition"] == "issued"
