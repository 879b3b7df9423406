"""The command line's grammar. Verbs are imported when they run, so ``--help`` costs nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmstudio_lite import __version__
from lmstudio_lite.cli.argument_values import (
    above_zero,
    encoding,
    exports,
    file_type,
    filled,
    filled_list,
    num_words,
    path,
    positive,
    seed,
    share,
)
from lmstudio_lite.cli.batch_grammar import add_batch
from lmstudio_lite.cli.compare_grammar import add_compare
from lmstudio_lite.cli.folders import add_folders
from lmstudio_lite.cli.knowledge.grammar import add_knowledge
from lmstudio_lite.cli.models.grammar import add_models
from lmstudio_lite.cli.personas.grammar import add_control, add_personas
from lmstudio_lite.cli.terms.grammar import add_terms
from lmstudio_lite.cli.writing_grammar import add_write
from lmstudio_lite.domain.translations import Register
from lmstudio_lite.finetune.protocol import Device, FinetuneSettings, Precision
from lmstudio_lite.finetune.sizes import Size
from lmstudio_lite.settings import Settings
from lmstudio_lite.words.argument_parser import ArgumentParser
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


def build_parser() -> ArgumentParser:
    """Return the parser; each verb's ``run`` takes the parsed options and returns the exit code."""
    parser = ArgumentParser(
        prog="lmstudio-lite",
        description=tr("Chat, summarize and translate offline. Without a verb the window opens."),
    )
    parser.add_argument("--version", action="version", version=f"LM Studio Lite {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    common = _common_options()
    _add_chat(verbs, common)
    _add_summarize(verbs, common)
    _add_translate(verbs, common)
    _add_read(verbs, common)
    add_batch(verbs, common, _reading_options())
    add_terms(verbs, common)
    add_personas(verbs, common)
    add_knowledge(verbs, common)
    add_compare(verbs)
    add_write(verbs, [common, _reading_options()])
    _add_history(verbs, common)
    add_models(verbs, common)
    doctor = verbs.add_parser(
        "doctor", parents=[common], help=tr("show what is installed and try one decode")
    )
    doctor.set_defaults(run=_run_doctor)
    _add_bench(verbs, common)
    _add_finetune(verbs, common)
    return parser


def _reading_options() -> ArgumentParser:
    reading = ArgumentParser(add_help=False)
    reading.add_argument(
        "--encoding",
        type=encoding,
        default="",
        metavar="NAME",
        help=tr("how the bytes of texts are to be read: koi8-r, gb18030 … (default: found out)"),
    )
    return reading


def _common_options() -> ArgumentParser:
    common = ArgumentParser(add_help=False)
    common.add_argument(
        "--model", type=filled, metavar="NAME|FILE", help=tr("model to use (see: models list)")
    )
    common.add_argument(
        "--anyway", action="store_true", help=tr("load the model even if it is too large for this memory")
    )
    common.add_argument("--json", action="store_true", help=tr("print one JSON object"))
    common.add_argument("--data-dir", type=path, metavar="DIR", help=tr("keep everything in this folder"))
    return common


def _add_chat(verbs: argparse._SubParsersAction[ArgumentParser], common: ArgumentParser) -> None:
    chat = verbs.add_parser("chat", parents=[common, _reading_options()], help=tr("talk with the model"))
    chat.add_argument(
        "text", nargs="?", help=tr("one question; - reads it from standard input; none: a dialogue")
    )
    chat.add_argument("--prompt", metavar="TEXT", help=tr("the question, whatever it looks like"))
    chat.add_argument(
        "--file", action="append", default=[], metavar="FILE", help=tr("document to answer from; repeatable")
    )
    chat.add_argument(
        "--folder",
        type=path,
        metavar="DIR",
        help=tr("answer from the documents in this folder, which is read first (knowledge add)"),
    )
    chat.add_argument(
        "--read-all", action="store_true", help=tr("put the question to every part of long documents")
    )
    chat.add_argument(
        "--continue",
        dest="continues",
        metavar="ID",
        default="",
        help=tr("go on with a conversation that is kept (history list)"),
    )
    add_control(chat)
    chat.set_defaults(run=_run_chat)


def _add_summarize(verbs: argparse._SubParsersAction[ArgumentParser], common: ArgumentParser) -> None:
    known = Settings().summarize
    summarize = verbs.add_parser(
        "summarize", parents=[common, _reading_options()], help=tr("summarize documents")
    )
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


def _add_translate(verbs: argparse._SubParsersAction[ArgumentParser], common: ArgumentParser) -> None:
    translate = verbs.add_parser(
        "translate", parents=[common, _reading_options()], help=tr("translate a document or a text")
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


def _add_read(verbs: argparse._SubParsersAction[ArgumentParser], common: ArgumentParser) -> None:
    read = verbs.add_parser(
        "read",
        parents=[common, _reading_options()],
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


def _add_history(verbs: argparse._SubParsersAction[ArgumentParser], common: ArgumentParser) -> None:
    history = verbs.add_parser("history", help=tr("what is kept of chats, summaries and translations"))
    actions = history.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", parents=[common], help=tr("list what is kept, the newest first"))
    listing.add_argument("--kind", choices=("chat", "summary", "translation"), help=tr("only these"))
    listing.add_argument("--search", default="", metavar="TEXT", help=tr("only what has these words"))
    listing.add_argument("--limit", type=positive, default=50, metavar="N", help=tr("at most (default: 50)"))
    listing.add_argument(
        "--folder", default="", metavar="NAME", help=tr("only conversations in it, and in folders within it")
    )
    listing.set_defaults(run=_run_history_list)
    add_folders(actions, common)
    show = actions.add_parser("show", parents=[common], help=tr("show one of them whole"))
    show.add_argument("id", type=filled, metavar="ID", help=tr("as listed, or its beginning"))
    show.set_defaults(run=_run_history_show)
    resume = actions.add_parser("resume", parents=[common], help=tr("go on with what was not finished"))
    resume.add_argument("id", type=filled, metavar="ID", help=tr("as listed, or its beginning"))
    resume.set_defaults(run=_run_history_resume)
    export = actions.add_parser(
        "export",
        parents=[common],
        help=tr("write conversations into a file (Markdown, HTML, Word, PDF, text, JSON)"),
    )
    export.add_argument("ids", type=filled, nargs="*", metavar="ID", help=tr("as listed, or its beginning"))
    export.add_argument("--all", action="store_true", help=tr("all conversations that are not in the bin"))
    export.add_argument(
        "--search",
        metavar="TEXT",
        help=tr("those that have these words, a tag (#trip) or lie in a folder (in:work)"),
    )
    export.add_argument(
        "--message", default="", metavar="ID", help=tr("one message (see: history show --json)")
    )
    export.add_argument(
        "-o",
        "--output",
        type=path,
        metavar="FILE",
        help=tr("its ending says what is written (default: print)"),
    )
    export.add_argument(
        "--format",
        choices=("md", "html", "docx", "pdf", "txt", "json", "lmschat"),
        help=tr("whatever the file is called"),
    )
    export.set_defaults(run=_run_history_export)
    bring = actions.add_parser(
        "import",
        parents=[common],
        help=tr(
            "bring conversations in: this program's JSON, exports of ChatGPT, Claude, LM Studio, Jan, "
            "Open WebUI and SillyTavern"
        ),
    )
    bring.add_argument(
        "files", type=path, nargs="+", metavar="FILE", help=tr(".lmschat, .json, .jsonl or .zip")
    )
    bring.set_defaults(run=_run_history_import)


def _add_bench(verbs: argparse._SubParsersAction[ArgumentParser], common: ArgumentParser) -> None:
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


def _add_finetune(verbs: argparse._SubParsersAction[ArgumentParser], common: ArgumentParser) -> None:
    known = FinetuneSettings()
    finetune = verbs.add_parser(
        "finetune",
        parents=[common, _reading_options()],
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


def _run_chat(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.chat import run

    return run(options)


def _run_summarize(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.summarize import run

    return run(options)


def _run_translate(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.translate import run

    return run(options)


def _run_read(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.read import run

    return run(options)


def _run_history_list(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.history import run_list

    return run_list(options)


def _run_history_show(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.history import run_show

    return run_show(options)


def _run_history_resume(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.history import run_resume

    return run_resume(options)


def _run_history_export(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.chat_files import run_export

    return run_export(options)


def _run_history_import(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.chat_files import run_import

    return run_import(options)


def _run_doctor(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.doctor import run

    return run(options)


def _run_bench(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.bench import run

    return run(options)


def _run_finetune(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.finetune import run

    return run(options)
