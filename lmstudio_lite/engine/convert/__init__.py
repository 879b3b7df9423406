"""Makes model files from model files, in a process of its own: quantizing, calibrating, baking, comparing."""
