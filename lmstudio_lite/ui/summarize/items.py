"""What the Summarize tab shows: one item per document, in exactly one state.

Items are values; the queue replaces one by the next. A finished item and one reopened from the
history are the same thing, so both are drawn by the same view.

A document keeps each finished summary as a version: another form, length or language is another version
beside the ones before. While the next one is made, the one before stays on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.app.summaries import Done, Source, StoredSummary
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.summaries import SummaryOptions, SummaryProgress
from lmstudio_lite.errors import AppError


@dataclass(frozen=True, slots=True)
class Waiting:
    """Behind other documents in the queue."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The file is being turned into text."""


@dataclass(frozen=True, slots=True)
class Working:
    """The model reads; ``progress`` is None until its first report."""

    progress: SummaryProgress | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Stopped before there was a text to show; ``is_unfinished`` if the program ended meanwhile."""

    is_unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Paused:
    """Held by the user after ``progress``; ``kept`` is what stopping here leaves."""

    progress: SummaryProgress | None
    kept: Done | Stopped


@dataclass(frozen=True, slots=True)
class Failed:
    """``error`` is an ``AppError``, or anything else when it is a bug of ours."""

    error: Exception


ItemState = Waiting | Reading | Working | Paused | Done | Stopped | Failed


@dataclass(frozen=True, slots=True)
class SummaryItem:
    """One document on its way. ``item_id`` is unique in the queue; ``document`` is None until read.

    ``stored_id`` names the stored result that another run continues or adds a version to, "" for none.
    ``versions`` are the finished summaries, oldest first. ``before`` is what stood on the screen when the
    run under way began: it stays there until something better comes, and is gone back to when that stops.
    """

    item_id: int
    path: Path | None
    title: str
    options: SummaryOptions
    state: ItemState
    document: Document | None = None
    stored_id: str = ""
    versions: tuple[Done, ...] = ()
    before: Done | None = None

    @property
    def shown(self) -> Done | None:
        """Return the summary that stands on the screen, None while there is none."""
        return self.state if isinstance(self.state, Done) else self.before

    @property
    def version_place(self) -> int:
        """Return the place of the shown summary among the versions, -1 if it is none of them."""
        shown = self.shown
        places = (at for at, version in enumerate(self.versions) if shown and version.is_version(shown))
        return next(places, -1)

    def version_with(self, options: SummaryOptions, model: str) -> Done | None:
        """Return the newest version that ``model`` wrote with ``options``, None if there is none."""
        return next(
            (
                version
                for version in reversed(self.versions)
                if version.facts.model == model
                and replace(version.facts.options, variant=0) == replace(options, variant=0)
            ),
            None,
        )

    def with_done(self, done: Done) -> SummaryItem:
        """Return the item with a summary that was just made, or changed: in the place of its old self."""
        versions = list(self.versions)
        same = [at for at, version in enumerate(versions) if done.version and version.version == done.version]
        if same:
            versions[same[0]] = done
        elif done.is_finished and isinstance(self.state, Done) and self.version_place >= 0:
            versions[self.version_place] = done
        elif done.is_finished:
            versions.append(done)
        return replace(self, state=done, versions=tuple(versions), before=None, options=done.facts.options)

    def with_waiting(self, waiting: Sequence[Done]) -> SummaryItem:
        """Return a stored item with summaries of it that the disk has refused so far, the newest shown."""
        item = self
        for done in waiting:
            places = [
                at for at, each in enumerate(item.versions) if done.version and each.version == done.version
            ]
            versions = list(item.versions)
            if places:
                versions[places[0]] = done
            elif done.is_finished:
                versions.append(done)
            item = replace(item, state=done, versions=tuple(versions), options=done.facts.options)
        return item

    @property
    def source(self) -> Source | None:
        """Return what another run starts from: the text if it was read, else the file."""
        return self.document or self.path

    @property
    def is_running(self) -> bool:
        return isinstance(self.state, Reading | Working)

    @property
    def can_run_again(self) -> bool:
        return isinstance(self.state, Done | Stopped | Failed | Paused) and self.source is not None

    @property
    def is_open(self) -> bool:
        """There is more to do, now or later, without anybody asking for it."""
        return isinstance(self.state, Waiting | Reading | Working | Paused)


def item_of(stored: StoredSummary, item_id: int) -> SummaryItem:
    """Return the item of a stored summary."""
    state = stored.shown or Stopped(is_unfinished=True)
    path, title = stored.document.path, stored.title
    return SummaryItem(
        item_id, path, title, stored.options, state, stored.document, stored.result_id, stored.versions
    )


def wants_another_file(error: Exception) -> bool:
    """Tell whether trying again is no use, but another file is."""
    return isinstance(error, AppError) and error.code in _HOPELESS


_HOPELESS = frozenset(
    {
        "document_encrypted",
        "document_empty",
        "document_scanned",
        "document_unsupported",
        "document_damaged",
        "document_too_large",
        "document_not_found",
    }
)
