"""The lines of a text file in the encoding that the user names, where nothing tells it from another."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.finetune.data.text_lines import encoding_of, read_lines, texts_in


def test_what_the_user_says_stands_above_what_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_bytes("Верхний предел\nлинейки\n".encode("mac_cyrillic"))
    assert [line.text for line in read_lines(path)] != ["Верхний предел", "линейки"]
    with texts_in("mac-cyrillic"):
        assert [line.text for line in read_lines(path)] == ["Верхний предел", "линейки"]
    assert encoding_of(path) == "windows-1251"


def test_codecs_of_the_programs_own_are_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_bytes(b"\x1b$B-!2q5D\x1b(B\n" * 3)
    assert [line.text for line in read_lines(path)] == ["①会議"] * 3
