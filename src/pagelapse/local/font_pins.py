"""The fonts that pages are drawn with, as npm packages with the checksums their contents must have."""

from __future__ import annotations

import re

from pagelapse.local.pins import Package

REGULAR = ("400Regular",)
UPRIGHT = ("400Regular", "700Bold")
ALL = (*UPRIGHT, "400Regular_Italic", "700Bold_Italic")

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[0-9]+")


def _font(family: str, version: str, integrity: str, faces: tuple[str, ...] = UPRIGHT) -> Package:
    name = "-".join(_WORD.findall(family)).lower()
    files = (f"package/{face}/{family}_{face}.ttf" for face in faces)
    return Package(f"@expo-google-fonts/{name}", version, f"sha512-{integrity}", ("package/LICENSE_FONT", *files))


TWINS = (
    _font(
        "Arimo",
        "0.4.3",
        "kXMUJ303nJgKjJFr8yuiAY9dgIoAoj9HccKkaSw0J63/T4MSdxFejzfDUVLzUz+ohpQWinifV99QOAUQLcGKDg==",
        ALL,
    ),
    _font(
        "Tinos",
        "0.4.2",
        "MQkfvUO1Aw7UP3jRtWLcjda+udanoL8ecrbkjbc3ZdhSI1iW/Uil4uD8O0eOiIxU2v/FeAT2XjGNiz5oYUlucg==",
        ALL,
    ),
    _font(
        "Cousine",
        "0.4.3",
        "rSl8RXKqxwz8xJvedqdiKtPghSwRAl5c+lMecDyZ1L+V+IQEx6mavMnYkO0KuKgNcHekJXwXZsbmv7zJWggmAw==",
        ALL,
    ),
    _font(
        "Carlito",
        "0.4.1",
        "S4vhxWiS1mKp6AAx44VvNt7edQhnoXJU3obKcBZRjMkvQn0MJlm+Sz3O2bhcXy3h01CMi/soREOjDcZYFDzL/Q==",
        ALL,
    ),
    _font(
        "Caladea",
        "0.4.2",
        "b6hpisI+XjFuzRpkBXaEVY27c5j6wnCZFhCyOJUiDWqoRD1jzvICrl0vPZyKrQvR8yQWpsgXxaWOk9hbuH4RRg==",
        ALL,
    ),
    _font(
        "Gelasio",
        "0.4.1",
        "mqSxj6OCIHnyRxqYYd3HSgDyWw9bI+DBWdyQRw9sNrqoceEh+3f43mY6yTrCKrBXqq0a1q9z76IvAp3HKHZQBw==",
        ALL,
    ),
    _font(
        "ComicRelief",
        "0.4.0",
        "p340V1uyip6wFMvJ/oYwlz5eEOfAA8pP4UKTdNtgFzIUzFde/I9B9nRtD8W3zNnHQr+3YugiuU8Rlih5N+G62Q==",
    ),
    Package(
        "dejavu-fonts-ttf",
        "2.37.3",
        "sha512-f1hd7jJbeQa1VWcw+K2KrTXS50zTMaHpVC4XIKJpNcDeYR5ajMtj/iLlQDYNvLOKamUB3ARVVCf79lNwNVztSQ==",
        ("package/LICENSE", "package/ttf/DejaVuSans.ttf", "package/ttf/DejaVuSans-Bold.ttf"),
    ),
)
"""As wide, letter by letter, as the fonts that pages ask for most; `fonts.NAMES` tells which is whose twin."""

SCRIPTS = (
    _font(
        "NotoSans", "0.4.2", "zYD8G2ijWLxqmquoQgghNh/x9p0yxWwArD0oxO1oXY1qx5vOd4t0Kbhnu/Cx8RTy08OgA8RtxuULZFaXwVPnPw=="
    ),
    _font(
        "NotoSansJP",
        "0.4.3",
        "Fl+Z6vtD24HFAYsvzB0S9Nery1ly16B9PesdY0wBd+wEHAvkNglnkTUspU0HqGOubkmoa8zusJrKv6vDx1o70A==",
    ),
    _font(
        "NotoSansSC",
        "0.4.3",
        "9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ==",
    ),
    _font(
        "NotoSansKR",
        "0.4.3",
        "EVS/uJPcf1TgJtjmQmrFr0oGdcl7ml09CSu0E/AyGzR0UfzdR2pBbzWWPsnuzZiGUl643ODYwYiXK5+B+fLjhQ==",
    ),
    _font(
        "NotoSansArabic",
        "0.4.3",
        "YvtxyuegxPegu2g5urXJ+gQxRp8i798nQswTmEjwXOWR/fqy0Gvey6h5IoNRBrc43SxRxPezqCiR9ivpfPAXSg==",
    ),
    _font(
        "NotoSansHebrew",
        "0.4.1",
        "NR3vP6GT/hSINLrk4JHJBQnuzh/C1mlMrphNlI2dQaO53a3oTjSRoG4JyYb1B6bHadjsGh0wPZbT4kMJBKjT/w==",
    ),
    _font(
        "NotoSansDevanagari",
        "0.4.1",
        "26boYPNKGP1r4R5MxsMAY/zCQOwiXLOJzX8sh1a2oEWyQurQsyniaCv4992c+9jjwshEEt2NNVv5GcnyzaL7QQ==",
    ),
    _font(
        "NotoSansThai",
        "0.4.2",
        "PGBBBDGfJJ/5y2hNweLBZWD4YmVT4uOO4chsOPXyl0TktaBJamDKVKv/WbGiDTeBGdkegLiytsWo+lhnkHP5qA==",
    ),
    _font(
        "NotoSansBengali",
        "0.4.4",
        "Ya58tLTEdP4P5EF3ZXTM829/g57mbfW8OrD16MMZr2sC3nIKItl/3J9tZlk1nrtqfFGzIgxb+zt/hLjAaTAQgQ==",
    ),
    _font(
        "NotoSansTamil",
        "0.4.3",
        "1TBkwJ8gJPnt1UIC+um987hYb/QmRDATGKbtwDW6dajISxr8b7+EVjwMESMJaQxfNS8VWE4IBT2jYmpBGw4D+w==",
    ),
    _font(
        "NotoSansTelugu",
        "0.4.2",
        "t5wZI1/2u69ugVr2v9P4Qqt9BHHwDQ/26+1p9MLrwf1lNSW64Mw16AIRzGWIOcRMd0drYWeZzZO1DqoFts3KiA==",
    ),
    _font(
        "NotoSansGujarati",
        "0.4.2",
        "KtJySkho6C2Yf28dZx1SYwAs671hncIpBpIlTDzxLv7i7iOFJ2p74nzyP23aY04HUm28ELX7r86Dmui/qpLpMg==",
    ),
    _font(
        "NotoSansGurmukhi",
        "0.4.1",
        "yAaWoUawvVD/50HnZWN1lABWOy9eNcbS3i9bRjoXwEueaoI7E2dTd7liA2BcJ/uTkFUgYWd5QOjIfoCXnTo44Q==",
    ),
    _font(
        "NotoSansKannada",
        "0.4.3",
        "nFDeSKVlpCJpd4x4E+W5WwfJVJ5fGN5pa/szOvE9GotDEYTPuhd8SzKYsQ4F2PVbzXRT21jMXxJ70tKPvItuGA==",
    ),
    _font(
        "NotoSansMalayalam",
        "0.4.2",
        "TZfS4nKhsQftD4nJr5R4fOO7EKe0L5RAscmYehignHr5JJVzW49Nxom0w0rnmHDU2iV3zWIOeyx3rN3bkHGI0A==",
    ),
    _font(
        "NotoSansOriya",
        "0.4.2",
        "sKGcpny4wTSs3ooReAN2Nrore5tkVtEdgBkDN2qsxubpY2UBmtrE+DOQSYLq0zqkiH5rtIuQJwr0GcLXH3DbaQ==",
    ),
    _font(
        "NotoSansSinhala",
        "0.4.2",
        "pczEE8p3aAvnMuVSppyW8d9dqlg9wxr8R3BfEUB9qPQHAWlR9TsSlaGbF/G/j8k4fSU21swf+v5p4BeTuFeMtA==",
    ),
    _font(
        "NotoSansKhmer",
        "0.4.3",
        "vBG7J/w4j+tPTPA53a43zb/s/K3AjHRTDbEG4omn/xs4dThknBh4aVRJ4zwROLy7OeZnhQPDkGRUEPAi8C/btg==",
    ),
    _font(
        "NotoSansLao",
        "0.4.2",
        "gM/grIG03BWSk8lqiR1IC7WHpGH/8TrvwU0ZjEvs236YiN0LK2qQythq6lqcJbENo/0HMxdk13n35yhqnHVJ8g==",
    ),
    _font(
        "NotoSansMyanmar",
        "0.4.2",
        "qG8DHmy+7xFvW5z8lN3r5jjEXoQBhjpjoxXR/Y8/WcywirPIBZnFpAy5IlwCRSobJdCw3+i7gvmIz1bl6mp7bg==",
    ),
    _font(
        "NotoSansGeorgian",
        "0.4.3",
        "qvQ/DE/F10hZPD/vYSm68aNWjOLyxGrCC3NzZR3L0RWpo2njqePvNjXcAcR9yvLwrREOmlWGtUD7GTAuIjlkzA==",
    ),
    _font(
        "NotoSansArmenian",
        "0.4.2",
        "AHnwnabRI64hwenSeePxp2TICbYK6Wg56o2y5shFTLWLWzwnPXv30r4LGy6NQYk9PliXizDU9Qeyvob6e3tsgQ==",
    ),
    _font(
        "NotoSansEthiopic",
        "0.4.2",
        "puS0u1/7b0kZ6fqOYaSlCdai8zHuD9CQY2qlyJEtYzUC5Nd1fH3QENmQc0a1Gcqe0q9s3n7440eNJSLK2mGouw==",
    ),
    _font(
        "NotoSerifTibetan",
        "0.4.2",
        "e3PdLzPldwsirxE0xUN3IQ69XG6QOTQT1jxm2AnB3RrYPHLC+043AM4VZCkYXfepr1oPqK4caEKkuXyehF6y5Q==",
        REGULAR,
    ),
)
"""Han, Kana and Hangul, nineteen scripts more, Tibetan, and what Latin, Greek and Cyrillic the twins lack."""

SYMBOLS = (
    _font(
        "NotoSansSymbols",
        "0.4.1",
        "LlXM1nLfz0FO1UA/COHlVau8DcDsvex3uWVA/BqeT8tJt+Hk8ju5XfmoShdjiW8IP4Z3ukKp7VFh4DDmNImYKA==",
        REGULAR,
    ),
    _font(
        "NotoColorEmoji",
        "0.4.6",
        "2pAakFka8eSDCHB5d6NNp/7WrOZAiVYcycOqAbccPd8P8zaWUVfQ0N3y84nNPmhCQT9qzM9bpDi6cgMu6fRKEg==",
        REGULAR,
    ),
    _font(
        "NotoSansSymbols2",
        "0.4.1",
        "jFymG5s4OLlXpy9E9FQvSXpSnf43BIYcJiPXEHSw6LFNvbahkjmUWb/cj4vsX/KdUksGLTPbjB9iRuu8L3yJ8A==",
        REGULAR,
    ),
    _font(
        "NotoSansMath",
        "0.4.2",
        "Kgj0kKibznTLYcbpR8Tk2ybr76uMOyrlyoP5F9G+0UiJzAMA4zG/XIlrgXKzfFGERhA0Rc3vbwDeeTxwXPlaYg==",
        REGULAR,
    ),
)
"""Emoji, symbols, and the letters that mathematicians use, and people for decoration."""

FONTS = (*TWINS, *SCRIPTS, *SYMBOLS)
