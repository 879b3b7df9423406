"""Many prompts at once: against llama-server at its best, and against ``Llama`` one after another."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.bench.engine_run import EngineRun, open_engine
from lmstudio_lite.bench.raw import open_raw
from lmstudio_lite.bench.rows import Bound, Row, compared, missing
from lmstudio_lite.bench.server import NO_SERVER, open_server
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.bench.texts import words

AGAINST_SERVER = Bound(1.0)
AGAINST_LLAMA = Bound(0.65)
NUM_SLOTS = (1, 8, 16)
TOKENS_PER_WORD = 2
NUM_ROUNDS_MAX = 3


def against_server(setting: Setting) -> Row:
    """Wall time of all prompts, against the best of llama-server's ``-np`` 1, 8 and 16.

    Which ``-np`` is best is found first. Then both sides run in turns, our engine and that server, and each
    pair is judged by itself: the speed of a machine drifts within minutes.
    """
    name = "batch-against-server"
    if setting.server is None:
        return missing(name, AGAINST_SERVER, NO_SERVER)
    num_slots = _best_slots(setting, setting.server)
    with (
        _open_ours(setting) as engine,
        open_server(
            setting.server, _model(setting), context_size=_context_size(setting), num_slots=num_slots
        ) as server,
    ):
        turns = _in_turns(setting, engine.wall_s, server.wall_s, f"llama-server -np {num_slots}")
    ours, theirs = ([side.num_tokens for side in sides] for sides in zip(*turns, strict=True))
    note = (
        f"best with -np {num_slots}; tokens {statistics.median(ours):g} and {statistics.median(theirs):g}; "
        f"pairs {', '.join(f'{mine.wall_s / other.wall_s:.2f}' for mine, other in turns)}"
    )
    return _row(setting, name, turns, AGAINST_SERVER, note)


def against_llama(setting: Setting) -> Row:
    """Wall time of all prompts, against llama-cpp-python's ``Llama`` one after another, in turns."""

    def llama(prompts: Sequence[str], max_tokens: int) -> tuple[float, int]:
        return raw.one_after_another_s(prompts, max_tokens), 0

    with _open_ours(setting) as engine, open_raw(_model(setting), 1024, None) as raw:
        turns = _in_turns(setting, engine.wall_s, llama, "Llama")
    return _row(setting, "batch-against-llama", turns, AGAINST_LLAMA, "")


@dataclass(frozen=True, slots=True)
class _Side:
    """What one side took for all prompts of a round; ``num_tokens`` were generated."""

    wall_s: float
    num_tokens: int


_Wall = Callable[[Sequence[str], int], tuple[float, int]]
"""Prompts and the limit of tokens for each, to seconds and tokens."""


def _in_turns(setting: Setting, ours: _Wall, theirs: _Wall, opponent: str) -> list[tuple[_Side, _Side]]:
    """Run both sides one after the other in each round, with the same prompts."""
    turns = []
    for number in range(_num_rounds(setting)):
        prompts = _prompts(setting, number)
        setting.say(f"ours, round {number + 1}")
        mine = _Side(*ours(prompts, setting.scale.num_replied))
        setting.say(f"{opponent}, round {number + 1}")
        turns.append((mine, _Side(*theirs(prompts, setting.scale.num_replied))))
    return turns


def _best_slots(setting: Setting, server: Path) -> int:
    """Return the ``-np`` with which llama-server is fastest on prompts that no round uses."""
    walls: dict[int, float] = {}
    for num_slots in NUM_SLOTS:
        setting.say(f"llama-server -np {num_slots}, to find its best")
        with open_server(
            server, _model(setting), context_size=_context_size(setting), num_slots=num_slots
        ) as opened:
            walls[num_slots], _ = opened.wall_s(_prompts(setting, NUM_ROUNDS_MAX), setting.scale.num_replied)
    return min(walls, key=walls.__getitem__)


def _open_ours(setting: Setting) -> AbstractContextManager[EngineRun]:
    return open_engine(
        setting,
        _model(setting),
        context_size=_context_size(setting),
        num_sequences_max=setting.scale.num_prompts + 1,
    )


def _row(setting: Setting, name: str, turns: list[tuple[_Side, _Side]], bound: Bound, note: str) -> Row:
    rounds = [(mine.wall_s, other.wall_s) for mine, other in turns]
    is_meant = setting.half_billion is not None
    notes = [note, "" if is_meant else f"the bound is for a 0.5B model, this is {setting.model.stem}"]
    return compared(name, rounds, bound, unit="s", note="; ".join(filter(None, notes)), is_judged=is_meant)


def _model(setting: Setting) -> Path:
    return setting.half_billion or setting.model


def _num_rounds(setting: Setting) -> int:
    return min(NUM_ROUNDS_MAX, setting.scale.num_rounds)


def _context_size(setting: Setting) -> int:
    per_prompt = setting.scale.num_words * TOKENS_PER_WORD + setting.scale.num_replied
    return -(-per_prompt * setting.scale.num_prompts // 1024) * 1024


def _prompts(setting: Setting, round_number: int) -> list[str]:
    """Other texts in every round, for what was read before is not read again."""
    scale = setting.scale
    return [words(scale.num_words, 1000 * round_number + number) for number in range(scale.num_prompts)]
