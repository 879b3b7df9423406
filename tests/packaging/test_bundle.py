"""The packages' files, without freezing anything."""

from __future__ import annotations

import configparser
import platform
import plistlib
import tarfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from bundling import freezing, linux
from bundling.freezing import Bundle

CHECKOUT = Path(__file__).resolve().parents[2]
FREEDESKTOP = "{http://www.freedesktop.org/standards/shared-mime-info}"


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    folder = tmp_path / "lmstudio-lite"
    (folder / "_internal" / "llama_cpp" / "lib").mkdir(parents=True)
    (folder / "lmstudio-lite").write_text("#!/bin/sh\n")
    return Bundle(folder, "1.2.3", has_starter=False)


def test_the_desktop_entry_opens_files_of_known_types() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(CHECKOUT / "packaging" / "linux" / "lmstudio-lite.desktop", encoding="utf-8")
    desktop = entry["Desktop Entry"]
    assert desktop["Exec"] == "lmstudio-lite %F"
    assert desktop["Terminal"] == "false"
    types = desktop["MimeType"].rstrip(";").split(";")
    assert {"application/pdf", "application/x-gguf", "text/plain"} <= set(types)
    assert len(types) == len(set(types))


def test_gguf_is_declared_by_name_and_by_magic() -> None:
    root = ElementTree.parse(CHECKOUT / "packaging" / "linux" / "lmstudio-lite.xml").getroot()
    declared = root.find(f"{FREEDESKTOP}mime-type")
    assert declared is not None
    assert declared.get("type") == "application/x-gguf"
    glob, match = declared.find(f"{FREEDESKTOP}glob"), declared.find(f"{FREEDESKTOP}magic/{FREEDESKTOP}match")
    assert glob is not None
    assert glob.get("pattern") == "*.gguf"
    assert match is not None
    assert match.get("value") == "GGUF"


def test_the_mac_bundle_declares_documents_and_models() -> None:
    keys = plistlib.loads((CHECKOUT / "packaging" / "macos" / "Info.plist").read_bytes())
    types = {kind for declared in keys["CFBundleDocumentTypes"] for kind in declared["LSItemContentTypes"]}
    assert {"com.adobe.pdf", "org.ggml.gguf"} <= types


def test_every_icon_size_is_there() -> None:
    icons = CHECKOUT / "resources" / "icons" / "app"
    for size in (32, 48, 64, 128, 256, 512):
        png = (icons / f"lmstudio-lite-{size}.png").read_bytes()
        assert png.startswith(b"\x89PNG")
        assert int.from_bytes(png[16:20]) == size
    assert (icons / "lmstudio-lite.ico").read_bytes()[:4] == b"\0\0\1\0"


def test_unused_qt_goes_and_used_qt_stays(tmp_path: Path) -> None:
    qt = tmp_path / "_internal" / "PySide6" / "Qt"
    gone = ["lib/libQt6Qml.so.6", "lib/libQt6VirtualKeyboard.so.6", "plugins/imageformats/libqpdf.so",
            "plugins/egldeviceintegrations/libqeglfs-x11.so", "translations/qtquick_de.qm"]  # fmt: skip
    kept = ["lib/libQt6Widgets.so.6", "lib/libQt6Svg.so.6", "plugins/platforms/libqxcb.so",
            "plugins/platforms/libqoffscreen.so", "translations/qtbase_de.qm"]  # fmt: skip
    for name in gone + kept:
        (qt / name).parent.mkdir(parents=True, exist_ok=True)
        (qt / name).touch()
    freezing.trim(tmp_path)
    assert [name for name in gone if (qt / name).exists()] == []
    assert [name for name in kept if not (qt / name).exists()] == []


def test_cpu_libraries_lie_beside_the_executable(bundle: Bundle) -> None:
    (bundle.folder / "_internal" / "libggml-cpu-haswell.so").write_text("code")
    freezing.place_cpu_libraries(bundle.folder)
    assert (bundle.folder / "libggml-cpu-haswell.so").read_text() == "code"


@pytest.mark.skipif(platform.system() == "Windows", reason="links need a right that few have there")
def test_equal_engine_libraries_become_links(bundle: Bundle) -> None:
    engine = bundle.folder / "_internal" / "llama_cpp" / "lib"
    for name in ("libggml.so", "libggml.so.0"):
        (engine / name).write_text("same")
    (engine / "libllama.so").write_text("other")
    freezing.share_duplicates(engine)
    assert (engine / "libggml.so").resolve() == engine / "libggml.so.0"
    assert not (engine / "libllama.so").is_symlink()


@pytest.mark.skipif(platform.system() != "Linux", reason="the .deb is Linux's")
def test_the_deb_is_laid_out_as_debian_wants(bundle: Bundle, tmp_path: Path) -> None:
    root = tmp_path / "root"
    linux.stage(bundle, CHECKOUT, root)
    assert (root / "usr/bin/lmstudio-lite").resolve() == root / "usr/lib/lmstudio-lite/lmstudio-lite"
    for place in (
        "usr/share/applications/lmstudio-lite.desktop",
        "usr/share/mime/packages/lmstudio-lite.xml",
        "usr/share/icons/hicolor/scalable/apps/lmstudio-lite.svg",
        "usr/share/icons/hicolor/48x48/apps/lmstudio-lite.png",
        "usr/share/doc/lmstudio-lite/copyright",
    ):
        assert (root / place).is_file()
    control = linux.control_file("1.2.3", 100, "2.36")
    assert "Version: 1.2.3" in control
    assert "libxcb-cursor0" in control
    assert control.endswith("\n")


@pytest.mark.skipif(platform.system() != "Linux", reason="the .tar.xz is Linux's")
def test_the_archive_belongs_to_root_and_names_its_version(bundle: Bundle, tmp_path: Path) -> None:
    linux.add_papers(bundle.folder, CHECKOUT)
    linux._pack(bundle, tmp_path / "made.tar.xz")
    with tarfile.open(tmp_path / "made.tar.xz") as packed:
        members = packed.getmembers()
    assert {member.uid for member in members} == {0}
    assert "lmstudio-lite-1.2.3/LICENSE" in [member.name for member in members]
    assert bundle.name.endswith("-no-model")
