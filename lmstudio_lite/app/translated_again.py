"""One segment translated again, otherwise than it is, or as its reviewer says."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translations import TranslatedSegment, TranslationOptions
from lmstudio_lite.domain.units import Place, Unit, UnitKind
from lmstudio_lite.tasks.translate.alternatives import alternatives
from lmstudio_lite.tasks.translate.units import translate_units

_NOWHERE = Place(UnitKind.BODY, "", 1)


def translated_again(
    services: Services,
    segment: TranslatedSegment,
    options: TranslationOptions,
    *,
    terms: Sequence[Term],
    cancellation: Cancellation,
) -> str:
    """Return another translation of ``segment``, "" where the model finds none; waits.

    What an instruction brings is taken as the model gives it first; where that is what is there already, or
    nothing is said, another one is drawn.

    Raises:
        ModelError, EngineError: the model can't answer.
        CancelledError: cancelled.
    """
    if options.instruction:
        made = translate_units(
            (Unit(segment.source, segment.place or _NOWHERE),),
            options,
            engine=services.engine,
            report=lambda progress: None,
            cancellation=cancellation,
            terms=terms,
        )
        text = " ".join(each.text for each in made.segments if not each.is_kept)
        if text and text != segment.text:
            return text
    found = alternatives(
        segment.source,
        options,
        1,
        engine=services.engine,
        cancellation=cancellation,
        terms=terms,
        known=(segment.text,),
    )
    return found[0] if found else ""
