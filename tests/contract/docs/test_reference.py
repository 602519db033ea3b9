"""The reference pages say what the code says."""

from __future__ import annotations

import pytest

from docs.reference.generate import FOLDER, page
from docs.reference.pages import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_current(name: str) -> None:
    assert (FOLDER / f"{name}.md").read_text(encoding="utf-8") == page(name), "run `make schemas`"


def test_every_setting_metric_and_refusal_has_a_sentence() -> None:
    for name in ("settings", "metrics", "refusals"):
        rows = [line for line in page(name).splitlines() if line.startswith("| `")]
        assert rows
        assert all(line.split("|")[-2].strip() not in {"", "None"} for line in rows)
