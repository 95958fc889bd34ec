"""Each alert has a runbook, and what that tells people to type is right."""

import os
import re
import subprocess

from contract import families, family_of
from harness import TestCase, build, private_folder
from prometheus import RULES
from test_rules import OTHER_LABELS, grouped_by, matchers_in, series_in

RUNBOOKS = build.SRCDIR / "dashboards" / "runbooks"
SECTIONS = ["What it means", "Whose fault it is", "What to do",
            "How to silence it"]


def alerts():
    return {name for path in RULES.glob("*.yml")
            for name in re.findall(r"(?m)^      - alert: (\w+)$",
                                   path.read_text())}


def expressions(text):
    """The PromQL among the lines that are to be typed."""
    lines = [line.strip() for line in re.findall(r"(?m)^    (\S.*)$", text)]
    shell = r"(holysheep-check|printf|curl|amtool|openssl|install|mv|grep|--)"
    return [line for line in lines
            if re.search(r"holysheep_|ALERTS|^up\b", line)
            and not re.match(shell, line)]


def commands(text):
    """What is to be typed into a shell, paragraph by paragraph."""
    for lines in re.findall(r"(?m)^(?: {4}\S.*\n(?: {4,}.*\n)*)", text):
        typed = re.sub(r"(?m)^ {4}", "", lines)
        if re.match(r"(host|url|path|model|key)=|holysheep-check|printf",
                    typed):
            yield typed


class Commands(TestCase):
    """They ask the relay that is named, and work as they stand."""

    def setUp(self):
        self.relay = self.start_relay()
        self.programs = private_folder()
        (self.programs / "holysheep-check").symlink_to(
            build.built("holysheep-check"))
        tls = self.relay.tls_url.split("/")[2]
        self.own = {"url": self.relay.url, "model": "gpt-4o-mini",
                    "key": self.key_file(), "host": tls, "path": "/billing"}

    def for_this_relay(self, script):
        """With what is to be set first set."""
        for name, value in self.own.items():
            script = re.sub(rf"(?m)^{name}=.*$", f"{name}='{value}'", script)
        return script

    def test_they_work(self):
        ran = set()
        for path in RUNBOOKS.glob("*.md"):
            script = "".join(commands(path.read_text()))
            if not script or path.stem == "HolySheepVantageNetwork":
                continue  # that one asks a name server
            with self.subTest(path.stem):
                script = self.for_this_relay(script)
                done = subprocess.run(
                    ["sh", "-eu", "-c", script], capture_output=True,
                    text=True, stdin=subprocess.DEVNULL,
                    env={"PATH": f"{self.programs}:{os.environ['PATH']}"})
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertNotEqual(done.stdout, "")
                self.assertNotRegex(done.stdout, "HTTP/1.1 [45]")
                ran.add(path.stem)
        self.assertLessEqual({"HolySheepAPIDown", "HolySheepBalanceStale",
                              "HolySheepCertificateExpires",
                              "HolySheepModelSubstituted"}, ran)

    def test_no_other_relay_is_asked(self):
        for path in RUNBOOKS.glob("*.md"):
            text = path.read_text()
            lines = [line for line in text.splitlines()
                     if "api.holysheep.ai" in line
                     or "holysheep.key" in line and "install" not in line
                     and not line.lstrip().startswith("mv ")]
            with self.subTest(path.stem):
                for line in lines:
                    self.assertRegex(line, r"^    (host|url|key)=\S+$")
                if lines:
                    self.assertRegex(text, r"`BaseURL`[^:]+"
                                     r"collectd's\s+configuration")


class Runbooks(TestCase):
    def test_each_alert_has_one_and_each_of_them_an_alert(self):
        self.assertEqual({path.stem for path in RUNBOOKS.glob("*.md")},
                         alerts())

    def test_they_are_made_alike(self):
        for path in RUNBOOKS.glob("*.md"):
            with self.subTest(path.stem):
                text = path.read_text()
                self.assertTrue(text.startswith(f"# {path.stem}\n"))
                found = re.findall(r"(?m)^## (.*)$", text)
                self.assertEqual([f for f in found if f in SECTIONS],
                                 SECTIONS)
                self.assertIn(f"alertname={path.stem}", text)

    def test_promql_parses(self):
        file = private_folder() / "runbooks.yml"
        wanted = [e for path in RUNBOOKS.glob("*.md")
                  for e in expressions(path.read_text())]
        self.assertGreater(len(wanted), len(alerts()))
        rules = "".join(f"      - record: runbook:{n}\n        expr: |\n"
                        f"          {e}\n" for n, e in enumerate(wanted))
        file.write_text("groups:\n  - name: runbooks\n    rules:\n" + rules)
        done = subprocess.run(["promtool", "check", "rules", file],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promql_names_what_exists(self):
        labels = OTHER_LABELS | {label for family in families().values()
                                 for label in family.labels}
        for path in RUNBOOKS.glob("*.md"):
            for expression in expressions(path.read_text()):
                with self.subTest(path.stem, expression=expression):
                    for name in series_in(expression):
                        if name.startswith("holysheep_"):
                            self.assertIsNotNone(family_of(name), name)
                    for _, label, _ in matchers_in(expression):
                        self.assertIn(label, labels | {"__name__"})
                    self.assertLessEqual(grouped_by(expression), labels)

    def test_a_model_is_found_however_it_is_written(self):
        text = (RUNBOOKS / "HolySheepModelSubstituted.md").read_text()
        [grep] = re.findall(r"grep -o '(.*)'", text)
        for said in ('"model":"other"', '"model": "other"'):
            done = subprocess.run(["grep", "-o", grep], capture_output=True,
                                  input='{"id": "1", %s, "x": "y"}' % said,
                                  text=True)
            self.assertEqual(done.stdout.strip(), said)

    def test_no_key_in_a_command_line(self):
        for path in RUNBOOKS.glob("*.md"):
            text = path.read_text()
            self.assertNotRegex(text, r"-H ['\"]?Authorization", path.stem)
