"""One file of each kind inside of a message: it is read there as by itself, or named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import PurePath

from tests.documents.corpus.cases import Case, Names


def attached(cases: Iterable[Case]) -> Iterator[Case]:
    """Yield messages to which the first of each kind of ``cases`` is attached."""
    first: dict[str, Case] = {}
    for case in cases:
        first.setdefault(PurePath(case.file_name).suffix, case)
    for suffix, case in first.items():
        names, message = Names("letter"), EmailMessage()
        message["Subject"], message["From"], message["To"] = "Harbour", "eve@example.org", "ida@example.org"
        message.set_content(names.sentence())
        message.add_attachment(
            case.data, maintype="application", subtype="octet-stream", filename=case.file_name
        )
        parts = {f"attachment “{case.file_name}”": case.words}
        data = message.as_bytes()
        yield replace(
            case,
            name=f"mail with {suffix} inside",
            file_name="a.eml",
            data=data,
            words=names.words,
            parts=parts,
        )
