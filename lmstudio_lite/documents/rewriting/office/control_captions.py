"""What stands on the buttons and boxes of a sheet, which Excel keeps in an old drawing (VML).

Such a drawing holds the frames of comments too, whose words are elsewhere. A newer drawing beside it may
repeat a caption: both are one unit. VML is described in ISO 29500-4 §19; its texts are HTML.
"""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.documents.rewriting.office.sites import LeafSite
from lmstudio_lite.documents.rewriting.office.survey import Entry, Survey
from lmstudio_lite.domain.units import UnitKind
from lmstudio_lite.errors import DocumentDamagedError

_LEAVES = frozenset(("font", "div"))
_TEXT = b"<font"


def add_captions(survey: Survey, part: str, shapes: Sequence[Entry], *, part_of_units: str) -> None:
    """Add the captions in the old drawing ``part``; ``shapes`` are those of the newer ones of the sheet."""
    try:
        if _TEXT not in survey.package.read(part):
            return
    except DocumentDamagedError:
        return
    source = survey.source(part, _LEAVES)
    known = {entry.text: entry for entry in shapes}
    for node in source.root.iter_tags(_LEAVES) if source is not None else ():
        if node.has_children or node.is_empty:
            continue
        site = LeafSite(node)
        shape = known.get(site.text)
        if shape is not None:
            shape.sites.append((part, site))
        else:
            survey.add(site, UnitKind.SHAPE, part, part=part_of_units)
