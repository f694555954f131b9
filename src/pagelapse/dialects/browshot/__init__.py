"""Browshot's API, version 1.11."""
