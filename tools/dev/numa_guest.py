"""A machine with NUMA nodes, emulated by QEMU, on which Debian's cloud kernel runs our programs.

Its disk is an initramfs that is made for each boot: busybox, the programs and their libraries. Its
first serial line is the kernel's console, the second one a shell: a script goes in as a line of
base64, an exit code and what was printed come back. It needs neither root nor this machine's kernel.
"""

import base64
import dataclasses
import itertools
import os
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

QEMU, BUSYBOX = "qemu-system-x86_64", "/bin/busybox"
# Seconds that it runs: it takes five where nobody else does, and fifteen beside compilers. One in some
# twenty with six cores has hung there before its first timer interrupt.
BOOT_LIMIT_S, BOOTS = 60, 3

# A model without much is emulated fastest. `mitigations` are of no use to a guest that lives for a
# minute, and its clock is this machine's: nothing has to be found out about it.
CPU = "qemu64,+rdrand"
# And no huge pages: one lies on one node, and a stack that has got one (2 MiB) outweighs all other
# pages of a small server, however they are spread.
KERNEL_LINE = ("console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on "
               "tsc=reliable no_timer_check transparent_hugepage=never")

INIT = r"""#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir /dev/shm
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
ip link set lo up
ulimit -n 4096
stty -F /dev/ttyS1 raw -echo 115200
exec </dev/ttyS1 >/dev/ttyS1
echo ready
while read -r line; do
  echo "$line" | base64 -d >/tmp/script
  sh /tmp/script </dev/null >/tmp/output 2>&1
  echo "$? $(stat -c %s /tmp/output)"
  cat /tmp/output
done
poweroff -f
"""


class Missing(Exception):
    """Its text says what this machine does not have."""


class Gone(Exception):
    """The guest has ended, or says nothing."""


@dataclasses.dataclass(frozen=True)
class Node:
    cpus: int
    memory_mib: int


def check_machine(kernel):
    if shutil.which(QEMU) is None:
        raise Missing(f"there is no {QEMU} (Debian: qemu-system-x86)")
    if not Path(BUSYBOX).exists():
        raise Missing(f"there is no {BUSYBOX} (Debian: busybox-static)")
    if not kernel.exists():
        raise Missing(f"there is no kernel {kernel} (tools/test-numa fetches it with apt-get)")


def libraries_of(program):
    """None of a static one."""
    listed = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True).stdout
    return re.findall(r"(/\S+) \(0x", listed)


class Archive:
    """An initramfs: cpio in the format `newc`."""

    def __init__(self):
        self.parts, self.directories, self.count = [], {"."}, 0

    def add(self, path, data, mode=0o100755):
        path = path.lstrip("/")
        self.add_directory(os.path.dirname(path))
        self.write(path, data, mode)

    def add_directory(self, path):
        if path in ("", *self.directories):
            return
        self.add_directory(os.path.dirname(path))
        self.directories.add(path)
        self.write(path, b"", 0o040755)

    def add_device(self, path, major, minor):
        self.add_directory(os.path.dirname(path))
        self.write(path, b"", 0o020600, (major, minor))

    def write(self, path, data, mode, device=(0, 0)):
        self.count += 1
        name = path.encode() + b"\0"
        fields = (self.count, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self.parts += [head, bytes(-len(head) % 4), data, bytes(-len(data) % 4)]

    def bytes(self):
        self.write("TRAILER!!!", b"", 0)
        return b"".join(self.parts)


def make_initramfs(programs):
    """`programs` by their names in /bin."""
    archive = Archive()
    for directory in ("proc", "sys", "dev", "tmp", "run"):
        archive.add_directory(directory)
    archive.add_device("dev/console", 5, 1)
    archive.add("init", INIT.encode())
    libraries = set()
    for name, program in (programs | {"busybox": BUSYBOX}).items():
        archive.add(f"bin/{name}", Path(program).read_bytes())
        libraries.update(libraries_of(program))
    for library in sorted(libraries):
        archive.add(library, Path(library).read_bytes())
    return archive.bytes()


def numa_flags(nodes):
    """Each node with cores is a socket, as on real machines: no cache is shared between two. They
    stand in a row: neighbours are 20 from each other, the next 30."""
    with_cores = [node for node in nodes if node.cpus]
    each, sockets = with_cores[0].cpus, len(with_cores)
    flags = ["-m", str(sum(node.memory_mib for node in nodes)),
             "-smp", f"{each * sockets},sockets={sockets},cores={each},threads=1"]
    first = 0
    for number, node in enumerate(nodes):
        cpus = f",cpus={first}-{first + node.cpus - 1}" if node.cpus else ""
        first += node.cpus
        flags += ["-object", f"memory-backend-ram,id=m{number},size={node.memory_mib}M",
                  "-numa", f"node,nodeid={number},memdev=m{number}{cpus}"]
    for a, b in itertools.combinations(range(len(nodes)), 2):
        flags += ["-numa", f"dist,src={a},dst={b},val={10 + 10 * (b - a)}"]
    return flags


class Guest:
    """Boots when it is entered, and is gone when it is left."""

    def __init__(self, kernel, nodes, programs, scratch):
        self.kernel, self.nodes, self.programs, self.scratch = kernel, nodes, programs, scratch
        self.console = scratch / "console.log"

    def __enter__(self):
        (self.scratch / "initramfs").write_bytes(make_initramfs(self.programs))
        for left in reversed(range(BOOTS)):
            try:
                self.boot()
                return self
            except Gone:
                self.__exit__()
                if not left:
                    raise
            except BaseException:
                self.__exit__()
                raise

    def boot(self):
        self.qemu = subprocess.Popen(
            [QEMU, "-accel", "tcg", "-cpu", CPU, *numa_flags(self.nodes), "-kernel", self.kernel,
             "-initrd", self.scratch / "initramfs", "-append", KERNEL_LINE, "-nodefaults",
             "-no-user-config", "-no-reboot", "-display", "none", "-monitor", "none",
             "-serial", f"file:{self.console}", "-serial", "stdio"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            stderr=open(self.scratch / "qemu.log", "w"))
        if (said := self.read_line(BOOT_LIMIT_S)) != "ready":
            raise Gone(f"its shell says {said!r}")

    def __exit__(self, *_):
        self.qemu.kill()
        self.qemu.wait()

    def run(self, script, limit_s=60):
        """The exit code of a shell script, and all that it has printed."""
        self.qemu.stdin.write(base64.b64encode(script.encode()) + b"\n")
        code, size = self.read_line(limit_s).split()
        return int(code), self.read(int(size), limit_s).decode(errors="replace")

    def read_line(self, limit_s):
        line = b""
        while not line.endswith(b"\n"):
            line += self.read(1, limit_s)
        return line.decode().strip()

    def read(self, size, limit_s):
        found = b""
        deadline = Patience(self.qemu.pid, limit_s)
        while len(found) < size:
            if not select.select([self.qemu.stdout], [], [], 1)[0]:
                if deadline.is_over():
                    raise Gone(f"the guest says nothing for {limit_s} s: {self.last_words()}")
                continue
            piece = self.qemu.stdout.read(size - len(found))
            if not piece:
                raise Gone(f"the guest has ended: {self.last_words()}")
            found += piece
        return found

    def last_words(self):
        logs = (self.scratch / "qemu.log", self.console)
        text = "\n".join(log.read_text(errors="replace") for log in logs if log.exists())
        return " ".join(text.split()[-60:])


class Patience:
    """A deadline that waits while somebody has stopped the process."""

    def __init__(self, pid, limit_s):
        self.stat, self.left_s, self.last = Path(f"/proc/{pid}/stat"), limit_s, time.monotonic()

    def is_over(self):
        now = time.monotonic()
        if self.stat.read_text().rpartition(")")[2].split()[0] != "T":
            self.left_s -= now - self.last
        self.last = now
        return self.left_s <= 0
