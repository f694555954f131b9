"""Pagelapse's capture beside what a user would pick instead; `python -m benchmarks.peers`."""
