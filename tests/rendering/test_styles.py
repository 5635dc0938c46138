"""The style sheet of the mails: few rules, readable in both modes, untouched where it must be."""

from __future__ import annotations

import re

import pytest

from digest.rendering.inline import set_tight
from digest.rendering.render import render_digest
from digest.rendering.samples import sample_digest
from digest.rendering.templates import render_html

# Text on ground, in the light mode and in the dark one.
PAIRS = [
    ("#1a1a2e", "#ffffff"),
    ("#55556b", "#ffffff"),
    ("#55556b", "#f6f5f2"),
    ("#4338ca", "#ffffff"),
    ("#ffffff", "#4338ca"),
    ("#1a1a2e", "#ecebfb"),
    ("#4338ca", "#ecebfb"),
    ("#55556b", "#efede8"),
    ("#854d0e", "#fdf3d7"),
    ("#ececf1", "#1c1c26"),
    ("#aeaebf", "#1c1c26"),
    ("#aeaebf", "#14141b"),
    ("#a5b4fc", "#1c1c26"),
    ("#14141b", "#a5b4fc"),
    ("#ececf1", "#262642"),
    ("#c7d2fe", "#262642"),
    ("#b9b9c9", "#2a2a36"),
    ("#fcd34d", "#2e2613"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_text_has_enough_contrast_in_both_modes() -> None:
    styles = render_html("_styles.html", {})
    for text, ground in PAIRS:
        assert text in styles
        assert ground in styles
        darker, lighter = sorted((luminance(text), luminance(ground)))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, ground)


def test_inlined_rules_stay_few() -> None:
    inlined = render_html("_styles.html", {}).split("</style>")[0]
    assert inlined.count("{") <= 40


def test_overrides_for_dark_mode_and_phones_come_through() -> None:
    html = render_digest(sample_digest()).html
    phones_and_dark = re.findall(r'<style data-premailer="ignore">([^<]+)', render_html("_styles.html", {}))
    assert len(phones_and_dark) == 2
    for kept in phones_and_dark:
        assert f"<style>{set_tight(kept)}</style>" in html
    assert "[data-ogsc]" in html
    assert html.startswith("<!DOCTYPE html>")
    assert len(re.findall(r"<!--\[if mso\]>", html)) == 3


@pytest.mark.parametrize(
    ("written", "tight"),
    [
        ("\n.a, .b c { color: #fff !important;\n  margin: 0 4px; }\n", ".a,.b c{color:#fff!important;margin:0 4px}"),
        (
            "@media (max-width: 620px) and (hover: none) {\n  p :first-child + a { padding: 0; }\n}\n",
            "@media (max-width:620px) and (hover:none){p :first-child + a{padding:0}}",
        ),
    ],
)
def test_setting_a_style_sheet_tight_changes_no_rule(written: str, tight: str) -> None:
    assert set_tight(written) == tight
