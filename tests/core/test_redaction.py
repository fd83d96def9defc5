"""Secrets never leave: not in values, not in texts, not in errors."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core.redaction import (
    MASK,
    MAX_LINE,
    MAX_TEXT,
    MAX_TRACEBACK,
    describe,
    describe_traceback,
    is_secret_name,
    one_line,
    redact,
    redact_text,
)
from status.core.redaction.masking import MOST_CANDIDATES, lowered

if TYPE_CHECKING:
    from collections.abc import Callable

    from status.core.observation import Json

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
texts = st.text(max_size=40) | st.sampled_from(["password", "token=x", "redis://:pw@h", "name", "value", "pass", ""])
trees: st.SearchStrategy[Json] = st.recursive(
    scalars | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=30
)

WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# Begins with what no carrier and no mask has, so that finding it is a leak and nothing else.
words = st.text(WORD, min_size=4, max_size=40).map("Zq7".__add__)
# What DSNs and `key=value` hold bare: commas and brackets may be the carrier's own.
bare = st.text(WORD + "!#$%*+-./:<=?@^_|~", max_size=30).map("Zq7".__add__)
# A port is told from a password by its digits; else anything but spaces and closing quotes may stand in a URL.
in_url = st.text(WORD + "!#$%*+-./:<=>?@^_|~()[]{}", max_size=30).map("Zq7".__add__)
anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=30).map("Zq7".__add__)


def leaks(secret: str, text: str) -> bool:
    redacted = redact_text(text)
    assert redact_text(redacted) == redacted
    # The tail as well: a mask that ends too early leaves it.
    tail = secret[-8:]
    return "Zq7" in redacted or (len(secret) > 12 and tail in redacted and tail not in text.replace(secret, ""))


BARE: dict[str, Callable[[str], str]] = {
    "dsn": lambda s: f"connect failed: host=db password={s} user=app",
    "ini": lambda s: f"[db]\npassword = {s}\nhost = db",
    "yaml": lambda s: f"dbPassword: {s}\nhost: db",
    "environment": lambda s: f"AWS_SECRET_ACCESS_KEY={s} PATH=/bin",
    "odbc": lambda s: f"Server=db;PWD={s};Database=app",
    "query": lambda s: f"GET https://api.example/?page=1&access_token={s}&next=2",
    "option": lambda s: f"pg_dump --password={s} --host db",
    "option and value": lambda s: f"pg_dump --password {s} --host db",
    "header": lambda s: f"X-Api-Key: {s}\nHost: a",
    "spelled out": lambda s: f"Invalid API key: {s}",
    "repr of lines": lambda s: repr(f"host=db\npassword={s}\nuser=app"),
    "bracketed": lambda s: f"<Connection (password={s})>",
    "rust": lambda s: f"{{ token => {s} }}",
    "authorization": lambda s: f"Authorization: Bearer {s}",
    "scheme alone": lambda s: f"sent 'Bearer {s}'",
}

IN_URL: dict[str, Callable[[str], str]] = {
    "user and password": lambda s: f"redis://user:{s}@host:6379/0",
    "password alone": lambda s: f"could not connect to redis://:{s}@host",
    "list": lambda s: f"amqp://a:b@one,amqp://a:{s}@two;amqp://a:c@three",
    "quoted": lambda s: f"{{'url': 'https://me@example.org:{s}@host/path'}}",
    "redirect": lambda s: f"https://a.example/?to=https://u:{s}@host/",
}

QUOTED: dict[str, Callable[[str], str]] = {
    "dict": lambda s: repr({"host": "db", "password": s, "port": 1}),
    "bytes": lambda s: repr({"password": s.encode(), "port": 1}),
    "nested": lambda s: repr({"a": {"my_api_key": s}}),
    "dsn": lambda s: f"password={s!r} host=db",
    "call": lambda s: f"connect(host='db', password={s!r})",
    "sql": lambda s: f"ALTER USER app PASSWORD {s!r};",
    "arguments": lambda s: f"Command {['pg_dump', '--password', s, 'db']} returned 1",
    "cookie": lambda s: repr({"Set-Cookie": f"sessionid={s}; Path=/"}),
}


@pytest.mark.parametrize("carrier", BARE.values(), ids=BARE)
@given(secret=bare | words)
def test_a_bare_secret_never_survives(carrier: Callable[[str], str], secret: str) -> None:
    assert not leaks(secret, carrier(secret))


@pytest.mark.parametrize("carrier", IN_URL.values(), ids=IN_URL)
@given(secret=in_url | words)
def test_a_password_in_a_url_never_survives(carrier: Callable[[str], str], secret: str) -> None:
    assert not leaks(secret, carrier(secret))


@pytest.mark.parametrize("carrier", QUOTED.values(), ids=QUOTED)
@given(secret=anything)
def test_a_quoted_secret_never_survives(carrier: Callable[[str], str], secret: str) -> None:
    assert not leaks(secret, carrier(secret))


@given(st.text(max_size=200))
def test_redaction_is_done_after_one_pass(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("postgres://user:pa@ss/w:rd@host/db", f"postgres://user:{MASK}@host/db"),
        ("redis://:pw@host:6379/0", f"redis://:{MASK}@host:6379/0"),
        ("redis://u:12/34@h", f"redis://u:{MASK}@h"),
        ("https://u:12/34@h", f"https://u:{MASK}@h"),
        ("https://host.example:12/34@h", f"https://host.example:{MASK}@h"),
        ("redis://h1:6379,u:p@h2", f"redis://h1:{MASK}@h2"),
        ("amqp://u:p@h1, u2:p@h2, 3", f"amqp://u:{MASK}@h1, u2:{MASK}@h2, 3"),
        ("amqp://u:p@h1, and more", f"amqp://u:{MASK}@h1, and more"),
        ("https://0123456789abcdefghij:pw@host/1", f"https://{MASK}:{MASK}@host/1"),
        (
            "jdbc:oracle:thin:u/pw@h:1521:sid jdbc:oracle:thin:@h:1521:sid",
            f"jdbc:oracle:thin:u/{MASK}@h:1521:sid jdbc:oracle:thin:@h:1521:sid",
        ),
        ("/?url=redis%3A%2F%2Fu%3Apw%40h", f"/?url=redis://u:{MASK}@h"),
        ("/?url=redis%253a%252f%252fu%253apw%2540h", f"/?url=redis://u:{MASK}@h"),
        (r'{"url": "redis:\/\/u:pw\u0040h"}', f'{{"url": "redis://u:{MASK}@h"}}'),
        ("{&#x27;token&#x27;: &quot;x&quot;}&#64;", f"{{'token': \"{MASK}\"}}@"),
        ("/?key=abc&sig=d%3D&code=0123456789abcdef&code=404", f"/?key={MASK}&sig={MASK}&code={MASK}&code=404"),
        ("--token abc -token 'a b' -tokens", f"--token {MASK} -token '{MASK}' -tokens"),
        ("[('token', 'a'), ('host', 'b')]", f"[('token', '{MASK}'), ('host', 'b')]"),
        ("<token>abc</token> token>abc", f"<token>{MASK}</token> token>abc"),
        ("token: |\n  abc\n  def\nnext", f"token: {MASK}\nnext"),
        ("token = [\n  'a',\n  'b',\n]\nnext", f"token = {MASK}\nnext"),
        ("AUTH PLAIN AHVzZXIAcHc=", f"AUTH PLAIN {MASK}"),
        ("AUTH LOGIN" + " dXNlcg==" * 9, "AUTH LOGIN" + f" {MASK}" * 8 + " dXNlcg=="),
        ("AUTH LOGIN dXNlcg== cHc= done", f"AUTH LOGIN {MASK} {MASK} done"),
        ("Token 0123456789abcdef0123 refused", f"Token {MASK} refused"),
        ("MII\n-----END PRIVATE KEY-----\nnext", f"{MASK}\nnext"),
        (r"\nghp_" + "a1" * 18, rf"\n{MASK}"),
        ("redis://:12345@host", f"redis://:{MASK}@host"),
        ("https://me@x.org:pw@host/", f"https://me@x.org:{MASK}@host/"),
        ("https://0123456789abcdefghij@host/1", f"https://{MASK}@host/1"),
        ("https://0123456789abcdefghij:@host/1", f"https://{MASK}@host/1"),
        ("amqp://u:p@h1,amqp://u:p@h2", f"amqp://u:{MASK}@h1,amqp://u:{MASK}@h2"),
        ('<a href="x://u:p@h">me@x.org', f'<a href="x://u:{MASK}@h">me@x.org'),
        ("https://h/?token=abc&api_key=d&page=2", f"https://h/?token={MASK}&api_key={MASK}&page=2"),
        (r"password='a b\'c d' host=x", f"password='{MASK}' host=x"),
        ("{'password': 'a', \"token\": \"x y\", 'n': 1}", f"{{'password': '{MASK}', \"token\": \"{MASK}\", 'n': 1}}"),
        (r'{"a": "{\"token\": \"a\\\"b\", \"u\": 1}"}', rf'{{"a": "{{\"token\": \"{MASK}\", \"u\": 1}}"}}'),
        ("password=b'abc' x", f"password=b'{MASK}' x"),
        ("password='not closed", f"password='{MASK}'"),
        ("Authorization: Digest username=a, response=b\nHost: x", f"Authorization: {MASK}\nHost: x"),
        ("Cookie: a=b; c=d", f"Cookie: {MASK}"),
        ("token: bearer abc def", f"token: {MASK} def"),
        ("Server=x;PWD=a;b,c;DATABASE=y;", f"Server=x;PWD={MASK};DATABASE=y;"),
        ("password=123 token: null", f"password={MASK} token: null"),
        ("credentials={'db': {'pw': 'x'}}\nnext", f"credentials={MASK}\nnext"),
        ("Key (token)=(abc) exists", f"Key (token)={MASK}"),
        ("key: password=abc", f"key: password={MASK}"),
        (r"C:\token=abc", rf"C:\token={MASK}"),
        (r"line\ntoken=abc", rf"line\ntoken={MASK}"),
        ("İ password=abc", f"İ password={MASK}"),
        ("Basic dXNlcjpwdw== refused", f"Basic {MASK} refused"),
        ("BEARER abcdef", f"BEARER {MASK}"),
        ("key AKIAABCDEFGHIJKLMNOP!", f"key {MASK}!"),
        ("eyJhbGciOi.eyJzdWIiOi.c2ln-x end", f"{MASK} end"),
        ("ghp_" + "a1" * 18, MASK),
        ("github_pat_" + "a1" * 18, MASK),
        ("glpat-" + "a1" * 10, MASK),
        ("sk_live_" + "a1" * 12, MASK),
        ("xoxb-" + "1-a" * 8, MASK),
        ("SG." + "a1" * 11 + "." + "b2" * 20, MASK),
        ("AIza" + "a1" * 18, MASK),
        ("npm_" + "a1" * 18, MASK),
        (
            "a\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb",
            f"a\n{MASK}\nb",
        ),
        ("a -----BEGIN PRIVATE KEY-----\\nMII", f"a {MASK}"),
        ("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nx\n---- END SSH2 ENCRYPTED PRIVATE KEY ----", MASK),
    ],
)
def test_a_secret_in_a_text_is_masked(text: str, redacted: str) -> None:
    assert redact_text(text) == redacted
    assert redact_text(redacted) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "author=Jo authors: Al, Bo",
        "primary_key=3, keys: [1, 2]",
        "pass_after=2 fail_after=1 pass: 3",
        "payment-api: pass",
        "keyspace_hits:12",
        "tokenizer=fast compass=north secretary: Ann",
        "no password given",
        "FATAL: password authentication failed for user app",
        "the token is missing",
        "bearer token missing, Basic authentication required, basic checks passed",
        "http://host.example:8080/path@x",
        "http://a-rather-long-host.example.com/@x",
        "https://[::1]:8000/@x",
        "ssh://git@github.com:22/a@v1",
        "redis://:@host",
        "amqp://guest@host",
        "https://example.com/a?b=c#d and me@example.com",
        "password=",
        "password= \nhost=x",
        "sha256:" + "0123456789abcdef" * 4,
        "BEGIN PRIVATE KEY is missing",
        "subtoken abcdef0123456789abcdef0123456789, tokens token token",
        "the column 'token' \"x\"",
        "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\nPRIVATE KEY",
        "eyJ.a.b ghost SG. ASIA",
        "KeyError: 'password'",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redact_text(text) == text


SECRET_NAMES = """
    password PASSWORD passwords password2 passwd passphrase pwd PWD dbPassword DB_PASSWORD sslpassword secret secrets
    client-secret token tokens access_token accessToken oauth2Token ToKeN credential credentials api_key apikey apiKey
    APIKey APIKeys api-keys my_api_key X-Api-Key access_key accesskey AWS_SECRET_ACCESS_KEY private_key privatekey
    secret_key SECRET_KEY secretKeys sslkey authorization Authorization Proxy-Authorization cookie cookies Set-Cookie
    sessionid session_id csrftoken AccountKey
    pass DB_PASS DBPASS emailPass storepass APP_KEY licence_key Ocp-Apim-Subscription-Key fernet_key SharedAccessKey
    PHPSESSID JSESSIONID ASP.NET_SessionId connect.sid ConnectionString connection_string
"""
READABLE_NAMES = """
    author authors authored authority keys key pass_after pass_rate bypass passes payment-api keyspace_hits tokenizer
    compass InvalidTokenError CredentialsError token_error password_errors secretary primary_key public_key
    publishable_key session sessions cookiecutter name api access user
"""


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_a_name_with_a_secret_s_word_is_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", READABLE_NAMES.split())
def test_a_name_with_a_longer_word_is_not(name: str) -> None:
    assert not is_secret_name(name)


def test_of_a_long_name_the_end_counts() -> None:
    assert is_secret_name("x" * 1_000_000 + ".password")
    assert not is_secret_name("password." + "x" * 1_000_000)


def test_lower_case_keeps_every_position() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert len(lowered(every)) == len(every)


@pytest.mark.parametrize("secret", ["postgres://user:hunter2hunter2@host", "password=hunter2hunter2", "token: hunter2"])
def test_a_cut_leaves_no_half_of_a_secret(secret: str) -> None:
    for place in range(len(secret) + 50):
        text = "x " * ((MAX_TEXT - place) // 2) + secret + " y" * 100
        assert "hunt" not in redact_text(text)


def test_a_long_text_is_cut_and_says_so() -> None:
    redacted = redact_text("word " * MAX_TEXT)
    assert len(redacted) <= MAX_TEXT
    assert redacted.endswith(" more characters")


@pytest.mark.parametrize(
    "unit",
    [
        "pwd=x; ",
        "key=x; ",
        "key ",
        "x://u:p@h ",
        "x://h/a@b/",
        "pwd=; ",
        "--pwd x ",
        "-x ",
        "&key=x",
        "basic a ",
        "auth plain ",
        "jdbc:oracle:x ",
        "-----BEGIN PRIVATE KEY-----x-----END PRIVATE KEY-----",
    ],
)
def test_a_text_of_nothing_but_candidates_is_masked_as_a_whole(unit: str) -> None:
    redacted = redact_text(unit * (MAX_TEXT // len(unit) - 1) + "Zq7")
    assert redacted.endswith(MASK)
    assert "Zq7" not in redacted


def test_a_text_of_as_many_secrets_as_is_thinkable_is_not() -> None:
    assert redact_text("x://u:p@h " * MOST_CANDIDATES) == f"x://u:{MASK}@h " * MOST_CANDIDATES


def shape(tree: Json) -> Any:
    if isinstance(tree, str):
        return str
    if isinstance(tree, list):
        return [shape(item) for item in tree]
    if isinstance(tree, dict):
        return [shape(item) for item in tree.values()]
    return tree


@given(trees)
def test_redaction_changes_no_number_and_no_shape(tree: Json) -> None:
    assert repr(shape(redact(tree))) == repr(shape(tree))


@given(st.lists(words, min_size=1, unique=True))
def test_a_string_below_a_secret_name_is_masked_at_any_depth(secrets: list[str]) -> None:
    tree: Json = {"db": {"credentials": [{"a": secret, "n": 1, "on": True, "none": None} for secret in secrets]}}
    masked: Json = {"a": MASK, "n": 1, "on": True, "none": None}
    assert redact(tree) == {"db": {"credentials": [masked] * len(secrets)}}


@pytest.mark.parametrize(
    ("tree", "redacted"),
    [
        ({"password": ""}, {"password": ""}),
        ({"token-service": "fail", "secret-store": "pass"}, {"token-service": "fail", "secret-store": "pass"}),
        ({"url": "redis://:pw@h"}, {"url": f"redis://:{MASK}@h"}),
        ([{"name": "password", "value": "x"}], [{"name": "password", "value": MASK}]),
        ({"key": "API_TOKEN", "value": ["x"], "on": "y"}, {"key": "API_TOKEN", "value": [MASK], "on": "y"}),
        ({"name": "colour", "value": "red", "key": 3}, {"name": "colour", "value": "red", "key": 3}),
        (
            {"redis://:one@h": 1, "redis://:two@h": 2, f"redis://:{MASK}@h (2)": 3},
            {f"redis://:{MASK}@h": 1, f"redis://:{MASK}@h (2)": 2, f"redis://:{MASK}@h (2) (2)": 3},
        ),
    ],
)
def test_a_tree_is_redacted_by_its_names(tree: Json, redacted: Json) -> None:
    assert redact(tree) == redacted


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  a\n\tb\r\n\x00\x1b[31mc\u2028d\u202e  ", "a b [31mc d"),
        ("\udcff", "\ufffd"),
        ("x" * MAX_LINE, "x" * MAX_LINE),
        ("x" * (MAX_LINE + 1), "x" * (MAX_LINE - 1) + "…"),
        ("x" * 10_000_000, "x" * (MAX_LINE - 1) + "…"),
        ("", ""),
    ],
)
def test_a_line_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


class HostileText(str):
    def __str__(self) -> str:
        raise RuntimeError("never asked")

    __len__ = __format__ = __getitem__ = __add__ = strip = encode = __str__  # type: ignore[assignment]


def error_whose_text(act: Callable[[], str]) -> Exception:
    class HostileError(Exception):
        def __str__(self) -> str:
            return act()

    return HostileError()


def raiser(error: BaseException) -> Callable[[], str]:
    def act() -> str:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("no\nway"), "ValueError: no way"),
        (ValueError(), "ValueError"),
        (ValueError(" \n "), "ValueError"),
        (OSError(2, "gone"), "OSError: [Errno 2] gone"),
        (ValueError("redis://:hunter2@h"), f"ValueError: redis://:{MASK}@h"),
        (ValueError("a" * 400 + " postgres://u:" + "p" * 200 + "@h"), f"ValueError: {'a' * 400} postgres://u:{MASK}@h"),
    ],
)
def test_an_error_is_told_in_one_redacted_line(error: BaseException, line: str) -> None:
    # FileNotFoundError is what OSError(2) makes of itself.
    assert describe(error).replace("FileNotFoundError", "OSError") == line


@pytest.mark.parametrize("raised", [ValueError(), SystemExit(1), KeyboardInterrupt(), RecursionError(), MemoryError()])
def test_an_error_whose_text_raises_is_told_by_its_class(raised: BaseException) -> None:
    error = error_whose_text(raiser(raised))
    assert describe(error) == "HostileError (its text can't be read)"
    assert "HostileError" in describe_traceback(error)


def test_an_error_whose_text_is_no_text_is_told_by_its_class() -> None:
    error = error_whose_text(lambda: 3)  # type: ignore[arg-type, return-value]
    assert describe(error) == "HostileError (its text can't be read)"


def test_a_text_with_methods_of_its_own_is_read_without_them() -> None:
    error = error_whose_text(lambda: HostileText("password=hunter2"))
    assert describe(error) == f"HostileError: password={MASK}"
    assert "hunter2" not in describe_traceback(error)


def test_a_class_can_t_lie_about_its_name() -> None:
    class Meta(type):
        @property
        def __name__(cls) -> str:  # type: ignore[override]
            raise RuntimeError

    class RealError(Exception, metaclass=Meta):
        pass

    assert describe(RealError("x")) == "RealError: x"


def test_an_error_that_can_t_be_formatted_is_told_in_a_line() -> None:
    class EvasiveError(Exception):
        @property
        def __cause__(self) -> None:  # type: ignore[override]
            raise SystemExit

    assert describe_traceback(EvasiveError("token=hunter2")) == f"EvasiveError: token={MASK}"


def test_an_endless_text_is_cut() -> None:
    error = ValueError("word " * 10_000_000)
    assert len(describe(error)) == MAX_LINE
    assert len(describe_traceback(error)) <= MAX_TRACEBACK


def raised(error: BaseException, depth: int = 0, cause: BaseException | None = None) -> BaseException:
    def fall(left: int) -> None:
        if left:
            fall(left - 1)
        raise error from cause

    with pytest.raises(type(error)):
        fall(depth)
    return error


def test_a_traceback_is_told_with_its_causes_and_redacted() -> None:
    cause = raised(OSError("redis://:hunter2@h"))
    text = describe_traceback(raised(ValueError("token=hunter2"), cause=cause))
    assert text.startswith("Traceback (most recent call last):\n")
    assert "direct cause" in text
    assert f"redis://:{MASK}@h" in text
    assert text.endswith(f"ValueError: token={MASK}\n")
    assert "hunter2" not in text


def noted(text: str) -> ValueError:
    error = ValueError("x")
    error.add_note(text)  # type: ignore[attr-defined, unused-ignore] # new in 3.11
    return error


@pytest.mark.parametrize("carry", [ValueError, noted] if sys.version_info >= (3, 11) else [ValueError])
def test_a_private_key_is_masked_over_its_lines(carry: Callable[[str], ValueError]) -> None:
    text = describe_traceback(carry("-----BEGIN PRIVATE KEY-----\nZq7\nZq8\n-----END PRIVATE KEY-----\nthe end"))
    assert "Zq" not in text
    assert text.endswith("the end\n")


def test_a_traceback_tells_the_last_frames() -> None:
    text = describe_traceback(raised(ValueError("x"), depth=30), frames=3)
    assert text.count("File ") == 3
    assert "raise error from cause" in text


def test_a_long_traceback_tells_its_end() -> None:
    error: BaseException = ValueError("first")
    for number in range(20):
        error = raised(ValueError(f"{number} " + "many words " * 1000), cause=error)
    text = describe_traceback(raised(ValueError("the last"), cause=error))
    assert len(text) == MAX_TRACEBACK
    assert text.startswith("…")
    assert text.endswith("ValueError: the last\n")


def test_a_basic_credential_of_any_user_is_masked() -> None:
    for number in range(1000):
        credential = base64.b64encode(f"user{number}:pässword".encode()).decode()
        assert credential not in redact_text(f"sent Basic {credential}")


def test_the_harmless_are_left_alone() -> None:
    names = ["worker-1", "10.0.0.1", "db.example", "pass"]
    assert [redact_text(name) for name in names] == names
