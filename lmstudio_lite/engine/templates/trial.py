"""Whether a chat template could be used, asked before its model is loaded."""

from __future__ import annotations

from lmstudio_lite.engine.templates.chat_format import ChatFormat
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.errors import TemplateError


def template_problem(source: str, special_texts: tuple[str, str] = ("", "")) -> tuple[str, str]:
    """Return why a template can't be used, a ``TemplateProblem``, and what it says itself; "" if it can.

    ``special_texts`` are those of the tokens that begin and end a text. Any thread; takes a second at most,
    apart from the start of the process in which templates run.
    """
    try:
        chat_format = ChatFormat(source, special_texts=special_texts, guarded_texts=GuardedTexts)
    except TemplateError as error:
        return str(error.details["reason"]), str(error.details.get("detail", ""))
    return chat_format.problem or chat_format.habits.problem, ""
