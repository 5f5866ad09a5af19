"""An interactive figure alone on a bare page, and what each of them must keep to there."""

import importlib

import pytest

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>A page</title>
<style>body {{ margin: 16px; font: 16px sans-serif; }}
[data-theme=dark] body {{ background: #121212; color: #ced6dd; }}</style></head>
<body><main><h1>A page</h1>{}</main></body></html>"""
NAMES = "Object.getOwnPropertyNames(window)"
CONTROLS = "input, select, button, [tabindex]"
# Of the element that has the focus, or of one inside it (a handle in a drawing).
OUTLINED = """() => {
  const outlined = e => {
    const { outlineWidth, outlineStyle, stroke } = getComputedStyle(e);
    return stroke === 'rgb(36, 87, 214)'
      || (outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2);
  };
  const active = document.activeElement;
  return active.matches('main *') && [active, ...active.children].some(outlined);
}"""


def html_of(module: str, show, *args, **options) -> str:
    """The HTML that a function of `dlcv.interactive`'s module `module` publishes."""
    shown = []
    home = importlib.import_module(f"dlcv.interactive.{module}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "publish", shown.append)
        show(*args, **options)
    return shown[0]["text/html"]


def put(page, *bodies: str) -> None:
    page.set_content(PAGE.format("".join(bodies)))


def check_manners(page, html: str) -> None:
    """What every figure must keep to, in the state in which it opens."""
    check_that_no_name_leaks(page, html)
    check_that_focus_shows(page)
    check_with_axe(page)
    check_on_a_phone(page)


def check_that_no_name_leaks(page, *bodies: str) -> None:
    """No variable of a script is seen by another: only the figures' ids have become names."""
    put(page, "")
    before = set(page.evaluate(NAMES))
    put(page, *bodies)
    ids = page.locator("main [id]").evaluate_all("all => all.map(e => e.id)")
    root = page.locator("[data-ready]").first.get_attribute("id")
    assert set(page.evaluate(NAMES)) - before <= {name for name in ids if name.startswith(root)}


def check_that_focus_shows(page) -> None:
    """The Tab key reaches each control, and each then looks as if it were reached."""
    count = page.locator(f"main :is({CONTROLS}):visible:not(:disabled)").count()
    assert count, "nothing can be reached with the keyboard"
    for _ in range(count):
        page.keyboard.press("Tab")
        assert page.evaluate(OUTLINED), page.evaluate("document.activeElement.outerHTML")[:200]


def check_with_axe(page) -> None:
    """axe finds nothing, in light and dark."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        found = axe.run(page).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == [], theme


def check_on_a_phone(page) -> None:
    """A phone needs no scrolling to the side."""
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def without_scripts(browser, html: str, tmp_path):
    """The page as it is read where no script runs; close its context in the end."""
    file = tmp_path / "page.html"
    file.write_text(PAGE.format(html), encoding="utf-8")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(file.as_uri())
    return page
