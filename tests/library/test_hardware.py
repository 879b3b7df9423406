from __future__ import annotations

from lmstudio_lite.library.hardware import describe_hardware, parse_cpuinfo

X86 = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R)   CPU @ 2.00GHz
flags\t\t: fpu sse4_2 avx2 amx_int8

processor\t: 1
model name\t: another
flags\t\t: fpu
"""
ARM = """processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd asimddp i8mm
CPU implementer\t: 0x41
"""


def test_this_machine() -> None:
    hardware = describe_hardware()
    assert hardware.cpu_name
    assert hardware.num_physical_cores >= 1
    assert hardware.memory_bytes > 1 << 28
    assert describe_hardware() is hardware


def test_cpuinfo() -> None:
    name, features = parse_cpuinfo(X86)
    assert name == "Intel(R) Xeon(R)   CPU @ 2.00GHz"
    assert features == {"fpu", "sse4_2", "avx2", "amx_int8"}
    assert parse_cpuinfo(ARM) == ("", frozenset({"fp", "asimd", "asimddp", "i8mm"}))
    assert parse_cpuinfo("") == ("", frozenset())
