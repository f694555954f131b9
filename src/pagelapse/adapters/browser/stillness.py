"""Pages that look the same every time: the clock stands, dice fall alike, nothing moves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Page

from pagelapse.adapters.browser.first_frames import FirstFrames

NOW_MS = 1_767_225_600_000
"""What every clock shows: 2026-01-01T00:00:00Z."""

SEED = 38
MAX_FRAMES = 50

ALIKE = """((now, seed) => {
  const Real = Date, READS = 100000;
  let reads = 0;
  const clock = () => now + Math.max(0, ++reads - READS);
  globalThis.Date = new Proxy(Real, {
    construct: (target, given, type) => Reflect.construct(target, given.length ? given : [clock()], type),
    apply: () => new Real(clock()).toString(),
  });
  Real.prototype.constructor = globalThis.Date;
  Real.now = clock;
  const format = Intl.DateTimeFormat.prototype.formatToParts;
  Intl.DateTimeFormat.prototype.formatToParts = function (date = clock()) { return format.call(this, date) };
  const getter = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, 'format').get;
  Object.defineProperty(Intl.DateTimeFormat.prototype, 'format', {
    configurable: true,
    get() { const bound = getter.call(this); return (date = clock()) => bound(date) },
  });
  if (globalThis.Temporal) {
    const { Instant, Now } = Temporal, instant = () => Instant.fromEpochMilliseconds(clock());
    const zoned = (zone = Now.timeZoneId()) => instant().toZonedDateTimeISO(zone);
    Object.assign(Now, {
      instant,
      zonedDateTimeISO: zoned,
      plainDateTimeISO: zone => zoned(zone).toPlainDateTime(),
      plainDateISO: zone => zoned(zone).toPlainDate(),
      plainTimeISO: zone => zoned(zone).toPlainTime(),
    });
  }
  let state = seed;
  Math.random = () => {
    state = (state + 0x6D2B79F5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
})"""
"""Called with Unix time in milliseconds and a seed (mulberry32), before the page's scripts.

A script that waits for the clock in a loop would never end; after 100,000 reads each one takes a millisecond.
"""

STILL = """(() => {
  const roots = [document], CARET = '*, ::before, ::after { caret-color: transparent !important }';
  for (const root of roots) {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) roots.push(element.shadowRoot);
      if (element instanceof HTMLMediaElement) {
        element.pause();
        if (element.currentTime) element.currentTime = 0;
      }
    }
    for (const svg of root.querySelectorAll('svg')) {
      if (!svg.pauseAnimations || svg.ownerSVGElement) continue;
      svg.pauseAnimations();
      svg.setCurrentTime(0);
    }
    for (const animation of root.getAnimations()) {
      if (animation.timeline !== document.timeline || !animation.effect) continue;
      const end = animation.effect.getComputedTiming().endTime;
      try {
        if (Number.isFinite(end) && animation.playbackRate > 0) animation.finish(); else animation.cancel();
      } catch { animation.cancel() }
    }
  }
  if (!document.adoptedStyleSheets.some(sheet => sheet.cssRules[0]?.cssText.includes('caret-color: transparent'))) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CARET);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }
})()"""
"""Animations and transitions are at their end, endless ones at rest, films at their first picture, and no caret."""

PAINTED = """(async () => {
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const painted = document.fonts.ready.then(frame).then(frame);
  await Promise.race([painted, new Promise(done => setTimeout(done, 500))]);
})()"""
"""Frames of other sites that nobody sees are not painted, so each waits for half a second at most."""


async def make_alike(page: Page, *, begun: bool) -> None:
    """Set clock and dice of every document to come, and of the blank one where the page is written into it.

    Animated pictures come as their first frame.
    """
    await FirstFrames(await page.context.new_cdp_session(page)).begin()
    script = f"{ALIKE}({NOW_MS}, {SEED})"
    await page.add_init_script(script)
    await page.emulate_media(reduced_motion="reduce")
    if begun:
        await page.evaluate(script)


async def hold_still(frames: Sequence[Frame], *, scripted: bool) -> None:
    """End what moves, in all frames, and wait until that is painted."""
    await asyncio.gather(*(_hold(frame, scripted=scripted) for frame in frames[:MAX_FRAMES]))


async def _hold(frame: Frame, *, scripted: bool) -> None:
    with suppress(PlaywrightError):  # a frame that has gone meanwhile
        await frame.evaluate(STILL)
        if scripted:
            await frame.evaluate(PAINTED)
