"""Pages that benchmarks picture: photographs, gradients and text, taller than 10,000 px."""

from __future__ import annotations

import random
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from PIL import Image, ImageChops, ImageFilter

WIDTH = 1280
PAGE_PARTS = 13


def photograph() -> bytes:
    """A JPEG with what photographs have: large soft shapes, edges, and grain."""
    dice = random.Random(38)  # noqa: S311 - the same picture every time
    image = Image.new("RGB", (WIDTH, 800))
    for scale, weight in ((8, 1.0), (40, 0.5), (200, 0.3)):
        small = Image.frombytes("RGB", (scale, scale), dice.randbytes(scale * scale * 3))
        image = Image.blend(image, small.resize(image.size, Image.Resampling.BICUBIC), weight)
    grain = Image.effect_noise(image.size, 12).filter(ImageFilter.GaussianBlur(0.6)).convert("RGB")
    out = BytesIO()
    ImageChops.add(image, grain, scale=1, offset=-128).save(out, "JPEG", quality=90)
    return out.getvalue()


PHOTO_PAGE = b"<!doctype html><style>body{margin:0}img{display:block}</style>" + b"<img src=/photo.jpg>" * PAGE_PARTS
GRADIENT_PAGE = (
    "<!doctype html><style>body{margin:0}div{height:800px;font:20px sans-serif}</style>"
    + "".join(
        f"<div style='background:linear-gradient({37 * n}deg,hsl({45 * n} 80% 60%),hsl({45 * n + 90} 80% 40%))'>"
        f"<h1>Section {n}</h1></div>"
        for n in range(PAGE_PARTS)
    )
).encode()


TEXT_PAGE = Path(__file__).with_name("page.html").read_bytes()


class Pages(BaseHTTPRequestHandler):
    """Serves them."""

    protocol_version = "HTTP/1.1"
    files = MappingProxyType(
        {
            "/photos": ("text/html", PHOTO_PAGE),
            "/gradients": ("text/html", GRADIENT_PAGE),
            "/text": ("text/html", TEXT_PAGE),
            "/photo.jpg": ("image/jpeg", photograph()),
        }
    )

    def do_GET(self) -> None:
        """A page or one of its files."""
        media_type, body = self.files.get(self.path, ("text/plain", b""))
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""
