"""What all verbs share: opening the program without a window, progress, errors, Ctrl-C."""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from lmstudio_lite import words
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.output import SafeStream, as_json
from lmstudio_lite.cli.sources import is_there, nearest, nearest_file
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document, PossibleEncoding
from lmstudio_lite.domain.inventory import unread_of
from lmstudio_lite.errors import (
    AppError,
    DocumentEmptyError,
    DocumentNotFoundError,
    ModelNotFoundError,
)
from lmstudio_lite.paths import Paths, portable_paths, replace_file, user_paths
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.encodings import name_encoding
from lmstudio_lite.words.fit import is_context_smaller, say_smaller_context
from lmstudio_lite.words.inventory import say_recognized, say_unread
from lmstudio_lite.words.translate import mark, tr

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
PLAIN_INTERVAL_S = 5.0
STANDARD_INPUT = mark("standard input")


def paths_of(options: argparse.Namespace) -> Paths:
    """Return the user's folders, or all of them under ``--data-dir``."""
    return portable_paths(options.data_dir) if options.data_dir else user_paths()


@contextmanager
def open_services(options: argparse.Namespace, *, exclusive: bool = False) -> Iterator[Services]:
    """Open the program without a model; warns where other users can get at the data. Closes it at the end.

    Raises:
        AlreadyRunningError: ``exclusive``, and a window or another such verb has the data.
        AppError: the data can't be opened.
    """
    with Services.open(paths_of(options), exclusive=exclusive) as services:
        if services.exposure is not None:
            explanation = words.explain(services.exposure)
            complain(f"{explanation.what} {explanation.remedy}")
        yield services


@contextmanager
def services_with_model(options: argparse.Namespace, *, exclusive: bool = False) -> Iterator[Services]:
    """Open the program and load ``--model`` or the default one; closes all of it at the end.

    Raises:
        AppError: as ``open_services``, or the model can't be loaded.
    """
    with open_services(options, exclusive=exclusive) as services:
        load_wanted_model(services, options)
        yield services


def load_wanted_model(services: Services, options: argparse.Namespace) -> None:
    """Load ``--model`` or the default one; waits, and says what is not as it should be with it.

    Raises:
        AppError: it can't be loaded.
    """
    path = resolve_model(services, options.model) if options.model else None
    progress = Progress()
    progress.show(tr("loading the model"))
    services.load_model(path, anyway=options.anyway)
    services.engine.wait_until_ready()
    progress.end()
    model = services.engine.state.model
    if model is not None and model.template_problem:
        problem = words.say_template_problem(model.template_problem)
        complain(f"{problem} {tr('A plain one takes its place; answers may be worse.')}")
    if model is not None and is_context_smaller(model):
        complain(say_smaller_context(model))


def resolve_model(services: Services, name: str) -> Path:
    """Return the model that ``name`` means.

    Raises:
        ModelNotFoundError: there is none; ``nearest`` is the one that was probably meant.
        ModelFileError: as ``ModelLibrary.resolve``.
    """
    try:
        return services.library.resolve(name)
    except ModelNotFoundError as error:
        names = [entry.file.name if entry.file else entry.path.stem for entry in services.library.list()]
        by_beginning = {begun: whole for whole in reversed(names) for begun in _beginnings(whole)}
        found = by_beginning.get(nearest(name, by_beginning), "") or nearest_file(Path(name))
        raise ModelNotFoundError(**{**error.details, "nearest": found}) from None


def _beginnings(name: str) -> list[str]:
    """Return ``name`` and what it begins with, word by word, for people write "qwen2.5" for the whole."""
    parts = re.split(r"[-_ ]+", name)
    return ["-".join(parts[:number]) for number in range(1, len(parts) + 1)]


def missing_files(sources: Iterable[str], *, as_json: bool, hint: str = "") -> set[str]:
    """Return which files are not there, and say so of each: before a model is loaded for them."""
    missing = {source for source in sources if source != "-" and not is_there(source)}
    for source in sorted(missing):
        error = DocumentNotFoundError(path=source, nearest=nearest_file(Path(source).expanduser()))
        show_error(error, as_json=as_json, hint=hint)
    return missing


@contextmanager
def cancelled_by_ctrl_c() -> Iterator[Cancellation]:
    """Turn the first Ctrl-C into a cancellation (what is done is kept); the second one interrupts."""
    cancellation = Cancellation()

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if cancellation.is_cancelled:
            signal.default_int_handler(number, frame)
        cancellation.cancel()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield cancellation
    finally:
        signal.signal(signal.SIGINT, before)


def read_input(
    services: Services,
    source: str,
    cancellation: Cancellation,
    *,
    encoding: str = "",
    keeps_form: bool = False,
) -> Document:
    """Read a file, or standard input for "-"; says where it is not sure of the encoding.

    ``encoding`` is the user's word for texts, "" for none; ``keeps_form`` for a translation.

    Raises:
        DocumentError: it can't be read, or holds no text.
    """
    if source == "-":
        return standard_input(encoding)
    path = Path(source).expanduser()
    document = services.reader.read(path, cancellation, encoding=encoding, keeps_form=keeps_form)
    say_doubt(source, document)
    return document


def standard_input(encoding: str = "") -> Document:
    """Read standard input to its end, whatever its encoding, or in the one that is given.

    Raises:
        DocumentEmptyError: it is closed or holds nothing.
        DocumentUnsupportedError: it holds no text.
    """
    from lmstudio_lite.documents.decoding import EncodingWish, decode_file
    from lmstudio_lite.documents.structure.assembly import text_document

    content = sys.stdin.buffer.read()
    name = tr(STANDARD_INPUT)
    if not content.strip():
        raise DocumentEmptyError(path=name)
    decoded = decode_file(Path(name), content, EncodingWish(encoding))
    document = replace(
        text_document(decoded.text, STANDARD_INPUT),
        encoding=decoded.encoding,
        is_encoding_sure=decoded.is_sure,
        possible_encodings=tuple(PossibleEncoding(each, "") for each in decoded.alternatives),
    )
    say_doubt(name, document)
    return document


def say_doubt(source: str, document: Document) -> None:
    """Say on standard error which other encodings a text may be in, if that is in doubt."""
    others = [each.encoding for each in document.possible_encodings if each.encoding != document.encoding]
    if others:
        names = tr(" or ").join(map(name_encoding, others))
        complain(
            tr("{0} was read as {1}; could also be {2}: --encoding {3}").format(
                safe_line(source), name_encoding(document.encoding), names, others[0]
            )
        )


class Progress:
    """One line on standard error that is rewritten; plain lines now and then where it is no terminal."""

    def __init__(self) -> None:
        self._is_live = sys.stderr.isatty()
        self._shown_at = 0.0
        self._width = 0

    def show(self, text: str) -> None:
        """Show ``text``, as far as the terminal is wide."""
        text = safe_line(text)
        now = time.monotonic()
        if self._is_live:
            text = text[: shutil.get_terminal_size().columns - 1]
            _control("\r" + text.ljust(self._width))
            self._width = len(text)
        elif now - self._shown_at >= PLAIN_INTERVAL_S:
            sys.stderr.write(text + "\n")
            self._shown_at = now
        sys.stderr.flush()

    def end(self) -> None:
        """Clear the live line."""
        if self._is_live and self._width:
            _control("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0


def _control(text: str) -> None:
    stream = sys.stderr
    stream.write_control(text) if isinstance(stream, SafeStream) else stream.write(text)


def note(text: str) -> None:
    """Write a remark to standard error."""
    sys.stderr.write(text + "\n")


def complain(text: str) -> None:
    """Write to standard error what the program can't do, with its name before it as terminals are used to."""
    note(f"lmstudio-lite: {text}")


def show_unsaved(services: Services, *, as_json: bool) -> bool:
    """Say why something could not be kept; False where all is on the disk."""
    error = services.unsaved.state.error
    if error is not None:
        show_error(error, as_json=as_json)
    return error is not None


def note_reading(document: Document, source: str = "") -> None:
    """Say on standard error what of a document could not be read, and what may have mistakes.

    ``source`` is said before it where there are several.
    """
    said = [*say_unread(unread_of(document.inventory)), say_recognized(document.inventory)]
    for sentence in filter(None, said):
        note(f"{safe_line(source)}: {sentence}" if source else sentence)


def save_outputs(options: argparse.Namespace, outputs: Sequence[str]) -> bool:
    """Write ``outputs`` to ``--output``, whole or not at all; False where that failed, which is said."""
    path: Path = options.output
    try:
        replace_file(path, "\n".join(outputs).encode("utf-8", "replace"), is_private=False)
    except AppError as error:
        show_error(error, as_json=options.json)
        return False
    if options.json:
        print_json({"output": str(path)})
    return True


def print_json(value: Mapping[str, object]) -> None:
    """Write one JSON object to standard output."""
    sys.stdout.write(as_json(value))


def show_error(error: AppError, *, as_json: bool, hint: str = "") -> None:
    """Say what happened and what to do, on standard error; as an object on standard output if asked.

    ``hint`` is another thing to do, that only the verb knows.
    """
    explanation = words.explain(error)
    if as_json:
        print_json(
            {"error": error.code, "what": explanation.what, "remedy": explanation.remedy, **error.details}
        )
    complain(f"{explanation.what}\n{explanation.remedy} {hint}".rstrip())
