"""The engine as the rest of the program uses it, and the care for its worker process."""
