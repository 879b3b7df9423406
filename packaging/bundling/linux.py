"""Linux: a portable ``.tar.xz`` and a ``.deb`` from the frozen folder.

The ``.deb`` follows Debian's layout: the program in ``/usr/lib/lmstudio-lite``, a link in ``/usr/bin``,
desktop entry, icons and MIME types where dpkg's triggers find them.
"""

from __future__ import annotations

import lzma
import os
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from bootstrapping import problems
from bootstrapping.console import Console

from bundling.freezing import PROGRAM, Bundle

_ICON_SIZES = (32, 48, 64, 128, 256, 512)
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

# What Qt's xcb and Wayland plugins link to and PyInstaller leaves to the system.
_DEPENDS = (
    "libegl1", "libgl1", "libxkbcommon0", "libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4",
    "libxcb-image0", "libxcb-keysyms1", "libxcb-render-util0", "libxcb-shape0", "libxcb-xkb1",
    "libfontconfig1", "libfreetype6", "libdbus-1-3", "libx11-xcb1", "libglib2.0-0 | libglib2.0-0t64",
)  # fmt: skip


def package(bundle: Bundle, checkout: Path, console: Console) -> list[Path]:
    """Return the ``.tar.xz`` and, where ``dpkg-deb`` is there, the ``.deb``."""
    dist = checkout / "dist"
    dist.mkdir(exist_ok=True)
    add_papers(bundle.folder, checkout)
    made = []
    if shutil.which("dpkg-deb") is None:
        console.say("  dpkg-deb is not here: no .deb (Debian, Ubuntu: sudo apt install dpkg-dev)")
    else:
        made.append(_make_deb(bundle, checkout, dist, console))
    archive = dist / f"{bundle.name}.tar.xz"
    with console.step(f"Packing {archive.name}"):
        _pack(bundle, archive)
    return [*made, archive]


def add_papers(folder: Path, checkout: Path) -> None:
    """Put the licence, the desktop entry and the icon into the portable folder."""
    shutil.copy(checkout / "LICENSE", folder)
    shutil.copy(checkout / "packaging" / "linux" / "lmstudio-lite.desktop", folder)
    shutil.copy(checkout / "resources" / "icons" / "app" / "lmstudio-lite.svg", folder)


def _pack(bundle: Bundle, archive: Path) -> None:
    """Write the archive in one step; files belong to root, whoever builds."""

    def owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        return member

    partial = archive.with_name(f"{archive.name}.partial")
    with (
        partial.open("wb") as target,
        _compressor(target) as compressed,
        tarfile.open(fileobj=compressed, mode="w|") as packed,
    ):
        packed.add(bundle.folder, arcname=f"{PROGRAM}-{bundle.version}", filter=owned_by_root)
    os.replace(partial, archive)


@contextmanager
def _compressor(target: BinaryIO) -> Iterator[BinaryIO]:
    """Yield a file that writes xz to ``target``: the tool ``xz`` on all cores, else Python on one."""
    if shutil.which("xz") is None:
        with lzma.open(target, "wb", preset=6) as compressed:
            yield cast("BinaryIO", compressed)
        return
    child = subprocess.Popen(["xz", "-6", "--threads=0"], stdin=subprocess.PIPE, stdout=target)
    if child.stdin is None:
        raise OSError("xz has no standard input")
    with child, child.stdin as compressed:
        yield cast("BinaryIO", compressed)
    if child.returncode != 0:
        raise OSError(f"xz ended with {child.returncode}")


def architecture() -> str:
    """Return Debian's name for this machine.

    Raises:
        Problem: Debian has none that we know.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise problems.Problem(f"No .deb can be made on {machine}.", ("Use the .tar.xz.",))
    return _ARCHITECTURES[machine]


def control_file(version: str, size_kib: int, libc_version: str) -> str:
    """Return the package's control file; ``size_kib`` is the installed size."""
    return "\n".join(
        [
            f"Package: {PROGRAM}",
            f"Version: {version}",
            f"Architecture: {architecture()}",
            "Maintainer: The LM Studio Lite contributors <lmstudio-lite@localhost>",
            f"Installed-Size: {size_kib}",
            f"Depends: libc6 (>= {libc_version}), {', '.join(_DEPENDS)}",
            "Section: utils",
            "Priority: optional",
            "Description: Chat, summarize and translate offline with a language model",
            " A desktop program that runs a quantized language model on this machine.",
            " Nothing that is typed or opened leaves it.",
            "",
        ]
    )


def stage(bundle: Bundle, checkout: Path, root: Path) -> None:
    """Lay out the package's files below ``root`` as they will lie on the user's disk."""
    program = root / "usr" / "lib" / PROGRAM
    shutil.copytree(bundle.folder, program, symlinks=True)
    for paper in ("lmstudio-lite.desktop", "lmstudio-lite.svg", "LICENSE"):
        (program / paper).unlink(missing_ok=True)
    _link(root / "usr" / "bin" / PROGRAM, f"../lib/{PROGRAM}/{PROGRAM}")
    share = root / "usr" / "share"
    linux = checkout / "packaging" / "linux"
    icons = checkout / "resources" / "icons" / "app"
    _copy(linux / "lmstudio-lite.desktop", share / "applications")
    _copy(linux / "lmstudio-lite.xml", share / "mime" / "packages")
    _copy(icons / "lmstudio-lite.svg", share / "icons" / "hicolor" / "scalable" / "apps")
    for size in _ICON_SIZES:
        target = share / "icons" / "hicolor" / f"{size}x{size}" / "apps" / f"{PROGRAM}.png"
        _copy(icons / f"lmstudio-lite-{size}.png", target.parent)
        (target.parent / f"lmstudio-lite-{size}.png").rename(target)
    _copy(checkout / "LICENSE", share / "doc" / PROGRAM)
    (share / "doc" / PROGRAM / "LICENSE").rename(share / "doc" / PROGRAM / "copyright")


def _make_deb(bundle: Bundle, checkout: Path, dist: Path, console: Console) -> Path:
    kind = "" if bundle.has_starter else "-no-model"
    deb = dist / f"{PROGRAM}{kind}_{bundle.version}_{architecture()}.deb"
    root = checkout / "build" / "deb"
    shutil.rmtree(root, ignore_errors=True)
    with console.step(f"Packing {deb.name}"):
        stage(bundle, checkout, root)
        sizes = (path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
        control = control_file(bundle.version, sum(sizes) // 1024, platform.libc_ver()[1] or "2.31")
        (root / "DEBIAN").mkdir()
        (root / "DEBIAN" / "control").write_text(control, encoding="utf-8")
        for folder in (root, *(path for path in root.rglob("*") if path.is_dir() and not path.is_symlink())):
            folder.chmod(0o755)
        command = ["dpkg-deb", "-Zxz", "-z6", "--root-owner-group", "--build", str(root), str(deb)]
        console.run(command, environment=os.environ, folder=checkout)
    shutil.rmtree(root)
    return deb


def _copy(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, folder)


def _link(place: Path, target: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
