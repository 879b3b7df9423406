"""Plain text with a form: tables with separators, subtitles, Markdown."""
