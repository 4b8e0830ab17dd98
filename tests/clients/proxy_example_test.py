#!/usr/bin/env python3
"""The example that is a proxy, on each driver. Usage: proxy_example_test.py PROGRAM [TEST...]"""

import http.client
import http.server
import socket
import sys
import threading
import unittest

from playground import DriverRefused, Playground

PROGRAM = sys.argv[1]
LARGE = b"".join(b"%d " % i for i in range(500_000))  # some 3 MB


class Behind(http.server.BaseHTTPRequestHandler):
    """Says what it heard, or sends back what it was sent."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        body = LARGE if self.path == "/large" else f"{self.path}\n{self.headers}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Keep-Alive", "timeout=5")
        self.send_header("X-Behind", "yes")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))


class Proxied:
    server = None
    refusal = None

    @classmethod
    def setUpClass(cls):
        cls.behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Behind)
        cls.behind.daemon_threads = True
        threading.Thread(target=cls.behind.serve_forever, daemon=True).start()
        try:
            cls.server = cls.proxy(cls.behind.server_port)
        except DriverRefused as refused:
            cls.refusal = str(refused)

    @classmethod
    def proxy(cls, port):
        return Playground([PROGRAM, f"http://127.0.0.1:{port}"], "--driver", cls.driver,
                          "--workers", "1")

    @classmethod
    def tearDownClass(cls):
        if cls.server:
            cls.server.stop()
        cls.behind.shutdown()
        cls.behind.server_close()

    def setUp(self):
        if self.refusal:
            self.skipTest(self.refusal)

    def ask(self, verb, path, server=None, **more):
        client = http.client.HTTPConnection("127.0.0.1", (server or self.server).port, timeout=20)
        client.request(verb, path, **more)
        answer = client.getresponse()
        body = answer.read()
        client.close()
        return answer, body

    def test_passes_requests_on_without_what_is_for_one_hop(self):
        answer, body = self.ask("GET", "/a/b?c=d", headers={
            "X-Mine": "1", "X-Hop": "2", "Connection": "X-Hop", "X-Forwarded-For": "10.0.0.1"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.getheader("X-Behind"), "yes")
        self.assertIsNone(answer.getheader("Keep-Alive"))
        heard = body.decode().lower()
        self.assertTrue(heard.startswith("/a/b?c=d\n"), heard)
        self.assertIn("x-mine: 1", heard)
        self.assertNotIn("x-hop", heard)
        self.assertIn("x-forwarded-for: 10.0.0.1, 127.0.0.1", heard)

    def test_streams_both_ways(self):
        _, body = self.ask("GET", "/large")
        self.assertTrue(body == LARGE)
        answer, body = self.ask("POST", "/", body=LARGE)
        self.assertEqual(answer.status, 201)
        self.assertTrue(body == LARGE)

    def test_says_502_where_nobody_is_behind(self):
        with socket.socket() as taken:  # bound, so that nobody else gets the port; not listening
            taken.bind(("127.0.0.1", 0))
            alone = self.proxy(taken.getsockname()[1])
            try:
                answer, _ = self.ask("GET", "/", server=alone)
                self.assertEqual(answer.status, 502)
            finally:
                alone.stop()


class OnUring(Proxied, unittest.TestCase):
    driver = "uring"


class OnEpoll(Proxied, unittest.TestCase):
    driver = "epoll"


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
