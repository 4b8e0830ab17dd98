#!/usr/bin/env python3
"""What the HttpArena benchmarks check before they measure. Usage: arena_example_test.py PROGRAM [TEST...]"""

import gzip
import json
import pathlib
import random
import shutil
import sys
import tempfile
import unittest
import urllib.request

from example import Served
from playground import Connection, Playground, request

ITEMS = [{"id": n, "name": f'Widget "{n}"', "category": "tools", "price": 300 + n, "quantity": n, "active": n % 2 == 0,
          "tags": ["fast", "new"][:n % 3], "rating": {"score": 40 + n, "count": 100 * n}} for n in range(1, 51)]
FILES = {"app.js": ("text/javascript", b"let a = 1;\n" * 900), "reset.css": ("text/css", b"* { margin: 0 }\n" * 500),
         "manifest.json": ("application/json", b"{}"), "bold.woff2": ("font/woff2", bytes(range(256)) * 70)}


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in [*pieces, b""])


def post(body, *fields):
    return b"\r\n".join([b"POST /baseline11?a=13&b=42 HTTP/1.1", b"host: a", b"connection: close", *fields, b"", body])


SHAPES = {
    "GET": b"GET /baseline11?a=13&b=42 HTTP/1.1\r\nHost: a\r\nUser-Agent: t\r\nConnection: close\r\n\r\n",
    "a body with a length": post(b"20", b"content-type: text/plain", b"content-length: 2"),
    "a body in one chunk": post(chunked(b"20"), b"Transfer-Encoding: chunked"),
    "a body in two chunks": post(chunked(b"2", b"0"), b"Transfer-Encoding: chunked"),
}


class Arena(Served):
    @classmethod
    def start(cls):
        cls.data = pathlib.Path(tempfile.mkdtemp(prefix="arena-"))
        cls.addClassCleanup(shutil.rmtree, cls.data)
        (cls.data / "dataset.json").write_text(json.dumps(ITEMS))
        (cls.data / "static").mkdir()
        for name, (_, content) in FILES.items():
            (cls.data / "static" / name).write_bytes(content)
        (cls.data / "static/app.js.br").write_bytes(b"as if it were brotli")
        return Playground([sys.argv[1], str(cls.data)], "--driver", cls.driver, "--workers", "1")

    def test_adds_what_the_query_and_the_body_say(self):
        a, b, c = (random.randrange(100, 1000) for _ in range(3))
        path = f"/baseline11?a={a}&b={b}"
        self.assertEqual(self.ask("GET", path).body, str(a + b).encode())
        for body in (c, c + 1):
            answer = self.ask("POST", path, str(body).encode(), Content_Type="text/plain")
            self.assertEqual(answer.body, str(a + b + body).encode())
            self.assertTrue(answer.fields.get("content-type").startswith("text/plain"))

    def test_refuses_what_is_no_number(self):
        self.assertEqual(self.ask("GET", "/baseline11?a=13&b=x").status, 400)
        self.assertEqual(self.ask("GET", "/baseline11?a=13").status, 400)
        self.assertEqual(self.ask("POST", "/baseline11?a=1&b=2", b"three").status, 400)

    def test_a_request_may_be_cut_anywhere(self):
        with Connection(self.server.port) as other:
            for shape, text in SHAPES.items():
                for cut in range(1, len(text)):
                    with Connection(self.server.port) as client:
                        client.send(text[:cut])
                        other.send(request("GET", "/pipeline"))  # once that is answered, the first part has been read
                        other.answer()
                        client.send(text[cut:])
                        expected = b"55" if shape == "GET" else b"75"
                        self.assertEqual(client.answer().body, expected, f"{shape}, cut at {cut}")

    def test_sixteen_at_once_are_answered(self):
        with Connection(self.server.port) as client:
            client.send(request("GET", "/pipeline") * 16)
            self.assertEqual([client.answer().body for _ in range(16)], [b"ok"] * 16)

    def test_items_have_all_that_the_data_has_and_a_total(self):
        for count, times in ((1, 3), (12, 2), (31, 9), (50, 6)):
            answer, body = self.ask_json("GET", f"/json/{count}?m={times}")
            self.assertEqual(answer.fields.get("content-type"), "application/json")
            expected = [each | {"total": each["price"] * each["quantity"] * times} for each in ITEMS[:count]]
            self.assertEqual(body, {"items": expected, "count": count})
        self.assertEqual(self.ask("GET", "/json/51?m=1").status, 404)

    def test_items_are_compressed_for_who_takes_it(self):
        path = "/json/50?m=6"
        plain = self.ask("GET", path)
        self.assertIsNone(plain.fields.get("content-encoding"))
        url = f"http://127.0.0.1:{self.server.port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "gzip, br"})) as packed:
            self.assertEqual(packed.headers["Content-Encoding"], "gzip")
            self.assertEqual(gzip.decompress(packed.read()), plain.body)

    def test_counts_the_bytes_that_come(self):
        for size in (17, 500_000, 20 << 20):
            self.assertEqual(self.ask("POST", "/upload", bytes(size)).body, str(size).encode())

    def test_waits_for_as_long_as_it_is_asked(self):
        self.assertEqual(self.ask("GET", "/delay/0").body, b"0")
        with Connection(self.server.port) as late, Connection(self.server.port) as soon:
            late.send(request("GET", "/delay/60000"))
            soon.send(request("GET", "/delay/7"))
            self.assertEqual(soon.answer().body, b"7")

    def test_files_are_as_they_lie_there_or_packed_for_who_takes_it(self):
        for name, (kind, content) in FILES.items():
            answer = self.ask("GET", f"/static/{name}")
            self.assertEqual((answer.status, answer.body), (200, content))
            self.assertTrue(answer.fields.get("content-type").startswith(kind), answer.fields.get("content-type"))
        packed = self.ask("GET", "/static/app.js", Accept_Encoding="br;q=1, gzip;q=0.8")
        self.assertEqual((packed.fields.get("content-encoding"), packed.body), ("br", b"as if it were brotli"))
        self.assertEqual(self.ask("GET", "/static/nonexistent.txt").status, 404)


class Uring(Arena, unittest.TestCase):
    driver = "uring"


class Epoll(Arena, unittest.TestCase):
    driver = "epoll"


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
