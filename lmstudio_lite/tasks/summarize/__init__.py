"""Summaries that read everything: read each part, merge, write."""
