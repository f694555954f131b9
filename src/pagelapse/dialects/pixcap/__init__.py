"""Pixcap's API."""
