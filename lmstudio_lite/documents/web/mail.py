"""E-mails (MIME, RFC 2045 to 2049): every part of the tree is read in its order, or named.

Of alternatives the plain text is read unless it says less than the HTML, both if they differ; forwarded
messages are read whole, and so are attached files of the kinds that can be read. What else is attached is
listed by name and size.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from lmstudio_lite.documents.charset.declared import declared_by_page
from lmstudio_lite.documents.charset.detection import decode_text
from lmstudio_lite.documents.decoding import decode_leniently
from lmstudio_lite.documents.embedded import ReadInner, why_unread
from lmstudio_lite.documents.pictured_text import PicturedText
from lmstudio_lite.documents.plain.subtitles import subtitles_to_text
from lmstudio_lite.documents.plain.table_text import table_to_markdown
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.web.html_text import HtmlText, read_tree
from lmstudio_lite.documents.web.html_tree import parse_html
from lmstudio_lite.documents.web.mail_kinds import Leaf, is_attached, leaf_of, leaves_of
from lmstudio_lite.documents.web.mail_text import (
    entries_to_text,
    is_word_to_old_programs,
    plain_of_enriched,
    share_said,
    size_in_words,
    unflowed,
    without_armor,
    without_enclosures,
)
from lmstudio_lite.documents.web.mime import Node, parse_message
from lmstudio_lite.documents.web.sealed_mail import signed_content
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread, unread_of
from lmstudio_lite.errors import DocumentEmptyError, DocumentError

_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_SHARE_OF_WHOLE = 0.98
_SHARE_OF_SAME = 0.5
_DEEPEST = 100
_SMALLEST_SCAN_BYTES = 2_000


def read_mail(message: Node, read_inner: ReadInner) -> Reading:
    """Return the text of a message: its head, its words, what came with it, and the names of the rest.

    ``read_inner`` reads the files that are attached.
    """
    reader = _MailReader(read_inner)
    pieces = [_head(message), *reader.read(message), "\n".join(f"- {name}" for name in reader.attached)]
    text = "\n\n".join(piece for piece in pieces if piece.strip())
    return Reading(text, message.header("Subject"), inventory=tuple(reader.parts))


def _head(message: Node) -> str:
    return "\n".join(f"{name}: {value}" for name in _HEADERS if (value := message.header(name)))


class _MailReader:
    """Walks through one message; ``parts`` is its inventory, ``attached`` names what is not in the text."""

    def __init__(self, read_inner: ReadInner) -> None:
        self._read_inner = read_inner
        self._pictured = PicturedText(read_inner)
        self.parts: list[Part] = []
        self.attached: list[str] = []
        self._pages: dict[int, HtmlText] = {}
        self._nums: Counter[PartKind] = Counter()
        self._depth = 0
        self._subject = ""
        """Of the forwarded message that is being read."""

    def read(self, node: Node) -> list[str]:
        """Return the texts in ``node`` in their order."""
        if node.is_too_deep or self._depth > _DEEPEST:
            self._tell(
                PartKind.ATTACHMENT, node.file_name or node.kind, HowRead.NOT_READ, WhyUnread.TOO_LARGE
            )
            return []
        self._depth += 1
        pieces = self._read_multipart(node) if node.children else self._read_leaf(node)
        self._depth -= 1
        return pieces

    def _read_multipart(self, node: Node) -> list[str]:
        match node.kind:
            case "message/rfc822" | "message/global" | "message/news":
                return self._read_forwarded(node.children[0], node.file_name)
            case "multipart/alternative":
                return self._read_best(node)
            case "multipart/encrypted":
                for child in node.children:
                    if leaf_of(child) is not Leaf.SIGNATURE:
                        name = child.file_name or node.kind
                        self._attach(child, PartKind.MESSAGE, WhyUnread.ENCRYPTED, name)
                return []
        return [piece for child in node.children for piece in self.read(child)]

    def _read_forwarded(self, message: Node, name: str) -> list[str]:
        subject = message.header("Subject") or name
        head = "\n".join(f"{key}: {value}" for key in _HEADERS[1:] if (value := message.header(key)))
        heading = f"# {subject}" if subject else ""
        outer, self._subject = self._subject, subject
        pieces = self.read(message)
        self._subject = outer
        return [piece for piece in (heading, head, *pieces) if piece.strip()]

    def _read_best(self, node: Node) -> list[str]:
        """Read the alternative that says it best, and what is attached within the others."""
        plain = next((child for child in node.children if _is_words(child, Leaf.PLAIN)), None)
        rich = next((child for child in reversed(node.children) if self._words_of_pages(child)), None)
        chosen = plain if plain is not None and _decoded(plain).strip() else rich
        is_other = False
        if chosen is plain and plain is not None and rich is not None:
            text, page = _decoded(plain), self._words_of_pages(rich)
            by_plain, by_page = share_said(page, text), share_said(text, page)
            is_stub = is_word_to_old_programs(text)
            if by_plain < _SHARE_OF_WHOLE and (is_stub or by_plain < by_page):
                chosen = rich
            is_other = max(by_plain, by_page) < _SHARE_OF_SAME and not is_stub
        if chosen is None or is_other:
            return [piece for child in node.children for piece in self.read(child)]
        pieces = self.read(chosen)
        for child in node.children:
            if child is not chosen:
                pieces += self._read_attached_within(child)
        return pieces

    def _words_of_pages(self, node: Node) -> str:
        pages = (leaf for leaf in leaves_of(node) if _is_words(leaf, Leaf.HTML))
        return " ".join(self._page(leaf).text for leaf in pages)

    def _read_attached_within(self, node: Node) -> list[str]:
        pieces: list[str] = []
        for leaf in leaves_of(node):
            if leaf_of(leaf).is_text and not is_attached(leaf):
                self._tell(PartKind.MESSAGE, leaf.kind, HowRead.REPEATED)
            else:
                pieces += self.read(leaf)
        return pieces

    def _read_leaf(self, node: Node) -> list[str]:
        leaf = leaf_of(node)
        if not node.content.strip() and leaf not in (Leaf.OUTSIDE, Leaf.OTHER):
            kind = PartKind.ATTACHMENT if is_attached(node) else PartKind.MESSAGE
            self._tell(kind, node.file_name, HowRead.EMPTY)
            return []
        if leaf.is_text:
            return self._read_words(node, leaf)
        match leaf:
            case Leaf.MAIL:
                return self._read_enclosed(node, node.content)
            case Leaf.PICTURE:
                return self._read_picture(node)
            case Leaf.SIGNATURE:
                self._tell(PartKind.ATTACHMENT, node.file_name or node.kind, HowRead.EMPTY)
            case Leaf.SEALED:
                content = signed_content(node.content)
                if content is not None:
                    return self._read_enclosed(node, content, is_forwarded=False)
                self._attach(node, PartKind.MESSAGE, WhyUnread.ENCRYPTED)
            case Leaf.OUTSIDE:
                name = node.parameter("name") or node.parameter("url")
                self._attach(node, PartKind.ATTACHMENT, WhyUnread.OUTSIDE, name)
            case _:
                return self._read_file(node)
        return []

    def _read_picture(self, node: Node) -> list[str]:
        """Recognize the text in a picture that was attached, such as a scan; those in the words are named."""
        text, why = "", None
        if node.disposition == "attachment" and len(node.content) >= _SMALLEST_SCAN_BYTES:
            text, why = self._pictured.read(node.content, node.file_name)
        if not text:
            self._attach(node, PartKind.PICTURE, why or WhyUnread.PICTURE)
            return []
        name = node.file_name or node.kind
        self._tell(PartKind.PICTURE, name, HowRead.RECOGNIZED, num_characters=len(text))
        return [f"# {name}", text]

    def _read_file(self, node: Node) -> list[str]:
        """Read a file that is attached by whatever reads its format, or name it."""
        name = node.file_name or node.kind
        try:
            reading = self._read_inner(node.content, node.file_name)
        except DocumentEmptyError:
            self._tell(PartKind.ATTACHMENT, name, HowRead.EMPTY)
            return []
        except DocumentError as error:
            self._attach(node, PartKind.ATTACHMENT, why_unread(error))
            return []
        except RecursionError:
            # Mails in files in mails, each as deep as may be.
            self._attach(node, PartKind.ATTACHMENT, WhyUnread.TOO_LARGE)
            return []
        how = HowRead.RECOGNIZED if reading.is_recognized else HowRead.TEXT
        text = reading.text.strip()
        self._tell(PartKind.ATTACHMENT, name, how, num_characters=len(text))
        unread = unread_of(reading.inventory)
        self.parts += [replace(part, name=f"{name}: {part.name}" if part.name else name) for part in unread]
        return [f"# {name}", text]

    def _read_enclosed(self, node: Node, content: bytes, *, is_forwarded: bool = True) -> list[str]:
        """Read a message that stands in a part as a file, or as the signed contents of one."""
        message = parse_message(content)
        pieces = self._read_forwarded(message, node.file_name) if is_forwarded else self.read(message)
        if node.kind == "message/partial" and node.parameter("total") != "1":
            name = f"{node.parameter('number')}/{node.parameter('total')}"
            self._tell(PartKind.MESSAGE, name, HowRead.NOT_READ, WhyUnread.OUTSIDE)
        return pieces

    def _read_words(self, node: Node, leaf: Leaf) -> list[str]:
        try:
            text = self._words(node, leaf).strip("\n").rstrip()
        except ValueError:
            self._attach(node, PartKind.ATTACHMENT, WhyUnread.UNSUPPORTED)
            return []
        is_file = is_attached(node)
        kind = PartKind.ATTACHMENT if is_file else PartKind.MESSAGE
        self._tell(kind, node.file_name, HowRead.TEXT if text else HowRead.EMPTY, num_characters=len(text))
        if node.is_cut:
            self._tell(kind, node.file_name, HowRead.NOT_READ, WhyUnread.DAMAGED)
        if is_file and text:
            return [f"# {node.file_name or node.kind}", text]
        return [text] if text else []

    def _words(self, node: Node, leaf: Leaf) -> str:
        """Raises ValueError for what calls itself text, but is none."""
        if leaf is Leaf.HTML:
            page = self._page(node)
            self.parts += [part for part in page.parts if not part.name.lower().startswith("cid:")]
            if page.num_hidden_characters:
                hidden = page.num_hidden_characters
                self._tell(
                    PartKind.HIDDEN_TEXT, "", HowRead.NOT_READ, WhyUnread.HIDDEN, num_characters=hidden
                )
            return page.text
        text = decode_text(node.content, node.charset).text
        match leaf:
            case Leaf.ENRICHED:
                return plain_of_enriched(text)
            case Leaf.TABLE:
                return table_to_markdown(text)
            case Leaf.SUBTITLES:
                return subtitles_to_text(text)
            case Leaf.ENTRIES:
                return entries_to_text(text) or text
        if is_attached(node):
            return text
        text, names = without_enclosures(text)
        for name in names:
            self.attached.append(name)
            self._tell(PartKind.ATTACHMENT, name, HowRead.NOT_READ, WhyUnread.UNSUPPORTED)
        text, is_encrypted = without_armor(text)
        if is_encrypted:
            self._tell(PartKind.MESSAGE, "", HowRead.NOT_READ, WhyUnread.ENCRYPTED)
        is_flowed = node.parameter("format").lower() == "flowed"
        return unflowed(text, is_flowed=is_flowed, deletes_space=node.parameter("delsp").lower() == "yes")

    def _page(self, node: Node) -> HtmlText:
        """Return the text of an HTML part, read once: alternatives are weighed by it."""
        if id(node) not in self._pages:
            charset = node.charset or declared_by_page(node.content)
            self._pages[id(node)] = read_tree(parse_html(decode_leniently(node.content, charset)))
        return self._pages[id(node)]

    def _attach(self, node: Node, kind: PartKind, why: WhyUnread, name: str = "") -> None:
        name = name or node.file_name or node.kind
        size = f" ({size_in_words(len(node.content))})" if why is not WhyUnread.OUTSIDE else ""
        self.attached.append(f"{name}{size}")
        self._tell(kind, name, HowRead.NOT_READ, why)

    def _tell(
        self,
        kind: PartKind,
        name: str,
        how: HowRead,
        why: WhyUnread | None = None,
        num_characters: int | None = 0,
    ) -> None:
        if why is not None and not num_characters:
            num_characters = None
        name = name or (self._subject if kind is PartKind.MESSAGE else "")
        self._nums[kind] += 1
        self.parts.append(Part(kind, self._nums[kind], name, num_characters, how, why))


def _is_words(node: Node, leaf: Leaf) -> bool:
    return not node.children and leaf_of(node) is leaf and not is_attached(node)


def _decoded(node: Node) -> str:
    return decode_leniently(node.content, node.charset)
