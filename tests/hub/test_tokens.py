from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked, PasswordDeleteError

from lmstudio_lite.domain.hub import TokenPlace
from lmstudio_lite.errors import HubTokenError, NotAFileError
from lmstudio_lite.hub.tokens import Tokens
from lmstudio_lite.settings import SettingsStore

HUB = "https://huggingface.co"
TOKEN = "hf_abcDEF123"


class MemoryKeyring(KeyringBackend):
    priority = 1

    def __init__(self) -> None:  # not the base's: that reads the environment
        self.kept: dict[tuple[str, str], str] = {}
        self.num_asked = 0
        self.is_locked = False

    def _ask(self) -> None:
        self.num_asked += 1
        if self.is_locked:
            raise KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._ask()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._ask()
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("none")


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    found = MemoryKeyring()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


@pytest.fixture
def no_ring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


def tokens_in(folder: Path, environment: dict[str, str] | None = None) -> Tokens:
    return Tokens(folder / "hub_tokens.json", SettingsStore(folder / "settings.toml"), environment or {})


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_token_is_kept_in_the_keyring_and_nowhere_else(
    tmp_path: Path, ring: MemoryKeyring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = tokens_in(tmp_path)
    assert tokens.keep(HUB, f" {TOKEN}\n") is TokenPlace.KEYRING
    assert tokens.token(HUB) == TOKEN
    assert tokens_in(tmp_path).token(HUB) == TOKEN
    assert TOKEN.encode() not in written(tmp_path)
    assert TOKEN not in caplog.text
    tokens.forget(HUB)
    assert tokens.place(HUB) is TokenPlace.NONE
    assert ring.kept == {}


def test_the_keyring_is_not_touched_before_a_token_was_entered(tmp_path: Path, ring: MemoryKeyring) -> None:
    tokens = tokens_in(tmp_path)
    assert tokens.token(HUB) == ""
    assert tokens.place(HUB) is TokenPlace.NONE
    tokens.forget(HUB)
    assert ring.num_asked == 0


def test_a_token_goes_to_its_own_host_only(tmp_path: Path, ring: MemoryKeyring) -> None:
    tokens = tokens_in(tmp_path)
    tokens.keep(HUB, TOKEN)
    assert tokens.token("https://hf-mirror.com") == ""
    assert tokens.token("https://huggingface.co.example.org") == ""
    assert tokens.token("https://huggingface.co:8443") == ""


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_a_private_file_holds_it(tmp_path: Path) -> None:
    tokens = tokens_in(tmp_path)
    assert tokens.keep(HUB, TOKEN) is TokenPlace.FILE
    assert stat.S_IMODE(tokens.file.stat().st_mode) == 0o600
    assert tokens_in(tmp_path).token(HUB) == TOKEN
    assert TOKEN not in (tmp_path / "settings.toml").read_text()
    tokens.keep("https://hf-mirror.com", "other")
    tokens.forget(HUB)
    assert tokens.token(HUB) == ""
    assert tokens.token("https://hf-mirror.com") == "other"
    tokens.forget("https://hf-mirror.com")
    assert not tokens.file.exists()


@pytest.mark.usefixtures("no_ring")
def test_a_file_that_others_may_read_is_not_believed(tmp_path: Path) -> None:
    tokens = tokens_in(tmp_path)
    tokens.keep(HUB, TOKEN)
    tokens.file.chmod(0o644)
    assert tokens.token(HUB) == ""


@pytest.mark.usefixtures("no_ring")
@pytest.mark.may_log("WARNING lmstudio_lite.hub.tokens: the file of access tokens is damaged")
def test_a_damaged_file_holds_no_token_and_is_written_anew(tmp_path: Path) -> None:
    tokens = tokens_in(tmp_path)
    tokens.keep(HUB, TOKEN)
    tokens.file.write_bytes(b"\xff{")
    assert tokens.token(HUB) == ""
    tokens.keep(HUB, TOKEN)
    assert tokens.token(HUB) == TOKEN


def test_a_locked_keyring_gives_way_to_the_file(tmp_path: Path, ring: MemoryKeyring) -> None:
    tokens = tokens_in(tmp_path)
    ring.is_locked = True
    assert tokens.keep(HUB, TOKEN) is TokenPlace.FILE
    assert tokens.token(HUB) == TOKEN
    ring.is_locked = False
    assert tokens.keep(HUB, TOKEN) is TokenPlace.KEYRING
    assert not tokens.file.exists()
    ring.is_locked = True
    assert tokens.token(HUB) == ""


def test_the_environment_comes_first_and_only_for_the_hub_in_use(tmp_path: Path, ring: MemoryKeyring) -> None:
    tokens = tokens_in(tmp_path, {"HF_TOKEN": f"{TOKEN} "})
    assert tokens.place(HUB) is TokenPlace.ENVIRONMENT
    assert tokens.token(HUB) == TOKEN
    assert tokens.token("https://hf-mirror.com", is_own=False) == ""
    assert tokens_in(tmp_path, {"HF_TOKEN": "two words"}).place(HUB) is TokenPlace.NONE


@pytest.mark.parametrize("text", ["", "  ", "two words", "a\x00b", "ключ", "x" * 2000])
def test_what_is_no_token_is_refused(tmp_path: Path, ring: MemoryKeyring, text: str) -> None:
    with pytest.raises(HubTokenError) as raised:
        tokens_in(tmp_path).keep(HUB, text)
    assert not text.strip() or text not in str(raised.value)


@pytest.mark.usefixtures("no_ring")
def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    tokens = tokens_in(tmp_path)
    (tmp_path / "hub_tokens.json").mkdir()
    with pytest.raises(NotAFileError) as raised:
        tokens.keep(HUB, TOKEN)
    assert TOKEN not in str(raised.value)
    assert tokens.place(HUB) is TokenPlace.NONE
