#!/usr/bin/env python3
"""The simulator itself: what it makes of a story, of a bad one, and that it
names series as the scrape job does."""

import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SRCDIR = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(os.environ.get("SIM_FOLDER", "tests/sim"))
PROMETHEUS = SRCDIR / "dashboards" / "prometheus" / "prometheus.yml"

CONFIG = '<Relay "main">\n  APIKey "sk-a"\n</Relay>\n'
ENDPOINTS = {"Chat": "chat/completions", "Messages": "messages",
             "Responses": "responses"}


def host(name="a", **members):
    return {"name": name, "config": CONFIG, **members}


def story(**members):
    return {"until": 60, "hosts": [host()], "events": [], **members}


def run(text, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text if isinstance(text, str) else json.dumps(text))
        file.flush()
        done = subprocess.run(
            [FOLDER / "holysheep-sim", *options, file.name],
            capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr.replace(file.name, "FILE")


def play(text):
    """The values of each series, by its name."""
    status, out, err = run(text)
    assert status == 0, err
    found = re.findall(r"- series: '(.*)'\n  values: '(.*)'\n", out)
    return {name: values.split() for name, values in found}


def notifications(text):
    status, out, err = run(text, "--notifications")
    assert status == 0, err
    return [json.loads(line) for line in out.splitlines()]


def named(family, **labels):
    labels = {"instance": "a", "job": "collectd", "relay": "main", **labels}
    inside = ",".join(f'{key}="{labels[key]}"' for key in sorted(labels))
    return f"{family}{{{inside}}}"


def up(endpoint="models", **labels):
    return named("holysheep_up", endpoint=endpoint, **labels)


class Mistakes(unittest.TestCase):
    def test_each_is_one_line(self):
        for wrong, line in [
                ("{", "not JSON: parse error: premature EOF"),
                ("[]", "an object is needed"),
                (story(until=None), "until: a number above 0 is needed"),
                (story(until=0), "until: a number above 0 is needed"),
                ({"hosts": []}, "until: is needed"),
                (story(sample=1e-9), "sample: 1e-09 is too little"),
                (story(hosts={}), "hosts: a list is needed"),
                (story(hosts=[host(), {"name": "b"}]),
                 "hosts[1].config: is needed"),
                (story(hosts=[host(interval=0)]),
                 "hosts[0].interval: a number above 0 is needed"),
                (story(hosts=[host(keep=1)]),
                 "hosts[0].keep: true or false is needed"),
                (story(hosts=[host(name=1)]), "hosts[0].name: a text is"),
                (story(hosts=[host(to=9), host(**{"from": 5})]),
                 'hosts[1].from: "a" still runs then'),
                (story(hosts=[host(colour="red")]),
                 "hosts[0].colour: unknown member, these are known: name, "),
                (story(hosts=[host(config=CONFIG.replace("APIKey", "Key"))]),
                 'hosts[0].config: Relay "main": Key: unknown key'),
                (story(hosts=[host(config="<Relay")]),
                 "hosts[0].config: config:1: "),
                (story(events=[{}]), "events[0]: exactly one of answer, "),
                (story(events=[{"key": None, "standstill": 1}]),
                 "events[0]: exactly one of answer, "),
                (story(events=[{"from": 5, "to": 5, "key": None}]),
                 "events[0].to: a time after `from` is needed"),
                (story(events=[{"share": 2, "healthy": {}}]),
                 "events[0].share: a number from 0 to 1 is needed"),
                (story(events=[{"every": 0, "healthy": {}}]),
                 "events[0].every: a whole number above 0 is needed"),
                (story(events=[{"endpoint": "models", "key": None}]),
                 "events[0].key: is about a host and a relay"),
                (story(events=[{"path": "/x", "clock_step": 1}]),
                 "events[0].clock_step: is about a host:"),
                (story(events=[{"relay": "main", "clock_step": 1}]),
                 "events[0].clock_step: is about a host:"),
                (story(events=[{"break": {"kind": "loud"}}]),
                 "events[0].break.kind: one of refused, reset, "),
                (story(events=[{"break": {}}]),
                 "events[0].break.kind: is needed"),
                (story(events=[{"answer": {"status": 99}}]),
                 "events[0].answer.status: a status from 200 to 599"),
                (story(events=[{"answer": {"status": 200,
                                           "headers": {"A": 1}}}]),
                 "events[0].answer.headers.A: a text is needed"),
                (story(events=[{"answer": {"status": 200,
                                           "chunks": [[2, "a"], [1, "b"]]}}]),
                 "events[0].answer.chunks[1]: its time has to follow"),
                (story(events=[{"answer": {"status": 200,
                                           "chunks": [[2]]}}]),
                 'events[0].answer.chunks[0]: [seconds, "text"] is needed'),
                (story(events=[{"answer": {"status": 200, "body": "",
                                           "chunks": []}}]),
                 "events[0].answer.chunks: either body or chunks")]:
            with self.subTest(line):
                status, out, err = run(wrong)
                self.assertEqual((status, out), (1, ""))
                self.assertRegex(err, r"\A[^\n]*\n\Z")
                self.assertTrue(
                    err.startswith(f"holysheep-sim: FILE: {line}"), err)

    def test_of_usage(self):
        for arguments in [(), ("--verbose", "x"), ("x", "y")]:
            done = subprocess.run([FOLDER / "holysheep-sim", *arguments],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertTrue(done.stderr.startswith("usage: holysheep-sim"))


class Series(unittest.TestCase):
    def test_a_healthy_relay(self):
        found = play(story())
        self.assertEqual(found[up()], ["_", "1", "1", "1", "1"])
        self.assertEqual(found[named("holysheep_budget_remaining")],
                         ["_", "80", "80", "80", "80"])
        self.assertEqual(
            found[named("holysheep_request_latency_seconds_bucket",
                        endpoint="models", le="0.25")][0], "0")
        self.assertEqual(
            found[named("holysheep_last_success_timestamp_seconds",
                        endpoint="chat/completions", model="gpt-4o-mini")],
            ["0", "0.9", "0.9", "0.9", "0.9"])

    def test_the_same_story_twice(self):
        told = story(seed=7, until=900, events=[
            {"share": 0.5, "break": {"kind": "reset"}},
            {"from": 300, "standstill": 20}])
        self.assertEqual(run(told), run(told))
        self.assertNotEqual(run(told), run({**told, "seed": 8}))

    def test_a_host_that_stops(self):
        found = play(story(until=120, hosts=[host(to=25),
                                             host(**{"from": 80})]))
        self.assertEqual(found[up()], ["_", "1", "stale", "_", "_", "_", "1",
                                       "1", "1"])

    def test_a_host_that_stands_still(self):
        found = play(story(until=90, events=[{"from": 20, "standstill": 40}]))
        self.assertEqual(found[up()], ["_", "1", "stale", "_", "1", "1", "1"])

    def test_clocks(self):
        found = play(story(hosts=[host(clock=100)],
                           events=[{"from": 20, "clock_step": 50}]))
        times = found[named("holysheep_last_probe_timestamp_seconds",
                            endpoint="models")]
        self.assertTrue(100 < float(times[1]) <= 115, times)
        self.assertTrue(180 < float(times[3]) <= 195, times)

    def test_a_key_that_is_gone(self):
        config = CONFIG.replace('APIKey "sk-a"', 'APIKeyFile "/key"')
        found = play(story(hosts=[host(config=config)], events=[
            {"from": 20, "to": 40, "key": None}, {"from": 40, "key": "sk-b"}]))
        self.assertEqual(
            found[named("holysheep_verdict", cause="key_unreadable",
                        endpoint="models", fault="local")],
            ["_", "_", "1", "0", "0"])
        self.assertGreater(
            float(found[named("holysheep_key_loaded_timestamp_seconds")][4]),
            40)


class Sharing(unittest.TestCase):
    """Hosts that take turns with a completion, whose turns are a minute."""

    CONFIG = ('<Relay "main">\n  APIKey "sk-a"\n  <Chat "m">\n    Share 3\n'
              '  </Chat>\n</Relay>\n')

    def times(self, hosts=3, events=(), clock=0):
        """When the completions of each host ended, by its own clock."""
        names = [f"web{number + 1}" for number in range(hosts)]
        found = play({"until": 3600, "sample": 10, "events": list(events),
                      "hosts": [{"name": name, "config": self.CONFIG,
                                 "clock": clock} for name in names]})
        return [sorted({float(value) for value in found[named(
            "holysheep_last_probe_timestamp_seconds", instance=name,
            endpoint="chat/completions", model="m")] if value != "_"})
            for name in names]

    @staticmethod
    def gaps(times):
        return [later - time for time, later in itertools.pairwise(times)]

    def test_one_completion_per_interval(self):
        """All ask at their start; then numbered hosts have turns one after
        another."""
        seen = self.times()
        for host in seen:
            self.assertAlmostEqual(host[0], 0.9)
            self.assertTrue(90 <= host[1] - host[0] <= 270, host)
        turns = sorted(time for host in seen for time in host[1:])
        settled = [time for time in turns if time > 270]
        for gap in self.gaps(settled):
            self.assertAlmostEqual(gap, 60, delta=0.1)

    def test_twelve_hosts(self):
        """Four have each turn, and are not in step."""
        seen = self.times(12)
        turns = sorted(time for host in seen for time in host
                       if 600 <= time < 3480)
        self.assertEqual(len(turns), 4 * 48)
        self.assertGreater(min(self.gaps(turns)), 2)

    def test_wall_clocks(self):
        """The turns are at the same times of any clock."""
        places = [[{round(time) % 180 for time in host[1:]}
                   for host in self.times(clock=clock)]
                  for clock in (0, 1850, -77)]
        self.assertEqual(places[0], places[1])
        self.assertEqual(places[0], places[2])
        self.assertEqual([len(place) for place in places[0]], [1, 1, 1])

    def test_a_clock_that_is_set(self):
        """Neither a burst nor a long silence, and again in turn after that."""
        steps = [{"from": 1000 + 10 * i, "host": "web2", "clock_step": step}
                 for i, step in enumerate([100, -70, 5000, -300] * 40)]
        quiet, stepped = self.times(), self.times(events=steps)
        self.assertEqual(stepped[0], quiet[0])
        found = play({"until": 3600, "sample": 10, "events": steps,
                      "hosts": [{"name": "web2", "config": self.CONFIG}]})
        counts = [float(value) for value in found[named(
            "holysheep_requests_total", instance="web2", status="200",
            endpoint="chat/completions", model="m")] if value != "_"]
        rises = [10 * i for i, (count, later)
                 in enumerate(itertools.pairwise(counts)) if later > count]
        for gap in self.gaps(rises):
            self.assertTrue(80 <= gap <= 280, rises)


class Events(unittest.TestCase):
    """What became of the first request of a probe."""

    MODELS = '<Models>\n  Timeout 2000\n</Models>'

    def after(self, event, block=MODELS, endpoint="models", **labels):
        config = CONFIG.replace("</Relay>", block + "\n</Relay>")
        found = play(story(hosts=[host(config=config)], events=[event]))
        cause = [name for name, values in found.items()
                 if name.startswith("holysheep_verdict{") and values[1] == "1"]
        duration = found[named("holysheep_request_duration_seconds",
                               endpoint=endpoint, **labels)][1]
        match = re.search(r'cause="(\w+)".*fault="(\w+)"', cause[0])
        return match[1], match[2], float(duration)

    def test_breaks(self):
        for kind, *expected in [
                ("refused", "connection", "relay", 0.002),
                ("reset", "connection", "relay", 0.2),
                ("dns", "dns", "network", 0.02),
                ("unroutable", "connection", "network", 0.001),
                ("dropped", "timeout", "network", 2),
                ("hang", "timeout", "relay", 2),
                ("tls_expired", "tls_expired", "relay", 0.005),
                ("tls_name", "tls_name", "relay", 0.005),
                ("tls_issuer", "tls_issuer", "relay", 0.005),
                ("cut", "connection", "relay", 0.2),
                ("stall", "timeout", "relay", 2)]:
            with self.subTest(kind):
                self.assertEqual(self.after({"break": {"kind": kind}}),
                                 tuple(expected))

    def test_a_stream_that_breaks_off(self):
        block = '<Chat "m">\nStream true\nTimeout 3000\n</Chat>'
        chat = {"block": block, "endpoint": "chat/completions", "model": "m"}
        self.assertEqual(self.after({"break": {"kind": "cut"}}, **chat)[0],
                         "stream_cut")
        self.assertEqual(self.after({"break": {"kind": "stall"}}, **chat)[0],
                         "stream_stalled")

    def test_answers(self):
        self.assertEqual(
            self.after({"answer": {"status": 401, "after": 0.5}}),
            ("key_rejected", "account", 0.5))
        self.assertEqual(
            self.after({"answer": {"status": 200, "chunks": [
                [0, '{"data":['], [0.25, '{"id":"a"}]}']]}}),
            ("ok", "none", 0.45))
        self.assertEqual(
            self.after({"answer": {"status": 200, "after": 3}}),
            ("timeout", "relay", 2))
        self.assertEqual(
            self.after({"healthy": {"delay": 1}}), ("ok", "none", 1.2))

    def test_all_balances_are_understood(self):
        for preset in ("holysheep", "new-api", "openrouter", "deepseek",
                       "sub2api", "siliconflow", "moonshot"):
            config = CONFIG.replace(
                "</Relay>", f'<Billing "{preset}">\n</Billing>\n</Relay>')
            with self.subTest(preset):
                found = play(story(hosts=[host(config=config)], events=[
                    {"healthy": {"balance": 12.5}}]))
                self.assertEqual(
                    found[named("holysheep_budget_remaining")][1], "12.5")

    def test_streams_may_count_more_tokens(self):
        for kind, endpoint in ENDPOINTS.items():
            config = CONFIG.replace(
                "</Relay>", f'<{kind} "m">\nStream true\nLabel "s"\n</{kind}>\n'
                f'<{kind} "m">\nLabel "p"\n</{kind}>\n</Relay>')
            found = play(story(hosts=[host(config=config)], events=[
                {"healthy": {"stream_tokens": 7}}]))
            with self.subTest(kind):
                for name, model, tokens in (
                        ("holysheep_prompt_tokens", "s", "15"),
                        ("holysheep_prompt_tokens", "p", "8"),
                        ("holysheep_plain_prompt_tokens", "s", "8")):
                    self.assertEqual(found[named(
                        name, endpoint=endpoint, model=model)][1], tokens)

    def test_models_reply_what_is_expected_unless_they_are_told(self):
        for kind, stream in itertools.product(ENDPOINTS, ("", "Stream true\n")):
            model = {"endpoint": ENDPOINTS[kind], "model": "m", "block":
                     f'<{kind} "m">\n{stream}Prompt "%r"\nExpect "%r"\n'
                     f'Timeout 2000\n</{kind}>'}
            with self.subTest(kind, stream=stream):
                self.assertEqual(self.after({"healthy": {}}, **model)[0], "ok")
                self.assertEqual(self.after({"healthy": {"reply": "Hi"}},
                                            **model)[0], "unexpected_answer")

    def test_the_first_token_may_come_late(self):
        for kind, endpoint in ENDPOINTS.items():
            model = {"endpoint": endpoint, "model": "m", "block":
                     f'<{kind} "m">\nStream true\nFirstTokenTimeout 1500\n'
                     f'Timeout 5000\n</{kind}>'}
            for time, cause in ((0.5, "ok"), (0.6, "timeout")):
                with self.subTest(kind, time=time):
                    self.assertEqual(self.after(
                        {"healthy": {"first_token": time}}, **model)[0], cause)

    def test_a_balance_at_one_place(self):
        config = CONFIG.replace(
            "</Relay>", '<Billing "auto">\n</Billing>\n</Relay>')
        found = play(story(hosts=[host(config=config)], events=[
            {"endpoint": "billing", "answer": {"status": 404}},
            {"path": "/dashboard", "healthy": {"balance": 12.5}},
            {"path": "/dash", "answer": {"status": 500}}]))
        self.assertEqual(found[named("holysheep_requests_total", status="200",
                                     endpoint="billing")][1], "2")

    def test_the_last_that_matches_decides(self):
        events = [{"healthy": {"model": "other"}},
                  {"from": 20, "every": 2, "relay": "main",
                   "endpoint": "models", "host": "a",
                   "answer": {"status": 500}},
                  {"from": 20, "host": "b", "answer": {"status": 402}}]
        config = CONFIG.replace(
            "</Relay>", "RetryInterval 5\n<Models>\nInterval 10\n</Models>\n"
            "</Relay>")
        found = play(story(hosts=[host(config=config)], events=events))
        self.assertEqual(found[up()][1], "1")
        statuses = {status: found[named("holysheep_requests_total",
                                        endpoint="models", status=status)][-1]
                    for status in ("200", "402", "500")}
        self.assertEqual(statuses["402"], "0")
        self.assertGreaterEqual(int(statuses["500"]), 1)

    def test_notifications(self):
        told = notifications(story(until=150, events=[
            {"from": 20, "to": 40, "endpoint": "models",
             "answer": {"status": 402}}]))
        self.assertEqual([(note["host"], note["severity"]) for note in told],
                         [("a", "WARNING"), ("a", "OKAY")])
        self.assertTrue(25 < told[0]["time"] < 40, told)
        self.assertTrue(100 < told[1]["time"] < 120, told)
        self.assertIn("main: quota: models: quota (", told[0]["message"])


class Found(unittest.TestCase):
    """What random stories have shown."""

    def test_a_probe_that_finds_no_room_says_so(self):
        """Each request that leaves the window makes room for one, which a more
        frequent probe may take each time."""
        often = '<Chat "model-2">\n  Interval 1\n</Chat>\n</Relay>'
        seldom = '<Chat "model-3">\n  Interval 60\n</Chat>\n'
        config = "".join(
            CONFIG.replace("main", relay).replace("</Relay>", inside + often)
            for relay, inside in [("r0", ""),
                                  ("r2", "MaxRequests 25 25\n" + seldom)])
        labels = {"instance": "h0", "relay": "r2", "model": "model-3",
                  "endpoint": "chat/completions"}
        found = play(story(until=600, hosts=[
            host("h0", config=config, interval=30)]))
        sent = found[named("holysheep_requests_total", status="200", **labels)]
        held = found[named("holysheep_probe_suppressed", reason="rate_limit",
                           **labels)]
        self.assertEqual(sent[-1], "2")
        self.assertEqual(held[-1], "1")


# --- names -------------------------------------------------------------------


def relabel_rules():
    """The rules of the scrape job, as (source_labels, separator, regex,
    target_label, replacement); a labeldrop has no target."""
    text = PROMETHEUS.read_text()
    text = re.sub(r"(?m)^ *#.*\n", "", text)
    lines = text[text.index("metric_relabel_configs:"):].splitlines()[1:]
    rules = []
    for line in lines:
        item = re.match(r"^      (- |  )(\w+): (.*)$", line)
        if item is None:
            continue
        if item[1] == "- ":
            rules.append({})
        rules[-1][item[2]] = item[3].strip('"')
    return rules


def relabel(labels):
    for rule in relabel_rules():
        if rule.get("action") == "labeldrop":
            labels = {name: value for name, value in labels.items()
                      if not re.fullmatch(rule["regex"], name)}
            continue
        sources = rule["source_labels"].strip("[]").split(", ")
        source = rule.get("separator", ";").join(
            labels.get(name, "") for name in sources)
        match = re.fullmatch(rule["regex"], source, re.ASCII | re.DOTALL)
        if match is None:
            continue

        def expand(text, match=match):
            return re.sub(r"\$(?:\{(\d+)\}|(\d+))",
                          lambda n: match[int(n[1] or n[2])] or "", text)

        target = expand(rule.get("target_label", ""))
        labels = {**labels, target: expand(rule.get("replacement", "$1"))}
    return {name: value for name, value in labels.items() if value}


class Names(unittest.TestCase):
    """scrape.c does what the rules of prometheus.yml do."""

    TYPES = ["", "endpoint=models", "error_type=Timeout",
             "endpoint=chat%2Fcompletions,model=a%2Fb%2Fc,status=200",
             "endpoint=models,le=+Inf", "model=100%25,type=prompt",
             "model=%25%25%25%25%25%25", "model=%25%25%25%25%25%25%25",
             "model=%252F", "model=" + "%2F" * 15, "model=" + "%2F" * 17,
             "model=50%", "model=", "model=\"quoted\\\"", "Model=x,1=y,a_b=c",
             ",".join(f"l{i}={i}" for i in range(14)), "relay=other,a=b"]
    NAMES = ["holysheep_up", "holysheep_requests_total",
             "holysheep_request_latency_seconds_bucket_total",
             "holysheep_request_latency_seconds_count_total",
             "holysheep_request_latency_seconds_sum",
             "holysheep_cost_usd_total"]
    RELAYS = ["main", "a%2Fb", "é%25", "x%2F%2Fy"]

    def test_they_agree(self):
        rows = list(itertools.product(self.NAMES, self.RELAYS, self.TYPES))
        raw = ["\t".join([f"collectd_holysheep_{name}", relay, type_])
               for name, relay, type_ in rows]
        done = subprocess.run([FOLDER / "scraped-names"], input="\n".join(raw),
                              capture_output=True, text=True, check=True,
                              timeout=60)
        for row, line in zip(rows, done.stdout.splitlines(), strict=True):
            name, relay, type_ = row
            labels = relabel({"__name__": f"collectd_holysheep_{name}",
                              "holysheep": relay, "type": type_,
                              "instance": "host", "job": "collectd"})
            family = labels.pop("__name__")
            inside = ",".join(
                '{}="{}"'.format(key, value.replace("\\", "\\\\")
                                 .replace('"', '\\"'))
                for key, value in sorted(labels.items()))
            self.assertEqual(line, f"{family}{{{inside}}}", row)


if __name__ == "__main__":
    unittest.main()
