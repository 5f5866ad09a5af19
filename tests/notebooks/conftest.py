"""A chapter runs inside the test's own process: what it sets for all of PyTorch is set back."""

from pathlib import Path

import pytest
import torch
from mutation import Chapter

CHAPTERS = Path(__file__).parents[2] / "chapters"

pytest.register_assert_rewrite("chapter_tests")  # so that its asserts say what they compared


@pytest.fixture(autouse=True, scope="module")
def pytorch_as_it_was():
    """Chapter 7's number of threads and chapter 8's number type would change every test after."""
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(dtype)


@pytest.fixture(scope="class")
def chapter(request) -> Chapter:
    """The chapter that a class of `ChapterTests` speaks of, run once."""
    (path,) = CHAPTERS.glob(f"*/{request.cls.number:02}-*.ipynb")
    return Chapter(path, request.cls.quicker)
