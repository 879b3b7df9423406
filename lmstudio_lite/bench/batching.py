"""Many prompts at once: against llama-server at its best, and against ``Llama`` one after another."""

from __future__ import annotations

import statistics
from pathlib import Path

from lmstudio_lite.bench.engine_run import open_engine
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
    """Wall time of all prompts, against the best of llama-server's ``-np`` 1, 8 and 16."""
    name = "batch-against-server"
    if setting.server is None:
        return missing(name, AGAINST_SERVER, NO_SERVER)
    model, context_size = _model(setting), _context_size(setting)
    best: tuple[float, list[float], int] | None = None
    tokens = []
    for num_slots in NUM_SLOTS:
        walls = []
        with open_server(setting.server, model, context_size=context_size, num_slots=num_slots) as server:
            for number in range(_num_rounds(setting)):
                setting.say(f"llama-server -np {num_slots}, round {number + 1}")
                wall_s, num_tokens = server.wall_s(_prompts(setting, number), setting.scale.num_replied)
                walls.append(wall_s)
                tokens.append(num_tokens)
        if best is None or statistics.median(walls) < best[0]:
            best = (statistics.median(walls), walls, num_slots)
    assert best is not None
    ours, num_ours = _our_walls(setting)
    note = (
        f"best with -np {best[2]}; tokens {statistics.median(num_ours):g} and {statistics.median(tokens):g}"
    )
    return _row(setting, name, list(zip(ours, best[1], strict=True)), AGAINST_SERVER, note)


def against_llama(setting: Setting) -> Row:
    """Wall time of all prompts, against llama-cpp-python's ``Llama`` one after another."""
    theirs = []
    with open_raw(_model(setting), 1024, None) as raw:
        for number in range(_num_rounds(setting)):
            setting.say(f"Llama, round {number + 1}")
            theirs.append(raw.one_after_another_s(_prompts(setting, number), setting.scale.num_replied))
    ours, _ = _our_walls(setting)
    return _row(setting, "batch-against-llama", list(zip(ours, theirs, strict=True)), AGAINST_LLAMA, "")


def _our_walls(setting: Setting) -> tuple[list[float], list[int]]:
    walls, tokens = [], []
    with open_engine(
        setting,
        _model(setting),
        context_size=_context_size(setting),
        num_sequences_max=setting.scale.num_prompts + 1,
    ) as engine:
        for number in range(_num_rounds(setting)):
            setting.say(f"ours, round {number + 1}")
            wall_s, num_tokens = engine.wall_s(_prompts(setting, number), setting.scale.num_replied)
            walls.append(wall_s)
            tokens.append(num_tokens)
    return walls, tokens


def _row(setting: Setting, name: str, rounds: list[tuple[float, float]], bound: Bound, note: str) -> Row:
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
