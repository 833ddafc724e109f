"""Bodies read once: the same bytes mean the same for ever, and one letter is opened again and again on its way."""

from __future__ import annotations

from functools import lru_cache

from server.intake import delivery
from sync.event import read

BODIES_REMEMBERED = 4_096

read_once = lru_cache(BODIES_REMEMBERED)(read)
delivery.read = read_once  # type: ignore[assignment]
