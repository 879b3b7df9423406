"""Models, the engine, and what is asked of them."""

from __future__ import annotations

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

_MODEL_FILE_REASONS = {
    "empty": "{0} is an empty file.",
    "not_gguf": "{0} does not begin as a model in GGUF format does.",
    "absurd_metadata": "{0} is damaged: its description makes no sense.",
    "unreadable": "{0} can't be read.",
    "not_a_file": "{0} is a folder, a pipe or a device, not a file.",
    "big_endian": "{0} was made for another kind of processor (big-endian).",
    "no_tensors": "{0} holds no model weights.",
    "adapter": "{0} is an adapter, not a whole model.",
    "embeds_only": "{0} compares texts; it can't write any.",
    "not_quantized": "{0} could not be written in another number format{1}.",
}
_MODEL_FILE_REMEDIES = {
    "empty": "Download it again, or choose another model.",
    "unreadable": "Check that the file is there and that you may open it.",
    "not_a_file": "Choose a model's file (.gguf).",
    "not_gguf": "The file is damaged, or it is something else under a model's name: download it again.",
    "adapter": "Choose the model that it was trained on.",
    "embeds_only": "Choose another model to write with. This one finds evidence for summaries by itself.",
}

_OTHER_MODEL = "Choose another model. “doctor” on the command line says what this machine can run."
_MORE_MEMORY = "Close other programs, choose a smaller model, or set a smaller context."
_LOAD_REASONS = {
    "unknown_architecture": ("this program does not know its kind of model", "Update this program."),
    "split": ("its parts do not belong together", "Download all parts of the model again."),
    "wrong_tensors": ("its weights do not fit its description", "Download it again."),
    "unknown_tokenizer": ("this program does not know its tokenizer, or the file lacks it", ""),
    "missing_metadata": ("its description lacks what is needed", "Download it again."),
    "no_memory": ("there is not enough memory for it", _MORE_MEMORY),
    "no_context_memory": ("there is not enough memory for its context", _MORE_MEMORY),
    "ranks_only": ("it ranks texts, which is no use here", ""),
    "embeds_nothing": ("this engine compares no texts", ""),
}
"""What is wrong, and what to do where it is not to choose another model; see ``engine.llama_refusal``."""


_OTHER_KINDS = {
    "web_page": (
        "{0} is a web page, not a model: the site sent a page in place of the file.",
        "Download it again, signed in if the site asks for that.",
    ),
    "lfs_pointer": (
        "{0} only says where a model lies (Git LFS); the model itself was not downloaded.",
        "Run “git lfs pull” in its folder, or download the file from the model's page.",
    ),
    "zip": (
        "{0} is a packed archive, not a model in GGUF format.",
        "Unpack it, and choose the .gguf file in it.",
    ),
    "old_ggml": (
        "{0} has the format that came before GGUF, which is not read any more.",
        "Download the model as GGUF.",
    ),
    "safetensors": (
        "{0} has the format of PyTorch's models (safetensors), not GGUF.",
        "Download the model as GGUF.",
    ),
    "zeros": (
        "{0} holds no model yet: a download has only reserved its place.",
        "Wait until the download has ended, or begin it again.",
    ),
}
_VERSIONS_READ = (2, 3)


def _truncated(details: Details) -> Explanation:
    have, needed = details.get("size_bytes"), details.get("needed_bytes")
    if not isinstance(have, int | float):
        what = f"{file_name(details)} is incomplete: its end is missing."
    elif not isinstance(needed, int | float):
        what = f"{file_name(details)} is cut off after {say_size(have)}, within the model's description."
    elif say_size(have) == say_size(needed):
        what = f"{file_name(details)} is cut off after {have:,} of {needed:,} bytes."
    else:
        what = f"{file_name(details)} is cut off after {say_size(have)} of {say_size(needed)}."
    return Explanation(what, "The download was probably interrupted: download it again.")


def _unsupported_version(details: Details) -> Explanation:
    version = details.get("version")
    if not isinstance(version, int):
        what = f"{file_name(details)} is a GGUF version that this program does not know."
        return Explanation(what, "Update this program, or choose another version of the model.")
    what = f"{file_name(details)} is GGUF version {version}; this program reads versions 2 and 3."
    if version < min(_VERSIONS_READ):
        return Explanation(what, "Download a newer conversion of the model.")
    return Explanation(what, "Update this program, or choose another version of the model.")


def _model_not_found(details: Details) -> Explanation:
    remedy = meant(details, "It may have been moved or deleted: choose a model.")
    return Explanation(f"{file_name(details)} is not there.", remedy)


def _model_file(details: Details) -> Explanation:
    reason = str(details.get("reason", ""))
    if reason == "truncated":
        return _truncated(details)
    if reason == "unsupported_version":
        return _unsupported_version(details)
    other_kind = _OTHER_KINDS.get(str(details.get("kind", "")))
    if reason == "not_gguf" and other_kind is not None:
        return Explanation(other_kind[0].format(file_name(details)), other_kind[1])
    if reason == "part_missing":
        return _part_missing(details)
    sentence = _MODEL_FILE_REASONS.get(reason, "{0} is not a usable model file.")
    what = sentence.format(file_name(details), said_in_brackets(details))
    return Explanation(
        what, _MODEL_FILE_REMEDIES.get(reason, "Choose another model, or download this one again.")
    )


def _part_missing(details: Details) -> Explanation:
    part = details.get("part", "")
    return Explanation(
        f"{file_name(details)} is one part of a model, and its part “{part}” is missing.",
        "Put all parts of the model into one folder.",
    )


def _model_too_large(details: Details) -> Explanation:
    needed, available = amount(details, "needed_bytes"), amount(details, "available_bytes")
    return Explanation(
        f"{file_name(details)} needs {needed} of memory; {available} are free.",
        "Close other programs, choose a smaller model or quantization, or set a smaller context.",
    )


def _model_load(details: Details) -> Explanation:
    reason = str(details.get("reason", ""))
    why, remedy = _LOAD_REASONS.get(reason, (f"llama.cpp can't read it{said_in_brackets(details)}", ""))
    return Explanation(f"{file_name(details)} could not be loaded: {why}.", remedy or _OTHER_MODEL)


def _prompt_too_long(details: Details) -> Explanation:
    prompt, context = number(details, "num_prompt_tokens"), number(details, "context_size")
    return Explanation(
        f"The text is too long for this model: {prompt} tokens, and its context holds {context}.",
        "Shorten the text, start a new conversation, or set a larger context.",
    )


def _context_full(details: Details) -> Explanation:
    return Explanation(
        f"The model's context of {number(details, 'context_size')} tokens is full.",
        "Start a new conversation, or set a larger context.",
    )


_TEMPLATE_PROBLEMS = {
    "invalid": "it is not written as templates are",
    "too_long": "it is absurdly long",
    "too_much": "it takes too much time or memory",
    "refused": "it fails on this conversation",
    "loses_text": "it leaves out what is said",
    "unavailable": "the process that runs it does not start",
}


def say_template_problem(problem: str) -> str:
    """Say why a model's chat template can't be used; ``problem`` is an ``engine`` ``TemplateProblem``."""
    return f"The model's chat template can't be used: {_TEMPLATE_PROBLEMS.get(problem, 'it is broken')}."


def _template(details: Details) -> Explanation:
    said = str(details.get("detail", "")).strip()
    what = say_template_problem(str(details.get("reason", "")))
    return Explanation(
        f"{what} It says: “{said}”." if said else what, "Choose another model, or start a new conversation."
    )


def _decode(details: Details) -> Explanation:
    status = details.get("status")
    detail = f" (status {status})" if status is not None else ""
    return Explanation(
        f"The model could not compute an answer{detail}.",
        "Try again. If it happens again, load the model anew.",
    )


def _bad_request(details: Details) -> Explanation:
    return Explanation(
        f"The request can't be carried out{reason_in_brackets(details)}{said_in_brackets(details)}.",
        "Change it and try again.",
    )


def _adapter(details: Details) -> Explanation:
    adapter, reason = f"The adapter {file_name(details)}", details.get("reason")
    remedy = "Choose an adapter that was trained on this model."
    if reason == "not_found":
        return Explanation(f"{adapter} is not there.", "Check its name and folder.")
    if reason == "not_a_file":
        return Explanation(f"{adapter} is a folder, a pipe or a device, no file.", "Choose a file (.gguf).")
    if reason == "unreadable":
        return Explanation(f"{adapter} can't be read.", "Check that you may open it.")
    if reason == "no_memory":
        return Explanation(f"There is not enough memory for {adapter[0].lower()}{adapter[1:]}.", remedy)
    if reason == "other_base":
        return Explanation(f"{adapter} was made for another model.", remedy)
    return Explanation(f"{adapter} can't be used with this model{said_in_brackets(details)}.", remedy)


def _engine_unavailable(details: Details) -> Explanation:
    return Explanation(f"The engine is not running{reason_in_brackets(details)}.", "Load the model again.")


def _engine_crash_loop(details: Details) -> Explanation:
    return Explanation(
        f"The engine ended {number(details, 'num_crashes')} times in a row{reason_in_brackets(details)}.",
        "Choose a smaller or another model. “doctor” on the command line tests the engine on this machine.",
    )


WORDS: dict[str, Wording] = {
    "error": fixed("Something went wrong.", "Try again. If it happens again, report it."),
    "model": fixed("The model can't be used.", "Choose another model."),
    "no_model": fixed(
        "No model is loaded, and none was found.",
        "Choose a model file (.gguf), or install the starter model.",
    ),
    "model_not_found": _model_not_found,
    "model_file": _model_file,
    "model_too_large": _model_too_large,
    "model_load": _model_load,
    "engine": fixed("The engine could not do this.", "Try again, or load the model again."),
    "prompt_too_long": _prompt_too_long,
    "context_full": _context_full,
    "template": _template,
    "decode": _decode,
    "bad_request": _bad_request,
    "adapter": _adapter,
    "engine_unavailable": _engine_unavailable,
    "engine_crash_loop": _engine_crash_loop,
}
