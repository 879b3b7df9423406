"""Glossaries and the translation memory, each in a window of its own."""
