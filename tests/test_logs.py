from __future__ import annotations

import errno
import io
import logging
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lmstudio_lite import logs
from lmstudio_lite.paths import Paths, portable_paths
from tests.storage.conftest import MountedRun, run_on_mount

__all__ = ["run_on_mount"]

log = logging.getLogger("lmstudio_lite.somewhere")

Start = Callable[..., None]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return portable_paths(tmp_path)


@pytest.fixture
def start() -> Iterator[Start]:
    stops: list[Callable[[], None]] = []
    yield lambda *arguments, **named: stops.append(logs.configure(*arguments, **named))
    for stop in reversed(stops):
        stop()


def written(paths: Paths) -> list[str]:
    return (paths.logs / logs.FILE_NAME).read_text("utf-8").splitlines()


@pytest.mark.parametrize("verbose", [False, True])
def test_details_never_reach_the_file(paths: Paths, start: Start, verbose: bool) -> None:
    start(paths, verbose=verbose)
    log.debug("the prompt was: secret")
    log.info("loaded in %d ms", 12)
    [line] = written(paths)
    assert line.endswith("lmstudio_lite.somewhere: loaded in 12 ms")
    assert " INFO " in line


def test_verbose_shows_everything_on_the_terminal(
    paths: Paths, start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    start(paths, verbose=True)
    log.debug("a detail")
    assert "a detail" in capfd.readouterr().err


@pytest.mark.may_log("only in the file")
def test_a_quiet_program_says_nothing(paths: Paths, start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    start(paths)
    log.warning("only in the file")
    assert capfd.readouterr() == ("", "")
    assert len(written(paths)) == 1


def test_a_child_logs_to_its_standard_error(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    start(None)
    log.info("from a child")
    log.debug("a detail")
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "from a child" in captured.err
    assert "a detail" not in captured.err


@pytest.mark.may_log("reason: a")
def test_a_record_is_one_line_of_bounded_length(paths: Paths, start: Start) -> None:
    start(paths)
    log.warning("reason: %s", "a\nb\r\x1b[31m\u2028\ud800" + "x" * 100_000)
    [line] = written(paths)
    assert "a\\nb\\r\\x1b[31m\\u2028\\ud800" in line
    assert len(line) < 2_300


@pytest.mark.may_log("unexpected")
def test_a_traceback_is_kept(paths: Paths, start: Start) -> None:
    start(paths)
    try:
        raise RuntimeError("a bug")
    except RuntimeError:
        log.exception("unexpected")
    assert written(paths)[-1] == "RuntimeError: a bug"


def test_the_file_turns_over(paths: Paths, start: Start) -> None:
    start(paths)
    for _ in range(3_000):
        log.info("%s", "x" * 1_900)
    files = sorted(path.name for path in paths.logs.iterdir())
    assert files == [logs.FILE_NAME, *(f"{logs.FILE_NAME}.{number}" for number in (1, 2, 3))]
    assert sum(path.stat().st_size for path in paths.logs.iterdir()) < 4_100_000


def test_a_file_that_cannot_turn_over_goes_on(paths: Paths, start: Start) -> None:
    (paths.logs / f"{logs.FILE_NAME}.1" / "in the way").mkdir(parents=True)
    (paths.logs / f"{logs.FILE_NAME}.2" / "in the way").mkdir(parents=True)
    start(paths)
    for number in range(700):
        log.info("%d %s", number, "x" * 1_900)
    assert " 699 " in written(paths)[-1]


@pytest.mark.may_log("no log file in")
def test_a_folder_that_cannot_be_written_to_is_no_reason_to_stop(
    tmp_path: Path, start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("in the way")
    start(portable_paths(tmp_path))
    log.info("still running")
    assert (tmp_path / "logs").read_text() == "in the way"


@pytest.mark.may_log("unheard")
def test_stopping_lets_go_of_the_file(paths: Paths) -> None:
    before = list(logging.getLogger().handlers)
    stop = logs.configure(paths)
    stop()
    log.warning("unheard")
    assert logging.getLogger().handlers == before
    assert written(paths) == []


def test_leaving_on_a_full_disk_is_quiet(tmp_path: Path, run_on_mount: MountedRun) -> None:
    run = run_on_mount(tmp_path, "size=1m", "leave_on_full_disk", str(tmp_path / "data"))
    assert run.stderr == ""
    assert run.stdout.splitlines() == ["disk_full", "room again", "counted", "left"]


def test_a_terminal_that_is_gone_is_no_reason_to_complain(
    paths: Paths, start: Start, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(io.StringIO):
        def write(self, _text: str, /) -> int:
            raise OSError(errno.EPIPE, "gone")

    monkeypatch.setattr(sys, "stderr", Gone())
    start(paths, verbose=True)
    monkeypatch.undo()
    log.info("still written")
    assert capfd.readouterr() == ("", "")
    assert written(paths)[-1].endswith("still written")


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_old_and_new_logs_are_private(paths: Paths, start: Start) -> None:
    paths.logs.mkdir(mode=0o755)
    for name in (logs.FILE_NAME, f"{logs.FILE_NAME}.1"):
        (paths.logs / name).touch(0o644)
    start(paths)
    for _ in range(1_200):
        log.info("%s", "x" * 1_900)
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths.logs.iterdir()} == {0o600}
    assert stat.S_IMODE(paths.logs.stat().st_mode) == 0o700
