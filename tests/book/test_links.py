"""Every link and anchor leads somewhere, every picture is described, nothing is foreign."""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup

FILE_NAME = re.compile(r"[\w./ -]+\.(png|jpe?g|gif|svg|webp)", re.IGNORECASE)
HASH = re.compile(r"[0-9a-f]{16,}")
HERE = "https://site.invalid/"  # stands for the site's own address


@pytest.fixture(scope="module")
def soups(site, pages) -> dict[str, BeautifulSoup]:
    return {
        page: BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser")
        for page in pages
    }


@pytest.fixture(scope="module")
def anchors(soups) -> dict[str, set[str]]:
    """The places on each page that a link can lead to."""
    return {
        page: {tag["id"] for tag in soup.find_all(id=True)}
        | {tag["name"] for tag in soup.find_all("a", attrs={"name": True})}
        for page, soup in soups.items()
    }


def broken_link(site: Path, anchors: dict, page: str, link: str) -> str | None:
    """Why a link of a page leads nowhere; None when it leads somewhere, or to another site."""
    target = urlsplit(urljoin(HERE + page, link))
    if target.scheme not in ("http", "https") or target.netloc != urlsplit(HERE).netloc:
        return None
    path = unquote(target.path.lstrip("/"))
    if path.endswith("/") or not path:
        path += "index.html"
    if not (site / path).is_file():
        return f"{page}: {link}: there is no {path}"
    if target.fragment and path.endswith(".html"):
        path = "intro.html" if path == "index.html" else path
        if unquote(target.fragment) not in anchors[path]:
            return f"{page}: {link}: {path} has no such anchor"
    return None


def test_every_internal_link_and_anchor_resolves(site, soups, anchors):
    broken = []
    for page, soup in soups.items():
        links = [tag["href"] for tag in soup.find_all(href=True)]
        links += [tag["src"] for tag in soup.find_all(src=True)]
        broken += [broken_link(site, anchors, page, link) for link in dict.fromkeys(links)]
    assert not any(broken), "\n".join(filter(None, broken))


def test_no_anchor_stands_twice_on_a_page(soups):
    for page, soup in soups.items():
        ids = Counter(tag["id"] for tag in soup.find_all(id=True))
        twice = {name for name, count in ids.items() if count > 1}
        assert not twice, f"{page}: {sorted(twice)}"


def flaw_of_alt(image) -> str | None:
    alt = (image.get("alt") or "").strip()
    if not alt:
        return "no alt text"
    if FILE_NAME.fullmatch(alt) or HASH.search(alt):
        return f"the alt text is a file name: {alt!r}"
    return None if len(alt.split()) >= 3 else f"the alt text says nothing: {alt!r}"


def test_every_picture_in_the_text_is_described(soups):
    flaws = [
        f"{page}: {image.get('src', '')[:60]}: {flaw_of_alt(image)}"
        for page, soup in soups.items()
        for image in soup.select("main img")
        if flaw_of_alt(image)
    ]
    assert not flaws, "\n".join(flaws)


def test_nothing_on_a_page_is_taken_from_another_host(site, soups):
    """Read off the files; the browser test sees the requests themselves."""
    foreign = [
        f"{page}: {tag.name} {tag.get('src') or tag.get('href')}"
        for page, soup in soups.items()
        for tag in soup.select("script[src], img[src], iframe[src], source[src], link[href]")
        if re.match(r"(https?:)?//", tag.get("src") or tag.get("href"))
        and "canonical" not in tag.get("rel", [])
    ]
    for sheet in (site / "_static").rglob("*.css"):
        if re.search(r"(@import|url\()\s*['\"]?(https?:)?//", sheet.read_text(encoding="utf-8")):
            foreign.append(str(sheet))
    assert not foreign, "\n".join(foreign)


def test_no_page_weighs_more_than_a_megabyte_and_a_half(site, soups):
    """The page with everything it can load, uncompressed but for its pictures: an upper bound."""
    for page, soup in soups.items():
        files = {page}
        for tag in soup.select("script[src], img[src], link[rel=stylesheet]"):
            link = tag.get("src") or tag.get("href")
            if not link.startswith("data:"):
                files.add(urlsplit(urljoin(HERE + page, link)).path.lstrip("/"))
        weight = sum((site / unquote(file)).stat().st_size for file in files)
        assert weight <= 1_500_000, f"{page}: {weight / 1e6:.2f} MB"
