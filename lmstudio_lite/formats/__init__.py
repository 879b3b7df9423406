"""The ways out: what was written, as the files and values that other programs read."""
