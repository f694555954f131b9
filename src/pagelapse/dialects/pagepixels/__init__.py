"""PagePixels' Screenshot API."""
