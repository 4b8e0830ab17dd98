"""The best that any dispatch can do: one queue for all workers, first come, first served."""

import json
import subprocess

MIX = "0.95:0.05ms,0.05:20.1ms"  # what the light and the blocking requests hold a worker for


def central_p99_ms(options, rate):
    """p99 of all requests, as `shoal simulate` computes it for random arrivals."""
    command = [str(options.build / "tools/shoal/shoal"), "simulate", "--json", "--mix", MIX, "--rate",
               str(rate), "--workers", str(options.workers), "--policy", "random"]
    told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return next(each for each in told["figures"] if each["policy"] == "central-queue")["all"]["p99_ms"]
