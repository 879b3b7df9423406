"""Turns the checkout into programs that run without Python.

    commands   the options of build.py, in order: environment, freeze, package
    freezing   PyInstaller, what is cut from its folder, and a first run of the result
    linux      .tar.xz and .deb
    windows    .zip and Inno Setup
    macos      .zip and .dmg of the application bundle

Beside the modules: ``lmstudio-lite.spec`` (PyInstaller's), ``runtime_hook.py`` (runs first in the frozen
program), and each system's own files in ``packaging/linux``, ``packaging/windows``, ``packaging/macos``.
"""
