"""What the capture runs inside pages. Each is one expression; a hostile page can only make it use up its limit."""

from __future__ import annotations

import json
from collections.abc import Sequence

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


CARET = """(() => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  if (!active || !(active.isContentEditable || active.matches('input, textarea'))) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, ::before, ::after { caret-color: transparent !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
})()"""
"""A caret blinks, so it would be there now and then."""

FONTS = f"""({CARET}, document.documentElement.offsetHeight,
  document.fonts.status === 'loaded' || document.fonts.ready.then(() => true))"""
"""Asking for a height lays the document out, which is what makes Chromium ask for its fonts."""

FONTS_LOADED = "document.fonts.status === 'loaded'"

ONLY_FONTS_MISSING = """document.readyState === 'interactive' && document.fonts.status === 'loading'
  && [...document.images].every(image => image.complete || image.loading === 'lazy')
  && [...document.querySelectorAll('link[rel~=stylesheet]')].every(link => link.sheet || link.disabled)"""

QUIET = f"""(async () => {{
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const pause = ms => new Promise(done => setTimeout(done, ms));
  const refresh = document.querySelector('meta[http-equiv=refresh i][content*=url i]');
  if (refresh && parseFloat(refresh.content) <= 2) await pause(parseFloat(refresh.content) * 1000 + 300);
  await Promise.race([document.fonts.ready, pause(Math.max(400, 3500 - performance.now()))]);
  const onScreen = image => {{
    const box = image.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  }};
  const settled = image => image.complete || new Promise(done => {{
    for (const name of ['load', 'error']) image.addEventListener(name, done, {{ once: true }});
  }});
  await Promise.all([...document.images].filter(onScreen).map(settled));
  const text = document.body?.textContent ?? '', MUCH = 2000;
  const sparse = text.length < MUCH && document.scripts.length && !document.querySelector('img, svg, canvas, video')
    && document.body.innerText.length < 100;
  await new Promise(done => {{
    let timer;
    const end = () => {{ observer.disconnect(); done() }};
    const wait = () => {{ clearTimeout(timer); timer = setTimeout(end, sparse ? 300 : 100) }};
    const observer = new MutationObserver(wait);
    observer.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
    wait();
  }});
  let ended = false;
  for (const animation of document.getAnimations()) {{
    const ends = animation.effect?.getComputedTiming().endTime;
    if (animation.playState !== 'running' || animation.timeline !== document.timeline) continue;
    if (ends <= 3000) try {{ animation.finish(); ended = true }} catch {{ /* one that stands still can't end */ }}
  }}
  {CARET};
  if (ended) {{ await frame(); await frame() }}
}})()"""
"""Ends 100 ms after the document's last change, with its fonts and the images on screen there.

A page of few words and a script is about to become another one more often than not, so it gets 300 ms; one that says
that it will send its reader elsewhere within 2 s gets them. Short animations are at their end, not half way."""

VISIBLE = """(async patience => {
  const end = performance.now() + patience, shows = element => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || box.bottom < 0 || box.top > innerHeight) return false;
    if (element.matches('img')) return element.naturalWidth > 1;
    if (element.matches('canvas, video, svg, iframe, input, select, textarea, button')) return true;
    return [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  };
  for (;;) {
    const elements = document.body ? document.body.querySelectorAll(':not(script, style, noscript, template)') : [];
    if ([...elements].slice(0, 3000).some(shows) || (document.body && shows(document.body))) return true;
    if (!document.scripts.length || performance.now() > end) return false;
    await new Promise(done => setTimeout(done, 50));
  }
})"""
"""Called with milliseconds: whether the screen shows more than colours. Only a page with scripts is waited for."""


def visible(patience_ms: float) -> str:
    """The call that tells whether the document has what can be seen."""
    return f"{VISIBLE}({patience_ms:.0f})"


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
