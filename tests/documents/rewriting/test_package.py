from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.package import open_package
from lmstudio_lite.errors import (
    DocumentDamagedError,
    DocumentEmptyError,
    DocumentEncryptedError,
    DocumentNotFoundError,
    DocumentTooLargeError,
    DocumentUnsupportedError,
)

LIMITS = ReadLimits()
ODD_EXTRA = struct.pack("<2H4s", 0xCAFE, 4, b"kept")


def archive(
    members: dict[str, bytes],
    *,
    method: int = zipfile.ZIP_DEFLATED,
    comment: bytes = b"",
    streamed: bool = False,
) -> bytes:
    """Return a ZIP file with odd times and extra fields; ``streamed`` ones have sizes behind the data."""
    out = io.BytesIO()
    with zipfile.ZipFile(_Streamed(out) if streamed else out, "w") as file:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (1999, 12, 31, 23, 59, 58))
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else method
            info.extra = ODD_EXTRA
            info.comment = b"of the member"
            file.writestr(info, content)
        file.comment = comment
    return out.getvalue()


class _Streamed(io.RawIOBase):
    """A file that can't be read or turned back, so that ``zipfile`` writes descriptors."""

    def __init__(self, out: io.BytesIO) -> None:
        self._out = out

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        return self._out.write(content)


MEMBERS = {"mimetype": b"application/x", "a/b.xml": b"<a>one</a>" * 50, "z.bin": bytes(range(256)) * 9}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.zip"


def rewritten(path: Path, changed: dict[str, bytes], limits: ReadLimits = LIMITS) -> bytes:
    target = path.with_name("target.zip")
    with open_package(path, limits) as package:
        package.write(target, changed)
    return target.read_bytes()


def raw_members(content: bytes) -> dict[str, bytes]:
    """Return each member with its header as it lies in the file, up to the next one."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        infos = sorted(file.infolist(), key=lambda info: info.header_offset)
        ends = [info.header_offset for info in infos[1:]] + [file.start_dir]
        return {
            info.filename: content[info.header_offset : end] for info, end in zip(infos, ends, strict=True)
        }


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("prefix", [b"", b"#!/bin/sh before the archive\n"])
def test_only_what_changed_changes(path: Path, streamed: bool, prefix: bytes) -> None:
    before = prefix + archive(MEMBERS, comment=b"a comment", streamed=streamed)
    path.write_bytes(before)
    after = rewritten(path, {"a/b.xml": b"<a>two</a>" * 70})
    with zipfile.ZipFile(io.BytesIO(after)) as file:
        assert file.testzip() is None
        assert file.namelist() == list(MEMBERS)
        assert file.read("a/b.xml") == b"<a>two</a>" * 70
        assert file.comment == b"a comment"
        info = file.getinfo("a/b.xml")
        assert info.date_time == (1999, 12, 31, 23, 59, 58)
        assert ODD_EXTRA in info.extra
        assert info.comment == b"of the member"
        assert file.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
    assert after.startswith(prefix)
    was, now = raw_members(before), raw_members(after)
    assert {name for name in was if was[name] != now[name]} == {"a/b.xml"}


def test_without_changes_the_file_is_the_same(path: Path) -> None:
    path.write_bytes(archive(MEMBERS))
    assert rewritten(path, {}) == path.read_bytes()


@settings(max_examples=30)
@given(
    members=st.dictionaries(
        st.text("abcäß文/", min_size=1, max_size=12).filter(lambda name: not name.endswith("/")),
        st.binary(max_size=300),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
def test_any_parts_can_change(
    tmp_path_factory: pytest.TempPathFactory, members: dict[str, bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("zip") / "file.zip"
    path.write_bytes(archive(members))
    names = data.draw(st.sets(st.sampled_from(sorted(members)), min_size=1))
    changed = {name: data.draw(st.binary(max_size=300)) for name in names}
    with zipfile.ZipFile(io.BytesIO(rewritten(path, changed))) as file:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == members | changed


def test_sizes_of_eight_bytes_are_kept_and_dropped(path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in ("a", "b"):
            with file.open(name, "w", force_zip64=True) as member:
                member.write(b"text")
    path.write_bytes(out.getvalue())
    after = rewritten(path, {"a": b"longer text"})
    with zipfile.ZipFile(io.BytesIO(after)) as file:
        assert file.testzip() is None
        assert (file.read("a"), file.read("b")) == (b"longer text", b"text")
    assert raw_members(after)["b"] == raw_members(out.getvalue())["b"]


def test_large_directory_records_move(path: Path) -> None:
    """An archive whose end says everything in eight bytes, as some writers do however small it is."""
    small = archive({"a": b"text", "b": b"text"})
    end = small.rindex(b"PK\x05\x06")
    size, offset = struct.unpack_from("<2L", small, end + 12)
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(small[:end] + large + locator + tail)
    with zipfile.ZipFile(io.BytesIO(rewritten(path, {"a": b"longer" * 9}))) as file:
        assert file.testzip() is None
        assert (file.read("a"), file.read("b")) == (b"longer" * 9, b"text")


def test_names_are_found_as_office_programs_find_them(path: Path) -> None:
    path.write_bytes(archive({"Word/Document.XML": b"1", "a b.xml": b"2"}))
    with open_package(path, LIMITS) as package:
        assert package.find("word/document.xml") == "Word/Document.XML"
        assert package.find("/a%20b.xml") == "a b.xml"
        assert package.find("c.xml") is None
        assert package.names == ("Word/Document.XML", "a b.xml")


def test_a_damaged_part_is_told(path: Path) -> None:
    content = bytearray(archive({"a": b"text" * 100}, method=zipfile.ZIP_STORED))
    content[60] ^= 1
    path.write_bytes(content)
    with open_package(path, LIMITS) as package, pytest.raises(DocumentDamagedError):
        package.read("a")


def test_a_bomb_is_refused_before_it_is_unpacked(path: Path) -> None:
    path.write_bytes(archive({"a": bytes(5_000_000)}))
    with (
        pytest.raises(DocumentTooLargeError),
        open_package(path, replace(LIMITS, expanded_bytes=4_000_000)),
    ):
        pass


def test_a_bomb_that_lies_about_its_size_is_damaged(path: Path) -> None:
    content = archive({"a": bytes(5_000_000)})
    path.write_bytes(content.replace(struct.pack("<L", 5_000_000), struct.pack("<L", 10)))
    with open_package(path, LIMITS) as package, pytest.raises(DocumentDamagedError):
        package.read("a")


def test_what_is_no_archive_is_told(path: Path) -> None:
    whole = archive(MEMBERS)
    encrypted = bytearray(whole)
    for place in (whole.index(b"PK\x03\x04") + 6, whole.index(b"PK\x01\x02") + 8):
        encrypted[place] |= 1
    for content, error in (
        (b"", DocumentEmptyError),
        (b"just text", DocumentUnsupportedError),
        (whole[: len(whole) // 2], DocumentDamagedError),
        (bytes(encrypted), DocumentEncryptedError),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            DocumentEncryptedError,
        ),
    ):
        path.write_bytes(content)
        with pytest.raises(error), open_package(path, LIMITS):
            pass
    with pytest.raises(DocumentTooLargeError), open_package(path, replace(LIMITS, size_bytes=10)):
        pass
    with pytest.raises(DocumentNotFoundError), open_package(path.with_name("none.zip"), LIMITS):
        pass


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [(b"just text", "text/plain"), (bytes(range(256)) * 20, "application/octet-stream")],
)
def test_what_is_no_archive_is_called_what_it_is(tmp_path: Path, content: bytes, mime_type: str) -> None:
    path = tmp_path / "file.docx"
    path.write_bytes(content)
    with pytest.raises(DocumentUnsupportedError) as caught, open_package(path, LIMITS):
        pass
    assert caught.value.details["mime_type"] == mime_type
