"""Find a Chromium on this machine and start it: for the browser tests and for screenshots."""

import os
import shutil
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
APPLICATIONS = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
]
MISSING = (
    "no Chromium found: install Debian's package `chromium`, or Google Chrome,"
    " or run `playwright install chromium`"
)
# No visits of the browser's own (updates and the like): every request seen is then a page's.
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
]


def find_chromium(playwright) -> str | None:
    """The path of a Chromium: installed ones first, then the one Playwright may have fetched."""
    chosen = os.environ.get("CHROME_PATH")
    found = [chosen, *map(shutil.which, NAMES), *APPLICATIONS, playwright.chromium.executable_path]
    return next((path for path in found if path and Path(path).exists()), None)


def launch(playwright, *arguments: str):
    """A headless browser; raises `FileNotFoundError` where there is no Chromium."""
    path = find_chromium(playwright)
    if path is None:
        raise FileNotFoundError(MISSING)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    sandbox = ["--no-sandbox"] if is_root else []  # Chromium refuses to run as root with it
    return playwright.chromium.launch(
        executable_path=path, args=[*ARGUMENTS, *sandbox, *arguments], headless=True
    )
