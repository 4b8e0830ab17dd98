#!/usr/bin/env python3
"""Runs the checks and the test programs of one or more build directories, and counts test cases.

  tools/dev/run_tests.py BUILD... [--meanwhile BUILD] [-- WORD...]

The checks come first, then the programs of all builds, two side by side and those first that may
take longest. Tests wait more than they compute: --meanwhile builds another directory in the time
that they leave, and runs its programs when it is there. What fails is printed in full. gtest and Python's unittest say how many cases they
ran, others may in a last line like the one that closes this; a check, and any other program, counts
as one.
"""

import argparse
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

CHECKS = [
    ("layers", [sys.executable, "tools/dev/check_layers.py"]),
    ("tools' own tests", [sys.executable, "-m", "unittest", "discover", "-q", "-s", "tools/dev",
                          "-p", "*_test.py"]),
]
AT_ONCE = 2  # more would compete for the first cores, where clusters pin their workers
SANITIZED_TIME = 4  # a program may take this many times longer under sanitizers
SKIPPED_EXIT_CODE = 77  # meson's convention for programs that are not gtest's


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run(command, timeout, cwd=None, env=None):
    """The exit code and all output; a program that takes too long is ended with its children."""
    with tempfile.TemporaryFile(mode="w+", errors="replace") as output:
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            cwd=cwd, env=env, start_new_session=True)
        try:
            code = program.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()
            code = f"no end within {timeout:.0f} s"
        output.seek(0)
        return code, output.read()


def describe(code):
    if isinstance(code, str):
        return code
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def unittest_counts(output):
    """From the closing lines of Python's unittest; None if they are not there."""
    closing = re.search(r"^Ran (\d+) tests? in [\d.]+s\n\n(?:OK|FAILED)(?: \((.*)\))?\s*\Z",
                        output, re.M)
    if not closing:
        return None
    notes = dict(note.split("=") for note in closing[2].split(", ")) if closing[2] else {}
    ran, skipped = int(closing[1]), int(notes.get("skipped", 0))
    failed = sum(int(notes.get(kind, 0)) for kind in ("failures", "errors", "unexpected successes"))
    return Counts(max(0, ran - skipped - failed), failed, skipped)


def closing_counts(output):
    """From a last line like ours; None if there is none."""
    closing = re.search(r"^(\d+) passed, (\d+) failed, (\d+) skipped\s*\Z", output, re.M)
    return Counts(*map(int, closing.groups())) if closing else None


def plain(code, output):
    """A program that is not gtest's: the cases that unittest or its own last line counts, or one."""
    counts = unittest_counts(output) or closing_counts(output)
    if counts is None or (code == 0) != (counts.failed == 0):
        return single(code, output)
    return counts, output[max(0, output.find("=" * 70)):].rstrip() if counts.failed else ""


def single(code, output):
    """One case: a check, or a program that counts none."""
    if code == 0:
        return Counts(passed=1), ""
    if code == SKIPPED_EXIT_CODE:
        return Counts(skipped=1), ""
    return Counts(failed=1), f"{output.rstrip()}\n{describe(code)}"


def section(output, name):
    """What one gtest case has printed."""
    begin = output.find(f"[ RUN      ] {name}\n")
    end = re.compile(r"^.*\[  FAILED  \] " + re.escape(name) + r".*$", re.M).search(output, begin)
    return output[begin:end.end()] if begin >= 0 and end else name


def gtest(code, output, report):
    try:
        suites = json.loads(report.read_text())["testsuites"]
    except (OSError, ValueError, KeyError):  # it did not live to write the report
        return single(code or "no report", output)
    counts, failures = Counts(), []
    for case in (case for suite in suites for case in suite["testsuite"]):
        if case.get("failures"):
            counts.failed += 1
            failures.append(section(output, f"{case['classname']}.{case['name']}"))
        elif case.get("result") == "SKIPPED":
            counts.skipped += 1
        elif case.get("status") == "RUN":
            counts.passed += 1
    if code != 0 and counts.failed == 0:  # a leak found at exit, a destructor that aborts
        counts.failed = 1
        failures.append(f"{output.rstrip()}\nall cases passed, but {describe(code)}")
    return counts, "\n".join(failures)


def run_test(test, sanitized):
    with tempfile.TemporaryDirectory(prefix="shoal-test-") as scratch:
        report = pathlib.Path(scratch) / "report.json"
        command, is_gtest = list(test["cmd"]), test["protocol"] == "gtest"
        if is_gtest:
            command.append(f"--gtest_output=json:{report}")
        timeout = test["timeout"] * (SANITIZED_TIME if sanitized else 1)
        code, output = run(command, timeout, test["workdir"], os.environ | test["env"])
        return gtest(code, output, report) if is_gtest else plain(code, output)


def wanted(name, words):
    return not words or any(word in name for word in words)


def tests_of(build):
    listed = subprocess.run(["meson", "introspect", "--tests", build],
                            check=True, capture_output=True, text=True)
    # Programs among a test's arguments are named from there, where meson runs what has no workdir.
    return [test | {"workdir": test["workdir"] or build} for test in json.loads(listed.stdout)]


def is_sanitized(build):
    options = json.loads(pathlib.Path(build, "meson-info/intro-buildoptions.json").read_text())
    return any(o["name"] == "b_sanitize" and o["value"] != "none" for o in options)


def run_one(title, one):
    began = time.monotonic()
    counts, failure = one()
    line = f"{title:32} {counts}  ({time.monotonic() - began:.1f} s)\n"
    print(line + (failure + "\n" if failure else ""), end="", flush=True)
    return counts


def run_all(work, at_once):
    """Begun in this order. The sum."""
    total = Counts()
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for counts in pool.map(lambda titled: run_one(*titled), work):
            total.add(counts)
    return total


def programs_of(builds, words):
    """Those that may take longest come first, so that no core is left to one of them at the end."""
    found = []
    for build in builds:
        sanitized = is_sanitized(build)
        for test in tests_of(build):
            if wanted(test["name"], words):
                found.append((test["timeout"] * (SANITIZED_TIME if sanitized else 1),
                              f"{pathlib.Path(build).name} {test['name']}",
                              lambda t=test, s=sanitized: run_test(t, s)))
    found.sort(key=lambda each: -each[0])
    return [each[1:] for each in found]


def give_way():
    """Runs whenever nobody else wants a core, so that no test is kept waiting."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


@contextlib.contextmanager
def being_built(directory):
    """Builds it beside what is done inside; gives who waits for its end and tells whether it is there."""
    with tempfile.TemporaryFile(mode="w+", errors="replace") as output:
        ninja = subprocess.Popen(["ninja", "-C", directory, "--quiet"], stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=output, preexec_fn=give_way)

        def is_there():
            if ninja.wait() == 0:
                return True
            output.seek(0)
            print(f"{output.read().rstrip()}\n{directory} does not build")
            return False

        try:
            yield is_there
        finally:
            if ninja.poll() is None:
                ninja.terminate()
                ninja.wait()


def run_programs(checks, builds, words):
    work = checks + programs_of(builds, words)
    return len(work), run_all(work, AT_ONCE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("builds", nargs="+", metavar="BUILD")
    parser.add_argument("--meanwhile", metavar="BUILD")
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    given, words = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1:]
    checks = [(name, lambda c=command: single(*run(c, 300))) for name, command in CHECKS
              if wanted(name, words)]
    if not given.meanwhile:
        ran, total = run_programs(checks, given.builds, words)
    else:
        with being_built(given.meanwhile) as is_there:
            ran, total = run_programs(checks, given.builds, words)
            if not is_there():
                return 1
        more, counts = run_programs([], [given.meanwhile], words)
        ran += more
        total.add(counts)
    if not ran:
        print(f"nothing has a name with {' or '.join(words)} in it")
    print(total)
    return 1 if total.failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
