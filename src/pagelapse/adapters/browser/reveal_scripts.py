"""What runs in a page that is pictured whole: finding what scrolls, scrolling through it, and arranging what stays.

A frame ends with a task of its own: observers compute what intersects after a frame's callbacks, and tell it in a task.
"""

from __future__ import annotations

_COMMON = """
  const root = document.scrollingElement || document.documentElement, body = document.body;
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const pause = ms => new Promise(done => setTimeout(done, ms));
  const up = e => e.assignedSlot || e.parentElement || e.getRootNode().host || null;
  const at = (x, y) => {
    let e = document.elementFromPoint(x, y);
    for (let inner; e?.shadowRoot && (inner = e.shadowRoot.elementFromPoint(x, y)) && inner !== e;) e = inner;
    return e;
  };
  const inside = e => { try { return e.contentDocument?.scrollingElement } catch { return null } };
  const scroller = () => {
    const still = root.scrollHeight <= innerHeight * 1.1;
    for (const [x, y] of [[.5, .5], [.7, .6], [.5, .8]]) {
      for (let e = at(innerWidth * x, innerHeight * y); e && e !== body && e !== root; e = up(e)) {
        if (e.clientWidth < innerWidth / 2 || e.clientHeight < innerHeight / 2) continue;
        const excess = (inside(e) || e).scrollHeight - e.clientHeight;
        if (excess < 20) continue;
        const { overflowY, position } = getComputedStyle(e);
        const moved = position === 'fixed' && /hidden|clip/.test(overflowY);
        if (still ? inside(e) || /auto|scroll|overlay/.test(overflowY) : moved) return { element: e, excess };
      }
    }
    return null;
  };
"""

_BY_FRAMES = "Symbol.for('pagelapse.byFrames')"

WATCH = f"""(() => {{
  for (const name of ['IntersectionObserver', 'requestAnimationFrame']) {{
    const own = window[name];
    const tell = () => {{
      window[{_BY_FRAMES}] = true;
      if (window[name] === watched) window[name] = own;
    }};
    const watched = new Proxy(own, {{
      construct: (_, given, made) => {{ tell(); return Reflect.construct(own, given, made === watched ? own : made) }},
      apply: (_, self, given) => {{ tell(); return Reflect.apply(own, self, given) }},
    }});
    window[name] = watched;
  }}
}})()"""
"""Before any script of the page's: note whether one looks at the page once a frame. The browser can't be asked for that
later: it counts an observer that nothing in the page refers to as gone, though it goes on observing."""

OBSERVES = f"window[{_BY_FRAMES}] === true"

SURVEY = f"""(() => {{
  {_COMMON}
  if (body && body.scrollHeight > root.scrollHeight + innerHeight * .05) {{
    const sheet = new CSSStyleSheet();
    const fixed = getComputedStyle(body).position === 'fixed' ? 'position: static !important' : '';
    sheet.replaceSync(`html, body {{ overflow: visible !important }} body {{ ${{fixed}} }}`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }}
  return {{
    excess: scroller()?.excess ?? 0, window: innerHeight, document: root.scrollHeight,
    zoom: visualViewport?.scale ?? 1,
  }};
}})()"""
"""Lengths in CSS px: how much of the inner part that fills the screen is scrolled out of sight, the window's height and
the document's. A body whose scrolling is locked by a wall is let free."""

_MEASURED = "Symbol.for('pagelapse.measured')"

MEASURE = f"""(() => {{
  {_COMMON}
  const part = scroller()?.element || root, sizes = new Map();
  for (const e of [...part.querySelectorAll('*')].slice(0, 20000)) {{
    if (e !== body && e.offsetHeight >= innerHeight * .2) sizes.set(e, e.offsetHeight);
  }}
  window[{_MEASURED}] = {{ part, sizes, before: innerHeight }};
}})()"""
"""Remember how high the parts of the scroller are, before the window grows."""

GROWN = f"""(async wanted => {{
  {_COMMON}
  for (let i = 0; i < 60 && innerHeight < wanted - 1; i++) await frame();
  await frame();
  const {{ part, sizes, before }} = window[{_MEASURED}], grown = innerHeight;
  for (const [e, height] of sizes) {{
    const asScreen = Math.abs(e.offsetHeight - height * grown / before) <= 2;
    const asRest = height >= before / 2 && Math.abs(e.offsetHeight - height - grown + before) <= 2;
    if (e.offsetHeight === height || !(asScreen || asRest)) continue;
    for (const side of ['height', 'min-height', 'max-height']) e.style.setProperty(side, `${{height}}px`, 'important');
  }}
  part.dispatchEvent(new Event('scroll'));
  document.dispatchEvent(new Event('scroll', {{ bubbles: true }}));
  await frame();
  await pause(150);
  await frame();
}})"""
"""Called with the window's new height, once it is asked for: what is as high as the screen stays as high as it was."""

_WANTING = ".lazy, .lazyload, .lozad, " + ", ".join(
    f"[data-{name}]"
    for name in ("src", "srcset", "original", "lazy", "lazy-src", "bg", "bg-src", "background", "background-image")
)

REVEAL = f"""(async (limit, from, listens, whole, paced) => {{
  {_COMMON}
  const end = performance.now() + limit, loaded = document.readyState === 'complete';
  const roots = [document];
  for (const part of roots) for (const e of part.querySelectorAll('*')) if (e.shadowRoot) roots.push(e.shadowRoot);
  const deep = selector => roots.flatMap(part => [...part.querySelectorAll(selector)]);
  const hopeless = loaded ? new Set() : new Set(deep('img:not([loading=lazy])').filter(image => !image.complete));
  for (const lazy of deep('[loading=lazy]')) lazy.loading = 'eager';

  const touched = new WeakSet(), skipping = new Set(), backdrops = new Set(), samples = [];
  let changes = 0, idle = 0;
  const observer = new MutationObserver(records => {{
    for (const {{ target }} of records) if (!touched.has(target)) {{ touched.add(target); changes++ }}
  }});
  for (const part of roots) observer.observe(part, {{ subtree: true, childList: true, attributes: true }});
  document.addEventListener('contentvisibilityautostatechange', event => skipping.add(event.target));

  const onScreen = e => {{ const box = e.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight }};
  const wanting = deep('{_WANTING}').slice(0, 2000);
  const has = e => touched.has(e) || e.style.backgroundImage || (e.complete && e.naturalWidth > 1);
  const wants = () => wanting.some(e => !has(e) && onScreen(e));
  const dwell = async known => {{
    const began = performance.now();
    do await pause(wanting.length ? 30 : 100); while (wants() && performance.now() < Math.min(end, began + 300));
    idle = changes === known ? idle + 1 : 0;
  }};
  const sample = () => {{
    for (const [x, y] of [[.3, .25], [.5, .5], [.6, .75]]) {{
      const e = at(innerWidth * x, innerHeight * y);
      for (let part = e; part; part = up(part)) {{
        if (part === body || part === root) break;
        if (getComputedStyle(part).backgroundAttachment.includes('fixed')) backdrops.add(part);
      }}
      if (e && e !== body && e !== root) samples.push({{ e, y: root.scrollTop + innerHeight * y }});
    }}
  }};

  const skips = e => getComputedStyle(e).contentVisibility === 'auto';
  const waits = paced || wanting.length
    || document.getAnimations().some(animation => animation.timeline !== document.timeline)
    || deep('*').length > 5000 || deep('*').some(skips);
  const goto = top => root.scrollTo({{ top, behavior: 'instant' }});
  const most = Math.min(root.scrollHeight * 3, 100000), bottom = () => Math.min(root.scrollHeight, most);
  for (let top = from; top < bottom() && performance.now() < end; top += innerHeight * .75) {{
    const known = changes;
    if (top) goto(top);
    if (waits) await frame();
    sample();
    if ((listens || wanting.length) && idle < 3) await dwell(known);
  }}
  const settled = image => image.complete || new Promise(done => {{
    image.addEventListener('load', done, {{ once: true }});
    image.addEventListener('error', done, {{ once: true }});
  }});
  const waited = deep('img').filter(image => !hopeless.has(image)).map(settled);
  await Promise.race([Promise.all(waited), pause(Math.max(0, end - performance.now()))]);
  const scrolled = root.scrollTop > 0;
  for (const part of skipping) part.style.setProperty('content-visibility', 'visible', 'important');
  for (const part of backdrops) part.style.setProperty('background-attachment', 'scroll', 'important');
  if (scrolled) {{
    goto(0);
    await frame();
    if (listens) await pause(120);
    await frame();
  }}

  const seen = e => e.isConnected && e.checkVisibility({{ opacityProperty: true, visibilityProperty: true }});
  const leaves = (from, to) => [...document.querySelectorAll('body *')].filter(e => {{
    if (e.childElementCount || !seen(e)) return false;
    const box = e.getBoundingClientRect(), top = box.top + root.scrollTop;
    return box.height > 0 && top < to && top + box.height > from;
  }}).length;
  const onlyOnScreen = async () => {{
    const gone = samples.filter(({{ e }}) => !seen(e));
    if (gone.length < 2 || gone.length < samples.length * .1) return false;
    const {{ e, y }} = gone[gone.length >> 1], from = y - innerHeight / 2, to = y + innerHeight / 2;
    const here = leaves(from, to);
    goto(from);
    await frame();
    await pause(50);
    await frame();
    const there = leaves(from, to), again = seen(e);
    goto(0);
    await frame();
    return again || there > here * 1.5 + 2;
  }};
  const foreign = e => e.getBoundingClientRect().bottom > innerHeight && e.offsetHeight > 9 && e.offsetWidth > 9
    && /^https?:/.test(e.src) && new URL(e.src).origin !== origin;
  const windowed = whole && scrolled && (deep('iframe').some(foreign) || await onlyOnScreen());
  for (const animation of document.getAnimations()) {{
    const ends = animation.effect?.getComputedTiming().endTime;
    if (animation.playState !== 'running' || animation.timeline !== document.timeline) continue;
    if (ends <= 10000) try {{ animation.finish() }} catch {{ /* one that stands still can't end */ }}
  }}
  observer.disconnect();
  return {{ changed: changes > 0, windowed, height: root.scrollHeight }};
}})"""
"""Called with milliseconds, where to begin, whether the page listens to scrolling, whether all of it is pictured, and
whether a script is told of frames. Where nothing depends on what a frame shows, none is waited for on the way.

A page that listens is given 100 ms a screen, and up to 300 ms where something on the screen still has no picture. What
appears only while it is on the screen is told by looking again from the top, and once more from where it was. Frames of
other sites are of that kind: Chromium paints them on the screen only, whatever is captured beyond it."""

IN_FRAMES = """(async limit => {
  for (const lazy of document.querySelectorAll('[loading=lazy]')) lazy.loading = 'eager';
  const settled = image => image.complete || new Promise(done => {
    for (const name of ['load', 'error']) image.addEventListener(name, done, { once: true });
  });
  const all = Promise.all([...document.images].map(settled));
  await Promise.race([all, new Promise(done => setTimeout(done, limit))]);
  const frame = () => new Promise(done => requestAnimationFrame(done));
  await Promise.race([frame().then(frame), new Promise(done => setTimeout(done, Math.min(limit, 300)))]);
})"""
"""Called with milliseconds, in each frame of the page."""

ARRANGE = f"""(() => {{
  {_COMMON}
  const down = root.scrollHeight - innerHeight, met = new Set();
  if (down < 1 || root.scrollTop > 0) return;
  for (const y of [8, 40, 80, 120, 180, 240]) {{
    for (const x of [.04, .12, .3, .5, .7, .88, .96]) {{
      for (let e = at(innerWidth * x, innerHeight - y); e && e !== body && e !== root; e = up(e)) {{
        if (met.has(e)) break;
        met.add(e);
        const {{ position, bottom, translate }} = getComputedStyle(e), box = e.getBoundingClientRect();
        if (box.height > innerHeight * .6 || box.top < innerHeight * .4) continue;
        if (position === 'fixed' && !e.offsetParent) {{
          const [across = '0px', along = '0px'] = translate === 'none' ? [] : translate.split(' ');
          e.style.setProperty('transition', 'none', 'important');
          e.style.setProperty('translate', `${{across}} calc(${{along}} + ${{down}}px)`, 'important');
        }} else if (position === 'sticky' && bottom !== 'auto') {{
          e.style.setProperty('position', 'relative', 'important');
        }}
      }}
    }}
  }}
}})()"""
"""What is fixed to the window's lower edge goes to the document's; it would lie across the page's first screen."""
