"""TMX as other programs write it, and larger than memory."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from lmstudio_lite.documents.terminology.files import open_segment_pairs
from lmstudio_lite.documents.terminology.segment_pairs import read_segment_pairs
from lmstudio_lite.domain.glossary import EntryProblem, LeftOut
from lmstudio_lite.domain.translation_memory import MemoryEntry
from lmstudio_lite.errors import DocumentNotFoundError, NoTermsError

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">\n'
HEAD += '<header srclang="en-US" segtype="sentence" datatype="xml" o-tmf="x" adminlang="en"/>\n<body>\n'
END = "</body>\n</tmx>\n"
OMEGAT = """<tu><prop type="file">a.txt</prop><prop type="prev">Caution</prop><prop type="next">Wait.</prop>
<tuv lang="EN-US"><seg>Open it.</seg></tuv><tuv lang="DE-DE" changeid="me"><seg>Öffnen.</seg></tuv></tu>
"""
MEMOQ = """<tu changedate="20200101T000000Z">
<prop type="x-context-pre">&lt;seg&gt;See &lt;ph x="1"/&gt;A&amp;amp;B&lt;/seg&gt;</prop>
<prop type="x-context-post">&lt;seg&gt;Next&lt;/seg&gt;</prop><tuv xml:lang="en"><seg>Open it.</seg></tuv>
<tuv xml:lang="de"><seg>Öffnen.</seg></tuv></tu>
"""
TRADOS = """<tu creationdate="20140903T145309Z"><prop type="x-Context">0, 0</prop>
<tuv xml:lang="en"><prop type="x-context-pre">&lt;seg&gt;Caution&lt;/seg&gt;</prop><seg>Open it.</seg></tuv>
<tuv xml:lang="de-DE"><prop type="x-context-pre">Vorsicht</prop><seg>Öffnen.</seg></tuv></tu>
"""
INLINE = """<tu><tuv xml:lang="en-GB">
<seg>Press <bpt i="1">&lt;b&gt;<sub>no text</sub></bpt>Start<ept i="1">b</ept>
 or <hi>Stop</hi><ph x="2"/>, <it pos="begin">x</it>then wait.</seg></tuv>
<tuv xml:lang="fr"><seg>non</seg></tuv>
<tuv xml:lang="de"><seg>Drücken Sie <ut>{1}</ut>Start oder Stop.</seg></tuv></tu>
"""


def pairs(body: str, source: str = "en", target: str = "de") -> list[MemoryEntry | LeftOut]:
    found = read_segment_pairs(io.BytesIO(f"{HEAD}{body}{END}".encode()), source, target)
    assert found is not None
    return list(found)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (OMEGAT, MemoryEntry("Open it.", "Öffnen.", "Caution", "Wait.")),
        (MEMOQ, MemoryEntry("Open it.", "Öffnen.", "See A&B", "Next")),
        (TRADOS, MemoryEntry("Open it.", "Öffnen.", "Caution")),
        (INLINE, MemoryEntry("Press Start or Stop, then wait.", "Drücken Sie Start oder Stop.")),
    ],
)
def test_units_of_other_programs(body: str, expected: MemoryEntry) -> None:
    assert pairs(body) == [expected]


def test_a_unit_of_several_languages_serves_each_pair() -> None:
    assert pairs(INLINE, "fr", "de") == [MemoryEntry("non", "Drücken Sie Start oder Stop.")]
    (left_out,) = pairs(INLINE, "en", "it")
    assert isinstance(left_out, LeftOut)
    assert left_out.problem is EntryProblem.OTHER_LANGUAGES


def test_damaged_units_are_listed_and_the_rest_comes_in() -> None:
    plain = '<tu><tuv xml:lang="en"><seg>{0}</seg></tuv><tuv xml:lang="de"><seg>{1}</seg></tuv></tu>\n'
    body = plain.format("one", "eins") + plain.format("AT&T", "x") + plain.format("", "leer")
    body += plain.format("two", "") + plain.format("x" * 30_000, "y") + "<tu><tuv>\n" + plain.format("a", "b")
    found = pairs(body + "<tu><tuv xml:lang='en'><seg>cut o")
    assert [each for each in found if isinstance(each, MemoryEntry)] == [
        MemoryEntry("one", "eins"),
        MemoryEntry("a", "b"),
    ]
    assert [(each.line, each.problem) for each in found if isinstance(each, LeftOut)] == [
        (7, EntryProblem.DAMAGED),
        (8, EntryProblem.NO_SOURCE),
        (9, EntryProblem.NO_TARGET),
        (10, EntryProblem.TOO_LONG),
        (11, EntryProblem.DAMAGED),
        (13, EntryProblem.DAMAGED),
    ]


def test_an_entry_without_end_does_not_fill_memory() -> None:
    found = pairs("<tu>" + "x" * 3_000_000)
    assert [each.problem for each in found if isinstance(each, LeftOut)] == [EntryProblem.DAMAGED]


def test_many_units_are_read_over_the_seams_of_blocks() -> None:
    unit = '<tu>\n<tuv xml:lang="en"><seg>Row {0}.</seg></tuv>\n'
    unit += '<tuv xml:lang="de"><seg>Zeile {0} ÄÖÜ.</seg></tuv></tu>\n'
    count = 12_000
    found = pairs("".join(map(unit.format, range(count))))
    assert found == [MemoryEntry(f"Row {number}.", f"Zeile {number} ÄÖÜ.") for number in range(count)]


def test_other_files_are_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.tmx"
    path.write_text("<html><body>no</body></html>")
    with pytest.raises(NoTermsError), open_segment_pairs(path, "en", "de"):
        pass
    with pytest.raises(DocumentNotFoundError), open_segment_pairs(tmp_path / "none.tmx", "en", "de"):
        pass
