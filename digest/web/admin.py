"""The people who work at the desk and their groups, on the desk's own forms."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.contrib.auth.models import Group, User
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from digest.papers.models import Paper
from digest.web.files_admin import PaperFilesAdmin

admin.site.index_title = "Today at the desk"
admin.site.unregister(User)
admin.site.unregister(Group)
# Its secrets are shown once, by manage.py add_totp, and not on a page.
admin.site.unregister(TOTPDevice)


@admin.register(User)
class UserAdmin(PlainUserAdmin, ModelAdmin):
    """Accounts of curators and operators. Readers have none."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(PlainGroupAdmin, ModelAdmin):
    """What a group of people may do."""


# The room of papers registers its page; what only this room knows comes on top.
admin.site.unregister(Paper)
admin.site.register(Paper, PaperFilesAdmin)
