"""What a setting names by its dotted path."""

from __future__ import annotations

from django.utils.module_loading import import_string


class NotImportable(ValueError):
    """There is nothing to be had at the path; its text says why, in one line without secrets."""


def imported(path: str) -> object:
    """What is at the dotted path; NotImportable, whatever the project's own module does."""
    try:
        return import_string(path)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module may even call sys.exit
        from ..core.redaction import describe  # its patterns take 10 ms to compile, and this is rare

        raise NotImportable(describe(error)) from error
