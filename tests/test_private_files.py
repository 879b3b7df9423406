"""What the program keeps is nobody else's to read or change, and it says so where it can't see to that."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from lmstudio_lite import cli, logs, words
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.training_tools import TrainingTools
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.engine.core.snapshots import SnapshotStore
from lmstudio_lite.errors import DataFolderOpenError, StorageError
from lmstudio_lite.finetune.protocol import RunFinished
from lmstudio_lite.finetune.run_folder import RunFolder, RunLog
from lmstudio_lite.folder_lock import FolderLock
from lmstudio_lite.paths import Paths, ensure_writable, find_exposure, portable_paths, user_paths
from lmstudio_lite.private_files import Access, is_safe_place
from lmstudio_lite.ui import app as window_app
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.support.other_user import as_nobody, needs_other_user, shared_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
shared = pytest.fixture(shared_folder)

READ_ALL = """
seen, read = [], []
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        seen.append(name)
        try:
            read.append((name, len(Path(folder, name).read_bytes())))
        except PermissionError:
            pass
print(sorted(seen)); print(read)
"""


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """Nothing may lean on the umask."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def open_data(shared: Path) -> Path:
    """A folder that its user made for everybody to look into."""
    data = shared / "data"
    data.mkdir(0o755)
    return data


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def use(paths: Paths) -> None:
    """Keep a bit of everything."""
    stop = logs.configure(paths)
    with Services.open(paths, isolation="thread", exclusive=True) as services:
        conversation = services.conversations.create("A title")
        services.conversations.add_message(conversation.id, None, Role.USER, "a secret prompt")
        services.settings.update("chat", system_prompt="another secret")
        snapshots = SnapshotStore(paths.snapshots, 1_000_000)
        snapshots.save("key", "conversation", [1, 2, 3], b"state")
        snapshots.close()
        log = RunLog(RunFolder(paths.finetunes).log_file) if paths.finetunes.is_dir() else None
        if log is not None:
            log.write(RunFinished())
            log.close()
        everything = sorted(paths.data.rglob("*"))
        assert any(path.name.endswith("-wal") for path in everything)
        for path in everything:
            wanted = 0o700 if path.is_dir() else 0o600
            assert mode(path) == wanted, path
    stop()


def test_all_that_is_kept_is_private(tmp_path: Path) -> None:
    paths = portable_paths(tmp_path / "new" / "data")
    paths.finetunes.mkdir(0o755, parents=True)
    paths.data.chmod(0o755)
    use(paths)
    assert mode(paths.data) == 0o755  # the user's choice
    use(portable_paths(tmp_path / "made" / "data"))
    assert mode(tmp_path / "made") == mode(tmp_path / "made" / "data") == 0o700


@needs_other_user
def test_another_user_reads_nothing_in_an_open_folder(open_data: Path) -> None:
    use(portable_paths(open_data))
    seen, read = as_nobody(READ_ALL, str(open_data)).splitlines()
    assert "library.sqlite3" in seen
    assert read == "[]"


def test_what_was_open_before_is_tightened_but_not_what_is_the_users(open_data: Path) -> None:
    old = [open_data / name for name in ("library.sqlite3", "library.sqlite3-wal", "settings.toml")]
    old += [open_data / "running.lock", open_data / "library.sqlite3.damaged-1"]
    own = [open_data / "my notes.txt", open_data / "models" / "shared.gguf"]
    for folder in ("models", "logs", "cache", "finetunes"):
        (open_data / folder).mkdir(0o755)
    for path in (*old, *own):
        path.touch(0o644)
    ensure_writable(portable_paths(open_data))
    assert {mode(path) for path in old} == {0o600}
    assert {mode(path) for path in own} == {0o644}
    assert mode(open_data) == mode(open_data / "models") == 0o755
    assert {mode(open_data / name) for name in ("logs", "cache", "finetunes")} == {0o700}


def test_the_programs_own_folders_are_tightened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("HOME", str(tmp_path))
    paths = user_paths()
    for folder in (paths.data, paths.cache, paths.logs, paths.models):
        folder.mkdir(0o755, parents=True, exist_ok=True)
    ensure_writable(paths)
    assert {mode(folder) for folder in (paths.data, paths.cache, paths.logs, paths.models)} == {0o700}


@pytest.mark.parametrize(
    ("folder_mode", "access"),
    [
        (0o700, None),
        (0o755, Access.NAMES),
        (0o711, Access.NAMES),
        (0o777, Access.WRITE),
        (0o1777, Access.WRITE),
    ],
)
def test_what_others_can_do_is_known(open_data: Path, folder_mode: int, access: Access | None) -> None:
    open_data.chmod(folder_mode)
    paths = portable_paths(open_data)
    ensure_writable(paths)
    exposure = find_exposure(paths)
    assert (exposure.details["access"] if exposure else None) == access


def test_a_folder_that_others_cannot_reach_is_not_warned_of(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "data").mkdir(0o777)
    assert find_exposure(portable_paths(tmp_path / "data")) is None


def test_the_terminal_warns_on_standard_error(open_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "list", "--json", "--data-dir", str(open_data)]) == 0
    said = capsys.readouterr()
    assert "Other users of this computer can see the names and sizes" in said.err
    assert "chmod 700" in said.err
    assert "Other users" not in said.out


@pytest.fixture
def lasting_app(qapp: QApplication) -> Iterator[QApplication]:
    """An application that outlives its window: a quit heard late ends every later event loop at once."""
    qapp.setQuitOnLastWindowClosed(False)
    yield qapp
    qapp.setQuitOnLastWindowClosed(True)


@pytest.mark.may_log("others can get at the data folder")
def test_the_window_warns(open_data: Path, lasting_app: QApplication) -> None:
    shown: list[str] = []

    def look() -> None:
        windows = (each for each in lasting_app.topLevelWidgets() if isinstance(each, MainWindow))
        shown.extend(window.model_notice.notice.text for window in windows)
        if any(shown):
            often.stop()
            lasting_app.quit()

    services = Services.open(portable_paths(open_data), isolation="thread", exclusive=True)
    often = QTimer(interval=1)
    often.timeout.connect(look)
    often.start()
    window_app.run(lasting_app, Theme(lasting_app), services)
    assert "Other users of this computer can see the names" in shown[-1]


@pytest.mark.may_log("no log file in")
@needs_other_user
def test_links_that_another_user_planted_lead_nowhere(open_data: Path) -> None:
    """In a folder that others may write to, nothing of this user's is changed through their links."""
    precious = open_data.parent / "precious"
    precious.write_text("as it was")
    precious.chmod(0o644)
    open_data.chmod(0o777)
    plant = (
        "data = Path(sys.argv[1]); (data / 'logs').mkdir()\n"
        "for name in ('running.lock', 'settings.toml', 'logs/lmstudio-lite.log', 'library.sqlite3.old'):\n"
        "    (data / name).symlink_to(sys.argv[2])"
    )
    as_nobody(plant, str(open_data), str(precious))
    paths = portable_paths(open_data)
    stop = logs.configure(paths)
    stop()
    ensure_writable(paths)
    with pytest.raises(StorageError):
        FolderLock.acquire(paths.data)
    assert (precious.read_text(), mode(precious)) == ("as it was", 0o644)


@pytest.mark.parametrize("access", ["names", "read", "write"])
def test_each_warning_says_what_others_can_do(access: str) -> None:
    said = words.explain(DataFolderOpenError(path="/there", access=access))
    assert {"names": "see", "read": "read", "write": "change"}[access] in said.what
    assert "/there" in said.what


def test_training_components_that_others_can_change_are_not_used(open_data: Path) -> None:
    tools = TrainingTools(open_data / "training-tools")
    tools.folder.mkdir()
    (tools.folder / "complete").touch()
    open_data.chmod(0o777)
    assert not is_safe_place(tools.folder)
    assert tools.search_path() == ()
    open_data.chmod(0o755)
    tools.folder.chmod(0o755)
    assert tools.search_path() == (tools.folder,)
