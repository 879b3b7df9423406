"""The helper process on bad files: the right error, soon, and nothing left behind."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.protocol import ReadRequest
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import (
    CancelledError,
    DocumentDamagedError,
    DocumentEmptyError,
    DocumentEncryptedError,
    DocumentError,
    DocumentNotFoundError,
    DocumentScannedError,
    DocumentTimeoutError,
    DocumentTooLargeError,
    DocumentUnsupportedError,
)
from lmstudio_lite.words import explain
from lmstudio_lite.workers import worker
from lmstudio_lite.workers.spawn import DOCUMENT_HELPER
from lmstudio_lite.workers.worker import Worker
from tests.documents.pdf_files import A4, Page, pdf_of, scan_of_print
from tests.documents.samples import WORD_NAMESPACE, make_docx, make_pdf, make_zip, sample

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> object:
    before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else set()
    children = psutil.Process().children()
    yield None
    assert [child for child in psutil.Process().children() if child not in children] == []
    if before:
        assert len(os.listdir("/proc/self/fd")) <= len(before)


def write(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def error_of(path: Path, limits: ReadLimits | None = None) -> DocumentError:
    start = time.monotonic()
    with pytest.raises(DocumentError) as caught:
        DocumentReader(limits).read(path)
    assert time.monotonic() - start < 30
    assert caught.value.details["path"] == str(path)
    return caught.value


def test_the_document_survives_the_pipe(tmp_path: Path) -> None:
    path = write(tmp_path, "Ünï 中.md", '# 标题\n\n今天的天气很好。\x0b\u2028 "quoted" \\ 👍\n'.encode())
    document = DocumentReader().read(path)
    assert document.text == '# 标题\n\n今天的天气很好。\x0b\u2028 "quoted" \\ 👍\n'
    assert (document.path, document.title, document.language) == (path, "标题", "zh")
    assert len(document.blocks) == 2


def test_pages_survive_the_pipe(tmp_path: Path) -> None:
    document = DocumentReader().read(write(tmp_path, "a.pdf", make_pdf([["First page."], ["Second page."]])))
    assert [document.text[page.start : page.end] for page in document.pages] == [
        "First page.",
        "Second page.",
    ]


def test_a_relative_path_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.txt", b"Some words.")
    monkeypatch.chdir(tmp_path)
    assert DocumentReader().read(Path("a.txt")).path == tmp_path / "a.txt"


@posix_only
def test_a_name_that_is_not_utf8_is_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    try:
        path.write_bytes(b"Some words.")
    except OSError:
        pytest.skip("this file system wants UTF-8")
    assert DocumentReader().read(path).text == "Some words."


def test_missing(tmp_path: Path) -> None:
    assert isinstance(error_of(tmp_path / "no.pdf"), DocumentNotFoundError)


def test_a_file_that_vanishes_after_it_was_seen(tmp_path: Path) -> None:
    request = json.dumps(msgspec.to_builtins(ReadRequest(str(tmp_path / "gone.pdf"), ReadLimits())))
    with Worker(DOCUMENT_HELPER, request, stdout=subprocess.PIPE) as helper:
        output, _ = helper.communicate()
    assert json.loads(output)["code"] == "document_vanished"


@pytest.mark.parametrize("content", [b"", b"\n \r\n\t", b"\0" * 5000, b"\xef\xbb\xbf", b"--- ... ***"])
def test_empty(tmp_path: Path, content: bytes) -> None:
    assert isinstance(error_of(write(tmp_path, "a.txt", content)), DocumentEmptyError)


def test_an_empty_word_file(tmp_path: Path) -> None:
    assert isinstance(error_of(write(tmp_path, "a.docx", make_docx([]))), DocumentEmptyError)


def test_encrypted_pdf() -> None:
    assert isinstance(error_of(sample("password.pdf")), DocumentEncryptedError)


def test_encrypted_office_files(tmp_path: Path) -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    assert isinstance(error_of(write(tmp_path, "a.docx", container)), DocumentEncryptedError)
    manifest = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    text = make_zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": manifest,
            "content.xml": "x",
        }
    )
    assert isinstance(error_of(write(tmp_path, "a.odt", text)), DocumentEncryptedError)


def test_scans() -> None:
    error = error_of(sample("scanned-no-text.pdf"), ReadLimits(recognizes_scans=False))
    assert isinstance(error, DocumentScannedError)
    assert error.details["num_pages"] == 1


def test_a_pdf_without_text_says_how_many_pages(tmp_path: Path) -> None:
    scan = Page()
    scan.draw(scan_of_print(), (0, 0, *A4))
    content = pdf_of([scan, Page(), scan, scan])
    error = error_of(write(tmp_path, "a.pdf", content), ReadLimits(recognizes_scans=False))
    assert isinstance(error, DocumentScannedError)
    assert error.details["num_pages"] == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("animation.pdf", b"GIF89a" + bytes(200)),
        ("program.txt", b"\x7fELF\2\1\1" + bytes(range(256)) * 40),
        ("model.pdf", b"GGUF\3\0\0\0" + bytes(200)),
        ("noise.txt", random.Random(1).randbytes(100_000)),
        ("noise.docx", random.Random(2).randbytes(100_000)),
        ("archive.zip", make_zip({"a.txt": "some text"})),
    ],
)
def test_renamed_binaries(tmp_path: Path, name: str, content: bytes) -> None:
    assert isinstance(error_of(write(tmp_path, name, content)), DocumentUnsupportedError)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("picture.pdf", b"\x89PNG\r\n\x1a\n" + bytes(200)),
        ("photo.docx", b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(200)),
        ("scan.tif", b"II*\0" + bytes(200)),
    ],
)
def test_pictures_are_told_as_such(tmp_path: Path, name: str, content: bytes) -> None:
    error = error_of(write(tmp_path, name, content), ReadLimits(recognizes_scans=False))
    assert isinstance(error, DocumentScannedError)
    assert explain(error).what.endswith("is a picture.")


def test_folders(tmp_path: Path) -> None:
    assert isinstance(error_of(tmp_path), DocumentUnsupportedError)


@posix_only
def test_pipes_sockets_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert isinstance(error_of(tmp_path / "pipe.txt"), DocumentUnsupportedError)
    assert isinstance(error_of(Path("/dev/zero")), DocumentUnsupportedError)
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            listener.bind(str(tmp_path / "s"))
        except OSError:
            pytest.skip("the temporary folder's name is too long for a socket")
        assert isinstance(error_of(tmp_path / "s"), DocumentUnsupportedError)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", b"Some words.")
    path.chmod(0)
    assert error_of(path).details["reason"] == "permission"


def test_corrupt_pdfs(tmp_path: Path) -> None:
    pdf = make_pdf([["Some words in a line of text."]])
    for content in (pdf[:100], b"%PDF-1.7\n" + random.Random(3).randbytes(50_000), b"%PDF-"):
        error = error_of(write(tmp_path, "a.pdf", content))
        assert isinstance(error, DocumentDamagedError | DocumentScannedError)


def test_corrupt_office_files(tmp_path: Path) -> None:
    docx = make_docx(["Some words. " * 200])
    for name, content in (
        ("a.docx", docx[: len(docx) // 2]),
        ("b.docx", make_zip({"word/document.xml": "<w:document><unclosed>"})),
        ("c.odt", make_zip({"mimetype": "application/vnd.oasis.opendocument.text"})),
        ("d.xlsx", make_zip({"xl/workbook.xml": "not xml"})),
        ("e.epub", make_zip({"mimetype": "application/epub+zip"})),
        ("f.pptx", make_zip({"ppt/presentation.xml": "<p/>"})),
    ):
        assert isinstance(error_of(write(tmp_path, name, content)), DocumentDamagedError | DocumentEmptyError)


def test_zip_bombs(tmp_path: Path) -> None:
    text = f'<w:document xmlns:w="{WORD_NAMESPACE}"><w:body><w:p><w:r><w:t>' + "A" * 300_000_000
    bomb = make_zip({"word/document.xml": text + "</w:t></w:r></w:p></w:body></w:document>"})
    assert len(bomb) < 1_000_000
    assert isinstance(
        error_of(write(tmp_path, "bomb.docx", bomb)), (DocumentDamagedError, DocumentTooLargeError)
    )


@posix_only
def test_huge_files_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    error = error_of(path)
    assert isinstance(error, DocumentTooLargeError)
    assert error.details["size_bytes"] == 1 << 40


def helper_that(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Put a process that misbehaves on purpose in the helper's place."""
    monkeypatch.setattr(worker, "child_command", lambda _verb: [sys.executable, "-c", code])


def test_a_helper_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper_that(monkeypatch, "import time; time.sleep(600)")
    error = error_of(write(tmp_path, "a.txt", b"Some words."), ReadLimits(time_s=0.5))
    assert isinstance(error, DocumentTimeoutError)
    assert error.details["limit_s"] == 0.5


def test_a_helper_that_crashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper_that(monkeypatch, "import os; os.abort()")
    assert error_of(write(tmp_path, "a.txt", b"Some words.")).details["reason"] == "crashed"


def test_a_helper_that_writes_nonsense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper_that(monkeypatch, "print('{\"type\": ' * 1000)")
    assert error_of(write(tmp_path, "a.txt", b"Some words.")).details["reason"] == "crashed"


def test_a_helper_that_swallows_memory_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper_that(monkeypatch, "import time; x = b'x' * (300 << 20); time.sleep(600)")
    error = error_of(write(tmp_path, "a.txt", b"Some words."), ReadLimits(memory_bytes=150 << 20))
    assert error.details["reason"] == "out_of_memory"


@posix_only
def test_the_helper_limits_its_own_life(tmp_path: Path) -> None:
    limits = msgspec.to_builtins(ReadLimits(time_s=-4.5))
    os.mkfifo(tmp_path / "pipe")
    code = (
        "import sys, time; from lmstudio_lite.documents import helper, readers;"
        "helper.read_document = lambda *_: time.sleep(600); helper.main(sys.argv[1:])"
    )
    request = json.dumps({"path": str(tmp_path), "limits": limits})
    start = time.monotonic()
    result = subprocess.run([sys.executable, "-c", code, request], capture_output=True, check=False)
    assert result.returncode != 0
    assert time.monotonic() - start < 20


def test_cancelling_ends_the_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper_that(monkeypatch, "import time; time.sleep(600)")
    cancellation = Cancellation()
    timer = threading.Timer(0.5, cancellation.cancel)
    timer.start()
    start = time.monotonic()
    with pytest.raises(CancelledError):
        DocumentReader().read(write(tmp_path, "a.txt", b"Some words."), cancellation)
    assert time.monotonic() - start < 10
    timer.join()


def test_cancelled_before_it_began(tmp_path: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(CancelledError):
        DocumentReader().read(write(tmp_path, "a.txt", b"Some words."), cancellation)


def test_what_native_code_prints_does_not_spoil_the_answer(tmp_path: Path) -> None:
    code = (
        "import os, sys; from lmstudio_lite.documents import helper; read = helper.read_document\n"
        "def noisy(*args, **more):\n    os.write(1, b'noise'); return read(*args, **more)\n"
        "helper.read_document = noisy; sys.exit(helper.main(sys.argv[1:]))"
    )
    path = write(tmp_path, "a.txt", b"Some words.")
    request = json.dumps(msgspec.to_builtins(ReadRequest(str(path), ReadLimits())))
    result = subprocess.run([sys.executable, "-c", code, request], capture_output=True, check=True)
    assert json.loads(result.stdout)["document"]["text"] == "Some words."


def test_whoever_only_asks_imports_no_reader() -> None:
    readers = ("readers", "formats", "charset.model", "pdf", "office", "web", "plain", "structure.language")
    code = (
        "import sys, lmstudio_lite.app.session\n"
        f"names = [f'lmstudio_lite.documents.{{name}}' for name in {readers}]\n"
        "print([name for name in [*names, 'kreuzberg', 'regex'] if name in sys.modules])"
    )
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert imported.strip() == "[]"
