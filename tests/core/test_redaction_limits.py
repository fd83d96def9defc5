"""A text with far more candidates than any message has is masked from there on, whatever is looked for in it."""

from __future__ import annotations

import pytest

from status.core.redaction import MASK, redact, redact_text

# So often that none but the one that is meant has more of them than it may look at.
MANY = {
    "options of commands": ("curl -u a:b1\n", 700),
    "commands in a line": ("curl x ", 4000),
    "commands in lines": ("curl x\n", 4000),
    "names of commands": ("curlx ", 4000),
    "pairs": ("('token', 'b1'), ", 800),
    "logins": ("auth=('a', 'b1') ", 380),
    "values before their names": ('value="b1" key="password" ', 700),
    "statements": ("requirepass b1\n", 800),
    "AUTH of Redis": ("AUTH b1\n", 800),
    "complaints of drivers": ('invalid port "b1x" ', 800),
    "users and hosts": ("u:b1@h ", 4000),
    "AUTH of SMTP": ("auth plain ", 600),
}


@pytest.mark.parametrize(("unit", "times"), MANY.values(), ids=MANY)
def test_what_follows_too_many_goes_whole(unit: str, times: int) -> None:
    text = unit * times + "and this is the last that was said"
    told = redact_text(text)
    assert told.endswith(MASK)
    assert "the last" not in told
    assert redact_text(unit + "and this is the last that was said").endswith("the last that was said")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("curl -u a:S1x mysql -pS2x", f"curl -u a:{MASK} mysql -p{MASK}"),
        ("curl -u a:S1x b\nmysql -pS2x b", f"curl -u a:{MASK} b\nmysql -p{MASK} b"),
        ("curl -u 'a: -u b:S1x' c", f"curl -u 'a:{MASK}' c"),
        ("curl -u a:", "curl -u a:"),
        ("set requirepass ", "set requirepass "),
        ("app:v1b@sha256:12345 was pulled", "app:v1b@sha256:12345 was pulled"),
        ("a token, value: 3", "a token, value: 3"),
        ('<add value="none" key="password"/>', '<add value="none" key="password"/>'),
    ],
)
def test_the_edges_of_what_is_looked_for(text: str, told: str) -> None:
    assert redact_text(text) == told


@pytest.mark.parametrize("following", ["--verbose", "none", "true", ""])
def test_an_option_without_a_value_takes_none_of_its_neighbours(following: str) -> None:
    assert redact(["run", "--password", following]) == ["run", "--password", following]
