"""The HTTP API: hands each request to its dialect."""
