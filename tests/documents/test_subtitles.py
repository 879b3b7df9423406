from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.plain.subtitles import subtitles_to_text
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.inventory import PartKind, WhyUnread, unread_of

SRT = """1
00:00:01,000 --> 00:00:03,500
<i>The harbour was built</i>

2
00:00:03,600 --> 00:00:05,000
<i>The harbour was built</i>
in the twelfth century.

3
00:00:12,000 --> 00:00:14,000
{\\an8}Most warehouses burned down.
"""
VTT = """WEBVTT - a film

NOTE by somebody
who wrote two lines

00:01.000 --> 00:03.500 align:start
The harbour was built

intro
01:00:12.000 --> 01:00:14.000
Most <c.loud>warehouses</c> burned down.
"""


@pytest.mark.parametrize(
    ("subtitles", "text"),
    [
        (
            SRT,
            "[00:00:01] The harbour was built in the twelfth century.\n\n"
            "[00:00:12] Most warehouses burned down.",
        ),
        (VTT, "[00:00:01] The harbour was built\n\n[01:00:12] Most warehouses burned down."),
        ("No subtitles at all.", "No subtitles at all."),
    ],
)
def test_subtitles_become_what_is_said(subtitles: str, text: str) -> None:
    assert subtitles_to_text(subtitles) == text


@pytest.mark.parametrize(("name", "content"), [("film.srt", SRT), ("film.vtt", VTT)])
def test_a_translation_gets_the_file_as_it_is(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode())
    reader = DocumentReader()
    assert reader.read(path, keeps_form=True).text == content
    assert "-->" not in reader.read(path).text


def test_notes_that_no_player_shows_are_named_and_words_that_look_like_one_are_read(tmp_path: Path) -> None:
    path = tmp_path / "film.vtt"
    path.write_text(VTT + "\n00:01:00.000 --> 00:01:02.000\nNOTE the date.\n\nAnd the place.\n", "utf-8")
    document = read_document(path, ReadLimits())
    assert "NOTE the date. And the place." in document.text
    assert "somebody" not in document.text
    (notes,) = unread_of(document.inventory)
    assert (notes.kind, notes.why) == (PartKind.COMMENTS, WhyUnread.HIDDEN)


def test_subtitle_files_are_known_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "film.srt"
    path.write_text(SRT, "utf-8")
    assert read_document(path, ReadLimits()).text.startswith("[00:00:01] The harbour")


@given(st.text(alphabet="ab,;|\n\"'\t12:.->", max_size=200))
def test_anything_else_stays_text(text: str) -> None:
    assert subtitles_to_text(text) or not text
