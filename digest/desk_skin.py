"""How the curators' desk looks and what its side bar holds: settings for the admin's skin, and nothing else."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

# The public pages' indigo.
INDIGO = {
    "50": "#eef2ff",
    "100": "#e0e7ff",
    "200": "#c7d2fe",
    "300": "#a5b4fc",
    "400": "#818cf8",
    "500": "#6366f1",
    "600": "#4338ca",
    "700": "#3730a3",
    "800": "#312e81",
    "900": "#28256b",
    "950": "#1e1b4b",
}


def describe_skin(site_name: str) -> dict[str, Any]:
    """The skin's settings, as django-unfold names them."""
    return {
        "SITE_TITLE": f"{site_name} desk",
        "SITE_HEADER": site_name,
        "SITE_SUBHEADER": "Curators' desk",
        "SITE_SYMBOL": "newspaper",
        "SITE_URL": "/",
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("favicon.svg")}],
        "STYLES": [lambda _request: static("desk.css")],
        "SCRIPTS": [lambda _request: static("desk.js")],
        "SHOW_HISTORY": True,
        "SHOW_VIEW_ON_SITE": True,
        "DASHBOARD_CALLBACK": "digest.web.overview.describe_desk",
        "LOGIN": {"form": "digest.web.login.LoginForm"},
        "COLORS": {"primary": INDIGO},
        "SIDEBAR": {"navigation": list_pages()},
    }


def list_pages() -> list[dict[str, Any]]:
    """The side bar's groups of pages."""
    return [
        {
            "title": "Papers",
            "items": [
                _page("Papers", "article", "papers.paper"),
                _page("Decisions", "history", "papers.decision"),
                _page("Suggestions", "add_notes", "subscriptions.suggestion"),
                _page("Author claims", "verified_user", "subscriptions.authorclaim"),
                _page("Topics", "label", "papers.topic"),
                _page("Sources", "rss_feed", "papers.source"),
                _page("Import runs", "download", "papers.importrun"),
                _page("Records", "receipt_long", "papers.sourcerecord"),
                _page("News", "campaign", "papers.news"),
            ],
        },
        {"title": "Editions", "items": [_page("Editions", "auto_stories", "composing.edition")]},
        {
            "title": "Readers",
            "items": [
                _page("Subscribers", "group", "subscriptions.subscriber"),
                _page("Notices", "outgoing_mail", "subscriptions.notice"),
                _page("Suppressions", "block", "subscriptions.suppression"),
            ],
        },
        {
            "title": "Delivery",
            "items": [
                _page("Digests", "mail", "composing.digest"),
                _page("Events", "notifications", "delivery.event"),
            ],
        },
        {
            "title": "The desk",
            "items": [
                _page("People", "manage_accounts", "auth.user"),
                _page("Groups", "groups", "auth.group"),
                _page("API tokens", "key", "api.apitoken"),
                _page("Outgoing webhooks", "webhook", "hooks.hook"),
                _page("Their calls", "call_made", "hooks.hookcall"),
            ],
        },
    ]


def _page(title: str, icon: str, model: str) -> dict[str, object]:
    """A link in the desk's side bar, shown to those who may look at the page."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": lambda request: request.user.has_perm(f"{app}.view_{name}"),
    }
