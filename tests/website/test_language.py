"""Every text for people is in the language of the page, and nothing else is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import translation
from django.utils.translation import trans_real

import status
from status import Observation, Provider, Report, State
from status.website import bars, cards, language, sentences, wording
from status.website.cards import values
from status.website.present import Seen
from status.website.templates import render
from tests.conftest import REQUIRE_ALL
from tests.website import values as made_values
from tests.website.test_pages import HEALTH, HERE, engine, html, site, text

SOURCE = Path(status.__file__).parent
CATALOGUE = SOURCE / "locale" / "es" / "LC_MESSAGES" / "django"
LOCALE: dict[str, Any] = {"MIDDLEWARE": ["django.middleware.locale.LocaleMiddleware"]}
STATS: list[object] = [("code", f"{HERE}.code"), ("broken", f"{HERE}.failing"), ("long", f"{HERE}.long_list")]
PATHS = [
    *("/status/", "/status/health/", "/status/health/databases/replica", "/status/health/ping/pong", "/status/stats/"),
    *("/status/?view=wall", "/status/health/databases"),
]


@pytest.fixture(autouse=True)
def _language_of_the_thread() -> Iterator[None]:
    """LocaleMiddleware leaves it as it was for the last request."""
    yield
    translation.deactivate()


def spanish(path: str = "/status/") -> str:
    page: Any = Client().get(path, headers={"Accept-Language": "es-MX, en;q=0.5"})
    return str(page.content.decode())


class TestSpanish:
    @pytest.fixture(autouse=True)
    def _site(self) -> Iterator[None]:
        with site(**LOCALE):
            yield

    def test_says_the_sentence(self) -> None:
        page = spanish()
        assert '<html lang="es" dir="ltr">' in page
        assert "<title>(2) 2 de 6 comprobaciones fallan · Estado</title>" in page
        said = re.sub(r" desde hace \d+ \w+", "", text(page))  # which the machine's pace decides
        assert "2 de 6 comprobaciones fallan celery/mail@w2, databases/replica 1 más avisa" in said

    def test_says_states_in_words(self) -> None:
        page = spanish("/status/health/")
        assert '<span class="word">falla</span>' in page
        assert '<li class="row is-fail"' in page  # what is for machines stays

    def test_of_one_check_says_all(self) -> None:
        said = text(spanish("/status/health/databases/replica"))
        assert "databases/replica falla" in said
        assert "Cómo se comprueba" in said

    @pytest.mark.parametrize("path", ["/status/api/", "/status/api/health", "/status/api/?format=yaml"])
    def test_is_not_for_programs(self, path: str) -> None:
        asked = [Client().get(path, headers={"Accept-Language": tag}) for tag in ("es", "en")]
        assert re.sub(rb"[\d.]+", b"", asked[0].content) == re.sub(rb"[\d.]+", b"", asked[1].content)

    def test_caches_are_told_that_the_language_counts(self) -> None:
        page: Any = Client().get("/status/", headers={"Accept-Language": "es"})
        assert "Accept-Language" in page["Vary"]

    def test_a_refusal_is_in_it_too(self) -> None:
        with site(DEBUG=False, **LOCALE):
            assert "no se muestra a cualquiera" in spanish("/status/stats/")


@pytest.mark.parametrize(
    ("active", "default", "expected"),
    [
        ("en", "en-us", "en"),
        ("es", "en-us", "es"),
        ("es-ar", "en-us", "es"),
        ("en", "es", "en"),  # who asks for English gets it
        ("de", "en-us", "en"),  # there is none of ours
        ("de", "es", "es"),
        ("ar", "en-us", "en"),
    ],
)
def test_the_language_of_a_page_is_that_of_its_texts(
    active: str, default: str, expected: str, fresh_catalogues: Callable[[], None]
) -> None:
    with override_settings(LANGUAGE_CODE=default), translation.override(active):
        fresh_catalogues()
        assert language.code() == expected
        assert sentences.headline(2, 9, status.State.FAIL) == (
            "2 de 9 comprobaciones fallan" if expected == "es" else "2 of 9 checks fail"
        )
        assert wording.duration(1.25) == ("1,2 s" if expected == "es" else "1.2 s")


@pytest.fixture
def fresh_catalogues() -> Iterator[Callable[[], None]]:
    """Django reads each once a process, and with the default language of that time."""
    real: Any = trans_real

    def forget() -> None:
        active = translation.get_language()
        real._translations = {}
        real._default = None
        if active:
            translation.activate(active)

    yield forget
    forget()


def test_without_translations_all_is_english() -> None:
    # What Django uses instead is chosen once a process.
    program = """
from django.conf import settings
settings.configure(USE_I18N=False, LANGUAGE_CODE="es", INSTALLED_APPS=["status"])
import django
django.setup()
from status import State
from status.website import bars, language, sentences, wording
print(language.code(), language.direction(), sentences.headline(2, 9, State.FAIL), wording.duration(1.25))
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "en ltr 2 of 9 checks fail 1.2 s\n"


def test_figures_are_written_as_in_the_language() -> None:
    with translation.override("es"):
        assert wording.number(1_204_551.5) == "1\xa0204\xa0551,5"
        assert wording.ago(7300) == "hace 2 h"
        assert wording.entries(1) == "1 entrada"
    assert wording.number(1_204_551.5) == "1,204,551.5"


def test_a_language_from_right_to_left_is_one_when_a_project_has_its_catalogue(
    tmp_path: Path, fresh_catalogues: Callable[[], None]
) -> None:
    if shutil.which("msgfmt") is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("msgfmt is missing: apt install gettext")
    folder = tmp_path / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgctxt "the code of the language of this catalogue"\nmsgid "en"\nmsgstr "ar"\n\n'
        'msgctxt "status"\nmsgid "Overview"\nmsgstr "نظرة عامة"\n'
    )
    subprocess.run(["msgfmt", "-o", "django.mo", "django.po"], cwd=folder, check=True, timeout=60)
    with site(LOCALE_PATHS=[str(tmp_path)], LANGUAGE_CODE="ar"):
        fresh_catalogues()
        with translation.override("ar"):
            page = html()
    assert '<html lang="ar" dir="rtl">' in page
    assert "نظرة عامة" in page


class Texts(HTMLParser):
    """All that is shown or read out of a page."""

    SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-said", "data-lost", "data-copy", "data-copied")
    SPOKEN_TOO = ("data-found", "data-head", "content")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        """What attributes say."""
        self.text = ""

    @property
    def unmarked(self) -> list[str]:
        """Words that did not go through gettext."""
        rests = []
        for rest in (self.text, *self.found):
            replaced = 1
            while replaced:  # one may stand in another
                rest, replaced = re.subn("⟦[^⟦⟧]*⟧", "", rest)
            rests += re.findall("[A-Za-z]{2,}", DATA.sub("", rest))
        return rests

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        for name in (*self.SPOKEN, *self.SPOKEN_TOO):
            said = known.get(name)
            if said and not (name == "content" and known.get("name") != "description"):
                self.found.append(said)

    def handle_data(self, data: str) -> None:
        self.text += f"{data}\n"


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What goes through gettext with a context stands in brackets, as if in another language.

    Without one a text of ours would be another where the project has translated the same word for itself.
    """

    def bracket(found: str) -> str:
        return found if found == "en" else f"⟦{found}⟧"

    real: Any = translation._trans  # type: ignore[attr-defined]
    translation.gettext("so that it is loaded")
    for name in ("pgettext", "npgettext"):
        function = getattr(real, name)
        monkeypatch.setattr(real, name, lambda *given, function=function: bracket(function(*given)))
    bars.forget()
    yield
    bars.forget()


# What a template goes by, and what are keys of a value's own.
TOLD = re.compile(
    r"postgresql|mysql|sqlite|redis|memcached|memory|files|table|dummy|foreign|master|slave|container|machine"
)
NAMED = ("queues", "beat", "keys", "apps", "by_state", "files", "unavailable")


def wordless(value: Any, *, names: bool = False) -> Any:
    """The value without words, but for those that its template goes by."""
    if isinstance(value, dict):
        return {
            f"{at}" if names else key: wordless(entry, names=key in NAMED)
            for at, (key, entry) in enumerate(value.items())
        }
    if isinstance(value, list):
        return [wordless(entry) for entry in value]
    if not isinstance(value, str) or TOLD.fullmatch(value) or re.fullmatch(r"20\d\d-.*", value):
        return value
    return "1"


MADE: dict[str, list[dict[str, Any]]] = {
    "status.providers.stats.code": [
        {
            "value": {
                **wordless(made_values.code()),
                "commit": {"id": "1", "summary": "1", "date": "2026-01-01T00:00:00Z"},
                "problem": "1",
            }
        }
    ],
    "status.providers.django.stats.databases": [
        {"value": wordless(value)} for value in made_values.databases().values()
    ],
    "status.providers.django.stats.caches": [{"value": wordless(value)} for value in made_values.caches().values()],
    "status.providers.celery.stats.celery": [
        {"value": wordless(made_values.worker(3))},
        {"error": "1", "failed": True},
        {"name": "totals", "value": wordless(made_values.totals())},
    ],
    "status.providers.system.system": [{"value": wordless(made_values.system())}],
    "status.providers.packages.packages": [{"value": wordless(made_values.packages())}],
}
"""By the function that our template is made for: values that it says all of its words of."""

DATA = re.compile(
    # By their providers, as the test names them.
    r"celery|mail@w2|web@w1|databases?|replica|default|ping|pong|certificate|shop\.example|broken|code|long|no answer"
    r"|the replica is lost|ConnectionError:|refused by db\.internal|Reads fall back to the primary\.|warns below 14"
    r"|branch|main|dirty|commit|id|message|9f31c2e|Retry the webhook|SELECT|health/|tests\.website\.providers\.\w+|days"
    # Names, and signs of no language.
    r"|django-status|JSON|UTC|Python|Django|DEBUG|\bsince\b"  # the last is within what was translated with its markup
    r"|\bms\b|\bmin\b|\bh\b|\bd\b|\bs\b|[KMG]iB|[\d.]+(dev|a|b|rc)\d*|PID"
)  # fmt: skip


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("path", PATHS)
def test_every_text_can_be_translated(path: str) -> None:
    page = Texts()
    with site(stats=STATS, STATUS_SITE={"title": "1"}):
        page.feed(html(path))
    assert page.text.count("⟦") > 10
    assert page.unmarked == []


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("function", sorted(MADE))
def test_every_text_of_what_is_made_for_values_can_be_translated(function: str) -> None:
    name = function.rpartition(".")[2]
    found = MADE[function]
    parts = tuple(
        Observation(
            f"stats/1/{at}", **{"name": f"{at}", "state": State.PASS, "observed_at": 0.0, "duration_s": 0.0, **each}
        )
        for at, each in enumerate(found)
    )
    if name not in ("code", "system", "packages"):
        parts = (Observation("stats/1", "1", State.PASS, 0.0, 0.0, components=parts, composed=True),)
    for outline in (False, True):
        seen = Seen(
            Report("1", parts, judged=False), True, {part.name: Provider(part.name, function) for part in parts}
        )
        page = Texts()
        shown = {"section": values(seen, 0.0, outline=outline), "root": "./", "title": "1"}
        # Not the values' own names, below.
        made = re.sub('<span class="key"><bdi>.*?</bdi></span>', "", render("status/stats.html", shown).decode())
        made = re.sub(f"<bdi>(totals|{TOLD.pattern})</bdi>", "", re.sub("<code><bdi>.*?</bdi></code>", "", made))
        page.feed(made)
        assert page.unmarked == []
        assert ("⟦Host⟧" in page.text) is (name == "databases")
        assert ("⟦Branch⟧" in page.text) is (name == "code")


def test_all_that_is_made_for_values_is_in_that_test() -> None:
    assert set(MADE) == set(cards._MADE)


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize(
    "settings", [{}, {"STATUS_ACCESS": {"health": "private"}}, {"STATUS_ACCESS": {"stats": "states"}}]
)
def test_every_text_for_strangers_can_be_translated(settings: dict[str, Any]) -> None:
    page = Texts()
    with site(DEBUG=False, STATUS_SITE={"title": "1"}, **settings):
        for path in ("/status/", "/status/stats/"):
            answer: Any = Client().get(path)
            page.feed(answer.content.decode())
    assert page.text.count("⟦") > 10
    assert page.unmarked == []


def test_the_catalogue_is_that_of_the_sources(tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("xgettext is missing: apt install gettext")
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    copy = tmp_path / "status"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    made = [sys.executable, "-m", "django", "makemessages", "-l", "es", "--no-location", "--no-wrap", "--no-obsolete"]
    subprocess.run(made, cwd=copy, env=env, check=True, capture_output=True, timeout=120)

    def messages(catalogue: Path) -> str:
        return catalogue.read_text(encoding="utf-8").partition("\n\n")[2]

    # What is new, gone or fuzzy would show here: `make messages`, and translate.
    assert messages(copy / "locale/es/LC_MESSAGES/django.po") == messages(CATALOGUE.with_suffix(".po"))


def test_the_catalogue_is_complete_and_compiled() -> None:
    written = CATALOGUE.with_suffix(".po").read_text(encoding="utf-8")
    entries = written.split("\n\n")[1:]
    assert len(entries) > 150
    for entry in entries:
        assert not re.search(r'^msgstr(\[\d\])? ""$', entry, re.MULTILINE), entry
        assert "fuzzy" not in entry, entry
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for entry in entries:
        said = {
            word: re.sub(r"\\(.)", r"\1", found)
            for word, found in re.findall(r'^(msg\w+(?:\[0\])?) "(.*)"$', entry, re.MULTILINE)
        }
        if "msgid_plural" in said:
            found = compiled.npgettext(said["msgctxt"], said["msgid"], "", 1)
        elif "msgctxt" in said:
            found = compiled.pgettext(said["msgctxt"], said["msgid"])
        else:
            found = compiled.gettext(said["msgid"])
        assert found == said.get("msgstr", said.get("msgstr[0]")), entry


@pytest.mark.usefixtures("databases_allowed")
def test_a_word_of_the_project_is_not_ours(tmp_path: Path, fresh_catalogues: Callable[[], None]) -> None:
    if shutil.which("msgfmt") is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("msgfmt is missing: apt install gettext")
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Database"\nmsgstr "Anfitrión"\n'
    )
    subprocess.run(["msgfmt", "-o", "django.mo", "django.po"], cwd=folder, check=True, timeout=60)
    with site([], [("databases", "status.providers.django.stats.databases")], LOCALE_PATHS=[str(tmp_path)], **LOCALE):
        fresh_catalogues()
        told = text(spanish("/status/stats/"))
    assert "Base de datos" in told
    assert "Anfitrión" not in told


def test_labels_of_a_project_are_in_the_language_too() -> None:
    from django.utils.translation import gettext_lazy

    label: Any = gettext_lazy("Monday")  # of Django's own catalogue
    with site([Provider("db", f"{HERE}.passing", label=label), *HEALTH], **LOCALE):
        assert "lunes" in text(spanish()).lower()


def test_a_template_of_the_project_has_the_language(tmp_path: Path) -> None:
    (tmp_path / "status").mkdir()
    (tmp_path / "status" / "main.html").write_text("{{ language }} {{ direction }}")
    with site(TEMPLATES=[engine(tmp_path, app_dirs=True)], **LOCALE):
        assert spanish() == "es ltr"
