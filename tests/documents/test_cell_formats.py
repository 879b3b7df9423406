"""Numbers by their format: as the cell shows them, dates and times the ISO way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.office.cell_formats import format_code, general, shown


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        ("7300", "General", "7300"),
        ("0.30000000000000004", "General", "0.3"),
        ("4.2999999999999998", "General", "4.3"),
        ("12345678901234", "General", "12345678901234"),
        ("1E-9", "General", "1E-9"),
        ("1234567.891", "General", "1234567.891"),
        ("-0.5", "General", "-0.5"),
        ("0.25", "0%", "25%"),
        ("0.105", "0.0%", "10.5%"),
        ("0.25", '0" %"', "0 %"),
        ("7300", '#,##0.00 "EUR"', "7,300.00 EUR"),
        ("-7300.5", '#,##0.00 "€";[Red]-#,##0.00 "€"', "-7,300.50 €"),
        ("-7300.5", '#,##0.00 "€";[Red]#,##0.00 "€"', "-7,300.50 €"),
        ("-12", "#,##0_);(#,##0)", "(12)"),
        ("-12", '0;"minus "0', "minus 12"),
        ("1250", "[$€-407] #,##0.00", "€ 1,250.00"),
        ("1250", "[$$-409]#,##0", "$1,250"),
        ("1250", '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-', "1,250.00 €"),
        ("0", '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-', "- €"),
        ("1250000", "#,##0,", "1,250"),
        ("1250000", '0.0,,"M"', "1.3M"),
        ("5", "000", "005"),
        ("2.5", "0.##", "2.5"),
        ("2", "0.##", "2"),
        ("2.675", "0.00", "2.68"),
        ("12345", "0.00E+00", "1.23E+04"),
        ("2.3333333333", "# ?/?", "2 1/3"),
        ("0.5", "?/2", "1/2"),
        ("45363", "yyyy-mm-dd", "2024-03-12"),
        ("45363", "dd.mm.yyyy", "2024-03-12"),
        ("45363", "[$-407]d. mmmm yyyy;@", "2024-03-12"),
        ("45363", 'yyyy"年"m"月"d"日"', "2024-03-12"),
        ("45384.60416666666", "yyyy-mm-dd h:mm:ss", "2024-04-02 14:30"),
        ("45384.604178", "yyyy-mm-dd h:mm:ss", "2024-04-02 14:30:01"),
        ("0.378472222222222", "h:mm:ss", "09:05"),
        ("0.378472222222222", "h:mm AM/PM", "09:05"),
        ("0.878472222222222", "h:mm AM/PM", "21:05"),
        ("1.5", "[h]:mm", "36:00"),
        ("1.5", "[h]:mm:ss", "36:00:00"),
        ("0.999999999", "h:mm", "00:00"),
        ("1", "yyyy-mm-dd", "1900-01-01"),
        ("61", "yyyy-mm-dd", "1900-03-01"),
        ("-3", "yyyy-mm-dd", "-3"),
        ("99999999", "yyyy-mm-dd", "99999999"),
        ("42", ";;;", "42"),
        ("42", "@", "42"),
        ("5", '[>=10]"many";0', "5"),
        ("12", '[>=10]0" items";0', "12 items"),
        ("7", 'General" kg"', "7 kg"),
        ("0", '"none"', "none"),
    ],
)  # fmt: skip
def test_as_shown(value: str, code: str, expected: str) -> None:
    assert shown(Decimal(value), code) == expected


def test_years_since_1904() -> None:
    assert shown(Decimal("43901"), "yyyy-mm-dd", is_1904=True) == "2024-03-12"


def test_formats_that_every_file_knows() -> None:
    assert shown(Decimal("45363"), format_code(14, {})) == "2024-03-12"
    assert shown(Decimal("0.25"), format_code(9, {})) == "25%"
    assert format_code(164, {164: "0.0"}) == "0.0"


@given(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text('0#?.,%"\\;[]$€-ymdhsEe+/@*_ ();General', max_size=20),
)
def test_any_number_in_any_format_is_something(value: Decimal, code: str) -> None:
    assert isinstance(shown(value, code), str)


@given(st.integers(-(10**15), 10**15))
def test_whole_numbers_keep_every_digit(value: int) -> None:
    assert general(Decimal(value)) == str(value)
    assert shown(Decimal(value), "#,##0").replace(",", "") == str(value)
