"""The grammar of ``summarize``, ``translate`` and ``read``."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import filled_list, num_words, path
from lmstudio_lite.domain.translations import Register
from lmstudio_lite.settings import Settings
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr

FORMS = (
    "bullets",
    "paragraph",
    "abstract",
    "brief",
    "outline",
    "quotes",
    "glossary",
    "timeline",
    "questions",
    "newcomer",
    "minutes",
)


def add_summarize(verbs: Actions, common: ArgumentParser, reading: ArgumentParser) -> None:
    """Add ``summarize``; ``common`` and ``reading`` hold options that several verbs take."""
    known = Settings().summarize
    summarize = verbs.add_parser("summarize", parents=[common, reading], help=tr("summarize documents"))
    summarize.add_argument("files", nargs="+", metavar="FILE", help=tr("documents; - for standard input"))
    summarize.add_argument("--form", choices=FORMS, default=known.form, help=tr("default: bullets"))
    summarize.add_argument(
        "--words", type=num_words, default=known.words, metavar="N", help=tr("about how long")
    )
    summarize.add_argument(
        "--language", default="", metavar="CODE", help=tr("language of the summary (default: the document's)")
    )
    summarize.add_argument("--focus", default="", metavar="TEXT", help=tr("only what concerns this"))
    summarize.add_argument(
        "--instruction",
        default="",
        metavar="TEXT",
        help=tr("in place of --form: what to write, in your words"),
    )
    summarize.add_argument(
        "--all", action="store_true", help=tr("read contents, references, indexes and menus too")
    )
    summarize.add_argument(
        "--compare", action="store_true", help=tr("after the summaries, what they have in common and don't")
    )
    summarize.add_argument(
        "--output",
        type=path,
        metavar="FILE",
        help=tr("write the summary there, whole or not at all"),
    )
    summarize.add_argument("--keep", action="store_true", help=tr("keep the summaries (see: history list)"))
    summarize.set_defaults(run=_run_summarize)


def add_translate(verbs: Actions, common: ArgumentParser, reading: ArgumentParser) -> None:
    """Add ``translate``; ``common`` and ``reading`` hold options that several verbs take."""
    translate = verbs.add_parser(
        "translate", parents=[common, reading], help=tr("translate a document or a text")
    )
    translate.add_argument(
        "source",
        nargs="?",
        metavar="FILE",
        help=tr("a document, - for standard input, or a sentence in quotes"),
    )
    translate.add_argument(
        "--text", metavar="TEXT", help=tr("translate these words, whatever they look like")
    )
    translate.add_argument(
        "--from", dest="from_language", default="", metavar="CODE", help=tr("default: detect")
    )
    translate.add_argument(
        "--to",
        dest="to_languages",
        type=filled_list,
        default=(Settings().translate.target,),
        metavar="CODE[,CODE]",
        help=tr("one language, or several, one after another"),
    )
    translate.add_argument(
        "-o",
        "--output",
        type=path,
        metavar="FILE",
        help=tr("write the translation there, whole or not at all (documents: default beside the source)"),
    )
    _add_translation_choices(translate)
    translate.add_argument("--keep", action="store_true", help=tr("keep the translation (see: history list)"))
    translate.set_defaults(run=_run_translate)


def _add_translation_choices(translate: ArgumentParser) -> None:
    translate.add_argument(
        "--bilingual",
        nargs="?",
        const="below",
        default="",
        choices=("below", "beside"),
        help=tr("keep the source: the translation below it (default), or beside it in a second column"),
    )
    translate.add_argument(
        "--columns",
        type=filled_list,
        default=(),
        metavar="NAME[,NAME]",
        help=tr("of a table only these columns, by name or number"),
    )
    translate.add_argument("--sheet-names", action="store_true", help=tr("translate names of sheets too"))
    address = translate.add_mutually_exclusive_group()
    for register, words in (
        (Register.FORMAL, tr("address the reader formally")),
        (Register.INFORMAL, tr("address the reader informally")),
    ):
        address.add_argument(
            f"--{register.value}",
            dest="register",
            action="store_const",
            const=register,
            default=Register.ANY,
            help=words,
        )
    translate.add_argument(
        "--glossary",
        action="append",
        default=[],
        type=path,
        metavar="FILE",
        help=tr("hold the translation to the terms of a CSV, TSV or TBX file; repeatable"),
    )
    translate.add_argument(
        "--memory", type=path, metavar="FILE", help=tr("use the accepted segments of a TMX file")
    )
    translate.add_argument("--audience", default="", metavar="TEXT", help=tr("who reads it, in your words"))
    translate.add_argument(
        "--project", default="", metavar="NAME", help=tr("whose glossaries and memory are used")
    )


def add_read(verbs: Actions, common: ArgumentParser, reading: ArgumentParser) -> None:
    """Add ``read``; ``common`` and ``reading`` hold options that several verbs take."""
    read = verbs.add_parser(
        "read",
        parents=[common, reading],
        help=tr("show the text of documents, and what of them can't be read"),
        description=tr(
            "Print the text of documents as the program reads it, as Markdown. No model is loaded. What "
            "can't be read is named on standard error. With --json each file is an object: its text, its "
            "parts and how each was read."
        ),
    )
    read.add_argument("files", nargs="+", metavar="FILE", help=tr("documents; - for standard input"))
    read.add_argument(
        "--output", type=path, metavar="FILE", help=tr("write the text there, whole or not at all")
    )
    read.set_defaults(run=_run_read)


def _run_summarize(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.summarize import run

    return run(options)


def _run_translate(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.translate import run

    return run(options)


def _run_read(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.read import run

    return run(options)
