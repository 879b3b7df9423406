"""Models on disk: metadata without loading, where they lie, and what fits this machine."""
