#!/usr/bin/env python3
"""The bytes of every case, sent to shoal, nginx and Node: who accepts, how many requests, which.

Usage: differential_test.py WIRE_SERVER [TEST...]

Where a peer reads something else than shoal, docs/why/differences.md has a row that says who is
right. A difference without a row fails, and so does a row without its difference.
"""

import pathlib
import re
import shutil
import sys
import unittest

import answers
import peers
from playground import Playground
from wire_cases import read_cases

WIRE_SERVER = sys.argv[1]
DIFFERENCES = pathlib.Path(__file__).parents[3] / "docs" / "why" / "differences.md"
SAME = "="


def listed():
    """{(case, column): shape} of the table, and the versions that it was made with."""
    text = DIFFERENCES.read_text()
    versions = dict(re.findall(r"^- (nginx|Node) (\d+\.\d+|\d+)\b", text, re.M))
    differences = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 6 or not cells[0].startswith("`"):
            continue
        for case in re.findall(r"`(\w+)`", cells[0]):
            for column, shape in zip(("nginx", "Node", "shoal"), cells[1:4]):
                if (case, column) in differences:
                    raise ValueError(f"{case} has two rows in {DIFFERENCES}")
                differences[case, column] = shape.strip("`")
    return differences, versions


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cases = read_cases()
        cls.table, cls.versions = listed()
        cls.server = Playground(WIRE_SERVER)
        cls.ours = {case.name: answers.reading(cls.ask(case), case.heads) for case in cls.cases}

    @classmethod
    def tearDownClass(cls):
        if cls.server.stop() != (0, []):
            raise AssertionError(cls.server.log())

    @classmethod
    def ask(cls, case):
        with peers.connect_to_port(cls.server.port) as s:
            return peers.exchange(s, answers.with_probe(case))

    def test_the_table_names_cases_that_are_there_and_what_shoal_does(self):
        names = {case.name for case in self.cases}
        self.assertEqual({case for case, _ in self.table} - names, set())
        for (case, column), shape in self.table.items():
            if column == "shoal":
                self.assertEqual(shape, answers.shape(self.ours[case]), case)

    def compare(self, column, start):
        differences = {}
        home = peers.new_home()
        self.addCleanup(shutil.rmtree, home)
        peer = start(home)
        try:
            for case in self.cases:
                theirs = answers.reading(peer.ask(answers.with_probe(case)), case.heads)
                ours = self.ours[case.name]
                if not answers.agree(theirs, ours):
                    other = "*" if answers.shape(theirs) == answers.shape(ours) else ""
                    differences[case.name] = answers.shape(theirs) + other
        finally:
            peer.stop()
        known = {case: shape for (case, name), shape in self.table.items()
                 if name == column and shape != SAME}
        self.maxDiff = None
        self.assertEqual(differences, known, "found, and listed in docs/why/differences.md")

    def skip_unless(self, column, version):
        if version is None:
            self.skipTest(f"{column} is not installed")
        known = self.versions[column]
        if not version.startswith(known):
            self.skipTest(f"the table is for {column} {known}, and this is {version}")

    def test_nginx_differs_only_as_listed(self):
        self.skip_unless("nginx", peers.version_of("nginx", "-v"))
        self.compare("nginx", peers.nginx)

    def test_node_differs_only_as_listed(self):
        self.skip_unless("Node", peers.version_of("node", "--version"))
        self.compare("Node", peers.node)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
