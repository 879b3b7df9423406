"""The words people read about failures and amounts, said once for the window, the terminal and the server.

``explain`` turns an error into what happened and what to do next, ``explain_warning`` says what a
finished result should be trusted with. Every code of ``errors`` and of ``tasks.checks`` has its entry;
tests prove it. The sentences use the details where they are there and stay whole where they are not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

from lmstudio_lite.errors import AppError, Detail

Details = dict[str, Detail]


@dataclass(frozen=True, slots=True)
class Explanation:
    """``what`` happened and the ``remedy``, each a sentence or two; ``remedy`` is never empty."""

    what: str
    remedy: str


def explain(error: AppError) -> Explanation:
    """Say what ``error`` means and what to do; an unknown code is named so that it can be reported."""
    words = _WORDS.get(error.code)
    if words is None or "unknown_code" in error.details:
        code = error.details.get("unknown_code", error.code)
        return Explanation(
            f"Something went wrong ({code}).", "Try again. If it happens again, report this code."
        )
    return words(error.details)


class Finding(Protocol):
    """What ``tasks.checks.TaskWarning`` is to this module, which imports nothing above it."""

    @property
    def code(self) -> str: ...
    @property
    def num_affected(self) -> int: ...
    @property
    def num_total(self) -> int: ...


def explain_warning(finding: Finding) -> str:
    """Say in a sentence or two what is wrong with a result, and in how much of it."""
    alone, several = _WARNINGS.get(finding.code, _UNKNOWN_WARNING)
    if finding.num_total <= 1:
        return alone
    return several.format(finding.num_affected, finding.num_total)


def warning_codes() -> frozenset[str]:
    """Return the codes that ``explain_warning`` has words for."""
    return frozenset(_WARNINGS)


def say_size(num_bytes: float) -> str:
    """Word a size in decimal units: ``5.1 GB``, ``640 MB``, ``12 kB``, ``0 bytes``."""
    if num_bytes >= 1e9:
        return f"{num_bytes / 1e9:.1f} GB"
    if num_bytes >= 1e6:
        return f"{num_bytes / 1e6:.0f} MB"
    if num_bytes >= 1e3:
        return f"{num_bytes / 1e3:.0f} kB"
    return f"{num_bytes:.0f} bytes"


def say_duration(seconds: float) -> str:
    """Word a time left, no finer than it can be known: ``8 s``, ``40 s``, ``3 min``, ``2 h 10 min``."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 55:
        return f"{round(seconds / 5) * 5} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _name(details: Details) -> str:
    path = str(details.get("path", ""))
    return f"“{PurePath(path).name}”" if path else "The file"


def _bytes(details: Details, key: str) -> str:
    value = details.get(key)
    return say_size(value) if isinstance(value, int | float) else "an unknown amount"


def _number(details: Details, key: str) -> str:
    value = details.get(key)
    return f"{value:,}" if isinstance(value, int | float) else "an unknown number of"


def _reason(details: Details) -> str:
    reason = str(details.get("reason", "")).strip()
    return f" ({reason})" if reason else ""


def _fixed(what: str, remedy: str) -> Callable[[Details], Explanation]:
    explanation = Explanation(what, remedy)
    return lambda details: explanation


def _about_file(what: str, remedy: str) -> Callable[[Details], Explanation]:
    return lambda details: Explanation(what.format(_name(details)), remedy)


_MODEL_FILE_REASONS = {
    "empty": "{0} is an empty file.",
    "not_gguf": "{0} is not a model in GGUF format.",
    "truncated": "{0} is incomplete: its end is missing.",
    "unsupported_version": "{0} is a GGUF version that this program does not know.",
    "absurd_metadata": "{0} is damaged: its description makes no sense.",
    "unreadable": "{0} can't be read.",
    "big_endian": "{0} was made for another kind of processor (big-endian).",
    "no_tensors": "{0} holds no model weights.",
    "adapter": "{0} is an adapter, not a whole model.",
    "embeds_only": "{0} compares texts; it can't write any.",
}
_MODEL_FILE_REMEDIES = {
    "empty": "Download it again, or choose another model.",
    "truncated": "The download was probably interrupted: download it again, or choose another model.",
    "unsupported_version": "Update this program, or choose another version of the model.",
    "unreadable": "Check that the file is there and that you may open it.",
    "not_gguf": "Choose a file whose name ends in .gguf.",
    "adapter": "Choose the model that it was trained on.",
    "embeds_only": "Choose another model to write with. This one finds evidence for summaries by itself.",
}


def _model_file(details: Details) -> Explanation:
    reason = str(details.get("reason", ""))
    what = _MODEL_FILE_REASONS.get(reason, "{0} is not a usable model file.").format(_name(details))
    return Explanation(
        what, _MODEL_FILE_REMEDIES.get(reason, "Choose another model, or download this one again.")
    )


def _model_too_large(details: Details) -> Explanation:
    needed, available = _bytes(details, "needed_bytes"), _bytes(details, "available_bytes")
    return Explanation(
        f"{_name(details)} needs {needed} of memory; {available} are free.",
        "Close other programs, choose a smaller model or quantization, or set a smaller context.",
    )


def _model_load(details: Details) -> Explanation:
    return Explanation(
        f"{_name(details)} could not be loaded{_reason(details)}.",
        "Choose another model. “doctor” on the command line says what this machine can run.",
    )


def _prompt_too_long(details: Details) -> Explanation:
    prompt, context = _number(details, "num_prompt_tokens"), _number(details, "context_size")
    return Explanation(
        f"The text is too long for this model: {prompt} tokens, and its context holds {context}.",
        "Shorten the text, start a new conversation, or set a larger context.",
    )


def _context_full(details: Details) -> Explanation:
    return Explanation(
        f"The model's context of {_number(details, 'context_size')} tokens is full.",
        "Start a new conversation, or set a larger context.",
    )


def _template(details: Details) -> Explanation:
    return Explanation(
        f"The model's chat template does not work with this conversation{_reason(details)}.",
        "Choose another model, or start a new conversation.",
    )


def _decode(details: Details) -> Explanation:
    status = details.get("status")
    detail = f" (status {status})" if status is not None else ""
    return Explanation(
        f"The model could not compute an answer{detail}.",
        "Try again. If it happens again, load the model anew.",
    )


def _bad_request(details: Details) -> Explanation:
    return Explanation(f"The request can't be carried out{_reason(details)}.", "Change it and try again.")


def _adapter(details: Details) -> Explanation:
    if details.get("reason") == "not_found":
        return Explanation(f"The adapter {_name(details)} is not there.", "Check its name and folder.")
    return Explanation(
        f"The adapter {_name(details)} can't be used with this model{_reason(details)}.",
        "Choose an adapter that was trained on this model.",
    )


def _engine_unavailable(details: Details) -> Explanation:
    return Explanation(f"The engine is not running{_reason(details)}.", "Load the model again.")


def _engine_crash_loop(details: Details) -> Explanation:
    return Explanation(
        f"The engine ended {_number(details, 'num_crashes')} times in a row{_reason(details)}.",
        "Choose a smaller or another model. “doctor” on the command line tests the engine on this machine.",
    )


def _document_scanned(details: Details) -> Explanation:
    pages = details.get("num_pages")
    if pages == 0:
        return Explanation(
            f"{_name(details)} is a picture.",
            "Install Tesseract with your language to read the text in pictures here.",
        )
    extent = "" if pages is None else " (1 page)" if pages == 1 else f" ({pages} pages)"
    return Explanation(
        f"{_name(details)} is a scan{extent}: it holds pictures of pages, no text.",
        "Install Tesseract with your language to read scans here, or run it through OCRmyPDF first.",
    )


def _document_unsupported(details: Details) -> Explanation:
    mime_type = str(details.get("mime_type", ""))
    kind = f" ({mime_type})" if mime_type else ""
    return Explanation(
        f"{_name(details)} is of a kind that can't be read{kind}.",
        "Save it as PDF, Word, OpenDocument, EPUB, HTML, Markdown or plain text.",
    )


_DAMAGED_REASONS = {
    "corrupt": (
        "{0} is damaged: its contents can't be made out.",
        "Open it in the program that made it and save it again, or get another copy.",
    ),
    "permission": (
        "{0} may not be read by you.",
        "Allow reading it in its properties, or copy it to a folder of yours.",
    ),
    "unreadable": (
        "{0} can't be read from where it lies.",
        "Check that its drive is connected, or copy it to this machine, and try again.",
    ),
    "crashed": (
        "{0} could not be read: something in it breaks the reader.",
        "Save it again in its own program, or as plain text. Nothing else was affected.",
    ),
    "out_of_memory": (
        "{0} would take more memory to read than a document may use here.",
        "Split it into parts, or save it in a simpler format such as plain text.",
    ),
}


def _document_damaged(details: Details) -> Explanation:
    what, remedy = _DAMAGED_REASONS.get(str(details.get("reason", "")), _DAMAGED_REASONS["corrupt"])
    return Explanation(what.format(_name(details)), remedy)


def _document_too_large(details: Details) -> Explanation:
    size, limit = _bytes(details, "size_bytes"), _bytes(details, "limit_bytes")
    return Explanation(
        f"{_name(details)} is too large: {size}, and the limit is {limit}.",
        "Split it into parts, and read one at a time.",
    )


def _document_timeout(details: Details) -> Explanation:
    limit = details.get("limit_s")
    span = f" within {say_duration(limit)}" if isinstance(limit, int | float) else " in time"
    return Explanation(
        f"{_name(details)} could not be read{span}.",
        "Save it in a simpler format (plain text, Markdown) or split it into parts.",
    )


def _dataset_line(details: Details) -> Explanation:
    line = details.get("line")
    where = f"Line {line:,} of {_name(details)}" if isinstance(line, int) else f"A line of {_name(details)}"
    return Explanation(f"{where} can't be read as an example{_reason(details)}.", "Prepare the data again.")


_OBSTACLES = {
    "no_class": "the training components read its files, but have no model to make of them",
    "old_experts": "this file keeps each expert by itself, an old form that llama.cpp no longer reads either",
    "not_causal": "it does not write text word by word",
    "unknown": "the training components don't know it",
}


def _architecture_unsupported(details: Details) -> Explanation:
    name = details.get("architecture", "this kind")
    reason = str(details.get("reason", ""))
    why = f": {_OBSTACLES.get(reason, reason)}" if reason else ""
    return Explanation(
        f"Models of the kind {name} can't be trained here{why}.",
        "Choose a model of another kind, for example llama, qwen2, qwen3, gemma3 or phi3.",
    )


def _training_memory(details: Details) -> Explanation:
    available = f" ({_bytes(details, 'available_bytes')} are free)" if "available_bytes" in details else ""
    return Explanation(
        f"Training ran out of memory{available}, even with one example at once.",
        "Close other programs, shorten the longest examples (maximum length), or choose a smaller model. "
        "What was learned up to the last checkpoint is kept.",
    )


def _loss_diverged(details: Details) -> Explanation:
    step = details.get("step")
    where = f" at step {step:,}" if isinstance(step, int) else ""
    return Explanation(
        f"The training went astray{where}: its error is no number any more.",
        "Use a lower learning rate. The last checkpoint from before is kept.",
    )


def _kl(details: Details) -> str:
    kl, limit = details.get("kl"), details.get("kl_limit")
    if isinstance(kl, int | float) and isinstance(limit, int | float):
        return f" (they differ by {kl:.3f} nat, {limit:.3f} are allowed)"
    return ""


def _base_mismatch(details: Details) -> Explanation:
    return Explanation(
        f"The training components compute this model otherwise than the engine does{_kl(details)}.",
        "What they would train could not be used: choose another model.",
    )


def _export_mismatch(details: Details) -> Explanation:
    return Explanation(
        f"The written model does not answer as the trained one does{_kl(details)}, so it was not kept.",
        "Export again in a more exact type (F16, Q8_0). What was learned is kept.",
    )


def _export_impossible(details: Details) -> Explanation:
    method, kind = details.get("method", "this method"), details.get("kind", "this kind of file")
    return Explanation(
        f"What {method} trains can't be written as {kind}.", "Export a merged model, or train with LoRA."
    )


def _training_tools_missing(details: Details) -> Explanation:
    package = details.get("package", "")
    return Explanation(
        f"The training components are not installed{f' ({package} is missing)' if package else ''}.",
        "Add them: pip install “lmstudio-lite[finetune]”.",
    )


def _training_worker(details: Details) -> Explanation:
    if details.get("reason") == "SIGKILL":
        return Explanation(
            "The training was ended from outside, most likely for want of memory.",
            "Close other programs, then take it up again: it goes on from the last checkpoint.",
        )
    return Explanation(
        f"The training ended unexpectedly{_reason(details)}.",
        "Take it up again: it goes on from the last checkpoint. worker.log in its folder says more.",
    )


def _run_in_use(details: Details) -> Explanation:
    return Explanation(
        f"Another training already works in {details.get('path', 'this folder')}.",
        "Wait for it or stop it (it may belong to another window or terminal), or choose another folder.",
    )


def _checkpoint_missing(details: Details) -> Explanation:
    return Explanation(
        f"There is no checkpoint of what was trained with this model and data in {_name(details)}.",
        "Put the model and the data back as they were, or train again.",
    )


def _data_folder_read_only(details: Details) -> Explanation:
    return Explanation(
        f"The data folder {details.get('path', '')} can't be written to.".replace("  ", " "),
        "Allow writing to it, or start the program with --data-dir and a folder of yours.",
    )


def _disk_full(details: Details) -> Explanation:
    path = details.get("path", "")
    return Explanation(
        f"The disk is full; {path} could not be written." if path else "The disk is full.",
        "Free some space. What was saved before is safe.",
    )


def _database_damaged(details: Details) -> Explanation:
    return Explanation(
        f"The database {_name(details)} is damaged{_reason(details)}.",
        "Move it out of the data folder and start again with an empty one. Keep the old file for repair.",
    )


def _database_too_new(details: Details) -> Explanation:
    found, known = details.get("found_version", "?"), details.get("known_version", "?")
    return Explanation(
        f"The data was written by a newer version of this program (format {found}, this one knows {known}).",
        "Update the program, or start it with --data-dir and another folder.",
    )


def _settings(details: Details) -> Explanation:
    return Explanation(
        f"The settings file {_name(details)} has a value that can't be used{_reason(details)}.",
        "Its default is used instead. Change it in the settings, or correct the file.",
    )


_WORDS: dict[str, Callable[[Details], Explanation]] = {
    "error": _fixed("Something went wrong.", "Try again. If it happens again, report it."),
    "model": _fixed("The model can't be used.", "Choose another model."),
    "no_model": _fixed(
        "No model is loaded, and none was found.",
        "Choose a model file (.gguf), or install the starter model.",
    ),
    "model_not_found": _about_file("{0} is not there.", "It may have been moved or deleted: choose a model."),
    "model_file": _model_file,
    "model_too_large": _model_too_large,
    "model_load": _model_load,
    "engine": _fixed("The engine could not do this.", "Try again, or load the model again."),
    "prompt_too_long": _prompt_too_long,
    "context_full": _context_full,
    "template": _template,
    "decode": _decode,
    "bad_request": _bad_request,
    "adapter": _adapter,
    "engine_unavailable": _engine_unavailable,
    "engine_crash_loop": _engine_crash_loop,
    "document": _about_file("{0} can't be used.", "Try another file, or save it in another format."),
    "document_not_found": _about_file("{0} is not there.", "Check its name and folder."),
    "document_vanished": _about_file(
        "{0} disappeared or changed while it was read.", "Check that its drive is connected, and try again."
    ),
    "document_encrypted": _about_file(
        "{0} is protected by a password.",
        "Open it in its own program, save a copy without password, and use the copy.",
    ),
    "document_empty": _about_file("{0} holds no text.", "Choose another file."),
    "document_scanned": _document_scanned,
    "document_unsupported": _document_unsupported,
    "document_damaged": _document_damaged,
    "document_too_large": _document_too_large,
    "document_timeout": _document_timeout,
    "dataset": _fixed("The data can't be learned from.", "Choose other data."),
    "dataset_line": _dataset_line,
    "dataset_unknown": _about_file(
        "{0} holds no examples of a kind that is known here.",
        "Use JSON lines with messages, instructions or conversations, a table with two columns, "
        "a translation memory (TMX), or a text.",
    ),
    "dataset_empty": _fixed(
        "There is no example to learn from.", "Add data, or look at the problems that were found in it."
    ),
    "training": _fixed("The training could not go on.", "Take it up again from the last checkpoint."),
    "training_tools_missing": _training_tools_missing,
    "architecture_unsupported": _architecture_unsupported,
    "training_memory": _training_memory,
    "loss_diverged": _loss_diverged,
    "base_mismatch": _base_mismatch,
    "export_mismatch": _export_mismatch,
    "export_impossible": _export_impossible,
    "training_worker": _training_worker,
    "run_in_use": _run_in_use,
    "checkpoint_missing": _checkpoint_missing,
    "storage": _fixed(
        "The data folder can't be used.", "Start the program with --data-dir and another folder."
    ),
    "data_folder_read_only": _data_folder_read_only,
    "disk_full": _disk_full,
    "database_damaged": _database_damaged,
    "database_too_new": _database_too_new,
    "already_running": _fixed(
        "The program is already running with this data folder.",
        "Use the window that is open, or start with --data-dir and another folder.",
    ),
    "settings": _settings,
    "cancelled": _fixed("Stopped.", "Start it again when you like."),
}

_UNKNOWN_WARNING = ("Something about this result is doubtful.", "{0} of {1} parts are doubtful.")
_WARNINGS: dict[str, tuple[str, str]] = {
    "summary_extract": (
        "The model could not summarize this text. The quoted sentences are taken from it as they are.",
        "The model could not summarize {0} of {1} parts; sentences taken from them stand in their place.",
    ),
    "summary_quoted": (
        "The model could summarize too little of this text to be trusted with the whole. This is quoted.",
        "The model could summarize too little of {0} of {1} texts; what stands there is quoted.",
    ),
    "summary_chosen": (
        "The model is too small to put the parts together: the best sentences of their summaries stand here.",
        "For {0} of {1} texts the model is too small to put the parts together.",
    ),
    "summary_short": (
        "This text is as short as a summary. The quoted sentences are its own.",
        "{0} of {1} texts are as short as a summary; the quoted sentences are their own.",
    ),
    "summary_echo": (
        "The model copied most of this from the text instead of summarizing it.",
        "The model mostly copied {0} of {1} parts instead of summarizing them.",
    ),
    "summary_fragments": (
        "Much of this is cut out of formulas.",
        "What the model wrote on {0} of {1} parts is mostly cut out of formulas.",
    ),
    "summary_wrong_language": (
        "The summary is not in the language that was asked for. A larger model may do better.",
        "The model answered {0} of {1} parts in another language than the one asked for.",
    ),
    "summary_unmerged": (
        "The model could not put the parts together; sentences from their summaries stand here.",
        "The model could not put {0} of {1} groups of parts together; their own words stand there.",
    ),
    "translation_untranslated": (
        "The model could not translate this; the original stands in its place.",
        "The model could not translate {0} of {1} passages; the originals stand in their place.",
    ),
    "translation_echo": (
        "The model repeated the text instead of translating it. A larger model may do better.",
        "The model repeated {0} of {1} passages instead of translating them. A larger model may do better.",
    ),
    "translation_wrong_language": (
        "The translation is not in the language that was asked for. A larger model may do better.",
        "{0} of {1} passages came out in another language. A larger model may do better.",
    ),
    "translation_leftover": (
        "Some words were left as they were; check this translation.",
        "Words were left untranslated in {0} of {1} passages; check them.",
    ),
    "translation_leak": (
        "The model added words that are not in the text; check this translation.",
        "The model added words that are not in the text to {0} of {1} passages; check them.",
    ),
    "translation_loop": (
        "The model repeated itself; check this translation.",
        "The model repeated itself in {0} of {1} passages; check them.",
    ),
    "translation_odd_length": (
        "The translation is much longer or shorter than the text; check it.",
        "{0} of {1} passages are much longer or shorter than the original; check them.",
    ),
    "translation_cut_short": (
        "The translation was cut off: the model did not come to an end.",
        "The model did not come to an end in {0} of {1} passages.",
    ),
    "translation_same_language": (
        "The text is already in the language that was asked for, so it was left as it is.",
        "The text is already in the language that was asked for, so it was left as it is.",
    ),
    "translation_small_model": (
        "This model is very small and often writes nonsense in a translation. A larger model does better.",
        "This model is very small and often writes nonsense in a translation. A larger model does better.",
    ),
}
