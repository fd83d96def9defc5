"""What each provider of stats costs: `python benchmarks/stats.py`. Exit code 1 when a limit is missed.

Databases with 2,000 tables, a Redis with a million keys, 200 Celery workers that answer, each on private servers and in
a process of its own, since each has settings of its own. Takes three minutes. MariaDB, memcached and RabbitMQ have to
be installed.
"""

from __future__ import annotations

import subprocess
import sys

from children import HERE

PARTS = ("stats_databases.py", "stats_caches.py", "stats_celery.py")

if __name__ == "__main__":
    sys.exit(max(subprocess.run([sys.executable, HERE / part]).returncode for part in PARTS))
