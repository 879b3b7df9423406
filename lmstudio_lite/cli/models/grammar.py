"""The grammar of ``models``: one function a verb, each imported when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmstudio_lite.cli.argument_values import (
    any_file_type,
    any_number,
    byte_rate,
    filled,
    language_code,
    path,
    positive,
    size_bytes,
)
from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr


def add_models(verbs: Actions, common: ArgumentParser) -> None:
    """Add ``models`` with its verbs; ``common`` holds the options that every verb takes."""
    models = verbs.add_parser("models", help=tr("what models are there"))
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_list(actions, common)
    _add_remove(actions, common)
    _add_inspect(actions, common)
    _add_split(actions, common)
    _add_merge(actions, common)
    _add_fit(actions, common)
    _add_search(actions, common)
    _add_files(actions, common)
    _add_get(actions, common)
    _add_verify(actions, common)
    _add_recommend(actions, common)
    _add_catalog(actions, common)
    _add_quantize(actions, common)
    _add_convert(actions, common)


def _add_list(actions: Actions, common: ArgumentParser) -> None:
    listing = actions.add_parser("list", parents=[common], help=tr("list the models in the folders"))
    listing.add_argument(
        "--store",
        choices=[store.value for store in Store],
        default="",
        metavar="NAME",
        help=tr("only the models of one program or folder: {0}").format(", ".join(Store)),
    )
    listing.add_argument(
        "--all", action="store_true", help=tr("also projectors, adapters and parts of split models")
    )
    listing.set_defaults(run=_run_list)


def _run_list(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.listing import run

    return run(options)


def _add_remove(actions: Actions, common: ArgumentParser) -> None:
    remove = actions.add_parser("remove", parents=[common], help=tr("move a model into the system's trash"))
    remove.add_argument("model", metavar="NAME|FILE", help=tr("a model's name or file"))
    remove.add_argument("--yes", action="store_true", help=tr("do not ask first"))
    remove.set_defaults(run=_run_remove)


def _run_remove(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.removing import run

    return run(options)


def _add_inspect(actions: Actions, common: ArgumentParser) -> None:
    inspect = actions.add_parser(
        "inspect", parents=[common], help=tr("say what a model file holds and what is wrong with it")
    )
    inspect.add_argument("model", metavar="FILE|NAME", help=tr("a model's file or name"))
    inspect.add_argument("--tensors", action="store_true", help=tr("list the tensors"))
    only = inspect.add_mutually_exclusive_group()
    only.add_argument("--key", metavar="KEY", help=tr("print only the value of this key, whole"))
    only.add_argument("--template", action="store_true", help=tr("print only the chat template"))
    inspect.set_defaults(run=_run_inspect)


def _run_inspect(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.inspect import run

    return run(options)


def _add_split(actions: Actions, common: ArgumentParser) -> None:
    split = actions.add_parser("split", parents=[common], help=tr("write a model as several smaller files"))
    split.add_argument("model", metavar="FILE|NAME", help=tr("a model's file or name"))
    split.add_argument(
        "--max-size", type=size_bytes, required=True, metavar="SIZE", help=tr("of a file: 2G, 700M")
    )
    split.add_argument("--out", metavar="FOLDER", help=tr("where the files go (beside the model)"))
    split.set_defaults(run=_run_split)


def _run_split(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.splitting import run_split

    return run_split(options)


def _add_merge(actions: Actions, common: ArgumentParser) -> None:
    merge = actions.add_parser("merge", parents=[common], help=tr("write a split model as one file"))
    merge.add_argument("model", metavar="FILE|NAME", help=tr("one of the model's files, or its name"))
    merge.add_argument("--out", metavar="FILE", help=tr("the new file (beside the parts)"))
    merge.set_defaults(run=_run_merge)


def _run_merge(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.splitting import run_merge

    return run_merge(options)


def _add_fit(actions: Actions, common: ArgumentParser) -> None:
    fit = actions.add_parser(
        "fit",
        parents=[common],
        help=tr("say what a model would take of this machine, and how fast it would be"),
    )
    fit.add_argument(
        "subject",
        metavar="FILE|NAME|REPO:QUANT",
        help=tr("a model's file or name, or one on the hub"),
    )
    fit.add_argument(
        "--context",
        type=positive,
        default=0,
        metavar="N",
        help=tr("tokens of context (what would be chosen)"),
    )
    fit.add_argument("--kv-type", choices=("f16", "q8_0"), help=tr("how the context is stored"))
    fit.add_argument("--adapter", type=path, metavar="FILE", help=tr("with this LoRA adapter"))
    fit.add_argument("--projector", type=path, metavar="FILE", help=tr("with this projector (mmproj)"))
    _add_endpoint(fit)
    fit.set_defaults(run=_run_fit)


def _run_fit(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.fit import run

    return run(options)


def _add_search(actions: Actions, common: ArgumentParser) -> None:
    search = actions.add_parser("search", parents=[common], help=tr("search the model hub for GGUF models"))
    search.add_argument("words", nargs="+", metavar="WORD", help=tr("words of the model's name"))
    search.add_argument("--limit", type=positive, default=20, metavar="N", help=tr("at most N models (20)"))
    search.add_argument(
        "--sort",
        choices=("downloads", "likes", "updated"),
        default="downloads",
        help=tr("what comes first (downloads)"),
    )
    _add_endpoint(search)
    search.set_defaults(run=_run_search)


def _run_search(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.searching import run_search

    return run_search(options)


def _add_files(actions: Actions, common: ArgumentParser) -> None:
    files = actions.add_parser(
        "files", parents=[common], help=tr("list what there is of a model on the hub, with its sizes")
    )
    files.add_argument("model", metavar="REPO|LINK", help=tr("owner/model, or a link to its page"))
    _add_endpoint(files)
    files.set_defaults(run=_run_files)


def _run_files(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.searching import run_files

    return run_files(options)


def _add_get(actions: Actions, common: ArgumentParser) -> None:
    get = actions.add_parser(
        "get", parents=[common], help=tr("fetch a model; run again, it goes on where it stopped")
    )
    get.add_argument(
        "model", type=filled, metavar="REPO[:QUANT]|URL", help=tr("owner/model:Q4_K_M, or a link to a file")
    )
    get.add_argument(
        "--to", type=path, default=None, metavar="FOLDER", help=tr("put it there (the folder of models)")
    )
    get.add_argument(
        "--limit-rate",
        type=byte_rate,
        default=0,
        metavar="N",
        help=tr("at most N bytes a second; 500k and 2M are understood"),
    )
    _add_endpoint(get)
    get.set_defaults(run=_run_get)


def _run_get(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.getting import run_get

    return run_get(options)


def _add_verify(actions: Actions, common: ArgumentParser) -> None:
    verify = actions.add_parser(
        "verify", parents=[common], help=tr("compare a model's file with what the hub said of it")
    )
    verify.add_argument(
        "model", type=filled, metavar="NAME|FILE", help=tr("the model, by its name or its file")
    )
    verify.set_defaults(run=_run_verify)


def _run_verify(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.verifying import run_verify

    return run_verify(options)


def _add_endpoint(verb: ArgumentParser) -> None:
    verb.add_argument(
        "--endpoint", default="", metavar="URL", help=tr("ask this mirror of the hub (or HF_ENDPOINT)")
    )


def _add_recommend(actions: Actions, common: ArgumentParser) -> None:
    from lmstudio_lite.library.recommend import OFFERED_FOR

    recommend = actions.add_parser(
        "recommend", parents=[common], help=tr("say which models suit this computer; nothing is fetched")
    )
    recommend.add_argument(
        "--task",
        choices=[use.value for use in OFFERED_FOR],
        default=OFFERED_FOR[0].value,
        help=tr("what they are for (default: chat)"),
    )
    recommend.add_argument(
        "--language",
        action="append",
        default=[],
        type=language_code,
        metavar="CODE",
        help=tr("a language that they must know; may be given several times"),
    )
    recommend.add_argument("--all", action="store_true", help=tr("list all that the catalog has, not three"))
    recommend.set_defaults(run=_run_recommend)


def _run_recommend(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.recommending import run

    return run(options)


def _add_catalog(actions: Actions, common: ArgumentParser) -> None:
    catalog = actions.add_parser("catalog", help=tr("the models that the program knows by itself"))
    deeds = catalog.add_subparsers(dest="deed", required=True, metavar="ACTION")
    listing = deeds.add_parser("list", parents=[common], help=tr("list them; no network is needed"))
    listing.set_defaults(run=_run_catalog_list)
    check = deeds.add_parser(
        "check", parents=[common], help=tr("compare each entry with the hub: size, SHA-256, licence")
    )
    check.add_argument("ids", nargs="*", metavar="ID", help=tr("only these entries (default: all)"))
    _add_endpoint(check)
    check.set_defaults(run=_run_catalog_check)


def _run_catalog_list(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.catalog import run_list

    return run_list(options)


def _run_catalog_check(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.catalog import run_check

    return run_check(options)


def _add_quantize(actions: Actions, common: ArgumentParser) -> None:
    quantize = actions.add_parser(
        "quantize", parents=[common], help=tr("write a model in another type, smaller or larger")
    )
    quantize.add_argument("model", metavar="MODEL", help=tr("a model's name or file"))
    quantize.add_argument(
        "type",
        type=any_file_type,
        nargs="?",
        metavar="TYPE",
        help=tr("Q4_K_M, Q8_0 …; without it, what the model would be as each type is listed"),
    )
    quantize.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help=tr("the new file (default: in the models folder)")
    )
    matrix = quantize.add_mutually_exclusive_group()
    matrix.add_argument("--imatrix", type=Path, metavar="FILE", help=tr("use this importance matrix"))
    matrix.add_argument(
        "--calibrate",
        type=Path,
        nargs="*",
        metavar="TEXT",
        help=tr("make an importance matrix from these texts (without any: from the program's own)"),
    )
    quantize.add_argument(
        "--save-imatrix", type=Path, metavar="FILE", help=tr("keep the importance matrix that is made")
    )
    quantize.add_argument(
        "--measure",
        type=Path,
        nargs="*",
        metavar="TEXT",
        help=tr("compare the result with the original over these texts (without any: the program's own)"),
    )
    quantize.add_argument("--adapter", type=Path, metavar="FILE", help=tr("bake this LoRA adapter in first"))
    quantize.add_argument(
        "--strength", type=any_number, default=1.0, metavar="N", help=tr("how strongly to add it (1)")
    )
    quantize.set_defaults(run=_run_quantize)


def _run_quantize(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.quantize import run

    return run(options)


def _add_convert(actions: Actions, common: ArgumentParser) -> None:
    convert = actions.add_parser(
        "convert", parents=[common], help=tr("write a Hugging Face folder with safetensors as GGUF")
    )
    convert.add_argument(
        "folder",
        type=path,
        metavar="FOLDER",
        help=tr("holds config.json, tokenizer.json and model.safetensors"),
    )
    convert.add_argument(
        "-o", "--output", type=path, metavar="FILE", help=tr("the new file (default: in the models folder)")
    )
    convert.add_argument(
        "--type",
        type=any_file_type,
        metavar="TYPE",
        help=tr("Q4_K_M, Q8_0 … (default: the numbers as they are)"),
    )
    convert.add_argument(
        "--calibrate",
        type=Path,
        nargs="*",
        metavar="TEXT",
        help=tr("make an importance matrix from these texts (without any: from the program's own)"),
    )
    convert.set_defaults(run=_run_convert)


def _run_convert(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.converting import run

    return run(options)
