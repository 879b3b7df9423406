"""Reading a long PDF: what the helper process around kreuzberg costs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from lmstudio_lite.bench.rows import Bound, OpponentError, Row, compared
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.bench.texts import words
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.workers.spawn import ChildProcess

READING = Bound(1.5)
NUM_PAGES = 500
LINES_A_PAGE = 44
WORDS_A_LINE = 11

_THEIRS = """
import sys, time
from kreuzberg import ExtractionConfig, PageConfig, extract_file_sync
pages = PageConfig(extract_pages=True)
config = ExtractionConfig(use_cache=False, enable_quality_processing=False, pages=pages)
began = time.perf_counter()
extract_file_sync(sys.argv[1], config=config)
print(time.perf_counter() - began)
"""


def pdf(setting: Setting) -> Row:
    """Seconds from a path to its ``Document``, against the library's own call in a process of its own."""
    path = setting.file if setting.file and setting.file.suffix.lower() == ".pdf" else None
    if path is None:
        path = setting.folder / "pages.pdf"
        path.write_bytes(make_pdf(NUM_PAGES))
    rounds = []
    num_pages = 0
    for number in range(setting.scale.num_rounds):
        setting.say(f"reading, round {number + 1}")
        began = time.perf_counter()
        num_pages = len(DocumentReader().read(path, Cancellation()).pages)
        ours_s = time.perf_counter() - began
        rounds.append((ours_s, _theirs_s(path)))
    return compared("reading-pdf", rounds, READING, unit="s", note=f"{num_pages} pages")


def _theirs_s(path: Path) -> float:
    command = [sys.executable, "-c", _THEIRS, str(path.absolute())]
    with ChildProcess(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        output, _ = process.communicate()
    if process.returncode:
        raise OpponentError(f"kreuzberg ended with {process.returncode}")
    return float(output)


def make_pdf(num_pages: int) -> bytes:
    """Return a PDF of text in Helvetica (PDF 32000-1:2008, 7.5)."""
    bodies: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    pages = []
    for number in range(num_pages):
        line = words(LINES_A_PAGE * WORDS_A_LINE, number).split()
        lines = [" ".join(line[at : at + WORDS_A_LINE]) for at in range(0, len(line), WORDS_A_LINE)]
        shown = " ".join(f"({text}) Tj T*" for text in lines)
        content = f"BT /F1 10 Tf 16 TL 50 780 Td {shown} ET".encode("ascii")
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(bodies)
        )
        pages.append(f"{len(bodies)} 0 R")
    bodies[1] = f"<< /Type /Pages /Kids [{' '.join(pages)}] /Count {len(pages)} >>".encode("ascii")
    return _with_table(bodies)


def _with_table(bodies: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    return bytes(out)
