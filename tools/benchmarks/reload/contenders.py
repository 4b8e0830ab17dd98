"""Servers with two processes, and the signal that tells each to replace them."""

import dataclasses
import signal

from benchmarks import clusters
from benchmarks.machine import Trouble
from benchmarks.servers import Contender, choose, contenders as wire_contenders

NAMES = ["shoal", "shoal epoll", "nginx", "haproxy", "node rr"]
PROCESSES = 2  # of each; HAProxy has one with as many threads

# To the process that was started: what `nginx -s reload` and a unit of systemd send.
SIGNALS = {"nginx": signal.SIGHUP, "haproxy": signal.SIGUSR2}

HAPROXY = """
global
  nbthread 2
  maxconn 4096
  stats socket {directory}/admin mode 600 level admin expose-fd listeners
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
frontend all
  bind 127.0.0.1:{port} backlog 4096
  http-request return status 200 content-type text/plain string "Hello, World!"
"""


def nginx(options):
    one = wire_contenders(options.build)["nginx"]
    return dataclasses.replace(one, config=one.config.replace("worker_processes 1", f"worker_processes {PROCESSES}"))


def haproxy(_options):
    return Contender("haproxy", ["haproxy", "-W", "-f", "{directory}/config"], "haproxy", config=HAPROXY)


PEERS = {"nginx": nginx, "haproxy": haproxy, "node rr": lambda options: clusters.peer(options, "node rr", PROCESSES)}


# What can put another program in its own place. HAProxy in master-worker mode executes itself at each reload;
# nginx does it as a daemon alone.
UPGRADABLE = ["shoal", "shoal epoll", "haproxy"]


def contenders(options):
    names = UPGRADABLE if options.upgrades else NAMES
    wanted = options.contenders.split(",") if options.contenders else names
    known = {}
    for name in wanted:
        if name not in PEERS and name not in clusters.WAYS:
            raise Trouble(f"'{name}' is not a contender; there are {', '.join([*clusters.WAYS, *PEERS])}")
        one = PEERS[name](options) if name in PEERS else clusters.shoal(options, name, PROCESSES, PROCESSES)
        if one:
            known[name] = one
        else:
            print(f"left out: {name} (this build does not know it)")
    return choose(known, list(known))


def signal_of(contender):
    return SIGNALS.get(contender.name, signal.SIGHUP)
