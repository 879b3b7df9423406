"""The child process that draws formulas: asked by ``drawing``, one formula at a time.

A formula that takes too much time or memory costs this process and nothing else. It limits its own memory
where the system lets it, and ends when its input does or when nothing was asked for a while.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import tostring

import msgspec

from lmstudio_lite.domain.formulas import DrawnFormula, Formula
from lmstudio_lite.formats.formulas.mathml import mathml_of, with_known_environments
from lmstudio_lite.workers import frames
from lmstudio_lite.workers.child import Output, limit_memory, open_input

if TYPE_CHECKING:
    from ziamath.zmath import Latex

MEMORY_BYTES = 768 << 20
"""Of address space, most of which Python maps and never touches."""
IDLE_S = 180.0
SIZE_PX = 48
_WIDEST_EM, _TALLEST_EM = 120.0, 60.0
_SVG_BYTES = 300_000
"""Qt takes a tenth of a second to draw so much."""
_MARGIN_PX = 1.0


class DrawAnswer(msgspec.Struct, frozen=True):
    """What ``Formula`` came to; None: it can't be drawn."""

    drawn: DrawnFormula | None = None


def main(argv: Sequence[str] = ()) -> int:
    """Answer formulas until the input ends, or nobody reads the answers any more."""
    del argv
    output = Output()
    limit_memory(MEMORY_BYTES)
    with contextlib.suppress(BrokenPipeError):
        _answer_all(output)
    return 0


def _answer_all(output: Output) -> None:
    from ziamath.config import config

    config.svg2 = False  # Qt draws no <use> of a <symbol>
    config.precision = 1
    decoder = msgspec.msgpack.Decoder(Formula)
    stream = io.BufferedReader(open_input())
    output.write(frames.frame(b""))  # ready
    while True:
        idle = threading.Timer(IDLE_S, os._exit, (0,))
        idle.daemon = True
        idle.start()
        request = frames.read_frame(stream)
        idle.cancel()
        if request is None:
            return
        answer = DrawAnswer(_draw(frames.decode(decoder, request)))
        output.write(frames.frame(msgspec.msgpack.encode(answer)))


def _draw(formula: Formula) -> DrawnFormula | None:
    """Draw ``formula``; whatever the library makes of a formula that it can't read, there is no picture."""
    from ziamath.zmath import Latex

    try:
        element = mathml_of(formula)
        if element is None or not _has_glyphs("".join(element.itertext())):
            return None
        tex = with_known_environments(formula.tex)
        picture = Latex(tex, size=SIZE_PX, inline=not formula.is_display, margin=_MARGIN_PX)
        return _measured(picture)
    except (MemoryError, RecursionError, ArithmeticError, LookupError, ValueError, TypeError, AttributeError):
        return None
    except Exception as error:
        if type(error).__module__.startswith(("latex2mathml", "ziamath", "ziafont", "xml")):
            return None
        raise


def _has_glyphs(text: str) -> bool:
    """Whether each sign of ``text`` is in the font; in place of others there would be a box."""
    from ziamath.zmath import loadedfonts

    font = loadedfonts["default"]
    return all(font.glyphindex(sign) for sign in set(text) if not sign.isspace() and ord(sign) > 0x7F)


def _measured(picture: Latex) -> DrawnFormula | None:
    svg = tostring(picture.svgxml())
    box = picture.node.bbox
    width = (box.xmax - box.xmin + 2 * _MARGIN_PX) / SIZE_PX
    height = (box.ymax - box.ymin + 2 * _MARGIN_PX) / SIZE_PX
    descent = (_MARGIN_PX - box.ymin) / SIZE_PX
    is_sane = 0 < width <= _WIDEST_EM and 0 < height <= _TALLEST_EM and -_TALLEST_EM < descent < _TALLEST_EM
    if not is_sane or len(svg) > _SVG_BYTES:
        return None
    return DrawnFormula(svg, width, height, descent)
