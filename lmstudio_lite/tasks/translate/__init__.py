"""Translations, segment by segment."""
