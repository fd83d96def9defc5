"""What people read on a bad day, and what holds no secret, comes out as it went in."""

from __future__ import annotations

import hashlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core.redaction import describe, redact, redact_text

MESSAGES = [
    # psycopg and libpq
    'connection to server at "10.0.0.7", port 5432 failed: Connection refused\n\tIs the server running on that host?',
    'FATAL:  password authentication failed for user "app"',
    'FATAL:  role "app" does not exist',
    "FATAL:  sorry, too many clients already",
    "fe_sendauth: no password supplied",
    "canceling statement due to statement timeout",
    'duplicate key value violates unique constraint "auth_user_username_key"',
    'relation "authtoken_token" does not exist\nLINE 1: SELECT "authtoken_token"."key" FROM "authtoken_token"',
    'null value in column "password" of relation "auth_user" violates not-null constraint',
    'could not translate host name "db.internal" to address: Name or service not known',
    "server closed the connection unexpectedly",
    "host=db port=5432 dbname=app user=app sslmode=verify-full sslrootcert=/etc/ssl/ca.pem service=app",
    # mysqlclient
    "(1045, \"Access denied for user 'app'@'10.0.0.3' (using password)\")",
    "(2002, \"Can't connect to server on 'db' (115)\")",
    "(1062, \"Duplicate entry 'x' for key 'auth_user.username'\")",
    "(1054, \"Unknown column 'password' in 'field list'\")",
    "(2013, 'Lost connection to server during query')",
    # redis and memcached
    "Error 111 connecting to cache.internal:6379. Connection refused.",
    "NOAUTH Authentication required.",
    "WRONGPASS invalid username-password pair or user is disabled.",
    "LOADING Redis is loading the dataset in memory",
    "keyspace_hits:12 keyspace_misses:4 expired_keys:0 evicted_keys:1",
    "redis://cache.internal:6379/1",
    "MemcacheUnexpectedCloseError: Connection to ('127.0.0.1', 11211) lost",
    # kombu and Celery
    "[Errno 111] Connection refused",
    "amqp://guest@broker.internal:5672//",
    "Cannot connect to amqp://broker:5672//: timed out. Trying again in 2.00 seconds... (1/100)",
    "(0, 0): (403) ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN",
    "celery@worker-1.example.org: no answer in 2 s",
    "redis://h1:6379;redis://h2:6379;sentinel://h3:26379",
    # the system
    "[Errno 2] No such file or directory: '/srv/app/secrets/token.txt'",
    "[Errno 13] Permission denied: '/etc/ssl/private/site.key'",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1000)",
    "HTTPSConnectionPool(host='api.example.org', port=443): Max retries exceeded with url: /v1/items?page=2&size=10",
    "250-AUTH LOGIN PLAIN XOAUTH2\n250 SIZE 1000",
    "AUTH LOGIN failed, auth plain is not offered",
    "C:\\Users\\app\\token\\readme.txt",
    # Django
    "ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
    "The STORAGES, AUTH_PASSWORD_VALIDATORS, CSRF_COOKIE_SECURE and SESSION_COOKIE_AGE settings were read",
    "django.contrib.auth: 0012_alter_user_first_name_max_length, sessions: 0001_initial",
    "KeyError: 'password'",
    "CSRF token missing, session expired, cookies are off",
    "Invalid token:\n  [1, 2",
    "unexpected keyword arguments: 'password', 'host'",
    # git
    "fatal: repository 'https://git.example.org/app.git/' not found",
    "git@github.com:org/app.git, ssh://git@github.com:22/org/app.git",
    "Author: Ann Author <ann@example.org>\ncommit 0123456789abcdef0123456789abcdef01234567",
    "7 files changed, 120 insertions(+), 3 deletions(-)",
    # links and packages
    "https://example.org:8443/@vite/client https://localhost:3000/@fs/app.js",
    "https://example.org/a%20b/?q=c%2Bd&lang=de#e",
    "https://example.org/?author=ann&keyword=x&pass_after=3&monkey=1",
    "npm_package_config_registry_something_long is set, sk-learn, risk-assessment-of-the-last-quarter",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "100 % of 5 % is 5&percnt;, Tom &amp; Jerry &lt;3",
]


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_without_a_secret_stays_as_it_is(message: str) -> None:
    assert redact_text(message) == message
    assert redact({"error": [message]}) == {"error": [message]}
    assert describe(ValueError(message)) == "ValueError: " + " ".join(message.split())


@given(st.binary(max_size=20))
def test_hashes_and_identifiers_stay_as_they_are(seed: bytes) -> None:
    digest = hashlib.sha256(seed).hexdigest()
    for text in (
        digest,
        f"commit {digest[:40]}",
        str(uuid.UUID(digest[:32])),
        f"worker-{digest[:12]}@host.example.org",
    ):
        assert redact_text(text) == text


@given(st.from_regex(r"[a-z]{1,12}(\.[a-z]{1,12})?@[a-z]{1,12}\.(org|com)", fullmatch=True))
def test_an_address_stays_as_it_is(address: str) -> None:
    for text in (address, f"mail to {address} failed", f"From: Ann <{address}>", f"https://example.org/u/{address}"):
        assert redact_text(text) == text


@given(st.lists(st.from_regex(r"[a-zA-Z0-9_.]{1,12}", fullmatch=True), min_size=1, max_size=6))
def test_a_path_stays_as_it_is(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert redact_text(path) == path
