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


def _dataset_line(details: Details) -> Explanation:
    line = details.get("line")
    where = (
        f"Line {line:,} of {file_name(details)}"
        if isinstance(line, int)
        else f"A line of {file_name(details)}"
    )
    return Explanation(
        f"{where} can't be read as an example{reason_in_brackets(details)}.", "Prepare the data again."
    )


_OBSTACLES = {
    "no_class": "the training components can read its files, but not build the model",
    "old_experts": "this file has an old layout that llama.cpp no longer reads either",
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
    available = f" ({amount(details, 'available_bytes')} are free)" if "available_bytes" in details else ""
    return Explanation(
        f"Training ran out of memory{available}, even with one example at a time.",
        "Close other programs, shorten the longest examples (maximum length), or choose a smaller model. "
        "What was learned up to the last checkpoint is kept.",
    )


def _loss_diverged(details: Details) -> Explanation:
    step = details.get("step")
    where = f" at step {step:,}" if isinstance(step, int) else ""
    return Explanation(
        f"The training became unstable{where}: its error grew beyond all bounds.",
        "Use a lower learning rate. What was learned up to the last checkpoint is kept.",
    )


def _difference(details: Details) -> str:
    """Say how far two models' predictions are apart, against what counts as the same."""
    kl, limit = details.get("kl"), details.get("kl_limit")
    if isinstance(kl, int | float) and isinstance(limit, int | float) and limit > 0:
        return f" (their predictions differ {kl / limit:,.1f} times as much as is allowed)"
    return ""


def _base_mismatch(details: Details) -> Explanation:
    return Explanation(
        "The training components and the engine get different answers from this model"
        f"{_difference(details)}.",
        "What is trained here would not work in the chat: choose another model.",
    )


def _export_mismatch(details: Details) -> Explanation:
    return Explanation(
        f"The file does not answer as the trained model does{_difference(details)}, so it was not kept.",
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
            "The system ended the training, most likely because memory ran out.",
            "Close other programs, then continue: it goes on from the last checkpoint.",
        )
    return Explanation(
        f"The training ended unexpectedly{reason_in_brackets(details)}.",
        "Continue it: it goes on from the last checkpoint. The file worker.log in its folder says more.",
    )


def _run_in_use(details: Details) -> Explanation:
    return Explanation(
        f"Another training already uses {details.get('path', 'this folder')}.",
        "Wait for it or stop it (it may belong to another window or terminal), or choose another folder.",
    )


def _checkpoint_missing(details: Details) -> Explanation:
    return Explanation(
        f"There is no checkpoint of what was trained with this model and data in {file_name(details)}.",
        "Put the model and the data back as they were, or train again.",
    )


WORDS: dict[str, Wording] = {
    "dataset": fixed("The data can't be learned from.", "Choose other data."),
    "dataset_line": _dataset_line,
    "dataset_unknown": about_file(
        "{0} holds no examples of a kind that is known here.",
        "Use JSON lines with messages, instructions or conversations, a table with two columns, "
        "a translation memory (TMX), or a text.",
    ),
    "dataset_empty": fixed(
        "There is no example to learn from.", "Add data, or look at the problems that were found in it."
    ),
    "training": fixed("The training could not go on.", "Continue it from the last checkpoint."),
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
