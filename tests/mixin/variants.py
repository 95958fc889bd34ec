#!/usr/bin/env python3
"""Other values of config.libsonnet: for each file in `variants`, the rules are
generated with the members in its first line, and promtool plays its tests."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SRCDIR = pathlib.Path(__file__).resolve().parents[2]
MIXIN = SRCDIR / "dashboards" / "mixin"
VARIANTS = sorted((SRCDIR / "tests" / "mixin" / "variants").glob("*.yml"))
FIRST_LINE = "# config: "
# Only what a test reads: all of them take seconds.
GENERATE = """\
local lib = import 'lib.libsonnet';
{ 'rules/%(name)s': lib.file((import 'groups.libsonnet')['%(name)s']) }
"""


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise AssertionError(done.stdout)


def generate(folder, members, names):
    """These files of rules, with these members of the configuration."""
    mixin = folder / "mixin"
    shutil.copytree(MIXIN, mixin)
    config = mixin / "config.libsonnet"
    shipped = config.rename(mixin / "shipped.libsonnet")
    config.write_text(f"(import '{shipped.name}') + {members}\n")
    (folder / "rules").mkdir()
    for name in names:
        main = mixin / "main.jsonnet"
        main.write_text(GENERATE % {"name": name})
        run("jsonnet", "--string", "--multi", folder, main)


@unittest.skipUnless(shutil.which("jsonnet") and shutil.which("promtool"),
                     "jsonnet or promtool is not installed")
class Variants(unittest.TestCase):
    def test_variants(self):
        self.assertTrue(VARIANTS)
        for path in VARIANTS:
            with self.subTest(path.name), tempfile.TemporaryDirectory() as name:
                text = path.read_text()
                first = text.partition("\n")[0]
                self.assertTrue(first.startswith(FIRST_LINE))
                folder = pathlib.Path(name)
                generate(folder, first.removeprefix(FIRST_LINE),
                         re.findall(r"rules/(\w+\.yml)", text))
                tests = folder / path.name
                tests.write_text(text)
                run("promtool", "check", "rules",
                    *(folder / "rules").glob("*.yml"))
                run("promtool", "test", "rules", tests)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
