"""The folder that the processes of a site share: private to its owner, or not used at all.

It lies under the system's temporary directory by default, where anyone could have made one of that name before us.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pathlib import Path  # its import takes longer than all the rest, and `status.ask` starts anew at every probe

P = TypeVar("P", bound="str | Path")


class Unusable(Exception):
    """The folder can't be used; its text says why, in one line that names the folder."""


def private(path: P, *, create: bool = False) -> P:
    """The folder, as given, checked: a real one, ours, and closed to everyone else; else Unusable.

    With `create` it is made when it is missing, and so are its parents, these with the default mode. What exists is
    never changed.
    """
    folder = str(path).rstrip("/") or "/"  # with a slash at its end, a link would be followed
    if not hasattr(os, "geteuid"):
        raise Unusable(f"{folder}: can't be used, since this system has no owners of files to check")
    if create and not os.path.lexists(folder):
        _make(folder)
    try:
        found = os.lstat(folder)
    except FileNotFoundError:
        raise Unusable(f"{folder}: there is no such folder") from None
    except (OSError, ValueError) as error:
        raise Unusable(f"{folder}: can't be looked at: {reason(error)}") from error
    if stat.S_ISLNK(found.st_mode):
        raise Unusable(f"{folder}: is a link, and links are not followed")
    if not stat.S_ISDIR(found.st_mode):
        raise Unusable(f"{folder}: is not a folder")
    if found.st_uid != os.geteuid():
        raise Unusable(f"{folder}: belongs to {user(found.st_uid)}, and this process runs as {user(os.geteuid())}")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Unusable(f"{folder}: is open to others than its owner: chmod 700 {folder}")
    return path


def reason(error: OSError | ValueError) -> str:
    """Why the system refused, without the path that the caller names anyway."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def user(uid: int) -> str:
    """The user's name, or the number where it has none, as in many containers."""
    import pwd  # seldom needed, and not on every system

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _make(folder: str) -> None:
    from pathlib import Path

    path = Path(folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(0o700)
    except FileExistsError:
        pass  # another was faster; whose it is will be looked at
    except (OSError, ValueError) as error:
        raise Unusable(f"{folder}: can't be made: {reason(error)}") from error
