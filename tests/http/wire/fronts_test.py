#!/usr/bin/env python3
"""Every case once through a real front with shoal behind it, over connections that the front keeps
and shares: no request is answered by shoal that the front did not count, and nobody's answer is
another one's.

Usage: fronts_test.py WIRE_SERVER [TEST...]
"""

import collections
import contextlib
import shutil
import sys
import unittest

import answers
import peers
from playground import Playground, poll
from wire_cases import read_cases

WIRE_SERVER = sys.argv[1]
VICTIM = (b"POST /echo/victim HTTP/1.1\r\nHost: victim\r\nContent-Length: 6\r\n"
          b"Connection: close\r\n\r\nvictim")


class Front:
    """Has `program` and start(home, port); counted(line) is what a line of its log says about a
    request that went to shoal: "METHOD target", or None."""

    def setUp(self):
        if not shutil.which(self.program):
            self.skipTest(f"{self.program} is not installed")
        self.server = Playground(WIRE_SERVER)
        self.addCleanup(self.stop_server)
        home = peers.new_home()
        self.addCleanup(shutil.rmtree, home)
        self.front = self.start(home, self.server.port)
        self.addCleanup(self.front.stop)
        self.log = (home / self.log_name).open(errors="replace")
        self.addCleanup(self.log.close)
        self.answered = self.told()[0] + 1

    def stop_server(self):
        self.assertEqual(self.server.stop(), (0, []), self.server.log())

    def told(self):
        """How many answers shoal gave before this one, and what it saw since the last time."""
        with contextlib.closing(peers.connect_to_port(self.server.port)) as s:
            received = peers.exchange(s, b"GET /told HTTP/1.1\r\nHost: a\r\n\r\n")
        (_, _, body), = answers.final_answers(received)
        count, *seen = body.decode("latin-1").splitlines()
        return int(count.split()[0]), [answers.without_origin(one) for one in seen]

    def counted_since(self):
        return [answers.without_origin(one) for line in self.log
                if (one := self.counted(line)) is not None]

    def play(self, data):
        """What shoal answered and saw, and what the front counted, once both have come to rest."""
        received = self.front.ask(data)
        before = self.answered
        count, seen = self.told()
        self.answered = count + 1  # the one that told it
        counted = []

        def all_counted():
            counted.extend(self.counted_since())
            return len(counted) >= count - before

        with contextlib.suppress(TimeoutError):
            poll(all_counted, "the front's log")
        return received, count - before, seen, counted

    def test_no_request_is_answered_that_the_front_did_not_count(self):
        for case in read_cases():
            with self.subTest(case.name):
                _, count, seen, counted = self.play(answers.with_probe(case))
                self.assertLessEqual(count, len(counted), (seen, counted))
                extra = collections.Counter(seen) - collections.Counter(counted)
                self.assertFalse(extra, (seen, counted))
            with self.subTest(case.name + ", the next client"):
                received, count, seen, counted = self.play(VICTIM)
                self.assertIn(b"\r\n\r\nPOST /echo/victim @", received)
                self.assertTrue(received.endswith(b" [victim]"), received)
                self.assertEqual((count, counted), (1, ["POST /echo/victim"]), seen)


class Nginx(Front, unittest.TestCase):
    program = "nginx"
    log_name = "requests"
    start = staticmethod(peers.nginx_front)

    @staticmethod
    def counted(line):
        upstream, _, request = line.rstrip("\n").partition(" ")
        return None if upstream == "-" else request


class Haproxy(Front, unittest.TestCase):
    program = "haproxy"
    log_name = "log"
    start = staticmethod(peers.haproxy_front)

    @staticmethod
    def counted(line):
        server, _, request = line.rstrip("\n").partition(" ")
        return request if server == "shoal" else None


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
