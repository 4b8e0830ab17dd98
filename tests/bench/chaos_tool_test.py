#!/usr/bin/env python3
"""What `tools/bench chaos` draws, counts and takes for broken. Usage: ... TOOLS_BENCH"""

import itertools
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
import types
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(sys.argv[1]).resolve().parent))

from benchmarks.chaos import counters, deck, disk, edits, processes, resources, tally, world
from benchmarks.chaos.fault import Broken, Fault, Skipped
from benchmarks.chaos.victim import CONFIG, Victim, Words
from benchmarks.machine import Trouble
from benchmarks.reload import killing, kills
from benchmarks.servers import lives
from benchmarks.timeline import Request

METRICS = """# TYPE up gauge
up 1
# TYPE asked_total counter
asked_total{worker="0"} 5
asked_total{worker="1"} 7
# TYPE took histogram
took_bucket{le="1"} 3
took_sum 2.5
took_count 4
"""


class Deck(unittest.TestCase):
    def dealt(self, seed, count):
        return [(number, fault.name, draw.random()) for number, fault, draw in
                itertools.islice(deck.deal(seed, deck.FAULTS), count)]

    def test_a_seed_decides_which_faults_come_and_what_they_draw(self):
        self.assertEqual(self.dealt(7, 60), self.dealt(7, 60))
        self.assertNotEqual(self.dealt(7, 60), self.dealt(8, 60))

    def test_each_fault_comes_once_before_any_comes_again(self):
        count = len(deck.FAULTS)
        names = [name for _, name, _ in self.dealt(7, 2 * count)]
        self.assertEqual(len(set(names[:count])), count)
        self.assertEqual(set(names[count:]), set(names[:count]))
        self.assertNotEqual(names[count:], names[:count])

    def test_names_are_unique_and_an_unknown_one_is_told(self):
        self.assertEqual(deck.chosen(["kill"])[0].name, "kill")
        self.assertEqual(deck.chosen([]), deck.FAULTS)
        with self.assertRaisesRegex(Trouble, "'flood' is not a fault; there are kill, "):
            deck.chosen(["flood"])


class Counted(unittest.TestCase):
    def test_counters_and_histograms_are_counters_and_gauges_are_not(self):
        found = counters.counters_of(METRICS)
        self.assertEqual(found, {'asked_total{worker="0"}': 5, 'asked_total{worker="1"}': 7,
                                 'took_bucket{le="1"}': 3, "took_sum": 2.5, "took_count": 4})
        self.assertEqual(counters.sum_of(found, "asked_total"), 12)

    def test_a_counter_that_falls_or_goes_away_is_told(self):
        seen = counters.Counters()
        self.assertEqual(seen.look(METRICS), [])
        self.assertEqual(seen.look(METRICS.replace("} 7", "} 9")), [])
        self.assertEqual(seen.look(METRICS), ['asked_total{worker="1"} fell from 9 to 7'])
        self.assertEqual(seen.look(METRICS.replace("took_count 4\n", "")), ["took_count is gone"])

    def test_another_supervisor_begins_anew(self):
        seen = counters.Counters()
        seen.look(METRICS)
        seen.begin_anew()
        self.assertEqual(seen.look(METRICS.replace("} 7", "} 0")), [])


class Figures(unittest.TestCase):
    FAULT = Fault("kill", "it dies", None)

    def test_a_row_says_how_often_and_what_was_seen(self):
        told = tally.Tally([self.FAULT])
        told.happened("kill", "replaced", 20)
        told.happened("kill", "replaced", 30)
        told.skip("kill", "no right")
        told.breaks(9, "kill", "not replaced")
        row = told.row(self.FAULT)
        self.assertEqual(row[2:4], [3, 1])
        self.assertEqual(row[4], "replaced: 2; not possible: no right")
        self.assertEqual(row[6], 1)

    def test_what_clients_may_not_see_is_named(self):
        counts = dict.fromkeys(tally.CLIENTS, 0)
        self.assertEqual(tally.client_faults(counts), [])
        self.assertEqual(tally.client_faults(counts | {"wrong": 2}), ["2 answers wrong"])

    def test_growth_is_from_the_first_quarter_to_the_last(self):
        self.assertAlmostEqual(tally.growth([100, 100, 500, 1, 110, 110, 7, 102, 102][:8] + [102]), 0.02)
        self.assertTrue(math.isnan(tally.growth([1, 2, 3])))


class Invariants(unittest.TestCase):
    def world_with(self, scrapes, **more):
        victim = mock.Mock(nodes=2, **more)
        victim.metrics.side_effect = scrapes
        victim.serves_again.return_value = True
        victim.strangers.return_value = more.get("left", [])
        return world.World(victim, None)

    def inject(self, one, act=lambda _: "done"):
        return one.inject(Fault("it", "it", act), None)

    def test_a_fault_after_which_all_is_well_is_counted(self):
        self.assertEqual(self.inject(self.world_with([METRICS, METRICS]))[0], "done")

    def test_counters_that_fell_are_broken(self):
        with self.assertRaisesRegex(Broken, "fell from 7 to 6"):
            self.inject(self.world_with([METRICS, METRICS.replace("} 7", "} 6")]))

    def test_a_process_of_nobody_is_broken(self):
        with self.assertRaisesRegex(Broken, r"belong to nobody: \[17\]"):
            self.inject(self.world_with([METRICS], left=[17]))

    def test_a_server_that_does_not_come_back_is_broken(self):
        one = self.world_with([METRICS])
        with mock.patch.object(world, "wait_until", return_value=False), self.assertRaisesRegex(Broken, "not all"):
            self.inject(one)

    def test_a_request_of_ours_that_fails_is_broken_and_a_skip_is_not(self):
        def refused(_):
            raise ConnectionRefusedError("no")

        def cannot(_):
            raise Skipped("no right")
        with self.assertRaisesRegex(Broken, "ConnectionRefusedError"):
            self.inject(self.world_with([METRICS]), refused)
        with self.assertRaises(Skipped):
            self.inject(self.world_with([METRICS]), cannot)

    def test_a_kill_whose_moment_is_not_known_excuses_from_its_earliest_to_its_latest(self):
        done = killing.Kill(17, 100.0, frozenset({4000}), 103.0)

        def fate(ended):
            return Request("light", ended - 0.001, 1, "failed", 4000)
        self.assertTrue(kills.excused(fate(103 + kills.EXCUSED_FOR - 0.1), [done]))
        self.assertFalse(kills.excused(fate(103 + kills.EXCUSED_FOR + 0.1), [done]))
        self.assertFalse(kills.excused(fate(99.9), [done]))


class Stopped(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen(["sleep", "60"])
        self.world = types.SimpleNamespace(kills=[])

    def tearDown(self):
        self.process.kill()
        self.process.wait()

    def test_it_goes_on_afterwards(self):
        with processes.stopped(self.world, [self.process.pid]):
            self.assertTrue(killing.stopped(self.process.pid))
        self.assertTrue(lives(self.process.pid))
        deadline = time.monotonic() + 20
        while killing.stopped(self.process.pid):
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(self.world.kills, [])

    def test_who_has_ended_before_is_no_obstacle(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        with processes.stopped(self.world, [gone.pid, self.process.pid]):
            self.assertTrue(killing.stopped(self.process.pid))
        self.assertEqual(self.world.kills, [])

    def test_one_that_is_killed_meanwhile_takes_its_connections_with_it(self):
        with mock.patch.object(killing, "ports_inside", return_value=frozenset({4000})), \
             processes.stopped(self.world, [self.process.pid]):
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.assertEqual(self.world.kills[0].ports, {4000})
        self.assertGreaterEqual(self.world.kills[0].until, self.world.kills[0].when)


class Files(unittest.TestCase):
    def test_the_configuration_is_restored_whatever_comes_of_an_edit(self):
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory, "config")
            victim = mock.Mock(config=file, usual="a\n", main=os.getpid())
            one = mock.Mock(victim=victim)
            with mock.patch.object(edits.os, "kill"), \
                 mock.patch.object(edits, "end_of", side_effect=lambda *_: self.fail_with(file.read_text())), \
                 self.assertRaisesRegex(Broken, "a\nbad"):
                edits.hup_with(one, "bad")
            self.assertEqual(file.read_text(), "a\n")

    def fail_with(self, text):
        raise Broken(text)

    def test_an_edit_stands_instead_of_what_was_there(self):
        self.assertEqual(edits.edited("workers = 1\nnodes = 2\n", "workers = 7"), "nodes = 2\nworkers = 7\n")
        self.assertEqual(edits.edited("workers = 1\n", "= ="), "workers = 1\n= =\n")

    def test_another_driver_is_the_usual_one_from_then_on(self):
        with tempfile.TemporaryDirectory() as directory:
            config = Path(directory, "config")
            victim = types.SimpleNamespace(config=config, usual=CONFIG % {"nodes": 3, "driver": "auto", "log": "x"})
            Victim.use_driver(victim, "epoll")
            self.assertIn('driver = "epoll"', config.read_text())
            self.assertEqual(config.read_text(), victim.usual)

    def test_words_are_those_from_now_on(self):
        with tempfile.TemporaryFile("w+") as log:
            log.write("upgrade: process 7 serves\n")
            log.flush()
            said = Words(types.SimpleNamespace(log=log))
            self.assertIsNone(said.find(r"process (\d+) serves"))
            log.write("upgrade: process 9 serves\n")
            log.flush()
            self.assertEqual(said.find("no such", r"process (\d+) serves").group(1), "9")
            self.assertIn("process 7", said.before(100))

    def test_the_limit_is_the_number_of_the_next_descriptor(self):
        with open(os.devnull) as gap, open(os.devnull) as kept:
            other = subprocess.Popen(["sleep", "60"], pass_fds=[kept.fileno()])
            try:
                self.assertEqual(resources.first_free(other.pid), 3)
                self.assertGreater(kept.fileno(), gap.fileno())
            finally:
                other.kill()
                other.wait()

    def test_a_small_disk_is_full_to_the_last_byte_and_empty_again(self):
        script = ("from benchmarks.chaos.disk import Disk\nimport shutil\none = Disk()\n"
                  "if one.why_not: raise SystemExit(77)\n"
                  "one.fill(); full = shutil.disk_usage(one.path).free\n"
                  "one.empty(); print(full, shutil.disk_usage(one.path).free); one.close()")
        done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                              env=os.environ | {"PYTHONPATH": sys.path[0], "PYTHONDONTWRITEBYTECODE": "1"})
        if done.returncode == 77:
            self.skipTest("no right to mount")
        self.assertEqual(done.stdout, f"0 {disk.SIZE}\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
