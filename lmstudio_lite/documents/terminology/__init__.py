"""Glossaries and translation memories as other programs keep them in files."""
