"""The script that marks a word or phrase wherever it is on the page."""

from __future__ import annotations

import json

_MARK = """(phrase => {
  const pattern = new RegExp(phrase.replace(/[.*+?^${}()|[\\]\\\\]/g, '\\\\$&'), 'i');
  const silent = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEXTAREA', 'TITLE']);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (let text of texts) {
    if (!text.parentNode || silent.has(text.parentNode.nodeName)) continue;
    for (let found; (found = pattern.exec(text.data));) {
      const hit = text.splitText(found.index), mark = document.createElement('mark');
      text = hit.splitText(found[0].length);
      mark.style.cssText = 'background:#ffff00 !important;color:#000000 !important';
      hit.replaceWith(mark);
      mark.append(hit);
    }
  }
})"""


def mark(phrase: str) -> str:
    """JavaScript that puts a bright yellow box behind each place of `phrase`, in upper or lower case."""
    return f"{_MARK}({json.dumps(phrase)})"
