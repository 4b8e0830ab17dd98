"""The machine: its cores, its build, what it is like and what it takes away."""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER_CORE, GENERATOR_CORE = 0, 1


class Trouble(Exception):
    """Something that the reader can mend; its text names the thing and the cure."""


def build_what_is_measured(directory):
    """The project's own build directory is brought up to date; another one is its owner's."""
    if directory != ROOT / "build/release":
        return
    done = subprocess.run(["bash", "-euc", """
        . tools/dev/setup
        install_missing $build_packages
        [ -e build/release/build.ninja ] || configure build/release -Dtests=false
        if grep -q '"benchmarks", "value": false' build/release/meson-info/intro-buildoptions.json; then
          configure build/release -Dbenchmarks=true
        fi
        build build/release examples/playground examples/files bench/wire/floor_uring \\
          bench/wire/floor_epoll bench/slow/slow_clients bench/peers/asio_server \\
          bench/messages/message_bench tools/shoal/shoal
        """], cwd=ROOT, stdout=sys.stderr)
    if done.returncode != 0:
        raise Trouble("the build failed")


def check_machine(options):
    """Builds what is measured and says what this machine lacks for it."""
    build_what_is_measured(options.build)
    able = os.sched_getaffinity(0)
    if not {SERVER_CORE, GENERATOR_CORE} <= able:
        raise Trouble(f"cores {SERVER_CORE} and {GENERATOR_CORE} are needed, and this process may use "
                      f"{sorted(able)}: on one core the server's time cannot be told from the "
                      "generator's")
    if getattr(options, "keep_cores", False) and not options.realtime:
        raise Trouble("--keep-cores needs --realtime: else the tool itself finds no gap either")
    if options.realtime and os.geteuid() != 0:
        raise Trouble("--realtime needs root")
    if not (options.build / "bench/wire/floor_uring").exists():
        raise Trouble(f"{options.build} holds no build with benchmarks: run "
                      f"'meson configure {options.build} -Dbenchmarks=true' and 'ninja -C {options.build}'")


def time_of(function, times=200_000):
    began = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - began) / times


def system_call_ns():
    """getppid, less what calling an equally small function costs. Best of three."""
    return min(time_of(os.getppid) - time_of(sys.getrecursionlimit) for _ in range(3)) * 1e9


def steal_ticks():
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    return int(fields[8]), sum(int(f) for f in fields[1:9])


@contextlib.contextmanager
def watch_steal():
    """Says at the end what share of the time inside the host gave to others."""
    stolen, total = steal_ticks()
    yield
    stolen_after, total_after = steal_ticks()
    share = (stolen_after - stolen) / max(1, total_after - total)
    calm = "" if share <= 0.01 else ": repeat this on a calmer machine"
    print(f"steal: {share:.2%} of all CPU time{calm}")


def take_the_core(realtime, priority=1):
    """Priority over everybody else's work; niceness alone does not reach beyond an autogroup."""
    if realtime:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))


@contextlib.contextmanager
def beside(options, command, priority=1):
    """A generator while the caller does something else. Yields a list that has (exit code, output, errors)
    at the end."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: take_the_core(options.realtime, priority))
    ended = []
    try:
        yield ended
    except BaseException:
        process.kill()
        raise
    finally:
        out, error = process.communicate()
    ended.append((process.returncode, out, error))


def weigh_more(realtime):
    """Nearly all of the time in which others want to run too, by the usual scheduler. Where many threads
    share few cores, SCHED_FIFO would change who wakes first: Node's workers that accept from one
    socket then leave nearly all connections to one of them. For a process with a session of its own.
    """
    if realtime:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # whatever its parent has
        Path("/proc/self/autogroup").write_text("-20")


def spin_at_lowest(core):
    """Never returns. Its session's leader has ended: so does it."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # somebody waits for the end of one of these
    os.sched_setaffinity(0, [core])
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    leader = f"/proc/{os.getsid(0)}"
    while os.path.exists(leader):
        for _ in range(10_000):
            pass
    os._exit(0)


def keep_cores(realtime):
    """weigh_more, and what the servers leave idle is spun away by processes of their session, which give
    way to them at once: whoever else wants to run finds no gap to begin in.
    """
    weigh_more(realtime)
    for core in os.sched_getaffinity(0):
        middle = os.fork()
        if middle == 0:
            if os.fork() == 0:
                spin_at_lowest(core)
            os._exit(0)  # what spins is then no child of the server's
        os.waitpid(middle, 0)


def preference(options):
    """What a server with several workers does about the rest of the machine."""
    return keep_cores if options.keep_cores else weigh_more


def stay_ahead(realtime):
    """For a command whose servers weigh more and keep all cores busy: else it would start its generators
    seconds late.
    """
    take_the_core(realtime, 2)


def first_line(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          cwd=ROOT)
    return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else "unknown"


def environment(options, node=""):
    """Prints what the figures depend on beside the code, and returns it."""
    model = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    commit = first_line(["git", "describe", "--always", "--dirty", "--abbrev=10"])
    facts = {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "command": "tools/bench " + " ".join(sys.argv[1:]),
        "commit": commit,
        "kernel": platform.release(),
        "cpu": f"{model[0] if model else platform.machine()}, {os.cpu_count()} cores",
        "system call": f"{system_call_ns():.0f} ns",
        "load average": Path("/proc/loadavg").read_text().split()[0],
    }
    for name, command in (("nginx", ["nginx", "-v"]), ("node", [node, "--version"])):
        if command[0] and shutil.which(command[0]):
            facts[name] = first_line(command)
    for key, value in facts.items():
        print(f"{key + ':':<14}{value}")
    print()
    return facts
