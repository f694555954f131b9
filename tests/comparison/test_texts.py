from __future__ import annotations

from pagelapse.comparison.texts import MAX_DIFF_LENGTH, MAX_LINES, compare_texts


def test_equal_texts_have_not_changed() -> None:
    """White space and empty lines make no difference between texts."""
    found = compare_texts("Price:  18\n\nImprint", "Price: 18\n Imprint \n")
    assert (found.changed, found.added, found.removed, found.diff) == (False, 0, 0, "")


def test_a_changed_line_is_told_with_those_around_it() -> None:
    """A diff shows what went and what came with two lines around it, numbered from the text's beginning."""
    lines = [f"line {number}" for number in range(1, 101)]
    found = compare_texts("\n".join(lines), "\n".join([*lines[:49], "new", *lines[50:]]))
    assert (found.changed, found.added, found.removed, found.truncated) == (True, 1, 1, False)
    assert found.diff.splitlines() == [
        "@@ -48,5 +48,5 @@",
        *(" line 48", " line 49", "-line 50", "+new", " line 51", " line 52"),
    ]


def test_a_text_that_is_all_new_is_all_added() -> None:
    """A page that had no text before has only added lines."""
    found = compare_texts("", "one\ntwo")
    assert (found.added, found.removed, found.diff) == (2, 0, "@@ -1,0 +1,2 @@\n+one\n+two")


def test_long_diffs_are_cut_and_say_so() -> None:
    """A diff that is longer than is kept is cut, while its lines are all counted."""
    found = compare_texts("", "\n".join(f"line {number}" for number in range(1000)))
    assert (len(found.diff), found.added, found.truncated) == (MAX_DIFF_LENGTH, 1000, True)


def test_endless_texts_are_compared_as_far_as_they_go() -> None:
    """Of texts longer than can be compared, the change is told though its end is not looked at."""
    found = compare_texts("same\n" * 2 * MAX_LINES, "other\n" * 2 * MAX_LINES)
    assert (found.changed, found.truncated) == (True, True)
