"""Every process that is started has a temporary folder that is nobody else's, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lmstudio_lite import private_folder
from lmstudio_lite.app.session import Services
from lmstudio_lite.bench.reading import make_pdf
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.engine.convert.client import quantize
from lmstudio_lite.errors import DocumentDamagedError, ModelFileError
from lmstudio_lite.finetune.client import TrainingClient
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.private_folder import PrivateFolder
from lmstudio_lite.workers import spawn, worker
from lmstudio_lite.workers.spawn import ChildProcess
from tests.support.other_user import as_nobody, needs_other_user, shared_folder

posix_only = pytest.mark.skipif(os.name == "nt", reason="permissions and signals of POSIX")
shared = pytest.fixture(shared_folder)

READ = """
import sys
from pathlib import Path
from lmstudio_lite.documents.client import DocumentReader
print(len(DocumentReader().read(Path(sys.argv[1])).pages))
"""
READ_AS_THE_LIBRARY_DOES = "import sys, kreuzberg; kreuzberg.extract_file_sync(sys.argv[1])"
HOLD_A_FOLDER = """
import subprocess, sys, time
from lmstudio_lite.private_folder import PrivateFolder
from lmstudio_lite.workers.spawn import ChildProcess
if sys.argv[1] == "itself":
    folder = PrivateFolder.make()
    print(folder.path, 0, flush=True)
else:
    child = ChildProcess([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    print(child._folder.path, child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that is the system's temporary one during a test; nothing may be left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "three.pdf"
    path.write_bytes(make_pdf(3))
    return path


def run(code: str, path: Path, temporary_folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env=os.environ | {"TMPDIR": str(temporary_folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def temporary_folder_of(pid: int) -> Path:
    environment = psutil.Process(pid).environ()
    folders = {environment[name] for name in ("TMPDIR", "TMP", "TEMP")}
    (folder,) = map(Path, folders)
    return folder


def is_private(folder: Path) -> bool:
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077


@posix_only
def test_reading_unpacks_nothing_where_others_write(shared: Path, pdf: Path) -> None:
    assert run(READ, pdf, shared) == "3"
    assert list(shared.iterdir()) == []


@needs_other_user
def test_a_library_that_another_user_planted_is_not_loaded(shared: Path, pdf: Path, tmp_path: Path) -> None:
    run(READ_AS_THE_LIBRARY_DOES, pdf, tmp_path)
    (unpacked,) = tmp_path.glob("kreuzberg*/*")
    plant = (
        "planted = Path(sys.argv[1]); planted.parent.mkdir(); planted.write_bytes(b'x' * int(sys.argv[2]))"
    )
    planted = shared / unpacked.relative_to(tmp_path)
    as_nobody(plant, str(planted), str(unpacked.stat().st_size))
    assert run(READ, pdf, shared) == "3"
    assert planted.read_bytes().strip(b"x") == b""


@posix_only
def test_the_engine_has_a_folder_of_its_own(temporary: Path, services: Services) -> None:
    client: EngineClient = services.engine
    client.wait_until_ready()
    workers = [child for child in psutil.Process().children() if "engine-worker" in child.cmdline()]
    folders = [temporary_folder_of(worker.pid) for worker in workers]
    # Another test's engine may be kept for tests to come; it has a folder elsewhere.
    (folder,) = [folder for folder in folders if folder.parent == temporary]
    assert is_private(folder)
    services.close()
    assert not folder.exists()


@posix_only
def test_the_training_has_a_folder_of_its_own(temporary: Path, tmp_path: Path) -> None:
    run_folder = RunFolder(tmp_path / "run")
    run_folder.path.mkdir()
    client = TrainingClient(run_folder, lambda _event: None)
    folder = temporary_folder_of(client.pid)
    assert folder.parent == temporary
    client.close()
    assert not folder.exists()


def test_the_quantizer_has_a_folder_of_its_own(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "{'type': 'failed', 'code': 'model_file', 'details': {'detail': tempfile.gettempdir()}}"
    code = f"import json, sys, tempfile; print(json.dumps({said})); sys.exit(1)"
    monkeypatch.setattr(worker, "child_command", lambda _verb: [sys.executable, "-c", code])
    with pytest.raises(ModelFileError) as failed:
        quantize(tmp_path / "a.gguf", tmp_path / "b.gguf", "Q8_0", lambda: None)
    assert Path(str(failed.value.details["detail"])).parent == temporary


def test_no_command_line_names_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pdf: Path, temporary: Path
) -> None:
    """Every user can read command lines."""
    seen = tmp_path / "seen"
    code = f"import sys; open({str(seen)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))"
    monkeypatch.setattr(worker, "child_command", lambda verb: [sys.executable, "-c", code, verb])
    with pytest.raises(DocumentDamagedError):
        DocumentReader().read(pdf)
    with pytest.raises(ModelFileError):
        quantize(pdf, tmp_path / "b.gguf", "Q8_0", lambda: None)
    folder = RunFolder(tmp_path / "my run")
    folder.path.mkdir()
    TrainingClient(folder, lambda _event: None).close()
    assert seen.read_text().splitlines() == ["document-helper", "quantizer", "training-worker"]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_arguments_arrive_whatever_they_hold() -> None:
    arguments = ("a b", "two\nlines", "\udcff", "ä", "x" * 100_000)
    code = "import json; from lmstudio_lite.workers.child import take_arguments as t; print(json.dumps(t()))"
    command = [sys.executable, "-c", code]
    text = json.dumps(arguments) + "\nwhat follows"
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert tuple(json.loads(done.stdout)) == arguments


@posix_only
def test_what_a_child_makes_is_private(temporary: Path, tmp_path: Path) -> None:
    code = "import sys; open(sys.argv[1], 'w').close()"
    with ChildProcess([sys.executable, "-c", code, str(tmp_path / "made")]):
        pass
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600


def test_a_program_that_is_not_there_leaves_nothing(temporary: Path) -> None:
    with pytest.raises(OSError, match="no-such-program"):
        ChildProcess(["no-such-program"])


@posix_only
def test_a_folder_that_others_could_swap_is_not_used(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (temporary.parent).chmod(0o777)
    folder = PrivateFolder.make()
    temporary.parent.chmod(0o700)
    assert not folder.path.is_relative_to(temporary)
    assert is_private(folder.path)
    folder.remove()


@posix_only
@pytest.mark.parametrize("holder", ["itself", "child"])
def test_what_killed_processes_left_is_removed_but_not_what_is_in_use(
    temporary: Path, holder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_folder, "_swept", set())
    (temporary / "lmstudio-lite-private-of-mine").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD_A_FOLDER, holder],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        path, child = process.stdout.readline().split()
        PrivateFolder.make().remove()
        assert is_private(Path(path))
        process.send_signal(signal.SIGKILL)
    if int(child):
        psutil.wait_procs([psutil.Process(int(child))] if psutil.pid_exists(int(child)) else [])
    private_folder._swept.clear()
    PrivateFolder.make().remove()
    assert not Path(path).exists()
    (temporary / "lmstudio-lite-private-of-mine").rmdir()


def test_reading_leaves_nothing(temporary: Path, pdf: Path) -> None:
    assert len(DocumentReader().read(pdf).pages) == 3


@pytest.mark.skipif(os.name == "nt", reason="a pipe without a reader is an error of POSIX")
@pytest.mark.parametrize(
    "verb",
    [
        spawn.ENGINE_WORKER,
        spawn.DOCUMENT_HELPER,
        spawn.TRAINING_WORKER,
        spawn.QUANTIZER,
        spawn.TEMPLATE_CHILD,
        spawn.FORMULA_CHILD,
    ],
)
def test_a_child_whose_parent_ended_at_once_ends_without_a_word(verb: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    child = ChildProcess(
        spawn.child_command(verb), stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    _, said = child.communicate(timeout=60)
    assert said == b""
