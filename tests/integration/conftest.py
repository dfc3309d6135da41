"""Fixtures: running demo folders, stopped at the end."""
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from ocs import CLI, quickstart  # noqa: E402


def pytest_sessionstart(session):
    if not CLI.exists():
        pytest.exit(f"{CLI} is missing: build first (make)", returncode=2)


# Many tests share these folders: more than one person would send.
SHARED = "limits: {pending_per_requester: 100000, daily_per_requester: 100000}"


def _demo(*options, shared=False):
    # Short: a unix socket's path has at most 107 bytes.
    top = pathlib.Path(tempfile.mkdtemp(prefix="ocs-"))
    top.chmod(0o755)
    d = quickstart(top / "demo", *options)
    if shared:
        d.stop()
        d.configure(SHARED)
        d.start()
    yield d
    d.stop()
    shutil.rmtree(top, ignore_errors=True)


@pytest.fixture(scope="session")
def demo():
    """A stand-alone CA on which every request waits for an officer."""
    yield from _demo(shared=True)


@pytest.fixture(scope="session")
def demo_at_once():
    """A stand-alone CA that issues at once."""
    yield from _demo("--issue-at-once", shared=True)


@pytest.fixture
def start_demo():
    """A function that starts a folder of the test's own:
    start_demo("--key", "rsa2048")."""
    running = []

    def start(*options):
        g = _demo(*options)
        running.append(g)
        return next(g)

    yield start
    for g in running:
        next(g, None)
