"""Markup (XML and HTML) whose texts are replaced where they stand; no format is known here."""
