"""The playground as a child process, and a client that sees every byte.

Nothing here sleeps for a time: a wait polls, and `PATIENCE` is the safety net that makes it fail.
"""

import collections
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 20  # seconds
DRIVER_REFUSED = 71  # exit code


def poll(condition, what):
    """The first truth that `condition` gives."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.005)
    return value


def is_alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


class DriverRefused(Exception):
    """What the program says when this machine does not permit a driver."""


class Playground:
    """Listens on a free port of 127.0.0.1 until stop(). `program` may be a list that has arguments."""

    def __init__(self, program, *flags):
        command = [program] if isinstance(program, str) else program
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0", *flags],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        try:
            ready = poll(self._ready, "the playground's ready line")
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        self.port = int(ready[1])

    def log(self):
        return os.pread(self._log.fileno(), 1 << 24, 0).decode(errors="replace")

    def _ready(self):
        code = self._process.poll()
        if code == DRIVER_REFUSED:
            raise DriverRefused(self.log().strip())
        if code is not None:
            raise ChildProcessError(f"ended with {code} before it was ready:\n{self.log()}")
        return re.search(r"ready: listening on 127\.0\.0\.1:(\d+)", self.log())

    def _children(self):
        pid = self._process.pid
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def stop(self):
        """TERM. The exit code, and which of its processes have outlived it."""
        children = self._children()
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return code, [pid for pid in children if is_alive(pid)]


Answer = collections.namedtuple("Answer", "version status fields body")


class Connection:
    """Sends what it is told and reads one answer at a time: a stray byte is an error, not noise."""

    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(("127.0.0.1", port))
        self._read = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def get(self, path):
        self.send(request("GET", path))
        return self.answer()

    def answer(self, to_head=False):
        """The next one, an interim one too. EOFError: the peer closed before its end."""
        while (end := self._read.find(b"\r\n\r\n")) < 0:
            self._more()
        head, self._read = self._read[:end], self._read[end + 4:]
        line, *lines = head.decode("ascii").split("\r\n")
        version, status, _ = line.split(" ", 2)
        fields = {name.lower(): value for name, value in (field.split(": ", 1) for field in lines)}
        bodyless = to_head or int(status) < 200 or int(status) in (204, 304)
        body = b"" if bodyless else self._exactly(int(fields["content-length"]))
        return Answer(version, int(status), fields, body)

    def ended(self):
        """The peer has closed and has sent nothing more."""
        return not self._read and self.socket.recv(1) == b""

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def _exactly(self, size):
        parts, missing = [self._read], size - len(self._read)
        while missing > 0:
            parts.append(self._receive(missing))
            missing -= len(parts[-1])
        whole = b"".join(parts)
        self._read = whole[size:]
        return whole[:size]

    def _more(self):
        self._read += self._receive(65536)

    def _receive(self, size):
        data = self.socket.recv(size)
        if not data:
            raise EOFError(f"closed after {self._read[:200]!r}")
        return data


def request(method, path, body=b"", version="1.1", **fields):
    """The bytes of one. Keywords are fields, with _ for -; a body brings its Content-Length."""
    lines = [f"{method} {path} HTTP/{version}", "Host: test"]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join(lines + ["", ""]).encode() + body


@contextlib.contextmanager
def connections(port, count):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Connection(port)) for _ in range(count)]
