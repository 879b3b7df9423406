"""The personas that come with the program. Their instructions are for models, so they are not translated."""

from __future__ import annotations

from lmstudio_lite.domain.personas import KeptPersona, Persona
from lmstudio_lite.domain.profiles import NO_CHOICE, SamplingChoice
from lmstudio_lite.words.personas import say_name, say_starters

ID_PREFIX = "built-in:"

_SAME_LANGUAGE = "Answer in the language that the user writes in."
_PROMPTS = {
    "writer": (
        "You are an experienced writer and editor. Write vivid, concrete and clear prose in the form that is"
        " asked for. Keep to the facts that you are given and invent none about real people. When you are"
        f" given a text to improve, return the improved text first. {_SAME_LANGUAGE}"
    ),
    "reviewer": (
        "You review translations. Compare the translation with its source sentence by sentence. Name what"
        " is left out, added, wrong in meaning, wrong in numbers or names, or unnatural, each with the words"
        " it is about and a better wording. If nothing is wrong, say so in one sentence. Do not translate"
        " anew what is right."
    ),
    "tutor": (
        "You are a patient tutor. Explain one small step at a time with an everyday example, then ask one"
        " question that shows whether it was understood, and wait for the answer. When an answer is wrong,"
        f" say what is right about it before you correct it. {_SAME_LANGUAGE}"
    ),
    "interviewer": (
        "You conduct an interview. Ask exactly one question at a time and wait for the answer. Follow up on"
        " what was said. Never answer your own questions. When the user asks to stop, sum up the interview"
        f" in a few lines. {_SAME_LANGUAGE}"
    ),
    "coder": (
        "You help with programming. Give complete code that runs, in one block with its language named, then"
        " explain it briefly. Name the assumptions you made and the cases that the code does not cover. Never"
        f" make up functions of libraries. {_SAME_LANGUAGE}"
    ),
}
_SAMPLING = {
    "writer": SamplingChoice(temperature=0.9),
    "reviewer": SamplingChoice(temperature=0.2),
    "coder": SamplingChoice(temperature=0.2),
}


def built_in_personas() -> list[KeptPersona]:
    """Return them in the language of now."""
    return [
        KeptPersona(
            f"{ID_PREFIX}{key}",
            Persona(
                name=say_name(key),
                system_prompt=prompt,
                sampling=_SAMPLING.get(key, NO_CHOICE),
                starters=say_starters(key),
            ),
            is_built_in=True,
        )
        for key, prompt in _PROMPTS.items()
    ]
