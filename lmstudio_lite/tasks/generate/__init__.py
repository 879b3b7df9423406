"""Many short generations at once: attempts, what was made before, and the time left."""
