"""Units that are read, and translations that are written, in the helper process: also of bad files."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import psutil
import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriter import DocumentRewriter
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.units import (
    BilingualLayout,
    FileUnits,
    ReadUnitsOptions,
    UnitText,
    WriteUnitsOptions,
)
from lmstudio_lite.errors import (
    AppError,
    CancelledError,
    DataFolderReadOnlyError,
    DiskFullError,
    DocumentDamagedError,
    DocumentEmptyError,
    DocumentEncryptedError,
    DocumentError,
    DocumentNotFoundError,
    DocumentTimeoutError,
    DocumentTooLargeError,
    DocumentUnsupportedError,
)
from lmstudio_lite.paths import write_beside
from tests.documents.compound_file import make_compound_file
from tests.documents.samples import make_docx
from tests.support.small_drive import SIZE_KB, SmallDrive, can_mount

PLAIN, GERMAN = ReadUnitsOptions(), WriteUnitsOptions("de", "en")
MARKDOWN = "# One\n\nTwo *red* boats.\n"


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "Ünï 中.md"
    path.write_text(MARKDOWN, "utf-8")
    return path


def read(path: Path, limits: ReadLimits | None = None) -> FileUnits:
    return DocumentRewriter(limits).read_units(path, PLAIN)


def error_of(path: Path, limits: ReadLimits | None = None) -> AppError:
    before = psutil.Process().children()
    with pytest.raises(DocumentError) as caught:
        read(path, limits)
    assert caught.value.details["path"] == str(path)
    assert [child for child in psutil.Process().children() if child not in before] == []
    return caught.value


def test_units_and_their_texts_survive_the_pipes(document: Path, tmp_path: Path) -> None:
    file = read(document)
    assert [unit.text for unit in file.units] == ["One", "Two red boats."]
    assert file.output_suffix == ".md"
    (mark,) = file.units[1].marks
    texts = {0: UnitText("Eins 👍"), 1: UnitText("Zwei rote Boote.", (type(mark)(1, mark.kind, 5, 9),))}
    target = tmp_path / "out.md"
    changes = DocumentRewriter().write_translation(document, texts, target, PLAIN, GERMAN)
    assert changes == ()
    assert target.read_text("utf-8") == "# Eins 👍\n\nZwei *rote* Boote.\n"
    assert document.read_text("utf-8") == MARKDOWN


def test_texts_as_long_as_a_book_are_told(tmp_path: Path) -> None:
    source, target = tmp_path / "book.txt", tmp_path / "book.de.txt"
    source.write_text("\n\n".join(f"Paragraph {n} of a book." for n in range(5_000)), "utf-8")
    texts = {n: UnitText(f"Absatz {n} " + 400 * "x") for n in range(len(read(source).units))}
    DocumentRewriter().write_translation(source, texts, target, PLAIN, GERMAN)
    assert target.stat().st_size > 5_000 * 400


def test_the_encoding_that_was_said_before_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Größe".encode("cp850"))
    rewriter = DocumentRewriter(kept_encoding=lambda path: "cp850")
    assert rewriter.read_units(path, PLAIN).units[0].text == "Größe"


def test_missing_empty_unsupported_and_too_large(tmp_path: Path, document: Path) -> None:
    assert isinstance(error_of(tmp_path / "none.md"), DocumentNotFoundError)
    (tmp_path / "empty.md").touch()
    assert isinstance(error_of(tmp_path / "empty.md"), DocumentEmptyError)
    (tmp_path / "a.xyz").write_bytes(b"some")
    assert isinstance(error_of(tmp_path / "a.xyz"), DocumentUnsupportedError)
    assert isinstance(error_of(document, ReadLimits(size_bytes=3)), DocumentTooLargeError)


def test_a_file_of_300_megabytes_is_refused_or_read_within_its_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.write(b"Some words.\n")
        file.truncate(300 << 20)
    assert isinstance(error_of(path, ReadLimits(memory_bytes=400 << 20)), DocumentError)


def test_what_takes_too_long_is_ended(document: Path) -> None:
    assert isinstance(error_of(document, ReadLimits(time_s=0.0)), DocumentTimeoutError)


def test_cancelling_ends_the_helper(document: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    before = psutil.Process().children()
    with pytest.raises(CancelledError):
        DocumentRewriter().read_units(document, PLAIN, cancellation)
    assert [child for child in psutil.Process().children() if child not in before] == []


def test_an_arrangement_that_the_form_has_not(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nGood day.\n", "utf-8")
    wanted = WriteUnitsOptions("de", "en", BilingualLayout.BESIDE)
    with pytest.raises(DocumentError):
        DocumentRewriter().write_translation(path, {}, tmp_path / "b.srt", PLAIN, wanted)


def test_a_target_that_can_not_be_written(document: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "out.md"
    with pytest.raises(DataFolderReadOnlyError) as caught:
        DocumentRewriter().write_translation(document, {}, target, PLAIN, GERMAN)
    assert caught.value.details["path"] == str(target)


@pytest.mark.skipif(not can_mount(), reason="needs an administrator of Linux")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    drive = SmallDrive(tmp_path / "drive")
    try:
        source = tmp_path / "long.txt"
        source.write_text("Some words.", "utf-8")
        texts = {0: UnitText("x" * (SIZE_KB << 11))}
        target = drive.folder / "long.de.txt"
        with pytest.raises(DiskFullError) as caught:
            write_beside(
                target,
                lambda path: DocumentRewriter().write_translation(source, texts, path, PLAIN, GERMAN),
                replaces=False,
            )
        assert os.fspath(drive.folder) in str(caught.value.details["path"])
        assert list(drive.folder.iterdir()) == []
    finally:
        drive.pull_out()


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"<w>" + b" " * (64 << 20) + b"</w>")
    return path


def test_an_archive_that_unpacks_to_too_much(tmp_path: Path) -> None:
    limits = ReadLimits(expanded_bytes=8 << 20)
    assert isinstance(error_of(bomb(tmp_path / "bomb.docx"), limits), DocumentTooLargeError)


def test_an_encrypted_and_a_broken_document(tmp_path: Path) -> None:
    encrypted, broken = tmp_path / "secret.docx", tmp_path / "broken.docx"
    encrypted.write_bytes(
        make_compound_file({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"y" * 5000})
    )
    assert isinstance(error_of(encrypted), DocumentEncryptedError)
    broken.write_bytes(make_docx([f"Some words {n}." for n in range(50)])[:-200])
    assert isinstance(error_of(broken), DocumentDamagedError)


def test_a_document_and_its_macros(tmp_path: Path) -> None:
    path, target = tmp_path / "macros.docm", tmp_path / "macros.de.docm"
    path.write_bytes(make_docx(["Some words."]))
    macro = os.urandom(2_000)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("word/vbaProject.bin", macro)
    (unit,) = read(path).units
    assert unit.text == "Some words."
    DocumentRewriter().write_translation(path, {0: UnitText("Einige Worte.")}, target, PLAIN, GERMAN)
    with zipfile.ZipFile(target) as archive:
        assert archive.read("word/vbaProject.bin") == macro
        assert "Einige Worte." in archive.read("word/document.xml").decode()
