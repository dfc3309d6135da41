"""Fixtures: running demo folders, stopped at the end."""
import contextlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from ocs import CLI, running_demo  # noqa: E402


def pytest_sessionstart(session):
    if not CLI.exists():
        pytest.exit(f"{CLI} is missing: build first (make)", returncode=2)


# Many tests share these folders: more than one person would send.
SHARED = "limits: {pending_per_requester: 100000, daily_per_requester: 100000}"


@pytest.fixture(scope="session")
def demo():
    """A stand-alone CA on which every request waits for an officer."""
    with running_demo(ca_lines=[SHARED]) as d:
        yield d


@pytest.fixture(scope="session")
def demo_at_once():
    """A stand-alone CA that issues at once."""
    with running_demo("--issue-at-once", ca_lines=[SHARED]) as d:
        yield d


@pytest.fixture
def start_demo():
    """A function that starts a folder of the test's own:
    start_demo("--key", "rsa2048")."""
    with contextlib.ExitStack() as running:
        yield lambda *options, **kw: running.enter_context(
            running_demo(*options, **kw))
