"""The prompt library: kept prompts, brought in from a file and written into one. Not for the GUI thread."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from pathlib import Path

from lmstudio_lite.domain.prompts import KeptPrompt, Prompt, PromptsBroughtIn
from lmstudio_lite.errors import PromptFileError
from lmstudio_lite.files import open_regular
from lmstudio_lite.formats.prompt_file import SIZE_LIMIT_BYTES, prompts_from_text, prompts_to_text
from lmstudio_lite.paths import replace_file
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.prompts import PromptRows


class PromptLibrary:
    """Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._rows = PromptRows(database)

    def list(self) -> builtins.list[KeptPrompt]:
        """Return all prompts by their names."""
        return self._rows.list()

    def add(self, prompt: Prompt) -> KeptPrompt:
        """Keep a new prompt."""
        return self._rows.add([prompt])[0]

    def change(self, prompt_id: str, prompt: Prompt) -> None:
        """Put another prompt in place of one."""
        self._rows.change(prompt_id, prompt)

    def delete(self, prompt_id: str) -> None:
        """Take one out of the list; ``restore`` undoes this."""
        self._rows.delete(prompt_id)

    def restore(self, prompt_id: str) -> None:
        """Undo ``delete``."""
        self._rows.restore(prompt_id)

    def bring_in(self, path: Path) -> PromptsBroughtIn:
        """Keep the prompts of a file that are not here word for word.

        Raises:
            PromptFileError: it is no file of prompts.
        """
        try:
            with open_regular(path) as file:
                content = file.read(SIZE_LIMIT_BYTES + 1)
        except OSError as error:
            raise PromptFileError(path=path.name, reason=error.strerror or str(error)) from None
        if len(content) > SIZE_LIMIT_BYTES:
            raise PromptFileError(path=path.name, reason=f"larger than {SIZE_LIMIT_BYTES // 1_000_000} MB")
        prompts, num_refused = prompts_from_text(content, path.name)
        known = {kept.prompt for kept in self._rows.list()}
        new = [prompt for prompt in dict.fromkeys(prompts) if prompt not in known]
        self._rows.add(new)
        return PromptsBroughtIn(len(new), len(prompts) - len(new), num_refused)

    def write_out(self, path: Path, prompts: Sequence[Prompt] | None = None) -> None:
        """Write prompts into a file, None for all of them.

        Raises:
            StorageError: it can't be written.
        """
        chosen = [kept.prompt for kept in self._rows.list()] if prompts is None else prompts
        replace_file(path, prompts_to_text(chosen).encode("utf-8"), is_private=False)
