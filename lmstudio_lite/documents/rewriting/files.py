"""The kinds of files that are translated in place, by the suffix of their names.

A form finds out itself whether a file is what its name says. This runs in the document helper only: what is
read may be hostile.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.form import FileForm
from lmstudio_lite.documents.rewriting.office.sheets_form import SheetsForm
from lmstudio_lite.documents.rewriting.office.slides_form import SlidesForm
from lmstudio_lite.documents.rewriting.office.word_form import WordForm
from lmstudio_lite.documents.rewriting.open_document.form import OpenDocumentForm
from lmstudio_lite.documents.rewriting.pages.form import PdfForm
from lmstudio_lite.documents.rewriting.text_forms import TEXT_FORMS
from lmstudio_lite.documents.rewriting.web.book import EpubForm
from lmstudio_lite.documents.rewriting.web.html import HtmlForm
from lmstudio_lite.domain.units import FileUnits, ReadUnitsOptions, UnitText, WriteUnitsOptions
from lmstudio_lite.errors import DocumentUnsupportedError

_SHEETS = SheetsForm()
FORMS: tuple[FileForm, ...] = (
    *TEXT_FORMS,
    *(WordForm(_SHEETS), SlidesForm(_SHEETS), _SHEETS),
    OpenDocumentForm(),
    HtmlForm(),
    EpubForm(),
    PdfForm(),
)


def rewritten_suffixes() -> frozenset[str]:
    """Return the suffixes, in lower case and with the dot, of the files that are translated in place."""
    return frozenset().union(*(form.suffixes for form in FORMS))


def form_for(path: Path) -> FileForm | None:
    """Return the form of the file at ``path`` by its name, None where it has none."""
    suffix = path.suffix.lower()
    return next((form for form in FORMS if suffix in form.suffixes), None)


def read_units(path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> FileUnits:
    """Return the units of the file at ``path``.

    Raises:
        DocumentUnsupportedError: there is no form for it.
        DocumentError: as ``FileForm.read``.
    """
    return _known_form(path).read(path, options, limits)


def write_translation(
    path: Path,
    texts: Mapping[int, UnitText],
    target: Path,
    options: ReadUnitsOptions,
    wanted: WriteUnitsOptions,
    limits: ReadLimits,
) -> tuple[str, ...]:
    """Write to ``target`` what ``path`` is with ``texts`` in it; return what had to become otherwise.

    Raises:
        DocumentUnsupportedError: there is no form for it.
        DocumentError, InvariantError, OSError: as ``FileForm.write``.
    """
    return _known_form(path).write(path, texts, target, options, wanted, limits)


def _known_form(path: Path) -> FileForm:
    form = form_for(path)
    if form is None:
        raise DocumentUnsupportedError(path=str(path), mime_type="")
    return form
