"""The playground in a guest with NUMA nodes: started, loaded, and where the kernel says that its
threads and pages are.
"""

import base64
import collections
import json
import re
import shlex
import time

import numa_facts

LOAD = "shoal load http://127.0.0.1:8080/plaintext"
LOG = "/tmp/server.log"
READY_S, BACK_S = 60, 60  # of the guest's clock


class Failed(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Failed(text)


class Machine:
    """What the guest's kernel says about it."""

    def __init__(self, guest):
        self.guest = guest
        self.cpus = {}  # by node: its cores that are online; none for a node of memory alone
        self.memory, self.distances = {}, {}  # by node: bytes; to all nodes, ascending
        online = numa_facts.cpu_list(self.must("cat /sys/devices/system/cpu/online"))
        for node in numa_facts.cpu_list(self.must("cat /sys/devices/system/node/online")):
            listed = self.must(f"cat /sys/devices/system/node/node{node}/cpulist")
            self.cpus[node] = numa_facts.cpu_list(listed) & online
            meminfo = self.must(f"cat /sys/devices/system/node/node{node}/meminfo")
            self.memory[node] = int(re.search(r"MemTotal:\s+(\d+) kB", meminfo)[1]) * 1024
            distance = self.must(f"cat /sys/devices/system/node/node{node}/distance")
            self.distances[node] = [int(word) for word in distance.split()]
        self.zones = numa_facts.zones(self.must("cat /proc/zoneinfo"))

    def must(self, script):
        code, output = self.guest.run(script)
        expect(code == 0, f"{script}: exit code {code}: {output.strip()}")
        return output

    def nodes_with_cores(self):
        return {node for node, cpus in self.cpus.items() if cpus}

    def node_of(self, cpu):
        return next(node for node, cpus in self.cpus.items() if cpu in cpus)

    def farthest_from(self, node):
        return max(self.cpus, key=lambda other: self.distances[node][other])

    def core_of(self, node, place):
        """The first core of a node is 0, its last one -1."""
        return sorted(self.cpus[node])[place]


class Server:
    """Runs from entering to leaving; `under` is a command that starts others."""

    def __init__(self, machine, *flags, under=""):
        self.machine, self.flags, self.under = machine, flags, under

    def __enter__(self):
        flags = shlex.join(["--listen", "127.0.0.1:8080", *self.flags])
        self.must(f"{self.under} playground {flags} >{LOG} 2>&1 & echo $! >/tmp/server.pid\n"
                  + until(f"grep -q 'ready: listening' {LOG}", READY_S)
                  + f"|| {{ cat {LOG}; exit 1; }}")
        return self

    def __exit__(self, *_):
        self.machine.guest.run("killall -q shoal; kill -9 $(cat /tmp/server.pid)\n"
                               + until("! pidof playground >/dev/null", READY_S))

    def must(self, script):
        return self.machine.must(script)

    def log(self):
        return self.must(f"cat {LOG}")

    def workers(self):
        """As `shoal status` has them."""
        return json.loads(self.must("shoal status --json"))["servers"][0]["workers"]

    def processes(self):
        """The node process of each node."""
        return {worker["node"]: worker["pid"] for worker in self.workers()}

    def by_node(self, member):
        """The sum of its workers'."""
        sums = collections.Counter()
        for worker in self.workers():
            sums[worker["node"]] += worker[member]
        return sums

    def load(self, words):
        """All answers have to be right."""
        return json.loads(self.must(f"{LOAD} --json -w 0 {words}"))

    def look_of_itself(self):
        """What node processes say of their memory when all have looked anew, by pid."""
        began = self.uptime()
        while self.uptime() - began < BACK_S:
            said = json.loads(self.must("shoal status --numa --json"))["processes"]
            since = self.uptime() - began
            if all(p.get("looked_seconds_ago", since) < since for p in said):
                return {process["pid"]: process for process in said}
            time.sleep(0.2)
        raise Failed(f"nobody looks: {said}")

    def allowed(self, pid, tid):
        """The cores on which the kernel lets a thread run."""
        line = self.must(f"grep Cpus_allowed_list: /proc/{pid}/task/{tid}/status")
        return numa_facts.cpu_list(line.partition(":")[2])

    def watch(self, threads, load, samples=20):
        """What stat says of (pid, tid) again and again while a load runs."""
        files = " ".join(f"/proc/{pid}/task/{tid}/stat" for pid, tid in threads)
        seen = self.must(f"{LOAD} {load} >/tmp/load.log 2>&1 & load=$!\n"
                         f"for i in $(seq {samples}); do sleep 0.1; cat {files}; done\n"
                         "wait $load || { cat /tmp/load.log >&2; exit 1; }")
        return [numa_facts.thread(line) for line in seen.splitlines()]

    def own_areas(self, pid):
        """Of a node process."""
        maps, parents = (self.must(f"cat /proc/{which}/numa_maps")
                         for which in (pid, "$(cat /tmp/server.pid)"))
        return numa_facts.own_areas(maps, parents)

    def own_pages(self, pid):
        """By node."""
        return sum((area.pages for area in self.own_areas(pid)), collections.Counter())

    def policies(self, pid):
        """Of these areas: "bind" of "bind=static:1"."""
        return {re.match("[a-z]+", area.policy)[0] for area in self.own_areas(pid)}

    def ring_pages(self, pid):
        """Of its io_urings by node. They are the kernel's, which numa_maps does not count."""
        rings = numa_facts.mappings(self.must(f"cat /proc/{pid}/maps"), "[io_uring]")
        reads = "; ".join(f"dd if=/proc/{pid}/pagemap bs=8 skip={address // numa_facts.PAGE}"
                          f" count={size // numa_facts.PAGE} 2>/dev/null"
                          for address, size in rings)
        if not reads:
            return collections.Counter()
        found = numa_facts.frames(base64.b64decode(self.must(f"{{ {reads}; }} | base64")))
        return collections.Counter(numa_facts.node_of_frame(frame, self.machine.zones)
                                   for frame in found)

    def await_all(self, other_than):
        """Until all workers are ready, and none in the process `other_than`: that much has to come
        back. By the guest's clock, since whoever stops this guest stops its server, too."""
        began = self.uptime()
        while self.uptime() - began < BACK_S:
            workers = self.workers()
            if all(w["eligible"] and w["pid"] != other_than for w in workers):
                return
            time.sleep(0.1)
        raise Failed(f"process {other_than} is not replaced:\n{self.log()}")

    def uptime(self):
        return float(self.must("cat /proc/uptime").split()[0])


def until(condition, limit_s):
    """A shell's loop, which is true when it has come."""
    return (f"n=0; while ! {{ {condition}; }} && [ $n -lt {limit_s * 20} ];"
            f" do n=$((n+1)); sleep 0.05; done; [ $n -lt {limit_s * 20} ] ")
