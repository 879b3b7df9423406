"""A Markdown file as a document: its text as it is written, and the title that it gives itself."""

from __future__ import annotations

from lmstudio_lite.documents.extraction import first_heading
from lmstudio_lite.documents.plain.front_matter import find_front_matter
from lmstudio_lite.documents.reading import Reading


def read_markdown(text: str) -> Reading:
    """Return the file's text, its front matter with it: a summary leaves that out, a translation keeps it."""
    front_matter = find_front_matter(text)
    stated = " ".join(front_matter.title.split()) if front_matter else ""
    title = stated or first_heading(text[front_matter.end :] if front_matter else text)
    return Reading(text, title)
