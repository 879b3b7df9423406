"""Fetches one address with hashing in a process of its own: arguments are address, size, folder.

Writes the seconds that it took and the most memory that the process had, in MiB.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.ledger import Ledger
from lmstudio_lite.hub.transfer import Transfer
from lmstudio_lite.storage.connections import ConnectionRows
from lmstudio_lite.storage.database import Database


def most_memory_mb() -> float:
    """Return the most that this process had: ``ru_maxrss`` would count the parent that it was forked from."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    url, size, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    database = Database.open(folder / "ledger.sqlite3")
    connections = Connections(Ledger(ConnectionRows(database)))
    began_s = time.perf_counter()
    Transfer(RemoteFile(url, "fetched.gguf", size), folder, connections).run().publish()
    took_s = time.perf_counter() - began_s
    sys.stdout.write(f"{took_s} {most_memory_mb()}\n")
    connections.close()
    database.close()
