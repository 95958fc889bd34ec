"""The time from the first bad response to the page, with everything as
shipped."""

import re
import time
from typing import NamedTuple

from alertmanager import Alertmanager, Receiver
from harness import (Prometheus, plugin_block, private_folder, relay_block,
                     wait_for)
from subjects import ENDPOINTS, Stage
from table import Line

EACH = 10       # relays of one fault
PATIENCE = 240  # seconds for a page
AFTERWARDS = 90  # seconds in which there might be a second one
# Name, what the stand-in does, and whether it concerns its ports.
FAULTS = (("key rejected", "invalid_key", False),
          ("quota used up", "quota_429", False),
          ("connection refused", "refuse", True),
          ("hang", "hang", False),
          ("server error", "status_502", False))
# By the probes' interval in seconds: the limit until the page, also for hangs.
LIMITS = {10: (60, 75), 60: (120, 120)}
STEP = 1.7      # s between faults: covers all phases


class Subject(NamedTuple):
    """A relay that will fail."""
    relay: object
    name: str
    key: str
    fault: str
    alone: bool  # the stand-in is used by this relay alone

    def fail(self):
        self.relay.fault(self.fault, key=None if self.alone else self.key)

    def bad_answers(self, prometheus):
        """The times of bad responses in the relay's journal; a relay that
        refuses connections has none."""
        if self.alone:
            return [value for _, value in prometheus.query(
                "holysheep_verdict_since_timestamp_seconds"
                f'{{relay="{self.name}"}}')]
        return [entry["t"] for entry in self.relay.journal(
            key=self.key, fault=self.fault)]


def subjects(stage):
    shared = stage.start_relay()
    return [Subject(stage.start_relay() if alone else shared,
                    f"{fault}-{number}", f"sk-test-{fault}-{number}",
                    fault, alone)
            for number in range(EACH) for _, fault, alone in FAULTS]


def start_stack(stage, relays, interval):
    """collectd, Prometheus and Alertmanager with the shipped intervals."""
    collectd = stage.make_collectd(plugin_block(*[
        relay_block(each.name, each.relay.url, f"Interval {interval}",
                    key_file=stage.key_file(each.key)) for each in relays]),
        interval=10).start()
    receiver = Receiver()
    stage.addCleanup(receiver.close)
    alertmanager = stage.start(Alertmanager(private_folder(), receiver,
                                            quick=False))
    prometheus = stage.start(Prometheus(
        private_folder(), f"127.0.0.1:{collectd.port}", interval=None,
        rules=True, alertmanager=f"127.0.0.1:{alertmanager.port}"))
    wanted = len(relays) * len(ENDPOINTS)
    prometheus.wait_query("sum(holysheep_up)", 240, lambda seen:
                          seen and seen[0][1] == wanted)
    return receiver, prometheus


def pages(receiver, name):
    """The times at which pages about a relay were delivered."""
    its = re.compile(rf"Relay {re.escape(name)}\b")
    return [told.time for told in receiver.seen if told.who == "pagerduty"
            and told.body["event_action"] == "trigger"
            and its.match(told.body["payload"]["summary"])]


def first_page(receiver, name):
    return wait_for(lambda: pages(receiver, name), PATIENCE,
                    f"a page of {name}")[0]


def seconds_to_page(interval):
    """By fault: the seconds to the page for each relay, and all their
    pages."""
    with Stage() as stage:
        relays = subjects(stage)
        receiver, prometheus = start_stack(stage, relays, interval)
        for each in relays:
            each.fail()
            time.sleep(STEP)
        result = {}
        for each in relays:
            page = first_page(receiver, each.name)
            begin = min(each.bad_answers(prometheus))
            result.setdefault(each.fault, []).append(page - begin)
        time.sleep(AFTERWARDS)
        count = {fault: sum(len(pages(receiver, each.name))
                            for each in relays if each.fault == fault)
                 for _, fault, _ in FAULTS}
        return result, count


def rows():
    for interval, (limit, of_a_hang) in LIMITS.items():
        seconds, count = seconds_to_page(interval)
        for name, fault, _ in FAULTS:
            most = of_a_hang if fault == "hang" else limit
            worst = max(seconds[fault])
            yield Line(
                f"from bad answer to page: {name}, probes every {interval} s",
                f"{worst:.0f} s at worst of {len(seconds[fault])}",
                f"{sum(seconds[fault]) / len(seconds[fault]):.0f} s as a "
                f"mean; pages for each: {count[fault] / EACH:.2g}",
                goal=f"within {most} s, one page",
                met=worst <= most and count[fault] == EACH)
