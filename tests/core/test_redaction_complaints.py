"""What drivers say of a password whose signs should have been encoded: told as each of them says it."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from status.core.redaction import MASK, redact_text

secrets = st.text(string.ascii_letters + string.digits, min_size=5, max_size=40).map("Zq7".__add__)

COMPLAINTS: dict[str, Callable[[str], str]] = {
    "port of http": "InvalidURL: nonnumeric port: '{}'".format,
    "port of http, with the host": "nonnumeric port: 'a {}@127.0.0.1'".format,
    "host of psycopg": "failed to resolve host '{}@db.example': [Errno -2] Name or service not known".format,
    "host of libpq": 'could not translate host name "a@{}@db" to address: Name or service not known'.format,
    "host of MySQL": "Unknown MySQL server host 'x@{}@db' (-2)".format,
    "URL with a blank": "URL can't contain control characters. 'u:{} b@127.0.0.1' (found at least ' ')".format,
    "URL with a blank and a slash": "URL can't contain control characters. 'u:{} ' (found at least ' ')".format,
    "URL without a scheme": "unknown url type: 'http//u:{} b@127.0.0.1:1/x'".format,
    "option of psycopg": 'ProgrammingError: invalid connection option "{}"'.format,
    "option, escaped": r'{{"error": "invalid connection option \"{}\""}}'.format,
    "argument of kombu": "_init_params() got an unexpected keyword argument '{}'".format,
    "spaces of libpq": 'unexpected spaces found in "a {} b", use percent-encoded spaces (%20) instead'.format,
    "query of libpq": 'invalid URI query parameter: "{}"'.format,
    "separator of libpq": 'missing key/value separator "=" in URI query parameter: "x{}"'.format,
    "escape of libpq": 'invalid percent-encoded token: "{}%zz"'.format,
    "NUL of libpq": 'forbidden value %00 in percent-encoded value: "{}%00"'.format,
    "database of a server": 'FATAL:  database "{}@127.0.0.1:1/0" does not exist'.format,
    "database of Redis": "Database is int between 0 and limit - 1, not {}@127.0.0.1:1/shop".format,
    "vhost of a broker": "Connection.open: (530) NOT_ALLOWED - vhost {}@127.0.0.1:1/0 not found".format,
    "DSN with a quote": 'missing "=" after "u:"{}"b@h" in connection info string'.format,
    "port of a URL": "Port could not be cast to integer value as '{}'".format,
    "port of libpq": 'invalid integer value "{}" for connection option "port"'.format,
    "DSN with a space": 'missing "=" after "{}" in connection info string'.format,
}


@pytest.mark.parametrize("complaint", COMPLAINTS.values(), ids=COMPLAINTS)
@given(secret=secrets)
@settings(max_examples=20)
def test_what_a_driver_could_not_parse_is_masked(complaint: Callable[[str], str], secret: str) -> None:
    told = redact_text(complaint(secret))
    assert "Zq7" not in told
    assert MASK in told


READABLE = [
    *('invalid integer value "70000" for connection option "port"', "invalid port 70000"),
    *('invalid connection option "sslmod"', "f() got an unexpected keyword argument 'time_out'"),
    *("failed to resolve host 'db.example.org': [Errno -2]", 'FATAL:  database "shop" does not exist'),
    *("URL can't contain control characters. '/a b' (found at least ' ')", "vhost /shop not found"),
    *("Unknown MySQL server host 'db' (-2)", "unknown url type: 'htp'", "NOT_ALLOWED - vhost shop not found"),
    *("the database 'shop", "database 'a database \"b' c", 'invalid port "', "no vhost"),
]


@pytest.mark.parametrize("text", READABLE)
def test_what_a_driver_says_of_other_things_stays_readable(text: str) -> None:
    assert redact_text(text) == text
