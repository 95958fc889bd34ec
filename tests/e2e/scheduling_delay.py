"""Measures scheduling delays of the machine itself."""

import subprocess
import sys

# Runs until its input ends, then prints the longest time it was kept from
# running.
_SLEEPER = """
import select, sys, time
worst = 0
while True:
    begin = time.monotonic()
    if select.select([sys.stdin], [], [], 0.005)[0]:
        break
    worst = max(worst, time.monotonic() - begin - 0.005)
print(worst)
"""


class Machine:
    """A context manager: afterwards `late` is the longest delay in seconds."""

    def __enter__(self):
        self._sleeper = subprocess.Popen(
            [sys.executable, "-c", _SLEEPER], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.late = float(self._sleeper.communicate()[0])
