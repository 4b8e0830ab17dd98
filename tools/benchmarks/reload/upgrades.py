"""One upgrade in place: by the signals that each manual names, until the program from before is gone."""

import math
import os
import re
import signal
import time

from benchmarks.machine import Trouble
from benchmarks.servers import lives, processes_of

SHOAL_SERVES = re.compile(r"upgrade: process (\d+) serves")


class ShoalUpgrade:
    def __init__(self, server):
        self.server, self.old = server, server.main
        self.began, self.ended = time.monotonic(), math.inf
        os.kill(self.old, signal.SIGUSR2)

    def look(self):
        if self.server.main == self.old:
            found = [int(pid) for pid in SHOAL_SERVES.findall(self.server.words())]
            self.server.main = found[-1] if found else self.old
        elif not lives(self.old):
            self.ended = time.monotonic()


class HaproxyUpgrade:
    """It executes itself in place and keeps its PID."""

    def __init__(self, server):
        self.master, self.workers = server.main, set(processes_of(server.main))
        self.began, self.ended = time.monotonic(), math.inf
        os.kill(self.master, signal.SIGUSR2)

    def look(self):
        if not self.workers & set(processes_of(self.master)):
            self.ended = time.monotonic()


def upgrade_of(contender):
    if contender.name.startswith("shoal"):
        return ShoalUpgrade
    if contender.name == "haproxy":
        return HaproxyUpgrade
    raise Trouble(f"{contender.name} cannot put another program in its place")
