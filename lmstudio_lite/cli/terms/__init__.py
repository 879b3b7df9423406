"""``glossary`` and ``memory``: terms and remembered segments in a terminal."""
