#!/usr/bin/env python3
"""The example that is a proxy, on each driver. Usage: proxy_example_test.py PROGRAM [TEST...]"""

import http.client
import http.server
import os
import socket
import struct
import sys
import threading
import unittest

from playground import DriverRefused, Playground

PROGRAM = sys.argv[1]
LARGE = b"".join(b"%d " % i for i in range(500_000))  # some 3 MB


# What a server may say, and then close; what the proxy makes of it: a status, or None where its own
# answer has begun and must not look whole.
VILE = {
    "/garbage": (b"\0\xffgarbage\r\n\r\n", 502),
    "/other": (b"SSH-2.0-OpenSSH_9.2\r\n", 502),
    "/silent": (b"", 502),
    "/two-lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 502),
    "/smuggle": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                 b"0\r\n\r\n", 502),
    "/switch": (b"HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 502),
    "/large-head": (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 502),
    "/cut": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", None),
    "/cut-chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", None),
    "/bad-chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nheXX", None),
    "/more": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nheHTTP/1.1 200 OK\r\n", 200),
}


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

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "12345")
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))


def be_vile(listener, resets):
    """One answer for each connection, which then ends."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            request = b""
            while b"\r\n\r\n" not in request and (piece := client.recv(65536)):
                request += piece
            if request:
                client.sendall(VILE[request.split()[1].decode()][0])
            if resets:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


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

    def test_says_504_where_the_server_does_not_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            os.environ["PROXY_PATIENCE"] = "1"
            try:
                alone = self.proxy(silent.getsockname()[1])
            finally:
                del os.environ["PROXY_PATIENCE"]
            try:
                answer, _ = self.ask("GET", "/", server=alone)
                self.assertEqual(answer.status, 504)
            finally:
                alone.stop()

    def test_survives_what_servers_say(self):
        for resets in (False, True):
            with socket.create_server(("127.0.0.1", 0)) as vile:
                threading.Thread(target=be_vile, args=(vile, resets), daemon=True).start()
                alone = self.proxy(vile.getsockname()[1])
                try:
                    for path, (_, status) in VILE.items():
                        with self.subTest(path, resets=resets):
                            self.assertEqual(self.outcome_of(path, alone), status)
                finally:
                    self.assertEqual(alone.stop(), (0, []))
                    vile.shutdown(socket.SHUT_RDWR)

    def outcome_of(self, path, server):
        """The status, or None for what ends too early."""
        try:
            return self.ask("GET", path, server=server)[0].status
        except (http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionResetError):
            return None

    def test_answers_head_with_the_length_of_get(self):
        answer, body = self.ask("HEAD", "/x")
        self.assertEqual((answer.getheader("Content-Length"), body), ("12345", b""))

    def test_goes_by_the_host_that_counts(self):
        _, body = self.ask("GET", "http://counts.example/x", headers={"Host": "ignored.example"})
        self.assertIn("host: counts.example", body.decode().lower())
        self.assertNotIn("ignored", body.decode())

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
        self.assertIn("via: 1.1 proxy", heard)

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
