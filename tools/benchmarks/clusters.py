"""shoal with the ways it can choose workers and run handlers, and peers with theirs."""

import functools
import re
import subprocess

from benchmarks.machine import ROOT, Trouble
from benchmarks.servers import Contender, choose

CORES = (0, 1)  # more workers than cores: these figures are about waiting, not about speed


@functools.cache
def help_of(program):
    done = subprocess.run([program, "--help"], stdout=subprocess.PIPE, text=True)
    return done.stdout


def knows(program, option, value=""):
    """Whether the program's help names the option and, in its lines, the value."""
    lines = re.search(rf"^  {option}\b.*?(?=^  -|\Z)", help_of(program), re.DOTALL | re.MULTILINE)
    return bool(lines and re.search(rf"\b{value}\b", lines[0].split("=", 1)[-1]))


INLINE = {"--offload-after": "0"}
BASELINE = {"--dispatch": "reuseport", "--policy": "kernel", "--lend-after": "0", "--rebalance": "off"}

# What a name of a contender stands for. An option that the program does not have yet is left out of
# the baseline, since it is off; a way of dispatch that it does not have is left out as a contender.
WAYS = {
    "shoal": {},
    "shoal epoll": {"--driver": "epoll"},
    "shoal inline": INLINE,
    "shoal baseline": BASELINE,
    "shoal ebpf": {"--dispatch": "ebpf"},
    "shoal cbpf": {"--dispatch": "cbpf"},
    "shoal handoff": {"--dispatch": "handoff"},
    "shoal shared": {"--dispatch": "shared"},
    "shoal sticky": {"--policy": "sticky"},
    "shoal header": {"--policy": "sticky", "--sticky": "header:X-Client"},
    "shoal cookie": {"--policy": "sticky", "--sticky": "cookie:client"},
    "shoal random": {"--dispatch": "ebpf", "--policy": "random", "--lend-after": "0",
                     "--rebalance": "off"},
}


def playground(options):
    return str(options.build / "examples/playground")


def inline(options):
    """What keeps every handler on its worker's loop; nothing, while there is nowhere else."""
    return tuple(word for option, value in INLINE.items() if knows(playground(options), option)
                 for word in (option, value))


def shoal(options, name, workers, nodes=1, more=()):
    """None if the program cannot do it."""
    program = playground(options)
    flags = []
    for option, value in WAYS[name].items():
        if knows(program, option, value if option in ("--dispatch", "--policy") else ""):
            flags += [option, value]
        elif name != "shoal baseline":
            return None
    return Contender(name, [program, "--listen", "127.0.0.1:{port}", "--nodes", str(nodes), "--workers",
                            str(workers // nodes), *flags, *more], program, says="ready: listening")


def peer(options, name, workers):
    program, way = name.split()
    if program == "asio":
        server = str(options.build / "bench/peers/asio_server")
        return Contender(name, [server, way, "{port}", str(workers)], server, says="ready")
    script = str(ROOT / "bench/peers/node_cluster.js")
    return Contender(name, [options.node, script, way, "{port}", str(workers)], options.node,
                     says="ready")


def contenders(options, names, workers, nodes=1, more=()):
    """Those of `names` that the command line wants and that are there, in that order."""
    wanted = options.contenders.split(",") if options.contenders else names
    found = {}
    for name in names:
        if name not in wanted:
            continue
        if name in WAYS:
            found[name] = shoal(options, name, workers, nodes, more)
        else:
            found[name] = peer(options, name, workers)
        if found[name] is None:
            print(f"left out: {name} (this build does not know it)")
    found = {name: one for name, one in found.items() if one}
    if not found:
        raise Trouble("nothing is left to measure; this figure knows " + ", ".join(names))
    return choose(found, list(found))


def describe(sub):
    """Options of every command that measures them."""
    sub.add_argument("--contenders", help="only those, separated by commas")
    sub.add_argument("--node", default="node", metavar="PROGRAM", help="Node, where it is a peer")
    sub.add_argument("--keep-cores", action="store_true",
                     help="while a server runs nobody else finds an idle core, for a machine on which others "
                     "work; with --realtime")
