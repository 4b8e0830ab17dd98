#!/usr/bin/env python3
"""Visits counted by one worker and by all of them, on each driver. Usage: sticky_counter_example_test.py PROGRAM [TEST...]"""

import os
import re
import signal
import sys
import unittest

from example import Playground, Served
from playground import poll


class StickyCounter(Served):
    @classmethod
    def start(cls):
        return Playground(sys.argv[1], "--driver", cls.driver, "--nodes", "2", "--workers", "2",
                          "--policy", "sticky", "--sticky", "cookie:visitor")

    def visit(self, path, visitor=None):
        """Who that is, the visits, and the worker and process that have answered."""
        fields = {"Cookie": f"visitor={visitor}"} if visitor else {}
        answer = self.ask("GET", path, **fields)
        self.assertEqual(answer.status, 200, answer)
        said = re.fullmatch(r"visit (\d+), worker (\d+), process (\d+)\n", answer.body.decode())
        who = re.match(r"visitor=([0-9a-f]{16});", answer.fields["set-cookie"])[1]
        return (who, *map(int, said.groups()))

    def test_both_ways_count_the_visits_of_each_client(self):
        for path in ("/sticky", "/shared"):
            # The first request is nobody's yet, and may have come to any worker.
            who = self.visit(path)[0]
            answers = [self.visit(path, who) for _ in range(8)]
            self.assertEqual(len({worker for _, _, worker, _ in answers}), 1, answers)
            counts = [count for _, count, _, _ in answers]
            self.assertEqual(counts, list(range(counts[0], counts[0] + 8)))

    def test_a_cookie_that_is_none_of_ours_gets_a_new_one(self):
        for sent in ("short", "x" * 16, "0" * 1000):
            self.assertNotEqual(self.visit("/shared", sent)[0], sent)

    def test_what_is_shared_outlives_a_process_that_is_killed(self):
        who = self.visit("/shared")[0]
        for _ in range(3):
            shared = self.visit("/shared", who)
            self.visit("/sticky", who)
        self.assertEqual(shared[1], 4)
        own_before = self.visit("/sticky", who)
        os.kill(own_before[3], signal.SIGKILL)

        def of_another_process():
            try:
                own = self.visit("/sticky", who)
            except OSError:
                return None  # it was on the way to the one that is gone
            except EOFError:
                return None
            return own if own[3] != own_before[3] else None

        own = poll(of_another_process, "an answer of another process")
        self.assertLess(own[1], own_before[1], "it begins anew")
        self.assertEqual(self.visit("/shared", who)[1], 5)


class Uring(StickyCounter, unittest.TestCase):
    driver = "uring"


class Epoll(StickyCounter, unittest.TestCase):
    driver = "epoll"


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
