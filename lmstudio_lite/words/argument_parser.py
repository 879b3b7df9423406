"""``argparse`` with its headings in the language in use, and with help texts that are no format strings.

argparse puts values into a help text at its per cent signs; a translator's "50 %" would end ``--help`` with a
traceback. Its own complaints ("the following arguments are required") stay English: it has no seam for them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, TypeAlias

from lmstudio_lite.words.translate import mark, tr

_TITLES = {"positional arguments": mark("positional arguments"), "options": mark("options")}


class ArgumentParser(argparse.ArgumentParser):
    """Its verbs' parsers are of this class, too."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", _HelpFormatter)
        super().__init__(**options)

    def add_argument_group(self, title: str | None = None, *more: Any, **options: Any) -> Any:
        """Add a group; argparse's own two get translated titles."""
        return super().add_argument_group(tr(_TITLES.get(title or "", title or "")), *more, **options)

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        """Add an argument; argparse's own two get translated texts."""
        if options.get("action") == "help":
            options["help"] = tr("show this help message and exit")
        elif options.get("action") == "version":
            options["help"] = tr("show program's version number and exit")
        return super().add_argument(*names, **options)


Actions: TypeAlias = "argparse._SubParsersAction[ArgumentParser]"
"""What verbs are added to."""


class _HelpFormatter(argparse.HelpFormatter):
    def _get_help_string(self, action: argparse.Action) -> str:
        return (action.help or "").replace("%", "%%")

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, tr("usage: ") if prefix is None else prefix)
