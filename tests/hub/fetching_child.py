"""Fetches one file in a process of its own, to be killed: arguments are address, name, size, SHA-256, folder.

Writes what is shown as received, a line each time; exits with 0 if the file is there, with 3 and the error's
code if it is not.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import AppError
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.ledger import Ledger
from lmstudio_lite.hub.retrying import RetryPolicy
from lmstudio_lite.hub.transfer import Transfer, TransferOptions, TransferState
from lmstudio_lite.storage.connections import ConnectionRows
from lmstudio_lite.storage.database import Database

OPTIONS = TransferOptions(
    retry=RetryPolicy(first_wait_s=0.01, last_wait_s=0.05, num_tries_first=8, num_tries=30)
)


def main() -> int:
    url, name, size, sha256, folder = sys.argv[1:]
    database = Database.open(Path(folder).parent / "ledger.sqlite3")
    connections = Connections(Ledger(ConnectionRows(database)), read_timeout_s=1.0)
    file = RemoteFile(url, name, int(size), sha256)

    def on_state(state: TransferState) -> None:
        sys.stdout.write(f"{state.received_bytes}\n")
        sys.stdout.flush()

    try:
        Transfer(file, Path(folder), connections, options=OPTIONS, on_state=on_state).run().publish()
    except AppError as error:
        sys.stdout.write(f"{error.code}\n")
        return 3
    finally:
        connections.close()
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
