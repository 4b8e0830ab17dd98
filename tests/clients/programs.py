"""Programs and libraries that others wrote, as their users call them."""

import http.client
import json
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import unittest

from playground import PATIENCE

NODE_CLIENT = pathlib.Path(__file__).with_name("node_client.js")
LARGE = random.Random(900).randbytes(900_000)


def needs(program, package):
    return unittest.skipUnless(shutil.which(program),
                               f"{program} is not installed (Debian: {package})")


def run(*words, stdin=b""):
    done = subprocess.run([str(word) for word in words], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=PATIENCE)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: exit code {done.returncode}\n"
                             f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


class Curl:
    def curl(self, path, *flags, stdin=b""):
        done = run("curl", "--silent", "--show-error", "--max-time", PATIENCE, *flags,
                   self.url(path), stdin=stdin)
        return done.stdout, done.stderr.decode(errors="replace")

    @needs("curl", "curl")
    def test_curl_gets_a_body_to_the_byte(self):
        self.assertEqual(self.curl("/plaintext", "--fail")[0], b"Hello, World!")

    @needs("curl", "curl")
    def test_curl_speaks_http_1_0(self):
        self.assertEqual(self.curl("/plaintext", "--fail", "--http1.0")[0], b"Hello, World!")

    @needs("curl", "curl")
    def test_curl_asks_for_the_head_alone(self):
        head = self.curl("/plaintext", "--head")[0].decode()
        self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"), head)
        self.assertIn("Content-Length: 13\r\n", head)

    @needs("curl", "curl")
    def test_curl_uploads_900_kB_after_100_continue(self):
        body, log = self.curl("/echo", "--verbose", "--header", "Expect: 100-continue",
                              "--data-binary", "@-", stdin=LARGE)
        self.assertEqual(body, LARGE)
        self.assertIn("< HTTP/1.1 100 Continue", log)

    @needs("curl", "curl")
    def test_curl_uploads_900_kB_in_chunks(self):
        body, log = self.curl("/echo", "--verbose", "--header", "Transfer-Encoding: chunked",
                              "--data-binary", "@-", stdin=LARGE)
        self.assertEqual(body, LARGE)
        self.assertIn("> Transfer-Encoding: chunked", log)

    @needs("curl", "curl")
    def test_curl_uploads_900_kB_in_chunks_after_100_continue(self):
        body, log = self.curl("/echo", "--verbose", "--header", "Transfer-Encoding: chunked",
                              "--header", "Expect: 100-continue", "--data-binary", "@-",
                              stdin=LARGE)
        self.assertEqual(body, LARGE)
        self.assertIn("< HTTP/1.1 100 Continue", log)

    @needs("curl", "curl")
    def test_curl_hears_413_however_it_uploads_too_much(self):
        body = bytes((1 << 20) + 1)
        for way in ("Expect:", "Expect: 100-continue", "Transfer-Encoding: chunked"):
            with self.subTest(way), tempfile.NamedTemporaryFile() as answer:
                status, _ = self.curl("/echo", "--output", answer.name, "--write-out",
                                      "%{http_code}", "--header", way, "--data-binary", "@-",
                                      stdin=body)
                self.assertEqual(status, b"413")

    @needs("curl", "curl")
    def test_curl_keeps_one_connection_for_fifty_requests(self):
        opened, _ = self.curl("/users/[1-50]", "--output", "/dev/null", "--write-out",
                              "%{http_code} %{num_connects}\n")
        self.assertEqual(opened, b"200 1\n" + b"200 0\n" * 49)

    @needs("curl", "curl")
    def test_curl_transfers_in_parallel(self):
        with tempfile.TemporaryDirectory() as place:
            self.curl("/users/[1-50]", "--fail", "--parallel", "--parallel-immediate",
                      "--output", f"{place}/#1")
            for number in range(1, 51):
                self.assertEqual(pathlib.Path(place, str(number)).read_text(), f"user {number}\n")


class Generators:
    """Those that measure. Here only that they find nothing to complain about."""

    def ab(self, count, *flags):
        report = run("ab", "-q", "-n", count, "-c", 20, *flags,
                     self.url("/plaintext")).stdout.decode()
        figures = dict(re.findall(r"^([^:\n]+):\s+(\d+)", report, re.M))
        self.assertEqual(figures["Complete requests"], str(count), report)
        self.assertEqual(figures["Failed requests"], "0", report)
        self.assertNotIn("Non-2xx responses", figures, report)
        self.assertEqual(figures["HTML transferred"], str(13 * count), report)
        return figures

    @needs("ab", "apache2-utils")
    def test_ab_with_a_connection_for_each_request(self):
        self.assertNotIn("Keep-Alive requests", self.ab(1000))

    @needs("ab", "apache2-utils")
    def test_ab_with_keep_alive_is_never_sent_away(self):
        self.assertEqual(self.ab(2000, "-k")["Keep-Alive requests"], "2000")

    @needs("wrk", "wrk")
    def test_wrk_sees_no_error(self):
        report = run("wrk", "-t1", "-c64", "-d1", self.url("/plaintext")).stdout.decode()
        self.assertGreater(int(re.search(r"(\d+) requests in", report)[1]), 0, report)
        self.assertNotIn("Socket errors", report)
        self.assertNotIn("Non-2xx", report)

    def h2load(self, count, *flags):
        report = run("h2load", "--h1", "-n", count, "-c", 20, *flags,
                     self.url("/plaintext")).stdout.decode()
        self.assertIn(f"{count} total, {count} started, {count} done, {count} succeeded, "
                      "0 failed, 0 errored, 0 timeout", report)
        self.assertIn(f"status codes: {count} 2xx", report)

    @needs("h2load", "nghttp2-client")
    def test_h2load_with_one_request_at_a_time(self):
        self.h2load(2000, "-m", 1)

    @needs("h2load", "nghttp2-client")
    def test_h2load_with_sixteen_requests_pipelined(self):
        self.h2load(4000, "-m", 16)


class Libraries:
    def http_client(self):
        client = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        self.addCleanup(client.close)
        return client

    def test_http_client_reuses_its_connection(self):
        client = self.http_client()
        client.connect()
        socket = client.sock
        for number in range(50):
            client.request("GET", f"/users/{number}")
            self.assertEqual(client.getresponse().read(), f"user {number}\n".encode())
            self.assertIs(client.sock, socket)

    def test_http_client_reads_json(self):
        client = self.http_client()
        client.request("GET", "/json")
        self.assertEqual(json.load(client.getresponse()), {"message": "Hello, World!"})

    def test_http_client_uploads_with_a_length_and_in_chunks(self):
        client = self.http_client()
        pieces = [LARGE[at:at + 7001] for at in range(0, len(LARGE), 7001)]
        for body, chunked in ((LARGE, False), (iter(pieces), True)):
            client.request("POST", "/echo", body, encode_chunked=chunked,
                           headers={"Transfer-Encoding": "chunked"} if chunked else {})
            answer = client.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, LARGE))

    def test_http_client_hears_a_refusal_although_it_sends_the_whole_body_first(self):
        for path, size, status in [("/echo", (1 << 20) + 1, 413), ("/echo", 8 << 20, 413),
                                   ("/nowhere", 8 << 20, 404)] * 5:
            client = self.http_client()
            client.request("POST", path, bytes(size))
            self.assertEqual(client.getresponse().status, status)

    @needs("node", "nodejs")
    def test_node_reuses_connections_and_streams_a_body(self):
        seen = json.loads(run("node", NODE_CLIENT, self.server.port).stdout)
        self.assertEqual(seen, {"answers": 200, "wrong": 0, "connections": 8, "echoed": True})
