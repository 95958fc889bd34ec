#!/usr/bin/env python3
"""Builds the packages from the tarball, inspects them, and installs Debian's
in a bare root, where collectd then probes the stand-in relay. `make
check-packages` runs this."""

import glob
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from bare_root import BareRoot  # noqa: E402
from build import SRCDIR  # noqa: E402
from exposition import Scrape  # noqa: E402
from harness import TestCase, private_folder  # noqa: E402
from process import Process, free_port, wait_for  # noqa: E402

import urllib.request  # noqa: E402

TARBALL = pathlib.Path(os.environ["HOLYSHEEP_TARBALL"])
PLUGIN = "/usr/lib/collectd/holysheep.so"
STATE = "/var/lib/collectd/holysheep.state"
KEY = "/etc/collectd/holysheep.key"
PAGE = "/etc/prometheus/consoles/holysheep.html"
CONF = "/etc/collectd/collectd.conf.d/holysheep.conf"


def run(*command, **options):
    """Runs a command and returns its output; the test fails if the command
    does."""
    done = subprocess.run(
        [str(part) for part in command], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n"
                             f"{done.stdout[-8000:]}")
    return done.stdout


def environment(**changes):
    """An environment for independent builds, without the variables of the
    calling make."""
    return {name: value for name, value in os.environ.items()
            if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
            and not name.startswith("HOLYSHEEP_")} | changes


def jobs():
    return f"-j{os.cpu_count() or 1}"


class Tarball(unittest.TestCase):
    """The tarball on a host with neither the tests' libraries nor perl."""

    ABSENT = "check libmicrohttpd gnutls"

    @classmethod
    def setUpClass(cls):
        cls.source = private_folder() / "source"
        cls.source.mkdir()
        run("tar", "-xf", TARBALL, "-C", cls.source, "--strip-components=1")
        pkg_config = cls.source.parent / "pkg-config"
        pkg_config.write_text(
            "#!/bin/sh\nfor argument; do\n"
            f"  case \" {cls.ABSENT} \" in\n"
            "  *\" ${argument%% *} \"*) exit 1 ;;\n  esac\ndone\n"
            'exec /usr/bin/pkg-config "$@"\n')
        pkg_config.chmod(0o755)
        cls.env = environment(PKG_CONFIG=str(pkg_config), PYTHON="",
                              POD2MAN="/nowhere/pod2man")

    def configure(self, *options):
        folder = private_folder()
        run(self.source / "configure", *options, cwd=folder, env=self.env)
        return folder

    def test_configure_names_missing_test_dependencies(self):
        with self.assertRaises(AssertionError) as said:
            self.configure()
        for name in ("check", "libmicrohttpd-dev", "libgnutls28-dev"):
            self.assertIn(f"(Debian: {name})", str(said.exception))

    def test_builds_without_test_dependencies_and_documentation(self):
        doc = {path: path.stat().st_mtime_ns
               for path in (self.source / "doc").iterdir()}
        folder = self.configure("--disable-tests")
        run("make", jobs(), "all", cwd=folder, env=self.env)
        self.assertEqual(doc, {path: path.stat().st_mtime_ns for path in
                               (self.source / "doc").iterdir()})
        self.assertTrue((folder / "src/.libs/holysheep.so").exists())
        self.assertFalse((folder / "tests/relay/holysheep-relay").exists())
        self.assertIn("--disable-tests", run("make", "check", cwd=folder,
                                             env=self.env))


class Deb:
    """Builds the packages twice: with tests, and in another folder without."""

    folders = []

    @classmethod
    def build(cls):
        if not cls.folders:
            for name, options in (("a", ""), ("another/folder", "nocheck")):
                folder = private_folder() / name
                run(SRCDIR / "packaging/build-deb", TARBALL, folder,
                    env=environment(DEB_BUILD_OPTIONS=options))
                cls.folders.append(folder)
        return cls.folders

    @classmethod
    def file(cls, name, folder=0):
        found = list(cls.build()[folder].glob(f"{name}_*.deb"))
        assert len(found) == 1, found
        return found[0]

    @classmethod
    def unpack(cls, name):
        folder = private_folder() / "deb"
        run("dpkg-deb", "-R", cls.file(name), folder)
        return folder


NAMES = ("collectd-holysheep", "collectd-holysheep-dashboards")


class DebianPackages(unittest.TestCase):
    def contents(self, name):
        listed = run("dpkg-deb", "-c", Deb.file(name)).splitlines()
        return [line.split()[5][1:] for line in listed
                if not line.startswith("d")]

    def test_builds_are_reproducible(self):
        for name in NAMES:
            with self.subTest(name):
                sums = {hashlib.sha256(Deb.file(name, folder).read_bytes()
                                       ).hexdigest() for folder in (0, 1)}
                self.assertEqual(len(sums), 1)

    def test_lintian_accepts_the_packages(self):
        changes = glob.glob(f"{Deb.build()[0]}/*.changes")
        run("lintian", "--allow-root", "--fail-on", "error,warning",
            "--info", *changes)

    def test_package_contents(self):
        files = self.contents("collectd-holysheep")
        for path in (PLUGIN, "/usr/bin/holysheep-check",
                     "/usr/share/collectd/types.holysheep.db",
                     "/usr/share/man/man5/collectd-holysheep.5.gz",
                     "/usr/share/man/man1/holysheep-check.1.gz",
                     "/usr/share/doc/collectd-holysheep/copyright",
                     "/usr/share/doc/collectd-holysheep/README.md",
                     "/usr/share/doc/collectd-holysheep/doc/fleet.md",
                     "/usr/share/doc/collectd-holysheep/examples/"
                     "holysheep.conf"):
            self.assertIn(path, files)
        self.assertEqual([path for path in files if path.endswith(".la")
                          or path.startswith("/etc")], [])
        files = self.contents("collectd-holysheep-dashboards")
        for pattern in ("/prometheus/prometheus.yml", "/prometheus/rules/",
                        "/alertmanager/", "/grafana/", "/runbooks/"):
            self.assertTrue([path for path in files if path.startswith(
                "/usr/share/collectd-holysheep" + pattern)], pattern)
        self.assertEqual([path for path in files if path.startswith("/etc")],
                         [PAGE])

    def test_package_dependencies(self):
        def field(name, what):
            return run("dpkg-deb", "-f", Deb.file(name), what).strip()
        depends = field("collectd-holysheep", "Depends")
        for pattern in (r"collectd-core \(>= 5\.12\)",
                        r"collectd-core \(<< 6~\)", r"libcurl4(t64)? \(>=",
                        r"libssl\d", r"libyajl2", r"libc6 \(>="):
            self.assertRegex(depends, pattern)
        self.assertNotRegex(depends, "gnutls|microhttpd|check")
        self.assertEqual(field("collectd-holysheep-dashboards",
                               "Architecture"), "all")
        self.assertEqual(field("collectd-holysheep-dashboards", "Depends"),
                         "")

    def test_packages_have_the_release_version(self):
        version = re.search(r"(?m)^AC_INIT\(.*\[(.*)\]\)",
                            (SRCDIR / "configure.ac").read_text())[1]
        name = Deb.file("collectd-holysheep").name
        self.assertTrue(name.startswith(f"collectd-holysheep_{version}"),
                        name)

    def test_binaries_are_hardened(self):
        folder = Deb.unpack("collectd-holysheep")
        for file in (PLUGIN, "/usr/bin/holysheep-check"):
            with self.subTest(file):
                told = run("readelf", "-W", "-h", "-l", "-d", "--dyn-syms",
                           f"{folder}{file}")
                for sign in (r"Type: +DYN", "GNU_RELRO", "BIND_NOW",
                             "__stack_chk_fail", r"__\w+_chk\b"):
                    self.assertRegex(told, sign)
                self.assertRegex(told, r"GNU_STACK.* RW ")


class Rpm(unittest.TestCase):
    """RPMs as far as Debian's rpmbuild can go: EPEL's packages are missing, so
    Debian's collectd headers stand in for them."""

    @classmethod
    def setUpClass(cls):
        cls.top = private_folder()
        shutil.copy(TARBALL, cls.top)
        cls.pack_collectd()
        run("rpmbuild", "-ta", "--nodeps", "--define", f"_topdir {cls.top}",
            "--define", "debug_package %{nil}", cls.top / TARBALL.name,
            env=environment())

    @classmethod
    def pack_collectd(cls):
        spec = (SRCDIR / "packaging/rpm/collectd-holysheep.spec.in"
                ).read_text()
        version = re.search(r"collectd_version (\S+)", spec)[1]
        release = private_folder() / f"collectd-{version}"
        headers = pathlib.Path("/usr/include/collectd")
        shutil.copytree(headers / "core", release / "src")
        shutil.copytree(headers / "liboconfig", release / "src/liboconfig",
                        dirs_exist_ok=True)
        (release / "configure").write_text("#!/bin/sh\n")
        (release / "configure").chmod(0o755)
        run("tar", "-cjf", cls.top / f"{release.name}.tar.bz2", "-C",
            release.parent, release.name)

    def query(self, name, *options):
        found = list(self.top.glob(f"RPMS/*/{name}-[0-9]*.rpm"))
        self.assertEqual(len(found), 1, found)
        return run("rpm", "-qp", *options, found[0]).splitlines()

    def test_package_contents(self):
        files = self.query("collectd-holysheep", "-l")
        for path in ("/usr/bin/holysheep-check",
                     "/usr/lib64/collectd/holysheep.so",
                     "/usr/share/collectd/types.holysheep.db"):
            self.assertIn(path, files)
        for pattern in (r"/man5/collectd-holysheep\.5",
                        r"/man1/holysheep-check\.1",
                        r"/examples/holysheep\.conf", r"/LICENSE$",
                        r"/README\.md$", r"/doc/fleet\.md$"):
            self.assertEqual(len([path for path in files
                                  if re.search(pattern, path)]), 1, pattern)
        self.assertFalse([path for path in files if path.endswith(".la")])
        files = self.query("collectd-holysheep-dashboards", "-l")
        self.assertIn("/usr/share/collectd-holysheep/prometheus/"
                      "prometheus.yml", files)
        self.assertIn(PAGE, files)
        self.assertEqual(self.query("collectd-holysheep-dashboards", "-c"),
                         [PAGE])

    def test_package_dependencies(self):
        needed = self.query("collectd-holysheep", "--requires")
        for line in ("collectd >= 5.12", "collectd < 6"):
            self.assertIn(line, needed)
        for library in ("libcurl.so.4", "libyajl.so.2", "libssl.so"):
            self.assertTrue([line for line in needed
                             if line.startswith(library)], needed)
        provided = self.query("collectd-holysheep", "--provides")
        self.assertFalse([line for line in provided if ".so" in line])
        self.assertIn("collectd-write_prometheus",
                      self.query("collectd-holysheep", "--recommends"))
        self.assertEqual(self.query("collectd-holysheep-dashboards", "--qf",
                                    "%{ARCH}"), ["noarch"])


def documented(first, text):
    """The README's block that begins with that line."""
    return re.search(rf"(?s)```apache\n({re.escape(first)}\n.*?)```", text)[1]


class InBareRoot(TestCase):
    """The whole life of a package: installation, values, upgrade, downgrade,
    removal and purge."""

    def setUp(self):
        self.relay = self.start_relay()
        folder = private_folder()
        self.root = BareRoot(folder)
        self.root.run("apt-get", "update")
        self.port = free_port()
        self.readme = (SRCDIR / "README.md").read_text()

    def configure(self, *lines):
        """Writes the README's configuration, with further lines in the relay's
        block."""
        block = documented("LoadPlugin holysheep", self.readme)
        lines = (f'BaseURL "{self.relay.url}"', *lines)
        block = block.replace('<Relay "main">\n', '<Relay "main">\n    '
                              + "\n    ".join(lines) + "\n")
        writer = documented("LoadPlugin write_prometheus", self.readme)
        self.root.write(CONF, block + writer.replace("9103", str(self.port)))

    def start(self):
        """Starts collectd like the host's service."""
        collectd = Process("collectd", self.root.command(
            "/usr/sbin/collectd", "-f"), private_folder())
        self.addCleanup(collectd.kill)
        return collectd.start()

    def scrape(self):
        url = f"http://127.0.0.1:{self.port}/metrics"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return Scrape(answer.read().decode())

    def wait_values(self, collectd):
        self.wait(lambda: self.scrape().verdict("main", "chat/completions"),
                  collectd, lambda seen: seen == ("ok", "none"))

    def wait(self, look, collectd, until=bool):
        return wait_for(look, 30, "collectd in the root", until,
                        collectd.explain)

    def spent_today(self):
        """Today's spending in the state file; None before there is any."""
        lines = (self.root.path / STATE.lstrip("/")).read_text().splitlines()
        return int(lines[1].split("\t")[1]) if len(lines) > 1 else None

    def check_still_probing(self, collectd):
        """Checks that the relay receives further requests."""
        seen = len(self.relay.journal())
        self.wait(lambda: len(self.relay.journal()), collectd,
                  lambda count: count > seen)

    def with_higher_version(self):
        """The same package with a higher version."""
        folder = Deb.unpack("collectd-holysheep")
        control = folder / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^Version: (.*)$", r"Version: \1+1",
                                  control.read_text()))
        later = folder.parent / "later.deb"
        run("dpkg-deb", "-b", "--root-owner-group", folder, later)
        return later

    def test_install_upgrade_downgrade_remove_purge(self):
        package = Deb.file("collectd-holysheep")
        later = self.with_higher_version()
        self.root.install(package, Deb.file("collectd-holysheep-dashboards"))
        # As in the README.
        self.root.run("install", "-m", "600", "/dev/stdin", KEY,
                      input="sk-test-main\n")
        self.configure()
        collectd = self.start()
        self.wait_values(collectd)
        self.assertEqual(collectd.stop()[1], 0)

        self.configure("Interval 1", "RetryInterval 1",
                       '<Chat "gpt-4o-mini">', "  Interval 1",
                       "  PromptPrice 0.15", "  CompletionPrice 0.60",
                       "  MaxCostPerDay 1", "</Chat>")
        collectd = self.start()
        self.wait(self.spent_today, collectd)
        for each in (later, package):
            with self.subTest(each.name):
                collectd = self.replace(collectd, each)
        self.remove(collectd)

    def replace(self, collectd, package):
        """Replaces the package under the running collectd, which must continue
        without loss."""
        self.root.install(package)
        self.check_still_probing(collectd)
        self.assertEqual(collectd.stop()[1], 0)
        before = self.spent_today()
        collectd = self.start()
        self.check_still_probing(collectd)
        self.wait(self.spent_today, collectd, lambda spent: spent > before)
        return collectd

    def remove(self, collectd):
        self.root.run("apt-get", "remove", "-y", *NAMES)
        self.check_still_probing(collectd)
        self.assertEqual(collectd.stop()[1], 0)
        self.assertFalse(self.root.exists(PLUGIN))
        self.assertGreater(self.spent_today(), 0)
        self.root.run("apt-get", "purge", "-y", *NAMES)
        for path in self.root.path.glob("tmp/*.deb"):
            path.unlink()
        # rrdtool, enabled in Debian's collectd.conf, has data from collectd.
        left = [path for path in self.root.find("holysheep")
                if not path.startswith("/var/lib/collectd/rrd/")]
        self.assertEqual(left, sorted([KEY, CONF]))


def main():
    missing = [name for name in ("debootstrap", "dpkg-buildpackage", "dh",
                                 "lintian", "rpmbuild")
               if not shutil.which(name)]
    if os.geteuid() != 0 or missing:
        sys.exit("check-packages: this needs root, and Debian's debootstrap, "
                 "dpkg-dev, debhelper, lintian and rpm"
                 + (f"; not found: {', '.join(missing)}" if missing else ""))
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
