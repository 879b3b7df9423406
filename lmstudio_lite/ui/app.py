"""The window's process: from the command line to the event loop and back out, with nothing lost.

The folder's lock comes first: only while another process holds it are the files handed over, to a window
that proves to be ours; else they are opened here. Then the order is what makes it quick: the services (no
model, no parsing), the window, and only when it is on the screen the model.
"""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSocketNotifier, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from lmstudio_lite import __version__, logs
from lmstudio_lite.app.recovery import Salvage, recover_database
from lmstudio_lite.app.session import Services
from lmstudio_lite.errors import AlreadyRunningError, AppError, DatabaseDamagedError
from lmstudio_lite.paths import Paths, portable_paths, resources, user_paths
from lmstudio_lite.ui.appearance import Appearance
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.bugs import BugReporter, log_qt_messages
from lmstudio_lite.ui.file_open import FileOpenWatch
from lmstudio_lite.ui.garbage import GuiThreadGarbage
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.plain_words import PlainMessageBox
from lmstudio_lite.ui.single_instance import InstanceServer, hand_over
from lmstudio_lite.ui.spoken_language import speak_as_the_system, translate_qt
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words import explain
from lmstudio_lite.words.argument_parser import ArgumentParser
from lmstudio_lite.words.translate import tr

log = logging.getLogger(__name__)

_BEGIN_AFTER_MS = 50
"""Until the window is painted: what begins then imports much, which would keep the interpreter from it."""
_FIRST_WINDOW_WAIT_S = 5.0


def main(argv: Sequence[str] | None = None) -> int:
    """Show the window until it is closed; returns the process's exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    speak_as_the_system(arguments)
    options = _parse(arguments)
    paths = portable_paths(options.data_dir) if options.data_dir else user_paths()
    files = [path.absolute() for path in options.files]
    try:
        services = _open_or_salvage(paths, files)
    except AppError as error:
        Theme(_application())
        _show_refusal(error)
        return 1
    if services is None:
        return 0
    app = _application()
    return run(app, Theme(app), services, files, model=options.model, verbose=options.verbose)


def run(
    app: QApplication,
    theme: Theme,
    services: Services,
    files: Sequence[Path] = (),
    *,
    model: str = "",
    verbose: bool = False,
) -> int:
    """Run the window on open services, which are closed at the end."""
    with ExitStack() as closing:
        closing.callback(GuiThreadGarbage(app).close)
        closing.callback(logs.configure(services.paths, verbose))
        closing.callback(services.close)
        bugs = BugReporter(app)
        closing.callback(bugs.close)
        Appearance(theme, services.settings).apply()
        bridge = Bridge(services.jobs, services.engine, app)
        closing.callback(bridge.close)
        window = MainWindow(services, bridge, theme)
        closing.callback(window.deleteLater)
        bugs.window = window
        bridge.bug_found.connect(bugs.show_bug)
        bridge.unheard_error.connect(window.model_notice.show_error)
        server = InstanceServer(services.paths.data, app)
        closing.callback(server.close)

        def hear_start(paths: list[Path]) -> None:
            window.raise_now()
            window.open_paths(paths)

        server.paths_received.connect(hear_start)
        if sys.platform == "darwin":
            closing.callback(FileOpenWatch(app, hear_start).close)
        closing.callback(_quit_on_signals(app))
        window.show()
        QTimer.singleShot(_BEGIN_AFTER_MS, window, lambda: _begin(window, services, files, model))
        code = app.exec()
        window.hide()
        return code


def _begin(window: MainWindow, services: Services, files: Sequence[Path], model: str) -> None:
    """Load the model and open the files, now that the window is there."""
    models = [path for path in files if path.suffix.lower() == ".gguf"]
    if not models:
        window.control.load_named(model)
    window.open_paths(files)
    window.chat.warm_up()
    if services.exposure is not None:
        log.warning("others can get at the data folder: %s", services.exposure)
        window.model_notice.show_warning(services.exposure)
    for problem in services.settings.problems:
        window.model_notice.show_error(problem)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = ArgumentParser(prog="lmstudio-lite", description=tr("Open the window."))
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        help=tr("documents to summarize, conversations to open, or a .gguf model to use"),
    )
    parser.add_argument("--data-dir", type=Path, help=tr("keep everything in this folder"))
    parser.add_argument("--model", default="", help=tr("a model's file or name"))
    parser.add_argument("--verbose", action="store_true", help=tr("log to the terminal"))
    parser.add_argument("--version", action="version", version=__version__)
    return parser.parse_args(list(argv))


def _application() -> QApplication:
    QCoreApplication.setApplicationName("lmstudio-lite")
    QCoreApplication.setApplicationVersion(__version__)
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    log_qt_messages()
    app = QApplication([sys.argv[0]])
    translate_qt(app)
    app.setApplicationDisplayName("LM Studio Lite")
    app.setDesktopFileName("lmstudio-lite")
    app.setWindowIcon(QIcon(str(resources() / "icons" / "app" / "lmstudio-lite-128.png")))
    return app


def _open_or_salvage(paths: Paths, files: Sequence[Path]) -> Services | None:
    """Open the data; a damaged database is set aside for what can be read of it, if the user wants that.

    Raises:
        AppError: as ``_open_services``, or the user does not want it, or it can't be done.
    """
    try:
        return _open_services(paths, files)
    except DatabaseDamagedError as error:
        Theme(_application())
        if not _wants_salvage(error):
            raise
        _show_salvaged(recover_database(paths))
        return _open_services(paths, files)


def _wants_salvage(error: DatabaseDamagedError) -> bool:
    box = _box(QMessageBox.Icon.Warning, explain(error).what)
    box.setInformativeText(
        tr(
            "What can be read of it comes into a new database. The damaged file is kept, nothing is deleted.",
        )
    )
    box.setDetailedText(str(error))
    recover = box.addButton(tr("Recover what can be read"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(tr("Quit"), QMessageBox.ButtonRole.RejectRole)
    box.exec()
    return box.clickedButton() is recover


def _show_salvaged(found: Salvage) -> None:
    told = tr("Recovered: {0} conversations with {1} messages, {2} summaries and translations.")
    box = _box(
        QMessageBox.Icon.Information,
        told.format(f"{found.num_conversations:,}", f"{found.num_messages:,}", f"{found.num_results:,}"),
    )
    box.setInformativeText(tr("The damaged file is kept as {0}.").format(str(found.kept_path)))
    box.exec()


def _open_services(paths: Paths, files: Sequence[Path]) -> Services | None:
    """Open the data; None if the window that has it, perhaps only just starting, has taken the files.

    Raises:
        AppError: the data can't be opened, or somebody has it who does not prove to be our window.
    """
    deadline = time.monotonic() + _FIRST_WINDOW_WAIT_S
    while True:
        try:
            return Services.open(paths, exclusive=True)
        except AlreadyRunningError:
            if hand_over(paths.data, files):
                return None
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _show_refusal(error: AppError) -> None:
    explanation = explain(error)
    box = _box(QMessageBox.Icon.Warning, explanation.what)
    box.setInformativeText(explanation.remedy)
    box.setDetailedText(str(error))
    box.exec()


def _quit_on_signals(app: QApplication) -> Callable[[], None]:
    """Let Ctrl-C and SIGTERM close the window in order; returns what undoes it.

    Python runs its signal handlers between bytecodes, which an idle event loop never reaches: the
    wake-up socket brings it there.
    """
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    before_fd = signal.set_wakeup_fd(writer.fileno())

    def quit_soon(*_: object) -> None:
        QTimer.singleShot(0, app, app.quit)  # A loop that is yet to start would not hear a call.

    before = {kind: signal.signal(kind, quit_soon) for kind in (signal.SIGINT, signal.SIGTERM)}
    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, app)
    notifier.activated.connect(lambda: reader.recv(64))

    def undo() -> None:
        notifier.setEnabled(False)
        for kind, handler in before.items():
            signal.signal(kind, handler)
        signal.set_wakeup_fd(before_fd)
        reader.close()
        writer.close()

    return undo


def _box(icon: QMessageBox.Icon, words: str) -> QMessageBox:
    box = PlainMessageBox()
    box.setIcon(icon)
    box.setWindowTitle("LM Studio Lite")
    box.setText(words)
    return box
