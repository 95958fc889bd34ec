#!/usr/bin/env python3
"""Makes a bare root of each Debian release, one after the other, runs there
what doc/fleet.md says of it, and prints a table. Needs root and
debootstrap. The roots are made from this machine's own mirror in a temporary
folder, or in HOLYSHEEP_ROOTS, where they are kept and used again; each step's
output goes to a file beside them."""

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


# What doc/fleet.md says of a release that the tests can run on as a whole,
WHOLE = [Step("demo", "./bootstrap demo --seconds 60"),
         Step("check", "./bootstrap check")]
# and of one that is older or newer than they were written for.
PART = [Step("build", "./bootstrap"),
        Step("packages", "./bootstrap packages"),
        Step("unit tests", "make check"),
        Step("end to end", f"{E2E} test_causes test_key test_outage test_rules "
             "test_alertmanager test_prometheus")]
RELEASES = {"bullseye": PART, "bookworm": WHOLE, "trixie": WHOLE, "sid": PART}

# In the table: a heading, and the packages that it is the version of.
VERSIONS = {"collectd": ["collectd-core"],
            "libcurl": ["libcurl4t64", "libcurl4"],
            "Prometheus": ["prometheus"],
            "Alertmanager": ["prometheus-alertmanager"]}

# In namespaces of its own: the mounts, and whatever a step leaves running,
# go with it.
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
    """Where this machine has its Debian packages from."""
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
    """Under another name until it is whole."""
    if root.exists():
        return
    partial = root.with_name(f"{root.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    subprocess.run(["debootstrap", "--variant=minbase", "--force-check-gpg",
                    release, partial, mirror()], check=True,
                   stdout=subprocess.DEVNULL)
    partial.rename(root)


def copy_source(root):
    """What is in the repository, as it is here now."""
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
    """Of the first of them that is there, without Debian's own part."""
    found = enter(root, "dpkg-query -W -f='${Version} ' "
                  f"{' '.join(packages)} || :", stdout=subprocess.PIPE,
                  stderr=subprocess.DEVNULL, text=True).stdout.split()
    return re.sub(r"^\d+:|[-+].*", "", found[0]) if found else "none"


def counts(text):
    """What the end-to-end tests said of themselves, if they ran."""
    skipped = re.findall(r"(?m)^(\d+) skipped$", text)
    passed = re.findall(r"(?m)^(\d+) passed, \d+ failed$", text)
    words = [f"{max(map(int, passed))} passed"] if passed else []
    return words + ([f"{max(map(int, skipped))} skipped"] if skipped else [])


def run_step(root, step, log):
    """What the table says of it, and whether it passed."""
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
    """A row of the table, and whether all passed."""
    root = folder / release
    print(f"{release}: debootstrap", flush=True)
    make_root(release, root)
    copy_source(root)
    said = []
    passed = True
    for step in RELEASES[release]:
        print(f"{release}: {step.command}", flush=True)
        words, passed = run_step(
            root, step, folder / f"{release}-{step.name.replace(' ', '-')}.log")
        said.append(words)
        print(f"  {words}", flush=True)
        if not passed:
            break
    versions = [version(root, names) for names in VERSIONS.values()]
    return [release, *versions, "; ".join(said)], passed


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
        if not kept and passed:  # the logs of what failed are worth a look
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
