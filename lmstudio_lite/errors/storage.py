"""The data folder, its database and its settings."""

from __future__ import annotations

from lmstudio_lite.errors.base import AppError


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


class AlreadyRunningError(AppError):
    code = "already_running"


class SettingsError(AppError):
    code = "settings"
