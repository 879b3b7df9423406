from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.storage.likeness import (
    SIGNATURE_BYTES,
    LikenessIndex,
    nearest,
    plain_form,
    signature_of,
)

WORDS = [
    *(
        "open",
        "close",
        "check",
        "valve",
        "boiler",
        "pump",
        "slowly",
        "before",
        "after",
        "the",
        "a",
        "red",
        "heat",
    ),
    *("tank", "pressure", "is", "must", "be", "cleaned", "year", "technician", "tenant", "invoice", "shows"),
]
LEAST = 0.75


def index_of(texts: list[str]) -> LikenessIndex:
    return LikenessIndex(range(len(texts)), [len(text) for text in texts], b"".join(map(signature_of, texts)))


def test_the_quick_look_leaves_the_nearest_in() -> None:
    chance = random.Random(7)
    texts = [" ".join(chance.choices(WORDS, k=chance.randrange(3, 20))) for _ in range(3000)]
    index = index_of(texts)
    num_found = num_missed = 0
    for text in chance.sample(texts, 150):
        words = text.split()
        words[chance.randrange(len(words))] = chance.choice(WORDS)
        query = " ".join(words)
        best = nearest(query, texts, LEAST)
        if best is None:
            continue
        num_found += 1
        quick = nearest(query, [texts[number] for number in index.close_to(query, LEAST)], LEAST)
        num_missed += quick is None or quick[1] < best[1]
    assert num_found > 100
    assert num_missed == 0


def test_nothing_is_close_to_a_text_of_another_length_or_in_an_empty_memory() -> None:
    assert LikenessIndex([], [], b"").close_to("anything", LEAST) == []
    assert index_of(["a very long text that goes on and on"]).close_to("short", LEAST) == []


@given(st.text(max_size=60).filter(plain_form))
def test_any_text_has_a_signature_and_is_nearest_to_itself(text: str) -> None:
    plain = plain_form(text)
    assert len(signature_of(plain)) == SIGNATURE_BYTES
    assert index_of([plain, "x" * 200]).close_to(plain, LEAST) == [0]
    assert plain_form(plain) == plain
