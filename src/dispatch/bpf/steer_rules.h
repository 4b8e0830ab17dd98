/* How the eBPF program is to choose: written by the supervisor, read by the program at each
 * connection. Plain C, since both include it. */
#pragma once

#ifdef __cplusplus
#include <cstdint>
using steer_u64 = std::uint64_t;
#else
typedef unsigned long long steer_u64;
#endif

enum steer_mode { steer_by_load, steer_by_address, steer_by_chance };

struct steer_rules {
  steer_u64 workers;  /* entries of the table in use; 0: nobody is chosen, the hash decides */
  steer_u64 mode;     /* a steer_mode */
  steer_u64 stall_ns; /* who is in a turn for longer gets nothing */
  steer_u64 way_us;   /* what a connection on its way counts for; also what being in a turn does */
};
