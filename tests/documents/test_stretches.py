from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.documents.structure.chunk import chunk_document
from lmstudio_lite.documents.structure.stretches import find_stretches
from lmstudio_lite.domain.documents import BlockKind, Document, StretchKind

PROSE = (
    "The harbour was built in the twelfth century, when salt was shipped from here to every town. "
    "Most warehouses burned down in 1678; the ones that stand today were rebuilt in brick.\n\n"
)
REFERENCES = "".join(
    f"- Author {n} (20{n:02}). A paper on harbours. Journal of Salt, {n}(3).\n" for n in range(12)
)


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def kinds_of(text: str, mime_type: str = "text/markdown") -> list[tuple[StretchKind, str]]:
    document = replace(text_document(text, "any"), mime_type=mime_type)
    return [(stretch.kind, text[stretch.start : stretch.end]) for stretch in find_stretches(document)]


def test_references_end_with_their_section() -> None:
    text = f"# Harbours\n\n{PROSE * 4}## References\n\n{REFERENCES}\n## Appendix\n\n{PROSE}"
    (first, body), (second, references), (third, rest) = kinds_of(text)
    assert (first, second, third) == (StretchKind.TEXT, StretchKind.REFERENCES, StretchKind.TEXT)
    assert body.startswith("# Harbours")
    assert references.startswith("## References")
    assert rest.startswith("## Appendix")


@pytest.mark.parametrize("title", ["## Literatur", "## 7 References", "## **Références**", "## 参考文献"])
def test_titles_are_known_with_numbers_and_marks(title: str) -> None:
    kinds = [kind for kind, _ in kinds_of(f"{PROSE * 4}{title}\n\n{REFERENCES}")]
    assert kinds == [StretchKind.TEXT, StretchKind.REFERENCES]


def test_contents_and_index_of_a_pdf_are_known_by_their_looks() -> None:
    contents = "".join(f"{n}.1 A chapter on harbours . . . . . . . . . . {n * 7}\n" for n in range(1, 9))
    index = "".join(f"harbour {n}, {n + 3}, {n + 9}\n\n" for n in range(20))
    text = f"A book\n\nContents\n\n{contents}\n1 Harbours\n\n{PROSE * 6}Index\n\n{index}"
    assert [kind for kind, _ in kinds_of(text, "application/pdf")] == [
        StretchKind.TEXT,
        StretchKind.CONTENTS,
        StretchKind.TEXT,
        StretchKind.INDEX,
    ]


def test_menus_around_a_web_page_are_left_out() -> None:
    menu = "".join(f"Menu entry {n}\n\n" for n in range(30))
    links = "| Related |\n| --- |\n| " + "Salt Brick Harbour Herring Barge " * 20 + " |\n\n"
    text = f"{menu}# Harbours\n\n{PROSE * 3}{links}{PROSE}{menu}"
    found = kinds_of(text, "text/html")
    assert [kind for kind, _ in found] == [
        StretchKind.NAVIGATION,
        StretchKind.TEXT,
        StretchKind.NAVIGATION,
        StretchKind.TEXT,
        StretchKind.NAVIGATION,
    ]
    assert found[1][1].startswith("# Harbours")
    assert len(kinds_of(text, "text/plain")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "word",
        REFERENCES,
        f"# References\n\n{REFERENCES}",
        "In the index, 3 people looked up 4 things, 12.",
    ],
)
def test_in_doubt_everything_is_text(text: str) -> None:
    assert [kind for kind, _ in kinds_of(text)] == ([StretchKind.TEXT] if text else [])


LINES = st.sampled_from(
    [
        "# A",
        "## References",
        "Contents",
        "Index",
        PROSE,
        REFERENCES,
        "| a | b |",
        "x, 12",
        "1.1 Ab . . . . . 3",
        "",
        "中文。",
        "\x0c",
    ]
)


@given(st.lists(LINES, max_size=30).map("\n".join), st.sampled_from(["text/html", "application/pdf"]))
def test_stretches_and_chunks_join_to_the_text(text: str, mime_type: str) -> None:
    document: Document = replace(text_document(text, "any"), mime_type=mime_type)
    stretches = find_stretches(document)
    assert "".join(document.text[s.start : s.end] for s in stretches) == document.text
    chunks = chunk_document(document, stretches, budget_tokens=60, count_tokens=count_words)
    assert "".join(chunk.text for chunk in chunks) == document.text
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        assert document.text[chunk.start : chunk.end] == chunk.text
        assert chunk.num_tokens <= 60
        assert chunk.kind is StretchKind.TEXT or chunk.num_tokens == 0


@pytest.mark.parametrize(
    "front_matter",
    [
        "---\ntitle: Quick start\ndraft: false\n---\n",
        '+++\ntitle = "Quick start"\n+++\n',
        '{\n"title": "Quick start"\n}\n',
    ],
)
def test_front_matter_is_left_out_and_names_the_document(tmp_path: Path, front_matter: str) -> None:
    path = tmp_path / "readme.md"
    path.write_text(
        front_matter + "\n# A heading\n\nThe tool copies files. It is quick and asks nothing.\n", "utf-8"
    )
    document = read_document(path, ReadLimits())
    assert document.title == "Quick start"
    assert document.blocks[0].kind is BlockKind.CODE
    first, second = find_stretches(document)
    assert (first.kind, second.kind) == (StretchKind.METADATA, StretchKind.TEXT)
    assert document.text[second.start :].lstrip().startswith("# A heading")
