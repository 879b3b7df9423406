"""The measures by name, in the order of their table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lmstudio_lite.bench import batching, copying, decoding, together, turns
from lmstudio_lite.bench.rows import Row
from lmstudio_lite.bench.setting import Setting

Measure = Callable[[Setting], Row | list[Row]]

MEASURES: dict[str, Measure] = {
    "decode-one-stream": decoding.one_stream,
    "batch-against-server": batching.against_server,
    "batch-against-llama": batching.against_llama,
    "decode-at-depth": decoding.at_depth,
    "second-turn": turns.second_turn,
    "reopened-chat": turns.reopened,
    "chat-beside-summary": together.chat_beside_summary,
    "cancel-to-silence": together.cancel_to_silence,
    "copying-speculation": copying.quoting,
    "python-share-of-step": decoding.python_share,
}


def run(names: Sequence[str], setting: Setting) -> Iterator[Row]:
    """Take the measures, one after the other, and yield their rows as they come.

    Raises:
        AppError: a model can't be loaded, or a request failed.
    """
    for name in names:
        setting.say(name)
        rows = MEASURES[name](setting)
        yield from rows if isinstance(rows, list) else [rows]
