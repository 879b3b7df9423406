"""Looking at a model's file before llama.cpp opens it by its name: a pipe would keep the worker for ever."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.errors import AdapterError, ModelFileError, ModelNotFoundError
from lmstudio_lite.files import IrregularFileError, check_regular


def check_model_path(path: Path) -> None:
    """See that the model at ``path`` and the other parts of a split one are files that can be opened.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelFileError: ``reason`` is "not_a_file" or "unreadable".
    """
    for part in {path, *model_parts(path)}:
        try:
            check_regular(part)
        except (FileNotFoundError, NotADirectoryError):
            raise ModelNotFoundError(path=str(part)) from None
        except IrregularFileError:
            raise ModelFileError(path=str(part), reason="not_a_file") from None
        except OSError:
            raise ModelFileError(path=str(part), reason="unreadable") from None


def check_adapter_path(path: Path) -> None:
    """See that the adapter at ``path`` is a file that can be opened.

    Raises:
        AdapterError: ``reason`` is "not_found", "not_a_file" or "unreadable".
    """
    try:
        check_regular(path)
    except (FileNotFoundError, NotADirectoryError):
        raise AdapterError(path=str(path), reason="not_found") from None
    except IrregularFileError:
        raise AdapterError(path=str(path), reason="not_a_file") from None
    except OSError:
        raise AdapterError(path=str(path), reason="unreadable") from None


def model_parts(path: Path) -> list[Path]:
    """Return a model's file, or all parts that are there of one that is split (``-00001-of-00003``)."""
    first, mark, rest = path.name.partition("-00001-of-")
    return sorted(path.parent.glob(f"{first}-*-of-{rest}")) if mark else [path]
