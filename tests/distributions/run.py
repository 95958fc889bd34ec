#!/usr/bin/env python3
"""Makes a bare root of each Debian release in turn, runs the steps that
doc/fleet.md lists for it, and prints a table. Needs root and debootstrap. The
roots are made from this machine's own mirror in a temporary folder, or in
HOLYSHEEP_ROOTS, where they are kept and reused; each step's output goes to a
file beside them."""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

SOURCE = pathlib.Path(__file__).resolve().parents[2]
INSIDE = "/usr/src/collectd-holysheep"
E2E = "PATH=$PATH:/usr/sbin:/sbin python3 tests/e2e/run.py"


class Step(NamedTuple):
    name: str
    command: str


# The steps for a release on which all tests can run,
WHOLE = [Step("demo", "./bootstrap demo --seconds 60"),
         Step("check", "./bootstrap check")]
# and for one that is older or newer than the tests support.
PART = [Step("build", "./bootstrap"),
        Step("packages", "./bootstrap packages"),
        Step("unit tests", "make check"),
        Step("end to end", f"{E2E} test_causes test_key test_outage test_rules "
             "test_alertmanager test_prometheus")]
RELEASES = {"bullseye": PART, "bookworm": WHOLE, "trixie": WHOLE, "sid": PART}

# Columns of the table: a heading, and the packages whose version it shows.
VERSIONS = {"collectd": ["collectd-core"],
            "libcurl": ["libcurl4t64", "libcurl4"],
            "Prometheus": ["prometheus"],
            "Alertmanager": ["prometheus-alertmanager"]}

# In its own namespaces, so that mounts and any processes left by a step end
# with it.
ENTER = """\
mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
mount -t sysfs sysfs "$1/sys" && cp -L /etc/resolv.conf /etc/hosts "$1/etc" &&
exec env -i HOME=/root LANG=C.UTF-8 \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  chroot "$1" sh -c "cd '$2' && $3"
"""


def fail(text):
    sys.exit(f"check-distributions: {text}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("releases", nargs="*", metavar="RELEASE",
                        help=f"of {', '.join(RELEASES)}; all, if none is named")
    arguments = parser.parse_args()
    for name in arguments.releases:
        if name not in RELEASES:
            parser.error(f"{name}: not one of {', '.join(RELEASES)}")
    return arguments


def check_requirements():
    if os.geteuid() != 0:
        fail("needs root: it makes roots and changes into them")
    for program, package in (("debootstrap", "debootstrap"), ("git", "git"),
                             ("unshare", "util-linux")):
        if shutil.which(program) is None:
            fail(f"needs {program}: apt-get install {package}")


def mirror():
    """The mirror from which this machine gets its Debian packages."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)",
         "Created-By: Packages"], check=True, capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        label, _, uri = line.partition(" ")
        if label == "Debian":
            return uri
    fail("apt knows no mirror of Debian: is this Debian, and did it ever "
         "run apt-get update?")


def make_root(release, root):
    """Makes the root under another name until it is complete."""
    if root.exists():
        return
    partial = root.with_name(f"{root.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    subprocess.run(["debootstrap", "--variant=minbase", "--force-check-gpg",
                    release, partial, mirror()], check=True,
                   stdout=subprocess.DEVNULL)
    partial.rename(root)


def copy_source(root):
    """Copies the files of the repository, with uncommitted changes."""
    target = root / INSIDE.lstrip("/")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    listed = subprocess.run(
        ["git", "-C", SOURCE, "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], capture_output=True)
    if listed.returncode:
        fail("needs a checkout: git does not say which files are the source")
    for name in map(os.fsdecode, filter(None, listed.stdout.split(b"\0"))):
        if (SOURCE / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SOURCE / name, target / name)


def enter(root, command, **options):
    return subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
         ENTER, "sh", root, INSIDE, command], stdin=subprocess.DEVNULL,
        **options)


def version(root, packages):
    """The version of the first package that is installed, without the Debian
    revision."""
    found = enter(root, "dpkg-query -W -f='${Version} ' "
                  f"{' '.join(packages)} || :", stdout=subprocess.PIPE,
                  stderr=subprocess.DEVNULL, text=True).stdout.split()
    return re.sub(r"^\d+:|[-+].*", "", found[0]) if found else "none"


def counts(text):
    """The summary of the end-to-end tests, if they ran."""
    skipped = re.findall(r"(?m)^(\d+) skipped$", text)
    passed = re.findall(r"(?m)^(\d+) passed, \d+ failed$", text)
    words = [f"{max(map(int, passed))} passed"] if passed else []
    return words + ([f"{max(map(int, skipped))} skipped"] if skipped else [])


def run_step(root, step, log):
    """The table's cell for a step, and whether it passed."""
    begin = time.monotonic()
    with open(log, "w") as out:
        code = enter(root, step.command, stdout=out,
                     stderr=subprocess.STDOUT).returncode
    text = log.read_text(errors="replace")
    minutes = (time.monotonic() - begin) / 60
    words = [*counts(text), f"{minutes:.0f} min"]
    if code:
        print("\n".join(text.splitlines()[-60:]))
        words.insert(0, f"FAILED, see {log}")
    return f"{step.name}: {', '.join(words)}", code == 0


def run_release(release, folder):
    """A row of the table, and whether all steps passed."""
    root = folder / release
    print(f"{release}: debootstrap", flush=True)
    make_root(release, root)
    copy_source(root)
    results = []
    passed = True
    for step in RELEASES[release]:
        print(f"{release}: {step.command}", flush=True)
        words, passed = run_step(
            root, step, folder / f"{release}-{step.name.replace(' ', '-')}.log")
        results.append(words)
        print(f"  {words}", flush=True)
        if not passed:
            break
    versions = [version(root, names) for names in VERSIONS.values()]
    return [release, *versions, "; ".join(results)], passed


def print_table(rows):
    rows = [["release", *VERSIONS, "what was run"], *rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width)
                        for cell, width in zip(row, widths)).rstrip())


def run(releases, folder, keep):
    rows, passed = [], True
    for release in releases:
        row, well = run_release(release, folder)
        rows.append(row)
        passed = passed and well
        if not keep:
            shutil.rmtree(folder / release)
    print_table(rows)
    return passed


def main():
    arguments = parse_arguments()
    check_requirements()
    kept = os.environ.get("HOLYSHEEP_ROOTS")
    folder = pathlib.Path(kept or tempfile.mkdtemp(prefix="holysheep-roots-"))
    folder.mkdir(parents=True, exist_ok=True)
    passed = False
    try:
        passed = run(arguments.releases or RELEASES, folder.resolve(), kept)
    finally:
        if not kept and passed:  # keep the logs of failures
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
