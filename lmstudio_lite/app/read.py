"""Reading without a model: what a file's text is, as every other task gets it, and what of it was not read.

No data is opened but the settings, and none is kept: this works beside a window, and where there is no model.
"""

from __future__ import annotations

from lmstudio_lite.app.document_encodings import kept_encoding
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import unread_of
from lmstudio_lite.domain.records import ResultRecord
from lmstudio_lite.formats.inventory_json import Json, document_to_json, inventory_to_json, unread_to_json
from lmstudio_lite.paths import Paths
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.records import parts_from


def open_reader(paths: Paths) -> DocumentReader:
    """Return a reader that knows what the user chose for texts whose encoding was in doubt."""
    settings = SettingsStore(paths.settings_file)
    return DocumentReader(kept_encoding=lambda path: kept_encoding(settings, path))


def kept_inventory_to_json(record: ResultRecord) -> Json:
    """Return what is kept with a result of the file that it was made from, read and unread."""
    inventory = parts_from(record.inventory)
    return {"inventory": inventory_to_json(inventory), "unread": unread_to_json(unread_of(inventory))}


def reading_to_json(source: str, document: Document) -> Json:
    """Return what was read of ``source``, the file as the user named it."""
    origin = {"address": document.address} if document.address else {}
    return {"file": source, **origin, **document_to_json(document)}
