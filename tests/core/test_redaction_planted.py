"""A secret planted in any shape and any place: no six characters of it come out again."""

from __future__ import annotations

import base64
import builtins
import json
import logging
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from status.core.check import Check
from status.core.evaluation import evaluate
from status.core.names import name_components
from status.core.observation import Json
from status.core.redaction import MASK, describe, describe_traceback, log_exception, redact, redact_text

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SHOWN = 6
"""So many characters of a secret in a row are a leak."""

# As long as the keys of the makers are, and longer than any word of a carrier.
words = st.text(LETTERS, min_size=36, max_size=60).map("Zq7".__add__)
passwords = st.text(LETTERS + "!#$%*+-./:<=?@^_|~", min_size=4, max_size=40).map("Zq7".__add__)

Carrier = Callable[[str], str]

NAMES = [
    "password",
    "PASSWORD",
    "passwd",
    "pwd",
    "Pwd",
    "db_password",
    "sslpassword",
    "sslkey",
    "passfile",
    "secret",
    "client_secret",
    "api_key",
    "access_token",
    "AWS_SECRET_ACCESS_KEY",
    "aws_session_token",
    "EMAIL_HOST_PASSWORD",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "PGPASSWORD",
    "credentials",
    "bindpw",
    "jwt",
    "ssl_keyfile",
    "http_auth",
]

NAMED: dict[str, Carrier] = {
    "libpq": lambda s: f"host=db {{name}}={s} user=app",
    "libpq, quoted": lambda s: f"host=db {{name}} = '{s}' user=app",
    "odbc": lambda s: f"Driver=x;Server=db;{{name}}={s};Database=app",
    "odbc, braced": lambda s: f"Driver=x;{{name}}={{{{{s};}}}};Database=app",
    "jdbc": lambda s: f"jdbc:postgresql://h/db?user=u&{{name}}={s}&ssl=true",
    "jdbc of SQL Server": lambda s: f"jdbc:sqlserver://h:1433;user=u;{{name}}={s};encrypt=true",
    "query": lambda s: f"GET /p?a=1&{{name}}={s}&b=2 HTTP/1.1",
    "query within a query": lambda s: f"GET /?next={quote(f'/p?a=1&{{name}}={s}&b=2', safe='{}')}",
    "query in HTML": lambda s: f"href='/p?a=1&amp;{{name}}={s}&amp;b=2'",
    "repr": lambda s: f"{{{{'{{name}}': {s!r}, 'port': 1}}}}",
    "repr of bytes": lambda s: f"{{{{'{{name}}': {s.encode()!r}}}}}",
    "repr in HTML": lambda s: f"{{{{&#x27;{{name}}&#x27;: &#x27;{s}&#x27;}}}}",
    "pairs": lambda s: f"[(b'host', b'a'), (b'{{name}}', b'{s}')]",
    "JSON": lambda s: f'{{{{"{{name}}": "{s}"}}}}',
    "JSON in a repr": lambda s: f'\'{{{{\\\\"{{name}}\\\\": \\\\"{s}\\\\"}}}}\'',
    "JSON over lines": lambda s: f'{{{{\n  "{{name}}": [\n    "{s}",\n    "{s}"\n  ]\n}}}}',
    "Python over lines": lambda s: f"{{name}} = [\n    '{s}',\n    '{s}',\n]\n",
    "YAML": lambda s: f"db:\n  {{name}}: {s}\n",
    "YAML below": lambda s: f"db:\n  {{name}}:\n    a: {s}\n    b: {s}\n",
    "YAML block": lambda s: f"{{name}}: |\n  {s}\n",
    "XML": lambda s: f"<a><{{name}}>{s}</{{name}}></a>",
    "option": lambda s: f"Command ['dump', '--{{name}}', '{s}'] failed",
    "environment": lambda s: f"PATH=/bin {{name}}={s} LANG=C",
    "three quotes": lambda s: f'{{name}} = """\n{s}\n"""',
}

MARKED: dict[str, Carrier] = {
    "GitHub": "ghp_{}".format,
    "GitHub, fine": "github_pat_{}".format,
    "GitLab": "glpat-{}".format,
    "GitLab's runners": "glrt-{}".format,
    "Slack": "xoxb-1234-{}".format,
    "Slack's apps": "xapp-1-{}".format,
    "Stripe": "sk_live_{}".format,
    "Stripe, restricted": "rk_test_{}".format,
    "SendGrid": "SG.abcdefghijkl.{}".format,
    "Google": "AIza{}".format,
    "npm": "npm_{}".format,
    "PyPI": "pypi-AgEI{}".format,
    "OpenAI": "sk-proj-{}".format,
    "Hugging Face": "hf_{}".format,
    "Sentry": "sntrys_{}".format,
    "JWT": "eyJhbGciOiJI.eyJzdWIiOiIx.{}".format,
    "JWE": "eyJhbGciOiJI..abcdefgh.{}.abc".format,
    "Django": "django-insecure-{}".format,
    "Django's hash": "pbkdf2_sha256$600000$salt${}".format,
}
AROUND: dict[str, Carrier] = {
    "alone": "{}".format,
    "said": "error near {} end".format,
    "in a path": "/a/{}/b".format,
    "in a repr": lambda s: repr(f"a\n{s}\n"),
    "in a query": "/?a%3D{}%26b".format,
    "quoted": "{{'a': '{}'}}".format,
}

URLS: dict[str, Carrier] = {
    "user": "redis://user:{}@host:6379/0".format,
    "no user": "rediss://:{}@host:6379/0".format,
    "any scheme": "db+postgresql://user:{}@host/db".format,
    "SMTP": "smtp://u%40x.org:{}@mail:587".format,
    "hosts": "amqp://u:abc@h1,u:{}@h2".format,
    "hosts after one without": "redis://h1:6379,u:{}@h2:6379".format,
    "hosts with spaces": "amqp://u:abc@h1, u:{}@h2".format,
    "hosts with semicolons": "sentinel://:a@h1:26379;sentinel://:{}@h2:26379".format,
    "as a port": "postgres://u:12/{}@h/db".format,
    "as a port of the web's": "https://u:12/{}@h/".format,
    "oracle": "jdbc:oracle:thin:user/{}@h:1521:sid".format,
    "six": "redis://u:{}@[::1]:6379".format,
    "six first": "redis://[::1]:6379,u:{}@h".format,
}

PEM: dict[str, Carrier] = {
    "lines": "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n".format,
    "cut": "-----BEGIN OPENSSH PRIVATE KEY-----\n{}".format,
    "its end alone": "abc\n{}\n-----END EC PRIVATE KEY-----\n".format,
    "repr": lambda s: repr(f"-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----\n"),
    "JSON": lambda s: json.dumps({"a": f"-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----\n"}),
    "bytes": lambda s: repr(f"-----BEGIN PRIVATE KEY-----\r\n{s}\r\n-----END PRIVATE KEY-----".encode()),
    "query": lambda s: "/?k=" + quote(f"-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----"),
}

HEADERS: dict[str, Carrier] = {
    "bearer": "Authorization: Bearer {}".format,
    "scheme of its own": "Authorization: ApiKey {}".format,
    "digest": 'Authorization: Digest username="a", response="{}"'.format,
    "environment": "{{'HTTP_AUTHORIZATION': 'Bearer {}'}}".format,
    "cookie": "Cookie: a=b; sessionid={}".format,
    "set cookie": "Set-Cookie: sessionid={}; Path=/".format,
    "cookies": "{{'HTTP_COOKIE': 'a=b; sessionid={}'}}".format,
    "ASGI": "[(b'cookie', b'a=b; c={}')]".format,
    "API key": "X-Api-Key: {}".format,
    "said": "Invalid API key: {}".format,
    "query's key": "https://h/?v=1&key={}".format,
    "signature": "https://h/?sv=1&sig={}&se=2".format,
    "SigV4": "https://h/?X-Amz-Signature={}".format,
}


def shows(secret: str, said: str, carrier: str) -> list[str]:
    """The pieces of the secret in what was said, less what the carrier has anyway."""
    pieces = {secret[at : at + SHOWN] for at in range(len(secret) - SHOWN + 1)}
    return [piece for piece in pieces if piece in said and piece not in carrier and piece not in MASK * 2]


def assert_hidden(secret: str, carrier: Carrier) -> None:
    text = carrier(secret)
    without = carrier("")
    assert not shows(secret, redact_text(text), without)
    assert redact_text(redact_text(text)) == redact_text(text)
    assert not shows(secret, str(redact({"a": [{"b": text}]})), without)
    assert not shows(secret, str(redact([{text: 1}])), without)
    assert not shows(secret, str(name_components([(text, 1)])), without)


@pytest.mark.parametrize("name", NAMES)
@given(secret=words, carrier=st.sampled_from(sorted(NAMED)))
@settings(max_examples=60)
def test_what_stands_under_a_secret_s_name_is_hidden(name: str, secret: str, carrier: str) -> None:
    assert_hidden(secret, lambda planted: NAMED[carrier](planted).format(name=name))


@pytest.mark.parametrize("carrier", NAMED.values(), ids=NAMED)
@given(secret=words)
@settings(max_examples=30)
def test_a_secret_in_any_notation_is_hidden(carrier: Carrier, secret: str) -> None:
    assert_hidden(secret, lambda planted: carrier(planted).format(name="password"))


@pytest.mark.parametrize("carrier", URLS.values(), ids=URLS)
@given(secret=passwords)
@example(secret="Zq7/34567890")
@settings(max_examples=60)
def test_a_url_s_secret_is_hidden(carrier: Carrier, secret: str) -> None:
    assert_hidden(secret, carrier)


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("carrier", URLS.values(), ids=URLS)
@given(secret=st.text(LETTERS + "!$*-_~", min_size=4, max_size=40).map("Zq7".__add__))
@settings(max_examples=20)
def test_an_encoded_url_s_secret_is_hidden(carrier: Carrier, times: int, secret: str) -> None:
    def encoded(planted: str) -> str:
        text = carrier(planted)
        for _ in range(times):
            text = quote(text, safe="")
        return f'"GET /?url={text} HTTP/1.1" 200'

    assert_hidden(secret, encoded)


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize("mark", MARKED.values(), ids=MARKED)
@given(secret=words)
@settings(max_examples=5)
def test_a_marked_key_is_hidden(mark: Carrier, around: Carrier, secret: str) -> None:
    assert_hidden(secret, lambda planted: around(mark(planted)))


@pytest.mark.parametrize("carrier", [*PEM.values(), *HEADERS.values()], ids=[*PEM, *HEADERS])
@given(secret=words)
@settings(max_examples=30)
def test_a_private_key_or_header_is_hidden(carrier: Carrier, secret: str) -> None:
    assert_hidden(secret, carrier)


@pytest.mark.parametrize(
    "dialogue", ["AUTH PLAIN {0}", "AUTH LOGIN {1}\r\n{2}", "auth login {1} {2}", "AUTH XOAUTH2 {0}"]
)
@given(user=words, secret=words)
@example(user="Zq70000000000000000000000002BVOA00000000", secret="Zq7000000000000000000000000000000000000")
@settings(max_examples=30)
def test_what_smtp_is_told_is_hidden(dialogue: str, user: str, secret: str) -> None:
    plain, *parts = (base64.b64encode(text.encode()).decode() for text in (f"\0{user}\0{secret}", user, secret))
    line = dialogue.format(plain, *parts)
    for said in (
        line,
        f"send: '{line}\\r\\n'",
        repr(line),
        f"send: {line!r}\nreply: retcode (334); Msg: b'UGFzc3dvcmQ6'",
    ):
        assert not [part for part in (plain, *parts) if shows(part, redact_text(said), "UGFzc3dvcmQ6")]


@given(secret=words)
def test_the_answer_to_a_mail_server_s_question_is_hidden(secret: str) -> None:
    answer = base64.b64encode(secret.encode()).decode()
    text = f"reply: b'334 UGFzc3dvcmQ6\\r\\n'\nreply: retcode (334); Msg: b'UGFzc3dvcmQ6'\nsend: '{answer}\\r\\n'"
    assert not shows(answer, redact_text(text), "UGFzc3dvcmQ6")


leaves = st.none() | st.booleans() | st.integers() | words


@given(
    secret=words, inside=st.recursive(leaves, lambda each: st.lists(each) | st.dictionaries(words, each), max_leaves=8)
)
@settings(max_examples=60)
def test_a_list_or_mapping_under_a_secret_s_name_hides_its_strings(secret: str, inside: Json) -> None:
    tree: Json = {"SECRET_KEY_FALLBACKS": [secret, {"a": [secret, inside]}], "OPTIONS": {"passfile": secret}}
    assert not shows(secret, json.dumps(redact(tree)), json.dumps(inside))


@given(secret=words)
def test_pairs_are_read_as_names_and_values(secret: str) -> None:
    tree: Json = [["Host", "a"], ["Cookie", secret], ["Authorization", [secret]]]
    assert redact(tree) == [["Host", "a"], ["Cookie", MASK], ["Authorization", [MASK]]]


shapes = st.sampled_from(
    [
        *URLS.values(),
        *PEM.values(),
        *HEADERS.values(),
        *(lambda s, c=c: c(s).format(name="token") for c in NAMED.values()),
    ]
)


def caused(secret: str) -> BaseException:
    error = ValueError("outer")
    error.__cause__ = OSError(secret)
    return error


def in_context(secret: str) -> BaseException:
    error = ValueError("outer")
    error.__context__ = KeyError({"a": secret})
    return error


def noted(secret: str) -> BaseException:
    error = ValueError("outer")
    error.__notes__ = ["first", secret]  # type: ignore[attr-defined, unused-ignore] # shown from 3.11 on
    return error


def grouped(secret: str) -> BaseException:
    group = getattr(builtins, "ExceptionGroup", None)  # new in 3.11
    if group is None:
        return caused(secret)
    error: BaseException = group("outer", [ValueError("first"), group("inner", [OSError(5, secret)])])
    return error


def named_by_its_class(secret: str) -> BaseException:
    kind: type[Exception] = type(secret, (Exception,), {})
    return kind("outer")


ERRORS = [ValueError, caused, in_context, noted, grouped, named_by_its_class]


@pytest.mark.parametrize("plant", ERRORS)
@given(secret=words, shape=shapes)
@settings(max_examples=80)
def test_a_secret_in_an_error_is_hidden(plant: Callable[[str], BaseException], secret: str, shape: Carrier) -> None:
    assume("\0" not in shape(secret))
    error = plant(shape(secret))
    told = describe(error) + describe_traceback(error) + logged(error)
    assert not shows(secret, told, shape(""))


def logged(error: BaseException) -> str:
    """What a formatter makes of the record."""
    lines: list[str] = []

    class Recording(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    logger = logging.getLogger("tests.planted")
    logger.propagate = False
    logger.addHandler(handler := Recording())
    log_exception(logger, f"it raised {error}", error)
    logger.removeHandler(handler)
    return lines[0]


@given(secret=words, shape=shapes)
@settings(max_examples=80)
def test_a_secret_in_what_a_check_returns_is_hidden(secret: str, shape: Carrier) -> None:
    planted = shape(secret)
    found = evaluate(Check("health/it", dict), {planted: planted, "b": {"c": [planted, {planted: 1}]}})
    assert not shows(secret, repr(found), shape(""))
