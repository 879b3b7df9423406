"""Documents that can't be read, or not be put to their use."""

from __future__ import annotations

from lmstudio_lite.errors.base import AppError


class DocumentError(AppError):
    """A document can't be read."""

    code = "document"


class DocumentNotFoundError(DocumentError):
    code = "document_not_found"


class DocumentVanishedError(DocumentError):
    code = "document_vanished"


class DocumentChangedError(DocumentError):
    """It is not the file any more that was translated."""

    code = "document_changed"


class DocumentEncryptedError(DocumentError):
    code = "document_encrypted"


class DocumentEmptyError(DocumentError):
    """``num_unread`` counts parts that can't be read, such as pictures and files within; absent for none."""

    code = "document_empty"


class DocumentLanguageError(DocumentError):
    """The document is in ``language`` (ISO 639-1), into which it is to be translated."""

    code = "document_language"


class DocumentScannedError(DocumentError):
    code = "document_scanned"


class DocumentUnsupportedError(DocumentError):
    code = "document_unsupported"


class DocumentDamagedError(DocumentError):
    code = "document_damaged"


class DocumentTooLargeError(DocumentError):
    code = "document_too_large"


class DocumentTimeoutError(DocumentError):
    code = "document_timeout"


class DocumentLayoutError(DocumentError):
    """A file of this kind can't hold two languages in the way that is wanted (``domain.units``)."""

    code = "document_layout"


class DocumentColumnError(DocumentError):
    """A table has no column of the name or number that is asked for; ``known`` lists its names."""

    code = "document_column"


class NoTermsError(DocumentError):
    """The file is none of those that hold what is ``wanted``: "terms" or "segments"."""

    code = "no_terms"
