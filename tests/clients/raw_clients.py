"""What a client sees on the wire, byte by byte: the playground's promises, kept on any driver."""

import json
import os
import random
import time

from playground import Connection, connections, request

MEBIBYTE = 1 << 20
SEED = int(os.environ.get("SHOAL_SEED", "3"))


class Answers:
    def ask(self, *words, **fields):
        with Connection(self.server.port) as client:
            client.send(request(*words, **fields))
            return client.answer(to_head=words[0] == "HEAD")

    def test_json_is_exact_and_says_what_it_is(self):
        answer = self.ask("GET", "/json")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.body, b'{"message":"Hello, World!"}')
        self.assertEqual(answer.fields["content-type"], "application/json")

    def test_plaintext_is_text_with_a_length_and_a_date(self):
        answer = self.ask("GET", "/plaintext")
        self.assertEqual((answer.version, answer.status, answer.body),
                         ("HTTP/1.1", 200, b"Hello, World!"))
        self.assertEqual(answer.fields["content-type"].partition(";")[0], "text/plain")
        self.assertRegex(answer.fields["date"], r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_whoami_names_process_worker_and_driver(self):
        answer = self.ask("GET", "/whoami")
        self.assertEqual(answer.fields["content-type"], "application/json")
        who = json.loads(answer.body)
        self.assertEqual(set(who), {"pid", "node", "worker", "cpu", "driver", "generation"})
        self.assertEqual(who["driver"], self.driver)

    def test_head_is_get_without_the_body(self):
        head, get = self.ask("HEAD", "/plaintext"), self.ask("GET", "/plaintext")
        for answer in (head, get):
            answer.fields.pop("date")
        self.assertEqual((head.status, head.fields), (get.status, get.fields))

    def test_an_unknown_path_gets_404_and_another_method_405_with_allow(self):
        self.assertEqual(self.ask("GET", "/nowhere").status, 404)
        self.assertEqual(self.ask("GET", "/").status, 404)
        for method, path, allowed in (("DELETE", "/plaintext", "GET, HEAD, OPTIONS"),
                                      ("GET", "/echo", "POST, OPTIONS")):
            answer = self.ask(method, path)
            self.assertEqual((answer.status, answer.fields["allow"]), (405, allowed))

    def test_options_lists_the_methods_of_a_path_and_of_the_server(self):
        answer = self.ask("OPTIONS", "/echo")
        self.assertEqual((answer.status, answer.fields["allow"]), (204, "POST, OPTIONS"))
        self.assertIn("GET", self.ask("OPTIONS", "*").fields["allow"].split(", "))

    def test_a_number_of_64_bits_is_a_user_and_one_more_is_not(self):
        answer = self.ask("GET", "/users/18446744073709551615")
        self.assertEqual((answer.status, answer.body), (200, b"user 18446744073709551615\n"))
        for text in ("18446744073709551616", "-1", "1x", "", "%31x"):
            self.assertEqual(self.ask("GET", f"/users/{text}").status, 404, text)

    def test_a_bad_request_gets_400_and_the_connection_is_closed(self):
        for bad in (b"nonsense\r\n\r\n",
                    b"GET /plaintext HTTP/1.1\r\n\r\n",
                    b"GET /plaintext HTTP/1.1\r\nHost : test\r\n\r\n",
                    b"GET /plaintext HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                    b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n",
                    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"):
            with self.subTest(bad), Connection(self.server.port) as client:
                client.send(bad)
                answer = client.answer()
                self.assertEqual((answer.status, answer.fields["connection"]), (400, "close"))
                self.assertTrue(client.ended())


class Conversations:
    def test_one_connection_serves_three_hundred_requests(self):
        with Connection(self.server.port) as client:
            for number in range(300):
                answer = client.get(f"/users/{number}")
                self.assertEqual(answer.body, f"user {number}\n".encode())
                self.assertNotIn("connection", answer.fields)

    def test_close_is_answered_and_heeded(self):
        with Connection(self.server.port) as client:
            client.send(request("GET", "/json", Connection="close"))
            self.assertEqual(client.answer().fields["connection"], "close")
            self.assertTrue(client.ended())

    def test_http_1_0_closes_unless_it_asks_for_keep_alive(self):
        with Connection(self.server.port) as client:
            for _ in range(3):
                client.send(request("GET", "/json", version="1.0", Connection="keep-alive"))
                answer = client.answer()
                self.assertEqual((answer.status, answer.fields["connection"]), (200, "keep-alive"))
            client.send(b"GET /json HTTP/1.0\r\n\r\n")
            self.assertEqual(client.answer().status, 200)
            self.assertTrue(client.ended())

    def test_two_hundred_pipelined_requests_in_odd_splits_are_answered_in_order(self):
        draw = random.Random(SEED)
        asked = [draw.choice((("GET", f"/users/{number}", b""),
                              ("POST", "/echo", draw.randbytes(draw.randrange(1, 3000))),
                              ("GET", f"/sleep/{draw.randrange(3)}", b""),
                              ("GET", "/nowhere", b""))) for number in range(200)]
        stream = b"".join(request(*one) for one in asked)
        with Connection(self.server.port) as client:
            at = 0
            while at < len(stream):
                size = draw.choice((1, 2, 3, 17, 61, 509, 4093))
                client.send(stream[at:at + size])
                at += size
            for method, path, body in asked:
                answer, where = client.answer(), (SEED, method, path)
                if method == "POST":
                    self.assertEqual(answer.body, body, where)
                elif path.startswith("/users"):
                    self.assertEqual(answer.body.decode(), f"user {path[7:]}\n", where)
                elif path.startswith("/sleep"):
                    self.assertEqual(answer.body.decode(), f"slept {path[7:]} ms\n", where)
                else:
                    self.assertEqual(answer.status, 404, where)

    def test_a_body_is_invited_before_it_is_sent(self):
        with Connection(self.server.port) as client:
            for _ in range(2):
                client.send(request("POST", "/echo", Expect="100-continue", Content_Length=5))
                self.assertEqual(client.answer().status, 100)
                client.send(b"hello")
                self.assertEqual(client.answer().body, b"hello")

    def test_a_body_of_one_mebibyte_is_echoed_and_one_byte_more_gets_413(self):
        body = random.Random(SEED).randbytes(MEBIBYTE)
        with Connection(self.server.port) as client:
            client.send(request("POST", "/echo", body))
            answer = client.answer()
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.body == body)  # a difference would fill the screen
        with Connection(self.server.port) as client:
            client.send(request("POST", "/echo", body + b"!"))
            self.assertEqual(client.answer().status, 413)

    def test_a_body_that_is_announced_too_large_is_not_invited(self):
        with Connection(self.server.port) as client:
            client.send(request("POST", "/echo", Expect="100-continue",
                                Content_Length=MEBIBYTE + 1))
            self.assertEqual(client.answer().status, 413)


class Crowds:
    def test_five_hundred_connections_at_once_are_all_served(self):
        with connections(self.server.port, 500) as clients:
            for first in (1000, 2000):
                for number, client in enumerate(clients, first):
                    client.send(request("GET", f"/users/{number}"))
                for number, client in enumerate(clients, first):
                    self.assertEqual(client.answer().body, f"user {number}\n".encode())

    def test_a_hundred_sleepers_sleep_at_the_same_time(self):
        with connections(self.server.port, 100) as clients:
            began = time.monotonic()
            for client in clients:
                client.send(request("GET", "/sleep/200"))
            for client in clients:
                self.assertEqual(client.answer().body, b"slept 200 ms\n")
            self.assertLess(time.monotonic() - began, 100 * 0.200 / 5)

    def test_a_client_that_reads_byte_by_byte_gets_the_whole_body(self):
        body = random.Random(SEED).randbytes(MEBIBYTE // 8)
        with Connection(self.server.port, receive_buffer=4096) as client:
            client.send(request("POST", "/echo", body))
            seen = bytearray()
            while not seen.endswith(b"\r\n\r\n"):
                seen += client.socket.recv(1)
            seen.clear()
            while len(seen) < len(body):
                seen += client.socket.recv(1)
            self.assertTrue(seen == body)

    def test_resets_in_the_middle_of_uploads_harm_nobody(self):
        with Connection(self.server.port) as witness:
            before = json.loads(witness.get("/whoami").body)
            for sent in range(0, 100_000, 4_999):
                victim = Connection(self.server.port)
                victim.send(request("POST", "/echo", Content_Length=500_000) + bytes(sent))
                victim.reset()
                self.assertEqual(witness.get("/plaintext").body, b"Hello, World!")
            after = json.loads(witness.get("/whoami").body)
        # Its connection may have gone to another worker of the process meanwhile.
        self.assertEqual(after["pid"], before["pid"])
