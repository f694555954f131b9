"""Who the browser says it is: window, languages, place and time."""

from __future__ import annotations

from typing import Any

from pagelapse.adapters.browser.light import suffices
from pagelapse.adapters.browser.tabs import Session
from pagelapse.capture.options import CaptureOptions

_LOOK = {
    "viewport", "device_scale_factor", "java_script_enabled", "user_agent", "accept_language", "timezone_id",
    "geolocation", "block_third_party_scripts", "color_scheme", "is_mobile", "has_touch",
}  # fmt: skip


def look_of(options: CaptureOptions) -> str:
    """The part of the options that a blank page has: two captures of one look can use equal blank pages."""
    return f"{suffices(options)}{options.model_dump_json(include=_LOOK)}"


def context_options(options: CaptureOptions, version: str, guard_port: int) -> dict[str, Any]:
    """Arguments of Playwright's `Browser.new_context`.

    Args:
        version: The browser's, such as `153.0.8010.0`.
        guard_port: Of the loopback proxy that is the context's only way out.
    """
    chosen: dict[str, Any] = {
        "viewport": options.viewport.model_dump(),
        "device_scale_factor": options.device_scale_factor,
        "java_script_enabled": options.java_script_enabled,
        "color_scheme": options.color_scheme,
        "is_mobile": options.is_mobile,
        "has_touch": options.has_touch,
        "accept_downloads": False,
        "proxy": {"server": f"socks5://127.0.0.1:{guard_port}"},
        "user_agent": user_agent(options, version),
        "locale": languages(options.accept_language)[0] if options.accept_language else "en-US",
    }
    if options.timezone_id is not None:
        chosen["timezone_id"] = options.timezone_id
    if options.geolocation is not None:
        chosen["geolocation"] = options.geolocation.model_dump()
        chosen["permissions"] = ["geolocation"]
    if options.block_third_party_scripts:
        chosen["service_workers"] = "block"
    return chosen


def user_agent(options: CaptureOptions, version: str) -> str:
    """The caller's, or that of an ordinary Chrome: many sites turn away a browser that calls itself headless."""
    if options.user_agent is not None:
        return options.user_agent
    major = version.partition(".")[0]
    return f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"


def languages(accept_language: str) -> list[str]:
    """Language tags of an `Accept-Language` header, the most wanted first (RFC 9110, 12.5.4)."""
    weighted = []
    for part in accept_language.split(","):
        tag, _, weight = part.partition(";")
        if tag.strip() not in ("", "*"):
            weighted.append((tag.strip(), _weight(weight)))
    return [tag for tag, _ in sorted(weighted, key=lambda pair: -pair[1])] or ["en-US"]


def _weight(text: str) -> float:
    try:
        return float(text.strip().lower().removeprefix("q=") or 1)
    except ValueError:
        return 1.0


async def identify(cdp: Session, options: CaptureOptions, version: str) -> None:
    """Set what a context can't: several languages, and client hints (the `Sec-CH-UA` headers) of an ordinary Chrome.

    Without hints of its own, a caller's user agent sends none, as browsers other than Chrome do.
    """
    override: dict[str, Any] = {"userAgent": user_agent(options, version)}
    override["acceptLanguage"] = ",".join(languages(options.accept_language or "en-US,en"))
    if options.user_agent is None:
        override["userAgentMetadata"] = _client_hints(version)
    await cdp.send("Emulation.setUserAgentOverride", override)


async def scale(cdp: Session, options: CaptureOptions) -> None:
    """Tell this session the screen too: Chromium takes a screenshot with its own session's emulation only."""
    if options.has_touch:
        await cdp.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    if options.device_scale_factor == 1 and not options.is_mobile:
        return
    metrics = {
        **options.viewport.model_dump(),
        "deviceScaleFactor": options.device_scale_factor,
        "mobile": options.is_mobile,
    }
    await cdp.send("Emulation.setDeviceMetricsOverride", metrics)


async def keep_off_pointer(cdp: Session) -> None:
    """Move the window away from the pointer, which rests where windows begin, over whatever a page has there.

    The pointer could be moved instead, but only once the page is there to hear of it, which takes it a frame.
    """
    window = await cdp.send("Browser.getWindowForTarget")
    await cdp.send("Browser.setWindowBounds", {"windowId": window["windowId"], "bounds": {"left": 1, "top": 1}})


def _client_hints(version: str) -> dict[str, Any]:
    major = version.partition(".")[0]
    names = (("Chromium", major), ("Google Chrome", major), ("Not_A Brand", "24"))
    brands = [{"brand": name, "version": number} for name, number in names]
    return {
        "brands": brands,
        "platform": "Linux",
        "platformVersion": "",
        "architecture": "x86",
        "model": "",
        "mobile": False,
    }
