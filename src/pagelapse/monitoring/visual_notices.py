"""What is told of a visual change, at a webhook and in Slack."""

from __future__ import annotations

from pydantic import JsonValue

from pagelapse.comparison.model import Difference
from pagelapse.monitoring.comparisons import Comparison

Json = dict[str, JsonValue]


def payload(comparison: Comparison, page_url: str | None, pictures_url: str) -> Json:
    """A change as JSON; docs/visual-changes.md tells receivers of it."""
    found = comparison.difference
    earlier = comparison.against_job_id, comparison.against_taken_at_ms, comparison.against_key
    return {
        "type": "visual_change",
        "id": comparison.notice_id(),
        "configuration_id": comparison.configuration_id,
        "url": page_url,
        "before": _capture(*earlier, pictures_url),
        "after": _capture(comparison.job_id, comparison.taken_at_ms, comparison.key, pictures_url),
        "diff_link": _link(comparison.diff_key, pictures_url),
        **(numbers(found) if found else {}),
        "text_changes": comparison.text.model_dump(mode="json") if comparison.text else None,
    }


def numbers(found: Difference) -> Json:
    """What a comparison of pictures found, as JSON."""
    regions: list[JsonValue] = [region.model_dump(mode="json") for region in found.regions]
    return {
        "ratio": found.ratio,
        "pixels": found.pixels,
        "compared": found.compared,
        "width": found.width,
        "height": found.height,
        "regions": regions,
        "more_regions": found.more_regions,
    }


def sentence(comparison: Comparison, page_url: str | None, pictures_url: str) -> str:
    """A change as a message for people, in Slack's form."""
    found = comparison.difference
    share = f"{found.ratio:.1%}" if found and found.ratio >= 0.001 else "less than 0.1%"
    where = f"<{_plain(page_url)}>" if page_url else "The page"
    parts = [f"*{where}* has changed" + (f" ({share} of the picture)." if found and found.pixels else ".")]
    links = {"before": comparison.against_key, "after": comparison.key, "difference": comparison.diff_key}
    parts += [f"<{_link(key, pictures_url)}|{name}>" for name, key in links.items() if key]
    if comparison.text and comparison.text.changed:
        parts.append(f"{comparison.text.added} lines added, {comparison.text.removed} removed")
    return " · ".join(parts)


def _capture(job_id: str | None, taken_at_ms: int | None, key: str | None, pictures_url: str) -> Json | None:
    if job_id is None:
        return None
    return {"job_id": job_id, "taken_at_ms": taken_at_ms, "link": _link(key, pictures_url)}


def _link(key: str | None, pictures_url: str) -> str | None:
    return f"{pictures_url}/{key}" if key else None


def _plain(url: str) -> str:
    """Without what ends a link in Slack's form, or could mention people."""
    return url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
