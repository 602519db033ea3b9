"""The tree as it is keeps every rule of the house."""

from __future__ import annotations

import pytest

from tests.architecture.rules import RULES, Rule
from tests.architecture.tree import Tree

TREE = Tree()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps(rule: Rule) -> None:
    found = list(rule(TREE))
    assert not found, "\n".join([f"{rule.__doc__}", *found])
