#!/usr/bin/env python3
"""Compares the documentation with the core's tables: everything in the tables
is documented, and nothing else is."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
os.environ.setdefault("HOLYSHEEP_BUILDDIR", os.getcwd())
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from build import BUILDDIR, SRCDIR  # noqa: E402

MANUAL = SRCDIR / "doc" / "collectd-holysheep.pod"
CHECK_MANUAL = SRCDIR / "doc" / "holysheep-check.pod"
EXAMPLES = SRCDIR / "collectd.conf.d"
README = SRCDIR / "README.md"
DOC = SRCDIR / "doc"
CONTRIBUTING = SRCDIR / "CONTRIBUTING.md"
SIMULATOR = SRCDIR / "tests" / "sim"
PAGES = [README, CONTRIBUTING, SRCDIR / "CHANGELOG.md",
         *DOC.glob("*.md"), *(SRCDIR / "dashboards").rglob("*.md"),
         SIMULATOR / "README.md"]
WRITTEN = [*PAGES, DOC / "collectd-holysheep.pod.in"]


def tables():
    """The names in the tables: sets of names by kind."""
    text = subprocess.run([BUILDDIR / "doc" / "tables", "names"], check=True,
                          capture_output=True, text=True).stdout
    names = {}
    for line in text.splitlines():
        what, *name = line.split(" ")
        names.setdefault(what, set()).add(" ".join(name))
    return names


NAMES = tables()


def is_marked(pod, name):
    """Whether the name appears in bold or as code."""
    return re.search(f"[BC]<{re.escape(name)}>", pod)


def family_names_in(text):
    """The words that look like families, without the suffixes of histograms
    and raw names. What a rule records has a colon before it."""
    words = re.findall(
        r"(?<!:)\b(?:collectd_holysheep_)?(holysheep_[a-z_]*[a-z])\b", text)
    return {re.sub(r"_(bucket|count)_total$|_(bucket|sum|count)$", "", word)
            for word in words}


def statements(path):
    """The lines of a configuration without comments."""
    return [line for line in path.read_text().splitlines()
            if line and not line.startswith("#")]


def podchecker_errors(pod):
    """podchecker's errors. It also reports success, on a stream that depends
    on its version."""
    checked = subprocess.run(["podchecker", "-warnings", pod],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True)
    lines = [line for line in checked.stdout.splitlines()
             if not line.endswith(" pod syntax OK.")]
    return checked.returncode, lines


class Manual(unittest.TestCase):
    def setUp(self):
        self.text = MANUAL.read_text()

    def test_is_well_formed(self):
        self.assertEqual(podchecker_errors(MANUAL), (0, []))

    def test_names_everything_in_the_tables(self):
        for what, names in NAMES.items():
            for name in names:
                with self.subTest(what, name=name):
                    self.assertTrue(is_marked(self.text, name.split(" ")[-1]))

    def test_each_key_is_listed_with_its_block(self):
        parts = re.split(r"^=head2 In (.*)$", self.text, flags=re.M)
        heads = {head: body.split("\n=head1")[0]
                 for head, body in zip(parts[1::2], parts[2::2])}
        for scope, key in (name.split(" ") for name in NAMES["key"]):
            with self.subTest(scope, key=key):
                bodies = [body for head, body in heads.items()
                          if f"E<lt>{scope}" in head]
                self.assertRegex("\n".join(bodies),
                                 rf"(?m)^=item (E<lt>)?B<{key}>")

    def test_examples_equal_the_installed_files(self):
        for name in ("holysheep.conf", "notify-email.conf",
                     "other-writers.conf"):
            with self.subTest(name):
                self.assertTrue("\n".join("  " + line for line in statements(
                    EXAMPLES / name)) in self.text)


class CheckManual(unittest.TestCase):
    def test_is_well_formed(self):
        self.assertEqual(podchecker_errors(CHECK_MANUAL), (0, []))

    def test_names_each_option(self):
        usage = subprocess.run([BUILDDIR / "src" / "holysheep-check",
                                "--help"], check=True, capture_output=True,
                               text=True).stdout
        options = set(re.findall(r"--[a-z-]+", usage))
        self.assertIn("--json", options)
        self.assertEqual(options, set(re.findall(
            r"B<(--[a-z-]+)>", CHECK_MANUAL.read_text())))

    def test_names_only_existing_causes(self):
        named = re.findall(r"\(cause\s([^)]*)\)", CHECK_MANUAL.read_text())
        causes = set(re.findall(r"C<(\w+)>", "".join(named)))
        self.assertEqual(len(causes), 5)
        self.assertEqual(causes - NAMES["cause"], set())


def without_code(text):
    """A page without code blocks and inline code."""
    text = re.sub(r"(?ms)^```.*?^```$", "", text)
    return re.sub(r"`[^`\n]*`", lambda code: "x" * len(code[0]), text)


def anchors(path):
    """The anchors of a page: its headings in GitHub's form."""
    text = re.sub(r"(?ms)^```.*?^```$", "", path.read_text())
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"(?m)^#+ (.*)$", text)}


def links(path):
    """A page's links and pictures within this tree: the target file and the
    anchor."""
    for target in re.findall(r"\]\(([^)\s]*)\)",
                             without_code(path.read_text())):
        if not re.match(r"[a-z]+:", target):
            name, _, anchor = target.partition("#")
            yield (path.parent / name if name else path).resolve(), anchor


class Pages(unittest.TestCase):
    def test_links_have_targets(self):
        for path in PAGES:
            for target, anchor in links(path):
                with self.subTest(path.name, target=target, anchor=anchor):
                    self.assertTrue(target.exists())
                    self.assertIn(SRCDIR.resolve(), target.parents)
                    if anchor:
                        self.assertIn(anchor, anchors(target))

    def test_each_page_is_linked_from_the_readme(self):
        self.assertLessEqual(
            {path.resolve() for path in DOC.glob("*.md")},
            {target for target, _ in links(README)})

    def test_named_source_files_exist(self):
        sources = {path.name for folder in ("src", "tests")
                   for path in (SRCDIR / folder).rglob("*.[chp]*")}
        for path in (CONTRIBUTING, DOC / "internals.md"):
            named = set(re.findall(r"\b(\w+\.(?:[ch]|py))\b",
                                   path.read_text()))
            self.assertGreater(len(named), 10)
            with self.subTest(path.name):
                self.assertEqual(named - sources, set())

    def test_each_name_is_documented(self):
        for page, kinds in (("README.md", ("cause", "fault")),
                            ("doc/metrics.md", ("family", "endpoint"))):
            text = (SRCDIR / page).read_text()
            for kind in kinds:
                for name in NAMES[kind]:
                    with self.subTest(page, kind=kind, name=name):
                        self.assertTrue(f"`{name}`" in text)


class Readme(unittest.TestCase):
    LINES = 220

    def setUp(self):
        self.text = README.read_text()

    def test_is_short_enough(self):
        self.assertLessEqual(len(self.text.splitlines()), self.LINES)

    def test_block_equals_the_installed_file(self):
        self.assertTrue("\n".join(statements(
            EXAMPLES / "holysheep.conf")) in self.text)

    def test_figures_are_from_the_whole_benchmark(self):
        benchmarks = (DOC / "benchmarks.md").read_text()
        shown = re.search(r"(?ms)^## Benchmarks$(.*?)^## ", self.text)[1]
        rows = re.findall(r"(?m)^\| \w.* \|$", shown)
        self.assertEqual(len(rows), 5)
        for row in rows:
            with self.subTest(row):
                self.assertIn(f"\n{row}", benchmarks)
        met, goals = re.search(r"(\d+) of (\d+) goals", shown).groups()
        verdicts = re.findall(r"(?m)\| (met|\*\*missed\*\*) \|$", benchmarks)
        self.assertEqual((int(met), int(goals)),
                         (verdicts.count("met"), len(verdicts)))


class Changes(unittest.TestCase):
    """The source of the packages' changelogs."""

    def setUp(self):
        self.lines = (SRCDIR / "CHANGELOG.md").read_text().splitlines()
        self.heads = [line for line in self.lines if line.startswith("## ")]

    def test_newest_release_is_the_version(self):
        version = re.search(r"(?m)^AC_INIT\(.*\[(.*)\]\)$",
                            (SRCDIR / "configure.ac").read_text())[1]
        releases = [head for head in self.heads if head != "## Unreleased"]
        self.assertTrue(releases[0].startswith(f"## {version} ("))
        self.assertEqual(len(self.heads) - len(releases),
                         "## Unreleased" in self.heads[:1])
        for head in releases:
            self.assertRegex(head, r"^## [\d.]+ \(20\d\d-\d\d-\d\d\)$")


class Rules(unittest.TestCase):
    def test_select_each_endpoint_that_applications_use(self):
        """Whether an outage concerns applications, they tell by these."""
        rules = SRCDIR / "dashboards" / "prometheus" / "rules"
        text = "".join(path.read_text() for path in rules.glob("*.yml"))
        selected = {name for names in re.findall(
            r'\bendpoint=~?"([^"]*)"', text) for name in names.split("|")}
        self.assertEqual(NAMES["application_endpoint"] - selected, set())
        self.assertEqual(selected - NAMES["endpoint"], set())


class Simulator(unittest.TestCase):
    def setUp(self):
        self.text = (SIMULATOR / "README.md").read_text()

    def test_names_each_member_of_a_story(self):
        source = (SIMULATOR / "story.c").read_text()
        members = set(re.findall(r'(?m)^ +\{?\{"(\w+)", \w+,', source))
        self.assertGreater(len(members), 25)
        for name in members | set(re.findall(r'"(tls_\w+)"', source)):
            with self.subTest(name):
                self.assertIn(f"`{name}`", self.text)

    def test_story_can_be_played(self):
        [story] = re.findall(r"(?ms)^```json$(.*?)^```$", self.text)
        played = subprocess.run(
            [BUILDDIR / "tests" / "sim" / "holysheep-sim", "/dev/stdin"],
            input=story, capture_output=True, text=True)
        self.assertEqual((played.returncode, played.stderr), (0, ""))
        self.assertIn('instance="web2"', played.stdout)


class Everything(unittest.TestCase):
    def test_names_only_existing_families(self):
        for path in [*WRITTEN, MANUAL, *EXAMPLES.glob("*.conf")]:
            with self.subTest(path.name):
                self.assertEqual(
                    family_names_in(path.read_text()) - NAMES["family"], set())

    def test_names_only_recorded_series_that_exist(self):
        prometheus = SRCDIR / "dashboards" / "prometheus"
        recorded = {name for path in prometheus.glob("rules*/*.yml")
                    for name in re.findall(r"record: (\S+)", path.read_text())}
        for path in WRITTEN:
            with self.subTest(path.name):
                self.assertEqual(set(re.findall(
                    r"\b\w+:holysheep_[\w:]*\w", path.read_text()))
                    - recorded, set())


if __name__ == "__main__":
    unittest.main()
