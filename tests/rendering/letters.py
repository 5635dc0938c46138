"""Generated letters: odd, empty, long and hostile values in every field."""

from __future__ import annotations

import dataclasses

from hypothesis import strategies as st

from digest.rendering.letter import Card, Chip, DigestLetter, QuotedMail, QuotedParts, Section, Sender
from digest.rendering.quoted import OWN_PLACE

# What breaks mailers: markup, template and format signs, dots at line starts, wide and backward scripts.
_ODD = [
    "",
    " ",
    "%",
    "%s %(x)s",
    "{{ x }}",
    "{% now %}",
    "{#",
    "a < b & c > d",
    "<script>alert(1)</script>",
    '"quoted"',
    "it's",
    "&amp; &#39; &nbsp;",
    "\u00a0no-break\u00a0",
    ".",
    "..leading dots",
    "\r\nBcc: x@example.org",
    "x" * 200,
    "=3D=",
    "slot",
    "\u202eevil",
    "\x00\x07",
    "$5 and $10",
    "$O(n\\log n)$",
    "\\frac{",
    "大規模言語" * 30,
    "مدوّنة مفتوحة",
    "🧪🔬👩‍🔬",
    "é" * 80,
    "a -- b",
    "From here",
    "]]>",
    "<!-- c -->",
    "<![endif]-->",
    "\ud800",
    "\ufdd0",
    "-",
    "- item",
    "> quote",
    "\\",
    "'",
    "\t",
    "https://example.org/" + "long/" * 40,
    "\u2028",
    "ﬁ",
    "a\u0301\u0302",
]
texts = st.lists(st.one_of(st.sampled_from(_ODD), st.text(max_size=20)), max_size=3).map(" ".join)
long_texts = st.lists(st.sampled_from(_ODD), max_size=25).map(" ".join)
links = st.sampled_from(
    [
        "",
        "https://arxiv.org/abs/2608.01234",
        "http://plain.example.org/",
        "javascript:alert(1)",
        "https://x.example/?a=1&b=<2>",
        'https://x.example/"onclick="',
        "https://x.example/é 大",
        "https://papers.example.org/p/1/",
        "https://[bad",
        "//x.example",
        "https://x.example/%7B%7B{{x}}",
        "https://x.example/'a'#b",
        "https://x.example/" + "y" * 1200,
    ]
)
chips = st.lists(
    st.builds(Chip, st.sampled_from(["pick", "topic", "keyword", "trending", "no such"]), texts, st.integers(0, 5)),
    max_size=5,
).map(tuple)
cards = st.builds(
    Card,
    title=texts,
    url=links,
    authors=st.lists(st.sampled_from(_ODD), max_size=7).map(tuple),
    abstract=long_texts,
    note=texts,
    chips=chips,
    votes=st.integers(-1, 10_000),
    paper_url=links,
    code_url=links,
    project_url=links,
    paper_id=st.sampled_from([0, 1, 20, 2**63]),
    news=texts,
    is_counted=st.booleans(),
)
sections = st.builds(Section, texts, st.lists(cards, max_size=3).map(tuple))
letters = st.builds(
    DigestLetter,
    sender=st.builds(
        Sender, texts, st.sampled_from(["https://papers.example.org", "http://127.0.0.1:8000", ""]), texts
    ),
    title=texts,
    date_line=texts,
    byline=texts,
    intro=st.one_of(
        texts, long_texts, st.sampled_from(["- a\n- b\n\n1. c\n\n> d *e* **f** [g](https://x.example/&)\n"])
    ),
    subject=texts,
    sections=st.lists(sections, max_size=2).map(tuple),
    more_count=st.integers(-1, 40),
    more_url=links,
    why=texts,
    rhythm=texts,
    manage_url=links,
    leave_url=links,
    digest_url=links,
    layout=st.sampled_from(["full", "compact"]),
    kind=st.sampled_from(["digest", "rollup", "test"]),
    lead=texts,
)


def crowd(letter: DigestLetter, count: int, abstract: str, title: str = "A paper") -> DigestLetter:
    """Return the letter with so many papers, each with this abstract."""
    card = letter.sections[0].cards[0]
    papers = tuple(
        dataclasses.replace(
            card, title=f"{title} {number}", abstract=abstract, url=f"https://papers.example.org/papers/{number}/"
        )
        for number in range(count)
    )
    return dataclasses.replace(letter, sections=(Section("All", papers),), intro=letter.intro)


def put_together(parts: QuotedParts) -> QuotedMail:
    """The parts joined and the reader's own digest named, as it is done before they leave."""
    text, html = (b"".join(pieces).replace(OWN_PLACE, parts.own) for pieces in (parts.text, parts.html))
    return QuotedMail(parts.subject, text, html)
