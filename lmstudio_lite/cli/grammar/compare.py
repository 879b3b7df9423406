"""The grammar of ``compare``."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import filled, path
from lmstudio_lite.words.argument_parser import Actions
from lmstudio_lite.words.translate import tr


def add_compare(verbs: Actions) -> None:
    """Add ``compare``, which takes some options twice: for the first contender and for the second."""
    compare = verbs.add_parser(
        "compare",
        help=tr("ask two models, adapters or personas the same, and vote"),
        description=tr(
            "Ask two contenders the same. Each of --model, --adapter, --persona and --temperature may be "
            "given twice, for the first and the second; given once it holds for both. Two models are "
            "loaded one after the other."
        ),
    )
    compare.add_argument("prompt", nargs="?", metavar="PROMPT", help=tr("what to ask; - for standard input"))
    compare.add_argument(
        *("--model",),
        type=filled,
        action="append",
        default=[],
        metavar="NAME|FILE",
        help=tr("a model (see: models list); the default one without"),
    )
    compare.add_argument(
        *("--adapter",), action="append", default=[], metavar="FILE|-", help=tr("a LoRA adapter; - for none")
    )
    compare.add_argument(
        *("--persona",), action="append", default=[], metavar="NAME|-", help=tr("a persona; - for none")
    )
    compare.add_argument(
        "--temperature", action="append", default=[], type=_temperature, metavar="T", help=tr("0 to 2")
    )
    compare.add_argument(
        "--blind", action="store_true", help=tr("hide who is who, and shuffle, until you have voted")
    )
    compare.add_argument("--table", action="store_true", help=tr("show who wins how often here"))
    compare.add_argument(
        "--export", type=path, metavar="FILE", help=tr("write the votes as preferences (JSON lines)")
    )
    compare.add_argument("--json", action="store_true", help=tr("print one JSON object"))
    compare.add_argument("--data-dir", type=path, metavar="DIR", help=tr("keep everything in this folder"))
    compare.set_defaults(run=_run)


def _temperature(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 2:
        raise argparse.ArgumentTypeError(tr("a temperature is between 0 and 2"))
    return value


def _run(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli import compare

    return compare.run(options)
