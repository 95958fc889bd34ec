"""What `./bootstrap demo` runs."""

import os
import subprocess
import sys

from harness import TestCase, build, timing

DEMO = build.SRCDIR / "tests" / "demo" / "demo.py"
SECONDS = 45  # a busy machine is slow to start everything
# Expected output, in this order, each line with its time.
TOLD = [
    r"relay: healthy",
    r"  chat/completions  ok  ",
    r"  normal request    ok  .*  as expected: an answer",
    r"  wrong key         key_rejected  .*  as expected: a rejection",
    r"  unknown model     model_not_found  .*  as expected: a rejection",
    r"  list of models    ok  .*  as expected: a list",
    r"relay: the API key has expired",
    r"  models            key_expired  \(fault: account\)",
    r"PAGE HolySheepKeyRejected: demo: Relay demo has rejected the API key ",
]


class Demo(TestCase):
    def test_demo_runs_to_completion(self):
        if not timing():
            self.skipTest("a story that has its seconds")
        env = {name: value for name, value in os.environ.items()
               if name != "HOLYSHEEP_API_KEY"}
        done = subprocess.run(
            [sys.executable, DEMO, "--seconds", str(SECONDS)], env=env,
            capture_output=True, text=True, timeout=SECONDS + 120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        told = r"(?ms)\Athe page:     http\S+/consoles/holysheep\.html$" + "".join(
            rf".*^\d\d:\d\d {line}" for line in TOLD)
        self.assertRegex(done.stdout, told)
