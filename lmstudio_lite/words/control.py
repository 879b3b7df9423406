"""The knobs of sampling in plain words, who decided them, and how a reply was made."""

from __future__ import annotations

from lmstudio_lite.domain.control import ConversationControl, Source
from lmstudio_lite.domain.profiles import SamplingChoice
from lmstudio_lite.domain.reply_making import ReplyMaking, SchemaCheck
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import say_duration
from lmstudio_lite.words.translate import mark, tr, trn

KNOBS = {
    "temperature": mark("Temperature: how daring"),
    "top_k": mark("Top-k: among how many words"),
    "top_p": mark("Top-p: how much of the likely"),
    "min_p": mark("Min-p: no words less likely than"),
    "repeat_penalty": mark("Repeat penalty: against saying it again"),
    "seed": mark("Seed: the same dice"),
}
_HELP = {
    "temperature": mark(
        "0 always takes the likeliest word: the same, dry, safe. About 0.7 is lively. Above 1.2 it rambles."
    ),
    "top_k": mark("Each word is drawn from so many of the likeliest ones. 0: from all, 1: always the first."),
    "top_p": mark("Only the likeliest words that together have this share of probability. 1: all of them."),
    "min_p": mark("Leaves out what is this many times less likely than the first choice. 0: nothing."),
    "repeat_penalty": mark("Above 1 words said lately become less likely. 1.1 is mild, 1.3 harms the text."),
    "seed": mark("With the same number, question and settings the answer is the same. Empty: a new throw."),
}
_SOURCES = {
    Source.CONVERSATION: mark("this conversation"),
    Source.PERSONA: mark("the persona"),
    Source.MODEL: mark("the model's own settings"),
    Source.SETTINGS: mark("the settings for all chats"),
    Source.MAKERS: mark("what the model's makers recommend"),
}
PRESETS: dict[str, SamplingChoice] = {
    mark("Exact"): SamplingChoice(temperature=0.1, top_p=0.9),
    mark("Balanced"): SamplingChoice(temperature=0.7, top_p=0.95),
    mark("Daring"): SamplingChoice(temperature=1.1, min_p=0.05),
}


def say_knob(name: str) -> str:
    """Name a knob of ``SamplingChoice`` in plain words."""
    return tr(KNOBS[name])


def say_knob_help(name: str) -> str:
    """Say what a knob does."""
    return tr(_HELP[name])


def say_source(source: Source) -> str:
    """Say who decided a value."""
    return tr(_SOURCES[source])


def say_sampling(choice: SamplingChoice) -> list[str]:
    """Say what was chosen, a line each: "Temperature: how daring: 0.7"."""
    return [tr("{0}: {1}").format(say_knob(name), say_number(value)) for name, value in choice.chosen.items()]


def say_control(control: ConversationControl) -> str:
    """Say in a few words what was chosen for a conversation besides its persona, "" for nothing."""
    chosen = control.sampling.chosen
    said = []
    if "temperature" in chosen:
        said.append(tr("temperature {0}").format(say_number(chosen.pop("temperature"))))
    if chosen:
        said.append(trn("{n} more knob", "{n} more knobs", len(chosen)))
    if control.json_schema:
        said.append(tr("JSON, once") if control.is_schema_once else tr("JSON"))
    if control.max_tokens:
        said.append(tr("at most {0}").format(_tokens(control.max_tokens)))
    if control.stop:
        said.append(trn("{n} stop word", "{n} stop words", len(control.stop)))
    return " · ".join(said)


def say_number(value: float) -> str:
    """Write a number of a knob without digits that say nothing."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}".rstrip("0").rstrip(".")


def say_making(making: ReplyMaking) -> list[tuple[str, str]]:
    """Say how a reply was made: what each value is called, and the value. Only what is known."""
    said = [
        (tr("Model"), safe_line(making.model)),
        (tr("Adapter"), _adapter(making)),
        (tr("Persona"), safe_line(making.persona)),
        (tr("Model of the persona"), _missing(making)),
    ]
    knobs = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty")
    values = [(name, getattr(making, name)) for name in knobs]
    said += [(say_knob(name), say_number(value)) for name, value in values if value is not None]
    said += [
        (say_knob("seed"), "" if making.seed is None else str(making.seed)),
        (tr("Longest reply"), _tokens(making.max_tokens or 0)),
        (tr("Ends before"), ", ".join(f"“{safe_line(text)}”" for text in making.stop)),
        (tr("JSON schema"), say_schema_check(making.schema_check) if making.schema_check else ""),
        (tr("Read"), _read(making)),
        (tr("Written"), _written(making)),
        (tr("Older turns"), _summarized(making)),
    ]
    return [(name, value) for name, value in said if value]


def say_schema_check(check: SchemaCheck) -> str:
    """Say whether a reply fits its JSON schema, and where it does not."""
    place = safe_line(check.place) or tr("the whole reply")
    wanted, found = safe_line(check.wanted), safe_line(check.found)
    match check.problem:
        case "":
            return tr("The reply fits the schema.")
        case "not_json":
            return tr("The reply is no complete JSON, near “{0}”.").format(found)
        case "too_long":
            return tr("The reply is too long or too deeply nested to be checked.")
        case "schema":
            return tr("The schema can't be used: {0}.").format(wanted)
        case "required":
            return tr("The reply does not fit the schema: {0} lacks one of {1}.").format(place, wanted)
        case "type":
            return tr("The reply does not fit the schema: {0} is {2}, not of type {1}.").format(
                place, wanted, found
            )
        case problem:
            return tr("The reply does not fit the schema: {0} is {2}, against “{3}”: {1}.").format(
                place, wanted, found, safe_line(problem)
            )


def _adapter(making: ReplyMaking) -> str:
    if not making.adapter:
        return ""
    name = safe_line(making.adapter)
    return name if making.adapter_strength == 1.0 else f"{name} × {say_number(making.adapter_strength)}"


def _missing(making: ReplyMaking) -> str:
    return tr("{0}: not in use").format(safe_line(making.missing_model)) if making.missing_model else ""


def _tokens(number: int) -> str:
    return trn("{n} token", "{n} tokens", number) if number else ""


def _read(making: ReplyMaking) -> str:
    if not making.num_prompt_tokens:
        return ""
    told = tr("{0} in {1}").format(_tokens(making.num_prompt_tokens), say_seconds(making.prompt_s))
    if not making.num_cached_tokens:
        return told
    return tr("{0}; {1} of them were read before").format(told, f"{making.num_cached_tokens:,}")


def _written(making: ReplyMaking) -> str:
    if not making.num_generated_tokens:
        return ""
    return tr("{0} in {1}").format(_tokens(making.num_generated_tokens), say_seconds(making.generation_s))


def say_seconds(seconds: float) -> str:
    """Say a duration, short ones with a digit."""
    return tr("{0} s").format(f"{seconds:.1f}") if seconds < 10 else say_duration(seconds)


def _summarized(making: ReplyMaking) -> str:
    if not making.num_summarized_turns:
        return ""
    return trn(
        "a summary stands for the oldest one",
        "a summary stands for the oldest {n}",
        making.num_summarized_turns,
    )
