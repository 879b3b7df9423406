"""Texts of a wanted length, different from their first word on, the same in every run."""

from __future__ import annotations

import random

_TEXT = (
    "the old harbour lay quiet under a grey sky while small boats came home with little in their nets and "
    "people on the stone wall talked about prices weather letters from the north and a bridge that nobody "
    "would ever build because money went where it always had gone before winter closed the mountain road "
    "again so the baker kept flour for three weeks and her brother wrote down every name in a long book"
)
_WORDS = _TEXT.split()


_NAMES = ("Anna", "Boris", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Irma", "Jonas", "Karla")
_PLACES = ("harbour", "mill", "market", "station", "quarry", "ferry", "chapel", "school")
_WORKS = ("repairs", "a new roof", "a survey", "a flood wall", "a narrower lane", "two more lamps")
_HAPPENED = (
    "In year {n} {name} was put in charge of {work} at the {place}, which had cost {sum} crowns before.",
    "The council of the {place} met {few} times over it and wrote a report of {sum} pages.",
    "{name} objected that {work} would darken the {other} and asked for {few} years of patience.",
    "After the storm of year {n} nobody spoke of {work} any more until {name} found the old plans.",
    "The road from the {place} to the {other} was closed for {few} weeks, and {sum} carts took the long way.",
    "What {name} had promised for {few} months took {sum} days, mostly because of the weather.",
)


def chronicle(count: int, seed: int = 1) -> str:
    """Return about ``count`` words that say something, in paragraphs below numbered headings."""
    draw = random.Random(seed)
    blocks: list[str] = []
    num_words = 0
    while num_words < count:
        if len(blocks) % 9 == 0:
            blocks.append(f"# {len(blocks) // 9 + 1} The {draw.choice(_PLACES)} and its people")
        sentences = [
            draw.choice(_HAPPENED).format(
                n=1500 + num_words % 400,
                name=draw.choice(_NAMES),
                work=draw.choice(_WORKS),
                place=draw.choice(_PLACES),
                other=draw.choice(_PLACES),
                few=draw.randint(2, 12),
                sum=draw.randint(13, 980),
            )
            for _ in range(5)
        ]
        blocks.append(" ".join(sentences))
        num_words += len(blocks[-1].split())
    return "\n\n".join(blocks)


def words(count: int, seed: int) -> str:
    """Return ``count`` words in sentences."""
    draw = random.Random(seed)
    sentences = []
    while count > 0:
        length = min(count, draw.randint(7, 15))
        count -= length
        sentences.append(" ".join(draw.choice(_WORDS) for _ in range(length)).capitalize() + ".")
    return " ".join(sentences)
