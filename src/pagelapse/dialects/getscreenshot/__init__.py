"""GetScreenshot's API, from its text "API Overview" and its published parameters."""
