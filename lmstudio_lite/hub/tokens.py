"""Access tokens of model hubs: kept in the system's keyring, in a private file where there is none.

A token stands in no setting, log, ledger or address, and goes to the host alone that it was entered for. The
settings say where each is ("keyring" or "file"), so that a keyring is asked for nothing, and asks the user
for nothing, before a token was entered. ``HF_TOKEN`` in the environment goes to the hub in use and comes
first.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from lmstudio_lite.domain.hub import TokenPlace
from lmstudio_lite.errors import HubTokenError
from lmstudio_lite.paths import replace_file, write_error
from lmstudio_lite.private_files import read_own
from lmstudio_lite.settings import SettingsStore

log = logging.getLogger(__name__)

_SERVICE = "LM Studio Lite"
_VARIABLE = "HF_TOKEN"
_TOKEN = re.compile(r"[\x21-\x7e]{1,1024}")
_MAX_FILE_BYTES = 1 << 20


class Tokens:
    """The tokens by host. Thread-safe; every call may wait for the disk or for the user's keyring."""

    def __init__(
        self, file: Path, settings: SettingsStore, environment: Mapping[str, str] = os.environ
    ) -> None:
        """``file`` holds the tokens where the system has no keyring."""
        self.file = file
        self._settings = settings
        self._environment = environment

    def place(self, endpoint: str, *, is_own: bool = True) -> TokenPlace:
        """Return where the token for ``endpoint`` is, without asking the keyring.

        ``is_own``: it is the hub in use, which the environment's token is for.
        """
        if is_own and self._from_environment():
            return TokenPlace.ENVIRONMENT
        kept = self._settings.value.hub.tokens.get(_host(endpoint), "")
        return TokenPlace(kept) if kept in (TokenPlace.KEYRING, TokenPlace.FILE) else TokenPlace.NONE

    def token(self, endpoint: str, *, is_own: bool = True) -> str:
        """Return the token for ``endpoint``, "" without one or where the keyring does not give it."""
        match self.place(endpoint, is_own=is_own):
            case TokenPlace.ENVIRONMENT:
                return self._from_environment()
            case TokenPlace.KEYRING:
                return _from_keyring(_host(endpoint))
            case TokenPlace.FILE:
                return self._in_file().get(_host(endpoint), "")
        return ""

    def keep(self, endpoint: str, token: str) -> TokenPlace:
        """Keep ``token`` for ``endpoint`` and return where.

        Raises:
            HubTokenError: it has not the form of a token.
            DataFolderReadOnlyError, DiskFullError: it can't be kept.
        """
        token = token.strip()
        if not _TOKEN.fullmatch(token):
            raise HubTokenError(reason="form")
        host = _host(endpoint)
        if _to_keyring(host, token):
            place = TokenPlace.KEYRING
            self._write_file(host, "")
        else:
            place = TokenPlace.FILE
            self._write_file(host, token)
        self._note(host, place)
        return place

    def forget(self, endpoint: str) -> None:
        """Delete the token for ``endpoint`` wherever it is kept; that of the environment stays.

        Raises:
            DataFolderReadOnlyError, DiskFullError: the file can't be changed.
        """
        host = _host(endpoint)
        if self._settings.value.hub.tokens.get(host) == TokenPlace.KEYRING:
            _to_keyring(host, "")
        self._write_file(host, "")
        self._note(host, TokenPlace.NONE)

    def _from_environment(self) -> str:
        token = self._environment.get(_VARIABLE, "").strip()
        return token if _TOKEN.fullmatch(token) else ""

    def _note(self, host: str, place: TokenPlace) -> None:
        places = {known: kept for known, kept in self._settings.value.hub.tokens.items() if known != host} | (
            {host: place.value} if place is not TokenPlace.NONE else {}
        )
        self._settings.update("hub", tokens=places)

    def _in_file(self) -> dict[str, str]:
        content = read_own(self.file, _MAX_FILE_BYTES)
        if content is None:
            return {}
        try:
            return msgspec.json.decode(content, type=dict[str, str])
        except (ValueError, RecursionError):
            log.warning("the file of access tokens is damaged: they have to be entered again")
            return {}

    def _write_file(self, host: str, token: str) -> None:
        """Set a host's token in the file, "" takes it out; the file goes with the last one."""
        before = self._in_file()
        tokens = {known: kept for known, kept in before.items() if known != host}
        if token:
            tokens[host] = token
        if tokens == before:
            return
        if tokens:
            replace_file(self.file, msgspec.json.encode(tokens))
            return
        try:
            self.file.unlink(missing_ok=True)
        except OSError as error:
            raise write_error(error, self.file) from error


def _host(endpoint: str) -> str:
    """Return host and port of an endpoint, which a token belongs to."""
    return urlsplit(endpoint).netloc.lower()


def _from_keyring(host: str) -> str:
    try:
        import keyring

        return keyring.get_password(_SERVICE, host) or ""
    except Exception as error:  # what a backend raises is its own: keyrings come from many makers
        log.info("the keyring did not give the token of %s: %s", host, type(error).__name__)
    return ""


def _to_keyring(host: str, token: str) -> bool:
    """Put a token into the keyring, take it out for ""; False where there is no keyring that does it."""
    try:
        import keyring
        from keyring.backends import fail, null

        if isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring):
            return False
        if not token:
            keyring.delete_password(_SERVICE, host)
            return True
        keyring.set_password(_SERVICE, host, token)
        return keyring.get_password(_SERVICE, host) == token
    except Exception as error:  # as above
        log.info("the keyring did not keep the token of %s: %s", host, type(error).__name__)
    return False
