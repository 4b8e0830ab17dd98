#!/usr/bin/env python3
"""`shoal load` against a floor and against servers that do wrong: figures, messages, exit codes.

Usage: load_program_test.py SHOAL FLOOR
"""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from http_servers import floor, free_port, saying

SHOAL, FLOOR = sys.argv[1:3]
SHORT = ("-d", "0.1", "-w", "0.02")
FEW = ("-n", "10", "-w", "0")  # however long a server in this process takes
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def run(*words):
    return subprocess.run([SHOAL, "load", *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


class RightAnswers(unittest.TestCase):
    def measure(self, *words, path="/"):
        with floor(FLOOR) as target:
            done = run(f"http://{target}{path}", *SHORT, "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout)
        self.assertEqual(sum(seen["errors"].values()), 0)
        self.assertGreater(seen["answers"], 0)
        self.assertEqual(sum(n for _, n in seen["latency"]["buckets"]), seen["answers"])
        return seen

    def test_a_closed_loop_on_several_threads(self):
        seen = self.measure("-c", 8, "-p", 2, "-t", 2, "--expect-body", "Hello, World!")
        self.assertEqual((seen["mode"], seen["threads"], seen["offered_rate"]), ("closed", 2, None))
        self.assertGreater(seen["generator"]["busy"], 0)

    def test_an_open_loop_with_a_mix(self):
        seen = self.measure("-c", 4, "--rate", 500, "--arrivals", "poisson", "--driver", "epoll",
                            "--request", "9 GET /a", "--request", "1 GET /b?c", "--expect", "same")
        self.assertEqual((seen["mode"], seen["driver"], seen["offered_rate"]), ("open", "epoll", 500))
        self.assertEqual([kind["name"] for kind in seen["kinds"]], ["GET /a", "GET /b?c"])
        self.assertEqual(sum(kind["answers"] for kind in seen["kinds"]), seen["answers"])
        self.assertIsNotNone(seen["generator"]["send_lag"])

    def test_a_count_of_a_plan(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as plan:
            plan.write('[[request]]\nname = "one"\npath = "/one"\nexpect-length = 13\n')
            plan.flush()
            with floor(FLOOR) as target:
                done = run(target, "--plan", plan.name, "--count", 500, "-w", 0, "--watch-pid",
                           os.getpid())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("500 in ", done.stdout)
        self.assertRegex(done.stdout, "\n(limit|LIMITED) ")  # so few take a moment, maybe all of a core

    def test_a_log_has_a_line_for_each_planned_request(self):
        with tempfile.TemporaryDirectory() as place:
            began = time.monotonic()
            seen = self.measure("-c", 4, "--rate", 500, "--pick", "random", "--log", place + "/log")
            ended = time.monotonic()
            lines = [line.split("\t") for line in Path(place, "log").read_text().splitlines()]
        self.assertEqual(len(lines), seen["planned"])
        for kind, due, took, fate, port in lines:
            self.assertEqual((kind, fate), ("GET /", "answered"))
            self.assertTrue(began < float(due) < ended and float(took) > 0 and int(port) > 0)

    def test_the_window_is_announced_before_it_begins(self):
        with floor(FLOOR) as target:
            process = subprocess.Popen([SHOAL, "load", target, *SHORT, "--json", "--announce"], text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            planned = json.loads(process.stdout.readline())["window"]
            out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, error)
        took = json.loads(out)["window"]
        self.assertEqual(planned["end_ns"] - planned["begin_ns"], 100_000_000)
        self.assertGreaterEqual(took["begin_ns"], planned["begin_ns"])
        self.assertGreater(took["end_ns"], took["begin_ns"])

    def test_new_connections_for_each_request(self):
        with floor(FLOOR) as target:
            done = run(target, "-d", "0.1", "-w", "0", "--json", "-c", 20, "--rate", 500, "--pick", "new")
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout)
        self.assertEqual(seen["connections_opened"], seen["planned"])

    def test_some_connections_get_more(self):
        self.measure("-c", 20, "--rate", 500, "--pick", "round-robin", "--hot", "0.1:10", "-t", 2)

    def test_a_socket_at_a_path(self):
        with tempfile.TemporaryDirectory() as place:
            path = place + "/socket"
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen(8)

            def serve():
                listener.accept()[0].close()  # the look whether somebody listens
                client, _ = listener.accept()
                with client:
                    while client.recv(4096):
                        client.sendall(GOOD)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            done = run("http://name/x", "--unix", path, "-c", 1, "-n", 20, "--json")
            listener.close()
            thread.join()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["target"], "http://name/x")


class WrongAnswers(unittest.TestCase):
    def test_a_wrong_byte_makes_the_load_fail(self):
        with saying(GOOD) as target:
            done = run(target, *FEW, "-c", 1, "--json", "--expect-body", "oK")
        self.assertEqual(done.returncode, 1, "no answer was right")
        self.assertGreater(json.loads(done.stdout)["errors"]["body"], 0)

    def test_some_failures_are_told_by_the_exit_code(self):
        with saying(GOOD) as target:  # which then closes: what is pipelined behind it is lost
            done = run(target, *FEW, "-c", 1, "-p", 2)
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("requests lost", done.stdout)

    def test_ctrl_c_keeps_what_there_is(self):
        with floor(FLOOR) as target:
            process = subprocess.Popen([SHOAL, "load", target, "-c", "2", "-d", "60", "-w", "0",
                                        "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            # It has caught the signal when its workers ask: what the floor reads is proof of that.
            while len(os.listdir(f"/proc/{process.pid}/task")) < 2:
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130, error)
        self.assertTrue(json.loads(out)["interrupted"])


class BadUse(unittest.TestCase):
    def refused(self, *words):
        done = run(*words)
        self.assertEqual(done.returncode, 2, (words, done.stderr))
        return done.stderr

    def test_nothing_listens(self):
        done = run(f"127.0.0.1:{free_port()}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is the server running?", done.stderr)

    def test_a_log_must_have_a_place(self):
        with floor(FLOOR) as target:
            done = run(target, *SHORT, "--log", "/nowhere/log")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write /nowhere/log", done.stderr)

    def test_more_connections_than_descriptors(self):
        with floor(FLOOR) as target:
            done = subprocess.run([SHOAL, "load", target, "-c", "100"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=60, preexec_fn=lambda:
                                  resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
        self.assertEqual(done.returncode, 1)
        self.assertIn("RLIMIT_NOFILE", done.stderr)

    def test_a_watched_process_must_be_there(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        self.assertIn(f"there is no process {gone.pid}", self.refused("h", "--watch-pid", gone.pid))

    def test_what_makes_no_sense_is_named(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as plan:
            plan.write("[[request]]\npath = 1\n")
            plan.flush()
            self.assertIn(f"{plan.name}: line 2: 'path'", self.refused("h", "--plan", plan.name))
            plan.seek(0)
            plan.truncate()
            plan.write("[[request]]\nalone = true\n")
            plan.flush()
            self.assertIn("alone on its connection", self.refused("h", "--plan", plan.name, "-p", 2))
        self.assertIn("TLS", self.refused("https://h/"))
        self.assertIn("WEIGHT METHOD PATH", self.refused("h", "--request", "GET /"))
        self.assertIn("exclude each other", self.refused("h/x", "--request", "1 GET /"))
        self.assertIn("need a rate", self.refused("h", "--arrivals", "poisson"))
        self.assertIn("bursts:N", self.refused("h", "--rate", 5, "--arrivals", "bursts"))
        self.assertIn("cannot share", self.refused("h", "-t", 9, "-c", 8))
        self.assertIn("--cpus", self.refused("h", "--cpus", "x"))
        self.assertIn("needs a rate", self.refused("h", "--pick", "new"))
        self.assertIn("round-robin or new", self.refused("h", "--rate", 5, "--pick", "best"))
        self.assertIn("join lines", self.refused("h", "--rate", 5, "--hot", "0.1:10"))
        self.assertIn("SHARE:FACTOR", self.refused("h", "--rate", 5, "--pick", "random", "--hot", "2"))
        self.assertIn("has one request", self.refused("h", "--rate", 5, "--pick", "new", "-p", 2))
        self.assertIn("excludes", self.refused("h", "--count", 5, "--seconds", 5))
        self.assertIn("--rate excludes --gather", self.refused("h", "--rate", 5, "--gather", 0))
        self.assertIn("--spin requires --rate", self.refused("h", "--spin", 5))
        for flag, value in (("--body", "x"), ("--body-file", "/dev/null")):
            self.assertIn(f"{flag}: no request is a POST", self.refused(
                "h", "--request", "1 GET /", "--request", "1 DELETE /x", flag, value))
        self.assertIn("Name: value", self.refused("h", "-H", "nonsense"))
        self.assertIn("url", self.refused())
        self.assertIn("try: shoal load --help", self.refused("h", "--frobnicate"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
