"""A small disk of our own for the access log. It ends with us, since nobody else sees it."""

import contextlib
import ctypes
import os
import tempfile
from pathlib import Path

MIB = 1 << 20
SIZE = 24 * MIB
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000

libc = ctypes.CDLL(None, use_errno=True)


def mount(path):
    """Why it could not be done; "" if it was."""
    steps = [lambda: libc.unshare(CLONE_NEWNS),
             lambda: libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None),
             lambda: libc.mount(b"chaos", os.fsencode(path), b"tmpfs", 0, f"size={SIZE}".encode())]
    for step in steps:
        if step() != 0:
            return os.strerror(ctypes.get_errno())
    return ""


class Disk:
    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="shoal-chaos-")
        self.path = Path(self.directory.name, "disk")
        self.path.mkdir()
        self.why_not = mount(self.path)
        self.log = self.path / "access.log"

    def fill(self):
        """To the last byte."""
        with open(self.path / "ballast", "ab", buffering=0) as ballast, contextlib.suppress(OSError):
            for size in (MIB, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(b"x" * size)

    def empty(self):
        (self.path / "ballast").unlink(missing_ok=True)

    def forget_log(self):
        """What was logged so far: whoever appends goes on at the beginning."""
        if self.log.exists():
            os.truncate(self.log, 0)

    def close(self):
        if not self.why_not:
            libc.umount2(os.fsencode(self.path), 2)  # MNT_DETACH: the server may have it open
        self.directory.cleanup()
