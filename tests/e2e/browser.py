"""A headless Chromium, driven over its DevTools protocol (through pipes, so
that nothing but the standard library is needed)."""

import base64
import json
import os
import shutil
import subprocess

from process import wait_for

# As root there is no sandbox; the rest keeps Chromium from calling home.
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-dev-shm-usage", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars",
         "--force-color-profile=srgb", "--remote-debugging-pipe")
PATIENCE = 120  # seconds: starting it on a busy machine takes long


class Browser:
    """`complaints` are the errors of the page's console, `requests` the
    addresses that it asked for."""

    def __init__(self, folder):
        program = shutil.which("chromium")
        if program is None:
            raise FileNotFoundError("chromium: apt-get install chromium")
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        self._child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "bash", "-c",
             f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "chromium",
             program, *FLAGS, f"--user-data-dir={folder}/chromium"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        os.close(theirs_in)
        os.close(theirs_out)
        self._read = b""
        self._count = 0
        self._session = None
        self.complaints, self.requests = [], []
        target = self._call("Target.createTarget", url="about:blank")
        self._session = self._call(
            "Target.attachToTarget", targetId=target["targetId"],
            flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def _call(self, method, **params):
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def _next(self):
        while b"\0" not in self._read:
            piece = os.read(self._in, 1 << 20)
            if not piece:
                raise AssertionError("Chromium ended")
            self._read += piece
        message, self._read = self._read.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event):
        params = event.get("params", {})
        if event["method"] == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"]))
        elif event["method"] == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(params["args"]))
        elif event["method"] == "Log.entryAdded":
            self.complaints.append(json.dumps(params["entry"]))
        elif event["method"] == "Page.javascriptDialogOpening":
            self.complaints.append(f"dialog: {params['message']}")
            self._call("Page.handleJavaScriptDialog", accept=True)

    def look(self, width=1280, height=900, dark=False, script=True):
        """What the next page is shown on."""
        self._call("Emulation.setDeviceMetricsOverride", width=width,
                   height=height, deviceScaleFactor=1, mobile=width < 600)
        self._call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])
        self._call("Emulation.setScriptExecutionDisabled", value=not script)

    def hurry(self):
        """In the next pages, what would wait for seconds waits for less."""
        self._call("Page.addScriptToEvaluateOnNewDocument", source="""
            const later = window.setTimeout;
            window.setTimeout = (what, pause) => later(what, pause / 20);""")

    def open(self, url):
        self.complaints.clear()
        self.requests.clear()
        self._call("Page.navigate", url=url)

    def run(self, script):
        """The value of an expression in the page."""
        answer = self._call("Runtime.evaluate", expression=script,
                            returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, script, until=bool):
        """Waits until the expression's value is as it should be."""
        return self.wait_for(lambda: self.run(script), script, until)

    def wait_for(self, look, what, until=bool, explain=lambda: ""):
        return wait_for(look, PATIENCE / 4, what, until, lambda: "\n".join(
            [*self.complaints, str(explain())]))

    def shot(self, path):
        """A picture of the whole page."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        picture = self._call(
            "Page.captureScreenshot", captureBeyondViewport=True,
            clip={**size, "scale": 1})
        path.write_bytes(base64.b64decode(picture["data"]))

    def close(self):
        try:
            self._session = None
            self._call("Browser.close")
        except (AssertionError, OSError):
            pass
        self._child.wait(PATIENCE)
        os.close(self._in)
        os.close(self._out)
