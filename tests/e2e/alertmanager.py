"""Debian's Alertmanager with the shipped configuration, and a receiver that
records what it sends."""

import functools
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request
from typing import NamedTuple

import build
from smtp_server import MailServer
from process import Process, free_port, wait_for

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
SHIPPED = build.SRCDIR / "dashboards" / "alertmanager"
SECRETS = ("slack_url", "smtp_password", "pagerduty_key", "heartbeat_token")

# The newest feature that the configuration uses.
PASSWORD_FILE = """\
global:
  smtp_auth_password_file: secrets/smtp_password
route:
  receiver: nobody
receivers:
  - name: nobody
"""


@functools.cache
def takes_configuration():
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(PASSWORD_FILE)
        file.flush()
        return subprocess.run(["amtool", "check-config", file.name],
                              capture_output=True).returncode == 0


def skip_without_configuration():
    """Skips the test if the distribution's Alertmanager is too old."""
    if not takes_configuration():
        raise unittest.SkipTest(
            "this Alertmanager does not know smtp_auth_password_file: it is "
            "older than 0.25")


class Told(NamedTuple):
    who: str
    body: dict
    authorization: str
    time: float  # time of delivery


class Answer(NamedTuple):
    status: int
    kind: str
    body: bytes


# The responses of the real services. Alertmanager checks more than the status:
# any other text from Slack counts as a failure, and the notification is sent
# again.
ANSWERS = {
    "slack": Answer(200, "text/html", b"ok"),
    "pagerduty": Answer(202, "application/json", json.dumps({
        "status": "success", "message": "Event processed",
        "dedup_key": "test"}).encode()),
    "heartbeat": Answer(200, "text/plain; charset=utf-8", b"OK"),
}


class Receiver:
    """All receivers of Alertmanager, told apart by the request's path; also a
    mail server."""

    def __init__(self):
        self.seen = []
        self.mail = MailServer()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers["Content-Length"])
                who = self.path.strip("/")
                body = json.loads(self.rfile.read(size))
                receiver.seen.append(Told(
                    who, body, self.headers.get("Authorization"),
                    time.time()))
                answer = ANSWERS[who]
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                       Handler)
        threading.Thread(target=self._server.serve_forever,
                         daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self.mail.close()

    def of(self, who):
        return [told.body for told in self.seen if told.who == who]


def configuration_with(members):
    """alertmanager.yml as the mixin makes it with these members of its
    configuration."""
    if shutil.which("jsonnet") is None:
        raise unittest.SkipTest("jsonnet is not installed")
    with tempfile.TemporaryDirectory() as folder:
        mixin = pathlib.Path(folder) / "mixin"
        shutil.copytree(SHIPPED.parent / "mixin", mixin)
        (mixin / "config.libsonnet").rename(mixin / "shipped.libsonnet")
        (mixin / "config.libsonnet").write_text(
            f"(import 'shipped.libsonnet') + {members}\n")
        return subprocess.run(
            ["jsonnet", "--string", mixin / "alertmanager.jsonnet"],
            capture_output=True, text=True, check=True).stdout


def copy_configuration(folder, receiver=None, quick=False, text=None):
    """Copies the shipped files with test secrets; they send to the receiver,
    if given. Returns the path of alertmanager.yml, which may have another
    text."""
    folder = pathlib.Path(folder)
    secrets = folder / "secrets"
    secrets.mkdir()
    url = receiver.url if receiver else "http://127.0.0.1:9"
    for name in SECRETS:
        (secrets / name).write_text(
            url + "/slack" if name == "slack_url" else f"test-{name}")
    shutil.copy(SHIPPED / "holysheep.tmpl", folder)
    text = text or (SHIPPED / "alertmanager.yml").read_text()
    text = text.replace("https://heartbeat.example.com/ping",
                        url + "/heartbeat")
    text = text.replace("smtp.example.com:587", "127.0.0.1:{}".format(
        receiver.mail.port if receiver else 9))
    text = text.replace("global:\n",
                        f"global:\n  pagerduty_url: {url}/pagerduty\n"
                        "  smtp_require_tls: false\n", 1)
    if quick:
        text = re.sub(r"group_wait: 10s", "group_wait: 1s", text)
        text = re.sub(r"group_interval: 1m", "group_interval: 1s", text)
    path = folder / "alertmanager.yml"
    path.write_text(text)
    return path


class Alertmanager(Process):
    def __init__(self, folder, receiver, name="alertmanager", quick=True,
                 text=None):
        folder = pathlib.Path(folder)
        self.port = free_port()
        config = copy_configuration(folder, receiver, quick, text)
        program = shutil.which("prometheus-alertmanager")
        if program is None:
            raise FileNotFoundError(
                "Alertmanager: apt-get install prometheus-alertmanager")
        super().__init__(name, [
            program, f"--config.file={config}",
            f"--storage.path={folder / name}.data",
            "--cluster.listen-address=",
            f"--web.listen-address=127.0.0.1:{self.port}"], folder)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        super().start()
        wait_for(lambda: _direct.open(self.url + "/-/ready", timeout=30), 30,
                 "Alertmanager", lambda _: True, self.explain)
        return self

    def _call(self, path, body=None):
        request = urllib.request.Request(
            self.url + path, headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        with _direct.open(request, timeout=30) as answer:
            return answer.read().decode()

    def post(self, *alerts):
        """Posts alerts as Prometheus does."""
        self._call("/api/v2/alerts", list(alerts))

    def suppressed(self):
        """The labels of alerts that are inhibited by others."""
        alerts = json.loads(self._call("/api/v2/alerts"))
        return {tuple(sorted(a["labels"].items())) for a in alerts
                if a["status"]["inhibitedBy"]}
