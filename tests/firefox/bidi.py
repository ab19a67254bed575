"""Firefox, driven over WebDriver BiDi (W3C), which Debian's Firefox speaks by itself and Playwright does not.

No more of the protocol than the tests of the pages' Python need: a tab, an address, a script that is waited for, and
what the tab asked of whom. The transport is websocket-client's.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

NAMES = ("firefox-esr", "firefox")
MISSING = "no Firefox found (Debian: apt-get install firefox-esr)"
START = 60.0  # seconds until a Firefox that does not start is given up
PREFERENCES = {
    "network.http.speculative-parallel-limit": 0,  # no connection that is opened in case it is needed
    "network.dns.disabled": True,  # nothing outside can be reached: addresses with numbers need no DNS
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.server": "",
    "services.settings.server": "",
    "app.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
}


class BiDiError(Exception):
    """What Firefox answered instead of a result, or the exception of a script in the page."""


class Tab:
    """One tab: where it is, what it asked for, and what its console complained about."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self._firefox = firefox
        self._context = context

    def go(self, address: str) -> None:
        """Open an address and wait until all of it has come."""
        self._firefox.command(
            "browsingContext.navigate", {"context": self._context, "url": address, "wait": "complete"}
        )

    def evaluate(self, function: str, *arguments: Any) -> Any:
        """What a function of the page returns, or the promise that it returns, as JSON carries it.

        Raises BiDiError with the page's words where the function throws.
        """
        values = ", ".join(map(json.dumps, arguments))
        result = self._firefox.command(
            "script.evaluate",
            {
                "expression": f"Promise.resolve(({function})({values})).then(value => JSON.stringify(value ?? null))",
                "target": {"context": self._context},
                "awaitPromise": True,
                "userActivation": True,
            },
        )
        if result["type"] == "exception":
            raise BiDiError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    def wait(self, condition: str, *arguments: Any) -> Any:
        """What `condition` returns as soon as that is true; it is asked again and again.

        Raises BiDiError after two minutes, which is a stop for a test that hangs and no measure.
        """
        return self.evaluate(
            f"""async (...given) => {{
                for (const began = Date.now(); Date.now() - began < 120_000;) {{
                    const found = await ({condition})(...given);
                    if (found) return found;
                    await new Promise(then => setTimeout(then, 20));
                }}
                throw new Error(`in vain: {condition.replace("`", "'").replace("$", "")}`);
            }}""",
            *arguments,
        )

    def asked(self) -> list[str]:
        """The addresses that this tab has asked for so far."""
        return [
            each["params"]["request"]["url"]
            for each in self._firefox.events
            if each["method"] == "network.beforeRequestSent" and each["params"]["context"] == self._context
        ]

    def errors(self) -> list[str]:
        """What the console of this tab has called an error so far."""
        return [
            each["params"]["text"]
            for each in self._firefox.events
            if each["method"] == "log.entryAdded"
            and each["params"]["level"] == "error"
            and each["params"]["source"].get("context") == self._context
        ]

    def close(self) -> None:
        self._firefox.command("browsingContext.close", {"context": self._context})


class Firefox:
    """A running Firefox with a session of its own."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._sent = 0
        self.events: list[dict[str, Any]] = []
        self.command("session.new", {"capabilities": {}})
        self.command("session.subscribe", {"events": ["network.beforeRequestSent", "log.entryAdded"]})

    def command(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Send a command and wait for its answer; what Firefox tells in between is kept."""
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while True:
            said = json.loads(self._socket.recv())
            if said.get("id") == self._sent:
                if said["type"] == "error":
                    raise BiDiError(f"{method}: {said['error']}: {said['message']}")
                result: dict[str, Any] = said["result"]
                return result
            if said["type"] == "event":
                self.events.append(said)

    def tab(self, width: int = 1280, height: int = 900) -> Tab:
        """A new tab with a window of this size."""
        context = self.command("browsingContext.create", {"type": "tab"})["context"]
        size = {"width": width, "height": height}
        self.command("browsingContext.setViewport", {"context": context, "viewport": size})
        return Tab(self, context)


def found() -> str | None:
    """The path of a Firefox, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def running(path: str) -> Iterator[Firefox]:
    """A Firefox without a window and with an empty profile, which ends with the block."""
    with tempfile.TemporaryDirectory(prefix="firefox-") as folder:
        profile = Path(folder)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        arguments = [path, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"]
        with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                socket = create_connection(
                    f"ws://127.0.0.1:{_port(process, profile)}/session", timeout=300, suppress_origin=True
                )
                try:
                    yield Firefox(socket)
                finally:
                    socket.close()
            finally:
                process.terminate()


def _port(process: subprocess.Popen[bytes], profile: Path) -> int:
    """The port on which it listens. Firefox writes it into its profile as soon as it does."""
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        try:
            port: int = json.loads((profile / "WebDriverBiDiServer.json").read_text())["ws_port"]
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.05)
        else:
            return port
    raise BiDiError(f"Firefox does not listen (exit code {process.poll()})")
