#!/usr/bin/env python3
"""The program of docs/from-node-cluster.md, on each driver. Usage: from_node_example_test.py PROGRAM [TEST...]"""

import pathlib
import re
import sys
import time
import unittest

from example import PATIENCE, Playground, Served

ROOT = pathlib.Path(__file__).parents[2]
WORKERS = 4  # in two processes


class FromNode(Served):
    @classmethod
    def start(cls):
        return Playground(sys.argv[1], "--driver", cls.driver, "--nodes", "2", "--workers", "2",
                          "--policy", "round-robin")

    def ask_counts(self):
        """Of whichever worker answers: its number, what it has served and what it has heard."""
        said = self.ask("GET", "/").body.decode()
        counts = re.fullmatch(r"worker (\d+), process \d+: served (\d+), heard (\d+)\n", said)
        self.assertIsNotNone(counts, said)
        return (int(count) for count in counts.groups())

    def test_each_worker_counts_for_itself(self):
        served = {}
        until = time.monotonic() + PATIENCE
        while len(served) < WORKERS or min(served.values()) < 3:
            worker, now, _ = self.ask_counts()
            self.assertEqual(now, served.get(worker, now - 1) + 1)
            served[worker] = now
            self.assertLess(time.monotonic(), until, served)

    def test_all_workers_hear_what_one_is_told(self):
        self.assertEqual(self.ask("GET", "/tell").body, b"told\n")
        heard = {}
        until = time.monotonic() + PATIENCE
        while len(heard) < WORKERS or min(heard.values()) < 1:
            worker, _, heard[worker] = self.ask_counts()
            self.assertLess(time.monotonic(), until, heard)
        self.assertEqual(set(heard.values()), {1})


class Uring(FromNode, unittest.TestCase):
    driver = "uring"


class Epoll(FromNode, unittest.TestCase):
    driver = "epoll"


class Page(unittest.TestCase):
    def test_the_page_shows_this_program(self):
        shown = re.search(r"```cpp\n(.*?)```", (ROOT / "docs/from-node-cluster.md").read_text(), re.S)[1]
        self.assertIn(shown, (ROOT / "examples/from_node.cc").read_text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
