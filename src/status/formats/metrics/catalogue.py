"""The metrics of checks and of who answers, declared. Those of what stats return are in `stats`."""

from __future__ import annotations

from .metric import PREFIX, Kind, Metric
from .stats import STATS

PLACE = ("resource", "provider", "component")
"""The three parts of a reference; a part that it does not have is empty, which Prometheus takes for no label at all."""

# States alone: what anyone sees who may see the resource's states.
STATE = Metric(f"{PREFIX}state", "Whether it is in this state: 1 for the one that counts, else 0.", (*PLACE, "state"))
RESOURCE_STATE = Metric(
    f"{PREFIX}resource_state",
    "Whether the resource as a whole is in this state, by the worst of its critical checks: 1 or 0.",
    ("resource", "state"),
)
LEFT_OUT = Metric(f"{PREFIX}left_out", "Components and values that this answer had no room for.")

# For who may see details.
SUCCESS = Metric(
    f"{PREFIX}value_success", "Whether a provider of a resource that is only shown gave a value: 1 or 0.", PLACE
)
DURATION = Metric(f"{PREFIX}duration_seconds", "How long its last run took, as the answering process saw it.", PLACE)
AGE = Metric(f"{PREFIX}age_seconds", "How long ago it was observed, as this answer was written.", PLACE)
FAILURES = Metric(f"{PREFIX}failures", "Failures in a row up to now, as the answering process counts.", PLACE)
VALUE = Metric(
    f"{PREFIX}value",
    "What a check measured, where it says in which unit: seconds, bytes and ratios as such, others as they are.",
    (*PLACE, "unit"),
)

# Of the host: all processes of the site added up.
RUNS = Metric(
    f"{PREFIX}runs_total", "Runs of the check that have ended, or passed their deadline.", PLACE, Kind.COUNTER
)
TIMEOUTS = Metric(f"{PREFIX}timeouts_total", "Runs that had not answered by their deadline.", PLACE, Kind.COUNTER)
ERRORS = Metric(f"{PREFIX}errors_total", "Runs that raised, or returned what can't be shown.", PLACE, Kind.COUNTER)

# Who answers.
BUILD = Metric(
    f"{PREFIX}build_info",
    "The versions of django-status, Django and Python, and the project's release.",
    ("version", "django", "python", "release"),
    Kind.INFO,
)
ANSWERED = Metric(f"{PREFIX}answered_info", "The host that answered.", ("host",), Kind.INFO)
PROCESS = Metric(
    f"{PREFIX}answered_process_id", "The process that answered: a value, since as a label it would never end."
)

FOR_ALL = (STATE, RESOURCE_STATE, LEFT_OUT)
OF_CHECKS = (SUCCESS, DURATION, AGE, FAILURES, VALUE)
OF_HOST = (RUNS, TIMEOUTS, ERRORS)
OF_WHO_ANSWERS = (BUILD, ANSWERED, PROCESS)

CATALOGUE: tuple[Metric, ...] = (
    *FOR_ALL,
    *OF_CHECKS,
    *OF_HOST,
    *OF_WHO_ANSWERS,
    *dict.fromkeys(stat.metric for stats in STATS.values() for stat in stats),
)
"""All that there are."""
