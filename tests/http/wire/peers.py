"""Programs that others wrote, as servers of their own and as fronts of shoal's. All listen on unix
sockets below one directory, so no port is ever taken by somebody else."""

import contextlib
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from playground import PATIENCE, poll

ECHO_JS = pathlib.Path(__file__).with_name("echo.js")

NGINX = """
daemon off;
worker_processes 1;
pid {home}/pid;
error_log {home}/errors;
events {{ worker_connections 64; }}
http {{
  log_format told '$upstream_addr $request_method $request_uri';
  access_log {home}/requests told;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  keepalive_requests 1000000;
  lingering_close off;
  {http}
  server {{
    listen unix:{home}/socket;
    {server}
  }}
}}
"""
NGINX_ORIGIN = """
    add_header X-Saw "$request_method $request_uri" always;
    location / { return 200 "served"; }
"""
NGINX_UPSTREAM = "upstream shoal {{ server 127.0.0.1:{port}; keepalive 4; }}"
NGINX_FRONT = """
    location / {
      proxy_pass http://shoal;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_request_buffering off;
      proxy_next_upstream off;
      proxy_ignore_client_abort on;
    }
"""

HAPROXY = """
global
  nbthread 1
  log stdout len 65535 format raw local0
  tune.http.logurilen 16384
defaults
  mode http
  log global
  log-format "%s %HM %HU"
  option http-keep-alive
  http-reuse always
  retries 0
  timeout client 20s
  timeout server 20s
  timeout connect 20s
  timeout http-request 20s
frontend f
  bind unix@{home}/socket
  default_backend b
backend b
  server shoal 127.0.0.1:{port}
"""


def version_of(program, *flags):
    """The first number with a point that it tells, or None where it is not installed."""
    if not shutil.which(program):
        return None
    told = subprocess.run([program, *flags], capture_output=True, timeout=PATIENCE)
    return re.search(r"\d+(?:\.\d+)+", (told.stdout + told.stderr).decode())[0]


class Peer:
    """A process that listens on a unix socket until stop()."""

    def __init__(self, home, *words):
        self.home = home
        self.socket = home / "socket"
        self._log = (home / "log").open("w+b")
        self._process = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL,
                                         stdout=self._log, stderr=self._log, cwd=home)
        try:
            poll(self._listens, f"{words[0]} on {self.socket}")
        except BaseException:
            self.stop()
            raise

    def _listens(self):
        if self._process.poll() is not None:
            raise ChildProcessError((self.home / "log").read_text(errors="replace"))
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as attempt:
            attempt.connect(str(self.socket))
            return True
        return False

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def ask(self, data):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE)
            s.connect(str(self.socket))
            return exchange(s, data)


def connect_to_port(port):
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def exchange(s, data):
    """All that comes back until the other side closes; it hears that we have no more to say."""
    received = b""
    with contextlib.suppress(ConnectionError):  # closed before all was sent
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
    with contextlib.suppress(ConnectionError):
        while piece := s.recv(65536):
            received += piece
    return received


def new_home():
    home = pathlib.Path(tempfile.mkdtemp(prefix="shoal-wire-"))
    home.chmod(0o755)  # nginx's worker is nobody
    return home


def nginx(home, http="", server=NGINX_ORIGIN):
    conf = home / "nginx.conf"
    conf.write_text(NGINX.format(home=home, http=http, server=server))
    return Peer(home, "nginx", "-p", home, "-c", conf, "-e", home / "errors")


def nginx_front(home, port):
    return nginx(home, NGINX_UPSTREAM.format(port=port), NGINX_FRONT)


def haproxy_front(home, port):
    conf = home / "haproxy.cfg"
    conf.write_text(HAPROXY.format(home=home, port=port))
    return Peer(home, "haproxy", "-db", "-f", conf)


def node(home):
    return Peer(home, "node", ECHO_JS, home / "socket")


