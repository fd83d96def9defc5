"""Secrets in a plain tree: what stands under their names, at any depth, and what its texts hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..states import as_state
from ..values import free_key
from .commands import masked_arguments
from .harmless import says_nothing
from .masking import MASK
from .names import is_secret_name
from .records import is_field_of_value, is_login, names_secret_value
from .text import redact_text

if TYPE_CHECKING:
    from ..observation import Json


def redact(tree: Json) -> Json:
    """The plain tree with its secrets masked: the same shape, the same numbers, booleans and nulls."""
    return _redacted(tree, secret=False)


def _redacted(tree: Json, *, secret: bool) -> Json:
    if isinstance(tree, str):
        return _masked(tree) if secret else redact_text(tree)
    if isinstance(tree, list):
        return _redacted_list(tree, secret)
    if isinstance(tree, dict):
        return _redacted_mapping(tree, secret)
    return tree


def _masked(text: str) -> str:
    # A component may be called "token-service": its state tells nothing, nor does an empty string or "None".
    return text if as_state(text) or says_nothing(text) else MASK


def _redacted_list(tree: list[Json], secret: bool) -> Json:
    if not secret and all(map(_is_pair, tree)):
        return [_redacted_pair(pair) for pair in tree]
    masked = {} if secret else masked_arguments(tree)
    return [masked.get(at) or _redacted(item, secret=secret) for at, item in enumerate(tree)]


def _is_pair(item: Json) -> bool:
    return isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)


def _redacted_pair(pair: Json) -> Json:
    """A name and a value, as headers are: `[["Cookie", "…"], …]`."""
    name, value = cast("tuple[str, Json]", pair)
    return [redact_text(name), _redacted(value, secret=is_secret_name(name))]


def _redacted_mapping(tree: dict[str, Json], secret: bool) -> Json:
    redacted: dict[str, Json] = {}
    repeats: dict[str, int] = {}
    is_record = names_secret_value(tree)
    for key, value in tree.items():
        inherited = secret or is_secret_name(key) or (is_record and is_field_of_value(key))
        found = _redacted(value, secret=inherited)
        if not inherited and isinstance(value, list) and is_login(key, value):
            found = [redact_text(str(value[0])), _masked(str(value[1]))]
        redacted[free_key(redact_text(key), redacted, repeats)] = found
    return redacted
