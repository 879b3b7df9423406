"""Data to learn from, training, and the files that come of it."""

from __future__ import annotations

from lmstudio_lite.words.saying import (
    Details,
    Explanation,
    Wording,
    about_file,
    amount,
    file_name,
    fixed,
    reason_in_brackets,
)
from lmstudio_lite.words.translate import mark, tr


def _dataset_line(details: Details) -> Explanation:
    line = details.get("line")
    reason = reason_in_brackets(details)
    what = (
        tr("Line {0} of {1} can't be read as an example{2}.").format(f"{line:,}", file_name(details), reason)
        if isinstance(line, int)
        else tr("A line of {0} can't be read as an example{1}.").format(file_name(details), reason)
    )
    return Explanation(what, tr("Prepare the data again."))


_OBSTACLES = {
    "no_class": mark("the training components can read its files, but not build the model"),
    "old_experts": mark("this file has an old layout that llama.cpp no longer reads either"),
    "not_causal": mark("it does not write text word by word"),
    "unknown": mark("the training components don't know it"),
}


def say_obstacle(code: str, otherwise: str = "") -> str:
    """Say why a model can't be trained, as a part of a sentence; ``otherwise`` for an unknown code."""
    return tr(_OBSTACLES[code]) if code in _OBSTACLES else otherwise or tr(_OBSTACLES["unknown"])


def _architecture_unsupported(details: Details) -> Explanation:
    name = details.get("architecture", tr("this kind"))
    reason = str(details.get("reason", ""))
    why = f": {say_obstacle(reason, reason)}" if reason else ""
    return Explanation(
        tr("Models of the kind {0} can't be trained here{1}.").format(name, why),
        tr("Choose a model of another kind, for example llama, qwen2, qwen3, gemma3 or phi3."),
    )


def _training_memory(details: Details) -> Explanation:
    free = tr("{0} are free").format(amount(details, "available_bytes"))
    available = f" ({free})" if "available_bytes" in details else ""
    return Explanation(
        tr("Training ran out of memory{0}, even with one example at a time.").format(available),
        tr(
            "Close other programs, shorten the longest examples (maximum length), or choose a "
            "smaller model. What was learned up to the last checkpoint is kept."
        ),
    )


def _loss_diverged(details: Details) -> Explanation:
    step = details.get("step")
    what = (
        tr("The training became unstable at step {0}: its error grew beyond all bounds.").format(f"{step:,}")
        if isinstance(step, int)
        else tr("The training became unstable: its error grew beyond all bounds.")
    )
    return Explanation(
        what,
        tr("Use a lower learning rate. What was learned up to the last checkpoint is kept."),
    )


def _difference(details: Details) -> str:
    """Say how far two models' predictions are apart, against what counts as the same."""
    kl, limit = details.get("kl"), details.get("kl_limit")
    if isinstance(kl, int | float) and isinstance(limit, int | float) and limit > 0:
        said = tr("their predictions differ {0} times as much as is allowed").format(f"{kl / limit:,.1f}")
        return f" ({said})"
    return ""


def _base_mismatch(details: Details) -> Explanation:
    return Explanation(
        tr("The training components and the engine get different answers from this model{0}.").format(
            _difference(details)
        ),
        tr("What is trained here would not work in the chat: choose another model."),
    )


def _export_mismatch(details: Details) -> Explanation:
    return Explanation(
        tr("The file does not answer as the trained model does{0}, so it was not kept.").format(
            _difference(details)
        ),
        tr("Export again in a more exact type (F16, Q8_0). What was learned is kept."),
    )


def _export_impossible(details: Details) -> Explanation:
    method, kind = details.get("method", tr("this method")), details.get("kind", tr("this kind of file"))
    return Explanation(
        tr("What {0} trains can't be written as {1}.").format(method, kind),
        tr("Export a merged model, or train with LoRA."),
    )


def _training_tools_missing(details: Details) -> Explanation:
    package = details.get("package", "")
    return Explanation(
        tr("The training components are not installed{0}.").format(
            f" ({tr('{0} is missing').format(package)})" if package else ""
        ),
        tr("Add them: pip install “lmstudio-lite[finetune]”."),
    )


def _training_worker(details: Details) -> Explanation:
    if details.get("reason") == "SIGKILL":
        return Explanation(
            tr("The system ended the training, most likely because memory ran out."),
            tr("Close other programs, then continue: it goes on from the last checkpoint."),
        )
    if details.get("reason") == "unreadable":
        happened = tr("The training ended unexpectedly: what it sent can't be read.")
    else:
        happened = tr("The training ended unexpectedly{0}.").format(reason_in_brackets(details))
    return Explanation(
        happened,
        tr("Continue it: it goes on from the last checkpoint. The file worker.log in its folder says more."),
    )


def _run_in_use(details: Details) -> Explanation:
    return Explanation(
        tr("Another training already uses {0}.").format(details.get("path", tr("this folder"))),
        tr("Wait for it or stop it (it may belong to another window or terminal), or choose another folder."),
    )


def _checkpoint_missing(details: Details) -> Explanation:
    return Explanation(
        tr("There is no checkpoint of what was trained with this model and data in {0}.").format(
            file_name(details)
        ),
        tr("Put the model and the data back as they were, or train again."),
    )


WORDS: dict[str, Wording] = {
    "dataset": fixed(mark("The data can't be learned from."), mark("Choose other data.")),
    "dataset_line": _dataset_line,
    "dataset_unknown": about_file(
        mark("{0} holds no examples of a kind that is known here."),
        mark(
            "Use JSON lines with messages, instructions or conversations, a table with two columns, "
            "a translation memory (TMX), or a text."
        ),
    ),
    "dataset_empty": fixed(
        mark("There is no example to learn from."),
        mark("Add data, or look at the problems that were found in it."),
    ),
    "training": fixed(mark("The training could not go on."), mark("Continue it from the last checkpoint.")),
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
}
