"""The grammar of ``bench``."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import path
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr


def add_bench(verbs: Actions, common: ArgumentParser) -> None:
    """Add ``bench``; ``common`` holds options that several verbs take."""
    bench = verbs.add_parser(
        "bench",
        parents=[common],
        help=tr("measure the engine against what it could be"),
        description=tr(
            "Measure the engine against what it could be. With --json each row is a line as soon as "
            "it is known; the first line says what is measured and about how long it takes."
        ),
    )
    bench.add_argument("--only", action="append", metavar="NAME", help=tr("take this measure; repeatable"))
    bench.add_argument("--quick", action="store_true", help=tr("small sizes: whether it works, not how well"))
    bench.add_argument("--llama-server", type=path, metavar="FILE", help=tr("llama-server to compare with"))
    bench.add_argument("--file", type=path, metavar="FILE", help=tr("document for the measures of documents"))
    bench.add_argument(
        "--document",
        action="append",
        default=[],
        metavar="NAME",
        help=tr("of the quality bench's documents only those (en-*); repeatable"),
    )
    bench.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="RULE",
        help=tr(
            "take the quality bench with this rule of the summaries off; repeatable; “all-in-turn” tries each"
        ),
    )
    bench.add_argument("--list-rules", action="store_true", help=tr("name the rules that --without knows"))
    bench.set_defaults(run=_run_bench)


def _run_bench(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.bench import run

    return run(options)
