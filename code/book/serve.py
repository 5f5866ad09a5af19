"""Serve the built site the way GitHub Pages does: compressed, with cache headers, files only.

    python -m book.serve [FOLDER] [--port 8000]

The browser tests and the measurements of loading times use it, because a plain file server sends
every byte uncompressed and so measures a site nobody visits. Standard library only.
"""

import argparse
import contextlib
import gzip
import threading
from functools import lru_cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".txt", ".ipynb", ".xml"}


@lru_cache(maxsize=256)
def compressed(path: Path, changed: int) -> bytes:
    """A file's bytes, gzipped; `changed` (its time stamp) makes a new entry for a new file."""
    return gzip.compress(path.read_bytes(), compresslevel=6)


class SiteHandler(SimpleHTTPRequestHandler):
    """Files below one folder; text gzipped; ten minutes of cache, as on GitHub Pages."""

    protocol_version = "HTTP/1.1"

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() and self.path.endswith("/") else path
        accepts = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepts and path.is_file() and path.suffix in COMPRESSED):
            super().do_GET()
            return
        body = compressed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the browser went on
            self.wfile.write(body)

    def guess_type(self, path):
        kind = super().guess_type(path)
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind

    def log_message(self, *args):
        """Say nothing: a page is twenty requests."""


@contextlib.contextmanager
def serve(folder: Path, port: int = 0):
    """Serve `folder` on 127.0.0.1 while the block runs; yields its address, without a last `/`."""

    def handler(*args):
        return SiteHandler(*args, directory=str(folder))

    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("_build/html"))
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    with serve(options.folder, options.port) as address:
        print(f"{options.folder} at {address} (Ctrl-C ends)")
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
