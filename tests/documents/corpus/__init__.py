"""Files whose whole text is known, made on the spot: formats times traits.

``CASES`` collects what the modules beside this one make. To add a case, write a generator that yields
``Case`` values, and put it into ``_GENERATORS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.documents.corpus import (
    books,
    mails,
    office,
    office_traits,
    open_office,
    pages,
    pdf_traits,
    text_traits,
    texts,
    web,
    web_traits,
)
from tests.documents.corpus.cases import Case
from tests.documents.corpus.nested import attached

_GENERATORS: tuple[Callable[[], Iterable[Case]], ...] = (
    texts.cases,
    web.cases,
    mails.cases,
    books.cases,
    office.cases,
    open_office.cases,
    pages.cases,
    text_traits.cases,
    web_traits.cases,
    office_traits.cases,
    pdf_traits.cases,
)

_BY_THEMSELVES = tuple(case for generate in _GENERATORS for case in generate())
CASES: tuple[Case, ...] = (*_BY_THEMSELVES, *attached(_BY_THEMSELVES))
