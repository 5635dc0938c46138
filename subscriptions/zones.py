"""Time zones a reader may choose, and the menu that offers them."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Regions of zones named after a place; the rest are old aliases, still accepted when given.
REGIONS = frozenset(
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"],
)


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Every zone name this machine knows. Read once: the answer comes from a walk through a folder."""
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def offered_zones() -> SafeString:
    """The menu's options, grouped by region: the same for everybody, so made once."""
    places = sorted(zone for zone in known_zones() if zone.partition("/")[0] in REGIONS)
    return format_html_join(
        "",
        '<optgroup label="{}">{}</optgroup>',
        ((region, _options(zones)) for region, zones in groupby(places, lambda zone: zone.partition("/")[0])),
    )


class ZoneSelect(forms.Widget):
    """A menu of zones: the chosen one first, then all others from one ready-made piece.

    The `short` one leaves the others to the browser, which knows their names: they weigh more than ten papers.
    """

    short = False

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:  # noqa: ARG002 (Django's signature)
        """The whole element; some 450 options through Django's template would cost more than the page."""
        chosen = list(dict.fromkeys([str(value or "UTC"), "UTC"]))
        pairs = {**self.build_attrs(self.attrs, attrs), "name": name}
        # The field's, of no meaning to a menu.
        pairs.pop("maxlength", None)
        return format_html(
            "<select{}>{}{}</select>",
            format_html_join("", ' {}="{}"', ((key, text) for key, text in pairs.items() if text is not False)),
            format_html(
                "<option selected>{}</option>{}",
                chosen[0],
                _options(chosen[1:]),
            ),
            "" if self.short else offered_zones(),
        )


def _options(zones: Any) -> SafeString:
    return format_html_join("", "<option>{}</option>", ((zone,) for zone in zones))
