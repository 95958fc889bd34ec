"""Runs holysheep-check."""

import json
import os
import subprocess
from typing import NamedTuple

import build
from collectd import checker, sanitizer_options
from harness import private_folder

KEY = "sk-test-Kq7Vw8Zr3Xt6Bn5"


class Checked(NamedTuple):
    code: int
    out: str
    err: str
    report: str  # from valgrind or a sanitizer

    @property
    def json(self):
        return json.loads(self.out)

    def scenario(self, name):
        return {s["scenario"]: s for s in self.json["scenarios"]}[name]


def environment(key, changes, reports):
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
           **sanitizer_options(reports), **changes}
    if key is not None:
        env["HOLYSHEEP_API_KEY"] = key
    return env


def run_check(*arguments, key=KEY, env=None, prefix=(), **options):
    """Further options are passed to subprocess.run()."""
    reports = private_folder() / "report"
    done = subprocess.run(
        [*prefix, *checker(reports), build.built("holysheep-check"),
         *map(str, arguments)],
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
           "stderr": subprocess.PIPE, "timeout": 120 * build.slack(),
           **options}, text=True, env=environment(key, env or {}, reports))
    found = [path.read_text(errors="replace")
             for path in reports.parent.glob("report.*")]
    return Checked(done.returncode, done.stdout, done.stderr,
                   "\n".join(filter(None, found)))
