#!/usr/bin/env python3
"""The program of docs/from-node-cluster.md, on each driver. Usage: from_node_example_test.py PROGRAM [TEST...]"""

import pathlib
import re
import sys
import unittest

from example import Served

ROOT = pathlib.Path(__file__).parents[2]


class FromNode(Served):
    def ask_counts(self):
        said = self.ask("GET", "/").body.decode()
        counts = re.fullmatch(r"worker \d+, process \d+: served (\d+), heard (\d+)\n", said)
        self.assertIsNotNone(counts, said)
        return int(counts[1]), int(counts[2])

    def test_counts_for_each_worker(self):
        self.assertGreaterEqual(self.ask_counts()[0], 1)

    def test_all_workers_hear_what_one_is_told(self):
        self.assertEqual(self.ask("GET", "/tell").body, b"told\n")
        while self.ask_counts()[1] == 0:  # whichever worker answers
            pass


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
