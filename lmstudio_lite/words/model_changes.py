"""Why a model can't be moved, deleted, linked or brought in."""

from __future__ import annotations

from lmstudio_lite.domain.shelf import PlaceProblem, Store, TroubledPlace
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import Details, Explanation, Wording, file_name, said_in_brackets
from lmstudio_lite.words.translate import mark, tr

_STORES = {
    Store.STARTER: mark("came with the program"),
    Store.OWN: mark("models folder"),
    Store.FINETUNE: mark("fine-tuned here"),
    Store.FOLDER: mark("your folders"),
    Store.LM_STUDIO: "LM Studio",
    Store.OLLAMA: "Ollama",
    Store.JAN: "Jan",
    Store.GPT4ALL: "GPT4All",
    Store.KOBOLDCPP: "KoboldCpp",
    Store.HUGGING_FACE: mark("Hugging Face's cache"),
    Store.LLAMA_CPP: mark("llama.cpp's cache"),
}

_REASONS: dict[str, tuple[str, str]] = {
    "exists": (
        mark("There is a file “{0}” already."),
        mark("Choose another folder, or move that file away. Nothing was changed."),
    ),
    "same_place": (mark("{0} lies there already."), mark("Choose another folder.")),
    "read_only": (
        mark("{0} can't be changed: its folder does not allow it."),
        mark("Check that you may write there, or choose another folder. Nothing was changed."),
    ),
    "too_large": (
        mark("{0} is too large for that drive: its file system has a limit."),
        mark("Choose a folder on another drive. Nothing was changed."),
    ),
    "name_too_long": (
        mark("The name of {0} is too long for that drive."),
        mark("Rename it, or choose a folder on another drive. Nothing was changed."),
    ),
    "drive_gone": (
        mark("The drive went away while {0} was read or written."),
        mark("Connect it and try again. What was there before is still there."),
    ),
    "in_use": (
        mark("{0} is in use."),
        mark("Choose another model, or close the program that uses it, and try again."),
    ),
    "changed": (
        mark("{0} changed while it was copied."),
        mark("Wait until whatever writes it is done, and try again. Nothing was changed."),
    ),
    "copy_differs": (
        mark("The copy of {0} differs from the file: a drive makes mistakes."),
        mark("The copy was thrown away. Check both drives."),
    ),
    "not_listed": (
        mark("{0} lies in none of the folders that this program looks into."),
        mark("Delete it in the file manager."),
    ),
    "not_equal": (
        mark("{0} is not the same after all."),
        mark("Keep both. Nothing was changed."),
    ),
    "no_links": (
        mark("No links can be made there."),
        mark("Copy the model instead. On Windows links need the developer mode."),
    ),
    "no_trash": (
        mark("The drive of {0} has no trash."),
        mark("Delete the file in the file manager, where you can see what is lost."),
    ),
    "only_by_hand": (
        mark("This system gives nothing back out of its trash to programs."),
        mark("Open the recycle bin and restore {0} there."),
    ),
}


def name_store(store: Store) -> str:
    """Say whose a model is: "LM Studio", "your folders"."""
    return tr(_STORES[store])


def say_troubled(place: TroubledPlace) -> str:
    """Say why a folder's models are not listed, or not all."""
    sentence = {
        PlaceProblem.SILENT: tr("This folder does not answer: {0}"),
        PlaceProblem.CLOSED: tr("This folder can't be read: {0}"),
        PlaceProblem.TOO_MANY: tr("This folder holds too many files to look at all of them: {0}"),
    }[place.problem]
    return sentence.format(safe_line(str(place.path)))


def _model_change(details: Details) -> Explanation:
    reason = str(details.get("reason", ""))
    if reason == "foreign":
        return _foreign(details)
    what, remedy = _REASONS.get(
        reason,
        (mark("{0} could not be changed{1}."), mark("Try again. Nothing was changed.")),
    )
    name = file_name(details)
    if reason == "exists":
        name = name.strip("“”")
    return Explanation(tr(what).format(name, said_in_brackets(details)), tr(remedy).format(name))


def _foreign(details: Details) -> Explanation:
    store = str(details.get("store", ""))
    if store == Store.STARTER:
        return Explanation(
            tr("{0} came with the program and stays with it.").format(file_name(details)),
            tr("Choose another model; this one takes little room."),
        )
    owner = name_store(Store(store)) if store in set(Store) else store
    return Explanation(
        tr("{0} belongs to {1}; this program changes nothing there.").format(file_name(details), owner),
        tr("Move or delete it with {0}.").format(owner),
    )


WORDS: dict[str, Wording] = {"model_change": _model_change}
