"""Gives a new installation its standard topics. Topics that are there already stay as they are."""

from django.db import migrations

from digest.papers.topic_list import STANDARD_TOPICS


def create_topics(apps, schema_editor):
    """Create them; a topic of the same slug or name wins."""
    topic = apps.get_model("papers", "Topic")
    topic.objects.using(schema_editor.connection.alias).bulk_create(
        (topic(**fields) for fields in STANDARD_TOPICS), ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("papers", "0001_initial")]

    operations = [migrations.RunPython(create_topics, migrations.RunPython.noop)]
