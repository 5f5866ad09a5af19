"""The book's address stands in one place, and moving the book leaves no trace of the old one."""

import re
import shutil

import pytest
import sample

from book import address, notebooks, setup_cell

NEW = "https://github.com/" + "jane-doe/seeing"  # in two pieces: this file is stamped, too


def test_the_book_has_no_stray_address():
    strays = address.stray_copies()
    assert not strays, "\n" + "\n".join(strays)


@pytest.fixture
def copy(tmp_path):
    """A copy of the book's text files, with the sample in it beside the chapters."""
    root = tmp_path / "book"
    for path in address.text_files(sample.ROOT):
        target = root / path.relative_to(sample.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    chapter = root / sample.INSIDE
    chapter.parent.mkdir(parents=True, exist_ok=True)
    sample.store(chapter, sample.cells(root))
    return root


def test_a_book_that_moves_leaves_no_trace_of_its_old_address(copy):
    old = address.read(copy)
    changed = address.stamp(copy, address.parse(NEW))
    owner, name = re.escape(old.owner), re.escape(old.name)
    trace = re.compile(rf"{owner}/{name}|{owner.lower()}\.github\.io|github\.com/[\w-]+/{name}\b")
    left = [
        path.relative_to(copy)
        for path in address.text_files(copy)
        if trace.search(path.read_text(encoding="utf-8"))
    ]
    assert left == []
    assert address.read(copy).url == NEW
    assert not address.stray_copies(copy)
    assert {copy / "_config.yml", copy / "CITATION.cff", copy / sample.INSIDE} <= set(changed)


def test_a_moved_chapter_installs_from_the_new_address_and_opens_there(copy):
    address.stamp(copy, address.parse(NEW))
    text = "\n".join(cell.source for cell in notebooks.read(copy / sample.INSIDE).cells)
    version = setup_cell.package_version(sample.ROOT)
    repository = NEW.removeprefix("https://github.com/")
    assert f"git+{NEW}@v{version}#subdirectory=code" in text
    assert (
        f"https://colab.research.google.com/github/{repository}/blob/main/{sample.INSIDE}" in text
    )


def test_moving_there_and_back_restores_every_byte(copy):
    before = {path: path.read_bytes() for path in address.text_files(copy)}
    old = address.read(copy)
    address.stamp(copy, address.parse(NEW))
    address.stamp(copy, old)
    changed = [path.name for path, data in before.items() if path.read_bytes() != data]
    assert changed == []


def test_stamping_a_new_version_renews_the_setup_cell(copy):
    project = copy / "code" / "pyproject.toml"
    version = setup_cell.package_version(copy)
    text = project.read_text(encoding="utf-8")
    project.write_text(
        text.replace(f'version = "{version}"', 'version = "9.8.7"'), encoding="utf-8"
    )
    address.stamp(copy, address.read(copy))
    assert "@v9.8.7#subdirectory=code" in (copy / sample.INSIDE).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    [
        "https://github.com/somebody/{name}",
        "https://colab.research.google.com/github/somebody/{name}/blob/main/x.ipynb",
        "https://somebody.github.io/{name}/",
    ],
)
def test_a_stray_copy_of_another_address_is_found(copy, line):
    name = address.read(copy).name
    (copy / "guide" / "stray.md").write_text("\n" + line.format(name=name) + "\n", encoding="utf-8")
    assert any(found.startswith("guide/stray.md:2: ") for found in address.stray_copies(copy))


def test_a_placeholder_left_behind_is_found(copy):
    address.stamp(copy, address.parse(NEW))
    placeholder = f"https://github.com/{address.PLACEHOLDER}/anything"
    (copy / "stray.md").write_text(placeholder, encoding="utf-8")
    assert len(address.stray_copies(copy)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "github.com/jane/book",
        "http://github.com/jane/book",
        "https://github.com/jane",
        "https://github.com/jane/book/",
        "https://github.com/jane/book.git",
        "https://github.com/jane/book/tree/main",
        "https://gitlab.com/jane/book",
        "https://github.com/jane doe/book",
        "https://github.com/-jane/book",
        "",
    ],
)
def test_what_is_no_repository_on_github_is_refused(url):
    with pytest.raises(ValueError, match="https://github.com/owner/name"):
        address.parse(url)


def test_the_command_refuses_a_bad_address_and_changes_nothing(capsys):
    before = (sample.ROOT / "_config.yml").read_bytes()
    assert address.main(["https://example.org/x"]) == 2
    assert "https://github.com/owner/name" in capsys.readouterr().err
    assert (sample.ROOT / "_config.yml").read_bytes() == before


def test_the_setup_cell_is_at_most_six_lines():
    code = setup_cell.source(NEW, "1.2.3")
    assert len(code.split("\n")) <= 6
