"""What the kernel says about places, read: lists of cores, /proc/PID/numa_maps, pagemap, zoneinfo
and stat. All functions are pure.
"""

import collections
import dataclasses
import re
import struct

PAGE = 4096
PRESENT = 1 << 63  # of an entry of pagemap
FRAME = (1 << 55) - 1


def cpu_list(text):
    """{0, 1, 4} from "0-1,4"."""
    cpus = set()
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        cpus.update(range(int(first), int(last or first) + 1))
    return cpus


@dataclasses.dataclass
class Area:
    """A line of numa_maps. `pages` by node, of 4 KiB each."""
    address: int
    policy: str
    words: dict
    pages: collections.Counter

    def is_anonymous(self):
        """Memory that is not a file's: heap, stacks, buffers, and what was written to of programs."""
        return "anon" in self.words


def areas(numa_maps):
    found = []
    for line in numa_maps.splitlines():
        address, policy, *rest = line.split()
        words = dict(word.partition("=")[::2] for word in rest)
        scale = int(words.get("kernelpagesize_kB", 4)) * 1024 // PAGE
        pages = collections.Counter({int(word[1:]): int(count) * scale
                                     for word, count in words.items()
                                     if re.fullmatch(r"N\d+", word)})
        found.append(Area(int(address, 16), policy, words, pages))
    return found


def own_areas(numa_maps, parents):
    """Anonymous ones that a process has made since it was forked. What it has from its parent is
    shared with that until one of them writes there, and lies where the parent was."""
    inherited = {area.address for area in areas(parents)}
    return [area for area in areas(numa_maps)
            if area.is_anonymous() and area.address not in inherited]


def share_on(pages, node):
    """Of 1. There have to be some."""
    return pages[node] / sum(pages.values())


def zones(zoneinfo):
    """(node, first frame, frames behind the last) of each zone that has any."""
    found = []
    for node, text in re.findall(r"^Node (\d+), zone.*\n((?:  .*\n?)*)", zoneinfo, re.M):
        spanned = re.search(r"spanned\s+(\d+)", text)
        start = re.search(r"start_pfn:\s+(\d+)", text)
        if spanned and start and int(spanned[1]) > 0:
            found.append((int(node), int(start[1]), int(start[1]) + int(spanned[1])))
    return found


def node_of_frame(frame, zones_found):
    return next(node for node, first, end in zones_found if first <= frame < end)


def frames(pagemap):
    """Of the pages that are there, from pagemap's bytes."""
    entries = struct.unpack(f"<{len(pagemap) // 8}Q", pagemap)
    return [entry & FRAME for entry in entries if entry & PRESENT]


def mappings(maps, name):
    """(address, bytes) of those whose name has `name` in it."""
    found = []
    for first, end, text in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) (.*)$", maps, re.M):
        if name in text:
            found.append((int(first, 16), int(end, 16) - int(first, 16)))
    return found


@dataclasses.dataclass
class Thread:
    """A line of /proc/PID/task/TID/stat."""
    tid: int
    name: str
    ticks: int  # of CPU time, in user mode and in the kernel
    cpu: int    # where it runs, or last ran


def thread(stat):
    tid, _, rest = stat.partition(" (")
    name, _, rest = rest.rpartition(") ")
    words = rest.split()  # from field 3 on
    return Thread(int(tid), name, int(words[11]) + int(words[12]), int(words[36]))
