"""The stand-in relay and its control API."""

import json
import urllib.parse
import urllib.request

import build
from process import Process, free_port, wait_for

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PORTS = ("port", "tls_port", "control_port")


class Relay(Process):
    """Takes the program's options, with `_` for `-`: Relay(folder, delay=50,
    key=["sk-a", "sk-b"])."""

    def __init__(self, folder, name="relay", **options):
        argv = [build.built("holysheep-relay"), "--exit-with-parent",
                "--dir", folder]
        options = {**{port: free_port() for port in PORTS}, **options}
        for option, value in options.items():
            values = value if isinstance(value, (list, tuple)) else [value]
            for each in values:
                argv += ["--" + option.replace("_", "-"), each]
        super().__init__(name, argv, folder)
        self.addresses = {}

    def start(self):
        super().start()
        self.addresses = wait_for(
            self._announced, 20, "the relay to listen",
            until=lambda seen: "ca" in seen, explain=self.explain)
        return self

    def _announced(self):
        if self.code is not None:
            raise AssertionError(f"the relay ended with {self.code}\n"
                                 f"{self.explain()}")
        lines = self.out.read_text().splitlines()
        return dict(line.split(" ", 1) for line in lines if " " in line)

    @property
    def url(self):
        return self.addresses["http"]

    @property
    def tls_url(self):
        return self.addresses["https"]

    @property
    def ca(self):
        return self.addresses["ca"]

    @property
    def port(self):
        return urllib.parse.urlsplit(self.url).port

    def _control(self, method, command, **query):
        given = {k: v for k, v in query.items() if v is not None}
        url = f"{self.addresses['control']}/{command}"
        if given:
            url += "?" + urllib.parse.urlencode(given)
        request = urllib.request.Request(url, method=method)
        with _direct.open(request, timeout=30) as answer:
            return answer.read().decode(errors="replace")

    def fault(self, name, endpoint=None, key=None, ms=None, path=None):
        self._control("PUT", "fault", name=name, endpoint=endpoint, key=key,
                      ms=ms, path=path)

    def heal(self, endpoint=None, key=None, path=None):
        """Clears the fault with exactly this scope; without arguments, all
        faults."""
        self._control("DELETE", "fault", endpoint=endpoint, key=key,
                      path=path)

    def faults(self):
        return self._control("GET", "faults")

    def header(self, name, value, endpoint=None, key=None, path=None):
        """Adds a header to the responses in that scope."""
        self._control("PUT", "header", name=name, value=value,
                      endpoint=endpoint, key=key, path=path)

    def clear_headers(self):
        self._control("DELETE", "header")

    def balance(self, usd=None, used=None):
        self._control("PUT", "balance", usd=usd, used=used)

    def expires(self, at):
        """Seconds since the epoch; 0 and -1 are never."""
        self._control("PUT", "expires", at=at)

    def unlimited(self, unlimited=True):
        self._control("PUT" if unlimited else "DELETE", "unlimited")

    def delay(self, ms):
        self._control("PUT", "delay", ms=ms)

    def pace(self, first=None, token=None):
        """Delays of streams in ms: before the first token, and between
        tokens."""
        self._control("PUT", "pace", first=first, token=token)

    def journal(self, start=None, **fields):
        """The requests received since entry `start`, as dictionaries; with
        fields, those whose entries have these values."""
        text = self._control("GET", "journal", **{"from": start})
        entries = [json.loads(line) for line in text.splitlines()]
        return [e for e in entries
                if all(e.get(k) == v for k, v in fields.items())]

    def connections(self):
        """The numbers of accepted and of open connections."""
        return json.loads(self._control("GET", "connections"))
