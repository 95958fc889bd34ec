"""The time from the first bad response to the page, with everything as
shipped."""

import re
import time
from typing import NamedTuple

from alertmanager import Alertmanager, Receiver
from harness import (Prometheus, plugin_block, private_folder, relay_block,
                     wait_for)
from prometheus import SHIPPED, paced
from subjects import ENDPOINTS, Stage
from table import Line

EACH = 10       # relays of one fault
PATIENCE = 240  # seconds for a page
AFTERWARDS = 90  # seconds in which there might be a second one
STEP = 1.7      # s between faults: covers all phases
RESTART = 3     # s that a restarted relay refuses connections


class Fault(NamedTuple):
    name: str
    fault: str      # what the stand-in does
    alone: bool     # it concerns its ports, so a relay has one of its own
    seconds: float = None  # then it is over, and there must be no page


FAULTS = (Fault("key rejected", "invalid_key", False),
          Fault("quota used up", "quota_429", False),
          Fault("connection refused", "refuse", True),
          Fault("hang", "hang", False),
          Fault("server error", "status_502", False))
RELOAD = Fault("a restart", "refuse", True, RESTART)


class Setting(NamedTuple):
    name: str
    lines: tuple    # of each relay
    scrape: str     # Prometheus's scrape_interval
    limit: int = None         # seconds until the page
    limit_of_hang: int = None


SETTINGS = (
    Setting("probes every 10 s", ("Interval 10", "Timeout 10000"), "10s",
            35, 45),
    Setting("default probes", (), "10s", 60, 60),
    Setting("probes every 10 s, scraped every 15 s",
            ("Interval 10", "Timeout 10000"), "15s"),
)


class Subject(NamedTuple):
    """A relay that will fail."""
    relay: object
    name: str
    key: str
    fault: Fault

    def fail(self):
        self.relay.fault(self.fault.fault,
                         key=None if self.fault.alone else self.key)
        if self.fault.seconds:
            time.sleep(self.fault.seconds)
            self.relay.heal()

    def bad_answers(self, prometheus):
        """The times of bad responses in the relay's journal; a relay that
        refuses connections has none."""
        if self.fault.alone:
            return [value for _, value in prometheus.query(
                "holysheep_verdict_since_timestamp_seconds"
                f'{{relay="{self.name}"}}')]
        return [entry["t"] for entry in self.relay.journal(
            key=self.key, fault=self.fault.fault)]


def subject_name(fault, number):
    return f"{fault.name.replace(' ', '-')}-{number}"


def subjects(stage):
    shared = stage.start_relay()
    for number in range(EACH):
        for fault in (*FAULTS, RELOAD):
            name = subject_name(fault, number)
            yield Subject(stage.start_relay() if fault.alone else shared,
                          name, f"sk-test-{name}", fault)


def start_stack(stage, relays, setting):
    """collectd, Prometheus and Alertmanager with the shipped intervals."""
    collectd = stage.make_collectd(plugin_block(*[
        relay_block(each.name, each.relay.url, *setting.lines,
                    key_file=stage.key_file(each.key)) for each in relays]),
        interval=10).start()
    receiver = Receiver()
    stage.addCleanup(receiver.close)
    alertmanager = stage.start(Alertmanager(private_folder(), receiver,
                                            quick=False))
    prometheus = stage.start(Prometheus(
        private_folder(), f"127.0.0.1:{collectd.port}", interval=None,
        config=paced(SHIPPED.read_text(), "scrape_interval", setting.scrape),
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
            and its.search(told.body["payload"]["summary"])]


def first_page(receiver, name):
    return wait_for(lambda: pages(receiver, name), PATIENCE,
                    f"a page of {name}")[0]


def restarts_seen(prometheus):
    """The number of restarts that a probe ran into."""
    name = subject_name(RELOAD, "[0-9]+")
    return len(prometheus.query(
        f'sum by (relay) (holysheep_requests_total{{relay=~"{name}",'
        'status!~"2.."}) > 0'))


def seconds_to_page(setting):
    """By fault: the seconds to the page for each relay, and all their pages.
    Also the number of restarts that were seen."""
    with Stage() as stage:
        relays = list(subjects(stage))
        receiver, prometheus = start_stack(stage, relays, setting)
        for each in relays:
            each.fail()
            time.sleep(STEP)
        seconds = {fault: [] for fault in FAULTS}
        for each in relays:
            if each.fault in seconds:
                page = first_page(receiver, each.name)
                seconds[each.fault].append(
                    page - min(each.bad_answers(prometheus)))
        time.sleep(AFTERWARDS)
        count = {fault: sum(len(pages(receiver, each.name))
                            for each in relays if each.fault == fault)
                 for fault in (*FAULTS, RELOAD)}
        return seconds, count, restarts_seen(prometheus)


def page_line(setting, fault, seconds, count):
    most = setting.limit_of_hang if fault.fault == "hang" else setting.limit
    worst = max(seconds)
    return Line(
        f"from bad answer to page: {fault.name}, {setting.name}",
        f"{worst:.0f} s at worst of {len(seconds)}",
        f"{sum(seconds) / len(seconds):.0f} s as a mean; pages for each: "
        f"{count / EACH:.2g}",
        goal=f"within {most} s, one page" if most else "",
        met=worst <= most and count == EACH if most else None)


def rows():
    for setting in SETTINGS:
        seconds, count, seen = seconds_to_page(setting)
        for fault in FAULTS:
            yield page_line(setting, fault, seconds[fault], count[fault])
        yield Line(f"a relay restarts within {RESTART} s, {setting.name}",
                   f"{count[RELOAD]} pages in {EACH} restarts",
                   f"a probe ran into {seen} of them",
                   goal="no page", met=count[RELOAD] == 0)
