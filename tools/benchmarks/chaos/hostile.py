"""Faults of clients and of whoever can open the control socket."""

import contextlib
import socket
import struct
import time
import types

from benchmarks import slow
from benchmarks.chaos.fault import Broken, fault

GET = b"GET /plaintext HTTP/1.1\r\nHost: chaos\r\n"
RESET = struct.pack("ii", 1, 0)
CROWD = 80  # the control socket takes 64

# (what is sent, how the answer begins)
WRONG = [
    (b"GET /plaintext HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 "),
    (GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"HTTP/1.1 400 "),
    (GET + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", b"HTTP/1.1 400 "),
    (GET + b"X: " + b"y" * 20_000 + b"\r\n\r\n", b"HTTP/1.1 431 "),
    (GET + b"a: b\r\n" * 200 + b"\r\n", b"HTTP/1.1 431 "),
    (b"GET /" + b"y" * 9_000 + b" HTTP/1.1\r\nHost: chaos\r\n\r\n", b"HTTP/1.1 414 "),
    (b"POST /echo HTTP/1.1\r\nHost: chaos\r\nContent-Length: 99999999\r\n\r\n", b"HTTP/1.1 413 "),
    (b"\0" * 64 + b"\r\n\r\n", b"HTTP/1.1 400 "),
    (GET + b"\r\n", b"HTTP/1.1 200 "),
]


def until_end(client):
    with contextlib.suppress(ConnectionResetError):  # more was sent than was read
        return b"".join(iter(lambda: client.recv(1 << 16), b""))
    return b""


@fault("garbage", "RST at any moment, half-close, nonsense")
def garbage(world):
    for _ in range(world.draw.randrange(5, 30)):
        world.draw.choice([nonsense, reset, half_close])(world)
    return "each got what it deserves"


def nonsense(world):
    sent, expected = world.draw.choice(WRONG)
    with world.connect() as client:
        client.sendall(sent)
        try:
            answer = client.recv(4096)
        except ConnectionResetError:
            return  # more was sent than was read: the answer may be overtaken
        if not answer.startswith(expected):
            raise Broken(f"the answer to {sent[:60]!r} is {answer[:60]!r}")


def reset(world):
    whole = GET + b"\r\n"
    with world.connect() as client:
        client.sendall(whole[:world.draw.randrange(len(whole) + 1)])
        time.sleep(world.draw.choice([0, 0.002]))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def half_close(world):
    times = world.draw.randrange(1, 60)
    with world.connect() as client:
        client.sendall((GET + b"\r\n") * times)
        client.shutdown(socket.SHUT_WR)
        answers = until_end(client)
    if answers.count(b"HTTP/1.1 200 OK\r\n") != times or answers.count(b"Hello, World!") != times:
        raise Broken(f"{times} requests and a half-close: {answers.count(b'Hello, World!')} answers")


@fault("slow", "slow clients: drip a header, never read")
def slowly(world):
    options = types.SimpleNamespace(build=world.victim.options.build, slow=200, ramp=0.5)
    with slow.slow_clients(options, world.victim) as told:
        time.sleep(world.draw.uniform(0.5, 3))
    return "held beside the others" if told["open"] else "thrown out"


@fault("control", "control socket: slow, huge, many")
def control(world):
    with contextlib.ExitStack() as open_ones:
        for i in range(CROWD):
            client = open_ones.enter_context(socket.socket(socket.AF_UNIX))
            client.settimeout(5)
            with contextlib.suppress(OSError):  # refused or ended: its right
                client.connect(world.victim.control)
                client.sendall(world.draw.choice([b"", b"GET /v1/sta", world.draw.randbytes(100), b"x" * 10_000,
                                                  b"POST /v1/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
                                                  b"DELETE /v1/status HTTP/1.1\r\n\r\n"]))
            if i % 20 == 0:
                world.victim.ask("/plaintext")
        time.sleep(world.draw.uniform(0, 1))
    return "requests served beside it"


FAULTS = [garbage, slowly, control]
