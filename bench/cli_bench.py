#!/usr/bin/env python3
"""Processor time of `noizy get tasks` beside `kubectl get tasks`: the same server, the same table, in turns.

    bench/cli_bench.py NOIZY [TASKS] [TURNS]
"""

import os
import resource
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(HERE)


def cost(arguments, env):
    """Processor milliseconds (user and system) and wall-clock milliseconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(arguments, env=env, stdout=subprocess.DEVNULL, check=True)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime), 1000 * wall


def fill(server, tasks):
    manifest = "\n---\n".join(grid.task(f"t{index}", "true", suspend=True) for index in range(tasks))
    server.noizy("create", "-f", "-", stdin=manifest)


def main(tasks, turns):
    server = grid.Grid("--no-agent", "--no-controllers")
    try:
        fill(server, tasks)
        commands = {"noizy": [grid.BINARY, "get", "tasks"], "kubectl": [grid.KUBECTL, "get", "tasks"]}
        for command in commands.values():
            cost(command, server.env)  # kubectl fills its discovery cache
        runs = {name: [] for name in commands}
        for _ in range(turns):
            for name, command in commands.items():
                runs[name].append(cost(command, server.env))
        cpu = {}
        for name, costs in runs.items():
            cpu[name] = statistics.median(one[0] for one in costs)
            print(f"{name:8} get tasks, {tasks} of them: {cpu[name]:6.1f} ms CPU, {statistics.median(one[1] for one in costs):6.1f} ms in all (medians of {turns})")
        print(f"ratio {cpu['noizy'] / cpu['kubectl']:.3f} (expected at most 0.2)")
    finally:
        server.close()


if __name__ == "__main__":
    os.environ["NOIZY_BINARY"] = os.path.abspath(sys.argv[1])
    os.environ.setdefault("NOIZY_SOURCE_DIR", SOURCE)
    sys.path.insert(0, os.path.join(SOURCE, "tests", "e2e"))
    import grid
    main(*(int(number) for number in (sys.argv[2:] + ["100", "20"][len(sys.argv) - 2:])[:2]))
