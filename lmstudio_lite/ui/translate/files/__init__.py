"""Files that are translated into files of their kind: ordered, queued, reviewed."""
