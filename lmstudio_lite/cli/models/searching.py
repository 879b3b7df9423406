"""``models search``: models on the hub by words; ``models files``: what there is of one of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    cancelled_by_ctrl_c,
    complain,
    note,
    open_services,
    print_json,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.fit import ModelFit
from lmstudio_lite.domain.hub import HubModel, HubPage, ModelVariant, SearchOrder
from lmstudio_lite.errors import HubError, ModelFileError, NetworkError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import explain, say_parameters, say_size
from lmstudio_lite.words.hub import say_count, say_gated
from lmstudio_lite.words.shelf import name_verdict
from lmstudio_lite.words.translate import tr, trn

_PAGE_SIZE = 50


def run_search(options: argparse.Namespace) -> int:
    """Search the hub; a model's name or link is answered with its files."""
    with _asking(options) as (services, cancellation):
        words = " ".join(options.words)
        if services.hub.is_reference(words):
            return _list_files(services, words, cancellation, as_json=options.json)
        models: list[HubModel] = []
        next_page, is_first = "", True
        while len(models) < options.limit and (is_first or next_page):
            found = services.hub.search(
                words,
                order=SearchOrder(options.sort),
                limit=min(_PAGE_SIZE, options.limit - len(models)),
                next_page=next_page,
                cancellation=cancellation,
            )
            models += found.models
            next_page, is_first = found.next_page if found.models else "", False
        del models[options.limit :]
        if options.json:
            print_json({"models": [_model_row(model) for model in models], "has_more": bool(next_page)})
            return EXIT_OK
        for model in models:
            sys.stdout.write(_model_line(model) + "\n")
        if not models:
            note(tr("Nothing was found. Names of models are compared, so fewer words find more."))
        return EXIT_OK if models else EXIT_FAILED


def run_files(options: argparse.Namespace) -> int:
    """List what can be fetched of a repository."""
    with _asking(options) as (services, cancellation):
        return _list_files(services, options.model, cancellation, as_json=options.json)


def _list_files(services: Services, text: str, cancellation: Cancellation, *, as_json: bool) -> int:
    opened = services.hub.open(services.hub.understand(text), cancellation=cancellation)
    page = opened.page
    fits: dict[ModelVariant, ModelFit] = {}
    try:
        if page.variants:
            fits = services.hub.fits(
                page.variants, services.fitting, opened.chosen, cancellation=cancellation
            )
    except (HubError, NetworkError, ModelFileError) as error:
        complain(explain(error).what)
    if as_json:
        print_json(_page_row(page, fits))
        return EXIT_OK
    if page.model.is_gated:
        note(say_gated(page.model.repo))
    for variant in page.variants:
        sys.stdout.write(_variant_line(variant, fits.get(variant)) + "\n")
    if not page.variants:
        note(tr("This model has no GGUF files, which are the ones that this program runs."))
    return EXIT_OK if page.variants else EXIT_FAILED


@contextmanager
def _asking(options: argparse.Namespace) -> Iterator[tuple[Services, Cancellation]]:
    """Open the program for asking the hub, or ``--endpoint``; the first Ctrl-C ends the asking."""
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        if options.endpoint:
            services.hub.use_endpoint(options.endpoint)
        yield services, cancellation


def _model_row(model: HubModel) -> dict[str, object]:
    return {
        "repo": model.repo,
        "num_downloads": model.num_downloads,
        "num_likes": model.num_likes,
        "updated_at": model.updated_at,
        "licence": model.licence,
        "languages": list(model.languages),
        "base_models": list(model.base_models),
        "is_gated": model.is_gated,
        "num_parameters": model.num_parameters,
        "architecture": model.architecture,
        "context_length": model.context_length,
    }


def _page_row(page: HubPage, fits: Mapping[ModelVariant, ModelFit]) -> dict[str, object]:
    return _model_row(page.model) | {
        "commit": page.commit,
        "files": [_variant_row(variant) | _fit_row(fits.get(variant)) for variant in page.variants],
    }


def _fit_row(fit: ModelFit | None) -> dict[str, object]:
    if fit is None:
        return {"memory_bytes": None, "verdict": None, "tokens_per_s": None}
    speed = fit.speed.decode_tokens_per_s if fit.speed is not None else None
    return {"memory_bytes": fit.need.total_bytes, "verdict": fit.verdict.value, "tokens_per_s": speed}


def _variant_row(variant: ModelVariant) -> dict[str, object]:
    return {
        "quantization": variant.quantization,
        "file": variant.files[0].path,
        "size_bytes": variant.size_bytes,
        "parts": [
            {"file": file.path, "size_bytes": file.size_bytes, "sha256": file.sha256}
            for file in variant.files
        ],
        "projector": variant.projector.path if variant.projector else None,
    }


def _model_line(model: HubModel) -> str:
    columns = [
        model.repo,
        say_parameters(model.num_parameters) if model.num_parameters else "",
        say_count(model.num_downloads),
        model.updated_at[:10],
        model.licence,
        tr("asks for consent") if model.is_gated else "",
    ]
    return "\t".join(map(safe_line, columns)).rstrip("\t")


def _variant_line(variant: ModelVariant, fit: ModelFit | None) -> str:
    columns = [variant.quantization or "–", say_size(variant.size_bytes), variant.files[0].path]
    if len(variant.files) > 1:
        columns.append(trn("{n} part", "{n} parts", len(variant.files)))
    if variant.projector is not None:
        columns.append(tr("sees pictures"))
    if fit is not None:
        columns.insert(2, name_verdict(fit.verdict))
        if fit.speed is not None:
            columns.insert(3, tr("{0} tokens/s").format(f"{fit.speed.decode_tokens_per_s:.1f}"))
    return "\t".join(map(safe_line, columns))
