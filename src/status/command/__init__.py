"""The commands: `manage.py status` in a project, `django_status` anywhere."""
