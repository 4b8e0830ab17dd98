#!/usr/bin/env python3
"""The test of numa_facts.py, on what kernels have printed."""

import struct
import unittest

import numa_facts

NUMA_MAPS = """\
55d0c8a00000 bind:1 file=/bin/app mapped=12 mapmax=3 N0=12 kernelpagesize_kB=4
55d0c8b00000 bind:1 file=/bin/app anon=3 dirty=3 N0=1 N1=2 kernelpagesize_kB=4
55d0c9a00000 bind:1 heap anon=40 dirty=40 active=0 N1=40 kernelpagesize_kB=4
7f0000000000 bind:1 anon=1 dirty=1 N1=1 kernelpagesize_kB=2048
7f0010000000 bind:1
7f0020000000 default file=/memfd:shoal.load\\040(deleted) dirty=9 N0=9 kernelpagesize_kB=4
"""
ZONEINFO = """\
Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 0
  pages free     3840
        spanned  4095
        present  3998
  start_pfn:           1
Node 0, zone  Movable
  pages free     0
        spanned  0
        present  0
Node 1, zone    DMA32
  pages free     100
        spanned  65536
  start_pfn:           131072
"""


class NumaFacts(unittest.TestCase):

    def test_reads_lists_of_cores(self):
        self.assertEqual(numa_facts.cpu_list("0-2,5\n"), {0, 1, 2, 5})
        self.assertEqual(numa_facts.cpu_list("\n"), set())

    def test_counts_pages_that_are_no_files_by_node_and_huge_ones_as_what_they_hold(self):
        pages = [area.pages for area in numa_facts.own_areas(NUMA_MAPS, "")]
        self.assertEqual(pages, [{0: 1, 1: 2}, {1: 40}, {1: 512}])
        self.assertEqual(numa_facts.share_on(pages[0], 0), 1 / 3)

    def test_leaves_out_what_a_process_has_from_its_parent(self):
        parents = "55d0c9a00000 default heap anon=30 dirty=30 N0=30 kernelpagesize_kB=4\n"
        pages = [area.pages for area in numa_facts.own_areas(NUMA_MAPS, parents)]
        self.assertEqual(pages, [{0: 1, 1: 2}, {1: 512}])

    def test_tells_the_policy_of_an_area(self):
        self.assertEqual([a.policy for a in numa_facts.areas(NUMA_MAPS)][-2:], ["bind:1", "default"])

    def test_finds_the_node_of_a_frame(self):
        zones = numa_facts.zones(ZONEINFO)
        self.assertEqual(zones, [(0, 1, 4096), (1, 131072, 196608)])
        self.assertEqual(numa_facts.node_of_frame(4095, zones), 0)
        self.assertEqual(numa_facts.node_of_frame(131072, zones), 1)

    def test_reads_the_frames_of_pages_that_are_there(self):
        entries = struct.pack("<3Q", 1 << 63 | 1 << 61 | 4711, 0, 1 << 62 | 5)
        self.assertEqual(numa_facts.frames(entries), [4711])

    def test_finds_mappings_by_name(self):
        maps = ("7f00-9f00 rw-s 00000000 00:0e 1066 anon_inode:[io_uring]\n"
                "a000-b000 rw-p 00000000 00:00 0 \n")
        self.assertEqual(numa_facts.mappings(maps, "[io_uring]"), [(0x7f00, 0x2000)])

    def test_reads_a_thread_whose_name_has_a_bracket(self):
        fields = " ".join(str(number) for number in range(4, 53))
        self.assertEqual(numa_facts.thread(f"81 (a) b) S {fields}"),
                         numa_facts.Thread(81, "a) b", 14 + 15, 39))


if __name__ == "__main__":
    unittest.main()
