"""What has changed between two texts of a page, line by line."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import islice

from pagelapse.comparison.model import TextChanges

MAX_LINES = 5000
"""Of each text that are compared; comparing lines takes up to the square of their number."""

MAX_LINE_LENGTH = 300
MAX_DIFF_LENGTH = 4000
"""Characters that are kept of a diff."""

_CONTEXT = 2


def compare_texts(before: str, after: str) -> TextChanges:
    """Compare two texts; runs of white space count as one space, and empty lines not at all."""
    earlier, later = _lines(before), _lines(after)
    truncated = len(earlier) > MAX_LINES or len(later) > MAX_LINES
    start = _common(earlier, later)
    end = _common(earlier[start:][::-1], later[start:][::-1])
    matcher = SequenceMatcher(None, _middle(earlier, start, end), _middle(later, start, end))
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    removed = sum(code[2] - code[1] for code in codes)
    added = sum(code[4] - code[3] for code in codes)
    if not codes and not truncated:
        return TextChanges(changed=False, added=0, removed=0)
    diff = "\n".join(_diff(earlier, later, matcher, start))
    cut = len(diff) > MAX_DIFF_LENGTH
    changed = earlier != later
    return TextChanges(
        changed=changed, added=added, removed=removed, diff=diff[:MAX_DIFF_LENGTH], truncated=cut or truncated
    )


def _lines(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line]


def _common(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _middle(lines: list[str], start: int, end: int) -> list[str]:
    """What lies between the lines that both begin and end with, and two of those on either side."""
    first = max(0, start - _CONTEXT)
    return lines[first : min(len(lines), len(lines) - end + _CONTEXT, first + MAX_LINES)]


def _diff(earlier: list[str], later: list[str], matcher: SequenceMatcher[str], start: int) -> list[str]:
    """The unified form, whose line numbers count from the texts' own beginning."""
    first = max(0, start - _CONTEXT)
    lines: list[str] = []
    for group in islice(matcher.get_grouped_opcodes(_CONTEXT), MAX_DIFF_LENGTH):
        head, tail = group[0], group[-1]
        numbers = head[1] + first, tail[2] - head[1], head[3] + first, tail[4] - head[3]
        lines.append(f"@@ -{numbers[0] + 1},{numbers[1]} +{numbers[2] + 1},{numbers[3]} @@")
        for tag, left, left_end, right, right_end in group:
            if tag == "equal":
                lines += [" " + _short(line) for line in earlier[first + left : first + left_end]]
                continue
            lines += ["-" + _short(line) for line in earlier[first + left : first + left_end]]
            lines += ["+" + _short(line) for line in later[first + right : first + right_end]]
    return lines


def _short(line: str) -> str:
    return line if len(line) <= MAX_LINE_LENGTH else line[:MAX_LINE_LENGTH] + "…"
