"""The page that shows an edition as any reader would get it, in every form, and sends a copy to who looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.timezone import now
from unfold.decorators import action

from digest.composing.approval_admin import DecidedEditionAdmin
from digest.composing.editions import find_problems
from digest.composing.models import Edition
from digest.composing.panel import CLIP_BYTES
from digest.composing.personas import NOBODY, find_persona, list_personas
from digest.delivery.looks import BARE, DARK, LIGHT, Look, frame, look_at
from digest.delivery.tryout import send_copy
from subscriptions.addresses import address_key
from subscriptions.models import Subscriber

# What can be chosen, each by itself, the usual first.
CHOICES = {
    "form": {"html": "HTML", "text": "Plain text", "headers": "Headers", "raw": "Raw"},
    "width": {"wide": "Desktop", "phone": "Phone"},
    "shade": {LIGHT: "Light", DARK: "Dark", BARE: "Images off"},
}
NAMES = {"form": "Part of the mail", "width": "Width", "shade": "Colours and images"}


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Whose letter is shown."""

    key: str
    name: str
    look: Look | None


def read_choices(asked: QueryDict) -> dict[str, str]:
    """What the address chooses; the usual where it says nothing that is offered."""
    return {
        name: found if (found := asked.get(name, "")) in offered else next(iter(offered))
        for name, offered in CHOICES.items()
    }


def offer_choices(key: str, chosen: dict[str, str]) -> list[tuple[str, list[tuple[str, bool, str]]]]:
    """Each group of choices by its name: label, whether it is chosen, and where it leads. Only HTML has looks."""
    groups = CHOICES if chosen["form"] == "html" else {"form": CHOICES["form"]}
    return [
        (
            NAMES[group],
            [
                (label, value == chosen[group], "?" + urlencode({"as": key, **chosen, group: value}))
                for value, label in offered.items()
            ],
        )
        for group, offered in groups.items()
    ]


class PreviewAdmin(DecidedEditionAdmin):
    """Adds the preview to an edition's page."""

    @action(description="Preview", permissions=["view"], icon="visibility")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The letter as asked for. A post looks a reader up, or sends a copy to who asks."""
        edition = self.find(object_id)
        if request.method == "POST":
            return self._act(request, edition)
        try:
            view = self._take_view(request, edition, request.GET.get("as", NOBODY))
        except Subscriber.DoesNotExist:
            messages.warning(request, "There is no such reader.")
            return HttpResponseRedirect(request.path)
        context = self._describe(request, edition, view, read_choices(request.GET))
        return TemplateResponse(request, "admin/edition_preview.html", context)

    def _take_view(self, request: HttpRequest, edition: Edition, key: str) -> Viewpoint:
        moment = now()
        if key.isdecimal():
            if not request.user.has_perm("subscriptions.view_subscriber"):
                raise PermissionDenied
            reader = Subscriber.objects.get(pk=int(key[:18]))
            may_see = request.user.has_perm("subscriptions.see_addresses")
            return Viewpoint(key, f"Reader {key}", look_at(edition, reader, now=moment, with_links=may_see))
        persona = find_persona(key)
        reader = persona.as_subscriber(now=moment)
        return Viewpoint(persona.key, persona.name, look_at(edition, reader, now=moment, taste=persona.taste))

    def _describe(
        self, request: HttpRequest, edition: Edition, view: Viewpoint, chosen: dict[str, str]
    ) -> dict[str, Any]:
        size = len(view.look.mail.html.encode()) if view.look else 0
        form = chosen["form"]
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": edition,
            "title": f"Preview of {edition}",
            "back": self.page_of(str(edition.pk)),
            "view": view,
            **chosen,
            "chosen": chosen.items(),
            "choices": offer_choices(view.key, chosen),
            "preheader": view.look.letter.preheader if view.look else "",
            "personas": list_personas(),
            "may_find_readers": request.user.has_perm("subscriptions.view_subscriber"),
            "mail": view.look and view.look.mail,
            "html": frame(view.look.mail.html, look=chosen["shade"]) if view.look else "",
            "kilobytes": f"{size / 1000:.0f}",
            "is_clipped": size > CLIP_BYTES,
            "raw_text": view.look.raw.decode() if view.look and form == "raw" else "",
            "problems": find_problems(edition=edition),
        }

    def _act(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        if "send" in request.POST:
            return self._send(request, edition)
        if not request.user.has_perm("subscriptions.view_subscriber"):
            raise PermissionDenied
        typed = request.POST.get("reader", "").strip()
        names = {"pk": int(typed[:18])} if typed.isdecimal() else {"email_key": address_key(typed)}
        found = Subscriber.objects.filter(**names).values_list("pk", flat=True).first()
        if found is None:
            messages.warning(request, "There is no such reader.")
        return HttpResponseRedirect(f"{request.path}?{urlencode({'as': found or NOBODY})}")

    def _send(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        """Only to the address of the account itself, so that nobody is mailed who did not ask."""
        key = request.POST.get("as", NOBODY)
        back = HttpResponseRedirect(f"{request.path}?{urlencode({'as': key})}")
        if not self.has_change_permission(request):
            raise PermissionDenied
        view = self._take_view(request, edition, key)
        address = getattr(request.user, "email", "")
        if not address:
            messages.error(request, "Your account has no address. Somebody who may change accounts can add one.")
        elif view.look is None:
            messages.error(request, "There is nothing to send: this reader would get no digest.")
        else:
            self._hand_over(request, edition, view.look, address)
        return back

    def _hand_over(self, request: HttpRequest, edition: Edition, look: Look, address: str) -> None:
        try:
            send_copy(look.letter, address=address)
        except Exception as problem:  # noqa: BLE001  # every backend has its own errors; who asked shall read them
            messages.error(request, f"It was not sent: {type(problem).__name__}: {problem}")
        else:
            self.log_change(request, edition, "Sent a test to themselves.")
            messages.success(request, "A test is on its way to the address of your account.")
