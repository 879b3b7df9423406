"""Making one model file from another: what goes wrong, what is foretold, and what a comparison found."""

from __future__ import annotations

from lmstudio_lite.domain.conversion import ConversionStage, Quality, TypeForecast
from lmstudio_lite.domain.file_types import MIXTURE_FILE_TYPES, TERNARY_FILE_TYPES
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import (
    Details,
    Explanation,
    Wording,
    amount,
    file_name,
    number,
    said_in_brackets,
)
from lmstudio_lite.words.translate import mark, tr

_TRY_AGAIN = mark("Try again. If it happens again, report it.")
_REASONS: dict[str, tuple[str, str]] = {
    "needs_matrix": (
        mark("This type leaves so few bits that {0} becomes useless without an importance matrix."),
        mark("Have one made from a text of yours (--calibrate), or choose a larger type."),
    ),
    "other_model": (
        mark("{0} and the model do not belong together: their sizes differ{1}."),
        mark("Choose the file that was made for this model."),
    ),
    "matrix_missing": (
        mark("The importance matrix {0} can't be read."),
        mark("Check its name and that you may open it."),
    ),
    "matrix_old": (
        mark("{0} is an importance matrix in the format that came before GGUF, which is not read."),
        mark("Make it again with a newer llama.cpp, or have one made from a text of yours."),
    ),
    "not_a_matrix": (
        mark("{0} is no importance matrix."),
        mark("Choose a file that llama.cpp's llama-imatrix or this program made."),
    ),
    "not_calibrated": (
        mark("{0} gave no figures for an importance matrix."),
        mark("Choose a type that needs none."),
    ),
    "target_exists": (
        mark("{0} is there already; it was left as it is."),
        mark("Choose another name, or move that file away."),
    ),
    "same_file": (
        mark("{0} is the model itself: it can't be written over while it is read."),
        mark("Choose another name."),
    ),
    "name_too_long": (
        mark("The new file's name would be too long: {0}."),
        mark("Give the model a shorter name first."),
    ),
    "nothing_to_split": (
        mark("{0} fits into one part of this size."),
        mark("Choose a smaller size."),
    ),
    "too_many_parts": (
        mark("{0} would become more parts than can be read."),
        mark("Choose a larger size."),
    ),
    "is_a_part": (
        mark("{0} is a part of a model that is split already."),
        mark("Merge its parts first."),
    ),
    "not_split": (
        mark("{0} is a whole model, not a part of one."),
        mark("Choose a file whose name ends as “-00001-of-00003.gguf” does."),
    ),
    "parts_differ": (
        mark("The parts of {0} do not belong together."),
        mark("Download all parts of the model again."),
    ),
    "type_unknown": (
        mark("{0} has numbers in a format that this program does not know."),
        mark("Update this program."),
    ),
    "no_checkpoint": (
        mark("{0} holds no model as safetensors: there must be config.json and model.safetensors."),
        mark("Choose the folder that holds these files."),
    ),
    "pickled": (
        mark(
            "The weights in {0} are pickled: to open such files is to run code from them. They are not read."
        ),
        mark("Get the model as safetensors, or as GGUF."),
    ),
    "part_missing": (
        mark("{2} is missing in {0}."),
        mark("Download the model again, all of its files."),
    ),
    "checkpoint_damaged": (
        mark("{2} in {0} is damaged, or does not fit what the other files say."),
        mark("Download the model again, all of its files."),
    ),
    "unknown_checkpoint": (
        mark("{0} computes in a way that this program can't convert: {2}."),
        mark("Look for the model as GGUF."),
    ),
    "unknown_tokenizer": (
        mark("{0} cuts texts into tokens in a way that this program can't convert: {2}."),
        mark("Look for the model as GGUF."),
    ),
    "unknown_numbers": (
        mark("{0} has numbers in a format that this program can't convert: {2}."),
        mark("Get the model as BF16, F16 or F32, or as GGUF."),
    ),
    "crashed": (
        mark("The process that does the work ended{1}."),
        mark("Try again. If it happens again, the file may be damaged: download it again."),
    ),
    "no_memory": (
        mark("There is not enough memory for this."),
        mark("Close other programs and try again."),
    ),
}


def _conversion(details: Details) -> Explanation:
    reason = str(details.get("reason", ""))
    if reason == "text_too_short":
        return Explanation(
            tr("The text is too short: {0} tokens, and at least {1} are needed.").format(
                number(details, "num_tokens"), number(details, "needed_tokens")
            ),
            tr("Choose a longer text, or several."),
        )
    if reason == "no_room":
        return Explanation(
            tr("There is no room for the new file: {0} are needed, {1} are free.").format(
                amount(details, "needed_bytes"), amount(details, "free_bytes")
            ),
            tr("Free some space, or choose a folder on another disk."),
        )
    what, remedy = _REASONS.get(reason, (mark("{0} could not be converted{1}."), _TRY_AGAIN))
    part = f"“{safe_line(str(details.get('part', '')))}”"
    return Explanation(tr(what).format(file_name(details), said_in_brackets(details), part), tr(remedy))


WORDS: dict[str, Wording] = {"conversion": _conversion}

_STAGES = {
    ConversionStage.READING: mark("reading"),
    ConversionStage.CALIBRATING: mark("making the importance matrix"),
    ConversionStage.MERGING: mark("merging the adapter"),
    ConversionStage.QUANTIZING: mark("writing the file"),
    ConversionStage.MEASURING: mark("comparing with the original"),
}


def say_stage(stage: ConversionStage) -> str:
    """Say what is going on: "writing the file"."""
    return tr(_STAGES[stage])


_ALMOST_SAME_KL, _ALMOST_SAME_TOP = 0.01, 0.95
_CLOSE_KL, _CLOSE_TOP = 0.1, 0.85
_WEAKER_KL = 0.5


def judge_quality(quality: Quality) -> str:
    """Say how near a model stayed to its original, in a sentence.

    The bounds are figures, measured on the development models (docs/conversion.md); they say how near the
    predictions are and nothing of how good either model is.
    """
    if quality.kl <= _ALMOST_SAME_KL and quality.same_top >= _ALMOST_SAME_TOP:
        return tr("Almost the same as the original.")
    if quality.kl <= _CLOSE_KL and quality.same_top >= _CLOSE_TOP:
        return tr("Close to the original.")
    if quality.kl <= _WEAKER_KL:
        return tr("Clearly different from the original: try it before you rely on it.")
    return tr("Far from the original: it will often answer otherwise, and worse.")


def say_quality(quality: Quality) -> list[str]:
    """Say what a comparison found, each line a sentence with its numbers."""
    differing = 100 * (1 - quality.same_top)
    return [
        judge_quality(quality),
        tr("The likeliest next token differs in {0} ± {1} of 100 places.").format(
            f"{differing:.1f}", f"{100 * quality.same_top_error:.1f}"
        ),
        tr("KL divergence {0} ± {1} nats a token; one token in a hundred exceeds {2}.").format(
            _figure(quality.kl), _figure(quality.kl_error), _figure(quality.kl_high)
        ),
        tr("Perplexity {0} before, {1} after (× {2} ± {3}); {4} tokens were looked at.").format(
            f"{quality.perplexity_before:.2f}",
            f"{quality.perplexity_after:.2f}",
            f"{quality.perplexity_after / quality.perplexity_before:.3f}",
            f"{quality.perplexity_ratio_error:.3f}",
            f"{quality.num_tokens:,}",
        ),
    ]


def say_text_only() -> str:
    """Return that a part of a model was left out."""
    return tr("What it has for pictures and sound was left out: it reads and writes text.")


def say_requantized(quantization: str) -> str:
    """Say what it means to quantize what is quantized already."""
    return tr(
        "The model is quantized already ({0}): what that lost stays lost, and a little more is lost now. "
        "Better start from F16 where you can get it."
    ).format(quantization)


_FEW_REPLACED = 0.05


def say_type_notes(forecast: TypeForecast) -> list[str]:
    """Say what else is to be known of a type for this model."""
    notes = []
    if forecast.needs_matrix:
        notes.append(tr("needs an importance matrix"))
    if forecast.file_type in TERNARY_FILE_TYPES:
        notes.append(tr("only for models trained with so few bits"))
    if forecast.file_type in MIXTURE_FILE_TYPES:
        notes.append(tr("only for mixtures of experts"))
    if forecast.num_replaced > _FEW_REPLACED * forecast.num_quantized:
        notes.append(
            tr("{0} of {1} matrices don't fit its blocks and get a larger type").format(
                forecast.num_replaced, max(forecast.num_replaced, forecast.num_quantized)
            )
        )
    return notes


def _figure(value: float) -> str:
    """Write a small number with two figures that count: 0.0046, 0.062, 1.2."""
    return f"{value:.2g}"
