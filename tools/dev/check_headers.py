#!/usr/bin/env python3
"""Compiles every header of include/ and src/ alone, so that none leans on what its includer has.

  tools/dev/check_headers.py [TOP...]      only the headers below include, or src

Remembers in build/ what it has seen pass: nothing changed, nothing done.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import shlex
import subprocess
import sys

COMPILER = shlex.split(os.environ.get("CXX", "clang++-19"))
FLAGS = ["-std=c++20", "-Iinclude", "-Isrc", "-Wall", "-Wextra", "-Werror",
         "-Wno-missing-field-initializers", "-fsyntax-only",  # the warnings of the build
         "-DASIO_NO_DEPRECATED", "-DASIO_HAS_CO_AWAIT=1", "-DASIO_HAS_STD_COROUTINE=1"]
# Headers that need what a machine may not have: an adapter, and what it adapts.
OPTIONAL = {"shoal/http/nlohmann.h": "nlohmann/json.hpp"}


def fingerprint(headers):
    digest = hashlib.sha256(" ".join([*COMPILER, *FLAGS]).encode())
    for header in headers:
        digest.update(f"{header}\0".encode() + header.read_bytes())
    return digest.hexdigest()


def compile_alone(header):
    """What the compiler says; nothing if all is well."""
    name = pathlib.PurePath(*header.parts[1:]).as_posix()
    program = f'#include "{name}"\n'
    if name in OPTIONAL:
        program = f"#if __has_include(<{OPTIONAL[name]}>)\n{program}#endif\n"
    done = subprocess.run([*COMPILER, *FLAGS, "-x", "c++", "-"], input=program,
                          capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{header} does not compile alone:\n{done.stderr}"


def main():
    tops = sys.argv[1:] or ["include", "src"]
    headers = sorted(p for top in tops for p in pathlib.Path(top).rglob("*.h"))
    current = fingerprint(headers)
    seen = pathlib.Path("build") / ("-".join([*sys.argv[1:], "headers"]) + ".passed")
    if seen.exists() and seen.read_text() == current:
        print(f"{len(headers)} headers, unchanged")
        return 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [said for said in pool.map(compile_alone, headers) if said]
    print("\n".join([*failures, f"{len(headers)} headers, {len(failures)} do not compile alone"]))
    if failures or not headers:
        return 1
    seen.parent.mkdir(exist_ok=True)
    seen.write_text(current)
    return 0


if __name__ == "__main__":
    sys.exit(main())
