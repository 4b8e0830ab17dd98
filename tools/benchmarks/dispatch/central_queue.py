"""The best that any dispatch can do: one queue for all workers, first come, first served."""

import heapq
import random

LIGHT_SECONDS, HEAVY_SECONDS = 0.00005, 0.0201


def central_p99_ms(options, rate, requests=200_000, seed=1):
    """p99 of all requests, 5 % of which hold their worker for 20 ms, arriving at random."""
    draw = random.Random(seed)
    free = [0.0] * options.workers  # when each worker is free again
    now, times = 0.0, []
    for _ in range(requests):
        now += draw.expovariate(rate)
        service = HEAVY_SECONDS if draw.random() < 0.05 else LIGHT_SECONDS
        end = max(now, heapq.heappop(free)) + service
        heapq.heappush(free, end)
        times.append(end - now)
    times.sort()
    return times[int(0.99 * len(times))] * 1000
