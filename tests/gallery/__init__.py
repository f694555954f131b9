"""Hard pages, imitating what sites do, and what is wrong with a picture of each.

Nothing here knows our capture: whoever takes a picture of `site.url(case.path)` with `case.asked()` can ask
`case.wrong(picture)`. The pages are in `tests/site/pages/gallery`.
"""
