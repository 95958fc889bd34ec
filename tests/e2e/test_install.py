"""make install and make uninstall, also under a running collectd."""

import os
import re
import subprocess

from harness import (TestCase, build, plugin_block, private_folder,
                     relay_block)

FAST = ("Interval 0.5", '<Models>\n  Path "/models"\n</Models>')


def make(*arguments):
    """Runs make in the build folder, without the variables of a make that runs
    these tests."""
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    subprocess.run(["make", "-s", "-C", build.BUILDDIR, *arguments],
                   check=True, capture_output=True, text=True, env=env)


class Install(TestCase):
    def setUp(self):
        self.root = private_folder()
        make("install", f"DESTDIR={self.root}")

    def files(self):
        return sorted(path for path in self.root.rglob("*")
                      if not path.is_dir())

    def one(self, name):
        found = [path for path in self.files() if path.name == name]
        self.assertEqual(len(found), 1, found)
        return found[0]

    def test_installed_files(self):
        self.assertEqual(
            [path.name for path in self.one("holysheep.so").parent.iterdir()],
            ["holysheep.so"])
        self.assertRegex(self.one("LICENSE").read_text(),
                         r"Copyright \(c\) 20\d\d ")
        for name in ("README.md", "CHANGELOG.md", "types.holysheep.db",
                     "holysheep-check", "holysheep-check.1"):
            self.assertGreater(self.one(name).stat().st_size, 0)
        # Where Debian's Prometheus looks, whatever the prefix.
        self.assertEqual(self.one("holysheep.html"), self.root / (
            "etc/prometheus/consoles/holysheep.html"))

    def test_readme_links_to_installed_pages(self):
        readme = self.one("README.md")
        linked = re.findall(r"\]\((doc/[^)#]+)", readme.read_text())
        self.assertGreater(len(linked), 5)
        for name in linked:
            with self.subTest(name):
                self.assertTrue((readme.parent / name).exists())

    def test_manual_has_the_installed_paths(self):
        manual = self.one("collectd-holysheep.5").read_text()
        self.assertNotIn("{{", manual)
        paths = manual.replace("\\-", "-")
        for name in ("holysheep.so", "types.holysheep.db", "prometheus.yml",
                     "migration.md", "fleet.md"):
            self.assertIn(f"/{self.one(name).relative_to(self.root)}", paths)
        self.assertEqual(re.findall(r'"/[^"]*[^\\]-[^"]*"', manual), [])

    def test_rules_and_staged_rules_are_installed(self):
        rules = self.one("staged.yml").parent.with_name("rules")
        for folder in rules, rules.with_name("rules-staged"):
            shipped = build.SRCDIR / "dashboards" / "prometheus" / folder.name
            self.assertEqual({path.name for path in folder.iterdir()},
                             {path.name for path in shipped.glob("*.yml")})

    def test_users_own_rules_are_left_alone(self):
        rules = self.one("staged.yml").parent.with_name("rules")
        own = [rules / "own.yml", rules.with_name("holysheep-overrides.yml")]
        for path in own:
            path.write_text("groups: []\n")
        make("install", f"DESTDIR={self.root}")
        make("uninstall", f"DESTDIR={self.root}")
        self.assertEqual(self.files(), sorted(own))

    def test_uninstall_removes_everything(self):
        self.assertGreater(len(self.files()), 30)
        make("uninstall", f"DESTDIR={self.root}")
        self.assertEqual(self.files(), [])
        self.assertEqual(list(self.root.rglob("collectd-holysheep")), [])

    def test_under_a_running_collectd(self):
        plugin = self.one("holysheep.so")
        relay = self.start_relay()
        collectd = self.start_collectd(
            plugin_block(relay_block("main", relay.url, *FAST,
                                     key_file=self.key_file())),
            plugin=plugin)
        collectd.wait_verdict("main", "models", "ok")
        before = plugin.stat().st_ino
        with open(plugin, "rb") as mapped:
            make("install", f"DESTDIR={self.root}")
            self.assertNotEqual(plugin.stat().st_ino, before)
            self.assertEqual(os.fstat(mapped.fileno()).st_nlink, 0)
        seen = len(relay.journal())
        collectd.wait_for(lambda: len(relay.journal()), 15, "further probes",
                          lambda count: count > seen + 2)
        self.assertEqual([path.name for path in plugin.parent.iterdir()],
                         ["holysheep.so"])
