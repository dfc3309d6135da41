"""The four programs of a folder started by hand instead of by the supervisor:
a test can wrap one (strace, LD_PRELOAD), kill one and start it again at once,
or start only signer and CA."""
import os
import signal
import subprocess

from ocs import BUILD, PATIENCE, wait_until

ORDER = ["sign", "ca", "web", "nginx"]
UID_OPTION = {"sign": "--caller-uid", "ca": "--web-uid", "web": "--nginx-uid"}


class Programs:
    def __init__(self, demo, wrap=None, env=None, build=BUILD):
        """demo: a stopped Demo. wrap, env: program name -> words in front of
        its command line, variables added to its environment. build: the
        folder with the programs."""
        self.demo, self.wrap, self.env = demo, wrap or {}, env or {}
        self.build = build
        self.running = {}
        self.uid = str(os.stat(demo.dir).st_uid)

    def _command(self, name):
        d = self.demo.dir
        if name == "nginx":
            return ["/usr/sbin/nginx", "-p", str(d), "-e",
                    "log/nginx-error.log", "-c", "nginx.conf"]
        return [str(self.build / f"opencertsrv-{name}"), "--config",
                str(d / "opencertsrv.yaml"), "--supervised",
                UID_OPTION[name], self.uid]

    def start(self, name):
        command = self._command(name)
        d = self.demo.dir
        read_end, write_end = os.pipe()
        fds = ()
        if name != "nginx":
            command += ["--ready-fd", str(write_end)]
            fds = (write_end,)
        (d / "run/nginx.pid").unlink(missing_ok=True) \
            if name == "nginx" else None
        with open(d / f"log/{name}.log", "ab") as log:
            p = subprocess.Popen(
                self.wrap.get(name, []) + command, cwd=d, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, pass_fds=fds,
                start_new_session=True,
                env={**os.environ, **self.env.get(name, {})})
        os.close(write_end)
        self.running[name] = p
        if name == "nginx":
            wait_until(lambda: self._alive(name)
                       and (d / "run/nginx.pid").exists(), "nginx is ready")
        else:
            with open(read_end, "rb", closefd=False) as f:
                word = f.readline()
            assert word == b"ready\n", \
                f"{name} did not start: {self.last_words(name)}"
        os.close(read_end)

    def _alive(self, name):
        assert self.running[name].poll() is None, \
            f"{name} ended: {self.last_words(name)}"
        return True

    def last_words(self, name):
        lines = (self.demo.dir / f"log/{name}.log").read_text(
            errors="replace").splitlines()
        return "\n".join(lines[-5:])

    def start_all(self, names=ORDER):
        for name in names:
            self.start(name)

    def kill(self, name, number=signal.SIGKILL):
        """nginx: its workers too, they would hold the ports."""
        p = self.running.pop(name)
        if name == "nginx" and number == signal.SIGKILL:
            os.killpg(p.pid, number)
        else:
            os.kill(p.pid, number)
        p.wait(PATIENCE)
        return p.returncode

    def stop(self):
        for name in [n for n in reversed(ORDER) if n in self.running]:
            self.kill(name, signal.SIGTERM)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in [n for n in reversed(ORDER) if n in self.running]:
            try:
                self.kill(name, signal.SIGTERM)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
