#!/usr/bin/env python3
"""What `tools/bench soak` makes of its minutes. Usage: ... TOOLS_BENCH"""

import contextlib
import io
import math
import sys
import types
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(sys.argv[1]).resolve().parent))

from benchmarks.soak import campaign, minute, slopes

MINUTE = minute.Minute(rss=20 << 20, descriptors=36, segments=4, left=0, answers=1000, faults=0, p50_ms=0.2, p99_ms=6,
                       light_p99_ms=5, late_ms=0.5)
OPTIONS = types.SimpleNamespace(minute=60, rate=0, minutes=3, nodes=2)


def with_(**more):
    return minute.Minute(**(vars(MINUTE) | more))


class Slopes(unittest.TestCase):
    def test_a_straight_line_has_its_slope_for_an_hour(self):
        self.assertAlmostEqual(slopes.slope([10, 11, 12, 13], 1 / 60), 60)
        self.assertAlmostEqual(slopes.slope([5, 5, 5], 1 / 60), 0)

    def test_one_value_has_none(self):
        self.assertTrue(math.isnan(slopes.slope([5], 1)))


class Verdicts(unittest.TestCase):
    def judge(self, minutes):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            right = campaign.verdicts(OPTIONS, minutes)
        return right, out.getvalue()

    def test_what_stays_as_it_is_is_right_whatever_the_first_minute_was(self):
        right, told = self.judge([with_(rss=1)] + [MINUTE] * 8)
        self.assertTrue(right)
        self.assertNotIn("not met", told)

    def test_memory_that_grows_and_one_descriptor_more_are_not(self):
        grown = [with_(rss=(20 << 20) + i * (1 << 18)) for i in range(9)]
        self.assertFalse(self.judge(grown)[0])
        self.assertFalse(self.judge([MINUTE] * 7 + [with_(descriptors=37)] * 3)[0])

    def test_neither_are_lost_requests_connections_left_and_segments(self):
        for wrong in ({"faults": 1}, {"left": 1}, {"segments": 5}):
            self.assertFalse(self.judge([MINUTE] * 8 + [with_(**wrong)])[0], wrong)

    def test_latency_is_told_and_decides_nothing(self):
        right, told = self.judge([MINUTE] * 5 + [with_(p50_ms=9, light_p99_ms=90)] * 4)
        self.assertTrue(right)
        self.assertIn("p50, ms: slope +", told)
        self.assertIn("goal 20%: not met (the machine's calm is in it)", told)

    def test_a_short_run_says_so(self):
        self.assertIn("too short to tell", self.judge([MINUTE] * 3)[1])


class Minutes(unittest.TestCase):
    def test_half_load_is_half_of_what_is_possible_and_not_above_the_generators_own(self):
        for possible, half in ((4000, 2000), (10**6, minute.RATE_MOST)):
            with mock.patch.object(minute, "load", return_value={"answers": possible * 3, "seconds": 3}):
                self.assertEqual(minute.half_load(OPTIONS, None), half)

    def test_whatever_fails_is_counted(self):
        report = {"errors": {"lost": 1, "status": 2, "framing": 0, "length": 0, "body": 0, "timeouts": 4,
                             "refused": 8, "unopened": 16, "broken": 99}}
        self.assertEqual(minute.faults_of(report), 31)

    def test_as_many_minutes_as_asked_for(self):
        with mock.patch.object(minute, "measure", return_value=MINUTE), \
             mock.patch.object(minute, "half_load", return_value=100), \
             mock.patch.object(minute, "begin", return_value=[]), contextlib.redirect_stdout(io.StringIO()):
            rate, found = campaign.measure(OPTIONS, None)
        self.assertEqual((rate, len(found)), (100, 3))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
