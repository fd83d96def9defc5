"""The URLs of a site whose only login is the admin's."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from tests.urls import urlpatterns as of_tests

urlpatterns = [*of_tests, path("admin/", admin.site.urls)]
