"""What the checks of hosts and ports share: connections bounded as a whole, TLS, and HTTP over them."""

from __future__ import annotations
