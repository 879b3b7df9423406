"""Examples to learn from: found in files of many kinds, checked, divided and written in one form."""
