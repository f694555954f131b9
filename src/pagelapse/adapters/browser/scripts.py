"""What the capture runs inside pages. Each is one expression; a hostile page can only make it use up its limit."""

from __future__ import annotations

import json
from collections.abc import Sequence

FONTS = """(document.documentElement.offsetHeight, document.fonts.status === 'loaded' || document.fonts.ready)"""
"""Asking for a height lays the document out, which is what makes Chromium ask for its fonts."""

NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

STAY_IN_WINDOW = """element => {
  for (const owner of [element.closest('a, area'), element.form]) {
    if (owner && owner.target === '_blank') owner.removeAttribute('target');
  }
}"""
"""Called with an element that is about to be clicked: only one window is pictured."""


def stay_in_window_at(x: float, y: float) -> str:
    """The same for whatever is at a point of the window."""
    return f"(element => element && ({STAY_IN_WINDOW})(element))(document.elementFromPoint({x:g}, {y:g}))"


QUIET = """(async () => {
  const frame = () => new Promise(done => requestAnimationFrame(done));
  await document.fonts.ready;
  const onScreen = image => {
    const box = image.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  };
  const settled = image => image.complete || new Promise(done => { image.onload = image.onerror = done });
  await Promise.all([...document.images].filter(onScreen).map(settled));
  await new Promise(done => {
    let timer;
    const end = () => { observer.disconnect(); done() };
    const wait = () => { clearTimeout(timer); timer = setTimeout(end, 100) };
    const observer = new MutationObserver(wait);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    wait();
  });
  await frame();
  await frame();
})()"""
"""Ends 100 ms after the document's last change, with its fonts and the images on screen there."""

REVEAL = """(async limit => {
  const end = performance.now() + limit, frame = () => new Promise(done => requestAnimationFrame(done));
  for (const lazy of document.querySelectorAll('[loading=lazy]')) lazy.loading = 'eager';
  const root = document.scrollingElement || document.documentElement;
  const goto = top => root.scrollTo({ top, behavior: 'instant' });
  const limit_px = Math.min(root.scrollHeight * 3, 60000), bottom = () => Math.min(root.scrollHeight, limit_px);
  for (let top = innerHeight; top < bottom() && performance.now() < end; top += innerHeight) {
    goto(top);
    await frame();
  }
  const settled = image => image.complete || new Promise(done => {
    image.addEventListener('load', done, { once: true });
    image.addEventListener('error', done, { once: true });
  });
  const late = new Promise(done => setTimeout(done, Math.max(0, end - performance.now())));
  await Promise.race([Promise.all([...document.images].map(settled)), late]);
  if (root.scrollTop === 0) return;
  goto(0);
  await frame();
})"""
"""Called with milliseconds. A document that grows while it is scrolled is followed to three times its height."""


def reveal(limit_ms: float) -> str:
    """The call that scrolls through the document."""
    return f"{REVEAL}({limit_ms:.0f})"


def add_style(css: str) -> str:
    """The call that adds a constructed style sheet, which a Content-Security-Policy does not block."""
    return (
        "(css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);"
        f" document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet] }})({json.dumps(css)})"
    )


HIDE = """(selectors => {
  const sheet = new CSSStyleSheet();
  for (const selector of selectors) {
    const rule = sheet.cssRules[sheet.insertRule(':not(*) { display: none !important }')];
    rule.selectorText = selector;
  }
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
})"""
"""Called with selectors. Each has a rule of its own, and is set as a selector: one that isn't CSS changes nothing."""


INVENTORY = """(() => {
  const MOST = 200, LONGEST = 8192;
  const absolute = text => {
    try {
      const url = new URL(text, document.baseURI);
      return /^https?:$/.test(url.protocol) && url.href.length <= LONGEST ? url.href : null;
    } catch {
      return null;
    }
  };
  const list = (selector, read) => {
    const found = new Set();
    for (const element of document.querySelectorAll(selector)) {
      const text = read(element), url = text ? absolute(text) : null;
      if (url) found.add(url);
      if (found.size === MOST) break;
    }
    return [...found];
  };
  const of = name => element => element.getAttribute(name);
  const codebase = applet => {
    const text = applet.getAttribute('archive') || applet.getAttribute('code');
    const base = absolute((applet.getAttribute('codebase') || '.').replace(/\\/*$/, '/'));
    try { return text && new URL(text.split(',')[0].trim(), base).href } catch { return null }
  };
  return {
    images: list('img, input[type=image]', image => image.currentSrc || image.getAttribute('src')),
    scripts: list('script[src]', of('src')),
    stylesheets: list('link[rel~=stylesheet i][href]', of('href')),
    embeds: list('embed[src], object[data]', element => element.getAttribute('src') || element.getAttribute('data')),
    applets: list('applet', codebase),
    iframes: list('iframe[src], frame[src]', of('src')),
  };
})()"""
"""Lists of absolute URLs by the names of `jobs.Inventory`."""

BOXES = """((selectors, most) => {
  const found = [];
  for (const selector of selectors) {
    let elements = [];
    try { elements = document.querySelectorAll(selector) } catch { /* no CSS: nothing matches */ }
    for (const element of elements) {
      const box = element.getBoundingClientRect();
      if (box.width && box.height) found.push([box.left + scrollX, box.top + scrollY, box.width, box.height]);
      if (found.length === most) return found;
    }
  }
  return found;
})"""
"""Called with selectors and a number. Left, top, width and height of what matches, CSS px of the document."""


def boxes(selectors: Sequence[str], most: int) -> str:
    """The call that measures what matches."""
    return f"{BOXES}({json.dumps(list(selectors))}, {most})"


TEXT = "(root => root ? root.innerText ?? root.textContent ?? '' : '')(document.body || document.documentElement)"

BARE_HTML = """(() => {
  const root = document.body || document.documentElement;
  if (!root) return '';
  const bare = root.cloneNode(true), originals = root.querySelectorAll('*'), copies = bare.querySelectorAll('*');
  const KEPT = new Set(['alt', 'title', 'start', 'type', 'colspan', 'rowspan', 'lang']);
  const absolute = (copy, name, url) => {
    if (/^(https?|mailto|tel):/.test(url || '')) copy.setAttribute(name, url);
  };
  originals.forEach((original, at) => {
    const copy = copies[at];
    const unread = original.matches('noscript') && !original.checkVisibility();  // its display is not none
    if (unread || original.matches('svg, canvas, iframe, object') || getComputedStyle(original).display === 'none') {
      copy.remove();
      return;
    }
    for (const name of copy.getAttributeNames()) if (!KEPT.has(name)) copy.removeAttribute(name);
    if (original.matches('a[href]')) absolute(copy, 'href', original.href);
    if (original.matches('img')) {
      absolute(copy, 'src', original.currentSrc || original.src);
      if (!copy.hasAttribute('src')) copy.remove();
    }
  });
  return bare.innerHTML;
})()"""
"""The body without what is not shown and without attributes that only looks and scripts need."""


def hide(selectors: Sequence[str]) -> str:
    """The call that hides what matches, whatever the page's Content-Security-Policy says."""
    return f"{HIDE}({json.dumps(list(selectors))})"
