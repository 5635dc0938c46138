"""Sample readers for previews: nobody in particular, a follower of each topic, and one who follows everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.papers.models import Topic
from digest.ranking.shapes import Taste
from subscriptions.models import Subscriber

NOBODY, EVERYTHING, BY_TOPIC = "nobody", "everything", "topic-"
_MOST_PAPERS = 30


@dataclass(frozen=True, slots=True)
class Persona:
    """A reader who is in no table, and what they follow."""

    key: str
    name: str
    taste: Taste
    paper_limit: int = 10

    def as_subscriber(self, *, now: datetime) -> Subscriber:
        """A row that is never stored; its links lead nowhere."""
        state = Subscriber.State.ACTIVE
        return Subscriber(pk=0, email="reader@example.org", state=state, confirmed_at=now, paper_limit=self.paper_limit)


def list_personas() -> list[Persona]:
    """Every sample reader this installation's topics allow."""
    topics = list(Topic.objects.filter(is_active=True).values_list("id", "name"))
    fans = [Persona(f"{BY_TOPIC}{pk}", f"Follows {name}", Taste(topics={pk: 1.0})) for pk, name in topics]
    everything = Taste(topics={pk: 1.0 for pk, _ in topics})
    return [
        Persona(NOBODY, "Follows nothing", Taste()),
        Persona(EVERYTHING, f"Follows everything, {_MOST_PAPERS} papers", everything, _MOST_PAPERS),
        *fans,
    ]


def find_persona(key: str) -> Persona:
    """The sample reader of this key; who follows nothing where there is none."""
    personas = list_personas()
    return next((persona for persona in personas if persona.key == key), personas[0])
