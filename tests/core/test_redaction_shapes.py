"""The shapes in which secrets are met, each with its carrier; and what looks like one and stays readable."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from status.core.observation import Json
from status.core.redaction import MASK, describe, redact, redact_text

Carrier = Callable[[str], str]

LETTERS = string.ascii_letters + string.digits
# Begins with what no carrier and no mask has.
secrets = st.text(LETTERS, min_size=5, max_size=40).map("Zq7".__add__)
in_words = st.text(LETTERS + "!#$%*+-_~^", min_size=5, max_size=40).map("Zq7".__add__)
hexadecimal = st.text("0123456789abcdef", min_size=32, max_size=32)

NAMED: dict[str, Carrier] = {
    "pass": "DB_PASS={}".format,
    "pass, grown together": "DBPASS={}".format,
    "pass of YAML": "SMTP_PASS: {}".format,
    "pass of JSON": '{{"pass": "{}"}}'.format,
    "pass in camel case": "emailPass={}".format,
    "pass of openssl": "openssl rsa -passin pass:{}".format,
    "storepass": "keytool -storepass {} -list".format,
    "PHP": "PHPSESSID={}".format,
    "Java": "JSESSIONID={}; Path=/".format,
    "Express": "connect.sid={}".format,
    "ASP.NET": "ASP.NET_SessionId={}".format,
    "app's key": "APP_KEY={}".format,
    "subscription": "Ocp-Apim-Subscription-Key: {}".format,
    "kind of key, said": "Invalid license key: {}".format,
    "connection string": "ConnectionString=Server=db;User Id=a;Zz={};".format,
    "connection string in JSON": '{{"connection_string": "Server=db;Zz={}"}}'.format,
    "wrong": "password: {} is wrong".format,
    "passphrase": "password: correct horse {}".format,
    "passphrase that begins as prose": "password: required {}".format,
    "passphrase that begins with nothing": "password: null {}".format,
    "passphrase with a quote": "password: it isn't a {} horse".format,
    "passphrase of an ini": "password = correct horse {}".format,
    "quote that SQL doubles": "password='a''{}' host=db".format,
    "quote that SQL doubles, before a blank": "password='it'' {}' host=db".format,
    "quotes that are doubled": 'password="a""b""{}", host=db'.format,
    "line below": "password=\n{}\nhost=db".format,
    "line below a prompt": "Password:\n{}".format,
    "line below a key of YAML": "tokens:\n- {}\nhost: db".format,
    "CDATA": "<password><![CDATA[{}]]></password>".format,
    "CDATA with brackets": "<password>\n<![CDATA[a]>{}]]>\n</password>".format,
    "vault": "secret/password: {}".format,
    "provided": "Incorrect API key provided: {}.".format,
    "token provided": "token provided: {}".format,
    "error's name": "InvalidToken: {}9".format,
}

COMMANDS: dict[str, Carrier] = {
    "mysql": "mysql -u root -p{} -h db".format,
    "mysqldump": "sh: /usr/bin/mysqldump -p{}".format,
    "mysql, quoted": "mysql -p'{}' db".format,
    "mysql as a list": "Command '['mysqldump', '-uroot', '-p{}', 'db']' returned non-zero exit status 2".format,
    "mysql as JSON": '["mysql", "-p{}"]'.format,
    "curl": "curl -u a:{} https://x.example".format,
    "curl, spelled out": "curl --user a:{} https://x.example".format,
    "curl, quoted": "curl -u 'a:{}' https://x.example".format,
    "curl as a list": "['curl', '-u', 'a:{}', 'https://x.example']".format,
    "redis-cli": "redis-cli -h x -a {} ping".format,
    "redis-cli, spelled out": "redis-cli --pass {}".format,
    "sshpass": "sshpass -p {} ssh x".format,
    "docker": "docker login -u a -p {} registry.example".format,
    "option": '["--password", "{}"]'.format,
}

STATEMENTS: dict[str, Carrier] = {
    "identified": "CREATE USER 'a'@'%' IDENTIFIED BY '{}'".format,
    "identified, bare": "CREATE USER a IDENTIFIED BY {}".format,
    "identified with": "create user a identified with mysql_native_password by '{}'".format,
    "role": "ALTER ROLE a WITH PASSWORD '{}'".format,
    "role, encrypted": "ALTER ROLE a WITH ENCRYPTED PASSWORD '{}' VALID UNTIL 'infinity'".format,
    "set": "SET PASSWORD FOR 'a'@'h' = '{}'".format,
    "set by a function": "SET PASSWORD = PASSWORD('{}')".format,
    "requirepass": "CONFIG SET requirepass {}".format,
    "masterauth": "masterauth {}".format,
    "AUTH": "AUTH {}".format,
    "AUTH with a user": "AUTH app {}".format,
    "AUTH, quoted": "unknown command 'AUTH {}'".format,
    "AUTH of a pipeline": "Command # 1 (AUTH {}) of pipeline caused error: x".format,
    "AUTH, monitored": '1700000000.1 [0 127.0.0.1:1] "AUTH" "app" "{}"'.format,
    "HELLO": "HELLO 3 AUTH app {}".format,
}

RECORDS: dict[str, Carrier] = {
    "JSON": '[{{"name": "DB_PASSWORD", "value": "{}"}}]'.format,
    "JSON in capitals": '{{"Name": "DB_PASSWORD", "Value": "{}"}}'.format,
    "JSON with a type": '{{"Name": "/db/PASSWORD", "Type": "SecureString", "Value": "{}"}}'.format,
    "repr": "{{'key': 'API_TOKEN', 'value': '{}'}}".format,
    "YAML": "- name: DB_PASSWORD\n  value: {}\n- name: X\n  value: y".format,
    "XML": '<add key="Password" value="{}"/>'.format,
    "XML, value first": '<add value="{}" key="Password"/>'.format,
    "CloudFormation": "ParameterKey=DBPassword,ParameterValue={}".format,
    "Go": "EnvVar{{Name:DB_PASSWORD,Value:{}}}".format,
    "auth": "auth=('a', '{}')".format,
    "auth as a list": 'auth=["a","{}"]'.format,
    "auth in JSON": '{{"auth": ["a", "{}"]}}'.format,
    "auth of requests": "HTTPBasicAuth('a', '{}')".format,
    "basic_auth": "basic_auth('a','{}')".format,
    "headers": "[(b'authorization', b'Bearer {}')]".format,
    "header as a list": '["Authorization", "Bearer {}"]'.format,
}

AUTHORITIES: dict[str, Carrier] = {
    "GitLab": "git clone oauth2:{}@gitlab.example/x".format,
    "Bitbucket": "x-token-auth:{}@bitbucket.org".format,
    "Go's DSN": "app:{}@tcp(db:3306)/shop".format,
    "port": "app:{}@db.example:5432".format,
    "path": "can't connect to app:{}@db/shop".format,
    "scheme without a colon": "rediss//u:{}@127.0.0.1:1".format,
    "scheme without a colon, no user": "rediss//:{}@h:1".format,
    "scheme with one slash": "htp:/u:{}@h".format,
    "scheme with one slash, no user": "can't connect to redis:/:{}@h:1/0".format,
    "no scheme": "//u:{}@h/db".format,
    "no scheme, alone": "//u:{}@10.0.0.1".format,
    "bare": "connecting to u:aB1{}@db failed".format,
    "bare, an address": "u:aB1{}@10.0.0.1".format,
}

MARKED = {
    "Shopify": "shpat_{}",
    "Square": "sq0atp-{}",
    "Twilio": "SK{}",
    "Mailgun": "key-{}",
    "Mailchimp": "{}-us12",
    "Telegram": "123456789:AA{}a",
    "Telegram's URL": "https://api.telegram.org/bot123456789:AA{}a/getMe",
    "Discord": "https://discord.com/api/webhooks/123456/{}",
    "Teams": "https://x.webhook.office.com/webhookb2/{}",
    "Databricks": "dapi{}",
    "Linear": "lin_api_{}",
    "Notion": "ntn_{}",
    "Notion, old": "secret_{}a1b2c3d4e5f",
    "Doppler": "dp.st.dev.{}",
    "PlanetScale": "pscale_tkn_{}",
    "PlanetScale's password": "pscale_pw_{}",
    "Postman": "PMAK-{}",
    "Grafana": "glsa_{}",
    "Grafana's cloud": "glc_{}",
    "Atlassian": "ATATT3{}",
    "Heroku": "HRKU-{}",
    "RubyGems": "rubygems_{}",
    "crates.io": "cio{}",
    "Figma": "figd_{}",
    "Docker": "dckr_pat_{}",
    "Tailscale": "tskey-auth-{}",
    "Supabase": "sbp_{}",
    "JWT behind a word": "token_eyJhbGciOi.eyJzdWIi.{}",
    "SendGrid behind a word": "x_SG.abcdefghijkl.{}",
    "Slack behind a word": "x_xoxb-{}",
    "said to be refused": "invalid token 1a{}",
    "said to be refused, quoted": "invalid token '1a{}'",
    "error's text": "InvalidTokenError: 1a{}",
}


@pytest.mark.parametrize(
    "carrier",
    [*NAMED.values(), *COMMANDS.values(), *STATEMENTS.values(), *RECORDS.values(), *AUTHORITIES.values()],
    ids=[*NAMED, *COMMANDS, *STATEMENTS, *RECORDS, *AUTHORITIES],
)
@given(secret=secrets | in_words)
@settings(max_examples=25)
def test_a_secret_in_its_shape_is_masked(carrier: Carrier, secret: str) -> None:
    redacted = redact_text(carrier(secret))
    assert "Zq7" not in redacted
    assert secret[-5:] not in redacted.replace(carrier("")[:-1], "") or secret[-5:] in carrier("")
    assert redact_text(redacted) == redacted
    for told in (describe(ValueError(carrier(secret))), str(redact({"log": [f"a line\n{carrier(secret)}\nnext"]}))):
        assert "Zq7" not in told


def test_a_passphrase_goes_to_its_end() -> None:
    assert redact_text("password: correct horse battery\nhost: x") == f"password: {MASK}\nhost: x"
    assert redact_text("host = db password = correct horse user = app") == f"host = db password = {MASK} user = app"


@pytest.mark.parametrize("shape", MARKED.values(), ids=MARKED)
@given(digits=hexadecimal)
@settings(max_examples=10)
def test_a_key_with_its_maker_s_mark_is_masked(shape: str, digits: str) -> None:
    key = shape.format(digits)
    for text in (key, f"error near {key} end", f"{{'a': '{key}'}}"):
        redacted = redact_text(text)
        assert digits not in redacted
        assert MASK in redacted


@pytest.mark.parametrize("shape", ["NRAK-{}", "AGE-SECRET-KEY-1{}"])
@given(digits=hexadecimal.map(str.upper))
@settings(max_examples=10)
def test_a_key_in_capitals_is_masked(shape: str, digits: str) -> None:
    assert redact_text(f"got {shape.format(digits)}!") == f"got {MASK}!"


@pytest.mark.parametrize(
    ("tree", "redacted"),
    [
        ({"pass": "x"}, {"pass": MASK}),
        ({"a": ["--password", "x"]}, {"a": ["--password", MASK]}),
        (["run", "--api-key=x", "--token", "y", "z"], ["run", f"--api-key={MASK}", "--token", MASK, "z"]),
        (["/usr/bin/mysql", "-uroot", "-px", "db"], ["/usr/bin/mysql", "-uroot", f"-p{MASK}", "db"]),
        (["curl", "-u", "a:x", "url"], ["curl", "-u", f"a:{MASK}", "url"]),
        (["curl", "--user=a:x"], ["curl", f"--user=a:{MASK}"]),
        (["redis-cli", "-a", "x", "ping"], ["redis-cli", "-a", MASK, "ping"]),
        (["sshpass", "-p", "x", "ssh", "h"], ["sshpass", "-p", MASK, "ssh", "h"]),
        (["docker", "login", "-p", "x"], ["docker", "login", "-p", MASK]),
        (["AUTH", "x"], ["AUTH", MASK]),
        (["AUTH", "app", "x"], ["AUTH", "app", MASK]),
        (["CONFIG", "SET", "requirepass", "x"], ["CONFIG", "SET", "requirepass", MASK]),
        ({"Name": "DB_PASSWORD", "Value": "x"}, {"Name": "DB_PASSWORD", "Value": MASK}),
        ({"Key": "token", "Value": "x"}, {"Key": "token", "Value": MASK}),
        (
            {"ParameterKey": "DBPassword", "ParameterValue": "x"},
            {"ParameterKey": "DBPassword", "ParameterValue": MASK},
        ),
        ({"auth": ["a", "x"]}, {"auth": ["a", MASK]}),
        (["Authorization", "Bearer abcdef"], ["Authorization", f"Bearer {MASK}"]),
        ([["authorization", "x"]], [["authorization", MASK]]),
        ({"connection_string": "Server=x"}, {"connection_string": MASK}),
    ],
)
def test_a_secret_in_a_tree_s_shape_is_masked(tree: Json, redacted: Json) -> None:
    assert redact(tree) == redacted


READABLE = [
    # names with "pass" in them
    *("pass_after=2", "passed: 3", "bypass=x", "compass: north", "pass_rate=0.5", "trespass: no"),
    *("first_pass=3", "pass: 3", "pass=200", "pass: true", "the check will pass: all well"),
    # nothing, yes and no, amounts
    *("max_tokens=4096", "tokens: 15000", "token_count: 12", "total_tokens=12", "--max-tokens 4096 --x"),
    *("SESSION_COOKIE_AGE=1209600", "CSRF_COOKIE_SECURE=True", "tokens: []", "{'credentials': {}, 'a': 1}"),
    *("api_key=None", "password=None", "password=null", "token=''", '"token": null', '{"token": null, "a": 1}'),
    *("password: false", "password: true", 'secret: ""', "Authorization: None", "{'authorization': None, 'a': 1}"),
    "Access denied for user 'app'@'10.0.0.3' (using password: YES)",
    # what is said of secrets
    *("token: must not be blank", "password: this field is required.", "authorization: required", "token: expired"),
    *("password: This password is too short.", "argument --token: expected one argument"),
    *("error: --token is required", "password: may not be null", "api_key: field required"),
    *("https://h.example/oauth/token: 503 Service Unavailable", "cat: /run/secrets/token: No such file or directory"),
    *("InvalidToken: the text", "InvalidTokenError: it is expired", "jwt.exceptions.InvalidTokenError: Not enough"),
    *("AuthenticationError: x", "CredentialsError: no way", "KeyError: 'token'"),
    *('Secret "db-creds" not found', 'secrets "db-creds" is forbidden: User "x" cannot get it'),
    # commands and statements
    *("docker run --user 1000:1000 -p 8080:80 mysql -h x", "mysql -u root -p -h db", "redis-cli -h x -p 6379"),
    *("curl: (7) Failed to connect", "curl -s -o /dev/null https://x.example", "mysqldump --single-transaction -u a"),
    *("the worker identified by its name", "requirepass is not set", "AUTH failed: WRONGPASS", "AUTH LOGIN failed"),
    # what has nothing below it but the next line
    *("PASSWORD=\nUSER=app", "password:\nhost: db", "password:\nThis one is too short", "token:\n[section]"),
    *("Invalid token:\nTraceback (most recent call last):", "password='' host='db'", "<password></password><host>db"),
    *("Enter your password:\nwrong", "password=''", "password:\nnone"),
    # what has an "@" or a pair
    *("postgres:16@sha256:0123456789abcdef0123", "12:30@host:80", "mailto:ann@example.org/x", "host:5432@zone-a/b"),
    *("Contact:ann99@example.org", "cc:a.b-1@example.org", "a:b@c", "see 3:4@noon", "app:1.2.3@eu", "// see:fix@me"),
    *("//cdn.example.org:8080/@scope/x", "registry/app:v1@host", "12:a1@host", "queue:mail-2@Worker1"),
    *("worker:celery@host", "from:ann@example.org", "sip:ann@example.org:5060", "npm:left-pad@1.3.0/x"),
    *("auth: ['a', 'b', 'c']", "name: DB_HOST, value: x", "{'key': 'colour', 'value': 'red'}", "task-12ab-us1 on eu"),
]


@pytest.mark.parametrize("text", READABLE)
def test_what_only_looks_like_a_secret_stays_readable(text: str) -> None:
    assert redact_text(text) == text
    assert redact([text]) == [text]


@pytest.mark.parametrize("value", [None, True, False, 4096, 1.5, "", "None", "null", "true", "This field is required."])
def test_in_a_tree_nothing_and_numbers_stay_readable(value: Json) -> None:
    tree: Json = {"password": value, "max_tokens": value, "a": [{"credentials": [value]}]}
    assert redact(tree) == tree


@pytest.mark.parametrize(
    "text",
    ["password: must remember this", "password: required by law", "password: 12345", "tokens: abc", "token: 4096"],
)
def test_what_may_be_a_secret_is_masked(text: str) -> None:
    assert redact_text(text).startswith(text.partition(" ")[0] + " " + MASK)
