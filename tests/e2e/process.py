"""Processes that are gone when whoever started them is."""

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
    """Whether nobody else has been given it, in this process or in another:
    who has holds a socket of that name."""
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
    """A loopback port that nobody listens on, or is about to. It is below the
    range from which the kernel gives ports to clients, or a probe might take
    it."""
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
    """The last lines of a file, for a message."""
    try:
        text = pathlib.Path(path).read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def wait_for(look, timeout, what, until=bool, explain=lambda: ""):
    """Polls look() until until() of what it gives holds, and returns that.
    Fails with what was seen last, and with explain()'s text. `timeout` is
    what a quiet machine may take: a wait ends with what it waits for, so that
    patience with a busy one costs nothing."""
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
    """A child in a process group of its own, killed by the kernel when this
    thread ends. What it prints goes to `<name>.out` and `<name>.err`."""

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
        """The exit code; None while it runs."""
        return self.child.poll()

    def wait(self, timeout):
        code = self.child.wait(timeout)
        self._forget()
        return code

    def stop(self, timeout=60, signal_number=signal.SIGTERM):
        """Ends the process; how many seconds that took, and the code."""
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
        """A figure of /proc/PID/status, such as VmRSS (in KiB)."""
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
