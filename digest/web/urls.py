"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from digest.web import (
    editions,
    feedback_pages,
    feeds,
    first_pages,
    glass,
    mailbox,
    opening_pages,
    pages,
    paper_pages,
    reader_pages,
    search_pages,
)


class NameConverter(StringConverter):
    """A part of a path without control characters: PostgreSQL cannot even be asked for a zero byte."""

    regex = r"[^/\x00-\x1f\x7f]+"


register_converter(NameConverter, "name")

urlpatterns = [
    path("", pages.front, name="front"),
    path("papers/day/<name:name>/", pages.day, name="day"),
    path("papers/week/<name:name>/", pages.week, name="week"),
    path("papers/month/<name:name>/", pages.month, name="month"),
    path("papers/<int:pk>/", paper_pages.paper, name="paper"),
    path("papers/<int:pk>.<slug:form>", paper_pages.paper_as, name="paper-as"),
    path("papers/<int:pk>/abstract/", paper_pages.abstract, name="abstract"),
    path("papers/<int:pk>/vote/", reader_pages.vote, name="vote"),
    path("papers/<int:pk>/save/", reader_pages.save, name="save"),
    path("papers/<int:pk>/hide/", reader_pages.hide, name="hide"),
    path("papers/<int:pk>/claim/", reader_pages.claim, name="claim"),
    path("lists/", reader_pages.own_lists, name="own-lists"),
    path("lists/<name:key>/", reader_pages.shelf, name="shelf"),
    path("suggest/", reader_pages.suggest_paper, name="suggest"),
    # Short, since a digest holds these addresses many times.
    path("f/<name:token>/", glass.digest_copy, name="digest-copy"),
    path("f/<name:token>/<int:paper>/", feedback_pages.say, name="say"),
    path("f/<name:token>/<int:paper>/open/", opening_pages.open_paper, name="open-paper"),
    path("f/<name:token>/<int:paper>/<slug:kind>/", feedback_pages.feedback, name="feedback"),
    path("f/<name:token>/<int:paper>/reason/<int:place>/", feedback_pages.reason, name="reason"),
    path("feed/", feeds.feed, name="feed"),
    path("feed/<name:slug>/", feeds.topic_feed, name="topic-feed"),
    path("feed.<slug:form>", feeds.feed, name="feed-as"),
    path("feed/<slug:slug>.<slug:form>", feeds.topic_feed, name="topic-feed-as"),
    path("my-feed/<name:key>.<slug:form>", feeds.own_feed, name="own-feed"),
    path("editions/", editions.editions, name="editions"),
    path("editions/<name:period>/", editions.edition, name="edition"),
    path("editions/<name:period>.<slug:form>", feeds.edition_feed, name="edition-feed"),
    path("search/", search_pages.search, name="search"),
    path("search.<slug:form>", search_pages.search_feed, name="search-feed"),
    path("subscribe/preview/", first_pages.preview_signup, name="signup-preview"),
    path("confirm/<name:token>/first/", first_pages.send_first, name="send-first"),
    path("favicon.ico", pages.favicon),
    path("robots.txt", pages.robots, name="robots"),
    path("manage/<name:token>/mails/", glass.sent_mails, name="sent-mails"),
    path("manage/<name:token>/mails/<int:pk>/", glass.sent_copy, name="sent-copy"),
    path("manage/<name:token>/data/", glass.own_data, name="own-data"),
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("mailbox/<name:name>/", mailbox.mailbox_message, name="mailbox-message"),
    path("mailbox/<name:name>/html/", mailbox.mailbox_html, name="mailbox-html"),
    path("mailbox/<name:name>/raw/", mailbox.mailbox_raw, name="mailbox-raw"),
]
