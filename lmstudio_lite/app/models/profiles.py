"""What is decided for single models: where it is found by a file's path, kept, and outdone for one run."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.errors import AppError, StorageError
from lmstudio_lite.fingerprint import fingerprint
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.model_profiles import ModelProfiles

log = logging.getLogger(__name__)

_FileState = tuple[int, int]


class Profiles:
    """Thread-safe. Reads files and the database, so not for the GUI thread."""

    def __init__(self, database: Database) -> None:
        self._stored = ModelProfiles(database)
        self._lock = threading.Lock()
        self._fingerprints: dict[Path, tuple[_FileState, str]] = {}
        self._forced = NO_PROFILE

    def override(self, forced: ModelProfile) -> None:
        """Let ``forced`` hold before every model's profile, in this process only: a terminal's options."""
        self._forced = forced

    def of(self, path: Path) -> ModelProfile:
        """Return what holds for the model at ``path``.

        A file or database that can't be read has no profile: whoever loads the model finds out and says so.
        """
        return self._forced.over(self.decided(path))

    def decided(self, path: Path) -> ModelProfile:
        """Return what was decided for the model at ``path``, without what holds for this run only."""
        try:
            return self._stored.get(self._fingerprint(path))
        except StorageError as error:
            log.warning("what was decided for a model can't be read: %s", error)
        except AppError as error:
            log.info("a model's profile can't be looked up: %s", error)
        return NO_PROFILE

    def keep(self, path: Path, name: str, profile: ModelProfile) -> None:
        """Remember ``profile`` for the model at ``path``, wherever that will lie.

        Raises:
            ModelNotFoundError, ModelFileError: the file is gone or can't be read.
            StorageError: it can't be saved.
        """
        self._stored.keep(self._fingerprint(path), name, profile)

    def names(self) -> frozenset[str]:
        """Return the names of the models for which something was decided."""
        try:
            return self._stored.names()
        except StorageError as error:
            log.warning("what was decided for models can't be read: %s", error)
            return frozenset()

    def file_template(self, path: Path) -> str:
        """Return the chat template that the model's file brings, "" if it brings none.

        Raises:
            ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
        """
        return read_gguf_header(path, needs_tensors=False).text("tokenizer.chat_template")

    def template_problem(self, template: str) -> str:
        """Return why a chat template can't be used, a word for ``words.say_template_problem``; "" if it can.

        It is tried in the engine's sandbox, in a process of its own: takes up to some seconds.
        """
        # Imported late: the sandbox, for which the window's first sight need not wait.
        from lmstudio_lite.engine.templates.chat_format import choose_format
        from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts

        return choose_format(template, special_texts=("", ""), guarded_texts=GuardedTexts).problem

    def fingerprint(self, path: Path) -> str:
        """Return the name of a file's content, "" where it can't be read."""
        try:
            return self._fingerprint(path)
        except AppError as error:
            log.info("a model's content can't be named: %s", error)
            return ""

    def _fingerprint(self, path: Path) -> str:
        try:
            status = path.stat()
            state = (status.st_size, status.st_mtime_ns)
        except OSError:
            return fingerprint(path)  # says what is wrong with it
        with self._lock:
            known = self._fingerprints.get(path)
        if known is not None and known[0] == state:
            return known[1]
        found = fingerprint(path)
        with self._lock:
            self._fingerprints[path] = (state, found)
        return found
