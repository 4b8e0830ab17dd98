#!/usr/bin/env python3
"""Holds every #include to the layer diagram of docs/architecture.md. Paths alone decide.

  tools/dev/check_layers.py [ROOT]      exit code 1 and a line for each breach

A file may include its own layer and those with lower numbers; layers of one number never include
each other. Tests and benchmarks reach where they like: what they link holds them to their layer.
"""

import pathlib
import re
import sys

LAYERS = {
    "base": 0,
    "coro": 1, "topology": 1, "shm": 1,
    "io": 2,
    "compute": 3, "load": 3,
    "http": 4, "dispatch": 4,
    "observe": 5,
    "cluster": 6,
    "testing": 7,  # runs apps in tests
    "shoal": 7,  # tools/shoal, the program
}
DRIVERS = {"uring", "epoll", "sim"}
PARTS_OF_THE_PROGRAM = {"bench", "numa"}  # folders of tools/shoal

# Who may include a driver's headers besides the driver itself.
DRIVER_USERS = {
    "src/io/open.cc": {"uring", "epoll"},
    "src/compute/sim/": {"sim"},
    "src/testing/": {"sim"},
}

# One door for each library: only files below these paths include it.
DOORS = [
    (r"liburing\.h|liburing/.*|linux/io_uring\.h", ["src/io/uring/"]),
    (r"sys/epoll\.h", ["src/io/epoll/"]),
    (r"asio\.hpp|asio/.*", ["src/cluster/", "tools/"]),
    (r"linux/bpf.*\.h|bpf/.*", ["src/dispatch/steer"]),
    (r"absl/.*", ["src/"]),
    (r"zlib\.h", ["src/http/files/"]),
    (r"seccomp\.h", ["src/cluster/rights/call_filter.cc"]),
    (r"hwloc\.h|hwloc/.*", ["src/topology/hwloc_reader.cc"]),
    (r"CLI/.*", ["src/cluster/", "tools/"]),
    (r"toml\+\+/.*", ["src/cluster/options/toml_text.cc", "src/load/plan_file.cc"]),
    (r"nlohmann/.*", ["include/shoal/http/nlohmann.h", "tools/shoal/bench/"]),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"[a-z_0-9]+")  # <vector>, <cstdint>: no dot, no slash


def layer_of(path):
    """The layer of a file, given from the root, or None for one without (examples, tests)."""
    parts = path.split("/")
    if path.startswith("include/shoal/"):
        return parts[2] if len(parts) > 3 else "cluster"
    if path.startswith("src/"):
        return parts[1]
    return "shoal" if path.startswith("tools/shoal/") else None


def driver_of(path):
    parts = path.split("/")
    return parts[2] if path.startswith("src/io/") and len(parts) > 3 and parts[2] in DRIVERS else None


def resolve(name, includer):
    """The path of what a quoted include names, from the root; the same for every includer."""
    if name.startswith("shoal/"):
        return "include/" + name
    if "/" not in name:
        return str(pathlib.PurePosixPath(includer).parent / name)
    if includer.startswith("tools/shoal/") and name.split("/")[0] in PARTS_OF_THE_PROGRAM:
        return "tools/shoal/" + name
    return "src/" + name


def breach_of_layers(path, target):
    mine, other = layer_of(path), layer_of(target)
    if other not in LAYERS:
        return f"{target} is in no layer"
    if mine != other and LAYERS[other] >= LAYERS[mine]:
        kind = "a sibling" if LAYERS[other] == LAYERS[mine] else "a higher layer"
        return f"{mine} ({LAYERS[mine]}) includes {kind}, {other} ({LAYERS[other]})"
    driver = driver_of(target)
    if driver is None or driver == driver_of(path):
        return None
    if any(path.startswith(user) and driver in seen for user, seen in DRIVER_USERS.items()):
        return None
    return f"only the driver itself includes io/{driver}"


def breach_of_doors(path, name):
    for pattern, doors in DOORS:
        if re.fullmatch(pattern, name) and not any(path.startswith(door) for door in doors):
            return f"<{name}> has its door in {' and '.join(doors)}"
    return None


def has_a_door(header):
    """An adapter: a public header that is the door to a library of the user's."""
    return any(header in doors for _, doors in DOORS)


def breach(path, quote, name):
    """What is wrong with one include, or None."""
    public_only = path.startswith(("include/", "examples/"))
    if quote == "<":
        if path.startswith("include/") and not STANDARD.fullmatch(name):
            if not name.startswith("shoal/") and not has_a_door(path):
                return f"a public header includes <{name}>, which is not the standard library"
        if name.startswith("shoal/"):
            return None if path.startswith("examples/") else f'write "{name}" inside the project'
        return breach_of_doors(path, name)
    if public_only and not name.startswith("shoal/"):
        return f'"{name}" is not public'
    if layer_of(path) is None:
        return None
    return breach_of_layers(path, resolve(name, path))


def files(root):
    for top in ("include", "src", "tools/shoal", "examples"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path


def breaches(root):
    """A line for each breach below `root`, and how many files there are."""
    found, count = [], 0
    for file in files(root):
        path = file.relative_to(root).as_posix()
        count += 1
        if layer_of(path) is not None and layer_of(path) not in LAYERS:
            found.append(f"{path}: in no layer")
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            include = INCLUDE.match(line)
            wrong = breach(path, *include.groups()) if include else None
            if wrong:
                found.append(f"{path}:{number}: {wrong}")
    return found, count


def main():
    found, count = breaches(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join([*found, f"{count} files, {len(found)} breaches"]))
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
