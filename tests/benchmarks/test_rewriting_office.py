"""Reading a Word file of 500 pages for translation and writing it again, against hearing of its tags."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from pyexpat import ParserCreate

import pytest

from lmstudio_lite.domain.units import UnitText
from tests.documents.office_files import docx, run
from tests.documents.rewriting.trial import pseudo, read, written

NUM_PAGES = 500
PARAGRAPHS_A_PAGE = 16
MOST_OF_PARSING = 80.0
"""Expat told each tag in 0.06 s, reading took 0.9 s and writing 1.2 s, on two busy cores."""
MOST_BYTES = 300 << 20
WORDS = "The harbour master counts the boats each morning and writes the number into a thick book. "

_CHILD = """
import sys
from pathlib import Path
from tests.documents.rewriting.trial import pseudo, read, written
path = Path(sys.argv[1])
units = read(path).units
written(path, {number: pseudo(unit) for number, unit in enumerate(units)})
status = Path("/proc/self/status").read_text()
# Not getrusage's: that peak is handed down by the process that started this one.
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
"""


def long_document(path: Path) -> None:
    """Write a file of as many paragraphs as 500 pages have, each in three runs with a session mark."""
    paragraph = (
        '<w:p w:rsidR="00A1B2C3" w:rsidRDefault="00A1B2C3"><w:pPr><w:pStyle w:val="BodyText"/></w:pPr>'
        f"{run(WORDS * 2)}{run('word by word', '<w:b/><w:bCs/>')}{run(' ' + WORDS)}</w:p>"
    )
    path.write_bytes(docx(paragraph * (NUM_PAGES * PARAGRAPHS_A_PAGE)))


@pytest.mark.benchmark
def test_a_word_file_of_500_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "long.docx"
    long_document(path)
    with zipfile.ZipFile(path) as archive:
        content = archive.read("word/document.xml")
    parsing = min(seconds(lambda: hear_tags(content)) for _ in range(3))
    start = time.process_time()
    units = read(path).units
    reading = time.process_time() - start
    texts: dict[int, UnitText] = {number: pseudo(unit) for number, unit in enumerate(units)}
    start = time.process_time()
    out = written(path, texts)
    writing = time.process_time() - start
    assert len(units) == NUM_PAGES * PARAGRAPHS_A_PAGE
    assert out.stat().st_size > path.stat().st_size
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{NUM_PAGES} pages, {len(content) / 1e6:.1f} MB of XML: read {reading:.2f} s, "
            f"written {writing:.2f} s, its tags alone take {parsing:.2f} s"
        )
    assert reading + writing < MOST_OF_PARSING * parsing


@pytest.mark.benchmark
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is told in kilobytes on Linux")
def test_its_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "long.docx"
    long_document(path)
    told = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path)], capture_output=True, check=True, text=True
    )
    peak = int(told.stdout) << 10
    with capsys.disabled():
        print(f"\n{NUM_PAGES} pages take {peak / 1e6:.0f} MB, Python and the test's own among them")  # noqa: T201
    assert peak < MOST_BYTES


def hear_tags(content: bytes) -> int:
    """Have Python called for each tag, as little as any reader does."""
    count = 0

    def hear(*_told: object) -> None:
        nonlocal count
        count += 1

    parser = ParserCreate()
    parser.StartElementHandler = hear
    parser.EndElementHandler = hear
    parser.Parse(content, True)
    return count


def seconds(action: Callable[[], object]) -> float:
    """Return how long ``action`` keeps a processor busy; others have no say in that."""
    start = time.process_time()
    action()
    return time.process_time() - start
