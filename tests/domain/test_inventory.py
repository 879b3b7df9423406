"""Which share of a file's text was read, counted against what the file holds."""

from __future__ import annotations

import time

import pytest

from lmstudio_lite.domain.inventory import (
    HowRead,
    Part,
    PartKind,
    WhyUnread,
    missing_of,
    share_read,
    unread_of,
)


def page(number: int, num_characters: int = 100) -> Part:
    return Part(PartKind.PAGE, number, "", num_characters)


def unread(kind: PartKind, why: WhyUnread = WhyUnread.LOST, num_characters: int | None = None) -> Part:
    return Part(kind, 9, "", num_characters, HowRead.NOT_READ, why)


@pytest.mark.parametrize(
    ("inventory", "share"),
    [
        ((), 1.0),
        ((page(1), page(2)), 1.0),
        ((page(1), page(2), page(3), unread(PartKind.PAGE)), 0.75),
        ((page(1), unread(PartKind.PAGE, num_characters=300)), 0.25),
        ((page(1), unread(PartKind.ATTACHMENT)), 0.5),
        ((page(1), unread(PartKind.PICTURE, WhyUnread.PICTURE)), 1.0),
        ((page(1), unread(PartKind.FRAME, WhyUnread.OUTSIDE)), 1.0),
        ((unread(PartKind.PAGE),), 0.0),
        ((page(1), Part(PartKind.MESSAGE, 2, "", 900, HowRead.REPEATED), unread(PartKind.PAGE)), 0.5),
        ((page(1), Part(PartKind.PAGE, 2, "", 0, HowRead.EMPTY)), 1.0),
    ],
)
def test_the_share_counts_what_was_not_read(inventory: tuple[Part, ...], share: float) -> None:
    assert share_read(inventory) == share


def test_pictures_are_unread_but_no_text_is_missing_for_them() -> None:
    inventory = (page(1), unread(PartKind.PICTURE, WhyUnread.PICTURE), unread(PartKind.SHEET))
    assert len(unread_of(inventory)) == 2
    assert [part.kind for part in missing_of(inventory)] == [PartKind.SHEET]


def test_a_book_of_which_nothing_was_read_is_counted_at_once() -> None:
    inventory = tuple(unread(PartKind.PAGE) for _ in range(100_000))
    started = time.process_time()
    assert share_read((page(1), *inventory)) < 0.001
    assert time.process_time() - started < 5
