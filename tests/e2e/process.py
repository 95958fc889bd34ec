"""Child processes that do not outlive their parent."""

import atexit
import errno
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

import build

_running = []


@atexit.register
def _kill_all():
    for process in list(_running):
        process.kill()


_claims = {}


def _claim(port):
    """Reserves a port across all test processes, by holding an abstract socket
    of that name. False if it is taken."""
    if port in _claims:
        return False
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0holysheep-e2e-{port}")
    except OSError:
        claim.close()
        return False
    _claims[port] = claim
    return True


def free_port():
    """A loopback port that no test uses. It is below the kernel's ephemeral
    range, or a probe's connection might take it."""
    for _ in range(1000):
        port = random.randrange(12000, 32000)
        try:
            with socket.create_server(("127.0.0.1", port)):
                if _claim(port):
                    return port
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise RuntimeError("no free port")


def tail(path, lines=40):
    """The last lines of a file, for error messages."""
    try:
        text = pathlib.Path(path).read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def wait_for(look, timeout, what, until=bool, explain=lambda: ""):
    """Polls look() until until(result) is true, and returns the result. Fails
    with the last result and explain()'s text. `timeout` is for an idle machine
    and is multiplied: a longer limit costs nothing, because waiting ends as
    soon as the condition holds."""
    patience = timeout * max(4, build.slack())
    deadline = time.monotonic() + patience
    while True:
        try:
            seen = look()
            if until(seen):
                return seen
        except (OSError, LookupError) as error:
            seen = error
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience} s in vain for {what}; "
                                 f"seen last: {seen!r}\n{explain()}")
        time.sleep(0.05)


class Process:
    """A child in its own process group, killed by the kernel when this thread
    ends. Its output goes to `<name>.out` and `<name>.err`."""

    def __init__(self, name, argv, folder, env=None):
        self.name = name
        self.argv = [str(part) for part in argv]
        self.folder = pathlib.Path(folder)
        self.env = env
        self.out = self.folder / f"{name}.out"
        self.err = self.folder / f"{name}.err"
        self.child = None

    def start(self):
        with open(self.out, "ab") as out, open(self.err, "ab") as err:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.argv],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                cwd=self.folder, env=self.env, start_new_session=True)
        _running.append(self)
        return self

    @property
    def pid(self):
        return self.child.pid

    @property
    def code(self):
        """The exit code, or None while it runs."""
        return self.child.poll()

    def wait(self, timeout):
        code = self.child.wait(timeout)
        self._forget()
        return code

    def stop(self, timeout=60, signal_number=signal.SIGTERM):
        """Stops the process. Returns the seconds it took and the exit code."""
        begin = time.monotonic()
        if self.code is None:
            self.child.send_signal(signal_number)
        try:
            code = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"{self.name} was still running {timeout} s after the "
                f"signal\n{self.explain()}") from None
        self._forget()
        return time.monotonic() - begin, code

    def kill(self):
        if self.child is not None and self.code is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        self._forget()

    def _forget(self):
        if self in _running:
            _running.remove(self)

    def status(self, field):
        """A number from /proc/PID/status, such as VmRSS (in KiB)."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        for line in text.splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise LookupError(field)

    def command_line(self):
        return pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes()

    def explain(self):
        return "\n".join(f"--- {path.name}\n{tail(path)}"
                         for path in (self.out, self.err)
                         if path.exists() and path.stat().st_size > 0)
