"""Compares the catalog with the hub: is each file there, as long, of the same content, under its licence.

For who keeps the catalog and has a network. One question an entry; nothing is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.app.models.hub import ModelHub
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.catalog import CatalogModel
from lmstudio_lite.domain.hub import HubReference
from lmstudio_lite.errors import GatedModelError, RepositoryNotFoundError, VariantNotFoundError

_HUB_LICENCES = {
    "Apache-2.0": frozenset(("apache-2.0",)),
    "MIT": frozenset(("mit",)),
    "Gemma": frozenset(("gemma",)),
    "LFM-1.0": frozenset(("lfm1.0", "other")),
}
"""How repositories on the hub tag what the catalog calls by its own names."""


class CatalogProblem(StrEnum):
    """What of an entry is not as the hub has it."""

    REPOSITORY = "repository"
    FILE = "file"
    SIZE = "size"
    SHA256 = "sha256"
    LICENCE = "licence"
    GATED = "gated"


@dataclass(frozen=True, slots=True)
class CatalogFinding:
    """``expected`` stands in the catalog, ``found`` is what the hub says."""

    problem: CatalogProblem
    expected: str
    found: str


def check_entry(
    hub: ModelHub, model: CatalogModel, cancellation: Cancellation | None = None
) -> tuple[CatalogFinding, ...]:
    """Return what is wrong with an entry, nothing where it agrees with the hub. Waits for the network.

    Raises:
        NetworkError, HubAnswerError, CancelledError: the hub can't be asked.
    """
    file = model.file
    revision = "" if file.revision == "main" else file.revision
    try:
        found = hub.resolve(HubReference(file.repo, revision, path=file.path), cancellation=cancellation)
    except GatedModelError:
        return (CatalogFinding(CatalogProblem.GATED, "", file.repo),)
    except RepositoryNotFoundError:
        return (CatalogFinding(CatalogProblem.REPOSITORY, file.repo, ""),)
    except VariantNotFoundError as error:
        return (CatalogFinding(CatalogProblem.FILE, file.path, str(error.details.get("known", ""))),)
    there = found.variant.files[0]
    licence = found.model.licence.lower() if found.model is not None else ""
    is_gated = found.model is not None and found.model.is_gated
    compared = (
        (CatalogProblem.FILE, file.path, there.path, there.path == file.path),
        (
            CatalogProblem.SIZE,
            str(file.size_bytes),
            str(there.size_bytes),
            there.size_bytes == file.size_bytes,
        ),
        (CatalogProblem.SHA256, file.sha256, there.sha256, there.sha256 == file.sha256),
        (
            CatalogProblem.LICENCE,
            model.licence.name,
            licence,
            not licence or licence in _HUB_LICENCES.get(model.licence.name, ()),
        ),
        (CatalogProblem.GATED, "", file.repo, not is_gated),
    )
    return tuple(
        CatalogFinding(problem, expected, said)
        for problem, expected, said, is_same in compared
        if not is_same
    )
