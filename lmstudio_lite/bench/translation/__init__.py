"""Translations measured: planted faults and good segments for the checks, references for the model."""
