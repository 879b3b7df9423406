"""The tests' own guard: what is logged unexpectedly fails the test that logged it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[1]
_TESTS = """
import logging, threading
import pytest

log = logging.getLogger("some.logger")

@pytest.fixture(scope="module")
def warns_when_closed():
    yield
    log.warning("closed")

def test_says_little(): log.info("a word")

def test_warns(): log.warning("trouble")

def test_warns_on_a_thread():
    thread = threading.Thread(target=log.warning, args=("trouble",))
    thread.start()
    thread.join()

@pytest.mark.may_log("some.logger: trouble")
def test_warns_as_it_may(): log.warning("trouble")

@pytest.mark.may_log("other.logger")
def test_warns_otherwise_than_it_may(): log.warning("trouble")

def test_leaves_it_to_its_fixture(warns_when_closed): pass
"""


def test_an_unexpected_warning_fails_the_test_that_logged_it(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(_TESTS)
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-rE", "--rootdir", str(tmp_path)]
    settings = ["-c", str(_REPOSITORY / "pyproject.toml")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *settings, str(tmp_path)],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
    )
    failed = set(re.findall(r"^ERROR \S*::test_(\w+)", done.stdout, re.MULTILINE))
    assert failed == {
        "warns",
        "warns_on_a_thread",
        "warns_otherwise_than_it_may",
        "leaves_it_to_its_fixture",
    }
    assert "WARNING some.logger: trouble" in done.stdout
