"""What a kind of file must offer to be translated in place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.domain.units import FileUnits, ReadUnitsOptions, UnitText, WriteUnitsOptions


class FileForm(Protocol):
    """One kind of file. Both methods run in the document helper, on files that may be hostile.

    Nothing is kept between them: what is written is found again by reading, so that a translation can go on
    after a crash with nothing but the file and the texts.
    """

    @property
    def suffixes(self) -> frozenset[str]:
        """In lower case, with the dot."""

    def read(self, path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> FileUnits:
        """Return the units of the file, in the order in which people read it.

        Raises:
            DocumentError: of the kind that fits (damaged, encrypted, too large).
        """

    def write(
        self,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        limits: ReadLimits,
    ) -> tuple[str, ...]:
        """Write to ``target`` what ``path`` is with ``texts`` in the place of the units of these numbers.

        Without texts, and with texts equal to the units', every part of the file is what it was. ``target``
        is a new file beside which nothing is written; the caller moves it to where it is wanted.

        Returns codes for ``words``: what of the file had to become otherwise than the source's
        ("encoding_utf8": its encoding lacks characters of the translation). Mostly none.

        Raises:
            DocumentLayoutError: this kind of file can't be bilingual in the way that is wanted.
            DocumentError: the file can't be read (any more).
            InvariantError: a text does not fit its unit; see ``check_unit_text``.
        """
