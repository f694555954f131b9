"""Devices and screens that a capture can pretend to be shown on, by GetScreenshot's names."""

from __future__ import annotations

from dataclasses import dataclass

from pagelapse.capture.options import Viewport

_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1"
)
_IPAD = _IPHONE.replace("iPhone; CPU iPhone OS", "iPad; CPU OS")
_PIXEL = (
    "Mozilla/5.0 (Linux; Android 11; {name}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile "
    "Safari/537.36"
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A screen: CSS px, device px per CSS px, and the browser that calls itself that device's."""

    width: int
    height: int
    device_scale_factor: float = 1
    user_agent: str | None = None

    @property
    def is_mobile(self) -> bool:
        """Whether it is a device with a touch screen."""
        return self.user_agent is not None

    def viewport(self) -> Viewport:
        """The browser window's inner size."""
        return Viewport(width=self.width, height=self.height)


PRESETS = {
    "iphone5": Preset(320, 568, 2, _IPHONE),
    "iphone678": Preset(375, 667, 2, _IPHONE),
    "iphone678_plus": Preset(414, 736, 3, _IPHONE),
    "iphonex": Preset(375, 812, 3, _IPHONE),
    "iphone12": Preset(390, 844, 3, _IPHONE),
    "pixel2": Preset(411, 731, 2.625, _PIXEL.format(name="Pixel 2")),
    "pixel2_xl": Preset(411, 823, 3.5, _PIXEL.format(name="Pixel 2 XL")),
    "ipad": Preset(768, 1024, 2, _IPAD),
    "ipadpro": Preset(1024, 1366, 2, _IPAD),
    "hvga": Preset(320, 480),
    "wvga": Preset(480, 800),
    "dvga": Preset(640, 960),
    "wxga_v": Preset(768, 1280),
    "xga": Preset(1024, 768),
    "wxga_s": Preset(1280, 800),
    "wxga_l": Preset(1366, 768),
    "sxga": Preset(1280, 1024),
    "wsxga_plus": Preset(1680, 1050),
}
