from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.structure.chunk import split_into_chunks
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.documents import Page


def count_words(texts: Sequence[str]) -> list[int]:
    """About one token for four characters, and never fewer than one for a word."""
    return [max(len(text.split()), -(-len(text) // 4)) for text in texts]


def count_with_overhead(texts: Sequence[str]) -> list[int]:
    """A tokenizer whose count of a whole may exceed the sum of its parts'."""
    return [len(text) // 3 + text.count("\n\n") for text in texts]


TEXTS = st.text(alphabet=st.sampled_from("ab 。.\n中é"), max_size=600)


@given(TEXTS, st.integers(1, 80), st.sampled_from([count_words, count_with_overhead]))
def test_chunks_join_to_the_text_within_the_budget(text: str, budget: int, count: object) -> None:
    counter = count_words if count is count_words else count_with_overhead
    chunks = split_into_chunks(split_sentences(text), budget_tokens=budget, count_tokens=counter)
    assert "".join(chunk.text for chunk in chunks) == text
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.text
        assert [chunk.num_tokens] == counter([chunk.text])
        assert chunk.num_tokens <= budget
        assert (chunk.first_page, chunk.last_page) == (None, None)


@given(st.lists(st.text(alphabet="ab. \n", max_size=60), min_size=1, max_size=6), st.integers(5, 40))
def test_pages_are_those_that_a_chunk_touches(texts: list[str], budget: int) -> None:
    ends = list(itertools.accumulate(len(text) + 1 for text in texts))
    text = "\f".join(texts) + "\f"
    pages = [
        Page(number, start, end)
        for number, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True), start=1)
    ]
    for chunk in split_into_chunks(
        split_sentences(text), budget_tokens=budget, count_tokens=count_words, pages=pages
    ):
        touched = [page.number for page in pages if page.start < chunk.end and chunk.start < page.end]
        assert (chunk.first_page, chunk.last_page) == (touched[0], touched[-1])


def test_paragraphs_stay_whole_where_they_fit() -> None:
    paragraph = "One sentence here. Another one there. A third to end.\n\n"
    text = paragraph * 10
    size = count_words([paragraph])[0]
    chunks = split_into_chunks(split_sentences(text), budget_tokens=size * 3, count_tokens=count_words)
    assert len(chunks) > 1
    assert all(len(chunk.text) % len(paragraph) == 0 for chunk in chunks)


def test_chunks_are_evenly_filled() -> None:
    text = "This is a sentence of the text. " * 105
    chunks = split_into_chunks(split_sentences(text), budget_tokens=800, count_tokens=count_words)
    sizes = [chunk.num_tokens for chunk in chunks]
    assert len(sizes) == 2
    assert min(sizes) > 0.8 * max(sizes)


def test_tokens_are_counted_in_few_calls() -> None:
    calls: list[int] = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return count_words(texts)

    split_into_chunks(split_sentences("A sentence. " * 5000), budget_tokens=200, count_tokens=count)
    assert len(calls) <= 4


def test_a_sentence_over_the_budget_is_cut_at_spaces() -> None:
    chunks = split_into_chunks(split_sentences("word " * 100), budget_tokens=20, count_tokens=count_words)
    assert all(chunk.text.endswith("word ") for chunk in chunks)


def test_nothing_makes_no_chunks() -> None:
    assert split_into_chunks([], budget_tokens=10, count_tokens=count_words) == []


def test_a_budget_that_holds_no_character_is_refused() -> None:
    with pytest.raises(ValueError, match="single character"):
        split_into_chunks(
            split_sentences("ab"), budget_tokens=2, count_tokens=lambda texts: [9 for _ in texts]
        )
    with pytest.raises(ValueError, match="positive"):
        split_into_chunks([], budget_tokens=0, count_tokens=count_words)


def test_a_tokenizer_that_sees_more_in_the_whole_still_fills_the_chunks() -> None:
    def count(texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 + text.count(". ") // 4 for text in texts]

    text = "This is a sentence of the text. " * 1000
    chunks = split_into_chunks(split_sentences(text), budget_tokens=500, count_tokens=count)
    assert all(400 < chunk.num_tokens <= 500 for chunk in chunks[:-2])
    assert all(250 < chunk.num_tokens <= 500 for chunk in chunks[-2:])


def test_cuts_fall_before_headings() -> None:
    sections = [f"# Section {n}\n\n" + f"Sentence number {n} of a few. " * 12 + "\n\n" for n in range(12)]
    text = "".join(sections)
    starts = [text.index(section) for section in sections]
    size = count_words([sections[0]])[0]
    chunks = split_into_chunks(
        split_sentences(text), budget_tokens=size * 3, count_tokens=count_words, headings=starts
    )
    assert len(chunks) > 3
    assert len({chunk.start for chunk in chunks} - set(starts)) <= 1  # the last two share what is left


PARAGRAPHS = [f"Paragraph {n} tells of traveller {n * 7919 % 1000}. It is short.\n\n" for n in range(600)]


def num_changed(place: int, change: str) -> int:
    """Return how many chunks of 31 are new once one paragraph is another one."""
    changed = [*PARAGRAPHS[:place], f"{change}\n\n", *PARAGRAPHS[place + 1 :]]
    before, after = (
        {
            chunk.text
            for chunk in split_into_chunks(
                split_sentences("".join(text)), budget_tokens=300, count_tokens=count_words
            )
        }
        for text in (PARAGRAPHS, changed)
    )
    assert len(before) == 31
    return len(after - before)


def test_a_change_mostly_changes_one_chunk() -> None:
    assert statistics.median(num_changed(place, "Another one.") for place in range(0, 600, 20)) == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 599), st.text(alphabet="abc .", min_size=1, max_size=300))
@example(257, "a")
def test_a_change_in_one_place_leaves_what_is_far_from_it(place: int, change: str) -> None:
    """At worst a cut goes, and two stretches between such cuts are packed anew: 12 and 6 chunks here."""
    assert num_changed(place, change) <= 20
