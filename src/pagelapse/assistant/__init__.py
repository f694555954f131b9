"""Tools for assistants that speak the Model Context Protocol. Needs `requirements/mcp.in`; no function imports it."""
