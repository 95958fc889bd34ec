#!/usr/bin/env python3
"""Runs the end-to-end tests: each class in its own process, several in
parallel unless they are timing-sensitive; one more of those that mostly wait.
HOLYSHEEP_BUILDDIR and HOLYSHEEP_SRCDIR name the build and source folders."""

import argparse
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true",
                        help="only the few seconds that `make check` takes")
    checker = parser.add_mutually_exclusive_group()
    checker.add_argument("--valgrind", action="store_const", dest="mode",
                         const="valgrind", default="")
    checker.add_argument("--sanitizer", action="store_const", dest="mode",
                         const="sanitizer",
                         help="insist on a build with --enable-sanitizers")
    parser.add_argument("-k", metavar="PATTERN", action="append",
                        help="only tests whose name has this in it")
    parser.add_argument("-j", metavar="N", type=int, dest="jobs",
                        help="classes at a time")
    parser.add_argument("-v", action="store_true", dest="verbose",
                        help="name each test that passes")
    parser.add_argument("--worker", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("tests", nargs="*", metavar="TEST",
                        help="test_causes, test_causes.Tls, ...")
    return parser.parse_args()


def flatten(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from flatten(each)
        else:
            yield each


def load(arguments):
    """The requested tests."""
    loader = unittest.TestLoader()
    if arguments.k:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in arguments.k]
    names = ([name.removesuffix(".py") for name in arguments.tests]
             or sorted(path.stem for path in HERE.glob("test_*.py")))
    tests = list(flatten(loader.loadTestsFromNames(names)))
    if loader.errors:
        sys.exit("\n".join(loader.errors))
    return list({test.id(): test for test in tests if not arguments.smoke
                 or getattr(test, "smoke", False)}.values())


class Recorder(unittest.TestResult):
    """Writes a line of JSON for each finished test."""

    def __init__(self, path):
        super().__init__()
        self._file = open(path, "a", buffering=1)
        self._begin = 0.0
        self._seen = None

    def startTest(self, test):
        super().startTest(test)
        self._begin = time.monotonic()
        self._seen = ("passed", "")

    def stopTest(self, test):
        super().stopTest(test)
        self._write(test)
        self._seen = None

    def _write(self, test):
        outcome, text = self._seen
        self._file.write(json.dumps({
            "test": test.id(), "outcome": outcome, "text": text,
            "seconds": time.monotonic() - self._begin}) + "\n")

    def _note(self, test, outcome, text):
        outside = self._seen is None  # in setUpClass or tearDownClass
        if outside or self._seen[0] == "passed" or outcome == "failed":
            before = "" if outside else self._seen[1]
            self._seen = (outcome, before + text)
        if outside:
            self._begin = time.monotonic()
            self._write(test)
            self._seen = None

    def addError(self, test, err):
        self._note(test, "failed", "".join(traceback.format_exception(*err)))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._note(test, "failed", f"{subtest}\n" + "".join(
                traceback.format_exception(*err)))

    def addSkip(self, test, reason):
        self._note(test, "skipped", reason)


def work(arguments):
    """Runs the tests in a worker, and cleans up even after a signal."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    unittest.TestSuite(load(arguments)).run(Recorder(arguments.worker))


class Report:
    def __init__(self, verbose):
        self.count = {"passed": 0, "failed": 0, "skipped": 0}
        self._verbose = verbose

    def add(self, test, outcome, text, seconds=0.0):
        self.count[outcome] += 1
        if outcome == "passed" and not self._verbose:
            return
        print(f"{outcome:7} {seconds:6.1f} s  {test}", flush=True)
        if outcome != "passed":
            print(text, flush=True)

    def summary(self):
        if self.count["skipped"]:
            print(f"{self.count['skipped']} skipped")
        print(f"{self.count['passed']} passed, {self.count['failed']} failed")


class Worker:
    """A process that runs the tests of one class."""

    def __init__(self, number, arguments, tests, folder):
        from process import Process
        self.tests = tests
        self.results = folder / f"{number}.json"
        self.results.touch()
        options = ["--smoke"] if arguments.smoke else []
        self.process = Process(
            f"worker-{number}",
            [sys.executable, HERE / "run.py", "--worker", self.results,
             *options, *[test.id() for test in tests]], folder)
        self.process.start()

    def ended(self):
        return self.process.code is not None

    def tell(self, report):
        self.process.wait(1)
        told = [json.loads(line)
                for line in self.results.read_text().splitlines()]
        for result in told:
            report.add(**result)
        missing = ({test.id() for test in self.tests}
                   - {result["test"] for result in told})
        if missing and all(r["outcome"] == "passed" for r in told):
            for test in sorted(missing):
                report.add(test, "failed", "the test's process ended with "
                           f"{self.process.code}\n{self.process.explain()}")


def by_class(tests):
    groups = {}
    for test in tests:
        groups.setdefault(type(test), []).append(test)
    return groups


class Lane:
    """Groups of tests that run `jobs` at a time."""

    def __init__(self, groups, jobs):
        self._waiting = list(groups)
        self._jobs = jobs
        self._running = []

    def step(self, arguments, report, folder):
        """Starts and collects workers; false when all have ended."""
        while self._waiting and len(self._running) < self._jobs:
            number = len(list(folder.glob("*.json")))
            self._running.append(Worker(number, arguments,
                                        self._waiting.pop(0), folder))
        for worker in [each for each in self._running if each.ended()]:
            self._running.remove(worker)
            worker.tell(report)
        return bool(self._waiting or self._running)


def run(lanes, arguments, report, folder):
    """Runs lanes of tests next to each other."""
    while any([lane.step(arguments, report, folder) for lane in lanes]):
        time.sleep(0.05)


def main():
    arguments = parse_arguments()
    os.environ["HOLYSHEEP_E2E_MODE"] = (
        arguments.mode or os.environ.get("HOLYSHEEP_E2E_MODE", ""))
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.path.insert(0, str(HERE))
    if arguments.worker:
        return work(arguments)
    import build
    if arguments.mode == "sanitizer" and build.slack() == 1:
        sys.exit("holysheep.so was not built with --enable-sanitizers")
    jobs = arguments.jobs or (os.cpu_count() or 1) * (
        2 if build.timing() else 1)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="holysheep-e2e-"))
    os.environ["TMPDIR"] = str(folder)
    groups = by_class(load(arguments))
    alone, idle, others = [], [], []
    for each, tests in groups.items():
        (alone if getattr(each, "alone", False) else
         idle if getattr(each, "idle", False) else others).append(tests)
    report = Report(arguments.verbose)
    try:
        run([Lane(idle, 1), Lane(others, jobs)], arguments, report, folder)
        run([Lane(alone, 1)], arguments, report, folder)
    finally:
        if not os.environ.get("HOLYSHEEP_E2E_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
    report.summary()
    return 1 if report.count["failed"] or not groups else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
