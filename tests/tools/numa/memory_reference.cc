// Plain loops to hold the figures of `shoal numa` against: nothing of the project is in them.
//
//   memory_reference MIB [huge|small] [CORE]
//   memory_reference between CORE CORE
//
// Prints nanoseconds for a load that waits for the one before, along a random cycle through all
// lines, and GiB a second of reading, filling and copying; or nanoseconds that a word takes from
// one core to the other, and a wake by eventfd. The medians of 15.
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const int repeats = 15;
static const size_t line_words = 8;

static double median(double* values) {
  std::sort(values, values + repeats);
  return values[repeats / 2];
}

static volatile uint64_t sink;

static double latency_ns(uint64_t* memory, size_t lines) {
  uint32_t* const order = (uint32_t*)malloc(lines * sizeof(uint32_t));
  for (size_t i = 0; i < lines; i++) order[i] = (uint32_t)i;
  srandom(1);
  for (size_t i = lines - 1; i > 0; i--) {
    const size_t j = (((size_t)random() << 31) | (size_t)random()) % (i + 1);
    const uint32_t kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  for (size_t i = 0; i < lines; i++) {
    memory[(size_t)order[i] * line_words] = (size_t)order[(i + 1) % lines] * line_words;
  }
  free(order);
  size_t at = 0;
  for (size_t i = 0; i < (lines < 1000000 ? lines : 1000000); i++) at = memory[at];
  double values[repeats];
  for (int r = 0; r < repeats; r++) {
    const size_t loads = 500000;
    const double began = now();
    for (size_t i = 0; i < loads; i++) at = memory[at];
    values[r] = (now() - began) * 1e9 / (double)loads;
  }
  sink = at;
  return median(values);
}

static double gib_a_second(uint64_t* memory, size_t bytes, int motion) {
  double values[repeats];
  const size_t moved = motion == 2 ? bytes / 2 : bytes;
  size_t passes = ((size_t)64 << 20) / moved;
  if (passes == 0) passes = 1;
  for (int r = 0; r < repeats; r++) {
    const double began = now();
    for (size_t p = 0; p < passes; p++) {
      if (motion == 0) {
        uint64_t sum = 0;
        for (size_t i = 0; i < bytes / 8; i++) sum += memory[i];
        sink = sum;
      } else if (motion == 1) {
        memset(memory, (int)p + 1, bytes);
      } else {
        memcpy(memory, (char*)memory + bytes / 2, bytes / 2);
      }
      __asm__ volatile("" : : "r"(memory) : "memory");
    }
    values[r] = (double)(moved * passes) / (now() - began) / (double)(1 << 30);
  }
  return median(values);
}

static void run_on(int core) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) perror("core"), exit(1);
}

struct court {
  volatile uint64_t word __attribute__((aligned(128)));
  int there, back, other_core;
};

static const int exchanges = 2000;

static void* answer(void* of) {
  struct court* const c = (struct court*)of;
  run_on(c->other_core);
  for (uint64_t i = 0; i < (uint64_t)repeats * exchanges; i++) {
    while (c->word != 2 * i + 1) {
    }
    c->word = 2 * i + 2;
  }
  uint64_t rung;
  for (int i = 0; i < repeats * exchanges; i++) {
    if (read(c->there, &rung, 8) != 8 || write(c->back, &rung, 8) != 8) exit(1);
  }
  return NULL;
}

static int between(int a, int b) {
  struct court c = {0, eventfd(0, 0), eventfd(0, 0), b};
  pthread_t other;
  if (pthread_create(&other, NULL, answer, &c) != 0) return 1;
  run_on(a);
  double line[repeats], wake[repeats];
  uint64_t turn = 0;
  for (int r = 0; r < repeats; r++) {
    const double began = now();
    for (int i = 0; i < exchanges; i++) {
      c.word = ++turn;
      while (c.word != turn + 1) {
      }
      turn++;
    }
    line[r] = (now() - began) * 1e9 / (2.0 * exchanges);
  }
  uint64_t rung = 1;
  for (int r = 0; r < repeats; r++) {
    const double began = now();
    for (int i = 0; i < exchanges; i++) {
      rung = 1;
      if (write(c.there, &rung, 8) != 8 || read(c.back, &rung, 8) != 8) return 1;
    }
    wake[r] = (now() - began) * 1e9 / (2.0 * exchanges);
  }
  pthread_join(other, NULL);
  printf("cores %d and %d: line %.1f ns, wake %.0f ns\n", a, b, median(line), median(wake));
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "between") == 0) return between(atoi(argv[2]), atoi(argv[3]));
  const double mib = argc > 1 ? atof(argv[1]) : 256;
  const bool huge = argc <= 2 || strcmp(argv[2], "huge") == 0;
  run_on(argc > 3 ? atoi(argv[3]) : 0);
  const size_t bytes = (size_t)(mib * (1 << 20)) / 4096 * 4096;
  const size_t page = (size_t)2 << 20;
  const size_t reserved = (bytes + page - 1) / page * page;
  char* const mapping = (char*)mmap(NULL, reserved + page, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return perror("memory"), 1;
  char* const aligned = (char*)(((uintptr_t)mapping + page - 1) & ~(uintptr_t)(page - 1));
  madvise(aligned, reserved, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  memset(aligned, 1, bytes);
  uint64_t* const memory = (uint64_t*)aligned;
  const double ns = latency_ns(memory, bytes / 64);
  double rates[3];
  for (int motion = 0; motion < 3; motion++) rates[motion] = gib_a_second(memory, bytes, motion);
  printf("%g MiB, %s pages: latency %.2f ns, read %.2f, write %.2f, copy %.2f GiB/s\n", mib,
         huge ? "huge" : "small", ns, rates[0], rates[1], rates[2]);
  return 0;
}
