"""A Debian system made by debootstrap, to install packages in."""

import os
import pathlib
import re
import shutil
import subprocess

_SOURCES = pathlib.Path("/etc/apt")


def suite():
    """This machine's suite."""
    text = pathlib.Path("/etc/os-release").read_text()
    return re.search(r'(?m)^VERSION_CODENAME="?(\w+)', text)[1]


def _own_sources():
    """This machine's own apt sources for the suite, and its mirror."""
    files = [_SOURCES / "sources.list", *_SOURCES.glob("sources.list.d/*")]
    files = [path for path in files if path.is_file() and re.search(
        rf"(?m)^(Suites:.*|deb .* ){suite()}\b", path.read_text())]
    for path in files:
        found = re.search(r"(?m)^(?:URIs: *|deb (?:\[.*\] )?)(\S+)",
                          path.read_text())
        if found:
            return files, found[1]
    raise LookupError(f"no mirror of {suite()} in {_SOURCES}")


def _make(path):
    """Makes a root in `path`, which does not exist until it is complete."""
    files, mirror = _own_sources()
    new = path.with_name(path.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    subprocess.run(["debootstrap", "--variant=minbase", suite(), new, mirror],
                   check=True, stdout=subprocess.DEVNULL)
    (new / "etc/apt/sources.list").unlink(missing_ok=True)
    for file in files:
        shutil.copy(file, new / file.relative_to("/"))
    new.rename(path)


class BareRoot:
    """A copy of a bare root in `folder`. HOLYSHEEP_ROOTS names a folder that
    keeps debootstrap's result under the suite's name."""

    def __init__(self, folder):
        kept = pathlib.Path(os.environ.get("HOLYSHEEP_ROOTS", folder))
        if not (kept / suite()).exists():
            kept.mkdir(parents=True, exist_ok=True)
            _make(kept / suite())
        self.path = folder / "root"
        subprocess.run(["cp", "-a", kept / suite(), self.path], check=True)
        # Debian packages start their services when installed.
        policy = self.path / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        # As on any host, because collectd resolves its own name.
        name = subprocess.run(["hostname"], check=True, capture_output=True,
                              text=True).stdout.strip()
        (self.path / "etc/hosts").write_text(
            f"127.0.0.1 localhost\n127.0.1.1 {name}.test {name}\n")

    def command(self, *arguments):
        """Runs with its own /proc, which ends with the command."""
        return ["unshare", "--mount", "sh", "-c",
                'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"',
                self.path, "env", "-i", "LC_ALL=C.UTF-8",
                "DEBIAN_FRONTEND=noninteractive", "HOME=/root",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
                "/sbin:/bin", *arguments]

    def run(self, *arguments, input=None):
        done = subprocess.run(self.command(*arguments), input=input, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=900)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.returncode}\n"
                                 f"{done.stdout}")
        return done.stdout

    def install(self, *packages):
        """Installs package files and what they recommend."""
        for package in packages:
            shutil.copy(package, self.path / "tmp")
        return self.run("apt-get", "install", "-y", "--allow-downgrades",
                        *(f"/tmp/{package.name}" for package in packages))

    def write(self, path, text):
        target = self.path / path.lstrip("/")
        target.write_text(text)

    def exists(self, path):
        return (self.path / path.lstrip("/")).exists()

    def find(self, name):
        """Paths of files and folders whose name contains `name`."""
        found = subprocess.run(
            ["find", self.path, "-xdev", "-path", self.path / "proc",
             "-prune", "-o", "-name", f"*{name}*", "-print"],
            check=True, capture_output=True, text=True).stdout.splitlines()
        return sorted("/" + str(pathlib.Path(path).relative_to(self.path))
                      for path in found)
