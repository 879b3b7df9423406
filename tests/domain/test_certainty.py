"""Where tokens stand in a text, and the words that they make."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.certainty import (
    Doubt,
    OtherWay,
    TokenPlaces,
    TokenSpan,
    Word,
    WordList,
    other_ways,
)
from lmstudio_lite.domain.generation import TokenChoice


def choice(raw: bytes | str, probability: float = 0.5, *others: tuple[str, float]) -> TokenChoice:
    data = raw.encode() if isinstance(raw, str) else raw
    alternatives = tuple((text, math.log(value)) for text, value in others)
    return TokenChoice(1, data.decode(errors="replace"), math.log(probability), alternatives, data)


def texts_of(spans: list[TokenSpan], text: str) -> list[str]:
    return [text[span.start : span.end] for span in spans]


def test_each_token_has_its_characters() -> None:
    places = TokenPlaces()
    text = "The sea is 深い🙂."
    tokens = ["The", " sea", " is", " 深", "い", "🙂", "."]
    spans = places.take(text, [choice(token) for token in tokens])
    assert texts_of(spans, text) == tokens


def test_a_character_of_several_tokens_is_one_place_of_their_product() -> None:
    places = TokenPlaces()
    raw = " 深🙂".encode()
    tokens = [
        choice(raw[:2], 0.5, (" sea", 0.25), ("\ufffd", 0.2)),
        choice(raw[2:4], 0.5),
        choice(raw[4:6], 0.5),
    ]
    first = places.take("", tokens[:1])
    spans = [*first, *places.take(" 深", tokens[1:2]), *places.take("", tokens[2:])]
    assert texts_of(spans, " 深🙂") == [" 深"]
    assert spans[0].probability == 0.25
    assert [text for text, _ in spans[0].alternatives] == [" sea"]
    last = places.take("🙂", [choice(raw[6:], 0.5)])
    assert texts_of(last, " 深🙂") == ["🙂"]
    assert last[0].probability == 0.25


def test_a_reply_that_ends_within_a_character_has_a_token_for_the_mark_in_its_place() -> None:
    places = TokenPlaces()
    spans = places.take("The sea", [choice("The"), choice(" sea"), choice(b" \xf0\x9f", 0.25)])
    spans += places.take(" \ufffd", [])
    assert texts_of(spans, "The sea \ufffd") == ["The", " sea", " \ufffd"]
    assert spans[-1].probability == 0.25


def test_thinking_and_its_marks_do_not_shift_what_follows() -> None:
    places = TokenPlaces()
    places.take("so it ", [choice("<think>"), choice("\nso it ")], is_reply=False)
    places.take("is", [choice("is"), choice("\n</think>")], is_reply=False)
    spans = places.take("Yes.", [choice("\n\nYes"), choice(".")])
    assert [(span.start, span.end) for span in spans] == [(0, 3), (3, 4)]


def test_text_that_is_held_back_keeps_its_tokens() -> None:
    places = TokenPlaces()
    spans = places.take("a", [choice("a"), choice("<b", 0.25)])
    spans += places.take("", [choice("r>")])
    spans += places.take("<", [])
    spans += places.take("br>", [])
    assert texts_of(spans, "a<br>") == ["a", "<", "b", "r>"]
    assert math.prod(span.probability for span in spans[1:3]) == 0.25


def test_a_continued_text_counts_from_where_it_was() -> None:
    assert TokenPlaces(at=10).take("x", [choice("x")])[0].start == 10


def test_what_was_written_is_no_alternative_nor_is_what_is_unlikely() -> None:
    spans = TokenPlaces().take("x", [choice("x", 0.5, ("x", 0.5), ("y", 0.3), ("", 0.1), ("z", 0.001))])
    assert [text for text, _ in spans[0].alternatives] == ["y"]


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=4), max_size=12),
    st.lists(st.integers(1, 5), min_size=1),
    st.integers(0, 3),
)
def test_spans_cover_the_text_in_order_however_bytes_and_deltas_are_cut(
    pieces: list[str], cuts: list[int], lag: int
) -> None:
    text = "".join(pieces)
    raw, tokens, number = text.encode(), [], 0
    while raw:
        length = cuts[number % len(cuts)]
        tokens.append(choice(raw[:length]))
        raw, number = raw[length:], number + 1
    places, spans = TokenPlaces(), list[TokenSpan]()
    for token in tokens:
        spans += places.take("", [token])
    at = 0
    while at < len(text):
        spans += places.take(text[at : at + 1 + lag], [])
        at += 1 + lag
    assert "".join(texts_of(spans, text)) == text
    assert math.isclose(sum(span.logprob for span in spans), len(tokens) * math.log(0.5), abs_tol=1e-9)


def words(*tokens: str) -> list[str]:
    text = "".join(tokens)
    spans = TokenPlaces().take(text, [choice(token) for token in tokens])
    return [text[word.start : word.end] for word in WordList(spans, text).words]


def test_tokens_make_words() -> None:
    assert words("Un", "bel", "iev", "able", ",", " isn", "'t", " it", "?") == [
        *("Unbelievable", ",", "isn't", "it", "?")
    ]
    assert words("**", "Bold", "**", "\n\n", "-", " a", "2", "b") == ["**", "Bold", "**", "-", "a2b"]
    assert words("深", "い海", " x") == ["深", "い海", "x"]
    assert words("البح", "ر", " وا", "سع") == ["البحر", "واسع"]
    assert words("👩", "\u200d", "🚀", " 👍", "🏽") == ["👩\u200d🚀", "👍🏽"]
    assert words("सम", "ुद्र") == ["समुद्र"]


def test_adding_piece_by_piece_makes_the_same_words() -> None:
    tokens = ["Un", "bel", "iev", "able", "!", " So"]
    text = "".join(tokens)
    spans = TokenPlaces().take(text, [choice(token) for token in tokens])
    grown, at = WordList(), 0
    for span, token in zip(spans, tokens, strict=True):
        grown.add([span], token, at)
        at += len(token)
    assert grown.words == WordList(spans, text).words
    assert grown.at(3) == grown.words[0]
    assert grown.at(len(text) - 3) is None
    assert [text[word.start : word.end] for word in grown.between(5, 13)] == ["Unbelievable", "!"]


def test_a_word_is_as_likely_as_all_its_tokens_together() -> None:
    spans = (
        TokenSpan(0, 2, math.log(0.5), (("Im", math.log(0.25)),)),
        TokenSpan(2, 5, math.log(0.2), (("do", math.log(0.5)),)),
    )
    word = Word(0, 5, spans)
    assert math.isclose(word.probability, 0.1)
    assert word.doubt is Doubt.MUCH
    assert [(way.start, way.text, round(way.probability, 3)) for way in other_ways(word)] == [
        (0, "Im", 0.25),
        (2, "do", 0.5),
    ]
    assert OtherWay(0, "x", 0.5) != OtherWay(1, "x", 0.5)
