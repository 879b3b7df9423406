"""What the user chose, typed, in one TOML file that a person can read and edit.

The file holds only what was ever set: a value that is missing, of the wrong type or out of range
takes its default and stays in the file as it was written, as do keys this version doesn't know, so
that an older and a newer version can share a file. A file that isn't TOML at all is kept under
another name. ``SettingsStore.problems`` says what was passed over.
"""

from __future__ import annotations

import logging
import os
import threading
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
import tomli_w
from msgspec import Meta

from lmstudio_lite import paths
from lmstudio_lite.errors import SettingsError, StorageError
from lmstudio_lite.files import open_regular

log = logging.getLogger(__name__)

_SIZE_LIMIT_BYTES = 1_000_000

Text = Annotated[str, Meta(max_length=100_000)]
Count = Annotated[int, Meta(ge=0, le=1 << 31)]
Pixels = Annotated[int, Meta(ge=-100_000, le=100_000)]
SectionName = Literal[
    "appearance", "model", "chat", "summarize", "translate", "engine", "window", "documents", "hub", "offers"
]


@dataclass(frozen=True, slots=True)
class AppearanceSettings:
    """``text_scale`` 1.0 is the system's own text size; ``language`` is a code, "" the system's language.

    ``reading_width`` is how wide lines of messages may be, in pixels beside text of the system's size.
    """

    theme: Literal["system", "light", "dark"] = "system"
    reduced_motion: bool = False
    text_scale: Annotated[float, Meta(ge=0.5, le=3.0)] = 1.0
    reading_width: Annotated[int, Meta(ge=400, le=4000)] = 760
    language: Annotated[str, Meta(max_length=16)] = ""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """``path`` "" is the starter model; ``context_size`` (tokens) and ``num_threads`` 0 are automatic.

    ``folders`` are searched for models, and ``files`` are models that the user added one by one.
    ``stores_off`` names the programs whose models are not listed (``domain.shelf.Store``).
    ``adapter`` is a LoRA adapter to chat with while the model at ``adapter_base`` is loaded, "" for none.
    """

    path: Text = ""
    adapter: Text = ""
    adapter_base: Text = ""
    adapter_strength: Annotated[float, Meta(ge=0.0, le=2.0)] = 1.0
    context_size: Count = 0
    folders: tuple[Text, ...] = ()
    files: tuple[Text, ...] = ()
    stores_off: tuple[Text, ...] = ()
    num_threads: Annotated[int, Meta(ge=0, le=1024)] = 0


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """``max_tokens`` 0 lets a reply go on until the model or the context ends it.

    ``temperature`` None is what the model's makers recommend. ``thinks_first`` False asks models that can
    do without thinking to answer at once. ``presets`` are choices of sampling by their names. A chat that
    ``summarizes`` has its older turns summarized when its context is nearly full; they are left out else.
    ``marks_unsure_words`` shades what the model was unsure of.
    """

    system_prompt: Text = ""
    temperature: Annotated[float, Meta(ge=0.0, le=2.0)] | None = None
    max_tokens: Count = 0
    thinks_first: bool = True
    presets: dict[str, dict[str, int | float]] = field(default_factory=dict)
    summarizes: bool = False
    names_chats: bool = True
    marks_unsure_words: bool = False


@dataclass(frozen=True, slots=True)
class SummarizeSettings:
    """``language`` is an ISO 639-1 code, "" the document's own. ``presets`` are instructions by name.

    ``open_work`` names what was not finished when this was written: files, and stored results by their id.
    """

    form: Literal[
        "bullets",
        "paragraph",
        "abstract",
        "brief",
        "outline",
        "quotes",
        "glossary",
        "timeline",
        "questions",
        "newcomer",
        "minutes",
        "own",
    ] = "bullets"
    words: Annotated[int, Meta(ge=30, le=600)] = 100
    language: Annotated[str, Meta(max_length=16)] = ""
    instruction: Annotated[str, Meta(max_length=4000)] = ""
    presets: dict[str, str] = field(default_factory=dict)
    reads_all: bool = False
    open_work: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TranslateSettings:
    """ISO 639-1 codes; ``source`` "" is detected. ``live`` translates while the user types.

    ``pinned`` languages stand at the top of the boxes, then the ``recent`` ones, the newest first.
    ``register`` is how the reader is addressed, "" as the model likes; ``audience`` is in the user's words.
    ``project`` is that whose glossaries and memory count besides those of every project, "" for none.
    """

    source: Annotated[str, Meta(max_length=16)] = ""
    target: Annotated[str, Meta(min_length=1, max_length=16)] = "en"
    live: bool = True
    pinned: tuple[Annotated[str, Meta(max_length=16)], ...] = ()
    recent: tuple[Annotated[str, Meta(max_length=16)], ...] = ()
    register: Literal["", "formal", "informal"] = ""
    audience: Annotated[str, Meta(max_length=200)] = ""
    project: Annotated[str, Meta(max_length=100)] = ""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """``rungs`` remembers how cautiously a model must run on ``rungs_machine``: ``Rung`` by model path.

    What is "auto", 0 or for ``gpu_layers`` -1 is measured, if the engine ``measures``, or chosen by rule.
    A worker that hangs is restarted after ``hang_after_s``; an idle one gives its memory back after
    ``unload_after_minutes`` (0: never).

    ``snapshot_limit_mb`` bounds what evaluated chats take on disk; 0 keeps none.
    """

    isolation: Literal["process", "thread"] = "process"
    rungs: dict[str, str] = field(default_factory=dict)
    rungs_machine: Text = ""
    measures: bool = True
    flash_attention: Literal["auto", "on", "off"] = "auto"
    kv_type: Literal["auto", "f16", "q8_0"] = "auto"
    micro_batch_size: Annotated[int, Meta(ge=0, le=4096)] = 0
    gpu_layers: Annotated[int, Meta(ge=-1, le=10_000)] = -1
    hang_after_s: Annotated[int, Meta(ge=5, le=86_400)] = 60
    unload_after_minutes: Annotated[int, Meta(ge=0, le=100_000)] = 30
    snapshot_limit_mb: Annotated[int, Meta(ge=0, le=1 << 20)] = 2048


@dataclass(frozen=True, slots=True)
class DocumentSettings:
    """``encodings`` says in which encoding the text at a path is to be read, as the user chose it.

    Folders that questions are answered from are not read on while ``is_reading_paused``. A question finds
    passages by their meaning too if it ``compares_meanings`` and there is a model that can.
    """

    encodings: dict[str, str] = field(default_factory=dict)
    is_reading_paused: bool = False
    compares_meanings: bool = True


@dataclass(frozen=True, slots=True)
class HubSettings:
    """``endpoint`` is the model hub or a mirror of it, "" for huggingface.co.

    ``tokens`` says by host where an access token is kept ("keyring" or "file"); none stands here.
    ``limit_bytes_per_s`` is for all downloads together, 0 for none.
    """

    endpoint: Text = ""
    limit_bytes_per_s: Count = 0
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """Sizes and places in device-independent pixels; ``x`` and ``y`` None leave the place to the system."""

    width: Annotated[int, Meta(ge=200, le=100_000)] = 1180
    height: Annotated[int, Meta(ge=200, le=100_000)] = 760
    x: Pixels | None = None
    y: Pixels | None = None
    maximized: bool = False
    tab: Literal["chat", "summarize", "translate"] = "chat"
    history_width: Annotated[int, Meta(ge=0, le=10_000)] = 260
    history_collapsed: bool = False
    models_width: Annotated[int, Meta(ge=200, le=100_000)] = 960
    models_height: Annotated[int, Meta(ge=200, le=100_000)] = 640
    models_page: Literal["offers", "library", "find", "downloads", "connections"] = "library"


@dataclass(frozen=True, slots=True)
class OffersSettings:
    """For whom models are recommended; ``language`` "" is the one that was translated into last.

    ``is_dismissed``: the card with better models than the starter was closed for good.
    """

    use: Literal["chat", "summarize", "translate", "code"] = "chat"
    language: Annotated[str, Meta(max_length=16)] = ""
    is_dismissed: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    appearance: AppearanceSettings = field(default_factory=AppearanceSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    chat: ChatSettings = field(default_factory=ChatSettings)
    summarize: SummarizeSettings = field(default_factory=SummarizeSettings)
    translate: TranslateSettings = field(default_factory=TranslateSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    window: WindowSettings = field(default_factory=WindowSettings)
    documents: DocumentSettings = field(default_factory=DocumentSettings)
    hub: HubSettings = field(default_factory=HubSettings)
    offers: OffersSettings = field(default_factory=OffersSettings)


Listener = Callable[[Settings], None]
Tables = dict[str, Any]


class SettingsStore:
    """The settings of one file. Thread-safe; opening never fails, it reports ``problems``."""

    def __init__(self, path: Path) -> None:
        """Read the file; a missing one means defaults."""
        self._path = path
        self._lock = threading.Lock()  # of values: never held while the disk is waited for
        self._saving = threading.Lock()  # of the file
        self._on_held: Callable[[], None] | None = None
        self._listeners: list[Listener] = []
        self._held: Tables = {}
        problems: list[SettingsError] = []
        tables: Tables = {}
        try:
            tables = self._read_tables(problems)
        except (OSError, StorageError) as error:
            problems.append(self._problem(f"unreadable: {error}"))
        self._value = self._settings_from(tables, problems)
        self._problems = tuple(problems)
        for problem in problems:
            log.warning("settings: %s", problem.details["reason"])

    @property
    def value(self) -> Settings:
        """The newest settings, as one consistent value."""
        return self._value

    @property
    def problems(self) -> tuple[SettingsError, ...]:
        """What was passed over when the file was opened, for a notice in the window."""
        return self._problems

    def override(self, section: SectionName, **changes: object) -> None:
        """Change values of one section for this process only: nothing is saved, nobody is told.

        The next ``update`` reads the file again and forgets it. For the command line's options.
        """
        with self._lock:
            changed = replace(getattr(self._value, section), **changes)
            self._value = replace(self._value, **{section: changed})

    def hold(self, section: SectionName, **changes: object) -> None:
        """Change values at once and leave saving them to the next ``save`` or ``update``: nothing waits.

        What ``save_held_by`` was given is called. Listeners are not.
        """
        with self._lock:
            plain: Tables = msgspec.to_builtins(changes, enc_hook=os.fspath)
            self._held[section] = self._held.get(section, {}) | plain
            changed = replace(getattr(self._value, section), **changes)
            self._value = replace(self._value, **{section: changed})
            on_held = self._on_held
        if on_held is not None:
            on_held()

    def save_held_by(self, on_held: Callable[[], None]) -> None:
        """Call ``on_held`` whenever something waits for ``save``, on the thread that changed it."""
        self._on_held = on_held

    def save(self) -> None:
        """Save what was held; waits for the disk.

        Raises:
            DataFolderReadOnlyError, DiskFullError: it can't be saved; it is held on.
        """
        with self._saving:
            if self._held:
                self._write({})

    def update(self, section: SectionName, **changes: object) -> Settings:
        """Change values of one section and save; a window place of None is left to the system.

        The file is read again first, so that what another process saved since is kept. Listeners run
        on this thread before it returns, unless nothing changed. Waits for the disk.

        Raises:
            SettingsError: a value is of the wrong type or out of range; nothing is changed.
            DataFolderReadOnlyError, DiskFullError: the file can't be saved; nothing is changed.
        """
        plain: Tables = msgspec.to_builtins(changes, enc_hook=os.fspath)
        hints = _hints(type(getattr(self._value, section)))
        for name, value in plain.items():
            try:
                msgspec.convert(value, hints[name])
            except msgspec.ValidationError as error:
                raise self._problem(f"{section}.{name}: {error}") from error
        with self._saving:
            before = self._value
            after = self._write({section: plain})
        with self._lock:
            listeners = tuple(self._listeners) if after != before else ()
        for listener in listeners:
            listener(after)
        return after

    def _write(self, changes: Tables) -> Settings:
        """Save ``changes`` with what is held; what is held meanwhile stays held. Called while saving."""
        with self._lock:
            held, self._held = self._held, {}
        try:
            try:
                tables = self._read_tables([])
            except OSError as error:
                raise paths.write_error(error, self._path) from error
            _merge(tables, held)
            _merge(tables, changes)
            paths.replace_file(self._path, tomli_w.dumps(tables).encode("utf-8", "replace"))
        except BaseException:
            with self._lock:
                self._held = {
                    name: held.get(name, {}) | self._held.get(name, {}) for name in held | self._held
                }
            raise
        with self._lock:
            _merge(tables, self._held)
            self._value = self._settings_from(tables, [])
            return self._value

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with the new settings after every change; returns the way out."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._unsubscribe(listener)

    def _unsubscribe(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def _read_tables(self, problems: list[SettingsError]) -> Tables:
        """Return the file's tables as they are written; a file that isn't TOML is set aside."""
        try:
            with open_regular(self._path) as file:
                content = file.read(_SIZE_LIMIT_BYTES + 1)
        except FileNotFoundError:
            return {}
        try:
            if len(content) > _SIZE_LIMIT_BYTES:
                raise ValueError(f"larger than {_SIZE_LIMIT_BYTES:,} bytes")
            return tomllib.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            kept = paths.set_aside(self._path, "broken")
            problems.append(self._problem(f"not TOML ({error}); kept as {kept.name}"))
            return {}

    def _settings_from(self, tables: Tables, problems: list[SettingsError]) -> Settings:
        """Take every value that fits; the others take their defaults and are reported."""
        sections = {
            entry.name: self._section_from(tables, entry.name, kind, problems)
            for entry, kind in zip(fields(Settings), _hints(Settings).values(), strict=True)
        }
        return Settings(**sections)

    def _section_from(
        self, tables: Tables, section: str, kind: type[Any], problems: list[SettingsError]
    ) -> Any:
        table = tables.get(section, {})
        if not isinstance(table, dict):
            problems.append(self._problem(f"{section}: not a table"))
            return kind()
        fitting = {}
        for name, hint in _hints(kind).items():
            if name not in table:
                continue
            try:
                fitting[name] = msgspec.convert(table[name], hint)
            except msgspec.ValidationError as error:
                problems.append(self._problem(f"{section}.{name}: {error}"))
        return kind(**fitting)

    def _problem(self, reason: str) -> SettingsError:
        return SettingsError(path=str(self._path), reason=reason)


def stored_language(path: Path) -> str:
    """Return the language that the settings file at ``path`` asks for, "" where it names none.

    For before the settings are opened: nothing is changed, nor said of what is wrong with the file.
    """
    try:
        with open_regular(path) as file:
            table = tomllib.loads(file.read(_SIZE_LIMIT_BYTES).decode("utf-8-sig"))["appearance"]
        language: str = msgspec.convert(table["language"], _hints(AppearanceSettings)["language"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return language


def _merge(tables: Tables, changes: Tables) -> None:
    """Put ``changes`` by section into ``tables``; None takes a value out."""
    for name, values in changes.items():
        table = tables.get(name)
        merged = {**(table if isinstance(table, dict) else {}), **values}
        tables[name] = {key: value for key, value in merged.items() if value is not None}


def _hints(kind: type[Any]) -> dict[str, Any]:
    """Return a section's fields in order, each with its type and limits."""
    return get_type_hints(kind, include_extras=True)
