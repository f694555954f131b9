"""What one capture's page is kept from, and what is taken out of its layout."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from pagelapse.adapters.browser.hiding_scripts import hide_widgets
from pagelapse.adapters.browser.tabs import Session
from pagelapse.adapters.browser.worlds import evaluate_apart
from pagelapse.adapters.filters import Blocker, FilterLists, Kind
from pagelapse.adapters.guard import Refusal
from pagelapse.capture.options import CaptureOptions

MAX_KEYS = 20_000
MAX_HOPS = 5
"""Blocked hosts that a page's address may redirect through."""

CLASSES_AND_IDS = """(most => {
  const found = new Set();
  for (const element of document.querySelectorAll('[class], [id]')) {
    if (element.id) found.add('#' + element.id);
    for (const name of element.classList) found.add('.' + name);
    if (found.size > most) break;
  }
  return [...found];
})"""
"""Called with how many at most."""

HIDE_BLOCKED = """((selectors, hosts) => {
  const blocked = new Set(hosts);
  for (const element of document.querySelectorAll('iframe[src], frame[src], img[src], embed[src], object[data]')) {
    let host = '';
    try { host = new URL(element.src || element.data, document.baseURI).hostname } catch { continue }
    if (blocked.has(host)) element.style.setProperty('display', 'none', 'important');
  }
  if (!selectors.length) return;
  const sheet = new CSSStyleSheet();
  for (const selector of selectors) {
    const rule = sheet.cssRules[sheet.insertRule(':not(*) { display: none !important }')];
    rule.selectorText = selector;
  }
  const before = [...document.adoptedStyleSheets].filter(one => !one.hidesBlocked);
  sheet.hidesBlocked = true;
  document.adoptedStyleSheets = [...before, sheet];
})"""
"""Called with selectors, and with the hosts that nothing came from: broken frames and images show that they are."""


@dataclass(frozen=True, slots=True)
class Filtering:
    """What a capture's options ask for, with the lists that say what it is.

    `blocker` is for the guard; `None` when no host is blocked.
    """

    lists: FilterLists
    hidden: tuple[Kind, ...]
    blocker: Blocker | None
    may_repeat: bool = True
    """Whether the page's own request may be sent twice."""

    @classmethod
    async def begin(cls, lists: FilterLists, options: CaptureOptions) -> Filtering:
        """Read the lists that `options` need, unless they are known already.

        Raises:
            CaptureError: When a capture must be kept from something and this deployment has no lists.
        """
        kinds = _blocked_kinds(options)
        hides_banners = options.cookie_banners != "keep" and lists.has("cookies")
        hidden: tuple[Kind, ...] = (*kinds, "cookies") if hides_banners else kinds
        blocker = await asyncio.to_thread(lists.blocker, kinds, options.url) if kinds else None
        return cls(lists, hidden, blocker, options.post_data is None)

    def follow(self, refusal: Refusal) -> bool:
        """Whether a navigation that was refused so may be tried again, with the refused host as the page's own."""
        if self.blocker is None or not refusal.blocked or not self.may_repeat or len(self.blocker.blocked) > MAX_HOPS:
            return False
        self.blocker.let_through(f"http://{refusal.host}/")
        return True

    async def hide(self, cdp: Session, url: str) -> str:
        """The script that hides what there is to hide in the document at `url`."""
        keys = _texts(await evaluate_apart(cdp, f"{CLASSES_AND_IDS}({MAX_KEYS})"))
        selectors = await asyncio.to_thread(self.lists.selectors, self.hidden, url, keys)
        blocked = sorted(self.blocker.blocked) if self.blocker else []
        script = f"{HIDE_BLOCKED}({json.dumps(selectors)}, {json.dumps(blocked)})"
        return f"{script}; {hide_widgets()}" if "widgets" in self.hidden else script


def _blocked_kinds(options: CaptureOptions) -> tuple[Kind, ...]:
    wanted: dict[Kind, bool] = {
        "ads": options.block_ads,
        "trackers": options.block_trackers,
        "widgets": options.hide_widgets,
    }
    return tuple(kind for kind, asked in wanted.items() if asked)


def _texts(found: Any) -> list[str]:
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []
