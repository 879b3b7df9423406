"""Fetches one address with hashing in a process of its own: arguments are address, size, folder.

Writes the seconds that it took and the most memory that the process had, in MiB.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.ledger import Ledger
from lmstudio_lite.hub.transfer import Transfer
from lmstudio_lite.storage.connections import ConnectionRows
from lmstudio_lite.storage.database import Database

if __name__ == "__main__":
    url, size, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    database = Database.open(folder / "ledger.sqlite3")
    connections = Connections(Ledger(ConnectionRows(database)))
    began_s = time.perf_counter()
    Transfer(RemoteFile(url, "fetched.gguf", size), folder, connections).run().publish()
    took_s = time.perf_counter() - began_s
    sys.stdout.write(f"{took_s} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}\n")
    connections.close()
    database.close()
