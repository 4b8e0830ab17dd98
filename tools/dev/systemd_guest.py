"""A Debian with a real systemd as process 1, in namespaces of this machine's kernel.

The tree is made once (debootstrap); what a guest writes goes to memory and is gone with it. It has
processes, mounts, a network with nothing but lo, and a cgroup of its own. Clocks, kernel modules
and sysctls of the machine are out of its reach.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

# What shoal's programs are linked against, and systemd.
PACKAGES = "systemd,libabsl20220623,libbpf1,libstdc++6,liburing2,zlib1g"
RELEASE = "bookworm"
TOOLS = ["unshare", "nsenter", "setpriv", "pivot_root", "mount"]
CLONE_NEWNET = 0x40000000
BOOT_LIMIT_S = 60

# As process 1 of the new namespaces: mounts what systemd expects in a container, and becomes it.
STAGE = r"""
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$WORK"
mkdir "$WORK/upper" "$WORK/work" "$WORK/root"
mount -t overlay overlay -o "lowerdir=$TREE,upperdir=$WORK/upper,workdir=$WORK/work" "$WORK/root"
cp -a "$FILES/." "$WORK/root/"
cd "$WORK/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
for d in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
  mknod -m 666 "dev/${d% *}" c 1 "${d#* }"
done
mknod -m 666 dev/tty c 5 0
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
pivot_root . .
umount -l .
exec setpriv --bounding-set=-sys_module,-sys_time,-sys_boot,-syslog \
  env -i container=shoal-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=basic.target
"""


class Missing(Exception):
    """Its text says what this machine does not have."""


def cgroup_root():
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    raise Missing("no cgroup2 is mounted")


def check_machine():
    if os.geteuid() != 0:
        raise Missing("only root may boot a systemd")
    for tool in TOOLS:
        if shutil.which(tool) is None:
            raise Missing(f"there is no {tool}")
    if "overlay" not in Path("/proc/filesystems").read_text():
        raise Missing("this kernel has no overlayfs")
    cgroup_root()


def make_tree(tree):
    """Takes minutes the first time."""
    if (tree / "ready").exists():
        return
    if shutil.which("debootstrap") is None:
        raise Missing(f"there is neither a tree in {tree} nor debootstrap, which would make it")
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    print(f"Making {tree}", flush=True)
    # What it mounts is gone with it, however it ends.
    done = subprocess.run(["unshare", "--mount", "debootstrap", "--variant=minbase",
                           f"--include={PACKAGES}", RELEASE, str(tree), *mirror()],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Missing("debootstrap has failed: " + " ".join(done.stdout.splitlines()[-2:]))
    (tree / "ready").touch()


def mirror():
    """The one that this machine takes its own packages from."""
    source = Path("/etc/apt/sources.list.d/debian.sources")
    lines = source.read_text().splitlines() if source.exists() else []
    return [line.split()[1] for line in lines if line.startswith("URIs:")][:1]


class Guest:
    """Boots when it is entered, and is gone with all its processes when it is left."""

    def __init__(self, tree, files, work):
        self.tree, self.files, self.work = tree, files, work
        self.cgroup = cgroup_root() / f"shoal-test-systemd-{os.getpid()}"

    def __enter__(self):
        self.work.mkdir(parents=True, exist_ok=True)
        self.cgroup.mkdir()
        script = f"echo $$ >'{self.cgroup}/cgroup.procs'\nexec \"$@\""
        self.outside = subprocess.Popen(
            ["bash", "-c", script, "-", "unshare", "--pid", "--fork", "--kill-child", "--mount",
             "--uts", "--ipc", "--net", "--cgroup", "bash", "-c", STAGE],
            env=os.environ | {"TREE": str(self.tree), "FILES": str(self.files),
                              "WORK": str(self.work)},
            stdin=subprocess.DEVNULL, stdout=open(self.work.parent / "boot.log", "w"),
            stderr=subprocess.STDOUT)
        try:
            self.await_boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.outside.send_signal(signal.SIGKILL)  # takes process 1 with it, and that all others
        self.outside.wait()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not self.remove_cgroup():
            time.sleep(0.05)

    def remove_cgroup(self):
        try:
            for path, _, _ in os.walk(self.cgroup, topdown=False):
                os.rmdir(path)
            return True
        except OSError:
            return False

    def await_boot(self):
        deadline = time.monotonic() + BOOT_LIMIT_S
        while time.monotonic() < deadline:
            if self.outside.poll() is not None:
                break
            self.init = self.find_init()
            if self.init and self.has_booted():
                return
            time.sleep(0.1)
        log = (self.work.parent / "boot.log").read_text().strip().splitlines()
        raise Missing("systemd does not boot here: " + " ".join(log[-3:]))

    def has_booted(self):
        return self.run("systemctl", "is-active", "basic.target").stdout == "active\n"

    def find_init(self):
        children = Path(f"/proc/{self.outside.pid}/task/{self.outside.pid}/children").read_text()
        for pid in children.split():
            if Path(f"/proc/{pid}/comm").read_text() == "systemd\n":
                return pid
        return None

    def run(self, *command, limit=60):
        return subprocess.run(
            ["nsenter", "--target", self.init, "--mount", "--uts", "--ipc", "--net", "--pid",
             "--cgroup", "--root", "--wdns=/", "--", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=limit, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"})

    def enter_network(self):
        """Sockets of this program are the guest's from now on."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/proc/{self.init}/ns/net") as network:
            if libc.setns(network.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "cannot enter the guest's network")
