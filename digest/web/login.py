"""The desk's log-in: a one-time code beside the password for whoever has one, and who counts as one visitor."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AuthenticationForm

from subscriptions.networks import network_key

ASK = "This account needs its one-time code as well. Type password and code, please."
WRONG = "This code is wrong, too old, or was used already. Wait for the next one, please."
NONE_YET = "Accounts here need one-time codes. Ask an operator to run: manage.py add_totp"


class LoginForm(AuthenticationForm):
    """Name, password, and a code where the account has one. The code's field shows up when it is needed."""

    code = forms.CharField(
        label="One-time code",
        required=False,
        max_length=10,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "form": "login-form", "class": "vTextField"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["class"] = self.fields["username"].widget.attrs["class"]

    @property
    def asks_for_code(self) -> bool:
        """Whether the page shows the field: not before somebody needs it."""
        return bool(settings.STAFF_TOTP == "required" or (self.is_bound and self.errors))

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Called once the password is right. Raises ValidationError without a right code where one is due."""
        super().confirm_login_allowed(user)
        devices = list(TOTPDevice.objects.filter(user=user, confirmed=True))
        if not devices:
            if settings.STAFF_TOTP == "required":
                raise ValidationError(NONE_YET, code="no_device")
            return
        code = self.cleaned_data.get("code", "").strip().replace(" ", "")
        if not code:
            raise ValidationError(ASK, code="code_missing")
        # Each device slows down by itself after wrong codes, and takes a code once.
        if not any(device.verify_is_allowed()[0] and device.verify_token(code) for device in devices):
            raise ValidationError(WRONG, code="code_wrong")


def visitor_of(request: HttpRequest) -> str:
    """Whom failed log-ins are counted for: a network as a keyed hash, in the shape of an address the table can hold."""
    key = network_key(request) or "0" * 32
    return ":".join(key[place : place + 4] for place in range(0, 32, 4))
