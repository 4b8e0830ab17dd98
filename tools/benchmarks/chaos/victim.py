"""The server that all of it happens to: its configuration, its control socket, what it says."""

import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path

from benchmarks.clusters import CORES
from benchmarks.machine import weigh_more
from benchmarks.servers import Contender, Server, children_of, lives

PATIENCE = 20  # seconds; a limit for what hangs, not for what is slow

CONFIG = """listen = "127.0.0.1:{port}"
nodes = %(nodes)d
workers = 1
driver = "%(driver)s"
control = "{directory}/control"
access-log = "%(log)s"
boot-timeout = "5s"
drain-timeout = "10s"
restart-delay-limit = "1s"
restart-limit = 100
"""


def contender(options, log):
    program = str(options.build / "examples/playground")
    config = CONFIG % {"nodes": options.nodes, "driver": options.driver, "log": log}
    return Contender("shoal", [program, "--config", "{directory}/config"], program, config=config,
                     says="ready: listening")


class Words:
    """What the server says from now on."""

    def __init__(self, victim):
        self.log, self.begin = victim.log, os.fstat(victim.log.fileno()).st_size

    def all(self):
        return os.pread(self.log.fileno(), 1 << 20, self.begin).decode(errors="replace")

    def before(self, most):
        """The end of what was said until then."""
        begin = max(0, self.begin - most)
        return os.pread(self.log.fileno(), self.begin - begin, begin).decode(errors="replace")

    def find(self, *patterns):
        """The first that has been said, else None."""
        found = (re.search(pattern, self.all()) for pattern in patterns)
        return next((each for each in found if each), None)


class Victim(Server):
    def __init__(self, options, log):
        super().__init__(contender(options, log), options.realtime, CORES, weigh_more)
        self.options, self.nodes = options, options.nodes
        self.config = Path(self.directory.name, "config")
        self.control = str(Path(self.directory.name, "control"))
        self.usual, self.driver = self.config.read_text(), options.driver

    def use_driver(self, name):
        """For the next supervisor: only an upgrade can change it."""
        self.driver = name
        self.usual = re.sub(r'driver = ".*"', f'driver = "{name}"', self.usual)
        self.config.write_text(self.usual)

    def words_from_now(self):
        return Words(self)

    def status(self):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(self.control)
            client.sendall(b"GET /v1/status HTTP/1.1\r\nHost: shoal\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
        return json.loads(answer.partition(b"\r\n\r\n")[2])

    def metrics(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: chaos\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
        head, _, text = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(f"the answer to a scrape was {head[:40]!r}")
        return text.decode()

    def shoal(self, *words):
        """The operator's program: (exit code, what it says)."""
        done = subprocess.run([str(self.options.build / "tools/shoal/shoal"), *words, "--pid", str(self.main)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=90)
        return done.returncode, done.stdout.strip()

    def serves_again(self):
        """All processes are ready, and those from before are gone."""
        try:
            seen = self.status()
        except (OSError, ValueError):  # a new supervisor takes the socket over just now
            return False
        ready = [each for each in seen["processes"]
                 if each["role"] == "serves" and each["state"] == "ready" and lives(each["pid"])]
        return (seen["pid"] == self.main and seen["state"] == "serving"
                and len(ready) == self.nodes == len(seen["processes"]))

    def family(self):
        """All processes of the session that we have begun, whoever has inherited them."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            if int(fields[3]) == self.process.pid and fields[0] not in "ZX":
                found.append(int(stat.parent.name))
        return sorted(found)

    def strangers(self):
        """Of the family, those that do not belong to the supervisor of now."""
        return sorted(set(self.family()) - set(children_of(self.main)))


def wait_until(true, seconds=PATIENCE):
    """Whether it came to be so."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
