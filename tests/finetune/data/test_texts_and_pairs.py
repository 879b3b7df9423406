from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.errors import AppError, DatasetUnknownError
from lmstudio_lite.finetune.data.detection import find_pairs
from lmstudio_lite.finetune.data.parallel import languages_by_name
from lmstudio_lite.finetune.data.problems import ProblemKind
from lmstudio_lite.finetune.data.sources import FileFormat, FileSource, ParallelSource, ReadOptions
from lmstudio_lite.finetune.data.texts import cut_lines
from tests.finetune.data.reading import READER, answers, detect, kinds, read, read_file

TMX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en-US" segtype="sentence"/>
<body>
<tu><tuv xml:lang="en-US"><seg>The <bpt i="1">&lt;b&gt;</bpt>old<ept i="1">&lt;/b&gt;</ept> house</seg></tuv>
<tuv xml:lang="de-DE"><seg>Das alte Haus</seg></tuv></tu>
<tu><tuv xml:lang="de"><seg>Nur eins</seg></tuv></tu>
<tu><tuv xml:lang="fr"><seg>Le chat</seg></tuv>
<tuv xml:lang="en"><seg>The cat</seg></tuv><tuv xml:lang="de"><seg>Die Katze</seg></tuv></tu>
</body></tmx>
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_translation_memory_is_read_without_its_codes(tmp_path: Path) -> None:
    source = detect(write(tmp_path / "memory.xml", TMX))
    assert source.format is FileFormat.TMX
    examples, problems = read(source)
    assert [example.messages[0].text for example in examples] == [
        "Translate from en to de:\n\nThe old house",
        "Translate from en to fr:\n\nThe cat",
    ]
    assert answers(examples) == ["Das alte Haus", "Le chat"]
    assert kinds(problems) == [(7, ProblemKind.NO_PAIR, False)]
    examples, _ = read(FileSource(source.path, source.format, languages=("fr", "de")))
    assert answers(examples) == ["Die Katze"]


def test_a_memory_may_declare_no_entities(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE tmx [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    path = write(tmp_path / "a.tmx", TMX.replace('<!DOCTYPE tmx SYSTEM "tmx14.dtd">', bomb))
    examples, problems = read_file(path)
    assert examples == []
    assert kinds(problems) == [(2, ProblemKind.ENTITIES, False)]


def test_broken_xml_costs_one_unit(tmp_path: Path) -> None:
    cat, katze = (
        '<tuv xml:lang="en"><seg>Cat {0}</seg></tuv>',
        '<tuv xml:lang="de"><seg>Katze {0}</seg></tuv>',
    )
    unit = f"<tu>{cat}\n{katze}</tu>\n"
    broken = '<tu><tuv xml:lang="en"><seg>a < b & c</seg></tuv></tu>\n'
    body = (
        "".join(unit.format(n) for n in range(10)) + broken + "".join(unit.format(n) for n in range(10, 20))
    )
    head = TMX[: TMX.index("<tu>")]
    examples, problems = read_file(write(tmp_path / "a.tmx", head + body + "</body></tmx>"))
    assert answers(examples) == [f"Katze {n}" for n in range(20)]
    assert [(problem.line, problem.kind) for problem in problems] == [(25, ProblemKind.BROKEN_XML)]


@pytest.mark.parametrize("cut", range(0, len(TMX), 37))
def test_a_memory_that_breaks_off_anywhere_is_survived(cut: int, tmp_path: Path) -> None:
    path = write(tmp_path / "a.tmx", TMX[:cut])
    examples, _ = read(FileSource(path, FileFormat.TMX))
    assert len(examples) <= 2


def test_aligned_files_are_found_and_read_line_by_line(tmp_path: Path) -> None:
    english = write(tmp_path / "news.en", "The cat.\n\nThe dog.\nNo.\n")
    german = write(tmp_path / "news.de", "Die Katze.\n\nDer Hund.\n\n")
    other = write(tmp_path / "other.txt", "Something else.\n")
    assert find_pairs([english, german, other], READER) == [(german, english)]
    examples, problems = read(ParallelSource(english, german, ("en", "de")))
    assert answers(examples) == ["Die Katze.", "Der Hund."]
    assert kinds(problems) == [(4, ProblemKind.EMPTY_ANSWER, False)]


def test_files_of_unequal_length_are_told(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a.en", "1\n2\n3\n"), write(tmp_path / "a.de", "eins\nzwei\n")
    _, problems = read(ParallelSource(one, two, ("en", "de")))
    assert kinds(problems) == [(3, ProblemKind.UNEQUAL_FILES, False)]
    assert problems[0].path == one
    assert find_pairs([one, two], READER) == []


def test_names_tell_languages() -> None:
    assert languages_by_name(Path("x.en"), Path("x.de")) == ("en", "de")
    assert languages_by_name(Path("x.en.txt"), Path("x.de.txt")) == ("en", "de")
    assert languages_by_name(Path("x_en.txt"), Path("x_de.txt")) == ("en", "de")
    assert languages_by_name(Path("a.txt"), Path("b.txt")) is None


def test_prose_is_a_text_even_with_commas(tmp_path: Path) -> None:
    prose = "Once, there was a king.\nHe was old, and tired.\nHis son, a fool, laughed.\nSo, he died.\n"
    source = detect(write(tmp_path / "story.txt", prose))
    assert source.format is FileFormat.TEXT
    examples, problems = read(source)
    assert examples[0].text == prose.strip()
    assert problems == []


def test_documents_go_through_their_readers(tmp_path: Path) -> None:
    page = write(tmp_path / "page", "<!doctype html><html><body><h1>Cats</h1><p>They purr.</p></body></html>")
    source = detect(page)
    assert source.format is FileFormat.DOCUMENT
    assert "They purr." in read(source)[0][0].text


@pytest.mark.parametrize(
    "content", [b"", b"  \n", b"\x89PNG\r\n\x1a\n", b"GGUF\0\0\0", bytes(range(256)) * 9]
)
def test_what_holds_no_text_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(DatasetUnknownError):
        detect(tmp_path / "a.jsonl")


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(AppError):
            detect(path)


def test_a_file_that_vanishes_is_one_problem(tmp_path: Path) -> None:
    for file_format in (FileFormat.JSON_LINES, FileFormat.JSON_VALUES, FileFormat.TEXT, FileFormat.DOCUMENT):
        _, problems = read(FileSource(tmp_path / "gone", file_format))
        assert kinds(problems) == [(0, ProblemKind.UNREADABLE, False)]


LINES = st.lists(st.text(st.sampled_from("ab. 。\n\r\t"), max_size=60), max_size=12)


@given(lines=LINES, limit=st.integers(5, 60))
def test_pieces_are_short_enough_and_lose_no_letter(lines: list[str], limit: int) -> None:
    pieces = list(cut_lines(enumerate(lines, 1), limit))
    assert all(0 < len(piece.text) <= limit for piece in pieces)
    assert "".join("".join(piece.text.split()) for piece in pieces) == "".join("".join(lines).split())
    assert [piece.line for piece in pieces] == sorted(piece.line for piece in pieces)


def test_long_texts_are_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "\n\n".join(f"Paragraph number {n}." for n in range(100)))
    examples, _ = read(detect(path), ReadOptions(piece_length=200))
    assert all(len(example.text) <= 200 for example in examples)
    assert examples[1].at.startswith("a.txt:")
