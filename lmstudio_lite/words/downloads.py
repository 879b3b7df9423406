"""What goes on with a download, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.downloads import FetchNotice, FetchProgress, FetchState
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.words import explain
from lmstudio_lite.words.saying import say_duration, say_size, say_time_left
from lmstudio_lite.words.translate import mark, tr, trn

_STATES = {
    FetchState.QUEUED: mark("waiting for its turn"),
    FetchState.CHECKING: mark("checking"),
    FetchState.PAUSED: mark("paused"),
    FetchState.DONE: mark("done, checked"),
}
_RUNNING = (FetchState.FETCHING, FetchState.CHECKING, FetchState.WAITING)
_NOTICES = {
    FetchNotice.NONE: "",
    FetchNotice.CHANGED: mark("The file was changed where it lies; it is fetched again from its beginning."),
    FetchNotice.SECOND_LOOK: mark(
        "What came is not what was promised; the damaged part is looked for and fetched again."
    ),
}


def say_progress(progress: FetchProgress) -> str:
    """``1.2 GB of 4.7 GB · 12 MB a second · about 5 min left``, or what it waits for."""
    parts = [say_amount(progress)]
    match progress.state:
        case FetchState.FETCHING:
            if progress.bytes_per_s:
                parts.append(say_rate(progress.bytes_per_s))
            if progress.seconds_left is not None:
                parts.append(say_time_left(progress.seconds_left))
        case FetchState.WAITING:
            return say_wait(progress)
        case FetchState.FAILED:
            parts.append(say_failure(progress.failure))
        case FetchState.DONE:
            parts = [say_size(progress.size_bytes), tr(_STATES[progress.state])]
        case state:
            parts.append(tr(_STATES[state]))
    return " · ".join(filter(None, parts))


def say_amount(progress: FetchProgress) -> str:
    """``1.2 GB of 4.7 GB``, or how much there is where the whole is not known."""
    received = say_size(progress.received_bytes)
    if not progress.size_bytes:
        return received
    return tr("{0} of {1}").format(received, say_size(progress.size_bytes))


def say_rate(bytes_per_s: float) -> str:
    return tr("{0} a second").format(say_size(bytes_per_s))


def say_wait(progress: FetchProgress) -> str:
    """Say what is waited for and when it is tried again."""
    what = say_failure(progress.waits_for)
    again = tr("Next try in {0}.").format(say_duration(progress.wait_s))
    return f"{what} {again}".strip()


def say_failure(failure: Failure | None) -> str:
    return explain(error_from_code(failure.code, failure.details)).what if failure else ""


def say_notice(notice: FetchNotice) -> str:
    """Say why a bar stands still although bytes come, "" for nothing."""
    return tr(_NOTICES[notice])


def percent(progress: FetchProgress) -> int | None:
    """Return whole percents, 100 for all bytes only, None where the whole is not known."""
    if not progress.size_bytes:
        return None
    return 100 * progress.received_bytes // progress.size_bytes


def say_list(listed: Sequence[FetchProgress]) -> str:
    """Say in a few words what goes on: ``34 %``, ``waiting``, ``failed``, "" for nothing."""
    running = next((each for each in listed if each.state in _RUNNING), None)
    if running is not None:
        if running.state is FetchState.WAITING:
            return tr("waiting")
        share = percent(running)
        return say_amount(running) if share is None else tr("{0} %").format(share)
    if any(each.state is FetchState.FAILED for each in listed):
        return tr("failed")
    num_paused = sum(each.state is FetchState.PAUSED for each in listed)
    return trn("{n} paused", "{n} paused", num_paused) if num_paused else ""


def say_short(listed: Sequence[FetchProgress]) -> str:
    """``Fetching 34 %``, "" where nothing runs and nothing has failed."""
    running = next((each for each in listed if each.state in _RUNNING), None)
    if running is None:
        has_failed = any(each.state is FetchState.FAILED for each in listed)
        return tr("A download failed") if has_failed else ""
    if running.state is FetchState.WAITING:
        return tr("Fetching, waiting")
    share = percent(running)
    return tr("Fetching") if share is None else tr("Fetching {0} %").format(share)
