"""What is run in pages and frames to get a cookie banner out of the way."""

from __future__ import annotations

import json

from pagelapse.adapters.browser.consent_words import ACCEPT_BUTTONS, PATTERNS
from pagelapse.adapters.browser.hiding_scripts import HIDING

DISMISS = r"""(async (choice, limit, patterns, known) => {
  const end = performance.now() + limit, framed = window.top !== window;
  const says = Object.fromEntries(Object.entries(patterns).map(([name, text]) => [name, new RegExp(text, 'isu')]));
  const BUTTONS = 'button, a, [role=button], input[type=button], input[type=submit], [class*=button], [class*=btn]';
  const LONGEST_BANNER = 12000, LONGEST_NOTE = 1500, LONGEST_BUTTON = 60;

  {hiding}
  function* roots(root) {
    yield root;
    for (const element of root.querySelectorAll('*')) if (element.shadowRoot) yield* roots(element.shadowRoot);
  }
  const shown = root => [...root.children].map(child => child.tagName === 'STYLE' ? '' : child.innerText || '');
  const text = element => {
    const shadows = [element, ...element.querySelectorAll('*')].filter(one => one.shadowRoot);
    return [element.innerText || '', ...shadows.flatMap(one => shown(one.shadowRoot))].join(' ');
  };
  const label = element => String(element.innerText || element.value || element.getAttribute('aria-label') || '')
    .toLowerCase().replace(/[\s"\u2018-\u203a\u00ab\u00bb\u00d7\u2190-\u27bf>]+/g, ' ').trim();
  const here = location.href.split('#')[0];
  const leadsAway = element => {
    const link = element.closest('a[href]');
    if (!link || link.getAttribute('role') === 'button') return false;
    return !/^\s*(#|javascript:|$)/i.test(link.getAttribute('href')) && link.href.split('#')[0] !== here;
  };
  const kind = element => {
    const words = label(element);
    if (!words || words.length > LONGEST_BUTTON || leadsAway(element)) return '';
    if (says.reject.test(words)) return 'reject';
    if (says.policy.test(words)) return '';
    return says.settings.test(words) ? 'settings' : says.accept.test(words) ? 'accept' : '';
  };
  const buttons = element => {
    const places = element.shadowRoot ? [element, ...roots(element.shadowRoot)] : [...roots(element)];
    const found = places.flatMap(place => [...place.querySelectorAll(BUTTONS)]).slice(0, 300);
    const real = found.filter(one => !one.querySelector('button, a') && visible(one) && !one.disabled);
    return real.map(one => ({ one, kind: kind(one) })).filter(button => button.kind);
  };
  const overlays = element => {
    const style = getComputedStyle(element);
    return ['fixed', 'sticky'].includes(style.position) || (style.position === 'absolute' && +style.zIndex >= 100)
      || element.matches('dialog[open], [role=dialog], [role=alertdialog], [aria-modal=true]') || !!element.shadowRoot;
  };
  const hinted = element => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (says.hint.test(`${at.id} ${at.getAttribute('class') || ''} ${at.tagName}`)) return true;
    }
    return false;
  };
  const banner = element => {
    if (element.matches('html, body, main, article, form') || element.querySelector('main, article')) return null;
    const over = overlays(element), named = hinted(element);
    if (!over && element.closest('main, article')) return null;
    if (!(over || named) || !(visible(element) || element.shadowRoot)) return null;
    const words = text(element);
    if (words.length > (over ? LONGEST_BANNER : LONGEST_NOTE)) return null;
    if (!says.purpose.test(words) && !(over && named && says.about.test(words))) return null;
    const choices = buttons(element);
    if (!choices.some(button => over || button.kind !== 'settings')) return null;
    return { element, choices, length: words.length };
  };
  const framedBanner = () => {
    const words = (document.body?.innerText || '').slice(0, LONGEST_BANNER);
    const choices = says.purpose.test(words) ? buttons(document.body) : [];
    return choices.length ? [{ element: document.body, choices, length: words.length }] : [];
  };
  const banners = () => {
    if (framed) return framedBanner();
    const found = [], until = performance.now() + 1000;
    for (const root of roots(document)) for (const element of root.querySelectorAll('body *, :host > *')) {
      if (performance.now() > until) break;
      const one = element instanceof HTMLElement ? banner(element) : null;
      if (one) found.push(one);
    }
    const holds = (one, other) => one !== other && one.element.contains(other.element);
    const tight = found.filter(one => !found.some(other => holds(one, other) && other.length * 3 < one.length));
    return tight.filter(one => !tight.some(other => holds(other, one)));
  };
  const around = element => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).position === 'fixed' && !at.querySelector('main, article')) return at;
    }
    return null;
  };
  const named = one => `${one.id} ${one.className} ${one.name} ${one.title} ${one.src}`;
  const frames = () => [...document.querySelectorAll('iframe')]
    .filter(one => visible(one) && says.frame.test(named(one))).map(around).filter(Boolean);

  const answer = async () => {
    const everywhere = [...roots(document)].map(root => root.querySelector(known));
    const sure = choice === 'accept' ? everywhere.find(one => one && visible(one)) : null;
    const wanted = banners().flatMap(one => one.choices).filter(one => one.kind === choice).map(one => one.one);
    const button = sure || wanted.find(one => says.everything.test(label(one))) || wanted[0];
    if (!button) return false;
    button.click();
    const until = Math.min(end, performance.now() + 1200);
    while (!framed && visible(button) && performance.now() < until) await new Promise(done => setTimeout(done, 30));
    return true;
  };
  const seen = () => [...banners().map(one => one.element), ...(framed ? [] : frames())];
  if (choice === 'look') return seen().length ? 'seen' : 'none';
  const clicked = choice !== 'hide' && await answer();
  const left = framed ? [] : seen();
  left.forEach(hide);
  if (left.length) unlock();
  return clicked ? (left.length ? 'clicked and hidden' : 'clicked') : (left.length ? 'hidden' : 'none');
})"""
"""Called with `accept`, `reject`, `hide` or `look`, milliseconds, regular expressions and selectors of buttons.

A banner lies over the page or is named like one, says what cookies are for, is no part of the page's main text, and has
buttons to answer with. One that is left after clicking, or has nothing to click, is hidden with its shade, and the page
may be scrolled again.
"""

ENGINE = """(async (rules, limit) => {
  const outcome = new Promise(done => {
    let open = false;
    setTimeout(() => done('out of time'), limit);
    window.autoconsentSendMessage = async message => {
      if (message.type === 'popupFound') open = true;
      if (message.type === 'autoconsentDone') done('opted out');
      if (message.type === 'optOutResult') setTimeout(() => done(message.result ? 'opted out' : 'failed'), 0);
      if (message.type !== 'report') return;
      if (message.state.lifecycle === 'nothingDetected') done('none');
      if (message.state.lifecycle === 'cmpDetected') setTimeout(() => { if (!open) done('none') }, 800);
    };
  });
  rules.r = rules.r.filter(rule => !rule[3] || location.href.match(rule[3]));
  delete window.autoconsentReceiveMessage;
  {engine}
  const config = { isMainWorld: true, autoAction: 'optOut', enablePrehide: false, detectRetries: 0 };
  await window.autoconsentReceiveMessage({ type: 'initResp', config, rules: { autoconsent: [], compact: rules } });
  return await outcome;
})"""
"""Called with the engine's compact rules and milliseconds. The engine tells by messages how far it is."""


def dismiss(choice: str, limit_ms: float) -> str:
    """The call that looks for a banner and gets rid of it."""
    known = json.dumps(", ".join(ACCEPT_BUTTONS))
    script = DISMISS.replace("{hiding}", HIDING)
    return f"{script}({json.dumps(choice)}, {limit_ms:.0f}, {json.dumps(PATTERNS)}, {known})"


def opt_out(engine: str, rules: str, limit_ms: float) -> str:
    """The call that runs the consent engine, whose `rules` are JSON."""
    return f"{ENGINE.replace('{engine}', engine)}({rules}, {limit_ms:.0f})"
