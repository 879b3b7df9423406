"""The window of batches: many texts in, labels or values out, reviewed and exported."""
