"""What this machine has, and what the installed engine may use of it."""

from __future__ import annotations

from lmstudio_lite.engine.llama.build_info import BuildInfo, describe_build
from lmstudio_lite.library.hardware import Hardware, describe_hardware

__all__ = ["BuildInfo", "Hardware", "describe_build", "describe_hardware"]
