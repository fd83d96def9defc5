"""Secrets, each of its own, in every shape that they are known to have."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

MARK = "qj7"
"""In lower case it is in every eight characters of every secret, and in nothing else that the site says."""

_NUMBERED = re.compile(f"{MARK}([0-9]{{3}})", re.IGNORECASE)


def told_in(text: str) -> set[str]:
    """The numbers of the secrets that are in the text."""
    return set(_NUMBERED.findall(text))


class Secrets:
    """Hands out secrets and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, length: int = 21) -> str:
        self.count += 1
        return (f"Zqj7{self.count:03d}" * 10)[:length]


# Texts that carry a secret, as they stand in messages, settings and answers of servers.
TEXTS: dict[str, Callable[[str], str]] = {
    "url": lambda s: f"can't connect to postgresql://app:{s}@db.example:5432/shop?sslmode=require",
    "url without user": lambda s: f"redis://:{s}@cache.example:6379/0 refused",
    "url of a port and a path": lambda s: f"redis://u:12/{s}@cache.example",
    "urls of several hosts": lambda s: f"amqp://u:{s}@one.example//;amqp://u:{s}@two.example//",
    "hosts in one url": lambda s: f"mongodb://u:{s}@one.example,two.example/?replicaSet=a",
    "queue's url": lambda s: f"sqs://AKIDEXAMPLE:{s}@eu-west-1",
    "result backend's url": lambda s: f"db+postgresql://u:{s}@db.example/results",
    "mail server's url": lambda s: f"smtp+tls://mailer:{s}@mail.example:587",
    "encoded url": lambda s: "GET /?next=" + quote(f"https://u:{s}@wiki.example/a", safe=""),
    "query": lambda s: f"https://hooks.example/send?channel=ops&token={s}&a=1",
    "key in a query": lambda s: f"GET https://api.example/v1?api_key={s} returned 500",
    "dsn": lambda s: f"host=db.example user=app password={s} dbname=shop",
    "dsn, quoted": lambda s: f"host=db.example password = '{s} x{s}' dbname=shop",
    "odbc": lambda s: f"Driver=ODBC 18;Server=db;Uid=app;Pwd={s};Encrypt=yes",
    "sslpassword": lambda s: f"sslmode=verify-full sslpassword={s} sslcert=/etc/c.pem",
    "json": lambda s: f'{{"user": "app", "password": "{s}", "port": 1}}',
    "json in a string": lambda s: f'"{{\\"client_secret\\": \\"{s}\\"}}"',
    "repr": lambda s: f"bad options {{'api_key': '{s}', 'timeout': 3}}",
    "repr of bytes": lambda s: f"{{b'access_token': b'{s}'}}",
    "option": lambda s: f"mysql --host db --password {s} shop",
    "variable": lambda s: f"PGPASSWORD={s} psql -h db",
    "bearer": lambda s: f"Authorization: Bearer {s}",
    "basic": lambda s: f"sent headers: authorization: Basic {s}==",
    "cookie": lambda s: f"Cookie: theme=dark; sessionid={s}; csrftoken={s}",
    "aws key": lambda s: f"The key AKIA{s.upper()[:16]} is not known",
    "aws secret": lambda s: f"aws_secret_access_key = {s}/{s}",
    "jwt": lambda s: f"got eyJhbGciOiJIUzI1NiJ9.eyJ{s}.{s}",
    "private key": lambda s: f"-----BEGIN RSA PRIVATE KEY-----\n{s}\n{s}\n-----END RSA PRIVATE KEY-----",
    "private key in a repr": lambda s: f"'-----BEGIN PRIVATE KEY-----\\n{s}\\n-----END PRIVATE KEY-----\\n'",
    "github": lambda s: f"remote: ghp_{s}{s} was revoked",
    "slack": lambda s: f"xoxb-{s}",
    "url of a misspelt scheme": lambda s: f"unknown scheme: rediss//u:{s}@cache.example:6379/0",
    "url of one slash": lambda s: f"can't read htp:/u:{s}@wiki.example",
    "url without a scheme": lambda s: f"tried //u:{s}@db.example/shop",
    "port of a driver": lambda s: f"InvalidURL: nonnumeric port: '{s}'",
    "host of a driver": lambda s: f"failed to resolve host '{s}@127.0.0.1': [Errno -2] Name or service not known",
    "option of a driver": lambda s: f'invalid connection option "{s}"',
    "stripe": lambda s: f"No such customer with sk_live_{s}",
}

# Values that hold one under a name, at some depth.
VALUES: dict[str, Callable[[str], Any]] = {
    "setting": lambda s: {"EMAIL_HOST_USER": "mailer", "EMAIL_HOST_PASSWORD": s},
    "setting of several": lambda s: {"SECRET_KEY_FALLBACKS": [s, s]},
    "database": lambda s: {"default": {"USER": "app", "PASSWORD": s, "OPTIONS": {"sslpassword": s, "passfile": "/p"}}},
    "deep": lambda s: {"a": [{"b": {"c": [{"apiKey": {"current": s}}]}}]},
    "name and value": lambda s: [{"name": "DJANGO_SECRET_KEY", "value": s}],
    "header": lambda s: {"headers": {"X-Auth-Token": s, "Accept": "a"}},
    "camel case": lambda s: {"dbPassword": s, "clientSecret": s},
    "bytes-like text": lambda s: {"credentials": str(s.encode())},
}

# Names that hold one themselves.
NAMES: dict[str, Callable[[str], str]] = {
    "url": lambda s: f"redis://:{s}@shard.example:6379/1",
    "dsn": lambda s: f"host=shard password={s}",
    "key": lambda s: f"shard-of-ghp_{s}{s}",
}
