"""The composition root: builds everything once, closes it in reverse order."""
