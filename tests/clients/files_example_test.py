#!/usr/bin/env python3
"""The example that serves files, on each driver. Usage: files_example_test.py PROGRAM [TEST...]"""

import gzip
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from playground import Connection, DriverRefused, Playground, request

PROGRAM = sys.argv[1]
LARGE = b"".join(b"%d " % i for i in range(1_000_000))  # nearly 7 MB


class Served:
    server = None
    refusal = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="shoal-example-")
        root = pathlib.Path(cls.directory.name)
        (root / "index.html").write_text("<p>hello</p>")
        (root / "large.bin").write_bytes(LARGE)
        (root / "large.txt").write_bytes(LARGE)
        (root / "style.css").write_text("p {}")
        (root / "style.css.gz").write_bytes(gzip.compress(b"p {}"))
        try:
            cls.server = Playground([PROGRAM, cls.directory.name], "--driver", cls.driver,
                                    "--workers", "1")
        except DriverRefused as refused:
            cls.refusal = str(refused)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()
        if cls.server:
            ended = cls.server.stop()
            if ended != (0, []):
                raise AssertionError(f"exit code and processes left: {ended}\n{cls.server.log()}")

    def setUp(self):
        if self.refusal:
            self.skipTest(self.refusal)

    def ask(self, path, **fields):
        with Connection(self.server.port) as client:
            client.send(request("GET", path, **fields))
            return client.answer()

    def curl(self, path, *flags):
        if not shutil.which("curl"):
            self.skipTest("curl is not installed")
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--fail", "--max-time", "20", *flags,
             f"http://127.0.0.1:{self.server.port}{path}"], stdout=subprocess.PIPE, check=True)
        return done.stdout

    def test_the_root_is_the_index(self):
        answer = self.ask("/")
        self.assertEqual((answer.status, answer.body), (200, b"<p>hello</p>"))
        self.assertEqual(answer.fields["content-type"], "text/html; charset=utf-8")
        self.assertEqual(answer.fields["x-content-type-options"], "nosniff")

    def test_a_large_file_arrives_exact(self):
        self.assertEqual(self.ask("/large.bin").body, LARGE)
        self.assertEqual(self.curl("/large.bin"), LARGE)

    def test_several_large_files_follow_each_other_on_a_connection(self):
        with Connection(self.server.port) as client:
            client.send(request("GET", "/large.bin") * 3 + request("GET", "/"))
            for _ in range(3):
                self.assertEqual(client.answer().body, LARGE)
            self.assertEqual(client.answer().body, b"<p>hello</p>")

    def test_a_client_that_goes_away_in_the_middle_hurts_nobody(self):
        for _ in range(5):
            with Connection(self.server.port, receive_buffer=4096) as client:
                client.send(request("GET", "/large.bin"))
                client.socket.recv(100)
                client.reset()
        self.assertEqual(self.ask("/").status, 200)

    def test_a_download_is_taken_up_again(self):
        self.assertEqual(self.curl("/large.bin", "--range", "1000000-"), LARGE[1_000_000:])
        whole = self.ask("/large.bin", Range="bytes=0-9")
        self.assertEqual((whole.status, whole.body), (206, LARGE[:10]))
        again = self.ask("/large.bin", Range="bytes=10-19", If_Range=whole.fields["etag"])
        self.assertEqual((again.status, again.body), (206, LARGE[10:20]))

    def test_what_the_client_has_is_not_sent_again(self):
        etag = self.ask("/style.css").fields["etag"]
        self.assertEqual(self.ask("/style.css", If_None_Match=etag).status, 304)

    def test_text_is_compressed_on_the_fly_and_css_before(self):
        packed = self.curl("/large.txt", "--header", "Accept-Encoding: gzip")
        self.assertLess(len(packed), len(LARGE) / 2)
        self.assertEqual(gzip.decompress(packed), LARGE)
        self.assertEqual(self.curl("/large.txt", "--compressed"), LARGE)
        css = self.ask("/style.css", Accept_Encoding="gzip")
        self.assertEqual(css.fields["content-encoding"], "gzip")
        self.assertEqual(gzip.decompress(css.body), b"p {}")

    def test_nothing_outside_is_served(self):
        for path in ("/../etc/passwd", "/%2e%2e/etc/passwd", "//etc/passwd", "/..%2fetc/passwd"):
            self.assertIn(self.ask(path).status, (400, 404), path)


class Uring(Served, unittest.TestCase):
    driver = "uring"


class Epoll(Served, unittest.TestCase):
    driver = "epoll"


class CommandLine(unittest.TestCase):
    def test_a_directory_that_is_not_there_is_named(self):
        done = subprocess.run([PROGRAM, "/no/such/place"], stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/no/such/place", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
