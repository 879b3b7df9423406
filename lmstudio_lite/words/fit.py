"""Words for what a model takes of this machine, and how fast it is."""

from __future__ import annotations

from lmstudio_lite.domain.fit import FitVerdict, MeasuredLoad, ModelFit
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.words.saying import say_size
from lmstudio_lite.words.translate import mark, tr

_VERDICTS = {
    FitVerdict.ON_GPU: mark("on the graphics card"),
    FitVerdict.PARTLY_ON_GPU: mark("partly on the graphics card"),
    FitVerdict.IN_MEMORY: mark("fits"),
    FitVerdict.SLOW: mark("tight, needs {0}"),
    FitVerdict.TOO_LARGE: mark("too large, needs {0}"),
}
_CONTEXT_STEP = 256
"""The engine rounds contexts down to this many tokens: less is no difference worth a word."""


def say_verdict(fit: ModelFit) -> str:
    """Say in few words whether a model fits: "fits", "tight, needs 3.1 GB"."""
    return tr(_VERDICTS[fit.verdict]).format(say_size(fit.need.total_bytes))


def say_promise(load: MeasuredLoad) -> str:
    """Say what was promised of a model and what it then took."""
    return tr("promised {0}, took {1}").format(say_size(load.promised_bytes), say_size(load.taken_bytes))


def is_context_smaller(model: LoadedModel) -> bool:
    """Whether a model was loaded with clearly less context than was asked for or planned."""
    return model.context_size <= model.context_size_asked - _CONTEXT_STEP


def say_smaller_context(model: LoadedModel) -> str:
    """Say that a model has less context than it should have."""
    return tr("The context has room for {0} tokens; {1} were wanted.").format(
        f"{model.context_size:,}", f"{model.context_size_asked:,}"
    )


def say_anyway() -> str:
    """Say what may happen to who loads a model that is too large."""
    return tr(
        "Loaded anyway, it may be very slow, slow other programs down, or be ended by the system; the "
        "program itself goes on then."
    )
