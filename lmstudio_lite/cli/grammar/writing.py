"""The grammar of ``write``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from lmstudio_lite.cli.argument_values import path, seed, whole
from lmstudio_lite.domain.writing import WORDS_MAX, WORDS_MIN, EditKind, Preset
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr


def add_write(verbs: Actions, parents: Sequence[ArgumentParser]) -> None:
    """Add ``write``; ``parents`` have the options that it shares with other verbs."""
    write = verbs.add_parser(
        "write",
        parents=list(parents),
        help=tr("write a text by a preset, or change one that is there"),
        description=tr(
            "Write a text from a few words on what it is about (--preset), or change one that is "
            "there (--do). The result is checked: its form, its length, its language, blanks that were "
            "left. What fails is asked for once more; what still fails is said."
        ),
    )
    write.add_argument(
        "source",
        nargs="?",
        metavar="TEXT|FILE",
        help=tr("what it is about, or the text to change; - for standard input"),
    )
    write.add_argument("--text", metavar="TEXT", help=tr("these words, whatever they look like"))
    write.add_argument(
        "--preset", choices=[each.value for each in Preset], help=tr("what to write (see: write --list)")
    )
    write.add_argument("--do", choices=[kind.value for kind in EditKind], help=tr("what to do with a text"))
    write.add_argument("--list", action="store_true", help=tr("show the presets, and what each takes"))
    _add_wishes(write)
    write.add_argument("--ask", action="store_true", help=tr("ask a quiz's questions, and grade the answers"))
    write.add_argument("--diff", action="store_true", help=tr("show what --do changes: [-out-] and {+in+}"))
    write.add_argument(
        "-o", "--output", type=path, metavar="FILE", help=tr("write the text there, whole or not at all")
    )
    write.set_defaults(run=_run_write)


def _add_wishes(write: ArgumentParser) -> None:
    write.add_argument("--tone", default="", metavar="T", help=tr("friendly, sober, witty …"))
    write.add_argument("--words", type=_num_words, metavar="N", help=tr("about how long"))
    write.add_argument("--audience", default="", metavar="A", help=tr("who reads it, in your words"))
    write.add_argument(
        "--language",
        default="",
        metavar="CODE",
        help=tr("language to write in (default: that of the text)"),
    )
    write.add_argument("--seed", type=seed, metavar="N", help=tr("the same number gives the same text"))


def _num_words(text: str) -> int:
    number = whole(text)
    if not WORDS_MIN <= number <= WORDS_MAX:
        raise argparse.ArgumentTypeError(tr("must be {0} to {1}").format(WORDS_MIN, WORDS_MAX))
    return number


def _run_write(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.write import run

    return run(options)
