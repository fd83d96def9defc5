"""The URLs of a site with a login of its own."""

from __future__ import annotations

from django.contrib.auth.views import LoginView
from django.urls import path

from tests.urls import urlpatterns as of_tests

urlpatterns = [*of_tests, path("enter/", LoginView.as_view(), name="enter")]
