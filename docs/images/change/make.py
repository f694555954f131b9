"""Makes docs/images/change.webp: two captures of a page, and what differs. `python docs/images/change/make.py`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from base64 import b64encode
from pathlib import Path
from string import Template

from pagelapse.comparison.compare import compare
from pagelapse.comparison.model import Settings
from pagelapse.comparison.pictures import decode

_HERE = Path(__file__).parent
_BEFORE = {"note": "", "price": "£ 11.50", "name": "Lavender blend"}
_AFTER = {
    "note": "<div class=note>Free delivery until Sunday</div>",
    "price": "£ 8.90 <del>11.50</del>",
    "name": "Lavender, sold out",
}


def _snap(template: str, texts: dict[str, str], path: Path, *more: str) -> bytes:
    source = path.with_suffix(".html")
    source.write_text(Template((_HERE / template).read_text("utf-8")).substitute(texts), encoding="utf-8")
    command = [sys.executable, "-m", "pagelapse.cli", "snap", "--html", str(source), "-o", str(path), *more]
    subprocess.run(command, check=True)  # noqa: S603 - our own command line
    return path.read_bytes()


def _make(scratch: Path) -> bytes:
    size = ("--width", "760", "--height", "100", "--full-page", "--scale", "2", "--deterministic")
    before = _snap("shop.html", _BEFORE, scratch / "before.png", *size)
    after = _snap("shop.html", _AFTER, scratch / "after.png", *size)
    found = compare(decode(before), decode(after), Settings())
    told = f"{found.difference.ratio:.0%} changed, in {len(found.difference.regions)} places"
    shown = (("Monday, 09:00", before), ("Tuesday, 09:00", after), (told, found.picture().body))
    figures = "".join(
        f'<figure><img src="data:;base64,{b64encode(body).decode()}"><figcaption>{text}</figcaption></figure>'
        for text, body in shown
    )
    sheet = ("--width", "1280", "--height", "100", "--full-page", "--quality", "75", "--scale", "1.25")
    return _snap("sheet.html", {"figures": figures}, scratch / "sheet.webp", *sheet)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        (_HERE.parent / "change.webp").write_bytes(_make(Path(folder)))
