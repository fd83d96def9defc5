"""What redaction costs at its worst: 64 KiB of the inputs that take it longest. `python benchmarks/redacting.py`.

Its patterns hold the GIL, so for as long nothing else runs in the process. The inputs are those that a search has left:
it changed repetitions of what the patterns look for, and kept what took longer.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator

from figures import Figure, report

from status.core.redaction import MAX_TEXT, describe, one_line, redact_text

LIMIT_MS = 20
ROUNDS = 7
LONGEST_SHOWN = 34

UNITS = [
    "aB ",
    "key ",
    "token=",
    "token=\\'",
    "pwd=a)",
    "--token ",
    "x://u:p@h ",
    "x://a:1/@",
    "%3A",
    "%253A",
    "&amp;",
    "\\/",
    "-",
    "-----BEGIN ",
    "eyJ-",
    "Cookie:a\n",
    "-a &#x27;",
    "\\u003aPRIVATE KEY-----BEGIN ",
    "basic\ttoken:\n a\n aA=:1",
    "A=\n a'''encryption key",
    "token='''a:\\/key" + " " * 40 + "api key",
    "-secret-(b'token', b'&#x27;",
    "&amp;A=passw.passw(b'token', b'",
    "pwd=a) a\\/PRIVATE KEY-----BEGIN -END --END PRIVATE KEYkey\t?code=",
    "%3Asecret-%25ssl key -END ",
    "a:api key %253Apass&quot;a:\\n-----BEGIN api key ",
    "&amp;amp;&sig=&-secretsecret-",
    ";-a &amp;&quot;--token'''secret-",
    "-END &amp;amp;x://u:p@h token:\n a\n",
    'invalid port "',
    'database "',
    "database 'a@b ",
    "vhost a@b ",
    "resolve host 'a\"",
    "//u:a1B@h ",
    "u:aaaaaaB1@h ",
    "htp:/u:" + "a1" * 40 + "@h ",
    "cast to integer value as '",
    "'AUTH a@value:",
    "AUTH a&#x27;u:p1@h/",
    "u:p1@h/&amp;",
    "user:pa@h:",
    ":p@a%3A",
    "curl -u ",
    "mysql -pa ",
    "redis-cli redis-cli \\u003a user:pa@h:",
    "identified with a by 'x'",
    "create user a identified by x ",
    "password for ",
    "auth(\"auth('",
    "auth=('a', '",
    "value=\"value='",
    'value="a" key="b"',
    "name: token, a: b, value: ",
    "token provided: ",
    "invalid token a-1" + "a1" * 8 + " ",
    "password: a b ",
    'secret "a" not found ',
    "token: must not be ",
    "InvalidToken: a ",
    'SG.SG.:p@Cookie:a\n:p@%25&#x27;ldap value="\tdp.pt.-u a:value:',
    "session" * 9 + "auth a bsession" + "SK" * 9 + "dp.pt.SKprovided:&#x27;",
    "eyJ_eyJ-",
    "sk-",
    "\\u003a(b'token'," + " " * 40,
    "0" * 32 + "-us",
    "dp.pt." * 7 + "\\u003a" + " " * 17 + "-us1auth('-us1auth(\"" + "-us1" * 6,
    "-us1" * 9 + "}" + "-us1" * 5 + ":AA" + "-us1" * 4 + "0" * 32 + "a@/token: 503 a&amp;&#x27;",
]
LONGER = "a token=" + "x y " * (10 * MAX_TEXT)


def measure() -> Iterator[Figure]:
    for unit in UNITS:
        text = (unit * MAX_TEXT)[:MAX_TEXT]
        shown = repr(unit) if len(unit) <= LONGEST_SHOWN else f"{unit[:LONGEST_SHOWN]!r}…"
        yield _figure(f"64 KiB of {shown}", redact_text, text)
    yield _figure("a text of 2.5 MiB, redacted", redact_text, LONGER)
    yield _figure("a text of 2.5 MiB, as one line", one_line, LONGER)
    yield _figure("an error of 2.5 MiB, described", lambda text: describe(ValueError(text)), LONGER)


def _figure(what: str, call: Callable[[str], object], text: str) -> Figure:
    call(text)  # the patterns of keys' marks are compiled when the first one turns up
    taken_ms = _best_ms(lambda: call(text))
    return Figure(what, taken_ms, LIMIT_MS, "ms", f"lower-casing and one pattern {_floor_ms(text[:MAX_TEXT]):.2g} ms")


_VOWELS = re.compile("[aeiou]{2}")


def _floor_ms(text: str) -> float:
    return _best_ms(lambda: _VOWELS.sub("", text.lower()))


def _best_ms(call: Callable[[], object]) -> float:
    """The best of several, in time of the processor: it is the input that is judged, and not what else goes on."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.thread_time()
        call()
        best = min(best, time.thread_time() - started)
    return best * 1000


if __name__ == "__main__":
    sys.exit(report(measure()))
