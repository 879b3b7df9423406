"""Build llama-server for `lmstudio-lite bench`: `python3 packaging/build_llama_server.py [--sdist FILE]`.

From the source inside llama-cpp-python's sdist of the pinned version, with the flags of our own engine, so
that the comparison is one of programs and not of builds. It is never part of what people install.
"""

import sys

from bootstrapping.llama_server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
