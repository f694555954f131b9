"""Pagelapse's own API: `CaptureOptions` by their own names, and the resources around them."""
