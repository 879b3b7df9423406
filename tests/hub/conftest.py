"""What the tests of the hub share: servers on loopback, and connections whose ledger is the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.ledger import Ledger
from lmstudio_lite.storage.connections import ConnectionRows
from lmstudio_lite.storage.database import Database
from tests.hub.hub_api import HubApi, serve
from tests.hub.server import FileServer


@pytest.fixture
def hub() -> Iterator[HubApi]:
    with serve(HubApi()) as api:
        yield api


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as server:
        yield server


@pytest.fixture
def connections(tmp_path: Path) -> Iterator[Connections]:
    database = Database.open(tmp_path / "ledger.sqlite")
    opened = Connections(Ledger(ConnectionRows(database)), read_timeout_s=5.0)
    yield opened
    opened.close()
    database.close()
