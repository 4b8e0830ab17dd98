#!/usr/bin/env python3
"""The README's program, on each driver. Usage: hello_example_test.py PROGRAM [TEST...]"""

import pathlib
import re
import sys
import unittest

from example import Served

ROOT = pathlib.Path(__file__).parents[2]


class Hello(Served):
    def test_says_hello(self):
        answer = self.ask("GET", "/")
        self.assertEqual((answer.status, answer.body), (200, b"Hello, world!\n"))

    def test_reads_a_number_from_the_path(self):
        self.assertEqual(self.ask_json("GET", "/users/7")[1], {"id": 7})
        self.assertEqual(self.ask("GET", "/users/ada").status, 404)

    def test_sleeps(self):
        self.assertEqual(self.ask("GET", "/sleep/1").body, b"slept\n")


class Uring(Hello, unittest.TestCase):
    driver = "uring"


class Epoll(Hello, unittest.TestCase):
    driver = "epoll"


class Readme(unittest.TestCase):
    def test_the_readme_shows_this_program(self):
        shown = re.search(r"```cpp\n(.*?)```", (ROOT / "README.md").read_text(), re.S)[1]
        self.assertIn(shown, (ROOT / "examples/hello.cc").read_text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
