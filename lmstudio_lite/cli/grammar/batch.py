"""The grammar of ``classify`` and ``extract``; what they do is imported when they run."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import filled, path
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr

PRESETS = ("sentiment",)


def add_batch(verbs: Actions, common: ArgumentParser, reading: ArgumentParser) -> None:
    """Add both verbs; ``common`` and ``reading`` have the options that others take too."""
    classify = verbs.add_parser(
        "classify", parents=[common, reading], help=tr("give each line or row of a table one of some labels")
    )
    _add_source(classify)
    classify.add_argument(
        "--labels",
        metavar="A,B",
        help=tr("the labels, with commas between them; one with a comma stands in quotes: '\"a, b\",c'"),
    )
    classify.add_argument(
        "--preset", choices=PRESETS, help=tr("labels that come with the program, in place of --labels")
    )
    classify.add_argument(
        "--truth",
        type=filled,
        default=None,
        metavar="COLUMN",
        help=tr("column with the true labels: they are counted against, and calibrate the probabilities"),
    )
    classify.set_defaults(run=_run_classify)
    extract = verbs.add_parser(
        "extract", parents=[common, reading], help=tr("take values out of each line or row of a table")
    )
    _add_source(extract)
    extract.add_argument(
        "--schema",
        type=filled,
        required=True,
        metavar="S",
        help=tr('the values: "name, date, amount:number", a JSON schema, or a file with one'),
    )
    extract.set_defaults(run=_run_extract)


def _add_source(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source", metavar="FILE", help=tr("a text by lines, CSV, TSV, XLSX or ODS; - for standard input")
    )
    parser.add_argument(
        "--column",
        type=filled,
        default=None,
        metavar="NAME",
        help=tr("column of a table, by its name or its number from 1 (default: “text”, or the only one)"),
    )
    parser.add_argument(
        "-o",
        "--output",
        type=path,
        metavar="FILE",
        help=tr("write a table there, whole or not at all: .csv, .tsv, .xlsx or .json"),
    )


def _run_classify(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.batch import classify

    return classify(options)


def _run_extract(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.batch import extract

    return extract(options)
