"""The browser as Lambda's layer has it: packed."""

from __future__ import annotations

import asyncio
import shutil
import sysconfig
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from pagelapse.adapters import unpacking
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.adapters.unpacking import Unpacking
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.pipeline import capture
from pagelapse.local import packing

pytestmark = pytest.mark.browser

RED = CaptureOptions.model_validate({"html": "<body style='background:#f00'>", "delay_ms": 0})


@pytest.fixture
def layer(chromium_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A layer with this machine's Chromium and Playwright's node, packed in haste."""
    monkeypatch.setattr(packing, "LEVEL", 1)
    folder = tmp_path / "layer"
    (folder / unpacking.PACKED_FONTS).mkdir(parents=True)
    shutil.copytree(chromium_path.parent, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("chromium", ".*"))
    node = Path(sysconfig.get_path("purelib")) / "playwright" / "driver" / "node"
    packing.pack(packing.stripped(node.read_bytes()), folder, "node", 2)
    packing.pack(packing.stripped(chromium_path.read_bytes()), folder, "chromium", 8)
    packing.pack((folder / "libvk_swiftshader.so").read_bytes(), folder, "libvk_swiftshader.so", 1)
    (folder / "libvk_swiftshader.so").unlink()
    for name in map(Path, unpacking.FONTS):
        packing.pack((folder / "fonts" / name.name).read_bytes(), folder / name.parent, name.name, 1)
    return folder


def test_a_packed_browser_takes_pictures(layer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layer's Chromium, driven by the layer's node, is launched while it is unpacked, and again after a crash."""
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", "")
    pictures = asyncio.run(_two_pictures(Unpacking(layer, tmp_path / "out")))
    for picture in pictures:
        assert Image.open(BytesIO(picture)).convert("RGB").getpixel((9, 9)) == (255, 0, 0)


async def _two_pictures(unpacked: Unpacking) -> list[bytes]:
    browser = Chromium(unpacked.executable, Allowance(()), unpacked)
    try:
        await browser.warm_up()
        first = await capture(browser, RED, budget_s=60)
        await browser.replace()
        return [first.file.body, (await capture(browser, RED, budget_s=60)).file.body]
    finally:
        await browser.close()
