"""Marks through a real model: on the right words by the hand-made key, and none lost in a thousand segments.

For models of about half a billion parameters in the folder that ``LMSTUDIO_LITE_TEST_MODELS`` names.
"""

from __future__ import annotations

import os
import random
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import regex

from lmstudio_lite.bench.setting import HALF_BILLION
from lmstudio_lite.bench.translation.planted import read_good
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient, LoadOptions
from lmstudio_lite.domain.translations import TranslationOptions
from lmstudio_lite.domain.units import Mark, MarkKind, Place, Unit, UnitKind, check_unit_text
from lmstudio_lite.engine.client.client import WorkerClient
from lmstudio_lite.tasks.generate.attempts import Part, generate_parts
from lmstudio_lite.tasks.translate.align import Search, find_words
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.marks import Stretch, trimmed
from lmstudio_lite.tasks.translate.units import translate_units

_MARK = regex.compile(r"</?(?P<name>[ab])>")
_KEY = Path(__file__).with_name("mark_key.toml")
_FOLDER = Path(os.environ.get("LMSTUDIO_LITE_TEST_MODELS") or os.devnull)
_NUM_SEGMENTS = 1000
_RIGHT_SHARE = 0.9

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


@dataclass(frozen=True, slots=True)
class Keyed:
    """Words of a sentence, ``words`` of it, and what of its translation stands for them."""

    source: str
    target: str
    words: Stretch
    right: frozenset[str]


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineClient]:
    client = WorkerClient()
    try:
        if not any(is_meant(client, path) for path in sorted(_FOLDER.glob("*.gguf"))):
            pytest.skip("LMSTUDIO_LITE_TEST_MODELS has no model of half a billion parameters")
        yield client
    finally:
        client.close()


def is_meant(client: EngineClient, path: Path) -> bool:
    """Load a model and tell whether it is of the size that the bounds are for."""
    client.load_model(path, LoadOptions(context_size=16_384, num_sequences_max=16))
    client.wait_until_ready(120.0)
    model = client.state.model
    return model is not None and model.num_parameters in HALF_BILLION


def test_words_are_found_where_the_key_has_them(engine: EngineClient) -> None:
    num_right = num_all = 0
    wrong: list[str] = []
    for pair, keyed in read_key().items():
        source, target = pair.split("-")
        searches = [Search(each.source, each.target, each.words) for each in keyed]

        def answers(parts: Sequence[Part]) -> None:
            generate_parts(engine, parts, report=lambda progress: None, cancellation=Cancellation())

        for each, found in zip(
            keyed, find_words(searches, Asking(TranslationOptions(source, target)), answers), strict=True
        ):
            words = bare(each.target[found.stretch.start : found.stretch.end]) if found else ""
            num_all += 1
            num_right += words in each.right
            if words not in each.right:
                wrong.append(f"{pair}: {each.source[each.words.start : each.words.end]} → {words}")
    sys.stdout.write(f"{num_right} of {num_all} on the right words; {'; '.join(wrong)}\n")
    assert num_right >= _RIGHT_SHARE * num_all


def test_a_thousand_marked_segments_lose_none(engine: EngineClient) -> None:
    chance = random.Random(7)
    sources = [each.source for each in read_good() if each.source_language == "en"]
    units = [marked(sources[number % len(sources)], number, chance) for number in range(_NUM_SEGMENTS)]
    made = translate_units(
        units,
        TranslationOptions("en", "de"),
        engine=engine,
        report=lambda progress: None,
        cancellation=Cancellation(),
    )
    assert len(made.texts) == _NUM_SEGMENTS
    for number, text in made.texts.items():
        check_unit_text(units[number], text)
    num_given_up = sum(len(units[n].marks) - len(text.marks) for n, text in made.texts.items())
    num_marks = sum(len(unit.marks) for unit in units)
    num_kept = sum(segment.is_kept for segment in made.segments)
    sys.stdout.write(f"{num_marks} marks, {num_given_up} styles given up, {num_kept} kept\n")


def marked(text: str, number: int, chance: random.Random) -> Unit:
    """Return a sentence with one to three marks, which may lie in one another."""
    words = [match.span() for match in regex.finditer(r"\S+", text)]
    marks: list[Mark] = []
    low, high = 0, len(words)
    while low < high and len(marks) < 3:
        first = chance.randrange(low, high)
        last = min(high - 1, first + chance.randrange(3))
        kind = chance.choice(list(MarkKind))
        start, end = words[first][0], words[last][1]
        if kind is MarkKind.OBJECT:
            marks.append(Mark(len(marks) + 1, kind, end, end))
            low = last + 1
        else:
            marks.append(Mark(len(marks) + 1, kind, start, end))
            low, high = (first, last + 1) if chance.random() < 0.3 else (last + 1, high)
        if chance.random() < 0.4:
            break
    return Unit(text, Place(UnitKind.BODY, "soak", number + 1), tuple(marks))


def read_key() -> dict[str, list[Keyed]]:
    """Return the key by the pair of languages."""
    table = tomllib.loads(_KEY.read_text("utf-8"))
    return {pair: [keyed for row in rows for keyed in keyed_of(row)] for pair, rows in table.items()}


def keyed_of(row: Sequence[object]) -> Iterator[Keyed]:
    source, here = without_marks(str(row[0]))
    target, there = without_marks(str(row[1]))
    others = row[2] if len(row) > 2 else []
    assert isinstance(others, list)
    for name, (start, end) in here.items():
        words = Stretch(*trimmed(source, start, end))
        right = {target[slice(*there[name])], *(others if name == "a" else ())}
        yield Keyed(source, target, words, frozenset(bare(str(each)) for each in right))


def without_marks(text: str) -> tuple[str, dict[str, tuple[int, int]]]:
    plain, starts, marks, position = "", dict[str, int](), dict[str, tuple[int, int]](), 0
    for match in _MARK.finditer(text):
        plain += text[position : match.start()]
        position = match.end()
        if match[0].startswith("</"):
            marks[match["name"]] = starts[match["name"]], len(plain)
        else:
            starts[match["name"]] = len(plain)
    return plain + text[position:], marks


def bare(words: str) -> str:
    """Return words without punctuation around them, in lower case."""
    return str(regex.sub(r"^[\s\p{P}]+|[\s\p{P}]+$", "", words)).casefold()
