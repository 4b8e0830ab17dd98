#!/usr/bin/env python3
"""What `tools/bench reload` computes from its runs, and how it kills. Usage: ... TOOLS_BENCH"""

import contextlib
import math
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(sys.argv[1]).resolve().parent))

from benchmarks import servers, timeline
from benchmarks.generators import WRONG
from benchmarks.reload import killing, kills, loads, reloads, upgrades
from benchmarks.timeline import Request

# Takes connections and says nothing.
HOLDER = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
held = [listener.accept()[0] for _ in range(2)]
print("held", flush=True)
time.sleep(60)
"""


NO_ERRORS = dict.fromkeys(("refused", "unopened", "broken", "lost", "timeouts", *WRONG), 0)


def seen(requests, ends=(), **reports):
    """What both generators tell, of kept connections; nothing is said about new ones."""
    told = loads.Seen()
    for kind in loads.KINDS:
        told.reports[kind] = {"answers": 0, "errors": NO_ERRORS, "connections_ended": 0,
                              "generator": {"send_lag": {"p99_ns": 1e5}}}
        told.requests[kind], told.ended[kind] = [], []
    told.requests["kept"], told.ended["kept"] = list(requests), list(ends)
    told.reports["kept"] |= reports
    return told


class Logs(unittest.TestCase):
    def test_requests_and_ends_of_connections_are_told_apart(self):
        with tempfile.TemporaryDirectory() as directory:
            log = Path(directory, "log")
            log.write_text("GET /\t2.5\t1.5\tanswered\t77\n-\t2.0\t0\tended\t78\nGET /\t1.5\t3\tfailed\t0\n")
            self.assertEqual(timeline.read(log), [Request("GET /", 1.5, 3, "failed", 0),
                                                  Request("GET /", 2.5, 1.5, "answered", 77)])
            self.assertEqual([each.port for each in timeline.ended_connections(log)], [78])


class Reloads(unittest.TestCase):
    def calm_but_for(self, slow, ms):
        """Every 10 ms one, until 20; `slow` are the seconds in which each takes `ms`."""
        return [Request("light", i / 100, ms if any(a <= i / 100 < b for a, b in slow) else 1, "answered")
                for i in range(2000)]

    def test_what_is_due_during_a_reload_is_compared_with_the_time_before(self):
        found = reloads.account(seen(self.calm_but_for([(10, 10.1), (11, 11.1)], 4)), (5, 10),
                                [(10, 10.1), (11, 11.1)], [40.0])["kept"]
        self.assertEqual((found["before_ms"], found["during_ms"], found["ratio"]), (1, 4, 4))
        self.assertEqual(found["all_ms"], 4)

    def test_a_lost_request_took_for_ever(self):
        requests = self.calm_but_for([], 1) + [Request("light", 10.05, 1, "failed")]
        found = reloads.account(seen(requests), (5, 10), [(10, 10.1)], [])
        self.assertEqual(found["kept"]["during_ms"], math.inf)

    def test_a_kept_connection_is_closed_with_a_request_out_or_without(self):
        told = seen([], connections_ended=3, answers=9,
                    errors=NO_ERRORS | {"lost": 2, "status": 1, "body": 4, "broken": 2, "unopened": 1})
        found = told.counts()
        self.assertEqual((found["closed"], found["lost"], found["wrong"], found["refused"]), (5, 2, 5, 1))

    def test_a_reload_ends_with_the_last_process_from_before(self):
        class One(reloads.Reload):
            def __init__(self):
                self.server, self.old, self.ended = mock.Mock(main=9), {1, 2}, math.inf
        one = One()
        for there, over in (([2, 3, 4], False), ([3, 4], True)):
            with mock.patch.object(reloads, "processes_of", return_value=there):
                one.look()
            self.assertEqual(one.ended < math.inf, over)

    def test_an_upgrade_of_ours_ends_with_the_supervisor_from_before(self):
        class One(upgrades.ShoalUpgrade):
            def __init__(self, server):
                self.server, self.old, self.ended = server, server.main, math.inf
        server = mock.Mock(main=9)
        one = One(server)
        server.words.return_value = "upgrade: /x is started beside this program (pid 12)"
        one.look()
        self.assertEqual(server.main, 9)
        server.words.return_value += "\nupgrade: process 12 serves since 90 ms after its start"
        one.look()
        self.assertEqual(server.main, 12)
        for lives, over in ((True, False), (False, True)):
            with mock.patch.object(upgrades, "lives", return_value=lives):
                one.look()
            self.assertEqual(one.ended < math.inf, over)


class Kills(unittest.TestCase):
    KILL = killing.Kill(17, 100.0, frozenset({4000}))

    def fate(self, port, ended):
        return Request("light", ended - 0.001, 1, "failed", port)

    def test_only_a_connection_inside_a_killed_process_is_excused_and_only_for_a_while(self):
        self.assertTrue(kills.excused(self.fate(4000, 100.01), [self.KILL]))
        self.assertFalse(kills.excused(self.fate(4001, 100.01), [self.KILL]))
        self.assertFalse(kills.excused(self.fate(4000, 99.9), [self.KILL]))
        self.assertFalse(kills.excused(self.fate(4000, 101 + kills.EXCUSED_FOR), [self.KILL]))

    def test_requests_and_connections_without_an_excuse_are_counted(self):
        ends = [Request("-", 100.1, 0, "ended", port) for port in (4000, 4002)]
        found = kills.blame(seen([self.fate(4000, 100.1), self.fate(4001, 100.1)], ends), [self.KILL])
        self.assertEqual(found, {"unexcused_lost": 1, "ended": 2, "unexcused_ended": 1, "inside": 1})

    def test_the_ports_of_clients_are_known_when_their_process_is_killed(self):
        holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
        with holder, contextlib.ExitStack() as open_ones:
            port = int(holder.stdout.readline())
            clients = [open_ones.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(2)]
            self.assertEqual(holder.stdout.readline(), "held\n")
            done = killing.kill(holder.pid)
            self.assertEqual(done.ports, {each.getsockname()[1] for each in clients})
            self.assertEqual(holder.wait(), -signal.SIGKILL)

    def test_who_has_ended_already_is_no_kill(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        self.assertIsNone(killing.kill(gone.pid))

    def test_a_zombie_is_none_of_the_processes(self):
        parent = subprocess.Popen(["sh", "-c", "true & echo $!; exec sleep 60"], stdout=subprocess.PIPE, text=True)
        with parent:
            child = int(parent.stdout.readline())
            deadline = time.monotonic() + 20
            while servers.lives(child) and time.monotonic() < deadline:
                pass
            self.assertEqual(servers.processes_of(parent.pid), [])
            self.assertTrue(servers.lives(parent.pid))
            parent.kill()

    def test_what_is_left_behind_is_not_right(self):
        held = {"supervisor": 9, "processes": [5, 5], "segments": 1, "children": 2}
        run = dict.fromkeys(("refused", "unexcused_lost", "unexcused_ended", "wrong", "timeouts", "left"), 0)
        self.assertTrue(kills.right(run | {"before": held, "after": dict(held)}))
        self.assertFalse(kills.right(run | {"before": held, "after": held | {"segments": 2}}))
        self.assertFalse(kills.right(run | {"before": held, "after": held, "unexcused_ended": 1}))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
