"""The base of the end-to-end tests."""

import atexit
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import build
from build import timing
from collectd import STREAM, Collectd, plugin_block, relay_block
from process import Process, free_port, wait_for
from prometheus import Prometheus, skip_without_rules
from relay import Relay

__all__ = ["STREAM", "Collectd", "Process", "Prometheus", "Relay", "TestCase",
           "build", "free_port", "network_library", "plugin_block",
           "preload_library", "private_folder", "relay_block", "timing", "wait_for"]


def private_folder():
    """A new private folder, removed at exit unless HOLYSHEEP_E2E_KEEP is
    set."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="holysheep-e2e-"))
    if not os.environ.get("HOLYSHEEP_E2E_KEEP"):
        atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def preload_library(name):
    """Compiles preload_<name>.c into a library that is preloaded into
    collectd."""
    library = private_folder() / f"{name}.so"
    subprocess.run([os.environ.get("CC", "gcc"), "-shared", "-fPIC", "-O2",
                    "-o", library, pathlib.Path(__file__).parent / f"preload_{name}.c"
                    ], check=True)
    return library


def network_library():
    """Network faults that no test can rely on finding outside."""
    return preload_library("network")


class TestCase(unittest.TestCase):
    """Starts processes that are stopped, checked and removed after the
    test."""

    alone = False  # timing-sensitive: no other test may run at the same time
    idle = False  # waits for most of its time, next to the others
    smoke = False  # part of `make check`

    def start_relay(self, **options):
        relay = Relay(private_folder(), **options)
        self.addCleanup(relay.kill)
        return relay.start()

    def key_file(self, key="sk-test-main", mode=0o600):
        path = private_folder() / "key"
        path.write_text(key + "\n")
        path.chmod(mode)
        return path

    def make_collectd(self, config="", **options):
        collectd = Collectd(private_folder(), config, **options)
        self.addCleanup(collectd.kill)
        return collectd

    def start_collectd(self, config="", **options):
        """A collectd that must exit cleanly at the end of the test."""
        collectd = self.make_collectd(config, **options)
        collectd.start()
        self.addCleanup(self.stop_clean, collectd)
        return collectd

    def stop_clean(self, collectd):
        """Stops it: the exit code is 0, and no checker reports anything."""
        if collectd.code is not None and collectd.child.returncode == 0:
            return 0
        seconds, code = collectd.stop(60 * build.slack())
        self.assertEqual(code, 0, collectd.explain())
        self.check_reports(collectd)
        return seconds

    def check_reports(self, collectd):
        """Fails if valgrind or a sanitizer reported anything."""
        text = collectd.reports_text()
        if text:
            self.fail(text)

    def start_prometheus(self, target, **options):
        if options.get("rules"):
            skip_without_rules()
        prometheus = Prometheus(private_folder(), target, **options)
        self.addCleanup(prometheus.kill)
        return prometheus.start()
