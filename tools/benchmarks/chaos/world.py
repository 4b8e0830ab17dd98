"""One server, one disk, the kills so far, and what must hold after each fault."""

import socket
import time

from benchmarks.chaos.counters import Counters, counters_of, sum_of
from benchmarks.chaos.fault import Broken, Skipped
from benchmarks.chaos.victim import PATIENCE, wait_until
from benchmarks.servers import lives

AFTER_A_KILL = 0.05  # seconds: a ring outlives its process, and may take one connection more with it
SERVE_AGAIN = 5  # seconds after any fault


class World:
    def __init__(self, victim, disk):
        self.victim, self.disk = victim, disk
        self.counters, self.kills, self.draw = Counters(), [], None

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.victim.port), timeout=PATIENCE)

    def count(self, name):
        return sum_of(counters_of(self.victim.metrics()), name)

    def look_at_counters(self):
        if wrong := self.counters.look(self.victim.metrics()):
            raise Broken("counters: " + "; ".join(wrong[:3]))

    def check_alive(self):
        if not lives(self.victim.main):
            raise Broken("the supervisor has ended: " + self.victim.words_from_now().before(500))

    def check_all_serve(self, began):
        """Milliseconds since then until all processes serve, and nobody from before is left."""
        if not wait_until(self.victim.serves_again):
            raise Broken(f"not all processes serve {PATIENCE} s after it")
        took = time.monotonic() - began
        if strangers := self.victim.strangers():
            raise Broken(f"processes that belong to nobody: {strangers}")
        if took > SERVE_AGAIN:
            raise Broken(f"all processes served only {took:.1f} s after it")
        return took * 1000

    def inject(self, fault, draw):
        """(what was seen, milliseconds until all serve again)."""
        self.draw = draw
        try:
            self.look_at_counters()
            seen = fault.act(self)
            recovered = self.check_all_serve(time.monotonic())
            time.sleep(AFTER_A_KILL)
            self.look_at_counters()
        except Skipped:
            raise
        except OSError as problem:  # a request of ours that was not answered
            raise Broken(f"{type(problem).__name__}: {problem}") from problem
        return seen, recovered
