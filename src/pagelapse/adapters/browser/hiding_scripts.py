"""Scripts that take overlays out of pages."""

from __future__ import annotations

import json

HIDING = r"""const visible = element => {
    if (!element.isConnected || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) {
      return false;
    }
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0 && box.left < innerWidth;
  };
  const hide = element => {
    if (element.matches('dialog[open]')) element.close();
    element.style.setProperty('display', 'none', 'important');
  };
  const isShade = element => {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    return style.position === 'fixed' && style.backgroundColor !== 'rgba(0, 0, 0, 0)' && visible(element)
      && box.width >= innerWidth * 0.95 && box.height >= innerHeight * 0.95
      && !element.innerText.trim() && !element.querySelector('img, video, canvas, iframe');
  };
  const unlock = () => {
    for (const element of document.querySelectorAll('body div, body span, body section')) {
      if (isShade(element)) hide(element);
    }
    const set = (root, name, value) => root.style.setProperty(name, value, 'important');
    for (const root of [document.documentElement, document.body]) {
      if (/hidden|clip/.test(getComputedStyle(root).overflowY)) set(root, 'overflow', 'visible');
    }
    if (getComputedStyle(document.body).position === 'fixed') set(document.body, 'position', 'static');
  };
"""
"""What scripts share: `visible`, `hide`, and `unlock`, which hides shades and lets the page be scrolled again."""

HIDE_WIDGETS = r"""((newsletter, chat) => {
  {hiding}
  const NEWSLETTER = new RegExp(newsletter, 'iu'), CHAT = new RegExp(chat, 'i');
  const over = element => getComputedStyle(element).position === 'fixed'
    || element.matches('dialog[open], [role=dialog], [aria-modal=true]');
  const outermost = element => {
    let found = null;
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (at.querySelector('main, article, input[type=password]')) break;
      if (over(at)) found = at;
    }
    return found;
  };
  const signUps = [...document.querySelectorAll('input[type=email], input[name*=mail i], input[placeholder*=mail i]')]
    .map(outermost).filter(box => box && visible(box) && box.innerText.length < 2000 && NEWSLETTER.test(box.innerText));
  const named = one => [one.id, one.className, one.title, one.src, one.href, one.getAttribute('aria-label')].join(' ');
  const small = element => {
    const box = element.getBoundingClientRect();
    return box.width < innerWidth / 2 && box.top > innerHeight / 3;
  };
  const chats = [...document.querySelectorAll('iframe, button, a, div')]
    .filter(one => CHAT.test(named(one))).map(outermost).filter(box => box && visible(box) && small(box));
  for (const box of new Set([...signUps, ...chats])) hide(box);
  if (signUps.length) unlock();
})"""
"""Called with what newsletters say and what chats are called."""

NEWSLETTER = (
    r"newsletter|subscri|sign up|join (our|the)|inbox|mailing list|% off|abonnier|anmelden und|rabatt|abonnez|inscri"
    r"|infolettre|suscr|bolet[ií]n|iscriviti|nieuwsbrief|nyhetsbrev|nyhedsbrev|uutiskirje|biuletyn|zapisz|рассылк|подпи"
    r"|メルマガ|ニュースレター|订阅|뉴스레터"
)
CHAT = (
    r"intercom|\bdrift|crisp[-.]c|tawk|zendesk|zopim|tidio|livechat|live-chat|olark|freshchat|fc_frame|hs-chat|hubspot-mess"
    r"|chat-?(widget|launcher|bubble|button)|messenger-?(frame|launcher|customer)|wa\.me/|whatsapp"
)


def hide_widgets() -> str:
    """The call that hides sign-ups for newsletters that lie over the page, and chats in its lower corners."""
    script = HIDE_WIDGETS.replace("{hiding}", HIDING)
    return f"{script}({json.dumps(NEWSLETTER)}, {json.dumps(CHAT)})"
