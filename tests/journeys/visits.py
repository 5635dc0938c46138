"""One address of every kind of page, with rows behind them that have something of everything."""

from __future__ import annotations

from digest.composing.models import Edition, Pick
from digest.papers.models import Paper, Topic
from subscriptions.links import confirm_link, move_link, never_link
from subscriptions.models import AuthorClaim, Feedback, Interest, Subscriber
from subscriptions.moving import request_move
from subscriptions.shelves import save_paper
from subscriptions.tokens import make_leave_token, make_manage_token
from tests.factories import NOW, make_digest, make_paper, make_subscriber, make_topic, path_in

PUBLIC = {
    "front": "/",
    "day": "/papers/day/2026-08-03/",
    "elsewhere": "/papers/day/2031-01-01/",
    "narrowed": "/papers/month/2026-08/?order=newest&submitter=nobody",
    "search": "/search/?q=sorting",
    "search-empty": "/search/",
    "search-nothing": "/search/?q=%22nothing+at+all%22",
    "editions": "/editions/",
    "edition": "/editions/2026-W31/",
    "subscribe": "/subscribe/",
    "manage": "/manage/",
    "bad-link": "/leave/no-such-token/",
    "not-found": "/no/such/page/",
    "bad-day": "/papers/day/2026-02-30/",
}


def make_pages() -> dict[str, str]:
    """A name and the path of every kind of page; the first one makes a browser known as a reader."""
    topic = make_topic("Robots")
    paper = make_full_paper(topic)
    gone = make_paper("Taken back", topics=(topic,), withdrawn_at=NOW)
    person = make_subscriber("ada@example.org", follows=(topic,))
    edition = Edition.objects.create(kind="week", period="2026-W31", state="approved", approved_at=NOW, title="One")
    Pick.objects.create(edition=edition, paper=paper, note="Read this.")
    shelf = save_paper(person=person, paper_id=paper.pk, now=NOW)
    own = f"/manage/{make_manage_token(person.pk, version=1)}/"
    return {
        "glass": own,
        "mails": f"{own}mails/",
        "data": f"{own}data/",
        "lists": "/lists/",
        "list": f"/lists/{shelf.key}/",
        "suggest": "/suggest/",
        "claim": f"/papers/{paper.pk}/claim/",
        "paper": paper.get_absolute_url(),
        "withdrawn": gone.get_absolute_url(),
        **PUBLIC,
        **make_mailed(person, paper, topic),
    }


def make_full_paper(topic: Topic) -> Paper:
    """A paper of which everything is known."""
    return make_paper(
        "Sorting in $O(n^2)$",
        abstract="We sort and grip in $O(n)$.\n\nThen we <stop>.",
        authors=["Mara Quill", "Ida Renn"],
        topics=(topic,),
        votes=41,
        comments=3,
        stars=88,
        summary="Plans, then corrects.",
        organisation="Harbour Lab",
        submitter="mara & co",
        arxiv_id="2603.01234",
        doi="10.5555/a.b",
        code_url="https://code.example.org/?a=1&b=2",
        project_url="https://grip.example.org/",
        discussion_url="https://talk.example.org/",
        author_takes_part=True,
        artifacts=[{"kind": "model", "name": "lab/grip", "url": "https://hub.example.org/lab/grip"}],
    )


def make_mailed(person: Subscriber, paper: Paper, topic: Topic) -> dict[str, str]:
    """The pages behind links in mails, to a reader and to one not confirmed yet."""
    pending = make_subscriber("new@example.org", state="pending", next_due_at=None)
    Interest.objects.create(subscriber=person, kind="keyword", text="sorting", weight=-1)
    profile = "https://me.example.org/"
    AuthorClaim.objects.create(
        subscriber=person, paper=paper, name="Mara Quill", profile_url=profile, state="confirmed"
    )
    Feedback.objects.create(subscriber=person, paper=make_paper("Seen enough"), kind="hide")
    digest = make_digest(person, paper, reasons=[{"kind": "topic", "number": topic.pk}])
    request_move(person=person, address="ada@new.example.org", now=NOW)
    links = {
        "confirm": confirm_link(subscriber_id=pending.pk),
        "confirmed": confirm_link(subscriber_id=person.pk),
        "never": never_link(subscriber_id=pending.pk),
        "move": move_link(change_id=person.address_changes.get().pk, side="old"),
    }
    return {
        "leave": f"/leave/{make_leave_token(person.pk)}/",
        "say": path_in(digest, f"{paper.pk}/"),
        "more": path_in(digest, f"{paper.pk}/more/"),
        "reason": path_in(digest, f"{paper.pk}/reason/0/"),
        **{name: "/" + link.split("/", 3)[3] for name, link in links.items()},
    }
