"""The paragraphs and other texts in one part of a Word file, in the order of the file.

Shapes stand there twice where a file is meant for new and old programs (``mc:AlternateContent``): the second
form of a text is told by its first, and gets the same translation.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.rewriting.office.twins import BRANCHES
from lmstudio_lite.documents.rewriting.office.word_fields import match_fields
from lmstudio_lite.documents.rewriting.office.word_paragraphs import WordText
from lmstudio_lite.documents.rewriting.xml_source import XmlNode
from lmstudio_lite.domain.units import UnitKind

_TEXTS = frozenset(("w:txbxContent", "w:footnote", "w:endnote", "w:comment"))
_DELETED = frozenset(("w:del", "w:moveFrom"))
_VALUES: dict[str, tuple[str, ...]] = {
    "wp:docPr": ("title", "descr"),
    "pic:cNvPr": ("title", "descr"),
    "wps:cNvPr": ("title", "descr"),
    "v:shape": ("alt",),
    "v:rect": ("alt",),
    "v:group": ("alt",),
    "v:roundrect": ("alt",),
    "v:oval": ("alt",),
    "w:tblCaption": ("w:val",),
    "w:tblDescription": ("w:val",),
    "w:hyperlink": ("w:tooltip",),
}
_BOX_VALUES = {"v:textpath": ("string",)}

_LOOKED_AT = (
    frozenset(("w:p", "w:fldChar", "m:oMath", "w:tbl", "w:delText"))
    | _TEXTS
    | _DELETED
    | BRANCHES
    | _VALUES.keys()
    | _BOX_VALUES.keys()
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the forms of a shape, ``number`` among those of ``holder``."""

    holder: int
    number: int


@dataclass(frozen=True, slots=True)
class Found:
    """A paragraph, or an element with a text in the attribute ``name``."""

    node: XmlNode
    kind: UnitKind
    text: WordText
    name: str = ""
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class _Context:
    """What is known of the elements up to the one with the index ``behind``."""

    behind: int
    kind: UnitKind
    text: WordText
    alternatives: tuple[Alternative, ...] = ()
    is_deleted: bool = False


@dataclass(slots=True)
class WordTree:
    found: list[Found] = field(default_factory=list)
    num_formulas: int = 0
    num_deleted: int = 0
    """Runs of text that a tracked change deletes."""


def find_texts(root: XmlNode, kind: UnitKind) -> WordTree:
    """Return what ``root``, whose texts are of ``kind``, holds; however deep it lies."""
    tree = WordTree()
    marks: list[tuple[WordText, XmlNode]] = []
    contexts = [_Context(root.behind, kind, WordText())]
    for node in root.iter_tags(_LOOKED_AT):
        while contexts[-1].behind <= node.index:
            contexts.pop()
        context = contexts[-1]
        tag = node.tag
        if tag == "w:p":
            tree.found.append(Found(node, context.kind, context.text, "", context.alternatives))
        elif tag == "w:fldChar":
            if not context.is_deleted:
                marks.append((context.text, node))
        elif tag == "m:oMath":
            tree.num_formulas += 1
        elif tag == "w:delText":
            tree.num_deleted += 1
        elif tag in _VALUES or tag in _BOX_VALUES:
            _add_values(tree, node, context)
        else:
            contexts.append(_within(node, context))
    of_texts: defaultdict[int, list[XmlNode]] = defaultdict(list)
    for text, mark in marks:
        of_texts[id(text)].append(mark)
    for text, _ in marks:
        if not text.fields:
            text.fields = match_fields(of_texts[id(text)])
    return tree


def _add_values(tree: WordTree, node: XmlNode, context: _Context) -> None:
    names, kind = _VALUES.get(node.tag, ()), UnitKind.ALT_TEXT
    if node.tag in _BOX_VALUES:
        names, kind = _BOX_VALUES[node.tag], UnitKind.TEXT_BOX
    for name in names:
        if node.has(name):
            tree.found.append(Found(node, kind, context.text, name, context.alternatives))


def _within(node: XmlNode, context: _Context) -> _Context:
    inner = replace(context, behind=node.behind)
    tag = node.tag
    if tag in _TEXTS:
        kind = UnitKind.TEXT_BOX if tag == "w:txbxContent" else context.kind
        return replace(inner, kind=kind, text=WordText())
    if tag == "w:tbl" and context.kind is UnitKind.BODY:
        return replace(inner, kind=UnitKind.CELL)
    if tag in _DELETED:
        return replace(inner, is_deleted=True)
    if tag in BRANCHES and (holder := node.parent) is not None:
        return replace(inner, alternatives=(*context.alternatives, Alternative(holder.index, node.index)))
    return inner
