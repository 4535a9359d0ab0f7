"""Runs the Python programs of a file one after another in one process, for loading CDK anew would be most of the time.

python worker.py programs.json results.json
"""

import contextlib
import io
import json
import os
import runpy
import shutil
import sys
import traceback


def run(job):
    os.chdir(job["directory"])
    printed = io.StringIO()
    result = {}
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            app = runpy.run_path(job["file"])["app"]
        shutil.copytree(app.synth().directory, job["assembly"])
    except Exception:
        result["error"] = traceback.format_exc()
    return {"printed": printed.getvalue().rstrip("\n"), **result}


jobs, results = sys.argv[1:]
with open(jobs) as file:
    outcomes = [run(job) for job in json.load(file)]
with open(results, "w") as file:
    json.dump(outcomes, file)
