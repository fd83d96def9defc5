"""The site that is measured: what `django-admin startproject` makes, on PostgreSQL and Redis, in three variants."""

from __future__ import annotations
