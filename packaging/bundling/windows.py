"""Windows: a portable ``.zip``, and an installer where Inno Setup's compiler is. Not run yet."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bootstrapping.console import Console

from bundling.freezing import Bundle


def package(bundle: Bundle, checkout: Path, console: Console) -> list[Path]:
    """Return the ``.zip`` and, where ``ISCC`` is on the PATH, the installer."""
    dist = checkout / "dist"
    dist.mkdir(exist_ok=True)
    with console.step(f"Packing {bundle.name}.zip"):
        archive = shutil.make_archive(
            str(dist / bundle.name), "zip", bundle.folder.parent, bundle.folder.name
        )
    compiler = shutil.which("ISCC")
    if compiler is None:
        console.say("  ISCC is not on the PATH: no installer (winget install JRSoftware.InnoSetup)")
        return [Path(archive)]
    installer = dist / f"{bundle.name}-setup.exe"
    defines = [f"/DVersion={bundle.version}", f"/DSource={bundle.folder}", f"/DName={installer.stem}"]
    with console.step(f"Making {installer.name}"):
        script = checkout / "packaging" / "windows" / "lmstudio-lite.iss"
        command = [compiler, *defines, f"/O{dist}", str(script)]
        console.run(command, environment=os.environ, folder=checkout)
    return [Path(archive), installer]
