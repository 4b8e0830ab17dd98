#!/usr/bin/env python3
"""Real clients against the playground on each driver: curl, ab, wrk, h2load, Node, Python, sockets.

Usage: real_clients_test.py PLAYGROUND [TEST...]

One server for each driver serves all of a driver's tests; it has to end well after the last.
"""

import sys
import unittest

import programs
import raw_clients
from playground import DriverRefused, Playground

PLAYGROUND = sys.argv[1]


class Served(programs.Curl, programs.Generators, programs.Libraries,
             raw_clients.Answers, raw_clients.Conversations, raw_clients.Crowds):
    """Has `server` and `driver`; what is asked of it comes from the bases."""

    server = None
    refusal = None

    @classmethod
    def setUpClass(cls):
        try:
            cls.server = Playground(PLAYGROUND, "--driver", cls.driver)
        except DriverRefused as refused:
            cls.refusal = str(refused)

    @classmethod
    def tearDownClass(cls):
        if cls.server:
            ended = cls.server.stop()
            if ended != (0, []):
                raise AssertionError(f"exit code and processes left: {ended}\n{cls.server.log()}")

    def setUp(self):
        if self.refusal:
            self.skipTest(self.refusal)

    def url(self, path):
        return f"http://127.0.0.1:{self.server.port}{path}"


class Uring(Served, unittest.TestCase):
    driver = "uring"


class Epoll(Served, unittest.TestCase):
    driver = "epoll"


if __name__ == "__main__":
    # Verbose: a skip says its reason.
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
