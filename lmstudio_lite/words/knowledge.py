"""What is said of the folders that questions are answered from."""

from __future__ import annotations

from lmstudio_lite.domain.knowledge import KnowledgeFolder, UnreadFile
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import explain
from lmstudio_lite.words.translate import tr, trn


def say_folder(folder: KnowledgeFolder) -> str:
    """Say how much of a folder has been read."""
    name = safe_line(str(folder.path))
    if not folder.is_there:
        return tr("{0}: the folder is not there now").format(name)
    if folder.looked_at is None and not folder.num_files:
        return tr("{0}: not read yet").format(name)
    read = trn("{0}: {1} of {n} file read", "{0}: {1} of {n} files read", folder.num_files).format(
        name, f"{folder.num_read:,}"
    )
    if not folder.num_failed:
        return read
    return ", ".join((read, trn("{n} could not be read", "{n} could not be read", folder.num_failed)))


def say_unread(file: UnreadFile) -> str:
    """Say why a file could not be read."""
    return tr("{0}: {1}").format(safe_line(file.path.name), explain(file.error).what)
