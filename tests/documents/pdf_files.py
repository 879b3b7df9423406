"""PDF files made on the spot (PDF 32000-1:2008): pages turned by their dictionary or by their text's matrix,
columns drawn in any order, pictures, notes, filled fields, files within, fonts that say nothing.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field

import numpy as np

A4 = (595.0, 842.0)
LEADING = 1.2
_WIDTH_SHARE = 0.5
"""Of Helvetica's characters, in sizes: more than the mean, so that lines never touch."""


@dataclass
class Page:
    """``content`` is drawn in points from the lower left corner, before ``rotate`` turns the page."""

    size: tuple[float, float] = A4
    rotate: int = 0
    content: list[str] = field(default_factory=list)
    annotations: list[str] = field(default_factory=list)
    pictures: list[np.ndarray] = field(default_factory=list)
    crop: tuple[float, float, float, float] | None = None

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 10,
        turn: float = 0,
        font: str = "F1",
        is_kerned: bool = False,
    ) -> None:
        """Draw a line of text that begins at ``x``, ``y`` and is turned by ``turn`` degrees to the left.

        Fonts: F1 is plain, F2 does not say what its characters are, F3 has soft hyphens and the ligature fi.
        A kerned line has gaps in place of spaces, as TeX makes them.
        """
        cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        matrix = f"{cosine:.5f} {sine:.5f} {-sine:.5f} {cosine:.5f} {x:.2f} {y:.2f}"
        coded = text.replace("\ufb01", "\u20ac").encode("cp1252")
        words = coded.split(b" ") if is_kerned else [coded]
        shown = " -278 ".join(f"<{word.hex()}>" for word in words)
        self.content.append(f"BT /{font} {size} Tf {matrix} Tm [{shown}] TJ ET")

    def write_codes(self, x: float, y: float, codes: bytes, *, size: float = 10) -> None:
        """Draw characters of the font F4 by their codes."""
        self.content.append(f"BT /F4 {size} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm <{codes.hex()}> Tj ET")

    def write_chinese(self, x: float, y: float, text: str, *, is_upright: bool) -> None:
        """Draw Chinese in a font that is not in the file, in a line or as a column."""
        font = "F5" if is_upright else "F6"
        self.content.append(f"BT /{font} 12 Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET")

    def write_lines(
        self, lines: list[str], *, x: float = 60, y: float = 780, size: float = 10, turn: int = 0
    ) -> None:
        """Draw lines below each other; turned lines run along the page's edge that is then its left one."""
        step_x, step_y = math.sin(math.radians(turn)), -math.cos(math.radians(turn))
        for number, line in enumerate(lines):
            down = number * size * LEADING
            self.write(x + step_x * down, y + step_y * down, line, size=size, turn=turn)

    def draw(self, picture: np.ndarray, box: tuple[float, float, float, float]) -> None:
        """Draw a gray picture (rows of 0 to 255) into ``box``: left, bottom, right, top."""
        left, bottom, right, top = box
        self.pictures.append(picture)
        name = f"I{len(self.pictures)}"
        self.content.append(f"q {right - left} 0 0 {top - bottom} {left} {bottom} cm /{name} Do Q")

    def note(
        self, text: str, subtype: str = "Text", box: tuple[int, int, int, int] = (500, 700, 520, 720)
    ) -> None:
        self.annotations.append(f"/Subtype /{subtype} /Rect [{_numbers(box)}] /Contents {_text(text)}")

    def text_field(self, name: str, value: str, box: tuple[int, int, int, int]) -> None:
        self.annotations.append(
            f"/Subtype /Widget /FT /Tx /T {_text(name)} /V {_text(value)} /Rect [{_numbers(box)}] /F 4"
        )


def pdf_of(pages: list[Page], *, files: dict[str, bytes] | None = None, title: str = "") -> bytes:
    """Return a PDF of ``pages`` with ``files`` within it."""
    writer = _Writer()
    catalog, tree = writer.reserve(), writer.reserve()
    fonts = writer.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    strange = _font_that_says_nothing(writer)
    told = _font_that_says_all(writer)
    arabic = _arabic_font(writer)
    chinese = [_chinese_font(writer, direction) for direction in "HV"]
    fields: list[int] = []
    kids = []
    for page in pages:
        images = [
            writer.add_stream(_picture_head(each), each.astype(np.uint8).tobytes()) for each in page.pictures
        ]
        named = " ".join(f"/I{number} {image} 0 R" for number, image in enumerate(images, 1))
        content = writer.add_stream("", "\n".join(page.content).encode())
        annotations = [writer.add(f"<< /Type /Annot {each} >>") for each in page.annotations]
        fields += [
            number for number, each in zip(annotations, page.annotations, strict=True) if "/FT" in each
        ]
        crop = f"/CropBox [{_numbers(page.crop)}]" if page.crop else ""
        kids.append(
            writer.add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {_numbers(page.size)}] {crop} "
                f"/Rotate {page.rotate} /Contents {content} 0 R /Annots [{_references(annotations)}] "
                f"/Resources << /Font << /F1 {fonts} 0 R /F2 {strange} 0 R /F3 {told} 0 R "
                f"/F4 {arabic} 0 R /F5 {chinese[0]} 0 R /F6 {chinese[1]} 0 R >> /XObject << {named} >> >> >>"
            )
        )
    writer.put(tree, f"<< /Type /Pages /Kids [{_references(kids)}] /Count {len(kids)} >>")
    names = ""
    for name, body in (files or {}).items():
        stream = writer.add_stream("/Type /EmbeddedFile", body)
        names += f" {_text(name)} << /Type /Filespec /F {_text(name)} /UF {_text(name)} "
        names += f"/EF << /F {stream} 0 R >> >>"
    extra = f"/Names << /EmbeddedFiles << /Names [{names}] >> >>" if names else ""
    extra += f"/AcroForm << /Fields [{_references(fields)}] >>" if fields else ""
    writer.put(catalog, f"<< /Type /Catalog /Pages {tree} 0 R {extra} >>")
    info = writer.add(f"<< /Title {_text(title)} >>")
    return writer.finish(f"/Root {catalog} 0 R /Info {info} 0 R")


def scan_of_print(num_lines: int = 30) -> np.ndarray:
    """Return a picture that looks like a printed page from afar: dark bars for words on white."""
    random = np.random.default_rng(num_lines)
    pixels = np.full((420, 300), 250, np.uint8)
    for number in range(num_lines):
        top = 20 + number * 12
        for left in range(30, 270, 20):
            pixels[top : top + 5, left : left + int(random.integers(8, 17))] = 30
    return pixels


def text_width(text: str, size: float = 10) -> float:
    """Return about how wide ``text`` is in Helvetica, rather too much."""
    return len(text) * size * _WIDTH_SHARE


def _picture_head(picture: np.ndarray) -> str:
    height, width = picture.shape
    return (
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray"
        " /BitsPerComponent 8"
    )


def _font_that_says_nothing(writer: _Writer) -> int:
    """Add a Type 3 font of boxes whose glyphs have numbers for names: no program knows its characters."""
    glyph = writer.add_stream("", b"500 0 0 0 400 700 d1 0 0 400 700 re f")
    names = " ".join(f"/g{code}" for code in range(32, 127))
    procs = " ".join(f"/g{code} {glyph} 0 R" for code in range(32, 127))
    return writer.add(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 500 700] /FontMatrix [0.001 0 0 0.001 0 0] "
        f"/FirstChar 32 /LastChar 126 /Widths [{' '.join(['500'] * 95)}] "
        f"/Encoding << /Type /Encoding /Differences [32 {names}] >> /CharProcs << {procs} >> >>"
    )


def _font_that_says_all(writer: _Writer) -> int:
    """Add a font with a table of its characters: Latin-1, with the ligature fi at 0x80."""
    table = (
        "1 begincodespacerange <00> <ff> endcodespacerange 2 beginbfrange <20> <7e> <0020> <a0> <ff> <00a0>"
    )
    table += " endbfrange 1 beginbfchar <80> <fb01> endbfchar endcmap"
    characters = writer.add_stream("", f"/CIDInit /ProcSet findresource begin begincmap {table} end".encode())
    return writer.add(
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode {characters} 0 R "
        "/Encoding /WinAnsiEncoding >>"
    )


ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءأإآ" + "\u064e"
"""What the font F4 has from 0xa1 on, beside ASCII: letters and one mark."""


def arabic_code(character: str) -> int:
    return 0xA1 + ARABIC.index(character) if character in ARABIC else ord(character)


def _arabic_font(writer: _Writer) -> int:
    """Add a font that tells Arabic letters for its upper half, and the ligature lam-alef for 0xf0."""
    letters = "".join(f"<{0xA1 + at:02x}> <{ord(letter):04x}> " for at, letter in enumerate(ARABIC))
    table = "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7e> <0020> endbfrange "
    table += f"{len(ARABIC) + 1} beginbfchar {letters} <f0> <06440627> endbfchar endcmap"
    characters = writer.add_stream("", f"/CIDInit /ProcSet findresource begin begincmap {table} end".encode())
    return writer.add(
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode {characters} 0 R "
        f"/FirstChar 32 /LastChar 255 /Widths [{' '.join(['500'] * 224)}] /Encoding /WinAnsiEncoding >>"
    )


def _chinese_font(writer: _Writer, direction: str) -> int:
    """Add a font of Adobe's Chinese characters, told by Unicode, in lines (H) or columns (V)."""
    system = "<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
    name = "/BaseFont /STSong-Light"
    below = writer.add(f"<< /Type /Font /Subtype /CIDFontType0 {name} /CIDSystemInfo {system} /DW 1000 >>")
    return writer.add(
        f"<< /Type /Font /Subtype /Type0 {name} /Encoding /UniGB-UCS2-{direction} "
        f"/DescendantFonts [{below} 0 R] >>"
    )


class _Writer:
    def __init__(self) -> None:
        self._bodies: list[bytes] = []

    def reserve(self) -> int:
        return self.add("null")

    def add(self, body: str) -> int:
        self._bodies.append(body.encode("latin-1"))
        return len(self._bodies)

    def put(self, number: int, body: str) -> None:
        self._bodies[number - 1] = body.encode("latin-1")

    def add_stream(self, head: str, content: bytes) -> int:
        packed = zlib.compress(content)
        head = f"<< {head} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
        self._bodies.append(head.encode() + packed + b"\nendstream")
        return len(self._bodies)

    def finish(self, trailer: str) -> bytes:
        out = bytearray(b"%PDF-1.7\n")
        offsets = []
        for number, body in enumerate(self._bodies, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(self._bodies) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        size = len(self._bodies) + 1
        out += f"trailer << /Size {size} {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
        return bytes(out)


def _references(numbers: list[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)


def _text(text: str) -> str:
    return f"<feff{text.encode('utf-16-be').hex()}>"
