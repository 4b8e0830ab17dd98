#!/usr/bin/env python3
"""What `tools/bench article`, `mixed` and `overload` compute from their runs. Usage: ... TOOLS_BENCH"""

import math
import sys
import unittest
import xml.etree.ElementTree
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(sys.argv[1]).resolve().parent))

from benchmarks import apache_bench, article, calibration, chart, figures, machine, overload, timeline
from benchmarks.mixed import turning
from benchmarks.timeline import Request

REPORT = """
Time taken for tests:   28.168 seconds
Complete requests:      1000
Failed requests:        2
   (Connect: 0, Receive: 0, Length: 2, Exceptions: 0)
Non-2xx responses:      1
Requests per second:    35.50 [#/sec] (mean)
Time per request:       2816.800 [ms] (mean)
Time per request:       28.168 [ms] (mean, across all concurrent requests)

  99%   2900
 100%   3383 (longest request)
"""


class ApacheBench(unittest.TestCase):
    def test_its_report_becomes_numbers(self):
        self.assertEqual(apache_bench.parse(REPORT), {
            "seconds": 28.168, "answers": 1000, "rate": 35.5, "mean_ms": 2816.8, "longest_ms": 3383,
            "errors": 3})

    def test_half_a_report_is_a_complaint(self):
        with self.assertRaisesRegex(machine.Trouble, "lacks 'longest_ms'"):
            apache_bench.parse(REPORT.replace("100%", ""))


class Calibration(unittest.TestCase):
    def test_it_ends_close_to_what_is_wanted(self):
        for speed in (1e-9, 1e-7, 1e-5):
            asked = []

            def time_of(iterations):
                asked.append(iterations)
                return 0.0002 + iterations * speed

            found = calibration.calibrate(time_of, 0.028)
            self.assertAlmostEqual(time_of(found), 0.028, delta=0.028 * calibration.CLOSE)
            self.assertLess(len(asked), 8)

    def test_one_guess_is_at_most_ten_times_the_last(self):
        self.assertEqual(calibration.next_guess(1000, 1e-6, 1), 10_000)
        self.assertEqual(calibration.next_guess(1000, 100, 1), 100)

    def test_a_machine_that_never_settles_is_a_complaint(self):
        times = iter([1, 3] * calibration.ATTEMPTS)
        with self.assertRaisesRegex(machine.Trouble, "too restless"):
            calibration.calibrate(lambda iterations: next(times), 2)


class Timeline(unittest.TestCase):
    def every_10_ms(self, begin, end, ms, fate="answered"):
        return [Request("light", begin + i * 0.01, ms, fate) for i in range(round((end - begin) * 100))]

    def test_what_is_not_answered_took_for_ever(self):
        some = self.every_10_ms(0, 1, 2)
        self.assertEqual(timeline.percentile(some, 0.99), 2)
        self.assertEqual(timeline.percentile(some[2:] + self.every_10_ms(1, 1.02, 2, "failed"), 0.99), math.inf)
        self.assertTrue(math.isnan(timeline.percentile([], 0.99)))

    def test_slices_hold_what_was_due_in_them(self):
        cut = timeline.slices(self.every_10_ms(10, 11, 2), 10.2, 10.8, 0.2)
        self.assertEqual([len(requests) for _, requests in cut], [20, 20, 20])
        self.assertAlmostEqual(cut[1][0], 10.4)

    def test_calm_begins_with_the_first_slices_in_a_row_that_are_fast(self):
        requests = (self.every_10_ms(10, 10.1, 1) + self.every_10_ms(10.1, 10.4, 30)
                    + self.every_10_ms(10.4, 11, 1))
        self.assertAlmostEqual(timeline.calm_after(requests, 10, 11, 0.1, 3), 0.4)
        self.assertEqual(timeline.calm_after(requests, 10, 11, 0.1, 0.5), math.inf)

    def test_kinds_are_told_apart(self):
        both = [Request("light", 1, 1, "answered"), Request("heavy", 1, 20, "answered")]
        self.assertEqual(timeline.between(both, 0, 2, "heavy"), both[1:])
        self.assertEqual(timeline.between(both, 0, 1), [])


class Turning(unittest.TestCase):
    def test_a_handler_has_moved_when_looks_in_a_row_find_it_there(self):
        threads = ["shoal-w0"] * 5 + ["shoal-c0", "shoal-w1"] + ["shoal-c1"] * 9
        looks = [(100 + i / 10, thread) for i, thread in enumerate(threads)]
        self.assertAlmostEqual(turning.moved_after(looks, 100, 200, inline=False), 0.7)
        self.assertEqual(turning.moved_after(looks, 100, 200, inline=True), 0)
        self.assertEqual(turning.moved_after(looks, 101, 200, inline=True), math.inf)


class Overload(unittest.TestCase):
    MIB = 2**20

    def run_of(self, ms, fate, level):
        """Ten seconds of overload from 100 on: three jobs each 10 ms, of which the server takes one."""
        steady = [Request("job", 95 + i / 50, 20, "answered") for i in range(1000)]
        extra = [Request("job", 100 + i / 250, ms, fate if i % 5 else "answered") for i in range(2500)]
        light = [Request("light", 95 + i / 100, 1 if i % 100 else 4, "answered") for i in range(2000)]
        levels = [(95 + i, level(i)) for i in range(20)]
        return overload.account((steady, extra), light, levels, 100)

    def test_what_is_refused_at_once_is_no_fault(self):
        seen = self.run_of(3, "refused", lambda second: 50 * self.MIB)
        self.assertAlmostEqual(seen["goodput"], 1, delta=0.01)
        self.assertAlmostEqual(seen["asked"], 300, delta=1)
        self.assertAlmostEqual(seen["refused"], 2 / 3, delta=0.01)
        self.assertEqual((seen["admitted_ms"], seen["refusal_ms"], seen["light_ms"]), (20, 3, 4))
        self.assertEqual((seen["recovery"], seen["grown"], seen["failed"]), (0, 0, 0))

    def test_an_answer_after_the_deadline_is_none(self):
        seen = self.run_of(600, "answered", lambda second: second * self.MIB)
        self.assertAlmostEqual(seen["goodput"], 0.5, delta=0.01)
        self.assertEqual(seen["admitted_ms"], 600)
        self.assertEqual(seen["grown"], 4)

    def test_recovery_lasts_until_the_last_request_that_went_wrong(self):
        after = [Request("job", 10 + i / 10, 20, "refused" if i == 12 else "answered") for i in range(30)]
        self.assertAlmostEqual(overload.recovery(after, 10), 1.22)
        self.assertEqual(overload.recovery(after[20:], 10), 0)


class Article(unittest.TestCase):
    def test_ratios_are_made_round_by_round(self):
        by_name = {"two": [{"rate": 60}, {"rate": 80}], "one": [{"rate": 30}, {"rate": 50}]}
        self.assertEqual(article.ratios(by_name, "two", "one", "rate"), [2, 1.6])
        self.assertEqual(article.ratios(by_name, "two", "absent", "rate"), [])

    def test_figures_are_chosen_by_number_or_name(self):
        known = {"b": 0, "c": 0}
        self.assertEqual(list(figures.chosen(known, ["3", "b"], 2)), ["c", "b"])
        self.assertEqual(list(figures.chosen(known, None, 2)), ["b", "c"])
        for word in ("1", "4", "d"):
            with self.assertRaisesRegex(machine.Trouble, "2 to 3: b, c"):
                list(figures.chosen(known, [word], 2))


class Chart(unittest.TestCase):
    ROWS = [("one", 10, "10.0"), ("two <&>", 40, "40.0"), ("none", 0, "0.0")]

    def test_bars_are_in_proportion_and_never_nothing(self):
        lengths = [line.count("█") for line in chart.bars(self.ROWS, 40).splitlines()]
        self.assertEqual(lengths, [10, 40, 1])

    def test_an_svg_is_whole_and_its_bars_are_in_proportion(self):
        root = xml.etree.ElementTree.fromstring(chart.svg([("requests/s", self.ROWS), ("longest", self.ROWS[:2])]))
        bars = root.findall(".//{*}rect")[1:]  # behind the paper
        self.assertEqual(len(bars), 5)
        self.assertAlmostEqual(float(bars[0].get("width")) * 4, float(bars[1].get("width")), delta=4)
        self.assertIn("two <&>", [each.text for each in root.findall(".//{*}text")])
        lowest = max(float(each.get("y")) for each in bars)
        self.assertLess(lowest + chart.BAR, float(root.get("height")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
