"""``models recommend``: what suits this computer for a task, and how fast it would be. Nothing is fetched."""

from __future__ import annotations

import argparse
import sys

from lmstudio_lite.cli.terminal import EXIT_OK, note, open_services, print_json
from lmstudio_lite.domain.catalog import Offers, Recommendation, UseCase
from lmstudio_lite.library.recommend import fits
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import say_size
from lmstudio_lite.words.offers import (
    RANKS,
    say_fit_briefly,
    say_licence,
    say_summary_pace,
    say_why,
    say_writing_speed,
)
from lmstudio_lite.words.translate import language, tr


def run(options: argparse.Namespace) -> int:
    """Recommend models for ``options.task``."""
    use = UseCase(options.task)
    with open_services(options) as services:
        offers = services.recommending.offers(use, tuple(options.language))
    items = offers.recommendations if options.all else offers.ranked
    if options.json:
        print_json(
            {"is_speed_known": offers.is_speed_known, "models": [recommendation_row(item) for item in items]}
        )
        return EXIT_OK
    for item in items:
        sys.stdout.write("\n".join(_lines(item, offers)) + "\n\n")
    if not offers.ranked:
        note(tr("None of the recommended models for this fits into this computer's free memory."))
    elif not offers.is_speed_known:
        note(tr("How fast they are is known once a model has run on this computer (try “chat”)."))
    return EXIT_OK


def recommendation_row(item: Recommendation) -> dict[str, object]:
    """Return what ``--json`` says of a model; ``tokens_per_s`` is null where no speed is known."""
    model, fit = item.model, item.fit
    return {
        "id": model.id,
        "name": model.name,
        "repo": model.file.repo,
        "file": model.file.name,
        "size_bytes": model.file.size_bytes,
        "memory_bytes": fit.need.total_bytes,
        "context_size": fit.context_size,
        "tokens_per_s": fit.speed.decode_tokens_per_s if fit.speed is not None else None,
        "prompt_tokens_per_s": fit.speed.prompt_tokens_per_s if fit.speed is not None else None,
        "pages_per_min": item.pages_per_min if fit.speed is not None else None,
        "fits": fits(fit),
        "verdict": fit.verdict.value,
        "rank": item.rank.value if item.rank is not None else None,
        "why": say_why(model.why),
        "licence": model.licence.name,
        "licence_terms": model.licence.terms.value,
        "licence_source": model.licence.source,
        "languages": list(model.languages),
        "quantization": model.quantization,
        "url": model.file.url,
        "sha256": model.file.sha256,
        "path": str(item.path) if item.path is not None else None,
    }


def _lines(item: Recommendation, offers: Offers) -> list[str]:
    model, fit = item.model, item.fit
    written = offers.languages[0] if offers.use is UseCase.TRANSLATE and offers.languages else language()
    speed = say_writing_speed(fit.speed.decode_tokens_per_s, written) if fit.speed is not None else ""
    rank = tr(RANKS[item.rank]) if item.rank is not None else ""
    figures = (
        tr("{0} to fetch").format(say_size(model.file.size_bytes)) if item.path is None else tr("is here"),
        tr("{0} of memory").format(say_size(fit.need.total_bytes)),
        say_fit_briefly(fit.verdict),
        speed,
        say_summary_pace(item.pages_per_min) if UseCase.SUMMARIZE in item.model.quality else "",
    )
    return [
        " · ".join(filter(None, (rank, model.name))),
        f"  {say_why(model.why)}",
        f"  {' · '.join(filter(None, figures))}",
        f"  {tr('Licence: {0}').format(say_licence(model.licence))}",
        f"  {_way(item)}",
    ]


def _way(item: Recommendation) -> str:
    """Return how to get the model, or where it is."""
    if item.path is not None:
        return safe_line(str(item.path))
    return f"lmstudio-lite models get {item.model.file.url}"
