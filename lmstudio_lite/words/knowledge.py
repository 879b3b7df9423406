"""What is said of the folders that questions are answered from."""

from __future__ import annotations

from lmstudio_lite.domain.embedding import MeaningState
from lmstudio_lite.domain.knowledge import KnowledgeFolder, KnowledgeProgress, UnreadFile
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
    parts = [read]
    if folder.num_compared:
        parts.append(trn("{n} found by meaning too", "{n} found by meaning too", folder.num_compared))
    if folder.num_failed:
        parts.append(trn("{n} could not be read", "{n} could not be read", folder.num_failed))
    return ", ".join(parts)


def say_comparing(state: MeaningState) -> str:
    """Say how the passages for a question are found."""
    if not state.is_on:
        return tr("Words alone are compared, as you chose.")
    if state.model is None:
        return tr("Words alone are compared: there is no model that compares meanings.")
    name = safe_line(state.model.name)
    if state.has_failed:
        return tr("{0} can't be used just now: words alone are compared.").format(name)
    return tr("Words and meanings are compared, with {0}.").format(name)


def say_unread(file: UnreadFile) -> str:
    """Say why a file could not be read."""
    return tr("{0}: {1}").format(safe_line(file.path.name), explain(file.error).what)


def say_progress(progress: KnowledgeProgress) -> str:
    """Say how far reading or comparing is, "" at its end."""
    done, total = f"{min(progress.num_done + 1, progress.num_total):,}", f"{progress.num_total:,}"
    if progress.is_comparing:
        return tr("Working out what the texts mean: file {0} of {1}").format(done, total)
    if not progress.name:
        return ""
    return tr("Reading {0} of {1}: {2}").format(done, total, safe_line(progress.name))
