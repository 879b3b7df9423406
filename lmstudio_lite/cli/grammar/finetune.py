"""The grammar of ``finetune``."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmstudio_lite.cli.argument_values import (
    above_zero,
    exports,
    file_type,
    filled,
    path,
    positive,
    seed,
    share,
)
from lmstudio_lite.finetune.protocol import Device, FinetuneSettings, Precision
from lmstudio_lite.finetune.sizes import Size
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr


def add_finetune(verbs: Actions, common: ArgumentParser, reading: ArgumentParser) -> None:
    """Add ``finetune``; ``common`` and ``reading`` hold options that several verbs take."""
    known = FinetuneSettings()
    finetune = verbs.add_parser(
        "finetune",
        parents=[common, reading],
        help=tr("teach a model from your own data"),
        description=tr(
            "Teach a model from examples and write it as GGUF. Ctrl-C ends the training there and "
            "keeps what was learned; a second Ctrl-C leaves it for --resume. With --json each event "
            "is a line."
        ),
    )
    finetune.add_argument(
        "--base", type=filled, metavar="NAME|FILE", help=tr("model to begin with (see: models list)")
    )
    finetune.add_argument(
        "--from-scratch",
        action="store_true",
        help=tr("begin with nothing: a new tokenizer and a small model"),
    )
    finetune.add_argument(
        "--data",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help=tr("examples: JSON lines, tables, texts"),
    )
    sizes = [size.value for size in Size]
    finetune.add_argument("--size", choices=sizes, default="small", help=tr("how large it is, from nothing"))
    finetune.add_argument("--output", type=path, required=True, metavar="DIR", help=tr("folder of this run"))
    finetune.add_argument("--resume", action="store_true", help=tr("go on with the run in that folder"))
    finetune.add_argument("--steps", type=positive, metavar="N", help=tr("end after so many steps"))
    finetune.add_argument(
        "--epochs", type=above_zero, default=known.epochs, metavar="N", help=tr("passes (default: 3)")
    )
    finetune.add_argument("--method", choices=("lora", "rslora", "dora", "full"), default="lora")
    finetune.add_argument("--rank", type=positive, default=known.rank, metavar="R", help=tr("default: 16"))
    finetune.add_argument("--alpha", type=above_zero, metavar="A", help=tr("default: twice the rank"))
    finetune.add_argument("--learning-rate", type=above_zero, metavar="X", help=tr("default: by the method"))
    finetune.add_argument("--batch-size", type=positive, default=known.batch_size, metavar="N")
    finetune.add_argument("--max-length", type=positive, default=known.max_length, metavar="TOKENS")
    finetune.add_argument(
        "--packing", action="store_true", help=tr("fill windows of that length with examples")
    )
    finetune.add_argument(
        "--validation", type=share, default=0.1, metavar="SHARE", help=tr("held back: 0 to 0.5")
    )
    finetune.add_argument(
        "--prompt", action="append", default=[], metavar="TEXT", help=tr("answered on the way")
    )
    finetune.add_argument("--seed", type=seed, default=known.seed, metavar="N")
    finetune.add_argument("--device", choices=[device.value for device in Device], default="auto")
    finetune.add_argument("--precision", choices=[kind.value for kind in Precision], default="auto")
    finetune.add_argument(
        "--export", type=exports, metavar="adapter,merged", help=tr("what to write (default: adapter)")
    )
    finetune.add_argument(
        "--quantize", type=file_type, metavar="TYPE", help=tr("of the merged model: Q8_0, Q4_K_M …")
    )
    finetune.set_defaults(run=_run_finetune)


def _run_finetune(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.finetune import run

    return run(options)
