r"""Rich Text Format (Microsoft's specification 1.9.1) as it reads once tracked changes are accepted.

Text is decoded with the code page of its font: files from anywhere but Western Europe are nonsense otherwise.
A destination that is not known is skipped where the file says so (``\*``), as every reader does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.extraction import first_heading, stated_title
from lmstudio_lite.documents.office.paragraph_flow import ParagraphFlow
from lmstudio_lite.documents.office.rtf_tokens import (
    SYMBOL_CHARSET,
    Token,
    TokenKind,
    codec_of_charset,
    codec_of_code_page,
    tokens,
)
from lmstudio_lite.documents.office.symbol_fonts import symbol
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage, join_passages, parts_of, raised
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_CHARACTERS = {
    "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "tab": " ", "line": "\n", "lbr": "\n", "emspace": " ", "enspace": " ", "qmspace": " ",
    "zwj": "\u200d", "zwnj": "\u200c", "nestcell": " ", "nestrow": " ",
}  # fmt: skip
_SYMBOLS = {"~": "\xa0", "_": "-", "-": "", "{": "{", "}": "}", "\\": "\\"}
_SKIPPED = frozenset(
    (
        "colortbl", "filetbl", "listtable", "listoverridetable", "revtbl", "rsidtbl", "generator",
        "themedata", "colorschememapping", "latentstyles", "datastore", "xmlnstbl", "fldinst",
        "bkmkstart", "bkmkend", "xe", "tc", "rxe", "pn", "nonshppict", "shprslt", "objdata",
        "objclass", "objalias", "objsect", "atnid", "atntime", "atndate", "atnref", "atrfstart",
        "atrfend", "atnparent", "nonesttables", "mmathPict", "pnseclvl", "ftnsep", "ftnsepc",
        "aftnsep", "aftnsepc", "ftncn", "aftncn", "userprops", "private", "falt", "panose",
        "blipuid", "background", "template", "keycode", "ffname", "ffdeftext", "ffformat",
        "ffhelptext", "ffstattext", "formfield", "listname", "fontemb", "docvar", "sn", "pgptbl",
        "wgrffmtfilter",
    )
)  # fmt: skip
_READ_STARRED = frozenset(
    ("shpinst", "shptxt", "annotation", "moMath", "moMathPara", "ud", "shppict", "nesttableprops", "footnote")
)
_MARGINS = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), PartKind.HEADER),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), PartKind.FOOTER),
}
_ALTERNATIVE = frozenset(("wzDescription", "pWrapPolygonText"))
_HEADING = re.compile(r"heading ([1-9])")
_MOST_GROUPS = 10_000


@dataclass(slots=True)
class _Group:
    """What holds until a brace closes: where text goes, and how it is to be read."""

    destination: str = ""
    codec: str = "cp1252"
    is_symbol: bool = False
    is_hidden: bool = False
    is_deleted: bool = False
    is_raised: bool = False
    is_in_object: bool = False
    num_fallbacks: int = 1
    """Characters behind each ``\\u`` that stand in for it in old programs."""
    is_starred: bool = False
    ends_story: bool = False
    is_fresh: bool = False


@dataclass(slots=True)
class _Rtf:
    stories: list[ParagraphFlow] = field(default_factory=lambda: [ParagraphFlow(PartKind.BODY)])
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    margins: list[Passage] = field(default_factory=list)
    named: list[Part] = field(default_factory=list)
    title: str = ""
    num_hidden: int = 0
    _codec: str = "cp1252"
    _fonts: dict[int, tuple[str, bool]] = field(default_factory=dict)
    _font: int = 0
    _headings: dict[int, int] = field(default_factory=dict)
    _style: int = 0
    _style_name: str = ""
    _author: str = ""
    _property: str = ""
    _pending: bytearray = field(default_factory=bytearray)
    _num_to_skip: int = 0
    _num_of: dict[PartKind, int] = field(default_factory=dict)

    def read(self, content: bytes) -> None:
        for token in tokens(content):
            if token.kind is TokenKind.BYTES:
                self._bytes(token)
                continue
            self._flush()
            match token.kind:
                case TokenKind.OPEN:
                    self._num_to_skip = 0
                    if len(self.groups) < _MOST_GROUPS:
                        self.groups.append(
                            replace(self.group, is_starred=False, ends_story=False, is_fresh=True)
                        )
                    continue
                case TokenKind.CLOSE:
                    self._num_to_skip = 0
                    self._close()
                case _ if self._num_to_skip > 0:
                    self._num_to_skip -= 1
                case TokenKind.WORD:
                    self._word(token.name, token.number)
                case TokenKind.SYMBOL:
                    self._symbol(token.name)
            if not self.group.is_starred:
                self.group.is_fresh = False
        self._flush()
        while len(self.groups) > 1:
            self._close()

    @property
    def group(self) -> _Group:
        return self.groups[-1]

    @property
    def story(self) -> ParagraphFlow:
        return self.stories[-1]

    def _bytes(self, token: Token) -> None:
        content = token.content
        if self._num_to_skip > 0:
            num = min(self._num_to_skip, len(content))
            self._num_to_skip -= num
            content = content[num:]
        self._pending += content
        if content:
            self.group.is_fresh = False

    def _flush(self) -> None:
        if not self._pending:
            return
        content, self._pending = bytes(self._pending), bytearray()
        if self.group.is_symbol and self.group.destination in ("", "listtext"):
            self._emit("".join(symbol(code, "Symbol") for code in content))
        else:
            self._emit(content.decode(self.group.codec, "replace"))

    def _emit(self, text: str) -> None:
        group = self.group
        match group.destination:
            case "":
                if group.is_hidden and not group.is_deleted:
                    self.num_hidden += len(text.strip())
                elif not group.is_deleted:
                    self.story.add(raised(text) if group.is_raised else text)
            case "listtext":
                self.story.add(text, is_label=True)
            case "title":
                self.title += text
            case "atnauthor":
                self._author += text
            case "stylesheet":
                self._style_name += text
            case "sv" if self._property in _ALTERNATIVE and text.strip():
                self.story.add(f" [{text.strip()}] ")
            case "sv" if self._property == "gtextUNICODE" and text.strip():
                self.story.attached.append(
                    Passage(text.strip(), PartKind.TEXT_BOX, self._next(PartKind.TEXT_BOX))
                )
            case "sn":
                self._property = text.strip()

    def _next(self, kind: PartKind) -> int:
        self._num_of[kind] = self._num_of.get(kind, 0) + 1
        return self._num_of[kind]

    def _close(self) -> None:
        closed = self.groups.pop() if len(self.groups) > 1 else self.group
        if closed.destination == "stylesheet" and self._style_name.strip():
            heading = _HEADING.fullmatch(self._style_name.strip(" ;").casefold())
            if heading:
                self._headings[self._style] = int(heading[1])
            elif self._style_name.strip(" ;").casefold() == "title":
                self._headings[self._style] = 1
            self._style_name = ""
        if closed.ends_story and len(self.stories) > 1:
            self._end_story()

    def _end_story(self) -> None:
        story = self.stories.pop()
        found = story.finish()
        if story.kind in (PartKind.HEADER, PartKind.FOOTER):
            self.margins += found
        else:
            self.story.attached += found

    def _begin_story(self, kind: PartKind, before: str = "", after: str = "") -> None:
        number = self._next(kind) if kind in (PartKind.TEXT_BOX, PartKind.HEADER, PartKind.FOOTER) else 0
        self.stories.append(ParagraphFlow(kind, number, before, after))
        self.group.ends_story = True
        self.group.destination = ""
        self.group.is_hidden = self.group.is_deleted = False

    def _symbol(self, name: str) -> None:
        if name == "*":
            self.group.is_starred = True
        elif name in "\r\n":
            self._word("par", None)
        elif name in _SYMBOLS:
            self._emit(_SYMBOLS[name])

    def _word(self, name: str, number: int | None) -> None:
        group = self.group
        if group.is_fresh and self._destination(name):
            group.is_starred = False
            return
        if group.is_starred and group.is_fresh and name not in _READ_STARRED:
            group.destination, group.is_starred = "skip", False
            return
        group.is_starred = False
        if name == "u":
            self._emit(chr((number or 0) % 65536))
            self._num_to_skip = group.num_fallbacks
        elif name in _CHARACTERS:
            self._emit(_CHARACTERS[name])
        elif not self._paragraph_word(name, number):
            self._character_word(name, number)

    def _destination(self, name: str) -> bool:
        """Take a word that tells where the text of its group belongs; return whether it is one."""
        group = self.group
        if group.destination == "skip" and name != "ud":
            return True
        if name in _SKIPPED and name != "sn":
            group.destination = "skip"
        elif name in ("fonttbl", "stylesheet", "info", "upr"):
            group.destination = "skip" if name == "upr" else name
        elif name in ("title", "atnauthor", "sn", "sv"):
            self._author = "" if name == "atnauthor" else self._author
            group.destination = name
        elif name == "ud":
            group.destination = next((each.destination for each in self.groups[-3::-1]), "")
        elif name in ("listtext", "pntext"):
            group.destination = "listtext"
        elif name == "pict":
            group.destination = "skip"
            if not group.is_in_object:
                self._name_part(PartKind.PICTURE, WhyUnread.PICTURE)
        elif name == "object":
            group.is_in_object = True
            self._name_part(PartKind.EMBEDDED, WhyUnread.UNSUPPORTED)
        elif name == "footnote":
            label = str(self._next(PartKind.FOOTNOTES))
            self._emit(f"[^{label}]")
            self._begin_story(PartKind.FOOTNOTES, f"[^{label}]: ")
        elif name == "annotation":
            author = self._author.strip()
            self._begin_story(PartKind.COMMENTS, f"[Comment by {author}: " if author else "[Comment: ", "]")
        elif name == "shptxt":
            self._begin_story(PartKind.TEXT_BOX)
        elif name in _MARGINS:
            self._begin_story(_MARGINS[name])
        else:
            return False
        return True

    def _name_part(self, kind: PartKind, why: WhyUnread) -> None:
        self.named.append(Part(kind, self._next(kind), "", None, HowRead.NOT_READ, why))

    def _paragraph_word(self, name: str, number: int | None) -> bool:
        """Take a word about paragraphs and tables; return whether it is one."""
        if self.group.destination == "stylesheet":
            if name == "s":
                self._style = number or 0
            elif name == "outlinelevel":
                self._headings[self._style] = (number or 0) + 1 if (number or 0) < 9 else 0
            return name in ("s", "outlinelevel")
        if self.group.destination:
            return False
        story = self.story
        match name:
            case "par" | "sect" | "page":
                story.end_paragraph()
            case "pard":
                story.in_table, story.heading, story.level = False, 0, 0
            case "intbl":
                story.in_table = True
            case "cell":
                story.end_cell()
            case "row":
                story.end_row()
            case "s":
                story.heading = self._headings.get(number or 0, 0)
            case "outlinelevel":
                story.heading = (number or 0) + 1 if (number or 0) < 9 else 0
            case "ilvl":
                story.level = number or 0
            case _:
                return False
        return True

    def _character_word(self, name: str, number: int | None) -> None:
        group = self.group
        match name:
            case "f":
                self._font = number or 0
                group.codec, group.is_symbol = self._fonts.get(self._font, (self._codec, False))
            case "fcharset" if group.destination == "fonttbl":
                charset = number or 0
                codec = codec_of_charset(charset, self._codec)
                self._fonts[self._font] = (codec, charset == SYMBOL_CHARSET)
            case "cpg" if group.destination == "fonttbl":
                self._fonts[self._font] = (codec_of_code_page(number or 0), False)
            case "ansicpg" | "mac" | "pc" | "pca":
                stated = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}.get(name)
                self._codec = stated or codec_of_code_page(number or 0)
                for each in self.groups:
                    each.codec = self._codec
            case "uc":
                group.num_fallbacks = min(max(number or 0, 0), 100)
            case "v":
                group.is_hidden = number != 0
            case "deleted":
                group.is_deleted = number != 0
            case "super":
                group.is_raised = number != 0
            case "sub" | "nosupersub":
                group.is_raised = False
            case "plain":
                group.is_hidden = group.is_deleted = group.is_raised = False


def read_rtf(content: bytes) -> Reading:
    """Read a Rich Text file; whatever is broken in it costs no more than itself."""
    rtf = _Rtf()
    rtf.read(content)
    while len(rtf.stories) > 1:
        rtf._end_story()
    passages = rtf.story.finish()
    seen: set[str] = set()
    for passage in rtf.margins:
        if any(map(str.isalpha, passage.text)) and passage.text not in seen:
            seen.add(passage.text)
            passages.append(passage)
    text = join_passages(passages)
    inventory = [*parts_of([Passage(""), *passages]), *rtf.named]
    if rtf.num_hidden:
        num = rtf.num_hidden
        inventory.append(Part(PartKind.HIDDEN_TEXT, 0, "", num, HowRead.NOT_READ, WhyUnread.HIDDEN))
    return Reading(text, stated_title(rtf.title) or first_heading(text), inventory=tuple(inventory))
