"""``models catalog``: what the program recommends, and whether the hub has it as the catalog says."""

from __future__ import annotations

import argparse
import sys

from lmstudio_lite.app.models.catalog_check import CatalogFinding, CatalogProblem, check_entry
from lmstudio_lite.cli.sources import nearest
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    note,
    open_services,
    print_json,
)
from lmstudio_lite.domain.catalog import CatalogModel
from lmstudio_lite.library.catalog import catalog
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import say_size
from lmstudio_lite.words.offers import say_licence
from lmstudio_lite.words.translate import mark, tr, trn

_PROBLEMS = {
    CatalogProblem.REPOSITORY: mark("the repository {0} is not there"),
    CatalogProblem.FILE: mark("the file {0} is not there (found: {1})"),
    CatalogProblem.SIZE: mark("has {1} bytes, not {0}"),
    CatalogProblem.SHA256: mark("has the SHA-256 {1}, not {0}"),
    CatalogProblem.LICENCE: mark("is under the licence {1}, not {0}"),
    CatalogProblem.GATED: mark("is given only to who accepts its makers' terms"),
}


def run_list(options: argparse.Namespace) -> int:
    """List the catalog."""
    if options.json:
        print_json({"models": [_row(model) for model in catalog()]})
        return EXIT_OK
    for model in catalog():
        uses = ", ".join(use.value for use in model.quality)
        size = say_size(model.file.size_bytes)
        columns = (model.id, model.name, uses, size, model.quantization, say_licence(model.licence))
        sys.stdout.write("\t".join(columns) + "\n")
    return EXIT_OK


def run_check(options: argparse.Namespace) -> int:
    """Compare entries with the hub."""
    by_id = {model.id: model for model in catalog()}
    for id_ in options.ids:
        if id_ not in by_id:
            meant = nearest(id_, list(by_id))
            complain(tr("The catalog has no “{0}”. Did you mean “{1}”?").format(safe_line(id_), meant))
            return EXIT_USAGE
    models = [by_id[id_] for id_ in options.ids] or list(catalog())
    found: dict[str, tuple[CatalogFinding, ...]] = {}
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        if options.endpoint:
            services.hub.use_endpoint(options.endpoint)
        progress = Progress()
        for number, model in enumerate(models, 1):
            progress.show(tr("{0} of {1}: {2}").format(number, len(models), model.name))
            found[model.id] = check_entry(services.hub, model, cancellation)
        progress.end()
    num_wrong = sum(bool(findings) for findings in found.values())
    if options.json:
        print_json({"models": [_checked_row(by_id[id_], found[id_]) for id_ in found]})
    else:
        for id_, findings in found.items():
            for finding in findings:
                words = tr(_PROBLEMS[finding.problem]).format(finding.expected, finding.found or "-")
                sys.stdout.write(f"{id_}\t{safe_line(words)}\n")
        agreed = trn(
            "{n} entry agrees with the hub.", "{n} entries agree with the hub.", len(found) - num_wrong
        )
        note(agreed)
    return EXIT_FAILED if num_wrong else EXIT_OK


def _row(model: CatalogModel) -> dict[str, object]:
    return {
        "id": model.id,
        "name": model.name,
        "quality": {use.value: quality for use, quality in model.quality.items()},
        "repo": model.file.repo,
        "revision": model.file.revision,
        "file": model.file.name,
        "size_bytes": model.file.size_bytes,
        "sha256": model.file.sha256,
        "quantization": model.quantization,
        "num_parameters": model.num_parameters,
        "licence": model.licence.name,
        "licence_terms": model.licence.terms.value,
        "licence_source": model.licence.source,
        "languages": list(model.languages),
        "context_length": model.context_length,
        "template_family": model.template_family,
        "architecture": model.facts.architecture,
        "is_later": model.is_later,
        "draft_for": list(model.draft_for),
        "doubt": model.doubt,
    }


def _checked_row(model: CatalogModel, findings: tuple[CatalogFinding, ...]) -> dict[str, object]:
    problems = [
        {"problem": finding.problem.value, "expected": finding.expected, "found": finding.found}
        for finding in findings
    ]
    return {"id": model.id, "repo": model.file.repo, "file": model.file.name, "problems": problems}
