"""What a summary should be trusted with: what of the file is missing, and what was found in the summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lmstudio_lite.app.summaries import Done
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.summarize.items import SummaryItem
from lmstudio_lite.words import explain_warning
from lmstudio_lite.words.translate import tr


def show_findings(
    notice: Notice, item: SummaryItem, missing: Sequence[str], on_parts_wanted: Callable[[], None]
) -> None:
    """Say it in ``notice``, whose button calls ``on_parts_wanted``; without findings it goes away.

    What of the file is ``missing`` is known as soon as it is read, before there is a summary.
    """
    warnings = item.state.facts.warnings if isinstance(item.state, Done) else ()
    words = [*missing, *map(explain_warning, warnings)]
    if not words:
        notice.clear()
        return
    button = tr("What was read") if missing else ""
    notice.show_message(words[0], " ".join(words[1:]), button, on_parts_wanted, kind="warning")
