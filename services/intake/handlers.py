"""Facts in: intake folds nothing but brand facts."""

from __future__ import annotations

from services.runtime.facts import KeepFacts

PATTERN = r"^brand-facts\.[a-z0-9-]+$"
PROJECTION = KeepFacts()
