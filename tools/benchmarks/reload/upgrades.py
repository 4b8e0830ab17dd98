"""One upgrade in place: by the signals that each manual names, until the program from before is gone."""

import contextlib
import math
import os
import re
import signal
import time
from pathlib import Path

from benchmarks.machine import Trouble
from benchmarks.servers import lives, processes_of

SHOAL_SERVES = re.compile(r"upgrade: process (\d+) serves")


class Upgrade:
    """Of a program that does all of it at one signal."""

    def __init__(self, server):
        self.server, self.old = server, server.main
        self.began, self.ended = time.monotonic(), math.inf
        os.kill(self.old, signal.SIGUSR2)

    def look(self):
        if self.server.main == self.old:
            self.server.main = self.next_main() or self.old
        elif not lives(self.old):
            self.ended = time.monotonic()


class ShoalUpgrade(Upgrade):
    def next_main(self):
        found = [int(pid) for pid in SHOAL_SERVES.findall(self.server.words())]
        return found[-1] if found and found[-1] != self.old else None


class NginxUpgrade(Upgrade):
    """The new master writes its PID down; the old one is told to go once that has workers."""

    def next_main(self):
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int(Path(self.server.directory.name, "nginx.pid").read_text())
            if pid != self.old and processes_of(pid):
                os.kill(self.old, signal.SIGQUIT)
                return pid
        return None


class HaproxyUpgrade(Upgrade):
    """It executes itself in place and keeps its PID."""

    def __init__(self, server):
        self.workers = set(processes_of(server.main))
        super().__init__(server)

    def look(self):
        if not self.workers & set(processes_of(self.old)):
            self.ended = time.monotonic()


def upgrade_of(contender):
    if contender.name.startswith("shoal"):
        return ShoalUpgrade
    known = {"nginx": NginxUpgrade, "haproxy": HaproxyUpgrade}
    if contender.name not in known:
        raise Trouble(f"{contender.name} cannot put another program in its place")
    return known[contender.name]
