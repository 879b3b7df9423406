"""Everything that may go wrong, as one tree.

An error carries a ``code`` and ``details`` (numbers and names), never a sentence: the words people
read are in ``words``, so that the window, the terminal and the server say the same thing once.
A code survives the trip through a pipe: ``error_from_code`` builds the same error on the other side.

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

from typing import ClassVar

Detail = str | int | float


class AppError(Exception):
    """The environment's fault. ``code`` names the kind, ``details`` the thing and the numbers."""

    code: ClassVar[str] = "error"

    def __init__(self, **details: Detail) -> None:
        listed = ", ".join(f"{name}={value!r}" for name, value in details.items())
        super().__init__(f"{self.code}({listed})")
        self.details: dict[str, Detail] = details


class ModelError(AppError):
    """A model can't be found, read, held or loaded."""

    code = "model"


class NoModelError(ModelError):
    code = "no_model"


class ModelNotFoundError(ModelError):
    code = "model_not_found"


class ModelFileError(ModelError):
    """The file is not a usable GGUF; ``reason`` is a word from ``library.gguf``."""

    code = "model_file"


class ModelChangeError(ModelError):
    """A model can't be moved, deleted, linked or brought in; ``reason`` is a word of ``library.keeping``."""

    code = "model_change"


class ModelTooLargeError(ModelError):
    code = "model_too_large"


class ModelLoadError(ModelError):
    code = "model_load"


class ConversionError(ModelError):
    """A model file can't be made from another; ``reason`` is a word of ``words.conversion``."""

    code = "conversion"


class EngineError(AppError):
    """A request can't be served."""

    code = "engine"


class PromptTooLongError(EngineError):
    code = "prompt_too_long"


class ContextFullError(EngineError):
    code = "context_full"


class TemplateError(EngineError):
    code = "template"


class DecodeError(EngineError):
    code = "decode"


class BadRequestError(EngineError):
    code = "bad_request"


class AdapterError(EngineError):
    """A LoRA adapter can't be used with the model; ``reason`` is "not_found" or what llama.cpp said."""

    code = "adapter"


class EngineUnavailableError(EngineError):
    code = "engine_unavailable"


class EngineCrashLoopError(EngineError):
    code = "engine_crash_loop"


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


class BatchError(AppError):
    """What many texts are to be asked makes no sense."""

    code = "batch"


class LabelsError(BatchError):
    """Nothing can be told apart with the labels; ``reason`` is "none", "one", "duplicate" or "many"."""

    code = "labels"


class SchemaError(BatchError):
    """No values can be asked for; ``reason`` is a key of the words in ``words.batch``."""

    code = "schema"


class DatasetError(AppError):
    """Examples can't be learned from."""

    code = "dataset"


class DatasetLineError(DatasetError):
    """A line of a prepared file is broken; ``reason`` is what the decoder said."""

    code = "dataset_line"


class DatasetUnknownError(DatasetError):
    """Nothing that is known to hold examples, told by its content."""

    code = "dataset_unknown"


class DatasetEmptyError(DatasetError):
    """There is no example to learn from."""

    code = "dataset_empty"


class TrainingError(AppError):
    """A model can't be trained, or what was trained can't be written."""

    code = "training"


class TrainingToolsMissingError(TrainingError):
    """torch, transformers, peft or gguf is not installed."""

    code = "training_tools_missing"


class ArchitectureUnsupportedError(TrainingError):
    """``reason`` is a word from ``finetune.architectures``, or a tensor that can't be placed."""

    code = "architecture_unsupported"


class TrainingMemoryError(TrainingError):
    """Memory ran out although the smallest possible part was computed at once."""

    code = "training_memory"


class LossDivergedError(TrainingError):
    """The loss became NaN."""

    code = "loss_diverged"


class BaseMismatchError(TrainingError):
    """PyTorch's form of the base predicts something else than llama.cpp's."""

    code = "base_mismatch"


class ExportMismatchError(TrainingError):
    """The written file predicts something else than what was trained."""

    code = "export_mismatch"


class ExportImpossibleError(TrainingError):
    """What this method trains can't be written as this kind of file."""

    code = "export_impossible"


class TrainingWorkerError(TrainingError):
    """The training process ended without a word; ``reason`` is ``Worker.hear``'s."""

    code = "training_worker"


class RunInUseError(TrainingError):
    """Another process works in the folder of the run."""

    code = "run_in_use"


class CheckpointMissingError(TrainingError):
    """There is no checkpoint that fits the run's model, data and settings: nothing to write files from."""

    code = "checkpoint_missing"


class PersonaFileError(AppError):
    """A file is no persona: ``reason`` is "unreadable", "too_large" or "not_a_persona"."""

    code = "persona_file"


class PromptFileError(AppError):
    """A file holds no prompts: ``reason`` says where, in the reader's words."""

    code = "prompt_file"


class StorageError(AppError):
    """The data folder can't be used."""

    code = "storage"


class DataFolderOpenError(StorageError):
    """Other users can get at the data folder; ``access`` is one of ``private_files.Access``. A warning."""

    code = "data_folder_open"


class DataFolderReadOnlyError(StorageError):
    code = "data_folder_read_only"


class NotAFileError(StorageError):
    """A folder, a pipe or a device has the name of what is to be written; ``kind``: ``files.FileKind``."""

    code = "not_a_file"


class DiskFullError(StorageError):
    code = "disk_full"


class NotStoredError(StorageError):
    """What an id names is gone: deleted and purged, by this process, an earlier one or another."""

    code = "not_stored"


class DatabaseDamagedError(StorageError):
    code = "database_damaged"


class DatabaseTooNewError(StorageError):
    code = "database_too_new"


class HubError(AppError):
    """A model that lies elsewhere can't be named, found or had."""

    code = "hub"


class ModelReferenceError(HubError):
    """What was pasted names no model; ``reason`` is a word from ``hub.references``."""

    code = "model_reference"


class RepositoryNotFoundError(HubError):
    """``is_signed_in``: a token was sent, so that a private repository would have been found."""

    code = "repository_not_found"


class GatedModelError(HubError):
    """Its makers want their terms accepted first, at ``address`` (the hub's, with its scheme and port).

    ``is_signed_in``: a token was sent and is not enough.
    """

    code = "gated_model"


class VariantNotFoundError(HubError):
    """The repository has no such file or quantization; ``known`` lists what it has, "" for no GGUF at all."""

    code = "variant_not_found"


class HubAnswerError(HubError):
    """What came back is no answer of a hub: "not_json", "not_understood", "too_large" or "no_ranges"."""

    code = "hub_answer"


class HubTokenError(HubError):
    """What was entered is no access token ("form"), or the host does not take it ("refused")."""

    code = "hub_token"


class NetworkError(AppError):
    """No answer came, or one that refuses; ``host`` is whom it was expected of."""

    code = "network"


class NameUnresolvedError(NetworkError):
    """Nobody knows the host's name: it is mistyped, or there is no network."""

    code = "name_unresolved"


class ConnectionFailedError(NetworkError):
    """``reason``: "refused", "unreachable", "timeout", "broken" or "protocol"."""

    code = "connection_failed"


class TlsError(NetworkError):
    """The encryption or the certificate is refused; ``reason`` is what the library says."""

    code = "tls"


class ProxyRefusedError(NetworkError):
    """``reason`` is what the library says."""

    code = "proxy_refused"


class RedirectError(NetworkError):
    """``reason``: "loop", or "insecure" where the way would go on without encryption."""

    code = "redirect"


class AnswerStatusError(NetworkError):
    """An HTTP status of 400 or above, or one that makes no sense for what was asked.

    ``retry_after_s`` is how long the server asks to wait, absent where it does not; ``server_code`` what a
    hub calls the problem ("GatedRepo", "EntryNotFound"), "" for nothing.
    """

    code = "answer_status"


class FetchError(AppError):
    """A file can't be fetched, or not be kept."""

    code = "fetch"


class FetchSpaceError(FetchError):
    """There is no room for it; found out before anything is fetched."""

    code = "fetch_space"


class FetchFolderError(FetchError):
    """``reason``: "read_only", "gone", "broken", "too_large", "name_too_long", "bad_name", "exists"."""

    code = "fetch_folder"


class FetchAnswerError(FetchError):
    """The server does not send the file; ``reason``: "length", "changed", "no_ranges" or "broken"."""

    code = "fetch_answer"


class FetchMismatchError(FetchError):
    """All bytes are here, and they are not those whose SHA-256 was promised."""

    code = "fetch_mismatch"


class FetchBusyError(FetchError):
    """Another process fetches this very file."""

    code = "fetch_busy"


class AlreadyRunningError(AppError):
    code = "already_running"


class SettingsError(AppError):
    code = "settings"


class CancelledError(AppError):
    """The user stopped it. Callers end quietly and keep what is done."""

    code = "cancelled"


class InvariantError(Exception):
    """A promise of ours is broken: a bug, shown with its traceback."""


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
