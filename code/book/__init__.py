"""The book's own tooling: builds, runs, checks, addresses the chapters. Not part of `dlcv`."""
