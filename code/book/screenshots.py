"""Take pictures of pages of the built site, for editors: look at what you made.

    python -m book.screenshots OUT [PAGE ...] [--site _build/html] [--full]

A page is a path such as `intro` or `chapters/1-seeing/02-linear-classifiers`; none: every page.
Each gives three PNG files: `-desktop` (1280 px), `-phone` (360 px) and `-dark` (1280 px, dark).
"""

import argparse
from pathlib import Path

from playwright.sync_api import sync_playwright

from book.browser import launch
from book.serve import serve

VIEWS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}


def load_everything(page) -> None:
    """Images load when they come into view: bring all of them into view, then return to the top."""
    page.add_style_tag(content="* { content-visibility: visible !important; }")
    page.evaluate(
        """() => Promise.all([...document.images].map(image => {
            image.loading = "eager";
            return image.decode().catch(() => {});  // a hidden image cannot be decoded
        }))"""
    )


def take(browser, address: str, page_name: str, out: Path, full: bool) -> list[Path]:
    """The three pictures of one page."""
    files = []
    for view, settings in VIEWS.items():
        page = browser.new_page(**settings)
        page.goto(f"{address}/{page_name}.html", wait_until="load")
        load_everything(page)
        files.append(out / f"{page_name.replace('/', '-')}-{view}.png")
        page.screenshot(path=files[-1], full_page=full)
        page.close()
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--site", type=Path, default=Path("_build/html"))
    parser.add_argument("--full", action="store_true", help="the whole page, not one screen")
    options = parser.parse_args()
    built = sorted(file.relative_to(options.site) for file in options.site.rglob("*.html"))
    pages = options.pages or [str(file.with_suffix("")) for file in built]
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, serve(options.site) as address:
        browser = launch(playwright)
        for name in pages:
            page = name.removesuffix(".html")
            for file in take(browser, address, page, options.out, options.full):
                print(file)
        browser.close()


if __name__ == "__main__":
    main()
