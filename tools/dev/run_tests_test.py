#!/usr/bin/env python3
"""The test of run_tests.py: programs that pass, fail, skip, crash, leak and hang, and their counts."""

import contextlib
import io
import os
import pathlib
import select
import sys
import tempfile
import threading
import unittest

import run_tests

PASSED = {"name": "Passes", "classname": "S", "status": "RUN", "result": "COMPLETED"}
FAILED = {"name": "Fails", "classname": "S", "status": "RUN", "result": "COMPLETED",
          "failures": [{"failure": "1 is not 2"}]}
SKIPPED = {"name": "Skips", "classname": "S", "status": "RUN", "result": "SKIPPED"}
DISABLED = {"name": "Sleeps", "classname": "S", "status": "NOTRUN", "result": "SUPPRESSED"}

OUTPUT = """\
[ RUN      ] S.Passes
[       OK ] S.Passes (0 ms)
[ RUN      ] S.Fails
what it had to say
[  FAILED  ] S.Fails (0 ms)
"""

def gtest_program(cases, code=0, then=""):
    """A test as meson lists it, whose program writes a report about `cases` and ends with `code`."""
    program = f"""
import json, os, sys
report = sys.argv[1].removeprefix("--gtest_output=json:")
print({OUTPUT!r}, end="", flush=True)
{then}
json.dump({{"testsuites": [{{"testsuite": {cases!r}}}]}}, open(report, "w"))
sys.exit({code})
"""
    return {"cmd": [sys.executable, "-c", program], "protocol": "gtest", "timeout": 20,
            "workdir": None, "env": {}}

def script(text, timeout=20):
    return {"cmd": ["sh", "-c", text], "protocol": "exitcode", "timeout": timeout,
            "workdir": None, "env": {}}

def outcome(test):
    counts, failure = run_tests.run_test(test, False)
    return str(counts), failure

def build_of(place, command):
    """A build directory of one step."""
    pathlib.Path(place, "build.ninja").write_text(
        f"rule step\n  command = {command}\nbuild done: step\n")
    return place

def has_ended(pid):
    """Has been killed already; on a busy machine its end may be some milliseconds away."""
    try:
        end = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    return bool(select.select([end], [], [], 10)[0])


class RunTests(unittest.TestCase):
    def test_single_cases_are_counted(self):
        counts, failure = outcome(gtest_program([PASSED, PASSED, SKIPPED, DISABLED]))
        self.assertEqual(counts, "2 passed, 0 failed, 1 skipped")
        self.assertEqual(failure, "")

    def test_what_failed_is_shown_in_full_and_the_rest_is_not(self):
        counts, failure = outcome(gtest_program([PASSED, FAILED], code=1))
        self.assertEqual(counts, "1 passed, 1 failed, 0 skipped")
        self.assertIn("what it had to say", failure)
        self.assertNotIn("S.Passes", failure)

    def test_a_program_that_crashes_is_one_failure(self):
        counts, failure = outcome(gtest_program([PASSED], then="os.abort()"))
        self.assertEqual(counts, "0 passed, 1 failed, 0 skipped")
        self.assertIn("S.Passes", failure)
        self.assertIn("SIGABRT", failure)

    def test_a_program_that_ends_badly_after_its_last_case_is_one_failure(self):
        counts, failure = outcome(gtest_program([PASSED], code=23))
        self.assertEqual(counts, "1 passed, 1 failed, 0 skipped")
        self.assertIn("exit code 23", failure)

    def test_a_program_without_cases_passes_fails_or_skips_as_a_whole(self):
        self.assertEqual(outcome(script("exit 0"))[0], "1 passed, 0 failed, 0 skipped")
        self.assertEqual(outcome(script("exit 77"))[0], "0 passed, 0 failed, 1 skipped")
        counts, failure = outcome(script("echo reason; exit 3"))
        self.assertEqual(counts, "0 passed, 1 failed, 0 skipped")
        self.assertEqual(failure, "reason\nexit code 3")

    def test_cases_of_pythons_unittest_are_counted(self):
        for ran, verdict, code, counts in (
                ("1 test", "OK", 0, "1 passed, 0 failed, 0 skipped"),
                ("9 tests", "OK (skipped=2)", 0, "7 passed, 0 failed, 2 skipped"),
                ("9 tests", "FAILED (failures=1, errors=2, skipped=3)", 1,
                 "3 passed, 3 failed, 3 skipped"),
                ("9 tests", "OK", 1, "0 passed, 1 failed, 0 skipped")):
            printed = f"noise\\n{'=' * 70}\\nRan {ran} in 0.1s\\n\\n{verdict}\\n"
            seen, failure = outcome(script(f"printf '{printed}'; exit {code}"))
            self.assertEqual(seen, counts)
            self.assertEqual("Ran" in failure, code != 0)
            self.assertEqual("noise" in failure, counts.startswith("0"))

    def test_a_closing_line_counts_cases(self):
        for closing, code, counts in (
                ("3 passed, 0 failed, 1 skipped", 0, "3 passed, 0 failed, 1 skipped"),
                ("3 passed, 1 failed, 0 skipped", 1, "3 passed, 1 failed, 0 skipped"),
                ("0 passed, 0 failed, 1 skipped", 77, "0 passed, 0 failed, 1 skipped"),
                ("3 passed, 0 failed, 0 skipped", 1, "0 passed, 1 failed, 0 skipped"),
                ("3 passed, 0 failed, 0 skipped\\nmore", 0, "1 passed, 0 failed, 0 skipped")):
            seen, failure = outcome(script(f"printf 'reason\\n{closing}\\n'; exit {code}"))
            self.assertEqual(seen, counts)
            self.assertEqual("reason" in failure, "1 failed" in counts)

    def test_as_many_run_at_once_as_wanted_and_in_their_order(self):
        begun, together = [], threading.Barrier(2, timeout=20)
        def one(name):
            begun.append(name)
            together.wait()
            return run_tests.Counts(passed=1), ""
        work = [(name, lambda n=name: one(n)) for name in "abcd"]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            total = run_tests.run_all(work, 2)
        self.assertEqual(total.passed, 4)
        self.assertEqual({*begun[:2]}, {"a", "b"})
        self.assertEqual(printed.getvalue().count("1 passed"), 4)

    def test_what_is_built_meanwhile_gives_way_to_tests(self):
        policy = f"{sys.executable} -c 'import os; print(os.sched_getscheduler(0))' >done"
        with tempfile.TemporaryDirectory() as place:
            with run_tests.being_built(build_of(place, policy)) as is_there:
                self.assertTrue(is_there())
            self.assertEqual(int(pathlib.Path(place, "done").read_text()), os.SCHED_IDLE)

    def test_what_does_not_build_meanwhile_says_why(self):
        with tempfile.TemporaryDirectory() as place, \
                contextlib.redirect_stdout(io.StringIO()) as printed:
            with run_tests.being_built(build_of(place, "echo no such header; exit 1")) as is_there:
                self.assertFalse(is_there())
        self.assertIn("no such header", printed.getvalue())
        self.assertIn("does not build", printed.getvalue())

    def test_a_program_that_hangs_is_ended_with_its_children(self):
        with tempfile.TemporaryDirectory() as place:
            left_over = pathlib.Path(place, "left_over")
            os_pid = f"sh -c 'echo $$ >{left_over}; exec sleep 60' & wait"
            counts, failure = outcome(script(os_pid, timeout=1))
            self.assertEqual(counts, "0 passed, 1 failed, 0 skipped")
            self.assertIn("no end within", failure)
            self.assertTrue(has_ended(int(left_over.read_text())), "a child lives on")


if __name__ == "__main__":
    unittest.main()
