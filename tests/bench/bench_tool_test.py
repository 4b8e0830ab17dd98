#!/usr/bin/env python3
"""The parts of tools/bench that turn runs into figures, and its complaints. Usage: ... TOOLS_BENCH"""

import contextlib
import math
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import types
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
PATH = sys.argv[1]
sys.path.insert(0, str(Path(PATH).resolve().parent))

from benchmarks import figures, generators, idle, load, machine, servers, wire
from benchmarks import rounds


def run(*words):
    return subprocess.run([sys.executable, PATH, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


class Figures(unittest.TestCase):
    def test_every_round_has_every_contender_once_and_directions_alternate(self):
        rounds = [order for _, order in figures.orders(list("abc"), 6)]
        self.assertTrue(all(sorted(order) == list("abc") for order in rounds))
        self.assertEqual(rounds[1], rounds[0][::-1])
        self.assertEqual({order[0] for order in rounds}, set("abc"))

    def test_ratios_are_made_round_by_round(self):
        runs = {"us": [{"per_cpu_second": 90}, {"per_cpu_second": 180}],
                "floor": [{"per_cpu_second": 100}, {"per_cpu_second": 200}]}
        self.assertEqual(wire.ratios(runs, "us", "floor"), [0.9, 0.9])
        self.assertEqual(wire.ratios(runs, "us", "absent"), [])

    def test_reports_of_other_generators_are_read_and_their_errors_end_the_round(self):
        self.assertEqual(load.of_wrk("  188901 requests in 2.00s, 22.16MB read\n"), 188901)
        self.assertEqual(load.of_h2load("requests: 9 total, 9 started, 9 done, 8 succeeded, 0 failed, "
                                        "0 errored, 0 timeout"), 8)
        self.assertEqual(load.of_ab("Complete requests:      50000\nFailed requests:        0\n"), 50000)
        for read, text in ((load.of_wrk, "5 requests in 2.00s\n  Socket errors: connect 0, read 5"),
                           (load.of_h2load, "8 succeeded, 1 failed"), (load.of_wrk, "nothing"),
                           (load.of_ab, "Complete requests: 5\nFailed requests: 1\n")):
            with self.assertRaises(machine.Trouble):
                read(text)

    def test_a_generators_cost_is_compared_round_by_round(self):
        runs = {"shoal load": [{"us": 3}, {"us": 4}], "wrk": [{"us": 6}, {"us": 16}]}
        self.assertEqual(load.ratios(runs, "shoal load"), [0.5, 0.25])
        self.assertEqual(load.ratios(runs, "shoal load", "absent"), [])

    def test_a_spread_is_the_median_and_both_ends(self):
        self.assertEqual(figures.spread([3000, 1000, 2000]), "2,000 (1,000-3,000)")
        self.assertEqual(figures.spread([]), "-")

    def test_requests_are_divided_by_the_servers_cpu(self):
        seen = wire.summarize({"server": {"cpu_seconds": 0.5}, "answers": 1000, "seconds": 2.0,
                               "generator": {"cpu_seconds": 1.0}, "latency": {"p99_ns": 5000},
                               "errors": {"broken": 1, "lost": 1, "status": 2}})
        self.assertEqual(seen["per_cpu_second"], 2000)
        self.assertEqual(seen["rate"], 500)
        self.assertEqual(seen["share"], 0.25)
        self.assertEqual(seen["errors"], 3)

    def test_a_verdict_reads_goals_in_both_directions(self):
        self.assertTrue(figures.verdict("p99", [1, 2, 9], 3).endswith(": met"))
        self.assertTrue(figures.verdict("ratio", [1, 2, 9], 3, 0, True).endswith(": not met"))
        self.assertIn("not measured", figures.verdict("p99", [], 3))

    def test_an_open_loads_report_becomes_milliseconds_and_shares(self):
        latency = {"p50_ns": 1e6, "p99_ns": 2e6, "p999_ns": 3e6, "max_ns": 4e6}
        errors = {"refused": 9, "lost": 2, "status": 0, "framing": 0, "length": 0, "body": 1, "timeouts": 1}
        report = {"kinds": [{"name": "light", "latency": latency}], "latency": latency, "planned": 1000,
                  "answers": 800, "rate": 90, "seconds": 10, "errors": errors, "server": {"cpu_seconds": 2.0},
                  "generator": {"send_lag": {"p99_ns": 5e5}, "cpu_seconds": 1.0}}
        seen = rounds.summarize(report)
        self.assertEqual(seen["ms"]["light"], {"p50": 1, "p99": 2, "p99.9": 3, "max": 4})
        self.assertEqual((seen["errors"], seen["timeouts"]), (3, 1))
        self.assertEqual((seen["achieved"], seen["per_cpu_second"], seen["late_ms"]), (0.9, 400, 0.5))
        gone = rounds.summarize(report | {"server": None})
        self.assertTrue(math.isnan(gone["cpu"]) and math.isnan(gone["per_cpu_second"]))

    def test_kinds_of_requests_are_a_plan(self):
        kinds = (generators.Kind("light", "/plaintext", 95, 'a "b"\n'),
                 generators.Kind("job", "/job/9", alone=True, may_refuse=True))
        self.assertEqual(tomllib.loads(generators.plan_of(kinds))["request"], [
            {"name": "light", "path": "/plaintext", "weight": 95, "expect-status": 200, "alone": False,
             "may-refuse": False, "expect-body": 'a "b"\n'},
            {"name": "job", "path": "/job/9", "weight": 1, "expect-status": 200, "alone": True,
             "may-refuse": True}])

    def test_connections_are_held_and_one_that_the_server_closes_is_told(self):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        for closes in (False, True):
            with socket.create_server(("127.0.0.1", 0), backlog=8) as listener, contextlib.ExitStack() as all_of_it:
                accepted = []

                def serve():
                    for _ in range(3):
                        accepted.append(all_of_it.enter_context(listener.accept()[0]))
                        accepted[-1].recv(4096)
                        accepted[-1].sendall(answer)

                thread = threading.Thread(target=serve)
                thread.start()
                server = types.SimpleNamespace(port=listener.getsockname()[1],
                                               contender=types.SimpleNamespace(name="it"))
                with self.assertRaisesRegex(machine.Trouble, "it closed 1 idle") if closes \
                        else contextlib.nullcontext():
                    with idle.holding(server, 3):
                        thread.join()
                        if closes:
                            accepted[1].close()

    def test_descendants_are_found(self):
        inner = subprocess.Popen(["sh", "-c", "sleep 60 & echo; wait"], stdout=subprocess.PIPE)
        try:
            inner.stdout.readline()
            family = servers.children_of(inner.pid)
            self.assertEqual((family[0], len(family)), (inner.pid, 2))
            self.assertGreater(servers.memory(family, "Pss"), 0)
        finally:
            for pid in servers.children_of(inner.pid)[::-1]:
                os.kill(pid, 9)
            inner.communicate()


class Servers(unittest.TestCase):
    def complaint(self, *command):
        with self.assertRaises(machine.Trouble) as caught:
            servers.Server(servers.Contender("it", list(command), command[0]))
        return str(caught.exception)

    def test_a_server_that_ends_at_once_is_quoted(self):
        self.assertIn("oh dear", self.complaint("sh", "-c", "echo oh dear; exit 7"))

    def test_a_server_that_never_answers_is_given_up_and_stopped(self):
        before, servers.READY_SECONDS = servers.READY_SECONDS, 0.2
        try:
            self.assertIn("no answer", self.complaint("sleep", "60"))
        finally:
            servers.READY_SECONDS = before


class KeptCores(unittest.TestCase):
    def spinning(self, leader):
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has ended
                pid, fields = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
                if int(fields[3]) == leader and pid != leader:
                    found.append(pid)
        return found

    def test_one_process_for_each_core_spins_at_the_lowest_priority_until_the_server_ends(self):
        server = subprocess.Popen(["sleep", "60"], start_new_session=True,
                                  preexec_fn=lambda: machine.keep_cores(False))
        patience = time.monotonic() + 20
        try:
            found = self.spinning(server.pid)
            self.assertEqual(len(found), len(os.sched_getaffinity(0)))
            self.assertEqual(servers.children_of(server.pid), [server.pid])
            while any(os.sched_getscheduler(pid) != os.SCHED_IDLE for pid in found):
                self.assertLess(time.monotonic(), patience)
        finally:
            server.kill()
            server.wait()
        while self.spinning(server.pid):
            self.assertLess(time.monotonic(), patience)


class Complaints(unittest.TestCase):
    def test_no_build(self):
        with tempfile.TemporaryDirectory() as nothing:
            done = run("wire", "--build", nothing)
            self.assertEqual(done.returncode, 1)
            self.assertIn("holds no build", done.stderr)
            self.assertEqual(run("micro", "--build", nothing).returncode, 1)

    def test_unknown_peer(self):
        with tempfile.TemporaryDirectory() as build:
            Path(build, "bench/wire").mkdir(parents=True)
            Path(build, "bench/wire/floor_uring").touch()
            done = run("wire", "--build", build, "--peers", "apache")
            self.assertEqual(done.returncode, 1)
            self.assertIn("'apache' is not a contender", done.stderr)

    def test_one_core(self):
        only = os.sched_getaffinity(0)
        options = types.SimpleNamespace(build=Path("elsewhere"), realtime=False)
        with self.assertRaises(machine.Trouble) as caught:
            os.sched_setaffinity(0, {min(only)})
            try:
                machine.check_machine(options)
            finally:
                os.sched_setaffinity(0, only)
        self.assertIn("cores 0 and 1 are needed", str(caught.exception))

    def test_unknown_figure(self):
        done = run("dispatch", "--only", "9")
        self.assertEqual(done.returncode, 1)
        self.assertIn("'9' is not a figure", done.stderr)

    def test_bad_command_line(self):
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run("nonsense").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
