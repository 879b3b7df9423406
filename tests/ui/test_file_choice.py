from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from lmstudio_lite.ui.file_choice import expand_folders
from lmstudio_lite.ui.file_open import FileOpenWatch


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", "utf-8")


def test_of_a_folder_with_documents_only_they_are_taken(tmp_path: Path) -> None:
    fill(tmp_path, "report.pdf", "page.mhtml", "tool.py", "sub/mail.msg", ".git/notes.md")
    assert [path.name for path in expand_folders([tmp_path])] == ["page.mhtml", "report.pdf", "mail.msg"]


def test_of_a_folder_of_source_code_the_code_is_taken(tmp_path: Path) -> None:
    fill(tmp_path, "main.rs", "lib/util.py", "node_modules/other.js", "picture.png")
    assert [path.name for path in expand_folders([tmp_path])] == ["main.rs", "util.py"]


def test_files_handed_over_by_the_system_are_opened(qapp: QApplication) -> None:
    opened: list[list[Path]] = []
    watch = FileOpenWatch(qapp, opened.append)
    QApplication.sendEvent(qapp, QFileOpenEvent("/documents/report.pdf"))
    watch.close()
    QApplication.sendEvent(qapp, QFileOpenEvent("/documents/other.pdf"))
    assert opened == [[Path("/documents/report.pdf")]]
