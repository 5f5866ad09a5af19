"""For all tests: no network, no window. A test that wants data brings its own."""

import os

if not os.environ.get("DLCV_DATA"):
    os.environ["DLCV_OFFLINE"] = "1"  # inherited by the notebooks' kernels, too

# Of the files that workers share out among them, in which order they are begun.
LONGEST_FIRST = [
    "/tests/notebooks/",
    "/chapters/",
    "/tests/book/test_browser.py",
    "/tests/package/test_distributed.py",
    "/tests/book/",
]


def pytest_collection_modifyitems(items):
    """What takes longest comes first, so that in the end no worker waits for another."""

    def place(item):
        path = item.path.as_posix()
        return next((i for i, part in enumerate(LONGEST_FIRST) if part in path), len(LONGEST_FIRST))

    items.sort(key=place)
