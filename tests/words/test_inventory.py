"""Parts of files, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.inventory import (
    say_how,
    say_kind,
    say_place,
    say_places,
    say_recognized,
    say_share,
    say_unread,
)


def unread(kind: PartKind, why: WhyUnread, number: int = 0, name: str = "") -> Part:
    return Part(kind, number, name, None, HowRead.NOT_READ, why)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Part(PartKind.PAGE, 2), "page 2"),
        (Part(PartKind.PAGE, 1204), "page 1,204"),
        (Part(PartKind.SHEET, 1, "Costs"), "sheet “Costs”"),
        (Part(PartKind.ATTACHMENT, 0, "plan.pdf"), "attachment “plan.pdf”"),
        (Part(PartKind.NOTES, 3), "speaker notes of slide 3"),
        (Part(PartKind.BODY), "text"),
        (Part(PartKind.SLIDE, 4, "Title"), "slide 4"),
        (Part(PartKind.ATTACHMENT, 0, "a\x1b[31m\nb"), "attachment “a\\x1b[31m\\nb”"),
        (Part(PartKind.PICTURE, 3, "//example.org/a/b/logo.png"), "picture “logo.png”"),
        (Part(PartKind.FRAME, 1, "https://example.org/a"), "frame “https://example.org/a”"),
        (Part(PartKind.CHAPTER, 0, "n" * 500), f"chapter “{'n' * 59}…”"),
    ],
)
def test_a_place_is_said_as_people_look_for_it(part: Part, words: str) -> None:
    assert say_place(part) == words


@pytest.mark.parametrize(
    ("parts", "sentences"),
    [
        ([], []),
        (
            [unread(PartKind.PAGE, WhyUnread.NO_RECOGNIZER, 2)],
            [
                "Page 2 is a picture and could not be read: no text recognition is installed (install "
                "Tesseract)."
            ],
        ),
        (
            [unread(PartKind.PAGE, WhyUnread.PICTURE, number) for number in (2, 3, 4, 9)],
            ["Pages 2–4, 9 are pictures, and no text could be recognized in them."],
        ),
        (
            [
                unread(PartKind.ATTACHMENT, WhyUnread.UNSUPPORTED, name=name)
                for name in ("a.zip", "b.bin", "c")
            ],
            ["3 attachments (“a.zip”, “b.bin”, “c”) were not read: they are of a kind that can't be read."],
        ),
        (
            [
                unread(PartKind.SHEET, WhyUnread.HIDDEN, 2, "Old"),
                unread(PartKind.PICTURE, WhyUnread.PICTURE, 1),
                unread(PartKind.SHEET, WhyUnread.HIDDEN, 3, "Older"),
            ],
            [
                "2 sheets (“Old”, “Older”) were not read: they are hidden.",
                "What picture 1 shows was not read.",
            ],
        ),
        (
            [unread(PartKind.COMMENTS, WhyUnread.LOST)],
            ["Comments hold text that could not be taken out."],
        ),
    ],
)
def test_what_was_not_read_is_said_with_the_reason(parts: list[Part], sentences: list[str]) -> None:
    assert say_unread(parts) == sentences


def test_hundreds_of_attachments_make_no_page_of_names() -> None:
    parts = [unread(PartKind.ATTACHMENT, WhyUnread.ENCRYPTED, name=f"{n}.pdf") for n in range(300)]
    (sentence,) = say_unread(parts)
    assert sentence.startswith("300 attachments (“0.pdf”, ")
    assert "and 292 more" in sentence


def test_pictures_are_counted_not_listed() -> None:
    parts = [unread(PartKind.PICTURE, WhyUnread.PICTURE, name=f"{n}.png") for n in range(3)]
    assert say_unread(parts) == ["What 3 pictures show was not read."]


def test_every_third_page_makes_no_page_of_numbers() -> None:
    parts = [unread(PartKind.PAGE, WhyUnread.LOST, number) for number in range(1, 3001) if number % 3]
    (sentence,) = say_unread(parts)
    assert sentence.startswith("Pages 1–2, 4–5, 7–8, ")
    assert "22–23, and 1,984 more hold" in sentence


def test_few_words_name_the_kinds() -> None:
    parts = [
        unread(PartKind.PAGE, WhyUnread.PICTURE, 2),
        unread(PartKind.ATTACHMENT, WhyUnread.DAMAGED, name="a"),
        unread(PartKind.ATTACHMENT, WhyUnread.TOO_LARGE, name="b"),
    ]
    assert say_places(parts) == "page 2, 2 attachments"


def test_each_kind_and_each_reason_has_words() -> None:
    for kind in PartKind:
        for number, name in ((0, ""), (2, ""), (0, "a"), (2, "a")):
            assert say_place(Part(kind, number, name))
        assert say_kind(Part(kind))[0].isupper()
        for why in WhyUnread:
            one, two = unread(kind, why, 1), unread(kind, why, 3)
            assert say_how(one).startswith("not read: ")
            assert len(say_unread([one])) == len(say_unread([one, two])) == 1
    assert len({say_how(Part(PartKind.PAGE, how=how)) for how in HowRead}) == len(HowRead)


def test_recognized_text_is_said_to_be_doubtful() -> None:
    read, recognized = Part(PartKind.PAGE, 1), Part(PartKind.PAGE, 2, how=HowRead.RECOGNIZED)
    assert say_recognized([read]) == ""
    assert say_recognized([read, recognized]) == (
        "The text of page 2 was recognized in a picture and may have mistakes."
    )
    three = Part(PartKind.PAGE, 3, how=HowRead.RECOGNIZED)
    assert "of pages 2–3 was" in say_recognized([recognized, three])


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "100%"),
        (0.946, "94%"),
        (0.997, "99%"),
        (0.9999, "99%"),
        (0.999999, "99%"),
        (0.29, "29%"),
        (0.57, "57%"),
        (0.004, "<1%"),
        (0.0, "0%"),
        (1.0 - 1e-12, "100%"),
    ],
)
def test_a_share_is_never_said_to_be_more_than_it_is(share: float, words: str) -> None:
    assert say_share(share) == words


@given(
    st.lists(
        st.builds(
            Part,
            st.sampled_from(PartKind),
            st.integers(0, 10**6),
            st.text(max_size=300),
            st.none() | st.integers(0, 10**9),
            st.just(HowRead.NOT_READ),
            st.sampled_from(WhyUnread),
        ),
        max_size=60,
    )
)
def test_whatever_a_file_names_its_parts_stays_in_sentences_that_a_terminal_may_show(
    parts: list[Part],
) -> None:
    said = say_unread(parts)
    assert len(said) == len({(part.kind, part.why) for part in parts})
    for sentence in [*said, say_places(parts)]:
        assert len(sentence) < 2000
        assert safe_line(sentence) == sentence
