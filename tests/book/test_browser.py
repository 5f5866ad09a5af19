"""Every page in a real browser that can reach no other host: what a reader meets.

Each page is visited once; the tests then look at what was noted there.
"""

import re
import sys
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

axe_api = pytest.importorskip("axe_playwright_python.sync_playwright")

from book.serve import serve  # noqa: E402

# The two rules about colors take most of the time, and the same few colors stand thousands of times
# on a page. They look at three marked elements of each kind, all others at every element.
COLORS = ["color-contrast", "link-in-text-block"]
LOOK_AT_MARKED = """rules => axe.configure({rules: [
  {id: rules[0], selector: '[data-colors], [data-colors] *'},
  {id: rules[1], selector: 'a[href]:is([data-colors], [data-colors] *)'},
]})"""
# What can differ on a phone; the other rules need no second look.
ON_A_PHONE = ["scrollable-region-focusable", "target-size"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
# Marks three elements with text of each kind that was not seen before; returns the new kinds. Of
# one kind are those whose letters and all that is painted behind them look alike: color, size,
# weight, and the backgrounds, opacities and filters from the element up to the page. What is placed
# or moved by its own style can lie on anything, so there the classes count, too.
NEW_COLORS = """seen => {
  const known = new Set(seen), counts = {}, up = new Map();
  const behind = e => {
    if (!e) return '';
    if (!up.has(e)) {
      const s = getComputedStyle(e), kind = [];
      if (s.backgroundColor !== 'rgba(0, 0, 0, 0)') kind.push(s.backgroundColor);
      if (s.backgroundImage !== 'none') kind.push(s.backgroundImage.slice(0, 80));
      for (const part of [s.opacity === '1', s.filter === 'none', s.mixBlendMode === 'normal'])
        if (!part) kind.push(s.opacity, s.filter, s.mixBlendMode);
      if (!['static', 'relative'].includes(s.position) || s.transform !== 'none'
          || [s.marginTop, s.marginLeft].some(m => m.startsWith('-')))
        kind.push(e.tagName + '.' + e.getAttribute('class'));
      up.set(e, kind.join() + (kind.length ? '<' : '') + behind(e.parentElement));
    }
    return up.get(e);
  };
  for (const e of document.body.querySelectorAll('*')) {
    const letters = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!letters && !e.matches('input, select, textarea, button')) continue;
    if (e.closest('script, style, noscript') || !e.getClientRects().length) continue;
    const s = getComputedStyle(e), link = e.closest('a');
    let kind = [s.color, s.fontSize, s.fontWeight, s.textShadow, s.visibility, e.disabled];
    kind = kind.join() + '|' + behind(e);
    if (link) { // it must differ from the text around it
      const a = getComputedStyle(link), around = getComputedStyle(link.parentElement);
      kind += ['|a', a.color, a.textDecorationLine, a.borderBottom, a.fontWeight, a.fontStyle,
        around.color, around.fontSize, around.fontWeight, around.fontStyle, around.display].join();
    }
    if (known.has(kind)) continue;
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (counts[kind] <= 3) (link ?? e).dataset.colors = '';
  }
  return Object.keys(counts);
}"""
FORGET_COLORS = "document.querySelectorAll('[data-colors]').forEach(e => delete e.dataset.colors)"
# What sticks out of the page to the right, not counting what its own box clips or scrolls.
STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll('main *')]
    .filter(e => e.getBoundingClientRect().right > wide + 1)
    .slice(0, 5)
    .map(e => e.tagName.toLowerCase() + '.' + e.className);
}"""
# Everything a widget shows: its text, its pictures and their alt texts, its drawings.
SHOWN = """e => {
  const parts = [...e.querySelectorAll('*:not(style, script)')].map(x => [
    x.tagName, x.childElementCount ? '' : x.textContent, x.getAttribute('alt'),
    x.getAttribute('src'), x.getAttribute('d'), x.getAttribute('points'), x.getAttribute('cx'),
    x.getAttribute('x1'), x.getAttribute('transform'), x.getAttribute('aria-valuetext'), x.hidden,
    x.tagName === 'CANVAS' ? x.toDataURL() : '']);
  return JSON.stringify(parts);
}"""


@dataclass
class Visit:
    """What was noted on one page."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    violations: dict[str, list[str]] = field(default_factory=dict)
    sticks_out: dict[str, list[str]] = field(default_factory=dict)
    images_without_alt: list[str] = field(default_factory=list)
    colab: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def address(site):
    with serve(site) as address:
        yield address


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport=DESK)
    page.set_default_timeout(5000)
    yield page
    page.close()


def violations(page, rules: list[str] | None = None) -> list[str]:
    """axe-core's findings as lines: the rule, and the first element that breaks it."""
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found = page.evaluate("options => axe.run(options).then(all => all.violations)", options)
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])} ×)" for v in found]


def mark_colors(page, seen: set[str]) -> bool:
    """Mark what looks like nothing in `seen`, which grows; was there any?"""
    page.evaluate(FORGET_COLORS)
    new = page.evaluate(NEW_COLORS, sorted(seen))
    seen.update(new)
    return bool(new)


def wait_for_layout(page) -> None:
    """The script's work after the first paint is done, boxes that have become narrow are told."""
    page.evaluate(
        """() => new Promise((done, fail) => {
            let frames = 4;
            const next = () => frames-- ? requestAnimationFrame(() => setTimeout(next, 0)) : done();
            next();
            setTimeout(() => fail(new Error("no frame was drawn for a minute")), 60_000);
        })"""
    )


def wait_until_settled(page) -> None:
    """Every section laid out, all images loaded, the script's work after the first paint done."""
    page.add_style_tag(content="* { content-visibility: visible !important; }")
    page.evaluate(
        """() => Promise.all([...document.images].map(image => new Promise((done, fail) => {
            image.loading = "eager";
            image.decode().then(done, done);
            setTimeout(() => fail(new Error(image.src + " was not loaded in a minute")), 60_000);
        })))"""
    )
    wait_for_layout(page)


def show(page, theme: str, size: dict[str, int]) -> None:
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.set_viewport_size(size)
    wait_for_layout(page)


def visit(page, url: str, seen: dict[str, set[str]]) -> Visit:
    """Look at one page in light and dark, on a desk and on a phone.

    `seen` holds, for each theme, the kinds of colors that were looked at on earlier pages.
    """
    note = Visit()
    page.on("request", lambda request: note.requests.append(request.url))
    page.on("pageerror", lambda error: note.errors.append(str(error)))
    page.on("console", lambda m: note.errors.append(m.text) if m.type == "error" else None)
    page.goto(url, wait_until="load")
    wait_until_settled(page)
    page.evaluate("document.querySelectorAll('main details').forEach(d => { d.open = true })")
    note.images_without_alt = page.evaluate(
        """[...document.querySelectorAll('main img')]
            .filter(image => !image.alt.trim()).map(image => image.outerHTML)"""
    )
    note.colab = page.evaluate("[...document.querySelectorAll('.on-page .colab')].map(a => a.href)")
    look_with_axe(page, note, seen)
    return note


def look_with_axe(page, note: Visit, seen: dict[str, set[str]]) -> None:
    """All four views, in an order in which only one thing changes at a time."""
    page.evaluate(axe_api.Axe().axe_script)
    page.evaluate(LOOK_AT_MARKED, COLORS)
    show(page, "light", DESK)
    mark_colors(page, seen["light"])
    note.violations["light"] = violations(page)
    show(page, "light", PHONE)
    note.sticks_out["light"] = page.evaluate(STICKS_OUT)
    note.violations["phone"] = violations(page, ON_A_PHONE)
    show(page, "dark", PHONE)
    note.sticks_out["dark"] = page.evaluate(STICKS_OUT)
    show(page, "dark", DESK)
    new = mark_colors(page, seen["dark"])
    note.violations["dark"] = violations(page, COLORS) if new else []


@pytest.fixture(scope="module")
def visits(browser, address, pages) -> dict[str, Visit]:
    notes, seen = {}, {"light": set(), "dark": set()}
    context = browser.new_context(viewport=DESK)
    for name in pages:
        page = context.new_page()
        notes[name] = visit(page, f"{address}/{name}", seen)
        page.close()
    context.close()
    assert all(len(kinds) > 20 for kinds in seen.values()), "hardly any color was looked at"
    return notes


def listed(notes: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}: {line}" for name, lines in notes.items() for line in lines)


def test_no_page_asks_another_host_for_anything(visits):
    foreign = {
        name: [url for url in note.requests if urlsplit(url).hostname not in ("127.0.0.1", None)]
        for name, note in visits.items()
    }
    assert all(note.requests for note in visits.values()), "no request was seen at all"
    assert not any(foreign.values()), listed(foreign)


def test_no_page_has_an_error_in_the_console(visits):
    errors = {name: note.errors for name, note in visits.items()}
    assert not any(errors.values()), listed(errors)


@pytest.mark.parametrize("view", ["light", "dark", "phone"])
def test_no_page_breaks_a_rule_of_accessibility(visits, view):
    broken = {name: note.violations[view] for name, note in visits.items()}
    assert not any(broken.values()), listed(broken)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(visits, theme):
    wide = {name: note.sticks_out[theme] for name, note in visits.items()}
    assert not any(wide.values()), listed(wide)


def test_every_picture_has_alt_text_in_the_browser_too(visits):
    without = {name: note.images_without_alt for name, note in visits.items()}
    assert not any(without.values()), listed(without)


def test_a_page_can_be_turned_dark_and_stays_so(page, address):
    page.emulate_media(color_scheme="light")
    page.goto(f"{address}/intro.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark mode").click()
    assert page.evaluate(ground) != light
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_dark_is_the_default_where_the_system_is_dark(page, address):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}/intro.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_search_field_finds_a_word_of_a_chapter(page, address):
    page.goto(f"{address}/intro.html")
    page.keyboard.press("/")
    page.keyboard.type("classifiers")
    page.keyboard.press("Enter")
    hit = page.locator("#search-results a", has_text="Linear classifiers").first
    hit.click()
    assert page.url.split("?")[0].split("#")[0].endswith("02-linear-classifiers.html")


def test_the_search_says_so_when_nothing_is_found(page, address):
    page.goto(f"{address}/search.html?q=xylophonist")
    page.wait_for_function("document.querySelector('#search-results').innerText.length > 20")
    assert page.locator("#search-results li").count() == 0


def test_next_leads_through_every_page_and_previous_back(page, address, pages):
    page.goto(f"{address}/intro.html")
    seen = ["intro.html"]
    while page.locator(".prev-next .next").count():
        with page.expect_navigation(wait_until="domcontentloaded"):
            page.locator(".prev-next .next").click()
        seen.append(page.url.removeprefix(f"{address}/"))
        assert len(seen) <= len(pages), f"next goes round in a circle: {seen}"
    assert sorted(seen) == sorted(set(pages) - {"search.html"})
    for expected in reversed(seen[:-1]):
        with page.expect_navigation(wait_until="domcontentloaded"):
            page.locator(".prev-next .prev").click()
        assert page.url.removeprefix(f"{address}/") == expected


def test_chapters_and_only_they_open_in_colab(visits, chapters):
    for name, note in visits.items():
        assert len(note.colab) == (1 if name in chapters else 0), name
        for link in note.colab:
            start, path = "https://colab.research.google.com/github/", name.removesuffix(".html")
            assert link.startswith(start), link
            rest = link.removeprefix(start)
            assert re.fullmatch(rf"[^/]+/[^/]+/blob/main/{re.escape(path)}\.ipynb", rest), link


def test_the_contents_open_on_a_phone_and_escape_closes_them(page, address):
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/intro.html")
    contents = page.locator("#contents")
    button = page.get_by_role("button", name="Contents")
    assert not contents.is_visible()
    button.click()
    assert contents.is_visible() and button.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not contents.is_visible()
    assert button.evaluate("b => document.activeElement === b")


def test_a_wide_box_can_be_scrolled_from_the_keyboard(page, address, chapters):
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/{chapters[0]}")
    page.locator("main .cell_input").first.scroll_into_view_if_needed()
    box = page.locator("main pre[tabindex='0']").first
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def widgets(page):
    return page.locator("main .dlcv-explore, main .dlcv-explorer").all()


def shown(widget) -> str:
    wait_for_layout(widget.page)
    return widget.evaluate(SHOWN)


@dataclass
class Use:
    """How often something in a chapter's widgets was used, and what did not answer."""

    keys: int = 0
    drags: int = 0
    without_answer: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def uses(browser, address, chapters) -> dict[str, Use]:
    """Each chapter's widgets, used with the mouse and then with the keyboard, without a kernel."""
    notes = {}
    for name in chapters:
        page = browser.new_page(viewport=DESK)
        page.set_default_timeout(5000)
        page.goto(f"{address}/{name}")
        wait_until_settled(page)
        notes[name] = Use()
        for widget in widgets(page):
            use_the_mouse(page, widget, notes[name])
            use_the_keyboard(page, widget, notes[name])
        page.close()
    return notes


def use_the_keyboard(page, widget, note: Use) -> None:
    """Go to the first value of each control, and one step on: something else must be shown."""
    kinds = (f"{kind}:visible" for kind in ("input[type=range]", "[role=slider]", "select"))
    for control in widget.locator(", ".join(kinds)).all():
        if control.evaluate("e => e.tagName") == "SELECT" and sys.platform == "darwin":
            continue  # there the arrow keys open the system's own menu
        control.focus()
        page.keyboard.press("Home")
        before = shown(widget)
        page.keyboard.press("ArrowRight")
        if shown(widget) == before:
            label = control.evaluate("e => e.outerHTML.slice(0, 120)")
            note.without_answer.append(f"{label} does not answer the keyboard")
        note.keys += 1


def use_the_mouse(page, widget, note: Use) -> None:
    """Use one control after another, until something else is shown."""
    before = shown(widget)
    kinds = "input[type=range], canvas, svg, select, input[type=checkbox], button"
    for control in widget.locator(kinds).all():
        if control.is_visible() and control.is_enabled():
            use_control(page, control)
        if shown(widget) != before:
            break
    else:
        note.without_answer.append(f"{widget.get_attribute('id')} does not answer the mouse")
    note.drags += 1


def use_control(page, control) -> None:
    """Drag across a slider or a drawing; choose the last entry of a menu; click what one clicks."""
    kind = control.evaluate("e => e.type || e.tagName.toLowerCase()")
    if kind == "select-one":
        control.select_option(index=control.locator("option").count() - 1)
    elif kind in ("checkbox", "button", "submit"):
        control.click()
    else:
        control.scroll_into_view_if_needed()
        box = control.bounding_box()
        page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.4 * box["height"], steps=5)
        page.mouse.up()


def test_widgets_answer_keyboard_and_mouse_without_a_kernel(uses):
    silent = {name: use.without_answer for name, use in uses.items()}
    assert not any(silent.values()), listed(silent)


def test_every_chapter_has_widgets_to_use(uses):
    assert all(use.keys >= 2 and use.drags >= 2 for use in uses.values()), uses
