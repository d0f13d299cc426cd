"""A real browser over the site: Debian's Chromium, driven by Playwright, with every error of a page and every request that leaves the site kept."""

from __future__ import annotations

import gzip
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Playwright, Request, expect, sync_playwright

from tests.conftest import REPOSITORY

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
expect.set_options(timeout=30_000)  # a busy machine takes its time; no test is about how long
AXE = REPOSITORY / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_AXE = """tags => axe.run(document, {runOnly: {type: "tag", values: tags}, preload: false}).then(found => found.violations.map(
  one => `${one.id} (${one.impact}): ${one.nodes.map(node => node.target.join(" ") + " " + node.failureSummary).join(" | ")}`))"""


def program() -> str:
    """Where Chromium is; the test is skipped where there is none."""
    found = os.environ.get("EXOGRAPH_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium, or name one by EXOGRAPH_CHROMIUM")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser."""
    place = program()
    with sync_playwright() as playwright:
        browser = launched(playwright, place)
        yield browser
        browser.close()


def launched(playwright: Playwright, place: str) -> Browser:
    """Chromium without its own traffic."""
    return playwright.chromium.launch(executable_path=place, args=ARGUMENTS)


class Watched:
    """A page of the site, of which is kept what went wrong: messages of errors and warnings, and requests to anything but the site."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        """``base`` is the address of the site, which ends in a stroke."""
        self.base = base
        self.faults: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._request)
        self.page.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text} at {message.location.get('url')}")

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.base, "blob:", "data:")):
            self.faults.append(f"request: {request.url}")

    def open(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto("about:blank")  # a fragment alone would not load it anew
        self.page.goto(self.base + path)
        return self.page

    def violations(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA; the test is skipped where it is not installed."""
        if not AXE.is_file():
            pytest.skip("axe is not installed: npm ci in web/")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = self.page.evaluate(_AXE, TAGS)
        return found


@contextmanager
def watching(browser: Browser, base: str, **options: Any) -> Iterator[Watched]:
    """A page of a new context of the browser; at its end nothing may have gone wrong."""
    context = browser.new_context(**options)
    try:
        watched = Watched(context, base)
        yield watched
        assert watched.faults == []
    finally:
        context.close()


class _Handler(SimpleHTTPRequestHandler):
    """Files as most web hosts send them: compressed where they are text."""

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """The address of a plain web server over a folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
