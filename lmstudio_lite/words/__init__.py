"""The words people read, said once for the window, the terminal and the server, in every language.

``explain`` turns an error into what happened and what to do next, ``explain_warning`` says what a
finished result should be trusted with. Every code of ``errors`` and of ``tasks.checks`` has its entry;
tests prove it. ``summaries``, ``translations``, ``replies``, ``runs``, ``training_data`` and ``engine`` word
the values that they are named after; ``translate`` has the language. What a control is called stands beside
the control, and goes through ``translate`` too.
"""

from __future__ import annotations

from lmstudio_lite.errors import AppError
from lmstudio_lite.words import (
    batch,
    conversion,
    documents,
    hub,
    model_changes,
    models,
    network,
    personas,
    storage,
    training,
    writing,
)
from lmstudio_lite.words.findings import explain_warning, warning_codes
from lmstudio_lite.words.models import say_template_problem
from lmstudio_lite.words.saying import Explanation, say_duration, say_parameters, say_size, say_time_left
from lmstudio_lite.words.translate import tr

__all__ = [
    "Explanation",
    "explain",
    "explain_warning",
    "say_duration",
    "say_parameters",
    "say_size",
    "say_template_problem",
    "say_time_left",
    "warning_codes",
]

_WORDS = {
    **models.WORDS,
    **model_changes.WORDS,
    **conversion.WORDS,
    **documents.WORDS,
    **training.WORDS,
    **storage.WORDS,
    **hub.WORDS,
    **network.WORDS,
    **writing.WORDS,
    **personas.WORDS,
    **batch.WORDS,
}


def explain(error: AppError) -> Explanation:
    """Say what ``error`` means and what to do; an unknown code is named so that it can be reported."""
    words = _WORDS.get(error.code)
    if words is None or "unknown_code" in error.details:
        code = error.details.get("unknown_code", error.code)
        return Explanation(
            tr("Something went wrong ({0}).").format(code),
            tr("Try again. If it happens again, report this code."),
        )
    return words(error.details)
