"""macOS: the application bundle as ``.zip`` (ditto keeps its links) and ``.dmg``. Not run yet.

Unsigned: the first start needs "Open" from the context menu. Signing needs the maintainers' certificate.
"""

from __future__ import annotations

import os
from pathlib import Path

from bootstrapping.console import Console

from bundling.freezing import Bundle


def package(bundle: Bundle, checkout: Path, console: Console) -> list[Path]:
    """Return the ``.zip`` and the ``.dmg``; both of their tools come with macOS."""
    dist = checkout / "dist"
    dist.mkdir(exist_ok=True)
    app = bundle.folder.with_name("LM Studio Lite.app")
    archive, image = dist / f"{bundle.name}.zip", dist / f"{bundle.name}.dmg"
    zipping = ["ditto", "-c", "-k", "--sequesterRsrc", "--keepParent", str(app), str(archive)]
    imaging = ["hdiutil", "create", "-volname", "LM Studio Lite", "-srcfolder", str(app)]
    with console.step(f"Packing {archive.name} and {image.name}"):
        console.run(zipping, environment=os.environ, folder=checkout)
        console.run([*imaging, "-ov", "-format", "ULMO", str(image)], environment=os.environ, folder=checkout)
    return [archive, image]
