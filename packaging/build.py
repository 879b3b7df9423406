"""Build what people double-click: `python3 packaging/build.py [--no-starter]`; the results are in dist/.

On Linux: a portable .tar.xz and a .deb. On Windows: a .zip, and an installer if Inno Setup is there.
On macOS: LM Studio Lite.app in a .zip and a .dmg. Each is built on its own system (PyInstaller can't
cross). The environment it is built in is its own (``build/bundle-venv``): its llama.cpp runs on every CPU.
"""

import sys

from bundling.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
