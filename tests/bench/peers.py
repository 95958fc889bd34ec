"""Other tools that monitor the same relay: blackbox_exporter, scraped by
Prometheus, and collectd's own curl_json and curl."""

import json
import shutil
import time

from cost import RELAYS as COST_RELAYS
from cost import WIRES, fleet_window, per_probe
from fleets import name, measure_on_time
from harness import Process, Prometheus, free_port, private_folder
from outage import SECONDS, make_six_hang, healthy, share_of_healthy
from subjects import ENDPOINTS, Fleet, Stage, start_plugin, watch_fleet
from table import Line, mb, ms, percent
from test_outage import HANGING, RELAYS

PROGRAMS = ("prometheus-blackbox-exporter", "prometheus")
CHAT = {"model": "gpt-4o-mini", "max_tokens": 10,
        "messages": [{"role": "user", "content": "ping"}]}
TIMEOUTS = dict(zip(ENDPOINTS, (10, 10, 30)))  # seconds, like the plugin's


def missing():
    """The packages to install first, if any."""
    lack = [program for program in PROGRAMS if shutil.which(program) is None]
    return lack and f"missing: apt-get install {' '.join(lack)}"


# --- blackbox_exporter -------------------------------------------------------

def module(fleet, number, endpoint):
    http = {"headers": {"Authorization": f"Bearer {fleet.key(number)}"},
            "preferred_ip_protocol": "ip4"}
    if endpoint == "chat/completions":
        http |= {"method": "POST", "body": json.dumps(CHAT)}
        http["headers"]["Content-Type"] = "application/json"
    if fleet.ca:
        http["tls_config"] = {"ca_file": str(fleet.ca)}
    return {"prober": "http", "timeout": f"{TIMEOUTS[endpoint]}s",
            "http": http}


def all_probes(fleet):
    for number in range(fleet.count):
        for endpoint in ENDPOINTS:
            yield number, endpoint, f"{number}-{endpoint}"


def scrape_job(fleet, port):
    """Scrapes the exporter for each probe. JSON is valid YAML."""
    return json.dumps({"scrape_configs": [{
        "job_name": "blackbox", "metrics_path": "/probe",
        "scrape_interval": f"{fleet.interval}s",
        "scrape_timeout": f"{fleet.interval}s",
        "static_configs": [
            {"targets": [f"{fleet.url}/{endpoint}"],
             "labels": {"__param_module": probe, "probe": probe}}
            for _, endpoint, probe in all_probes(fleet)],
        "relabel_configs": [
            {"source_labels": ["__address__"],
             "target_label": "__param_target"},
            {"target_label": "__address__",
             "replacement": f"127.0.0.1:{port}"}]}]})


def start_blackbox(stage, fleet):
    folder, port = private_folder(), free_port()
    config = folder / "blackbox.yml"
    config.write_text(json.dumps({"modules": {
        probe: module(fleet, number, endpoint)
        for number, endpoint, probe in all_probes(fleet)}}))
    exporter = stage.start(Process("blackbox", [
        shutil.which(PROGRAMS[0]), f"--config.file={config}",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
        folder))
    stage.start(Prometheus(folder, "", interval=f"{fleet.interval}s",
                           config=scrape_job(fleet, port)))
    return exporter


# --- curl_json and curl ------------------------------------------------------

def quoted(text):
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def request_lines(fleet, number, endpoint):
    yield f'Header "Authorization: Bearer {fleet.key(number)}"'
    yield f"Timeout {TIMEOUTS[endpoint] * 1000}"
    if fleet.ca:
        yield f'CACert "{fleet.ca}"'


def json_block(fleet, number, endpoint, key):
    return "\n".join([
        f'<URL "{fleet.url}/{endpoint}">',
        f'Instance "{number}-{endpoint}"',
        *request_lines(fleet, number, endpoint),
        f'<Key "{key}">', 'Type "gauge"', "</Key>", "</URL>"])


def page_block(fleet, number):
    return "\n".join([
        f'<Page "{number}">', f'URL "{fleet.url}/chat/completions"',
        *request_lines(fleet, number, "chat/completions"),
        'Header "Content-Type: application/json"',
        f"Post {quoted(json.dumps(CHAT))}",
        "MeasureResponseTime true", "MeasureResponseCode true", "</Page>"])


def start_curl_json(stage, fleet):
    numbers = range(fleet.count)
    config = "\n".join([
        "<Plugin curl_json>",
        *[json_block(fleet, n, "models", "data/0/created") for n in numbers],
        *[json_block(fleet, n, "billing", "remaining") for n in numbers],
        "</Plugin>", "<Plugin curl>", *[page_block(fleet, n) for n in numbers],
        "</Plugin>", ""])
    return stage.make_collectd(
        config, load=None, plugins=("curl_json", "curl"), writer=False,
        interval=fleet.interval).start(ready=False)


# --- the lines ---------------------------------------------------------------

PEERS = {"blackbox_exporter": start_blackbox,
         "curl_json and curl": start_curl_json}


def cost_lines(peer, start):
    for what, ca in WIRES[:2]:
        theirs = fleet_window(ca, False, start)
        ours = fleet_window(ca, False, start_plugin)
        cpu, least = per_probe(theirs), per_probe(ours)
        yield Line(f"{peer}: CPU of a probe, {what}", ms(cpu),
                   f"holysheep {ms(least)}", cpu / least)
        yield Line(f"{peer}: memory of {COST_RELAYS} relays, {what}",
                   mb(theirs.rss), f"holysheep {mb(ours.rss)}",
                   theirs.rss / ours.rss)


def outage_share(start):
    with Stage() as stage:
        fleet = Fleet(stage.start_relay(), RELAYS, 2)
        watch_fleet(start(stage, fleet), fleet, 1)
        make_six_hang(fleet)
        begin = time.monotonic()
        time.sleep(SECONDS)
        return share_of_healthy(fleet, healthy(fleet, begin), SECONDS)


def rows():
    [ours] = measure_on_time((1000, start_plugin))
    for peer, start in PEERS.items():
        yield from cost_lines(peer, start)
        [theirs] = measure_on_time((1000, start))
        yield Line(f"{peer}: {name(1000)}",
                   f"{percent(theirs.share)} made, {percent(theirs.core)} of "
                   f"a core, {mb(theirs.rss)}",
                   f"holysheep {percent(ours.share)}, {percent(ours.core)}, "
                   f"{mb(ours.rss)}")
        yield Line(f"{peer}: {HANGING} of {RELAYS} relays hang, the others'",
                   f"{percent(outage_share(start))} made")
