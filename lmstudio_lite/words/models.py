"""Models, the engine, and what is asked of them."""

from __future__ import annotations

from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import (
    Details,
    Explanation,
    Wording,
    amount,
    file_name,
    fixed,
    meant,
    number,
    reason_in_brackets,
    said_in_brackets,
    say_size,
)
from lmstudio_lite.words.translate import mark, tr

_MODEL_FILE_REASONS = {
    "empty": mark("{0} is an empty file."),
    "not_gguf": mark("{0} does not begin as a model in GGUF format does."),
    "absurd_metadata": mark("{0} is damaged: its description makes no sense."),
    "unreadable": mark("{0} can't be read."),
    "not_a_file": mark("{0} is a folder, a pipe or a device, not a file."),
    "big_endian": mark("{0} was made for another kind of processor (big-endian)."),
    "no_tensors": mark("{0} holds no model weights."),
    "adapter": mark("{0} is an adapter, not a whole model."),
    "projector": mark("{0} lets a model see pictures; it is no model by itself."),
    "no_answer": mark("The drive that {0} lies on does not answer."),
    "embeds_only": mark("{0} compares texts; it can't write any."),
    "not_quantized": mark("{0} could not be written in another number format{1}."),
}
_MODEL_FILE_REMEDIES = {
    "empty": mark("Download it again, or choose another model."),
    "unreadable": mark("Check that the file is there and that you may open it."),
    "not_a_file": mark("Choose a model's file (.gguf)."),
    "not_gguf": mark("The file is damaged, or it is something else under a model's name: download it again."),
    "adapter": mark("Choose the model that it was trained on."),
    "projector": mark("Choose the model that it came with."),
    "no_answer": mark("Check that the drive is connected. The list shows the model when it answers again."),
    "embeds_only": mark(
        "Choose another model to write with. This one finds evidence for summaries by itself."
    ),
}

_OTHER_MODEL = mark("Choose another model. “doctor” on the command line says what this machine can run.")
_MORE_MEMORY = mark("Close other programs, choose a smaller model, or set a smaller context.")
_LOAD_REASONS = {
    "unknown_architecture": (
        mark("this program does not know its kind of model"),
        mark("Update this program."),
    ),
    "split": (mark("its parts do not belong together"), mark("Download all parts of the model again.")),
    "wrong_tensors": (mark("its weights do not fit its description"), mark("Download it again.")),
    "unknown_tokenizer": (mark("this program does not know its tokenizer, or the file lacks it"), ""),
    "missing_metadata": (mark("its description lacks what is needed"), mark("Download it again.")),
    "no_memory": (mark("there is not enough memory for it"), _MORE_MEMORY),
    "no_context_memory": (mark("there is not enough memory for its context"), _MORE_MEMORY),
    "ranks_only": (mark("it ranks texts, which is no use here"), ""),
    "embeds_nothing": (mark("this engine compares no texts"), ""),
}
"""What is wrong, and what to do where it is not to choose another model; see ``engine.llama_refusal``."""


_OTHER_KINDS = {
    "web_page": (
        mark("{0} is a web page, not a model: the site sent a page in place of the file."),
        mark("Download it again, signed in if the site asks for that."),
    ),
    "lfs_pointer": (
        mark("{0} only says where a model lies (Git LFS); the model itself was not downloaded."),
        mark("Run “git lfs pull” in its folder, or download the file from the model's page."),
    ),
    "zip": (
        mark("{0} is a packed archive, not a model in GGUF format."),
        mark("Unpack it, and choose the .gguf file in it."),
    ),
    "old_ggml": (
        mark("{0} has the format that came before GGUF, which is not read any more."),
        mark("Download the model as GGUF."),
    ),
    "safetensors": (
        mark("{0} has the format of PyTorch's models (safetensors), not GGUF."),
        mark("Download the model as GGUF."),
    ),
    "zeros": (
        mark("{0} holds no model yet: a download has only reserved its place."),
        mark("Wait until the download has ended, or begin it again."),
    ),
}
_VERSIONS_READ = (2, 3)


def _truncated(details: Details) -> Explanation:
    have, needed = details.get("size_bytes"), details.get("needed_bytes")
    if not isinstance(have, int | float):
        what = tr("{0} is incomplete: its end is missing.").format(file_name(details))
    elif not isinstance(needed, int | float):
        what = tr("{0} is cut off after {1}, within the model's description.").format(
            file_name(details), say_size(have)
        )
    elif say_size(have) == say_size(needed):
        what = tr("{0} is cut off after {1} of {2} bytes.").format(
            file_name(details), f"{have:,}", f"{needed:,}"
        )
    else:
        what = tr("{0} is cut off after {1} of {2}.").format(
            file_name(details), say_size(have), say_size(needed)
        )
    return Explanation(what, tr("The download was probably interrupted: download it again."))


def _unsupported_version(details: Details) -> Explanation:
    version = details.get("version")
    if not isinstance(version, int):
        what = tr("{0} is a GGUF version that this program does not know.").format(file_name(details))
        return Explanation(what, tr("Update this program, or choose another version of the model."))
    what = tr("{0} is GGUF version {1}; this program reads versions 2 and 3.").format(
        file_name(details), version
    )
    if version < min(_VERSIONS_READ):
        return Explanation(what, tr("Download a newer conversion of the model."))
    return Explanation(what, tr("Update this program, or choose another version of the model."))


def _model_not_found(details: Details) -> Explanation:
    remedy = meant(details, tr("It may have been moved or deleted: choose a model."))
    return Explanation(tr("{0} is not there.").format(file_name(details)), remedy)


def _model_file(details: Details) -> Explanation:
    reason = str(details.get("reason", ""))
    if reason == "truncated":
        return _truncated(details)
    if reason == "unsupported_version":
        return _unsupported_version(details)
    other_kind = _OTHER_KINDS.get(str(details.get("kind", "")))
    if reason == "not_gguf" and other_kind is not None:
        return Explanation(tr(other_kind[0]).format(file_name(details)), tr(other_kind[1]))
    if reason == "part_missing":
        return _part_missing(details)
    if reason == "data_missing":
        return _data_missing(details)
    sentence = _MODEL_FILE_REASONS.get(reason, mark("{0} is not a usable model file."))
    what = tr(sentence).format(file_name(details), said_in_brackets(details))
    return Explanation(
        what,
        tr(_MODEL_FILE_REMEDIES.get(reason, mark("Choose another model, or download this one again."))),
    )


def _part_missing(details: Details) -> Explanation:
    part = details.get("part", "")
    return Explanation(
        tr("{0} is one part of a model, and its part “{1}” is missing.").format(file_name(details), part),
        tr("Put all parts of the model into one folder."),
    )


def _data_missing(details: Details) -> Explanation:
    return Explanation(
        tr("“{0}” is on its program's list, but its data is gone.").format(
            safe_line(str(details.get("name", "")))
        ),
        tr("Fetch it again with the program that it belongs to, or choose another model."),
    )


def _model_too_large(details: Details) -> Explanation:
    needed, available = amount(details, "needed_bytes"), amount(details, "available_bytes")
    return Explanation(
        tr("{0} needs {1} of memory; {2} are free.").format(file_name(details), needed, available),
        tr("Close other programs, choose a smaller model or quantization, or set a smaller context."),
    )


def _model_load(details: Details) -> Explanation:
    reason = str(details.get("reason", ""))
    known, remedy = _LOAD_REASONS.get(reason, ("", ""))
    why = tr(known) or tr("llama.cpp can't read it{0}").format(said_in_brackets(details))
    return Explanation(
        tr("{0} could not be loaded: {1}.").format(file_name(details), why), tr(remedy) or tr(_OTHER_MODEL)
    )


def _prompt_too_long(details: Details) -> Explanation:
    prompt, context = number(details, "num_prompt_tokens"), number(details, "context_size")
    return Explanation(
        tr("The text is too long for this model: {0} tokens, and its context holds {1}.").format(
            prompt, context
        ),
        tr("Shorten the text, start a new conversation, or set a larger context."),
    )


def _context_full(details: Details) -> Explanation:
    return Explanation(
        tr("The model's context of {0} tokens is full.").format(number(details, "context_size")),
        tr("Start a new conversation, or set a larger context."),
    )


_TEMPLATE_PROBLEMS = {
    "invalid": mark("it is not written as templates are"),
    "too_long": mark("it is absurdly long"),
    "too_much": mark("it takes too much time or memory"),
    "refused": mark("it fails on this conversation"),
    "loses_text": mark("it leaves out what is said"),
    "repeats_text": mark("it repeats what is said"),
    "changes_order": mark("it changes the order of what is said"),
    "unavailable": mark("the process that runs it does not start"),
}


def say_template_problem(problem: str) -> str:
    """Say why a model's chat template can't be used; ``problem`` is an ``engine`` ``TemplateProblem``."""
    why = tr(_TEMPLATE_PROBLEMS.get(problem, mark("it is broken")))
    return tr("The model's chat template can't be used: {0}.").format(why)


def _template(details: Details) -> Explanation:
    said = str(details.get("detail", "")).strip()
    what = say_template_problem(str(details.get("reason", "")))
    return Explanation(
        tr("{0} It says: “{1}”.").format(what, said) if said else what,
        tr("Choose another model, or start a new conversation."),
    )


def _decode(details: Details) -> Explanation:
    status = details.get("status")
    detail = f" ({tr('status {0}').format(status)})" if status is not None else ""
    return Explanation(
        tr("The model could not compute an answer{0}.").format(detail),
        tr("Try again. If it happens again, load the model anew."),
    )


def _bad_request(details: Details) -> Explanation:
    return Explanation(
        tr("The request can't be carried out{0}{1}.").format(
            reason_in_brackets(details), said_in_brackets(details)
        ),
        tr("Change it and try again."),
    )


def _adapter(details: Details) -> Explanation:
    adapter, reason = file_name(details), details.get("reason")
    remedy = tr("Choose an adapter that was trained on this model.")
    if reason == "not_found":
        return Explanation(
            tr("The adapter {0} is not there.").format(adapter), tr("Check its name and folder.")
        )
    if reason == "not_a_file":
        return Explanation(
            tr("The adapter {0} is a folder, a pipe or a device, no file.").format(adapter),
            tr("Choose a file (.gguf)."),
        )
    if reason == "unreadable":
        return Explanation(
            tr("The adapter {0} can't be read.").format(adapter), tr("Check that you may open it.")
        )
    if reason == "no_memory":
        return Explanation(tr("There is not enough memory for the adapter {0}.").format(adapter), remedy)
    if reason == "other_base":
        return Explanation(tr("The adapter {0} was made for another model.").format(adapter), remedy)
    return Explanation(
        tr("The adapter {0} can't be used with this model{1}.").format(adapter, said_in_brackets(details)),
        remedy,
    )


def _engine_unavailable(details: Details) -> Explanation:
    return Explanation(
        tr("The engine is not running{0}.").format(reason_in_brackets(details)), tr("Load the model again.")
    )


def _engine_crash_loop(details: Details) -> Explanation:
    return Explanation(
        tr("The engine ended {0} times in a row{1}.").format(
            number(details, "num_crashes"), reason_in_brackets(details)
        ),
        tr(
            "Choose a smaller or another model. “doctor” on the command line tests the engine on "
            "this machine."
        ),
    )


WORDS: dict[str, Wording] = {
    "error": fixed(mark("Something went wrong."), mark("Try again. If it happens again, report it.")),
    "model": fixed(mark("The model can't be used."), mark("Choose another model.")),
    "no_model": fixed(
        mark("No model is loaded, and none was found."),
        mark("Choose a model file (.gguf), or install the starter model."),
    ),
    "model_not_found": _model_not_found,
    "model_file": _model_file,
    "model_too_large": _model_too_large,
    "model_load": _model_load,
    "engine": fixed(mark("The engine could not do this."), mark("Try again, or load the model again.")),
    "prompt_too_long": _prompt_too_long,
    "context_full": _context_full,
    "template": _template,
    "decode": _decode,
    "bad_request": _bad_request,
    "adapter": _adapter,
    "engine_unavailable": _engine_unavailable,
    "engine_crash_loop": _engine_crash_loop,
}
