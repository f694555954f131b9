"""Builds the application's services from its settings, each once per process."""
