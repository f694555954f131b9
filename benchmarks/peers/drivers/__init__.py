"""One small program for each contender: requests come as JSON lines, each picture is written to the file asked for.

A request is `{"id", "url", "out", "type": "jpeg" | "png", "quality": number | null, "full": bool, "width", "height"}`,
the answer `{"id", "error": null | text}`. Requests that come while one is under way are served at the same time.
"""
