"""Makes the desk's roles, each with no more than its work needs. Groups that are there already stay as they are."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

LOOK_AT_PAPERS = [
    "papers.view_paper", "papers.view_topic", "papers.view_source", "papers.view_importrun", "papers.view_decision",
    "papers.view_sourcerecord", "papers.view_news",
    "subscriptions.view_suggestion",
]  # fmt: skip
LOOK_AT_SENDING = [
    "composing.view_edition", "composing.view_pick", "composing.view_topiccap", "composing.view_digest",
]  # fmt: skip
ROLES = {
    "Viewer": [*LOOK_AT_PAPERS, *LOOK_AT_SENDING, "subscriptions.view_subscriber", "delivery.view_event"],
    "Curator": [
        *LOOK_AT_PAPERS, *LOOK_AT_SENDING,
        "papers.add_paper", "papers.change_paper", "papers.add_topic", "papers.change_topic", "papers.change_decision",
        "subscriptions.change_suggestion", "subscriptions.view_subscriber",
        "composing.add_edition", "composing.change_edition", "composing.delete_edition",
        "composing.add_pick", "composing.change_pick", "composing.delete_pick",
        "composing.add_topiccap", "composing.change_topiccap", "composing.delete_topiccap",
        "composing.approve_edition", "composing.stop_edition",
    ],
    "Operator": [
        *LOOK_AT_PAPERS, *LOOK_AT_SENDING,
        "papers.add_source", "papers.change_source", "papers.add_paper",
        "composing.stop_edition", "composing.change_digest", "delivery.view_event",
        "subscriptions.view_subscriber", "subscriptions.add_subscriber", "subscriptions.change_subscriber",
        "subscriptions.see_addresses", "subscriptions.export_subscriber", "subscriptions.erase_subscriber",
        "subscriptions.view_interest", "subscriptions.add_interest", "subscriptions.change_interest",
        "subscriptions.delete_interest", "subscriptions.view_notice", "subscriptions.view_suppression",
        "subscriptions.add_suppression", "subscriptions.delete_suppression",
        "api.view_apitoken", "api.change_apitoken",
        "hooks.view_hook", "hooks.change_hook", "hooks.delete_hook", "hooks.view_hookcall", "hooks.change_hookcall",
        "hooks.delete_hookcall",
    ],
}  # fmt: skip


def create_roles(apps, schema_editor):
    """Django makes permissions after the last migration only, so they are made here first."""
    alias = schema_editor.connection.alias
    for label in ("papers", "subscriptions", "composing", "delivery", "hooks", "api"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0, using=alias)
        config.models_module = None
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    known = {
        (p.content_type.app_label, p.codename): p
        for p in permission.objects.using(alias).select_related("content_type")
    }
    for name, wanted in ROLES.items():
        role, is_new = group.objects.using(alias).get_or_create(name=name)
        if is_new:
            role.permissions.set([known[tuple(one.split("."))] for one in wanted])


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0001_initial"),
        ("composing", "0001_initial"),
        ("subscriptions", "0001_initial"),
        ("papers", "0001_initial"),
        ("hooks", "0001_initial"),
        ("api", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_roles, migrations.RunPython.noop)]
