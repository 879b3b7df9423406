"""Writes compound files (MS-CFB, version 3) and the e-mails that Outlook keeps in them (MS-OXMSG)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

_SECTOR, _SMALL_SECTOR, _SMALL_LIMIT = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_TEXT = 0x001F

Tree = Mapping[str, "bytes | Tree"]


def make_compound_file(tree: Tree) -> bytes:
    """Return a compound file of streams (bytes) and storages (mappings)."""
    return _Writer(tree).content()


def make_msg(subject: str, sender: str, recipient: str, body: str) -> bytes:
    """Return an e-mail as Outlook saves it."""
    texts = {0x001A: "IPM.Note", 0x0037: subject, 0x0C1A: sender, 0x0E04: recipient, 0x1000: body}
    to = {0x3001: recipient, 0x3003: "b@example.org"}
    recipients = {"__recip_version1.0_#00000000": _storage(to, bytes(8))}
    return make_compound_file(
        {
            "__nameid_version1.0": {f"__substg1.0_000{n}0102": b"" for n in (2, 3, 4)},
            **make_message(texts, streams=recipients),
        }
    )


def make_message(
    texts: Mapping[int, str],
    *,
    attachments: Sequence[Tree] = (),
    times: Mapping[int, int] | None = None,
    streams: Tree | None = None,
    is_within: bool = False,
) -> Tree:
    """Return the tree of a message: ``texts`` by their tags, what is attached, and any other streams."""
    head = struct.pack("<8xIIII", 1, len(attachments), 1, len(attachments)) + bytes(0 if is_within else 8)
    attached = {f"__attach_version1.0_#{number:08X}": each for number, each in enumerate(attachments)}
    return {**_storage(texts, head, times), **attached, **(streams or {})}


def make_attachment(name: str, content: bytes | Tree, *, kind: str = "") -> Tree:
    """Return the tree of an attached file, or of a message that is attached, as Outlook keeps it."""
    texts = {0x3707: name, 0x370E: kind}
    tag = "__substg1.0_3701000D" if isinstance(content, Mapping) else "__substg1.0_37010102"
    return {**_storage({tag: text for tag, text in texts.items() if text}, bytes(8)), tag: content}


def _storage(
    texts: Mapping[int, str], head: bytes, times: Mapping[int, int] | None = None
) -> dict[str, bytes | Tree]:
    return {
        "__properties_version1.0": head
        + _properties(texts)
        + b"".join(struct.pack("<HHIQ", 0x0040, tag, 6, value) for tag, value in (times or {}).items()),
        **_streams(texts),
    }


def _streams(texts: Mapping[int, str]) -> dict[str, bytes]:
    return {f"__substg1.0_{tag:04X}{_TEXT:04X}": text.encode("utf-16-le") for tag, text in texts.items()}


def _properties(texts: Mapping[int, str]) -> bytes:
    """Return an entry for each text: its tag, that it can be read and written, its size with an end mark."""
    return b"".join(
        struct.pack("<HHIII", _TEXT, tag, 6, len(text.encode("utf-16-le")) + 2, 0)
        for tag, text in texts.items()
    )


class _Writer:
    """Numbers the entries, chains sectors, and puts a header before them."""

    def __init__(self, tree: Tree) -> None:
        self._fat: list[int] = []
        self._sectors = bytearray()
        self._small_fat: list[int] = []
        self._small = bytearray()
        self._entries: list[list[int | str]] = [["Root Entry", _ROOT, _FREE, _FREE, _FREE, _END, 0]]
        self._entries[0][4] = self._add_all(tree)

    def content(self) -> bytes:
        self._entries[0][5] = self._store(bytes(self._small)) if self._small else _END
        self._entries[0][6] = len(self._small)
        directory = self._store(b"".join(map(_entry, self._entries)))
        table = struct.pack(f"<{len(self._small_fat)}I", *self._small_fat)
        small_fat = self._store(table, fill=b"\xff") if table else _END
        num_fat = 1
        while num_fat * _SECTOR // 4 < len(self._fat) + num_fat:
            num_fat += 1
        first = len(self._fat)
        fat = [*self._fat, *[_FAT] * num_fat]
        fat += [_FREE] * (num_fat * _SECTOR // 4 - len(fat))
        places = [*range(first, first + num_fat)] + [_FREE] * (109 - num_fat)
        head = struct.pack(
            "<8s16xHHHHH6xIIIIIIIII",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            *(0x3E, 3, 0xFFFE, 9, 6),
            *(0, num_fat, directory, 0, _SMALL_LIMIT),
            *(small_fat, -(-len(table) // _SECTOR), _END, 0),
        )
        return (
            head + struct.pack("<109I", *places) + bytes(self._sectors) + struct.pack(f"<{len(fat)}I", *fat)
        )

    def _add_all(self, tree: Tree) -> int:
        """Add entries as a chain to the right, in the order a search expects; return the first's number."""
        first = before = _FREE
        for name in sorted(tree, key=lambda name: (len(name), name.upper())):
            value, number = tree[name], len(self._entries)
            entry: list[int | str] = [name, _STREAM, _FREE, _FREE, _FREE, _END, 0]
            self._entries.append(entry)
            if isinstance(value, bytes):
                entry[5], entry[6] = self._store_stream(value), len(value)
            else:
                entry[1], entry[5] = _STORAGE, 0
                entry[4] = self._add_all(value)
            if before == _FREE:
                first = number
            else:
                self._entries[before][3] = number
            before = number
        return first

    def _store_stream(self, content: bytes) -> int:
        if not content:
            return _END
        if len(content) >= _SMALL_LIMIT:
            return self._store(content)
        first = len(self._small_fat)
        count = -(-len(content) // _SMALL_SECTOR)
        self._small += content.ljust(count * _SMALL_SECTOR, b"\0")
        self._small_fat += [*range(first + 1, first + count), _END]
        return first

    def _store(self, content: bytes, fill: bytes = b"\0") -> int:
        first = len(self._fat)
        count = -(-len(content) // _SECTOR)
        self._sectors += content.ljust(count * _SECTOR, fill)
        self._fat += [*range(first + 1, first + count), _END]
        return first


def _entry(values: list[int | str]) -> bytes:
    name, kind, left, right, child, start, size = values
    encoded = str(name).encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI16xIII", encoded, len(encoded) + 2, kind, 1, left, right, child, 0, start, size, 0
    )
