"""A spreadsheet's numbers as they are shown: number formats (ISO 29500-1 §18.8.30 and §18.8.31).

Dates and times are written the ISO way whatever the format's order, so that they mean the same to everybody;
percentages, currencies, digits after the point and separators are as the format says, in its own (English)
notation. A format that would hide a value is not followed: what is in a cell is read.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from enum import Enum, auto

_BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "$#,##0", 6: "$#,##0", 7: "$#,##0.00",
    8: "$#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00", 41: "#,##0", 42: "$#,##0", 43: "#,##0.00", 44: "$#,##0.00", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm:ss"),
}  # fmt: skip
"""The formats that every file knows; those of East Asian versions (27 to 58) are dates and times."""

_TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|_.|\*.|\[([^\]]*)\]|(AM/PM|A/P|上午/下午)|(General)|(.)', re.I | re.DOTALL
)
_CONDITION = re.compile(r"(<=|>=|<>|=|<|>)\s*(-?[\d.]+(?:E[-+]?\d+)?)", re.I)
_CURRENCY = re.compile(r"\$([^-]*)")
_ELAPSED = re.compile(r"[hms]+", re.I)
_DATE_LETTERS = frozenset("ymdheg年月日")
_SPAN_1900, _SPAN_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_LAST_DAY = 2_958_466
_DAY_S = 86_400
_GENERAL_DIGITS = 11
_MOST_DECIMALS = 30


class _Form(Enum):
    GENERAL = auto()
    NUMBER = auto()
    DATE = auto()
    TIME = auto()
    DATE_TIME = auto()
    ELAPSED = auto()
    TEXT = auto()
    HIDDEN = auto()


@dataclass(frozen=True, slots=True)
class _Section:
    """One of a format's up to four parts; ``before`` and ``after`` stand around the number."""

    form: _Form
    before: str = ""
    after: str = ""
    decimals: int = 0
    optional_decimals: int = 0
    least_digits: int = 0
    has_groups: bool = False
    scale: int = 0
    """The power of ten that the shown number is multiplied by: 2 for per cent, -3 for thousands."""
    exponent_digits: int = 0
    has_seconds: bool = False
    denominator: int = 0
    condition: tuple[str, Decimal] | None = None


def format_code(number: int, own: dict[int, str]) -> str:
    """Return the code of a format by its number; ``own`` are the file's."""
    return own.get(number) or _BUILT_IN.get(number, "General")


def shown(value: float | Decimal, code: str, *, is_1904: bool = False) -> str:
    """Return a number as a cell with the format ``code`` shows it."""
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite():
        return str(value)
    sections = _sections(code)
    section, is_absolute = _choose(sections, number)
    match section.form:
        case _Form.GENERAL | _Form.HIDDEN | _Form.TEXT:
            shown_number = abs(number) if is_absolute and section.before else number
            return f"{section.before}{general(shown_number)}{section.after}".strip()
        case _Form.NUMBER:
            return _number(abs(number) if is_absolute else number, section)
    return _moment(number, section, is_1904=is_1904) or general(number)


def general(number: Decimal) -> str:
    """Return a number as a cell without a format shows it, without the noise of binary fractions."""
    if number == number.to_integral_value() and abs(number) < Decimal(10) ** 21:
        return f"{number.quantize(Decimal(1)):f}"
    digits = min(max(_GENERAL_DIGITS, number.adjusted() + 3), 15) if abs(number) >= Decimal("1e-4") else 6
    text = f"{number:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}E{int(exponent):+d}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _choose(sections: tuple[_Section, ...], number: Decimal) -> tuple[_Section, bool]:
    """Return the section for ``number``, and whether it shows the number without its sign."""
    compare = {
        "<": number.__lt__, "<=": number.__le__, ">": number.__gt__, ">=": number.__ge__,
        "=": number.__eq__, "<>": number.__ne__,
    }  # fmt: skip
    conditioned = [each for each in sections[:3] if each.condition is not None]
    if conditioned:
        for section in conditioned:
            assert section.condition is not None
            if compare[section.condition[0]](section.condition[1]):
                return section, False
        rest = [each for each in sections[:3] if each.condition is None]
        return (rest or [_Section(_Form.GENERAL)])[-1], False
    if number < 0 and len(sections) > 1:
        # Where only a colour would tell a negative number from a positive one, its sign is kept.
        first, second = sections[:2]
        return second, (first.before, first.after) != (second.before, second.after)
    if number == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], False


@functools.lru_cache(maxsize=4096)
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[str] = []
    start, is_quoted, position = 0, False, 0
    while position < len(code):
        letter = code[position]
        if letter == '"':
            is_quoted = not is_quoted
        elif letter == "\\" and not is_quoted:
            position += 1
        elif letter == ";" and not is_quoted:
            parts.append(code[start:position])
            start = position + 1
        position += 1
    return tuple(_section(part) for part in (*parts, code[start:])[:4])


def _section(code: str) -> _Section:
    """Read one part of a format."""
    literal: list[str] = []
    mask: list[str] = []
    before = ""
    condition = None
    is_elapsed = is_general = has_half_day = is_text = False
    for found in _TOKEN.finditer(code):
        quoted, escaped, bracket, half_day, named, letter = found.groups()
        if quoted is not None or escaped is not None:
            literal.append(escaped if quoted is None else quoted)
        elif bracket is not None:
            if currency := _CURRENCY.match(bracket):
                literal.append(currency[1])
            elif compared := _CONDITION.fullmatch(bracket.strip()):
                condition = (compared[1], _decimal(compared[2]))
            elif _ELAPSED.fullmatch(bracket):
                is_elapsed = True
                mask.append(bracket[0].lower())
        elif half_day is not None:
            has_half_day = True
        elif named is not None:
            is_general = True
            before, literal = "".join(literal), []
        elif letter is None:
            continue
        elif letter == "@":
            is_text = True
        elif letter in "0#?.,%/" or letter.casefold() in "hsymdeg":
            if letter in "0#?." and not any(each in "0#?." for each in mask):
                before, literal = "".join(literal), []
            mask.append(letter)
            if letter == "%":
                literal.append("%")
            elif letter == "/" and not any(each in "0#?" for each in mask):
                literal.append("/")
        else:
            literal.append(letter)
    shape = "".join(mask)
    after = "".join(literal)
    if is_general:
        return _Section(_Form.GENERAL, before, after, condition=condition)
    digits = [letter for letter in shape if letter in "0#?"]
    letters = shape.casefold()
    is_exponent = re.search(r"e[-+]?[0#?]", code.casefold()) is not None and bool(digits)
    if not is_exponent and (is_elapsed or has_half_day or any(each in "hsymd" for each in letters)):
        return _date_section(letters, is_elapsed, has_half_day, condition)
    if is_text:
        return _Section(_Form.TEXT, condition=condition)
    if not digits:
        # Nothing to show a number by: words in its place ("n/a"), or nothing at all.
        words = (before + after).strip()
        if words:
            return _Section(_Form.NUMBER, words, least_digits=-1, condition=condition)
        return _Section(_Form.HIDDEN, condition=condition)
    return _number_section(code, shape, before, after, is_exponent, condition)


def _date_section(
    letters: str, is_elapsed: bool, has_half_day: bool, condition: tuple[str, Decimal] | None
) -> _Section:
    has_seconds = "s" in letters
    if is_elapsed:
        return _Section(_Form.ELAPSED, has_seconds=has_seconds, condition=condition)
    has_time = has_half_day or "h" in letters or has_seconds
    has_date = any(each in letters for each in "yd") or ("m" in letters and not has_time)
    form = _Form.DATE_TIME if has_date and has_time else _Form.DATE if has_date else _Form.TIME
    return _Section(form, has_seconds=has_seconds, condition=condition)


def _number_section(
    code: str, shape: str, before: str, after: str, is_exponent: bool, condition: tuple[str, Decimal] | None
) -> _Section:
    mantissa = re.split("e", shape, maxsplit=1, flags=re.I)[0] if is_exponent else shape
    exponent = shape[len(mantissa) :] if is_exponent else ""
    if is_exponent:
        after = re.sub(r"^[-+]", "", after)
    if "/" in mantissa and not is_exponent:
        fixed = re.search(r"/\s*(\d+)\s*$", code.strip())
        num_places = len(re.findall(r"[0#?]", mantissa.rpartition("/")[2]))
        denominator = int(fixed[1]) if fixed and int(fixed[1]) else -(10 ** min(max(num_places, 1), 3))
        return _Section(_Form.NUMBER, before, denominator=denominator, condition=condition)
    whole, point, fraction = mantissa.partition(".")
    numerals = re.sub(r"[^0#?,]", "", whole)
    trailing = len(numerals) - len(numerals.rstrip(","))
    places = [letter for letter in fraction if letter in "0#?"]
    if point:
        tail = re.sub(r"[^0#?,]", "", fraction)
        trailing = len(tail) - len(tail.rstrip(","))
    return _Section(
        _Form.NUMBER,
        before,
        after,
        decimals=min(places.count("0"), _MOST_DECIMALS),
        optional_decimals=min(len(places), _MOST_DECIMALS),
        least_digits=min(numerals.count("0"), _MOST_DECIMALS),
        has_groups="," in numerals.rstrip(","),
        scale=2 * shape.count("%") - 3 * trailing,
        exponent_digits=exponent.count("0") if is_exponent else 0,
        condition=condition,
    )


def _number(number: Decimal, section: _Section) -> str:
    if section.least_digits < 0:
        return f"{section.before} ({general(number)})" if number else section.before
    if section.denominator:
        return _fraction(number, section)
    with localcontext() as context:
        context.prec = 60
        number = number.scaleb(section.scale)
        if section.exponent_digits:
            text = f"{number:.{section.optional_decimals}E}"
            mantissa, _, exponent = text.partition("E")
            shown_exponent = f"E{exponent[0]}{exponent[1:].zfill(section.exponent_digits)}"
            return f"{section.before}{mantissa}{shown_exponent}{section.after}".strip()
        if number.adjusted() > 40:
            return general(number)
        try:
            rounded = number.quantize(Decimal(1).scaleb(-section.optional_decimals), ROUND_HALF_UP)
        except InvalidOperation:
            return general(number)
    sign = "-" if rounded < 0 else ""
    whole, _, fraction = f"{abs(rounded):f}".partition(".")
    fraction = fraction[: section.decimals] + fraction[section.decimals :].rstrip("0")
    whole = whole.zfill(section.least_digits)
    if section.has_groups:
        whole = f"{int(whole):,}".zfill(len(whole)) if whole.isdecimal() else whole
    if not rounded and not section.least_digits and not fraction and section.before.strip():
        whole = ""  # accountants' "-" in place of zero
    text = f"{whole}.{fraction}" if fraction else whole
    return f"{sign}{section.before}{text}{section.after}".strip()


def _fraction(number: Decimal, section: _Section) -> str:
    """Return a number as a whole and a fraction: "2 1/3"."""
    from fractions import Fraction

    exact = Fraction(number)
    whole = int(abs(exact))
    rest = abs(exact) - whole
    if section.denominator > 0:
        top, bottom = round(rest * section.denominator), section.denominator
    else:
        near = rest.limit_denominator(-section.denominator - 1)
        top, bottom = near.numerator, near.denominator
    if top == bottom:
        whole, top = whole + 1, 0
    sign = "-" if exact < 0 else ""
    pieces = [str(whole)] if whole or not top else []
    pieces += [f"{top}/{bottom}"] if top else []
    return f"{sign}{section.before}{' '.join(pieces)}".strip()


def _moment(number: Decimal, section: _Section, *, is_1904: bool) -> str:
    """Return a serial number as a date, a time or a span of time, "" for one that no calendar has."""
    total_s = int((number * _DAY_S).quantize(Decimal(1), ROUND_HALF_UP)) if abs(number) < _LAST_DAY else -1
    if section.form is _Form.ELAPSED and abs(number) < _LAST_DAY:
        minutes, seconds = divmod(abs(total_s), 60)
        clock = f"{'-' if total_s < 0 else ''}{minutes // 60:02}:{minutes % 60:02}"
        return f"{clock}:{seconds:02}" if section.has_seconds else clock
    if total_s < 0:
        return ""
    if section.form is _Form.TIME:
        return _clock(total_s % _DAY_S, section.has_seconds)
    # Day 60 is 29 February 1900, which was none (Lotus 1-2-3's error, kept by Excel).
    day = total_s // _DAY_S
    begin = _SPAN_1904 if is_1904 else _SPAN_1900
    date = begin + timedelta(days=day + (0 if is_1904 or day >= 60 else 1))
    if section.form is _Form.DATE:
        return date.date().isoformat()
    return f"{date.date().isoformat()} {_clock(total_s % _DAY_S, section.has_seconds)}"


def _clock(seconds: int, has_seconds: bool) -> str:
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{clock}:{seconds % 60:02}" if has_seconds and seconds % 60 else clock


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)
