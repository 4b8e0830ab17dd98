#!/usr/bin/env python3
"""embed.py OBJECT HEADER: the bytes of a compiled eBPF program as a C++ array."""
import pathlib
import sys

data = pathlib.Path(sys.argv[1]).read_bytes()
lines = [",".join(map(str, data[at : at + 32])) for at in range(0, len(data), 32)]
pathlib.Path(sys.argv[2]).write_text(
    "#pragma once\n\n"
    "// libbpf reads it as an ELF file in memory.\n"
    "alignas(8) inline constexpr unsigned char steer_object[] = {\n" + ",\n".join(lines) + "};\n"
)
