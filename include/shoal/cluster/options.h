// What a program can set: here in code, in a file (max-body), in the environment (SHOAL_MAX_BODY)
// and as a flag (--max-body). One name for each; a flag wins over the environment, the environment
// over the file that --config or SHOAL_CONFIG names, the file over code.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace shoal {

/// Plain values; nothing here is looked at before app::run(), which checks all of them.
struct options {
  /// "ADDR:PORT" or "[IPV6]:PORT", numeric. Port 0: the kernel chooses one, for all workers alike.
  /// "unix:/run/app.sock": a socket at a path, for its owner and group (0660); it goes at the end.
  std::vector<std::string> listen{"127.0.0.1:8080"};

  unsigned nodes = 0;    ///< node processes; 0: one for each unit
  unsigned workers = 0;  ///< worker threads of each node process; 0: one for each core it may use

  /// What one node process stands for: numa (a NUMA node), llc (a last-level cache), package (a
  /// socket), core-group:N (so many cores of one NUMA node) or none (one process for all cores).
  std::string unit = "numa";
  /// How workers and memory are put on them (docs/placement.md): local, spread, pack, interleave,
  /// or remote, which is bad on purpose.
  std::string placement = "local";
  /// The memory policy of each node process, set before it touches anything: bind, preferred,
  /// interleave, weighted or default (the kernel's); auto: what the placement is about.
  std::string memory = "auto";
  unsigned threads_per_core = 0;  ///< of each physical core, that workers may have; 0: all
  /// What cannot be had as asked ends the start: as many units as node processes, pinning, memory
  /// policy. Off: a line says so, and the server makes do.
  bool strict = false;

  /// Where /sys and /proc describe the machine. Another tree than the kernel's is a rehearsal of
  /// another machine's shape, as far as its cores exist here.
  std::string topology_root = "/";

  std::string driver = "auto";     ///< auto, uring or epoll
  std::string log_level = "info";  ///< debug, info, warning, error or off
  /// text, or json: an object on each line, and what happens to processes as one more member of it
  /// (docs/logs.md).
  std::string log_format = "text";

  /// How a connection finds its worker: ebpf, cbpf, handoff, reuseport or shared; auto: the best
  /// one that is permitted and can do the policy. docs/dispatch.md says what each can do.
  std::string dispatch = "auto";
  /// Which worker that is: round-robin, random, p2c, least-loaded, least-connections, sticky,
  /// local, or kernel (whatever the kernel does); auto: least-loaded where the mechanism can.
  std::string policy = "auto";
  /// The key of policy sticky: address, forwarded (the first address in X-Forwarded-For),
  /// header:NAME or cookie:NAME. A connection moves to the worker of its process that its request's
  /// key belongs to, before that request is served.
  std::string sticky = "address";

  /// Threads of each node process for handlers that compute, which give way to its workers on the
  /// same cores; 0: one for each core that its workers have.
  unsigned compute_threads = 0;
  unsigned blocking_threads = 64;  ///< of each node process, at most, for calls that sleep
  /// A route whose handler holds its worker for longer than this is served by those threads, if it
  /// does not say otherwise; 0: none is.
  std::chrono::milliseconds offload_after{1};

  /// A worker in one turn for longer than this has its other connections served by its neighbours;
  /// 0: never.
  std::chrono::milliseconds lend_after{1};
  bool rebalance = true;  ///< connections move to workers with less to do
  /// Connections move to the NUMA node where their packets come in, if that has workers of its own;
  /// never under policy sticky.
  bool rehome = true;
  std::chrono::milliseconds stall_warn{25};        ///< a turn that lasts longer is logged
  std::chrono::milliseconds hang_timeout{30'000};  ///< a turn that lasts longer ends the process

  /// A line for each answer goes to this file; "-" is stdout, empty writes none. USR1 to the
  /// supervisor opens it again after somebody has moved it. A full disk loses lines, never
  /// requests.
  std::string access_log;
  std::string access_log_format = "combined";  ///< common, combined or json
  std::string access_log_query = "names";      ///< of queries: names alone, or their values too

  /// Whom node processes become before they see a request, by name or number, without capabilities
  /// and with no way back; empty: they stay who the supervisor is. The supervisor must be root
  /// then.
  std::string user;
  std::string group;  ///< the only one of them; empty: the user's own, with all that it is in

  /// What becomes of a node process that makes a system call which is on no list
  /// (docs/security.md): off: nothing; log: the kernel's log names it; kill: SIGSYS ends it.
  std::string seccomp = "off";
  std::vector<std::string> seccomp_allow;  ///< names or numbers of calls that handlers need besides

  /// Where the supervisor can be told what to do (docs/operating.md): a socket at this path, for
  /// its own user and root; auto: one in /run/shoal or $XDG_RUNTIME_DIR/shoal; none.
  std::string control = "auto";

  unsigned max_connections = 0;        ///< of each worker; 0: what the descriptor limit allows
  unsigned max_total_connections = 0;  ///< of all workers, each its share; 0: no further limit
  unsigned backlog = 4096;             ///< connections that may wait in each accept queue

  // What a client may send, in bytes or in number, before it is refused.
  unsigned max_request_line = 8 * 1024;  ///< 414; what proxies and browsers keep to
  unsigned max_head = 16 * 1024;         ///< request line and fields: 431; at most 65535
  unsigned max_fields = 100;             ///< header fields: 431; at most 128
  std::uint64_t max_body = 1024 * 1024;  ///< 413, unless the handler allows another number
  unsigned max_discard = 64 * 1024;  ///< of a body that its handler left, to keep the connection
  unsigned max_unsent = 64 * 1024;   ///< of answers that nobody takes; then no more are made
  unsigned max_requests = 0;         ///< on one connection; 0: any number

  // How long a client may take, and what it must manage meanwhile.
  std::chrono::milliseconds header_timeout{10'000};      ///< for a whole request head
  std::chrono::milliseconds body_timeout{10'000};        ///< between two reads of a body
  std::chrono::milliseconds request_timeout{60'000};     ///< for a whole body
  unsigned min_rate = 500;                               ///< bytes a second, both ways; 0: any
  std::chrono::milliseconds rate_grace{5'000};           ///< before a body must keep to that
  std::chrono::milliseconds keep_alive_timeout{65'000};  ///< between two requests
  std::chrono::milliseconds send_timeout{30'000};        ///< for an answer that nobody takes
  std::chrono::milliseconds half_close_timeout{2'000};   ///< for a handler whose client has ended
  std::chrono::milliseconds handler_timeout{0};          ///< for a handler: 503; 0: any time
  std::chrono::milliseconds max_connection_age{3'600'000};  ///< then it ends with its next answer

  std::chrono::milliseconds boot_timeout{30'000};  ///< from fork to ready; then killed
  std::chrono::milliseconds drain_delay{0};   ///< /readyz says no, all else goes on; then draining
  std::chrono::milliseconds close_spread{0};  ///< over which draining ends connections
  std::chrono::milliseconds drain_timeout{30'000};  ///< from the begin of draining; then killed

  /// Node processes are replaced, one after another and as in a reload, when one has served so
  /// many requests, is so old (both with a tenth more or less for each), or holds so much memory.
  /// 0: never.
  unsigned recycle_requests = 0;
  std::chrono::milliseconds recycle_age{0};
  std::uint64_t recycle_memory = 0;  ///< bytes that are resident

  /// Of a reload: its new processes first serve so many percent of all connections for so long.
  /// They take over if no more of their answers fail than so many percent beyond those of the
  /// processes that serve the rest, and no more than one in a hundred takes longer than so many
  /// times what 99 of a hundred take there; else the old ones go on. Share 0: they take over at
  /// once.
  unsigned canary_share = 0;
  std::chrono::milliseconds canary_window{10'000};
  unsigned canary_errors = 1;
  unsigned canary_p99 = 2;

  /// A node process that dies is replaced at once if it had been ready for `healthy_after`, if it
  /// was killed with SIGKILL, or if somebody told it to go. Else the next one waits restart_delay,
  /// doubled with each failure in a row up to restart_delay_limit. More than restart_limit boots
  /// that fail within restart_period end the cluster.
  std::chrono::milliseconds healthy_after{1'000};
  std::chrono::milliseconds restart_delay{100};
  std::chrono::milliseconds restart_delay_limit{15'000};
  unsigned restart_limit = 5;
  std::chrono::milliseconds restart_period{30'000};
};

}  // namespace shoal
