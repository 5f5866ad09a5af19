"""For all tests: no network, no window. A test that wants data brings its own."""

import os

if not os.environ.get("DLCV_DATA"):
    os.environ["DLCV_OFFLINE"] = "1"  # inherited by the notebooks' kernels, too
