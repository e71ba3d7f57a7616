"""A headless Chromium over the DevTools protocol's pipe: no driver, no port, no library.

`python -m tests.reports.browser PAGE.html OUT.png [dark] [width] [height] [#key]` takes a picture of a page.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe"
).split()
# Chromium reads commands from descriptor 3 and writes answers to 4.
_LAUNCH = "import os, sys; r, w = os.dup2(int(sys.argv[1]), 103), os.dup2(int(sys.argv[2]), 104); "
_LAUNCH += "os.dup2(r, 3); os.dup2(w, 4); os.execv(sys.argv[3], sys.argv[3:])"


def installed() -> str | None:
    """The Chromium of this machine; MOCKSERVER_CHROMIUM names another."""
    named = os.environ.get("MOCKSERVER_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One browser with one page at a time. `errors` are uncaught exceptions and what the page's policy refused."""

    def __init__(self, program: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        command = [sys.executable, "-c", _LAUNCH, str(theirs_in), str(theirs_out), program, *FLAGS]
        self.process = subprocess.Popen(
            [*command, f"--user-data-dir={self.folder.name}", "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self.out, self.into = os.fdopen(ours_out, "wb", 0), os.fdopen(ours_in, "rb")
        self.number, self.session, self.errors, self.urls = 0, "", [], []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def close(self) -> None:
        self.session = ""
        self.send("Browser.close")
        self.out.close()
        self.process.wait(20)
        self.into.close()
        self.folder.cleanup()

    def send(self, method: str, **parameters: Any) -> Any:
        """Call a method and wait for its result; events that come before are read on the way."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self) -> dict[str, Any]:
        taken = bytearray()
        while (byte := self.into.read(1)) != b"\0":
            assert byte, "the browser has gone"
            taken += byte
        message: dict[str, Any] = json.loads(taken)
        told = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(told["exceptionDetails"]))
        elif message.get("method") == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.errors.append(told["entry"]["text"])
        elif message.get("method") == "Network.requestWillBeSent":
            self.urls.append(told["request"]["url"])
        return message

    def open(self, page: Path, fragment: str = "") -> float:
        """Load a file anew; the milliseconds until its script has run."""
        self.send("Page.navigate", url="about:blank")
        self.wait("location.href === 'about:blank'")
        self.errors.clear()
        self.urls.clear()
        began = time.perf_counter()
        self.send("Page.navigate", url=page.as_uri() + fragment)
        self.wait("location.protocol === 'file:' && document.readyState === 'complete'")
        return 1000 * (time.perf_counter() - began)

    def run(self, script: str) -> Any:
        """The value of an expression in the page, promises awaited."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, condition: str, seconds: float = 10) -> None:
        """Until an expression is true."""
        until = time.monotonic() + seconds
        while not self.run(condition):
            assert time.monotonic() < until, f"never came true: {condition}"
            time.sleep(0.01)

    def press(self, key: str, text: str = "") -> None:
        """A key as a person presses it."""
        code = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32}.get(key, ord(key.upper()[0]))
        more = {"text": text} if text else {}
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)
            more = {}

    def picture(self, file: Path) -> None:
        """A screenshot of the window."""
        file.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def window(self, width: int, height: int) -> None:
        """The size of the window in pixels."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, kind: str = "", **features: str) -> None:
        """As on paper (`print`), or with preferences such as `prefers_color_scheme`."""
        told = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", media=kind, features=told)


def main(arguments: list[str]) -> None:
    page, out, *rest = arguments
    sizes = [int(word) for word in rest if word.isdigit()]
    browser = Browser(installed() or "chromium")
    try:
        browser.window(*(sizes + [1280, 1600][len(sizes) :]))
        browser.media(prefers_color_scheme="dark" if "dark" in rest else "light", prefers_reduced_motion="reduce")
        browser.open(Path(page).resolve(), next((word for word in rest if word.startswith("#")), ""))
        browser.picture(Path(out))
    finally:
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
