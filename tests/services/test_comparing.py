from __future__ import annotations

import json

import pytest
from tests.comparison_fakes import drawn
from tests.services.monitoring import OPTIONS, report
from tests.world import World

from pagelapse.capture.jobs import Area, CaptureReport, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import CannotCompare, JobPending, NotCompared
from pagelapse.monitoring.comparisons import CompareTask, Comparing, Comparison
from pagelapse.monitoring.configurations import Configuration, Plan
from pagelapse.monitoring.listings import Page
from pagelapse.monitoring.webhooks import Delivery
from pagelapse.services.comparisons import Side

HOOK = "https://a.test/hook"
BOX = (100, 100, 140, 140)


def _watched(world: World, comparing: Comparing | None = None) -> Configuration:
    """A new configuration that compares its pictures."""
    comparing = comparing or Comparing(url=HOOK)
    plan = Plan(
        config={"url": "https://example.com/"},
        options=comparing.options(OPTIONS),
        thumbnail=ThumbnailSize(width=320),
        comparing=comparing,
    )
    return world.configurations.create(world.caller(), lambda _now_ms: plan)


def _recorded(
    world: World, picture: bytes, *, text: str | None = None, ignored: tuple[Area, ...] = ()
) -> CaptureReport:
    """The report of the job queued last, recorded; each one is taken a second after the one before."""
    found = report(world)
    assert found.file
    world.pictures.objects[found.file.key] = picture
    changes: dict[str, object] = {"ignored": ignored}
    changes["taken_at_ms"] = found.taken_at_ms - 100_000 + 1000 * len(world.monitor.archive)
    if text is not None:
        file = found.file.model_copy(update={"key": f"{found.file.key}.txt", "media_type": "text/plain"})
        world.pictures.objects[file.key] = text.encode()
        changes["text"] = file
    found = found.model_copy(update=changes)
    assert world.recorder.record(found)
    assert world.recorder.record(found)
    return found


def _compared(world: World) -> Comparison:
    """What became of the task queued last, which comes twice."""
    task = CompareTask.model_validate_json(world.compare_queue.sent[-1])
    world.comparer.compare(task)
    found = world.comparer.compare(task) or next(
        each for _, each in world.monitor.compared if each.job_id == task.job_id
    )
    assert sum(each.job_id == task.job_id for _, each in world.monitor.compared) == 1
    return found


def _again(world: World, configuration: Configuration, picture: bytes, **more: object) -> Comparison:
    world.configurations.capture(world.caller(), configuration.configuration_id)
    _recorded(world, picture, **more)  # type: ignore[arg-type]
    return _compared(world)


def _told(world: World) -> list[Delivery]:
    return [Delivery.model_validate_json(body) for body in world.notices.sent]


def test_the_first_picture_is_compared_with_none(world: World) -> None:
    """A configuration's first picture is recorded as such, and nobody is told."""
    _watched(world)
    _recorded(world, drawn())
    assert (_compared(world).verdict, _told(world)) == ("first", [])


def test_a_change_is_recorded_once_and_told_once(world: World) -> None:
    """A picture that differs is recorded with its numbers and told once, though report and task come twice."""
    configuration = _watched(world)
    first = _recorded(world, drawn())
    _compared(world)
    found = _again(world, configuration, drawn(BOX))
    assert (found.verdict, found.against_job_id) == ("changed", first.job_id)
    assert found.difference
    assert found.difference.pixels == 1600
    (delivery,) = _told(world)
    assert (delivery.url, delivery.delivery_id) == (HOOK, found.notice_id())
    payload = json.loads(json.dumps(delivery.payload))
    assert payload["ratio"] == round(1600 / 120_000, 6)
    assert [(region["x"], region["y"]) for region in payload["regions"]] == [(100, 100)]
    assert first.file
    assert payload["before"]["link"] == f"https://pictures.test/{first.file.key}"
    assert payload["diff_link"] == f"https://pictures.test/{found.diff_key}"
    assert (found.diff_key or "").startswith("pictures/diffs/")
    assert found.diff_key in world.pictures.objects


def test_a_worker_that_dies_before_telling_tells_later(world: World) -> None:
    """When the worker dies between record and delivery, the task that comes again tells, and compares nothing again."""
    configuration = _watched(world)
    _recorded(world, drawn())
    _compared(world)
    world.configurations.capture(world.caller(), configuration.configuration_id)
    _recorded(world, drawn(BOX))
    task = CompareTask.model_validate_json(world.compare_queue.sent[-1])
    world.notices.broken = True
    with pytest.raises(OSError, match="down"):
        world.comparer.compare(task)
    world.notices.broken = False
    reads = len(world.pictures.reads)
    world.comparer.compare(task)
    assert (len(_told(world)), len(world.pictures.reads)) == (1, reads)


def test_a_picture_that_stays_is_silent(world: World) -> None:
    """An equal picture is recorded as the same, without a picture of what differs."""
    configuration = _watched(world)
    _recorded(world, drawn())
    _compared(world)
    found = _again(world, configuration, drawn())
    assert (found.verdict, found.diff_key, _told(world)) == ("same", None, [])


def test_ignored_places_are_those_of_each_picture(world: World) -> None:
    """An element that is ignored may be elsewhere in each of the pictures."""
    configuration = _watched(world)
    _recorded(world, drawn(BOX), ignored=(Area(x=90, y=90, width=60, height=60),))
    _compared(world)
    moved = drawn((200, 200, 240, 240))
    found = _again(world, configuration, moved, ignored=(Area(x=190, y=190, width=60, height=60),))
    assert found.verdict == "same"


def test_a_page_that_flips_is_told_of_once(world: World) -> None:
    """With `last`, a picture that is one of the last ones is recorded as seen, with which, and not told."""
    configuration = _watched(world, Comparing(url=HOOK, last=3))
    first = _recorded(world, drawn())
    _compared(world)
    assert _again(world, configuration, drawn(BOX)).verdict == "changed"
    for _ in range(2):
        found = _again(world, configuration, drawn())
        assert _again(world, configuration, drawn(BOX)).verdict == "seen"
        assert (found.verdict, found.difference is not None) == ("seen", True)
    seen = [each.seen_in_job_id for _, each in world.monitor.compared]
    assert seen[2] == first.job_id
    assert len(_told(world)) == 1


def test_a_changed_text_is_told_with_the_picture(world: World) -> None:
    """What changed in the page's text stands beside what changed in its picture."""
    configuration = _watched(world)
    _recorded(world, drawn(), text="Price: 18")
    _compared(world)
    found = _again(world, configuration, drawn(BOX), text="Price: 19")
    assert found.text
    assert (found.text.added, found.text.removed) == (1, 1)
    assert "+Price: 19" in json.dumps(_told(world)[0].payload["text_changes"])


@pytest.mark.parametrize(("text_alone", "verdict"), [(False, "same"), (True, "changed")])
def test_a_changed_text_alone_is_told_when_asked_for(world: World, text_alone: bool, verdict: str) -> None:
    """A text that changes where the picture does not is a change only for who asks for that."""
    configuration = _watched(world, Comparing(url=HOOK, text_alone=text_alone))
    _recorded(world, drawn(), text="Price: 18")
    _compared(world)
    assert _again(world, configuration, drawn(), text="Price: 19").verdict == verdict
    assert len(_told(world)) == int(text_alone)


def test_slack_gets_a_sentence_with_links(world: World) -> None:
    """Slack is told in a sentence, with links to both pictures and to the one of what differs."""
    configuration = _watched(world, Comparing(url=HOOK, send_to="slack"))
    _recorded(world, drawn())
    _compared(world)
    _again(world, configuration, drawn((0, 0, 400, 30)))
    (delivery,) = _told(world)
    text = str(delivery.payload["text"])
    assert delivery.kind == "slack"
    assert "*<https://example.com/>* has changed (10.0% of the picture)." in text
    assert "|before>" in text
    assert "|difference>" in text


def test_a_picture_that_is_gone_is_no_change(world: World) -> None:
    """When a picture can't be compared, that is recorded, and nobody is told."""
    configuration = _watched(world)
    first = _recorded(world, drawn())
    _compared(world)
    assert first.file
    del world.pictures.objects[first.file.key]
    assert (_again(world, configuration, drawn(BOX)).verdict, _told(world)) == ("impossible", [])


def test_a_deleted_configuration_is_not_compared(world: World) -> None:
    """A task that comes after its configuration was deleted compares nothing, and does not come again."""
    configuration = _watched(world)
    _recorded(world, drawn())
    world.configurations.delete(world.caller(), configuration.configuration_id)
    task = CompareTask.model_validate_json(world.compare_queue.sent[-1])
    assert world.comparer.compare(task) is None
    assert world.monitor.jobs[task.job_id].comparing is None


def test_comparisons_are_listed(world: World) -> None:
    """A configuration's list holds all its comparisons, an account's only the changes, and a job finds its own."""
    configuration = _watched(world)
    _recorded(world, drawn())
    with pytest.raises(JobPending):
        world.comparisons.of_job(world.caller(), world.monitor.archive[-1][1].job_id)
    _compared(world)
    changed = _again(world, configuration, drawn(BOX))
    all_, changes = (
        world.comparisons.of_configuration(world.caller(), configuration.configuration_id, Page()),
        world.comparisons.of_account(world.caller(), Page()),
    )
    assert ([each.verdict for each in all_], changes) == (["first", "changed"], [changed])
    assert world.comparisons.of_job(world.caller(), changed.job_id) == changed


def test_what_is_not_compared_says_so(world: World) -> None:
    """A job of a configuration that compares nothing has no comparison, instead of one that is still to come."""
    configuration = _watched(world)
    plan = configuration.plan.model_copy(update={"comparing": None})
    world.configurations.update(world.caller(), configuration.configuration_id, lambda _found: plan)
    found = report(world)
    world.recorder.record(found)
    with pytest.raises(NotCompared):
        world.comparisons.of_job(world.caller(), found.job_id)


def test_two_captures_are_compared_on_demand(world: World) -> None:
    """Any two pictures of an account's are compared at once, with a link to what differs that lasts a day."""
    configuration = _watched(world)
    _recorded(world, drawn(), text="one")
    world.configurations.capture(world.caller(), configuration.configuration_id)
    _recorded(world, drawn(BOX), text="two")
    before, after = (Side.of(shot) for _, shot in world.monitor.archive)
    found = world.comparisons.compare(before, after, Comparing().settings)
    assert (found.difference.pixels, found.text and found.text.changed) == (1600, True)
    assert (found.diff_link or "").startswith("https://pictures.test/pictures/1d/")
    same = world.comparisons.compare(before, before, Comparing().settings)
    assert (same.difference.changed, same.diff_link) == (False, None)


def test_what_can_not_be_compared_on_demand_says_so(world: World) -> None:
    """A picture that is gone, or a file that is no picture, is refused."""
    _watched(world)
    _recorded(world, drawn())
    side = Side.of(world.monitor.archive[0][1])
    document = Side(side.job_id, side.file.model_copy(update={"media_type": "application/pdf"}), 0)
    with pytest.raises(CannotCompare, match="Only pictures"):
        world.comparisons.compare(side, document, Comparing().settings)
    world.pictures.objects.clear()
    with pytest.raises(CannotCompare):
        world.comparisons.compare(side, side, Comparing().settings)


def test_ignored_elements_of_both_words_are_left_out() -> None:
    """Elements that the capture itself names are ignored with those that its comparison names."""
    options = CaptureOptions(url="https://example.com/", ignored=(".clock", ".ad"), keep_text=True)
    kept = Comparing(ignore_selectors=(".ad", ".cart")).options(options)
    assert (kept.ignored, kept.keep_text) == ((".clock", ".ad", ".cart"), True)
