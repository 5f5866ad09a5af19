#!/bin/sh
# Find a Chromium for the book tests, or install Debian's. Never fails: without a browser those
# tests say that they are skipped, and the rest runs. Called by `make test`, after the install.

has_browser() {
    PYTHONPATH=code .venv/bin/python -c '
import sys
from playwright.sync_api import sync_playwright
from book.browser import find_chromium
with sync_playwright() as playwright:
    sys.exit(find_chromium(playwright) is None)' 2>/dev/null
}

has_browser && exit 0

# On Ubuntu the package `chromium` is a stub that wants snap, which containers do not have.
if [ -f /etc/debian_version ] && ! grep -qi '^ID=ubuntu' /etc/os-release; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    if $as_root true 2>/dev/null; then
        echo "installing Chromium for the browser tests"
        export DEBIAN_FRONTEND=noninteractive
        $as_root apt-get update -qq </dev/null &&
            $as_root apt-get install -y -qq --no-install-recommends \
                chromium chromium-sandbox fonts-liberation </dev/null >/dev/null
        has_browser && exit 0
    fi
fi
echo "no Chromium found: the browser tests will be skipped. To run them, install Chrome or Chromium,"
echo "or let Playwright fetch one: .venv/bin/playwright install chromium"
exit 0
