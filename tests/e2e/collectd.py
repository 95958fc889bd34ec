"""Runs collectd in a private folder with the plugin."""

import glob
import os
import pathlib
import re
import shutil
import subprocess
import urllib.request

import build
from exposition import Scrape
from process import Process, free_port, tail, wait_for

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_HERE = pathlib.Path(__file__).resolve().parent

# logfile comes first: messages logged before it is loaded go to stderr.
_CONFIG = """\
Hostname "{host}"
FQDNLookup false
Interval {interval}
BaseDir "{folder}"
PIDFile "{folder}/collectd.pid"
TypesDB "/usr/share/collectd/types.db"
{globals}
LoadPlugin logfile
<Plugin logfile>
  LogLevel info
  File "{folder}/collectd.log"
  Timestamp true
  PrintSeverity true
</Plugin>
{writer}
{plugins}
{holysheep}
{config}
"""

_WRITER = """\
LoadPlugin write_prometheus
<Plugin write_prometheus>
  Host "127.0.0.1"
  Port "{port}"
</Plugin>
"""

# Otherwise collectd logs a line for each value without a writer.
_NO_WRITER = """\
PostCacheChain "PostCache"
<Chain "PostCache">
  Target "stop"
</Chain>
"""


def checker(reports):
    """The command prefix for valgrind: it writes reports to files that begin
    with `reports` and makes the exit code 99."""
    if build.MODE != "valgrind":
        return []
    return ["valgrind", "--quiet", "--error-exitcode=99",
            "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite", "--num-callers=30",
            "--keep-debuginfo=yes", f"--log-file={reports}.%p",
            f"--suppressions={_HERE / 'valgrind.supp'}"]


def sanitizer_options(reports):
    """The environment that makes sanitizers do the same."""
    options = f"log_path={reports}:exitcode=99"
    return {"ASAN_OPTIONS": options + ":detect_leaks=1",
            "UBSAN_OPTIONS": options + ":print_stacktrace=1:halt_on_error=1",
            "LSAN_OPTIONS": f"suppressions={_HERE / 'lsan.supp'}"
                            ":print_suppressions=0"}


STREAM = '<Chat "gpt-4o-mini">\n  Stream true\n</Chat>'


def relay_block(name, url, *lines, key_file=None):
    """A <Relay> block; further lines are added verbatim."""
    inside = [f'BaseURL "{url}"'] if url else []
    inside += [f'APIKeyFile "{key_file}"'] if key_file else []
    inside += lines
    text = "\n".join("    " + line for line in inside)
    return f'  <Relay "{name}">\n{text}\n  </Relay>\n'


def plugin_block(*relays):
    return "<Plugin holysheep>\n" + "".join(relays) + "</Plugin>\n"


class Collectd(Process):
    """`config` is whatever comes after the plugin was loaded: its blocks,
    other plugins' blocks. `plugins` are others to load. With load=None the
    plugin stays out; else it is the lines inside its <LoadPlugin>. Without
    the writer there is no metrics page."""

    def __init__(self, folder, config="", *, name="collectd", interval=1,
                 plugins=(), load="", globals_="", arguments=("-f",),
                 host="e2e", preload=(), env=None, prefix=(), writer=True,
                 plugin=None):
        folder = pathlib.Path(folder)
        self.port = free_port()
        self.plugin = None if load is None else (
            plugin or build.built("holysheep.so"))
        self.log = folder / "collectd.log"
        self.conf = folder / "collectd.conf"
        self.reports = folder / "report"
        self.conf.write_text(_CONFIG.format(
            host=host, interval=interval, folder=folder, globals=globals_,
            config=config,
            writer=_WRITER.format(port=self.port) if writer else _NO_WRITER,
            plugins="\n".join(f"LoadPlugin {p}" for p in plugins),
            holysheep=self._load(load) if self.plugin else ""))
        argv = [*prefix, *checker(self.reports), shutil.which("collectd"),
                *arguments, "-C", self.conf]
        super().__init__(name, argv, folder,
                         self._environment(preload, env or {}))

    def _load(self, lines):
        return (f'PluginDir "{self.plugin.parent}"\n'
                f"<LoadPlugin holysheep>\n{lines}\n</LoadPlugin>")

    def _environment(self, preload, changes):
        """Nothing of ours but what is given; a proxy variable of the host
        or its key would change what is tested."""
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **changes}
        libraries = [str(path) for path in preload]
        if self.plugin and build.is_sanitized(self.plugin):
            libraries.insert(0, _asan_library())
            env |= sanitizer_options(self.reports)
        if libraries:
            env["LD_PRELOAD"] = ":".join(libraries)
        return env

    def start(self, ready=True):
        """Without `ready`, does not wait for the metrics page."""
        super().start()
        if ready:
            self.wait_for(self.scrape, 20, "the metrics page", lambda _: True)
        return self

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/metrics"

    def page(self):
        if self.code is not None:
            raise AssertionError(f"collectd ended with {self.code}\n"
                                 f"{self.explain()}")
        with _direct.open(self.address, timeout=60) as answer:
            return answer.read().decode()

    def scrape(self):
        return Scrape(self.page())

    def wait_for(self, look, timeout, what, until=bool):
        return wait_for(look, timeout, what, until, self.explain)

    def wait_verdict(self, relay, endpoint, cause, fault=None, timeout=15):
        """Waits for that verdict; returns the scrape that shows it."""
        seen = []

        def look():
            seen[:] = [self.scrape()]
            return seen[0].verdict(relay, endpoint)

        self.wait_for(
            look, timeout, f"{relay} {endpoint} to be {cause}",
            lambda v: v and v[0] == cause and fault in (None, v[1]))
        return seen[0]

    def wait_scrape(self, condition, timeout, what):
        """Waits until condition(scrape) is true; returns the scrape."""
        seen = []

        def look():
            seen[:] = [self.scrape()]
            return condition(seen[0])

        self.wait_for(look, timeout, what)
        return seen[0]

    def log_lines(self, pattern=""):
        """The matching lines of collectd's log and stderr."""
        text = "".join(path.read_text(errors="replace")
                       for path in (self.err, self.log) if path.exists())
        return [line for line in text.splitlines()
                if re.search(pattern, line)]

    def wait_log(self, pattern, timeout=15):
        return self.wait_for(lambda: self.log_lines(pattern), timeout,
                             f"a log line with {pattern!r}")

    def reports_text(self):
        """The reports of valgrind or a sanitizer."""
        texts = [pathlib.Path(path).read_text(errors="replace")
                 for path in glob.glob(f"{self.reports}.*")]
        return "\n".join(filter(None, texts))

    def explain(self):
        return (f"{super().explain()}\n--- collectd.log\n{tail(self.log)}\n"
                f"{self.reports_text()[-20000:]}")


def _asan_library():
    return subprocess.run(
        [os.environ.get("CC", "gcc"), "-print-file-name=libasan.so"],
        check=True, capture_output=True, text=True).stdout.strip()
