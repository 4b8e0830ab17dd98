"""Contenders as processes: what is started, when it is ready, what memory it takes."""

import contextlib
import dataclasses
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.machine import SERVER_CORE, Trouble, check_machine, take_the_core

READY_SECONDS = 10


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    command: list  # {port} and {directory} are filled in
    needs: str  # the program; a contender without it is left out or reported as missing
    floor: str = ""  # the contender that it is compared with
    config: str = ""  # written to {directory}/config if not empty
    file_bytes: int = 0  # of {directory}/www/plaintext, which is then what it serves
    says: str = ""  # printed when all of it is ready, if that is later than its first answer


def contenders(build, file_bytes=0):
    """Those that answer /plaintext with a few words, or with a file of that many bytes."""
    def shoal(driver):
        program = str(build / ("examples/files" if file_bytes else "examples/playground"))
        what = ["{directory}/www"] if file_bytes else []
        flags = ["--listen", "127.0.0.1:{port}", "--nodes", "1", "--workers", "1"]
        return Contender(f"shoal {driver}", [program, *what, *flags, "--driver", driver], program,
                         "" if file_bytes else f"floor_{driver}", file_bytes=file_bytes)

    def floor(driver):
        program = str(build / f"bench/wire/floor_{driver}")
        return Contender(f"floor_{driver}", [program, "{port}"], program)

    nginx = Contender(
        "nginx", ["nginx", "-p", "{directory}", "-c", "{directory}/config"], "nginx",
        file_bytes=file_bytes, config="""
daemon off; worker_processes 1; pid nginx.pid; error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600; default_type text/plain;
  client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
  server {
    listen 127.0.0.1:{port} backlog=4096;
    location = /json { default_type application/json; return 200 '{"message":"Hello, World!"}'; }
    location = /echo { return 200 "Hello, World!"; }
    location / { """ + (
            # As fast as it gets: descriptors are kept, and tcp_nopush would cost a quarter more here.
            "root {directory}/www; sendfile on; open_file_cache max=100;"
            if file_bytes else 'return 200 "Hello, World!";') + """ }
  }
}
""")
    floors = [] if file_bytes else [floor("uring"), floor("epoll")]
    return {c.name: c for c in (*floors, shoal("uring"), shoal("epoll"), nginx)}


def choose(known, names):
    """Those of `known` that are named and there; what is not there is said."""
    chosen, missing = [], []
    for name in names:
        if name not in known:
            raise Trouble(f"'{name}' is not a contender; there are {', '.join(known)}")
        there = shutil.which(known[name].needs)
        (chosen if there else missing).append(known[name])
    for contender in missing:
        print(f"left out: {contender.name} ({contender.needs} is not there)")
    if not chosen:
        raise Trouble("nothing is left to measure")
    return chosen


def check_contenders(options, names):
    """The machine is fit, and these are what is measured."""
    check_machine(options)
    return choose(contenders(options.build), names)


def children_of(pid):
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            for child in task.read_text().split():
                found += children_of(int(child))
    return found


def lives(pid):
    """It has not ended, whether anybody has waited for it or not."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        end = select.poll()
        end.register(process, select.POLLIN)
        return not end.poll(0)
    finally:
        os.close(process)


def processes_of(pid):
    """What its main thread has forked and has not ended, without a look at their part of /proc: who looks
    often makes the kernel slow to take a process apart.
    """
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if lives(int(child))]


class Server:
    """A running contender: a fresh process on SERVER_CORE, unless told, and ready to answer."""

    def __init__(self, contender, realtime=False, cores=(SERVER_CORE,),
                 prefer=take_the_core):
        self.contender = contender
        self.port = free_port()
        self.directory = tempfile.TemporaryDirectory(prefix="shoal-bench-")
        values = {"{port}": str(self.port), "{directory}": self.directory.name}

        def fill(text):
            for key, value in values.items():
                text = text.replace(key, value)
            return text

        Path(self.directory.name, "config").write_text(fill(contender.config))
        os.chmod(self.directory.name, 0o755)  # nginx's worker may be another user
        if contender.file_bytes:
            Path(self.directory.name, "www").mkdir()
            Path(self.directory.name, "www/plaintext").write_bytes(b"x" * contender.file_bytes)

        def prepare():
            os.sched_setaffinity(0, cores)
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            prefer(realtime)

        self.log = open(Path(self.directory.name, "log"), "w+")
        self.process = subprocess.Popen([fill(word) for word in contender.command], stdout=self.log,
                                        stderr=self.log, preexec_fn=prepare, start_new_session=True)
        self.main = self.process.pid  # of its first process; an upgrade changes it
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Trouble(f"{self.contender.name} ended at once ({self.process.returncode}): "
                              + self.last_words())
            with contextlib.suppress(OSError):
                self.ask("/plaintext")
                if self.contender.says in self.words():
                    return
            time.sleep(0.02)
        raise Trouble(f"{self.contender.name} gave no answer within {READY_SECONDS} s: "
                      + self.last_words())

    def words(self):
        return os.pread(self.log.fileno(), 1 << 20, 0).decode(errors="replace")

    def last_words(self):
        return self.words()[-500:].strip() or "it printed nothing"

    def ask(self, path):
        """One request on a new connection, which then closes; the answer's first bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=READY_SECONDS) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            answer = client.recv(4096)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise ConnectionError(f"answer was {answer[:40]!r}")
            return answer

    def pids(self):
        return children_of(self.main)

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.main, signal.SIGTERM)
        end = time.monotonic() + 5
        while lives(self.main) and time.monotonic() < end:
            time.sleep(0.01)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # the session's
        self.process.wait()
        self.log.close()
        self.directory.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


def context_switches(pids):
    """How often their threads have waited so far: each is a wake-up later."""
    total = 0
    for pid in pids:
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            total += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(), re.M)[1])
    return total


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def memory(pids, field):
    """Bytes of `field` ("Pss", "Rss") of all processes."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(field + ":"):
                total += int(line.split()[1]) * 1024
    return total
