#!/usr/bin/env python3
"""open_load against servers that answer, stall, break off and lie. Usage: ... OPEN_LOAD"""

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

OPEN_LOAD = sys.argv[1]
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@contextlib.contextmanager
def server(serve):
    """`serve(client, head)` for each request of each connection, until it returns False."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)

    def one(client):
        with client, contextlib.suppress(OSError):
            read = b""
            while data := client.recv(4096):
                read += data
                while (end := read.find(b"\r\n\r\n")) >= 0:
                    head, read = read[:end], read[end + 4:]
                    if serve(client, head) is False:
                        return

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def run(*words):
    return subprocess.run([OPEN_LOAD, *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def load(target, *words, code=0, connections=4, rate=200):
    done = run(target, "--json", "-w", 0, "-d", 0.5, "-c", connections, "--rate", rate, *words)
    assert done.returncode == code, (done.returncode, done.stderr, done.stdout)
    return json.loads(done.stdout)


def hello(client, head):
    client.sendall(HELLO)


class RightAnswers(unittest.TestCase):
    def test_every_planned_request_is_answered_whatever_connection_it_takes(self):
        for choice in ("own", "idle", "turns", "fresh"):
            with server(hello) as target:
                seen = load(target, "--choice", choice, "--expect", "all=hello")["all"]
            self.assertEqual(seen["answers"], seen["planned"], choice)
            self.assertGreater(seen["planned"], 50, choice)

    def test_constant_arrivals_are_as_many_as_the_rate_says(self):
        with server(hello) as target:
            seen = load(target, "--arrivals", "constant")["all"]
        self.assertIn(seen["planned"], (99, 100, 101))

    def test_fresh_connections_are_as_many_as_requests(self):
        with server(hello) as target:
            seen = load(target, "--choice", "fresh")
        self.assertEqual(seen["opened"], seen["all"]["planned"])

    def test_classes_are_counted_apart(self):
        with server(hello) as target:
            seen = load(target, "--class", "a,1,/a", "--class", "b,1,/b")
        self.assertEqual(sum(kind["answers"] for kind in seen["classes"].values()),
                         seen["all"]["answers"])
        self.assertGreater(seen["classes"]["b"]["answers"], 0)

    def test_an_end_between_requests_is_no_error(self):
        def once(client, head):
            client.sendall(HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            return False

        with server(once) as target:
            seen = load(target, "--choice", "idle")
        self.assertEqual(seen["all"]["answers"], seen["all"]["planned"])
        self.assertGreater(seen["ended"], 0)


class Stalls(unittest.TestCase):
    def test_what_comes_due_during_a_stall_counts_its_wait(self):
        stall = threading.Event()

        def first_waits(client, head):
            if not stall.is_set():
                stall.set()
                time.sleep(0.3)
            client.sendall(HELLO)

        with server(first_waits) as target:
            latency = load(target, connections=1)["all"]["latency_ns"]
        self.assertGreater(latency["p90"], 100e6)  # most requests came due while it stood still
        self.assertGreater(latency["max"], 280e6)

    def test_nobody_queues_behind_one_that_stands_alone(self):
        def by_class(client, head):
            if b"/heavy" in head:
                time.sleep(0.1)
            client.sendall(HELLO)

        with server(by_class) as target:
            seen = load(target, "--class", "light,9,/light", "--class", "heavy,1,/heavy,alone",
                        connections=32, rate=100)
        self.assertLess(seen["classes"]["light"]["latency_ns"]["max"], 90e6)
        self.assertGreater(seen["classes"]["heavy"]["latency_ns"]["p50"], 100e6)

    def test_what_is_not_answered_in_time_is_given_up_and_counted(self):
        for choice in ("own", "idle", "fresh"):
            with server(lambda client, head: time.sleep(2)) as target:
                done = run(target, "--json", "-w", 0, "-d", 0.2, "-c", 2, "--rate", 50, "--timeout", 0.3,
                           "--choice", choice)
            self.assertEqual(done.returncode, 1, choice)
            seen = json.loads(done.stdout)["all"]
            self.assertEqual(seen["timeouts"], seen["planned"], choice)
            self.assertGreaterEqual(seen["latency_ns"]["p50"], 300e6, choice)


class WrongAnswers(unittest.TestCase):
    def fault(self, answer, *words, ends=False):
        def half_the_time(client, head):
            if b"/wrong" not in head:
                return hello(client, head)
            client.sendall(answer)
            return not ends

        with server(half_the_time) as target:
            seen = load(target, "--class", "right,1,/right", "--class", "wrong,1,/wrong", *words, code=3)
        self.assertEqual(sum(seen["classes"]["right"]["errors"].values()), 0)
        self.assertEqual(seen["classes"]["right"]["answers"], seen["classes"]["right"]["planned"])
        return seen["classes"]["wrong"]["errors"]

    def test_another_status(self):
        self.assertGreater(self.fault(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")["status"], 0)

    def test_another_body(self):
        self.assertGreater(self.fault(HELLO, "--expect", "wrong=other")["body"], 0)

    def test_no_framing(self):
        self.assertGreater(self.fault(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")["framing"], 0)

    def test_two_answers_to_one_request(self):
        self.assertGreater(self.fault(HELLO + HELLO)["framing"], 0)

    def test_half_an_answer(self):
        self.assertGreater(self.fault(HELLO[:-2], ends=True)["lost"], 0)


class Refusals(unittest.TestCase):
    REFUSAL = b"HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 5\r\n\r\nlater"

    def seen(self, refusal, *words, code=0):
        def refuse_jobs(client, head):
            client.sendall(refusal if b"/job" in head else HELLO)

        with server(refuse_jobs) as target:
            return load(target, "--class", "light,1,/light", "--class", "job,1,/job,may-refuse",
                        "--expect", "job=hello", *words, code=code)

    def test_a_refusal_is_neither_an_answer_nor_an_error_and_keeps_its_connection(self):
        seen = self.seen(self.REFUSAL)
        job = seen["classes"]["job"]
        self.assertGreater(job["planned"], 0)
        self.assertEqual((job["refusals"], job["answers"]), (job["planned"], 0))
        self.assertEqual(job["latency_ns"]["max"], 0)
        self.assertGreater(job["refusal_latency_ns"]["max"], 0)
        self.assertEqual(seen["opened"], 4)

    def test_one_that_does_not_say_when_to_come_back_is_an_error(self):
        job = self.seen(self.REFUSAL.replace(b"Retry-After", b"Whatever"), code=3)["classes"]["job"]
        self.assertEqual((job["refusals"], job["errors"]["status"]), (0, job["planned"]))

    def test_the_log_has_a_line_for_each_measured_request(self):
        with tempfile.TemporaryDirectory() as directory:
            began = time.monotonic()
            seen = self.seen(self.REFUSAL, "--log", f"{directory}/log")
            ended = time.monotonic()
            lines = [line.split() for line in Path(directory, "log").read_text().splitlines()]
        self.assertEqual(len(lines), seen["all"]["planned"])
        for name, due, latency, fate, port in lines:
            self.assertEqual(fate, {"light": "answered", "job": "refused"}[name])
            self.assertTrue(began < float(due) < ended and float(latency) > 0)

    def test_the_log_tells_whose_connection_was_lost_or_ended(self):
        ends, lock = {}, threading.Lock()

        def every_other_breaks_off(client, head):
            port = client.getpeername()[1]
            with lock:
                lost = len(ends) % 2 == 0
                ends[port] = "failed" if lost else "ended"
            if not lost:
                client.sendall(HELLO)
            return False

        with tempfile.TemporaryDirectory() as directory, server(every_other_breaks_off) as target:
            load(target, "--log", f"{directory}/log", code=3, rate=50)
            lines = [line.split() for line in Path(directory, "log").read_text().splitlines()]
        told = {int(port): fate for _, _, _, fate, port in lines if fate != "answered"}
        for port, fate in told.items():
            # A request may cross the end that follows the answer before it, and then it is lost.
            self.assertIn(fate, {"failed": ["failed"], "ended": ["ended", "failed"]}[ends[port]])
        self.assertEqual(set(told.values()), {"failed", "ended"})
        self.assertEqual({kind for kind, _, _, fate, _ in lines if fate == "ended"}, {"-"})

    def test_a_log_that_cannot_be_written_is_a_complaint(self):
        with server(hello) as target:
            done = run(target, "-w", 0, "-d", 0.1, "--log", "/nowhere/log")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/log", done.stderr)


class BadUse(unittest.TestCase):
    def test_nothing_listens(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            done = run(f"127.0.0.1:{probe.getsockname()[1]}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is the server running?", done.stderr)

    def test_words_that_mean_nothing(self):
        for words in (["--class", "x"], ["--class", "x,1,/x,lonely"],
                      ["--class", "x,1,/x,alone,alone"], ["--expect", "none=1"], ["--choice", "best"], ["--rate", "0"]):
            self.assertEqual(run("127.0.0.1:1", *words).returncode, 2, words)
        self.assertEqual(run("localhost").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
