"""ab, the generator of the article that all this began with: clients that ask again once they are answered."""

import contextlib
import re
import shutil

from benchmarks.machine import Trouble, beside

FIELDS = {"seconds": r"Time taken for tests: +([\d.]+)", "rate": r"Requests per second: +([\d.]+)",
          "mean_ms": r"Time per request: +([\d.]+) \[ms\] \(mean\)", "longest_ms": r"100% +(\d+)",
          "answers": r"Complete requests: +(\d+)"}
WRONG = (r"Failed requests: +(\d+)", r"Non-2xx responses: +(\d+)", r"Write errors: +(\d+)")


def parse(text):
    """Its report as numbers."""
    found = {}
    for name, pattern in FIELDS.items():
        match = re.search(pattern, text)
        if not match:
            raise Trouble(f"ab's report lacks '{name}': {text[-300:].strip()}")
        found[name] = float(match[1])
    wrong = (re.search(pattern, text) for pattern in WRONG)
    return found | {"errors": sum(int(match[1]) for match in wrong if match)}


def check():
    if not shutil.which("ab"):
        raise Trouble("ab is not there (Debian: apache2-utils)")


@contextlib.contextmanager
def hammering(options, server, path, *more):
    """ab while the caller does something else; what it has seen is in the list at the end."""
    command = ["ab", "-q", *more, f"http://127.0.0.1:{server.port}{path}"]
    seen = []
    with beside(options, command) as ended:
        yield seen
    returncode, out, error = ended[0]
    if returncode != 0:
        raise Trouble(f"ab failed against {server.contender.name}: {error.strip()}")
    seen.append(parse(out))


def hammer(options, server, path, *more):
    """Runs ab once and returns what it has seen."""
    with hammering(options, server, path, *more) as seen:
        pass
    return seen[0]
