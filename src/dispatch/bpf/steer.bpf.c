/* Chooses the worker that can serve a new connection soonest. Runs in the kernel, at the connection's
 * first packet, once for each; its answer is an index into the sockets of one address.
 *
 * By load: the least work, where a connection that was given and not yet taken counts as work, and so
 * does being inside a turn, for as long as that has lasted already. It looks from a random place, so
 * that ties do not herd, at 64 workers at most. By address: the worker whose hash with it is highest
 * (rendezvous), so that only those move whose worker has gone. By chance: any of those 64.
 *
 * Workers can write anything into the table. So a number is clamped, and whoever has had twice its
 * fair share of the last decisions gets none until the others have had theirs: a worker that claims to
 * be idle for ever attracts no more. Those counts are in a map that only this program reaches.
 *
 * If nobody may be chosen, the kernel's hash decides, as it would without us. */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/if_ether.h>

#include "steer_rules.h"

#define MOST_LOOKS 64         /* cache lines read for one connection */
#define TURNS 16              /* decisions of an epoch, for each eligible worker */
#define MOST_ON_WAY 1024      /* more than that is a lie or a flood */
#define MOST_WORK_US 60000000 /* a minute */
#define MOST_WEIGHT 1000000
#define SECOND 1000000000ULL

/* struct steer_entry of steer_table.h. */
struct entry {
  __u64 turn_began_ns;
  __u64 work_us;
  __u64 taken;
  __u64 given;
  __u64 state;
  __u64 weight;
  __u64 given_at_ns;
  __u64 reserved;
};

/* An epoch ends when each eligible worker has had TURNS decisions on average. */
struct epoch {
  __u64 number;
  __u64 decisions;
  __u64 eligible; /* at the last decision */
};

struct share {
  __u64 epoch;
  __u64 decisions;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* the loader says how many */
  __type(key, __u32);
  __type(value, struct entry);
} steer_table SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct steer_rules);
} steer_rules SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct epoch);
} steer_epoch SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct share);
} steer_shares SEC(".maps");

/* The sockets of one address; all other maps are shared by the programs of all addresses. */
struct {
  __uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} steer_sockets SEC(".maps");

struct search {
  struct steer_rules rules;
  __u64 now_ns;
  __u64 key;   /* of the client's address */
  __u64 epoch; /* the number of the present one */
  __u64 best_load;
  __u64 best_score;
  __u32 start;
  __u32 best;
  __u32 found;
  __u32 eligible;
};

/* random_source(x).next() of base/random.h: `sticky` in the supervisor chooses the same worker. */
static __always_inline __u64 mix(__u64 x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

static __always_inline __u64 at_most(__u64 x, __u64 most) { return x < most ? x : most; }

static __always_inline int may_be_chosen(const struct entry *e) {
  return e != 0 && e->state == 1 && e->weight != 0;
}

/* 0: it is in none. A turn that began in the future has just begun. */
static __always_inline __u64 turn_age(const struct entry *e, __u64 now_ns) {
  __u64 began = e->turn_began_ns;
  if (began == 0) return 0;
  return began < now_ns ? now_ns - began : 1;
}

static __always_inline __u64 on_way_to(const struct entry *e, __u64 now_ns) {
  __u64 on_way = e->given - e->taken;
  if (on_way > (1ULL << 62)) return 0; /* it has taken what others gave */
  on_way = at_most(on_way, MOST_ON_WAY);
  __u64 since = now_ns - e->given_at_ns;
  return since < on_way * SECOND || since > (1ULL << 62) ? on_way : 0;
}

static __always_inline __u64 load_of(const struct entry *e, __u64 age_ns, const struct search *s) {
  __u64 way_us = s->rules.way_us;
  __u64 load = at_most(e->work_us, MOST_WORK_US) + (on_way_to(e, s->now_ns) + 1) * way_us;
  if (age_ns != 0) load += way_us + age_ns / 1000;
  return load * 16 / at_most(e->weight, MOST_WEIGHT);
}

static __always_inline int has_had_its_share(__u32 worker, __u64 epoch) {
  struct share *s = bpf_map_lookup_elem(&steer_shares, &worker);
  return s != 0 && s->epoch == epoch && s->decisions >= 2 * TURNS;
}

static long look_at_load(__u32 step, void *context) {
  struct search *s = context;
  __u32 worker = s->start + step;
  if (worker >= s->rules.workers) worker -= s->rules.workers;
  const struct entry *e = bpf_map_lookup_elem(&steer_table, &worker);
  if (!may_be_chosen(e)) return 0;
  __u64 age_ns = turn_age(e, s->now_ns);
  if (age_ns > s->rules.stall_ns) return 0;
  s->eligible += 1;
  __u64 load = s->rules.mode == steer_by_chance ? bpf_get_prandom_u32()
                                                : load_of(e, age_ns, s);
  if (s->found && load >= s->best_load) return 0;
  if (has_had_its_share(worker, s->epoch)) return 0;
  s->found = 1;
  s->best = worker;
  s->best_load = load;
  return 0;
}

static long look_at_hash(__u32 worker, void *context) {
  struct search *s = context;
  const struct entry *e = bpf_map_lookup_elem(&steer_table, &worker);
  if (!may_be_chosen(e)) return 0;
  __u64 score = mix(s->key ^ mix(worker));
  if (s->found && score <= s->best_score) return 0;
  s->found = 1;
  s->best = worker;
  s->best_score = score;
  return 0;
}

static __always_inline __u64 key_of_client(struct sk_reuseport_md *packet) {
  __u64 address[2] = {0, 0};
  if (packet->eth_protocol == bpf_htons(ETH_P_IP)) {
    bpf_skb_load_bytes_relative(packet, 12, address, 4, BPF_HDR_START_NET);
  } else {
    bpf_skb_load_bytes_relative(packet, 8, address, 16, BPF_HDR_START_NET);
  }
  return mix(address[0] ^ mix(address[1]));
}

/* Several CPUs may be here at once and lose each other's counts: they only bound a liar's share. */
static __always_inline void count(struct epoch *now, const struct search *s) {
  now->eligible = s->eligible;
  struct share *mine = bpf_map_lookup_elem(&steer_shares, &s->best);
  if (mine != 0) {
    if (mine->epoch != now->number) {
      mine->epoch = now->number;
      mine->decisions = 0;
    }
    mine->decisions += 1;
  }
  now->decisions += 1;
  if (now->decisions < TURNS * now->eligible) return;
  now->number += 1;
  now->decisions = 0;
}

SEC("sk_reuseport")
int steer(struct sk_reuseport_md *packet) {
  const __u32 only = 0;
  const struct steer_rules *rules = bpf_map_lookup_elem(&steer_rules, &only);
  struct epoch *epoch = bpf_map_lookup_elem(&steer_epoch, &only);
  if (rules == 0 || epoch == 0 || rules->workers == 0) return SK_PASS;

  struct search s = {.rules = *rules, .epoch = epoch->number};
  if (s.rules.mode == steer_by_address) {
    s.key = key_of_client(packet);
    bpf_loop(s.rules.workers, look_at_hash, &s, 0);
  } else {
    s.now_ns = bpf_ktime_get_ns();
    s.start = bpf_get_prandom_u32() % s.rules.workers;
    bpf_loop(at_most(s.rules.workers, MOST_LOOKS), look_at_load, &s, 0);
  }
  if (s.found == 0) return SK_PASS;
  if (bpf_sk_select_reuseport(packet, &steer_sockets, &s.best, 0) != 0) return SK_PASS;

  struct entry *chosen = bpf_map_lookup_elem(&steer_table, &s.best);
  if (chosen != 0) {
    __sync_fetch_and_add(&chosen->given, 1);
    chosen->given_at_ns = bpf_ktime_get_ns();
  }
  if (s.rules.mode == steer_by_load) count(epoch, &s);
  return SK_PASS;
}

char _license[] SEC("license") = "Apache-2.0"; /* it uses no helper that asks for GPL */
