"""When a certificate has to be renewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any


def is_due(state: Mapping[str, Any], early_renewal_hours: Any) -> bool:
    """Whether a certificate has ended, or ends within so many hours. What is not known is not due."""
    end = state.get("validityEndTime")
    if not isinstance(end, str) or not isinstance(early_renewal_hours, int | float):
        return False
    return datetime.now(UTC) >= datetime.fromisoformat(end) - timedelta(hours=early_renewal_hours)
