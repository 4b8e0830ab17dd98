#!/usr/bin/env python3
"""wire_load against a floor and against servers that do wrong: figures, messages, exit codes.

Usage: wire_load_test.py WIRE_LOAD FLOOR
"""

import json
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from http_servers import floor, free_port, saying

WIRE_LOAD, FLOOR = sys.argv[1:3]


def run(*words, stdin=""):
    return subprocess.run([WIRE_LOAD, *map(str, words)], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


class RightAnswers(unittest.TestCase):
    def measure(self, *words):
        with floor(FLOOR) as target:
            done = run(target, "/", "-d", 0.2, "-w", 0.05, "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout)
        self.assertEqual(sum(seen["errors"].values()), 0)
        self.assertGreater(seen["answers"], 0)
        return seen

    def test_a_closed_loop_counts_answers(self):
        seen = self.measure("-c", 8)
        self.assertEqual(seen["opened"], 0)  # all in the warm-up
        self.assertGreater(seen["latency_ns"]["p99"], 0)

    def test_both_drivers_can_generate(self):
        self.assertEqual(self.measure("--driver", "epoll")["driver"], "epoll")

    def test_pipelining_and_reconnecting_lose_nothing(self):
        seen = self.measure("-c", 8, "-p", 4, "-r", 10)
        self.assertGreater(seen["opened"], 0)

    def test_an_open_loop_asks_by_the_clock(self):
        seen = self.measure("-c", 8, "--rate", 500)
        self.assertEqual(seen["rate"], 500)
        self.assertGreater(seen["latency_ns"]["p99"], 0)
        self.assertLessEqual(seen["answers"], 500 * seen["seconds"] + 8 + 500 * 0.05)

    def test_the_body_is_compared(self):
        self.measure("--expect-body", "Hello, World!")

    def test_idle_connections_are_held(self):
        with floor(FLOOR) as target:
            done = run(target, "/", "--hold", "-c", 300)
        self.assertEqual((done.returncode, done.stdout), (0, "holding 300\n"), done.stderr)


class WrongAnswers(unittest.TestCase):
    def fault(self, answer, *words):
        with saying(answer) as target:
            done = run(target, "/", "-c", 1, "-d", 0.1, "-w", 0, "--json", *words)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no right answer", done.stderr)
        return json.loads(done.stdout)["errors"]

    def test_another_status(self):
        errors = self.fault(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
        self.assertGreater(errors["status"], 0)

    def test_another_body(self):
        errors = self.fault(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", "--expect-body", "ok")
        self.assertGreater(errors["body"], 0)

    def test_no_framing(self):
        self.assertGreater(self.fault(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")["framing"], 0)

    def test_half_an_answer(self):
        self.assertGreater(self.fault(b"HTTP/1.1 200 OK\r\nContent-")["broken"], 0)


class BadUse(unittest.TestCase):
    def test_nothing_listens(self):
        done = run(f"127.0.0.1:{free_port()}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is the server running?", done.stderr)

    def test_the_target_is_no_address(self):
        for text in ("localhost", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "1.2:3"):
            done = run(text)
            self.assertEqual(done.returncode, 2, text)
            self.assertIn(f"'{text}' is not", done.stderr)

    def test_a_flag_is_unknown_or_out_of_range(self):
        for words in (["--bogus"], ["-c", "0"], ["-p", "5000"], ["--driver", "kqueue"], []):
            self.assertEqual(run("127.0.0.1:1", "/", "extra", *words).returncode, 2, words)

    def test_more_connections_than_descriptors(self):
        with floor(FLOOR) as target:
            done = run(target, "-c", 100000000)
        self.assertEqual(done.returncode, 1)
        self.assertIn("RLIMIT_NOFILE", done.stderr)

    def test_help_is_no_error(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("--pipeline", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
