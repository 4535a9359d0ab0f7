"""Runs apps in turns, and prints the CPU time of each run in milliseconds: of Python and of the Node.js behind it."""
import json
import resource
import subprocess
import sys

pairs, *apps = sys.argv[1:]


def cpu_time(app: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, app], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


times = []
for index in range(int(pairs)):
    order = apps if index % 2 == 0 else list(reversed(apps))
    times.append({app: cpu_time(app) for app in order})
print(json.dumps([[time[app] for app in apps] for time in times]))
