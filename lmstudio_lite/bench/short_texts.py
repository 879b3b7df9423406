"""Short texts for measures of many at once, the same in every run.

What a measure says of them holds for others only where they are as different as those of a user are: the
engine reads once what several texts begin with. So there are sentences that were written for other measures,
and, to show what is gained where a column repeats itself, remarks that are combined of a few parts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from lmstudio_lite.bench.quality.corpus import corpus_folder
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.paths import resources

_WORDS = range(3, 31)
_PARAGRAPH = re.compile(r"^[^\W\d_].*", re.MULTILINE)
_MARKS = re.compile(r"[*_`]")
_THINGS = (
    "lamp",
    "phone",
    "parcel",
    "order",
    "printer",
    "chair",
    "router",
    "camera",
    "bicycle",
    "coffee machine",
)
_REMARKS = (
    "The invoice for my {thing} is wrong",
    "I was charged twice for the {thing}",
    "My {thing} has not arrived yet",
    "The courier lost my {thing}",
    "My {thing} does not switch on",
    "The {thing} shows an error",
    "Please cancel the {thing}",
    "I no longer want the {thing}",
    "I love my new {thing}",
    "Thank you for the great {thing}",
)
_ENDINGS = (
    *(".", ", please help.", " since Monday.", ", what now?", ", again.", " today.", ", I think.", "!"),
    *(", as I said before.", ", by the way."),
)


def short_texts(count: int) -> list[str]:
    """Return different English sentences of 3 to 30 words, in the order in which they were written."""
    different = dict.fromkeys(text for text in _sentences() if len(text.split()) in _WORDS)
    return list(different)[:count]


def texts_that_begin_alike(count: int) -> list[str]:
    """Return different remarks of customers, about nine words each; neighbours have little in common."""
    every = [
        f"{remark.format(thing=thing)}{ending}"
        for ending in _ENDINGS
        for thing in _THINGS
        for remark in _REMARKS
    ]
    return every[:count]


def _sentences() -> Iterator[str]:
    """Yield those of ``resources``: labelled ones, questions, translations, statements, articles."""
    for name in ("held_out.toml", "sentences.toml"):
        for task in _table("labelled", name)["task"]:
            yield from (text for text, _ in task["sentences"])
    for question in _table("retrieval", "questions.toml")["questions"]:
        if question["document"].startswith("en-"):
            yield question["question"]
    for pair, source, target in _table("parallel", "good.toml")["good"]:
        languages = pair.split("-")
        if "en" in languages:
            yield (source, target)[languages.index("en")]
    yield from (each["en"] for each in _table("parallel", "references.toml")["page"]["sentences"])
    for name in ("pairs.toml", "calibration.toml"):
        for pair in _table("evidence", name)["pairs"]:
            if pair["language"] == "en":
                yield from _split(pair["passage"])
                yield pair["true"]
    for file in sorted(corpus_folder().glob("en-*.md")):
        text = file.read_text("utf-8").split("+++\n", 2)[2]
        for paragraph in _PARAGRAPH.findall(text):
            yield from _split(paragraph)


def _split(text: str) -> Iterator[str]:
    for sentence in split_sentences(_MARKS.sub("", text)):
        yield sentence.text.strip()


def _table(folder: str, name: str) -> dict[str, Any]:
    return tomllib.loads((resources() / folder / name).read_text("utf-8"))
