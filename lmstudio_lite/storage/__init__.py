"""SQLite: conversations as message trees, results, settings of the data folder. No Qt, no engine."""
