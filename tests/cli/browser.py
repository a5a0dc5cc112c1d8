"""Debian's Chromium, driven by Playwright: one for the tests of a module, a page of its own for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from tests.clock import HANGS


@contextmanager
def started() -> Iterator[Browser]:
    """The browser. Where there is none, the test is skipped, saying so; on CI (CI=true) that is a failure."""
    program = shutil.which("chromium")
    if program is None:
        why = "There is no Chromium here (Debian: apt-get install chromium)."
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    with sync_playwright() as playwright:
        # As root Chromium has no sandbox of its own; what it opens here was made here.
        args = ["--no-sandbox"] if os.geteuid() == 0 else []
        args.append("--disable-dev-shm-usage")  # a container's /dev/shm may be too small for it
        browser = playwright.chromium.launch(executable_path=program, args=args, timeout=HANGS * 1000)
        try:
            yield browser
        finally:
            browser.close()


def trouble(message: ConsoleMessage) -> str | None:
    """What a page's console complains about; None for what is no complaint."""
    return message.text if message.type in ("error", "warning") else None
