"""The window in which models are chosen, found, fetched and looked into."""
