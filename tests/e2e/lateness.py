"""How late the machine itself is, which is nobody's fault."""

import subprocess
import sys

# Until its input ends; then, the longest that it was kept from running.
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
    """Measures while it is entered; then `late` is the worst, in seconds."""

    def __enter__(self):
        self._sleeper = subprocess.Popen(
            [sys.executable, "-c", _SLEEPER], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.late = float(self._sleeper.communicate()[0])
