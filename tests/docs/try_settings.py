"""Tries settings of a document in the project of its directory: the system checks find nothing wrong with them.

Reads a JSON list from standard input, of each block its place, kind, argument and lines, which are Python as it would
stand at the end of the project's settings; prints what is wrong.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

import django
from django.core.checks import run_checks
from django.test import override_settings

MODULE = "shop.settings"


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = MODULE
    django.setup()
    wrong = 0
    for place, kind, argument, text in json.load(sys.stdin):
        before = vars(import_module(MODULE))
        namespace = dict(before)
        exec(compile(text, place, "exec"), namespace)
        changed = {
            name: value
            for name, value in namespace.items()
            if name.isupper() and (name not in before or value is not before[name])
        }
        if not changed:
            print(f"{place}: nothing is set")
            wrong += 1
        expected = {f"status.{argument}"} if kind == "settings" and argument else set()
        with override_settings(**changed):
            messages = run_checks()
        if {message.id for message in messages} != expected:
            print(f"{place}: expected {expected or 'nothing wrong'}, but there is:", *messages, sep="\n")
            wrong += 1
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
