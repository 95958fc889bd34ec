"""Each alert has a runbook whose commands work."""

import os
import re
import subprocess

from plugin_tables import families, family_of
from harness import TestCase, build, private_folder
from prometheus import in_rules
from test_rules import OTHER_LABELS, grouped_by, matchers_in, series_in

RUNBOOKS = build.SRCDIR / "dashboards" / "runbooks"
SECTIONS = ["What it means", "Whose fault it is", "What to do",
            "How to silence it"]


def expressions(text):
    """The PromQL expressions in a runbook."""
    lines = [line.strip() for line in re.findall(r"(?m)^    (\S.*)$", text)]
    shell = r"(holysheep-check|printf|curl|amtool|openssl|install|mv|grep|--)"
    return [line for line in lines
            if re.search(r"holysheep_|ALERTS|^up\b", line)
            and not re.match(shell, line)]


def commands(text):
    """The shell commands in a runbook, by paragraph."""
    for lines in re.findall(r"(?m)^(?: {4}\S.*\n(?: {4,}.*\n)*)", text):
        typed = re.sub(r"(?m)^ {4}", "", lines)
        if re.match(r"(host|url|path|model|key)=|holysheep-check|printf",
                    typed):
            yield typed


class Commands(TestCase):
    """The commands query the given relay and work as written."""

    def setUp(self):
        self.relay = self.start_relay()
        self.programs = private_folder()
        (self.programs / "holysheep-check").symlink_to(
            build.built("holysheep-check"))
        tls = self.relay.tls_url.split("/")[2]
        self.own = {"url": self.relay.url, "model": "gpt-4o-mini",
                    "key": self.key_file(), "host": tls, "path": "/billing"}

    def with_relay_variables(self, script):
        """The script with its variables set."""
        for name, value in self.own.items():
            script = re.sub(rf"(?m)^{name}=.*$", f"{name}='{value}'", script)
        return script

    def run_shell(self, script):
        done = subprocess.run(
            ["sh", "-eu", "-c", script], capture_output=True, text=True,
            stdin=subprocess.DEVNULL,
            env={"PATH": f"{self.programs}:{os.environ['PATH']}"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def test_commands_work(self):
        ran = set()
        for path in RUNBOOKS.glob("*.md"):
            script = "".join(commands(path.read_text()))
            if not script or path.stem == "HolySheepVantageNetwork":
                continue  # this one queries a name server
            with self.subTest(path.stem):
                done = self.run_shell(self.with_relay_variables(script))
                self.assertNotEqual(done.stdout, "")
                self.assertNotRegex(done.stdout, "HTTP/1.1 [45]")
                ran.add(path.stem)
        self.assertLessEqual({"HolySheepAPIDown", "HolySheepBalanceStale",
                              "HolySheepCertificateExpires",
                              "HolySheepModelSubstituted"}, ran)

    def test_requests_by_hand_work_with_each_api(self):
        """With the prompt that the runbook has for it."""
        for name, shown in (("ModelSubstituted", '"model": *"gpt-4o-mini"'),
                            ("TokensInflated", r'"\w+_tokens": *\d+')):
            text = (RUNBOOKS / f"HolySheep{name}.md").read_text()
            [script] = commands(text)
            [other] = re.findall(r"(?m)^    (prompt='\"input\".*)$", text)
            for api in ("chat/completions", "messages", "responses",
                        "embeddings"):
                with self.subTest(name, api=api):
                    self.own["endpoint"] = api
                    typed = self.with_relay_variables(script)
                    if api in ("responses", "embeddings"):
                        typed = re.sub(r"(?m)^prompt=.*$", lambda _: other,
                                       typed)
                    done = self.run_shell(typed)
                    self.assertRegex(done.stdout, f"^{shown}\n$")

    def test_commands_use_the_configured_relay(self):
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
    def test_alerts_and_runbooks_match(self):
        self.assertEqual({path.stem for path in RUNBOOKS.glob("*.md")},
                         in_rules("alert"))

    def test_runbooks_have_the_same_structure(self):
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
        self.assertGreater(len(wanted), len(in_rules("alert")))
        rules = "".join(f"      - record: runbook:{n}\n        expr: |\n"
                        f"          {e}\n" for n, e in enumerate(wanted))
        file.write_text("groups:\n  - name: runbooks\n    rules:\n" + rules)
        done = subprocess.run(["promtool", "check", "rules", file],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_names_in_promql_exist(self):
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

    def test_model_lookup_handles_all_spellings(self):
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
