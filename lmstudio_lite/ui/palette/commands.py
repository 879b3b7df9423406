"""What the palette offers, as values, and how typed words choose among it. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lmstudio_lite.app.find import fold_words

SHOWN_MAX = 60


@dataclass(frozen=True, slots=True)
class Command:
    """``words`` name it, ``kind`` says what it is ("Tab"), ``keys`` are its shortcut; "" for none."""

    words: str
    kind: str
    run: Callable[[], object]
    keys: str = ""


def find_commands(commands: Sequence[Command], query: str) -> list[Command]:
    """Return the commands that have every word of ``query``, those that begin so first."""
    words = fold_words(query).split()
    if not words:
        return list(commands[:SHOWN_MAX])
    found: list[tuple[int, Command]] = []
    for command in commands:
        name = fold_words(command.words)
        if all(word in name for word in words):
            starts = name.startswith(words[0]) or f" {words[0]}" in name
            found.append((0 if name.startswith(words[0]) else 1 if starts else 2, command))
    found.sort(key=lambda each: each[0])
    return [command for _, command in found[:SHOWN_MAX]]
