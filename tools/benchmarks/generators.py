"""The generators: wire_load (as fast as answers come) and open_load (by the clock)."""

import contextlib
import json
import subprocess

from benchmarks.machine import GENERATOR_CORE, Trouble, beside, take_the_core


def generator_command(options, server, *more, path="/plaintext"):
    return [str(options.build / "bench/wire/wire_load"), "--cpu", str(GENERATOR_CORE), *more,
            f"127.0.0.1:{server.port}", path]


def watched(server):
    return [word for pid in server.pids() for word in ("--watch-pid", str(pid))]


def result_of(server, returncode, out, error):
    if returncode not in (0, 3):
        raise Trouble(f"the generator failed against {server.contender.name}: {error.strip()}")
    return json.loads(out)


def load(options, server, seconds, *more, path="/plaintext"):
    """Runs wire_load once and returns what it reports."""
    command = generator_command(options, server, "-d", str(seconds), "--json", *watched(server), *more,
                                path=path)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          preexec_fn=lambda: take_the_core(options.realtime))
    return result_of(server, done.returncode, done.stdout, done.stderr)


WARM_UP = 2  # seconds: Node compiles what is hot only then

# Kinds of requests, as open_load takes them.
LIGHT = ("--class", "light,1,/plaintext", "--expect", "light=Hello, World!")
MIXED = ("--class", "light,95,/plaintext", "--expect", "light=Hello, World!",
         "--class", "heavy,5,/block/20,alone", "--expect", "heavy=blocked 20 ms\n")


@contextlib.contextmanager
def asking(options, server, kinds, rate, seconds, *more, warm_up=WARM_UP):
    """open_load while the caller does something else; what it has seen is in the list at the end."""
    command = [str(options.build / "bench/open/open_load"), "--json", *kinds, "--rate", str(rate),
               "-d", str(seconds), "-w", str(warm_up), *watched(server), *more,
               f"127.0.0.1:{server.port}"]
    seen = []
    # Before the server's threads: it must be on time whatever they do.
    with beside(options, command, 2) as ended:
        yield seen
    seen.append(result_of(server, *ended[0]))


def ask(options, server, kinds, rate, seconds, *more, warm_up=WARM_UP):
    """Runs open_load once and returns what it reports."""
    with asking(options, server, kinds, rate, seconds, *more, warm_up=warm_up) as seen:
        pass
    return seen[0]
