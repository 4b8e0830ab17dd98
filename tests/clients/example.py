"""What the tests of the examples share: a server for each class, which has to end well."""

import http.client
import json
import sys

from playground import PATIENCE, Connection, DriverRefused, Playground, request


class Served:
    """`PROGRAM`, the first argument, serves all tests of a class on its `driver`."""

    server = None
    refusal = None

    @classmethod
    def setUpClass(cls):
        try:
            cls.server = cls.start()
        except DriverRefused as refused:
            cls.refusal = str(refused)

    @classmethod
    def tearDownClass(cls):
        if cls.server:
            stop(cls.server)

    @classmethod
    def start(cls):
        return Playground(sys.argv[1], "--driver", cls.driver, "--workers", "1")

    def setUp(self):
        if self.refusal:
            self.skipTest(self.refusal)

    def ask(self, method, path, body=b"", **fields):
        with Connection(self.server.port) as client:
            client.send(request(method, path, body, **fields))
            return client.answer()

    def ask_json(self, method, path, value=None, **fields):
        """The answer, and what its body says."""
        body = b"" if value is None else json.dumps(value).encode()
        if body:
            fields.setdefault("Content_Type", "application/json")
        answer = self.ask(method, path, body, **fields)
        return answer, json.loads(answer.body) if answer.body else None


def stop(server):
    ended = server.stop()
    if ended != (0, []):
        raise AssertionError(f"exit code and processes left: {ended}\n{server.log()}")


class Events:
    """Listens to Server-Sent Events."""

    def __init__(self, port, path):
        self._client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._client.request("GET", path)
        self.answer = self._client.getresponse()

    def next(self):
        """The fields of the next event; None when the stream has ended as it should."""
        fields = {}
        while line := self.answer.readline().decode():
            if line == "\n" and fields:
                return fields
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
        return None

    def close(self):
        self._client.close()
        self.answer.close()
