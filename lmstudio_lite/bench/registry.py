"""The measures by name, in the order of their table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lmstudio_lite.bench import batching, copying, decoding, reading, summaries, together, turns
from lmstudio_lite.bench.rows import Bound, OpponentError, Row, missing
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.errors import AppError


@dataclass(frozen=True, slots=True)
class Measure:
    """``take`` may give several rows; ``bound`` is the first one's."""

    take: Callable[[Setting], Row | list[Row]]
    bound: Bound


MEASURES: dict[str, Measure] = {
    "decode-one-stream": Measure(decoding.one_stream, decoding.ONE_STREAM),
    "batch-against-server": Measure(batching.against_server, batching.AGAINST_SERVER),
    "batch-against-llama": Measure(batching.against_llama, batching.AGAINST_LLAMA),
    "decode-at-depth": Measure(decoding.at_depth, decoding.DEEP),
    "second-turn": Measure(turns.second_turn, turns.SECOND_TURN),
    "reopened-chat": Measure(turns.reopened, turns.REOPENED),
    "chat-beside-summary": Measure(together.chat_beside_summary, together.FIRST_TOKEN),
    "cancel-to-silence": Measure(together.cancel_to_silence, together.SILENCE),
    "copying-speculation": Measure(copying.quoting, copying.COPYING),
    "summary-of-document": Measure(summaries.of_document, summaries.AGAINST_LLAMA),
    "reading-pdf": Measure(reading.pdf, reading.READING),
    "python-share-of-step": Measure(decoding.python_share, decoding.PYTHON_SHARE),
}


def run(names: Sequence[str], setting: Setting) -> Iterator[Row]:
    """Take the measures, one after the other, and yield their rows as they come.

    One whose model or opponent fails says so in its row, and the others go on.
    """
    for name in names:
        setting.say(name)
        measure = MEASURES[name]
        try:
            rows = measure.take(setting)
        except (AppError, OpponentError) as error:
            rows = missing(name, measure.bound, str(error))
        yield from rows if isinstance(rows, list) else [rows]
