"""Everything that may go wrong, as one tree.

An error carries a ``code`` and ``details`` (numbers and names), never a sentence: the words people
read are in ``words``, so that the window, the terminal and the server say the same thing once.
The classes lie in a module for each area; everybody imports them from here. A code survives the trip
through a pipe: ``error_from_code`` builds the same error on the other side.

    AppError                          the environment's fault: file, memory, disk, model
    ├── ModelError
    │   ├── NoModelError              nothing is chosen, or nothing is there to choose
    │   ├── ModelNotFoundError        path, nearest
    │   ├── ModelFileError            path, reason
    │   ├── ModelChangeError          path, reason
    │   ├── ModelTooLargeError        path, needed_bytes, available_bytes
    │   ├── ModelLoadError            path, reason
    │   └── ConversionError           path, reason
    ├── EngineError
    │   ├── PromptTooLongError        num_prompt_tokens, context_size
    │   ├── ContextFullError          context_size
    │   ├── TemplateError             reason
    │   ├── DecodeError               status
    │   ├── BadRequestError           reason
    │   ├── AdapterError              path, reason
    │   ├── EngineUnavailableError    reason
    │   └── EngineCrashLoopError      num_crashes, reason
    ├── DocumentError
    │   ├── DocumentNotFoundError     path, nearest
    │   ├── DocumentVanishedError     path
    │   ├── DocumentChangedError      path
    │   ├── DocumentEncryptedError    path
    │   ├── DocumentEmptyError        path
    │   ├── DocumentScannedError      path, num_pages
    │   ├── DocumentUnsupportedError  path, mime_type
    │   ├── DocumentDamagedError      path, reason
    │   ├── DocumentTooLargeError     path, size_bytes, limit_bytes
    │   ├── DocumentTimeoutError      path, limit_s
    │   ├── DocumentLayoutError       path, layout
    │   ├── DocumentColumnError       path, column, known
    │   ├── DocumentLanguageError     path, language
    │   └── NoTermsError              path, wanted
    ├── BatchError
    │   ├── LabelsError               reason, label
    │   └── SchemaError               reason, detail
    ├── DatasetError
    │   ├── DatasetLineError          path, line, reason
    │   ├── DatasetUnknownError       path
    │   └── DatasetEmptyError         num_problems
    ├── TrainingError
    │   ├── TrainingToolsMissingError package
    │   ├── ArchitectureUnsupportedError  architecture, reason
    │   ├── TrainingMemoryError       needed_bytes, available_bytes, step
    │   ├── LossDivergedError         step, learning_rate
    │   ├── BaseMismatchError         kl, kl_limit
    │   ├── ExportMismatchError       path, kl, kl_limit
    │   ├── ExportImpossibleError     method, kind
    │   ├── TrainingWorkerError       reason
    │   ├── RunInUseError             path
    │   └── CheckpointMissingError    path
    ├── PersonaFileError              path, reason
    ├── PromptFileError           path, reason
    ├── StorageError
    │   ├── DataFolderOpenError       path, access
    │   ├── DataFolderReadOnlyError   path
    │   ├── NotAFileError             path, kind
    │   ├── DiskFullError             path
    │   ├── NotStoredError            kind, id
    │   ├── DatabaseDamagedError      path, reason
    │   └── DatabaseTooNewError       path, found_version, known_version
    ├── HubError
    │   ├── ModelReferenceError       reason, text
    │   ├── RepositoryNotFoundError   repo, host, is_signed_in
    │   ├── GatedModelError           repo, host, is_signed_in
    │   ├── VariantNotFoundError      wanted, known
    │   ├── HubAnswerError            host, reason
    │   └── HubTokenError             reason, host
    ├── NetworkError
    │   ├── NameUnresolvedError       host
    │   ├── ConnectionFailedError     host, reason
    │   ├── TlsError                  host, reason
    │   ├── ProxyRefusedError         host, reason
    │   ├── RedirectError             host, reason
    │   └── AnswerStatusError         host, status, retry_after_s, server_code
    ├── FetchError
    │   ├── FetchSpaceError           path, needed_bytes, free_bytes
    │   ├── FetchFolderError          path, reason
    │   ├── FetchAnswerError          path, host, reason
    │   ├── FetchMismatchError        path, host
    │   └── FetchBusyError            path
    ├── AlreadyRunningError           path
    ├── SettingsError                 path, reason
    └── CancelledError                the user stopped it; not a failure
    InvariantError                    our bug: show the traceback, ask for a report
"""

from __future__ import annotations

from lmstudio_lite.errors.base import AppError, CancelledError, Detail, InvariantError
from lmstudio_lite.errors.documents import (
    DocumentChangedError,
    DocumentColumnError,
    DocumentDamagedError,
    DocumentEmptyError,
    DocumentEncryptedError,
    DocumentError,
    DocumentLanguageError,
    DocumentLayoutError,
    DocumentNotFoundError,
    DocumentScannedError,
    DocumentTimeoutError,
    DocumentTooLargeError,
    DocumentUnsupportedError,
    DocumentVanishedError,
    NoTermsError,
)
from lmstudio_lite.errors.engine import (
    AdapterError,
    BadRequestError,
    ContextFullError,
    DecodeError,
    EngineCrashLoopError,
    EngineError,
    EngineUnavailableError,
    PromptTooLongError,
    TemplateError,
)
from lmstudio_lite.errors.models import (
    ConversionError,
    ModelChangeError,
    ModelError,
    ModelFileError,
    ModelLoadError,
    ModelNotFoundError,
    ModelTooLargeError,
    NoModelError,
)
from lmstudio_lite.errors.network import (
    AnswerStatusError,
    ConnectionFailedError,
    FetchAnswerError,
    FetchBusyError,
    FetchError,
    FetchFolderError,
    FetchMismatchError,
    FetchSpaceError,
    GatedModelError,
    HubAnswerError,
    HubError,
    HubTokenError,
    ModelReferenceError,
    NameUnresolvedError,
    NetworkError,
    ProxyRefusedError,
    RedirectError,
    RepositoryNotFoundError,
    TlsError,
    VariantNotFoundError,
)
from lmstudio_lite.errors.storage import (
    AlreadyRunningError,
    DatabaseDamagedError,
    DatabaseTooNewError,
    DataFolderOpenError,
    DataFolderReadOnlyError,
    DiskFullError,
    NotAFileError,
    NotStoredError,
    SettingsError,
    StorageError,
)
from lmstudio_lite.errors.tasks import BatchError, LabelsError, PersonaFileError, PromptFileError, SchemaError
from lmstudio_lite.errors.training import (
    ArchitectureUnsupportedError,
    BaseMismatchError,
    CheckpointMissingError,
    DatasetEmptyError,
    DatasetError,
    DatasetLineError,
    DatasetUnknownError,
    ExportImpossibleError,
    ExportMismatchError,
    LossDivergedError,
    RunInUseError,
    TrainingError,
    TrainingMemoryError,
    TrainingToolsMissingError,
    TrainingWorkerError,
)


def _all_kinds(kind: type[AppError]) -> list[type[AppError]]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in _all_kinds(child))]


def error_kinds() -> dict[str, type[AppError]]:
    """Return every error class by its code."""
    return {kind.code: kind for kind in _all_kinds(AppError)}


def error_from_code(code: str, details: dict[str, Detail]) -> AppError:
    """Build the error that ``code`` names; an unknown code becomes a plain ``AppError`` that keeps it."""
    kind = error_kinds().get(code)
    if kind is None:
        return AppError(unknown_code=code, **details)
    return kind(**details)
