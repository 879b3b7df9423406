"""A session without a fetch, in a process of its own: every page of the models is looked at, a reply written.

The argument is the data folder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from lmstudio_lite.app.session import Services
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme

_STEP_MS = 300
_PATIENCE_MS = 180_000


def main() -> int:
    application = QApplication(sys.argv[:1])
    with Services.open(portable_paths(Path(sys.argv[1])), exclusive=True) as services:
        services.settings.update("engine", measures=False)
        starter = ModelLibrary(Path(sys.argv[1]) / "none", lambda: []).starter_path()
        services.load_model(starter)
        bridge = Bridge(services.jobs, services.engine)
        window = MainWindow(services, bridge, Theme(application))
        window.show()
        window.models.show_window()
        models = window.models.window
        assert models is not None
        steps: list[Callable[[], object]] = [partial(models.show_page, page) for page in models.rail.buttons]
        services.engine.wait_until_ready()
        steps.append(lambda: window.chat.composer.sent.emit("Hello"))
        for number, step in enumerate(steps):
            QTimer.singleShot(_STEP_MS * (number + 1), step)
        # A small model may write for minutes: its first words are enough.
        window.chat.work.reply_text_changed.connect(lambda reply: window.chat.work.stop())
        window.chat.reply_finished.connect(lambda reply: application.quit())
        window.chat.work.reply_failed.connect(lambda message_id, error: application.exit(2))
        QTimer.singleShot(_PATIENCE_MS, lambda: application.exit(1))
        exit_code = application.exec()
        window.close()
        bridge.close()
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
