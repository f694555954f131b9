"""What is run in pages and frames to get a cookie banner out of the way."""

# ruff: noqa: RUF001 - button texts in many alphabets

from __future__ import annotations

import json

REJECT = (
    r"reject|declin|\bdeny\b|refuse|disagree|(do not|don'?t) (accept|agree|allow|consent)|opt.?out|no,? thanks"
    r"|only (strictly )?(necessary|essential|required)|(necessary|essential|required)( cookies)? only"
    r"|accept (only )?(necessary|essential|required)|without accepting"
    r"|ablehnen|verweiger|nur (die )?(technisch )?(notwendig|erforderlich|essen[zt]iell|nötig)"
    r"|ohne (einwilligung|zustimmung)|nicht (zustimmen|akzeptieren|einverstanden)"
    r"|refuser|je refuse|sans accepter|uniquement (les )?(cookies )?(nécessaires|essentiels)|nécessaires uniquement"
    r"|rechazar|denegar|no acepto|s[oó]lo (las |los )?(cookies )?(necesari|esencial|t[ée]cnic)"
    r"|rejeitar|recusar|(apenas|somente) (os |as )?(cookies )?(necess|essenc)"
    r"|rifiut|\bnega\b|senza accettare|solo (i |quelli )?(cookie )?(necessari|tecnici|essenziali)"
    r"|weiger|afwijz|niet akkoord|alleen (de )?(noodzakelijk|functione|essenti)"
    r"|avvis|afvis|\bneka|avböj|avslå|(endast|bara|bare|kun) (de )?n[öø]dv[äe]ndig|hylkää|kiellä|vain välttämättöm"
    r"|odrzu|tylko niezbędne|nie zgadzam|odmít|odmiet|zamít|(pouze|jen|iba) nezbytn|elutasít|csak a szükséges"
    r"|respinge|refuz|doar (cele )?necesare|отклон|отказ|только необходим|відхил|reddet|yalnızca (gerekli|zorunlu)"
    r"|απόρριψη|μόνο τα απαραίτητα|拒否|同意しない|必須.{0,6}のみ|拒绝|拒絕|不同意|仅.{0,4}必要|거부|رفض|דחה|דחייה|סירוב"
)
ACCEPT = (
    r"accept|\bagree|\ballow|got it|^ok(ay)?$|i understand|i consent|enable all"
    r"|akzeptier|zustimm|zulassen|erlauben|annehmen|einverstanden|verstanden"
    r"|j'accepte|d'accord|autoriser|compris|acept|permitir|de acuerdo|entendido|aceit|concord|entendi"
    r"|accett|acconsent|consenti|ho capito|akkoord|toestaan|begrepen|godkänn|tillåt|godta|godkend|aksepter|tillad|tillat"
    r"|hyväksy|\bsalli|akcept|zgadzam|zezw[óo]l|přijm|souhlas|povolit|prijať|súhlas|elfogad|приня|соглас|разреш|прийня"
    r"|погод|kabul|izin ver|onayl|αποδοχή|αποδέχ|συμφων|同意|許可|承諾|受け入れ|接受|允许|동의|수락|허용|قبول|موافق|אישור|מאשר|מסכים"
)
SETTINGS = (
    r"settings|preferences|customi[sz]e|manage|options|choices|einstellung|anpassen|paramétr|personnalis|configur"
    r"|preferenz|impostazioni|instell|ustawieni|nastaven|inställning|indstilling|innstilling|настро|設定|设置|설정"
)
POLICY = r"policy|learn more|more info|read more|richtlinie|erklärung|impressum|imprint|en savoir|más info|informativa"

KNOWN_ACCEPT = (
    "#onetrust-accept-btn-handler",
    "#CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll",
    "#CybotCookiebotDialogBodyButtonAccept",
    "[data-testid=uc-accept-all-button]",
    "#didomi-notice-agree-button",
    "#truste-consent-button",
    "#axeptio_btn_acceptAll",
    ".cky-btn-accept",
    ".cmplz-accept",
    ".iubenda-cs-accept-btn",
    ".osano-cm-accept-all",
    "#tarteaucitronPersonalize2",
    ".qc-cmp2-summary-buttons button[mode=primary]",
    "#cookiescript_accept",
    ".cc-allow",
    ".cc-dismiss",
    ".fc-cta-consent",
    "button.sp_choice_type_11",
)
"""Buttons of consent providers that agree to everything."""

DISMISS = r"""(async (choice, limit, patterns, known) => {
  const end = performance.now() + limit;
  const [REJECT, ACCEPT, SETTINGS, POLICY] = patterns.map(text => new RegExp(text, 'iu'));
  const ABOUT = /cookie|consent|gdpr|dsgvo|rgpd|datenschutz|einwilligung|privac|tracking|ciastecz|eväste|informasjonskaps|çerez|süti|クッキー|隐私|쿠키/iu;
  const PURPOSE = /(cookie|data|daten|données|datos|dati|dados|gegevens|クッキー|쿠키).{0,300}(consent|privac|polic|partner|experience|analy|traffic|preference|personal|advert|technolog|third.part|necessary|essential|optional|zustimm|einwillig|notwendig|nutzung|verwend|consentement|utilis|publicit|consentimiento|utiliz|consens|toestemming|gebruik|zgod|souhlas)|(consent|privac|partner|we use|uses|verwenden|nutzen|utilis|utiliz|gebruik|używa).{0,200}cookie/isu;
  const HINT = /cookie|consent|gdpr|dsgvo|rgpd|onetrust|usercentrics|didomi|truste|cmp(?![a-z])|cybot|privacy-?(banner|notice|popup)/i;
  const BUTTONS = 'button, a, [role=button], input[type=button], input[type=submit], [class*=button], [class*=btn]';
  const framed = window.top !== window;
  const frame = () => new Promise(done => setTimeout(done, 30));

  const roots = function* (root) {
    yield root;
    for (const element of root.querySelectorAll('*')) if (element.shadowRoot) yield* roots(element.shadowRoot);
  };
  const visible = element => {
    if (!element.isConnected || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0 && box.left < innerWidth;
  };
  const text = element => {
    let all = element.innerText || element.textContent || '';
    for (const inner of element.querySelectorAll('*')) if (inner.shadowRoot) all += ' ' + [...inner.shadowRoot.children]
      .filter(child => child.tagName !== 'STYLE').map(child => child.innerText || '').join(' ');
    if (element.shadowRoot) all += ' ' + [...element.shadowRoot.children]
      .filter(child => child.tagName !== 'STYLE').map(child => child.innerText || '').join(' ');
    return all;
  };
  const label = element => (element.innerText || element.value || element.getAttribute('aria-label') || '')
    .toString().toLowerCase().replace(/[\s“”"»«✕×✓>›→]+/g, ' ').trim();
  const leadsAway = element => {
    const link = element.closest('a[href]');
    if (!link || link.getAttribute('role') === 'button') return false;
    const href = link.getAttribute('href').trim();
    return !(href === '' || href.startsWith('#') || /^javascript:/i.test(href) || link.href.split('#')[0] === location.href.split('#')[0]);
  };
  const kind = element => {
    const words = label(element);
    if (!words || words.length > 60) return '';
    if (REJECT.test(words)) return 'reject';
    if (POLICY.test(words)) return '';
    if (SETTINGS.test(words)) return 'settings';
    return ACCEPT.test(words) ? 'accept' : '';
  };
  const buttons = element => {
    const found = [];
    for (const root of roots(element.shadowRoot ?? element)) for (const one of root.querySelectorAll(BUTTONS)) {
      if (found.length < 200 && !one.querySelector('button, a') && visible(one) && !one.disabled) found.push(one);
    }
    if (element.shadowRoot) for (const one of element.querySelectorAll(BUTTONS)) if (visible(one)) found.push(one);
    return found.map(one => ({ one, kind: leadsAway(one) ? '' : kind(one) })).filter(button => button.kind);
  };
  const hinted = element => HINT.test(`${element.id} ${element.getAttribute('class') || ''} ${element.tagName}`);
  const overlays = element => {
    const style = getComputedStyle(element);
    return ['fixed', 'sticky'].includes(style.position) || (style.position === 'absolute' && +style.zIndex >= 100)
      || element.matches('dialog[open], [role=dialog], [role=alertdialog], [aria-modal=true]');
  };
  const candidate = element => {
    if (element.matches('html, body, main, article, form, head *') || element.querySelector('main, article')) return null;
    const over = overlays(element) || !!element.shadowRoot, near = hinted(element) || !!element.closest('[id*=cookie i], [class*=cookie i], [id*=consent i], [class*=consent i], #usercentrics-root');
    if (!(over || near) || !(visible(element) || element.shadowRoot)) return null;
    const words = text(element).slice(0, 20000);
    if (words.length > 12000 || (!over && words.length > 1500) || !ABOUT.test(words)) return null;
    if (!(near && PURPOSE.test(words) || over && /cookie|クッキー|쿠키|consent|gdpr|ciastecz|eväste|çerez/iu.test(words) && PURPOSE.test(words) || near && over)) return null;
    const choices = buttons(element);
    const kinds = choices.map(button => button.kind);
    if (!kinds.length || (!over && !kinds.includes('accept') && !kinds.includes('reject'))) return null;
    return { element, choices, length: words.length };
  };
  const banners = () => {
    if (framed) {
      const words = (document.body?.innerText || '').slice(0, 20000);
      const choices = document.body && ABOUT.test(words) && PURPOSE.test(words) ? buttons(document.body) : [];
      return choices.length ? [{ element: document.body, choices, length: words.length }] : [];
    }
    const found = [], until = performance.now() + 1000;
    for (const root of roots(document)) for (const element of root.querySelectorAll('*')) {
      if (performance.now() > until) break;
      const one = element instanceof HTMLElement ? candidate(element) : null;
      if (one) found.push(one);
    }
    const inner = found.filter(one => !found.some(other => other !== one && one.element.contains(other.element) && other.length * 3 < one.length));
    return inner.filter(one => !inner.some(other => other !== one && other.element.contains(one.element)));
  };
  const frames = () => [...document.querySelectorAll('iframe')].filter(one => visible(one)
    && /sp_message|consent|cookie|trustarc|privacy-mgmt|cmp(?![a-z])/i.test(`${one.id} ${one.className} ${one.name} ${one.title} ${one.src}`));
  const outer = element => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).position === 'fixed' && !at.querySelector('main, article')) return at;
    }
    return null;
  };
  const gone = async elements => {
    const until = Math.min(end, performance.now() + 1200);
    while (elements.some(visible) && performance.now() < until) await frame();
  };
  const hide = element => {
    if (element.matches('dialog[open]')) element.close();
    element.style.setProperty('display', 'none', 'important');
  };
  const clear = () => {
    for (const element of document.querySelectorAll('body *')) {
      const style = getComputedStyle(element);
      if (style.position !== 'fixed' || style.backgroundColor === 'rgba(0, 0, 0, 0)' || !visible(element)) continue;
      const box = element.getBoundingClientRect();
      const covers = box.width >= innerWidth * 0.95 && box.height >= innerHeight * 0.95;
      if (covers && !element.innerText?.trim() && !element.querySelector('img, video, canvas, iframe')) hide(element);
    }
    for (const root of [document.documentElement, document.body]) {
      const style = getComputedStyle(root);
      if (/hidden|clip/.test(style.overflowY)) root.style.setProperty('overflow', 'visible', 'important');
      if (root === document.body && style.position === 'fixed') root.style.setProperty('position', 'static', 'important');
    }
  };

  if (choice === 'look') return banners().length + (framed ? 0 : frames().filter(outer).length) ? 'seen' : 'none';
  let outcome = 'none';
  if (choice === 'accept' || choice === 'reject') {
    const sure = choice === 'accept' ? [...roots(document)].map(root => root.querySelector(known)).find(one => one && visible(one)) : null;
    const seen = banners();
    const wanted = seen.flatMap(banner => banner.choices).filter(button => button.kind === choice).map(button => button.one);
    const rank = one => /\ball|alle|tout|tous|todo|todas|tutt|allt|wszyst|vše|все|全|すべて/iu.test(label(one)) ? 0 : 1;
    const button = sure || wanted.sort((a, b) => rank(a) - rank(b))[0];
    if (button) {
      button.click();
      outcome = 'clicked';
      if (!framed) await gone([button]);
    }
  }
  if (framed) return outcome;
  const left = [...banners().map(banner => banner.element), ...frames().map(outer).filter(Boolean)];
  if (left.length) {
    left.forEach(hide);
    clear();
    outcome = outcome === 'clicked' ? 'clicked and hidden' : 'hidden';
  }
  return outcome;
})"""
"""Called with `accept`, `reject`, `hide` or `look`, milliseconds, patterns of button texts and selectors of buttons."""

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
      if (message.state.lifecycle === 'cmpDetected') setTimeout(() => { if (!open) done('none') }, 1500);
    };
  });
  rules.r = rules.r.filter(rule => !rule[3] || location.href.match(rule[3]));
  delete window.autoconsentReceiveMessage;
  {engine}
  const config = { isMainWorld: true, autoAction: 'optOut', enablePrehide: false, detectRetries: 0 };
  await window.autoconsentReceiveMessage({ type: 'initResp', config, rules: { autoconsent: [], compact: rules } });
  return await outcome;
})"""
"""Called with the engine's compact rules and milliseconds."""


def dismiss(choice: str, limit_ms: float) -> str:
    """The call that looks for a banner and gets rid of it."""
    patterns = json.dumps([REJECT, ACCEPT, SETTINGS, POLICY])
    return f"{DISMISS}({json.dumps(choice)}, {limit_ms:.0f}, {patterns}, {json.dumps(', '.join(KNOWN_ACCEPT))})"


def opt_out(engine: str, rules: str, limit_ms: float) -> str:
    """The call that runs the consent engine, whose `rules` are JSON."""
    return f"{ENGINE.replace('{engine}', engine)}({rules}, {limit_ms:.0f})"
