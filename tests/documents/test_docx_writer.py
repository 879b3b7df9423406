from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.docx_writer import markdown_to_docx
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document

TEXT = """# Harbours

*paper.pdf · Read all 4 parts*

- The **harbour** was built in 1200.
- Salt and brick came by barge,
  which took long.

> Nothing else is known.

1. First of all.
2. Ende der Geschichte: 完。
"""


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "out.docx"
    path.write_bytes(markdown_to_docx(TEXT))
    text = read_document(path, ReadLimits()).text
    assert "# Harbours" in text
    assert "- The **harbour** was built in 1200." in text
    assert "Salt and brick came by barge, which took long." in text
    for words in ("Nothing else is known.", "1. First of all.", "Ende der Geschichte: 完。"):
        assert words in text


@given(st.text(max_size=300))
def test_any_text_makes_a_well_formed_file(text: str) -> None:
    content = markdown_to_docx(text)
    assert markdown_to_docx(text) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
