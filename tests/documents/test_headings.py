from __future__ import annotations

import pytest

from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.documents.structure.headings import is_appendix, is_heading, kind_of_title
from lmstudio_lite.domain.documents import StretchKind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("## 7 References", StretchKind.REFERENCES),
        ("# Literaturverzeichnis", StretchKind.REFERENCES),
        ("Références", StretchKind.REFERENCES),
        ("**Enlaces externos**", StretchKind.REFERENCES),
        ("## Voci correlate", StretchKind.REFERENCES),
        ("Ligações externas", StretchKind.REFERENCES),
        ("Literatuurlijst", StretchKind.REFERENCES),
        ("Список литературы", StretchKind.REFERENCES),
        ("參考文獻", StretchKind.REFERENCES),
        ("関連項目", StretchKind.REFERENCES),
        ("참고문헌", StretchKind.REFERENCES),
        ("## المراجع", StretchKind.REFERENCES),
        ("Table of contents", StretchKind.CONTENTS),
        ("Spis treści", StretchKind.CONTENTS),
        ("المحتويات", StretchKind.CONTENTS),
        ("目次", StretchKind.CONTENTS),
        ("Stichwortverzeichnis", StretchKind.INDEX),
        ("Índice analítico", StretchKind.INDEX),
        ("The harbour", None),
        ("Der Hafen", None),
        ("", None),
    ],
)
def test_titles_tell_what_follows_in_their_language(title: str, kind: StretchKind | None) -> None:
    assert kind_of_title(title) is kind


@pytest.mark.parametrize("line", ["Appendix A", "Anhang", " Annexe 2", "Bijlage 1", "Приложение 3", "附录"])
def test_appendices_are_known(line: str) -> None:
    assert is_appendix(line)
    assert not is_appendix(f"The {line}")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Capítulo 3 El puerto", True),
        ("Глава первая Гавань и город", True),
        ("2.1 The harbour", True),
        ("The harbour was built of stone.", False),
    ],
)
def test_numbered_headings_are_known_without_marks(text: str, is_one: bool) -> None:
    document = text_document(f"{text}\n\nThe harbour was built of stone.", "any")
    assert is_heading(document, document.blocks[0]) is is_one
