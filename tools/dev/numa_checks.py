#!/usr/bin/env python3
"""Holds where shoal puts threads, pages and connections against what the kernel says, on machines
with NUMA nodes that QEMU emulates (numa_guest.py).

  tools/test-numa                     installs QEMU, fetches a kernel, builds, and runs all of this
  tools/dev/numa_checks.py --quick    what tools/test runs: one boot, the checks that matter most
  tools/dev/numa_checks.py memory     only checks whose names contain one of these words

Closes with "N passed, N failed, N skipped". Exit codes: 0 none failed; 1 one did; 2 the command
line; 77 nothing can be tested here, and the line says why.
"""

import argparse
import dataclasses
import json
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True

import numa_facts
import numa_guest
from numa_guest import Node
from numa_server import LOAD, Failed, Machine, Server, expect

ROOT = Path(__file__).resolve().parent.parent.parent
KERNEL = ROOT / "build/numa/vmlinuz"
SKIPPED_EXIT_CODE = 77
NEARLY_ALL = 0.99  # of pages
MOST = 0.95        # of connections
ROUNDS = 4


@dataclasses.dataclass
class Boot:
    """A machine and what is checked on it."""
    title: str
    nodes: list
    prepare: str = "true"
    checks: list = dataclasses.field(default_factory=list)

    def check(self, function):
        self.checks.append(function)
        return function


TWO_NODES = Boot("two nodes", [Node(2, 384), Node(2, 384)])
FOUR_NODES = Boot("three nodes, one of memory alone, a core offline",
                  [Node(2, 384), Node(2, 256), Node(2, 256), Node(0, 256)],
                  prepare="echo 0 >/sys/devices/system/cpu/cpu5/online")
QUICK = set()


def quick(function):
    QUICK.add(function)
    return function


def expect_plan(machine, server):
    """Each worker's thread is a node's, and its core the only one that the kernel lets it have."""
    workers = server.workers()
    expect(server.processes().keys() == machine.nodes_with_cores(),
           f"processes on nodes {sorted(server.processes())} of {machine.cpus}\n{server.log()}")
    for worker in workers:
        allowed = server.allowed(worker["pid"], worker["thread_id"])
        expect(allowed == {worker["cpu"]}, f"worker {worker['worker']} may run on {allowed}")
        expect(machine.node_of(worker["cpu"]) == worker["node"],
               f"worker {worker['worker']} of node {worker['node']} is on core {worker['cpu']}")
    cores = [worker["cpu"] for worker in workers]
    expect(len(set(cores)) == len(cores), f"workers share cores: {cores}")
    return workers


def expect_share(pages, node, what, share=NEARLY_ALL):
    expect(pages and numa_facts.share_on(pages, node) >= share,
           f"{what} by node: {dict(pages)}, wanted on {node}")


def expect_pages(server, node, pid, share=NEARLY_ALL):
    own = server.own_pages(pid)
    expect(sum(own.values()) > 50, f"process {pid} has {dict(own)} pages")
    expect_share(own, node, f"pages of process {pid}", share)
    expect_share(server.ring_pages(pid), node, f"pages of rings of process {pid}", share)


def expect_in_a_round(what, node, text):
    """Load goes before place, and a core that this machine takes away for a while looks like a worker
    that has much to do. So it may take some rounds until one shows where connections go without."""
    seen = []
    for _ in range(ROUNDS):
        found = what()
        seen.append(dict(found))
        if numa_facts.share_on(found, node) >= MOST:
            return
    raise Failed(f"{text} by node, in {ROUNDS} rounds: {seen}")


@TWO_NODES.check
@quick
def a_process_lives_on_each_node_and_a_worker_on_each_core(machine):
    with Server(machine) as server:
        workers = expect_plan(machine, server)
        expect({w["cpu"] for w in workers} == {0, 1, 2, 3}, "a core has no worker")


@TWO_NODES.check
@quick
def workers_stay_on_their_cores_and_memory_bind_on_its_node_under_load(machine):
    with Server(machine, "--memory", "bind") as server:
        plan = {w["thread_id"]: w["cpu"] for w in server.workers()}
        seen = server.watch([(w["pid"], w["thread_id"]) for w in server.workers()], "-c 16 -d 2")
        strays = {(t.name, t.cpu) for t in seen if t.cpu != plan[t.tid]}
        expect(not strays, f"threads on other cores than {plan}: {strays}")
        first, last = seen[:len(plan)], seen[-len(plan):]
        expect(sum(t.ticks for t in last) > sum(t.ticks for t in first), "they had nothing to do")
        for node, pid in server.processes().items():
            expect_pages(server, node, pid)
            expect(server.policies(pid) == {"bind"}, f"policies: {server.policies(pid)}")


@TWO_NODES.check
@quick
def policy_local_gives_a_connection_to_the_node_of_its_first_packet(machine):
    # One worker a node leaves the client a core of its own.
    with Server(machine, "--policy", "local", "--workers", "1") as server:
        for node in machine.nodes_with_cores():
            def came():
                before = server.by_node("connections_accepted")
                server.load(f"--cpus {machine.core_of(node, -1)} -c 1 --no-keep-alive -n 200")
                return server.by_node("connections_accepted") - before
            expect_in_a_round(came, node, f"connections whose packets came in on {node}")


@TWO_NODES.check
def connections_move_to_the_node_of_their_packets(machine):
    # The kernel's hash gives half of each client's connections to either node.
    flags = ("--workers", "1", "--dispatch", "reuseport", "--lend-after", "0")
    with Server(machine, *flags) as server:
        first, second = machine.core_of(0, -1), machine.core_of(1, -1)
        server.must(f"{LOAD} --cpus {second} -c 8 -d 600 >/dev/null 2>&1 &")

        def left():
            # So many requests that each connection of both is looked at a dozen times.
            server.must(f"{LOAD} --cpus {first} -c 8 -n 6000 2>&1; sleep 0.5")
            return server.by_node("connections_open")
        expect_in_a_round(left, 1, "connections of a client on node 1")
        moved = server.by_node("connections_rehomed")
        expect(moved[0] > 0 and moved[1] > 0, f"sent by node: {dict(moved)}")


@TWO_NODES.check
@quick
def a_killed_process_comes_back_on_its_node_and_the_other_serves(machine):
    with Server(machine, "--policy", "local", "--workers", "1") as server:
        before = server.processes()
        # Its client's connections are with the process that lives.
        server.must(f"{LOAD} --cpus {machine.core_of(0, -1)} -c 2 -d 2 >/tmp/load.log 2>&1 & load=$!\n"
                    f"sleep 0.5; kill -9 {before[1]}\n"
                    "wait $load || { cat /tmp/load.log; exit 1; }")
        server.await_all(other_than=before[1])
        expect(server.processes()[0] == before[0], "the other process was replaced, too")
        expect_plan(machine, server)
        server.load("-c 8 -n 200")
        expect_pages(server, 1, server.processes()[1])


@FOUR_NODES.check
def a_node_of_memory_alone_gets_no_process_and_a_core_offline_no_worker(machine):
    expect(machine.cpus == {0: {0, 1}, 1: {2, 3}, 2: {4}, 3: set()}, f"booted as {machine.cpus}")
    with Server(machine) as server:
        workers = expect_plan(machine, server)
        expect({w["cpu"] for w in workers} == {0, 1, 2, 3, 4}, f"other cores are used: {workers}")
        server.load("-c 16 -n 500")
        for node, pid in server.processes().items():
            expect_pages(server, node, pid)


@TWO_NODES.check
@quick
def placement_remote_puts_pages_on_the_farthest_node(machine):
    with Server(machine, "--placement", "remote") as server:
        expect_plan(machine, server)  # threads are at home
        server.load("-c 16 -n 500")
        for node, pid in server.processes().items():
            expect_pages(server, machine.farthest_from(node), pid, MOST)


@TWO_NODES.check
def placement_interleave_puts_half_of_the_pages_on_each_node(machine):
    with Server(machine, "--placement", "interleave") as server:
        expect_plan(machine, server)
        server.load("-c 16 -n 500")
        for node, pid in server.processes().items():
            # Not of rings: the kernel takes their pages by dozens, all from one node.
            own = server.own_pages(pid)
            expect(0.45 <= numa_facts.share_on(own, node) <= 0.55, f"pages by node: {dict(own)}")
            expect(server.policies(pid) == {"interleave"}, f"policies: {server.policies(pid)}")


@TWO_NODES.check
def a_unit_of_one_core_is_a_process_with_its_memory_there(machine):
    with Server(machine, "--unit", "core-group:1") as server:
        server.load("-c 16 -n 500")
        workers = server.workers()
        expect(len({w["pid"] for w in workers}) == 4, f"processes: {workers}")
        expect({w["cpu"] for w in workers} == {0, 1, 2, 3}, f"cores: {workers}")
        for worker in workers:
            pid, cpu = worker["pid"], worker["cpu"]
            for tid in machine.must(f"ls /proc/{pid}/task").split():
                expect(server.allowed(pid, tid) == {cpu}, f"a thread of process {pid} may leave {cpu}")
            expect_pages(server, machine.node_of(cpu), pid)


@TWO_NODES.check
def status_numa_says_what_the_kernel_says(machine):
    with Server(machine) as server:
        server.load("-c 16 -n 500")
        plan = {w["worker"]: w["cpu"] for w in server.workers()}
        for pid, said in server.look_of_itself().items():
            node, pages = said["node"], said["pages"]
            rings = {str(n): count for n, count in server.ring_pages(pid).items()}
            expect({n: count for n, count in pages["rings"].items() if count} == rings,
                   f"process {pid} says of rings {pages['rings']}, and the kernel {rings}")
            own = server.own_pages(pid)
            for kind in ("heap", "stacks", "buffers"):
                expect(0 < pages[kind][str(node)] <= own[node], f"{kind}: {pages[kind]} of {dict(own)}")
            expect(said["remote_share"] <= 1 - NEARLY_ALL, f"elsewhere: {said['remote_share']}")
            seen = {w["worker"]: w["cpu"] for w in said["workers"]}
            expect(seen == {w: plan[w] for w in seen}, f"cores: {said['workers']}")


@TWO_NODES.check
def pages_are_on_the_node_with_epoll_too(machine):
    with Server(machine, "--driver", "epoll") as server:
        server.load("-c 16 -n 500")
        for node, pid in server.processes().items():
            expect_share(server.own_pages(pid), node, f"pages of process {pid}")
            expect(not server.ring_pages(pid), "it has a ring")


FOUR_NODES.check(placement_remote_puts_pages_on_the_farthest_node)


@FOUR_NODES.check
def topo_says_what_the_kernel_says_and_servers_do(machine):
    said = json.loads(machine.must("shoal topo --json"))
    expect({n["id"]: set(n["cpus"]) for n in said["nodes"]} == machine.cpus, f"{said['nodes']}")
    expect({n["id"]: n["memory_bytes"] for n in said["nodes"]} == machine.memory, f"{said['nodes']}")
    expect({n["id"]: n["distances"] for n in said["nodes"]} == machine.distances,
           f"{said['nodes']} {machine.distances}")
    offline = numa_facts.cpu_list(machine.must("cat /sys/devices/system/cpu/offline"))
    expect(set(said["offline"]) == offline == {5}, f"offline: {said['offline']}")
    planned = {(process["node"], worker["worker"], worker["core"])
               for process in said["plan"]["processes"] for worker in process["workers"]}
    with Server(machine) as server:
        real = {(w["node"], w["worker"], w["cpu"]) for w in server.workers()}
        expect(planned == real, f"planned {planned}, and there are {real}")


@FOUR_NODES.check
def a_mask_that_leaves_one_node_is_kept_to(machine):
    with Server(machine, under="taskset c") as server:
        expect(server.processes().keys() == {1}, f"{server.processes()}")
        expect({w["cpu"] for w in server.workers()} == {2, 3}, f"{server.workers()}")


@FOUR_NODES.check
def a_cpuset_of_one_node_is_kept_to_with_its_memory(machine):
    group = "/sys/fs/cgroup/one"
    machine.must("mount -t cgroup2 none /sys/fs/cgroup && cd /sys/fs/cgroup"
                 " && echo +cpuset >cgroup.subtree_control"
                 " && mkdir one && echo 2-3 >one/cpuset.cpus && echo 1 >one/cpuset.mems")
    inside = f"sh -c 'echo $$ >{group}/cgroup.procs; exec \"$@\"' -"
    with Server(machine, under=inside) as server:
        processes = server.processes()
        expect(processes.keys() == {1}, f"processes on nodes {sorted(processes)}")
        expect({w["cpu"] for w in server.workers()} == {2, 3}, f"{server.workers()}")
        expect("warning" not in server.log(), server.log())
        server.load("-c 16 -n 500")
        expect_pages(server, 1, processes[1])


def name_of(function):
    return function.__name__.replace("_", "-")


def wanted(boot, options):
    return [check for check in boot.checks if (not options.quick or check in QUICK)
            and (not options.words or any(word in name_of(check) for word in options.words))]


def run_check(check, machine):
    """Whether it has passed."""
    began = time.monotonic()
    try:
        check(machine)
        print(f"passed   {name_of(check)} ({time.monotonic() - began:.1f} s)", flush=True)
        return True
    except numa_guest.Gone:
        raise
    except Exception as failure:  # whatever it is, the others say more
        where = traceback.extract_tb(failure.__traceback__)[1].lineno
        print(f"FAILED   {name_of(check)}, line {where}: {failure}", flush=True)
        return False


def run_boot(boot, checks, options):
    """How many have passed. What a guest that ends leaves undone has failed."""
    passed = 0
    began = time.monotonic()
    programs = {"shoal": options.build / "tools/shoal/shoal",
                "playground": options.build / "examples/playground"}
    with tempfile.TemporaryDirectory(prefix="shoal-numa.") as scratch:
        try:
            with numa_guest.Guest(options.kernel, boot.nodes, programs, Path(scratch)) as guest:
                print(f"booted   {boot.title} ({time.monotonic() - began:.1f} s)", flush=True)
                guest.run(boot.prepare)
                machine = Machine(guest)
                for check in checks:
                    passed += run_check(check, machine)
        except numa_guest.Gone as why:
            print(f"FAILED   {boot.title}: {why}", flush=True)
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="of the names of checks")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--kernel", type=Path, default=KERNEL, help="a vmlinuz")
    parser.add_argument("--quick", action="store_true", help="one boot, what matters most")
    options = parser.parse_args()
    # Left in order, whatever ends it: a guest would outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        numa_guest.check_machine(options.kernel)
    except numa_guest.Missing as why:
        print(f"skipped: {why}\n0 passed, 0 failed, 1 skipped")
        return SKIPPED_EXIT_CODE
    passed = planned = 0
    for boot in (TWO_NODES,) if options.quick else (TWO_NODES, FOUR_NODES):
        if checks := wanted(boot, options):
            planned += len(checks)
            passed += run_boot(boot, checks, options)
    print(f"{passed} passed, {planned - passed} failed, 0 skipped")
    return 0 if planned == passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
