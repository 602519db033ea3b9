"""Every rule of the house, in one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.architecture import addresses, layout, pages, sizes, words
from tests.architecture.tree import Tree

Rule = Callable[[Tree], Iterator[str]]

RULES: tuple[Rule, ...] = (
    sizes.short_files,
    sizes.short_functions,
    sizes.short_decisions,
    sizes.few_comments,
    words.docstrings,
    words.public_docstrings,
    words.return_types,
    words.late_annotations,
    words.nothing_unfinished,
    words.reasoned_suppressions,
    words.telling_names,
    words.kafka_holders,
    words.schemas_stand_alone,
    layout.nothing_stray_at_the_root,
    layout.a_root_that_is_complete,
    layout.short_readmes,
    layout.one_inner_shape,
    layout.packages_say_so,
    layout.tests_mirror_rooms,
    layout.every_core_is_tested,
    layout.every_room_is_tested,
    pages.links_lead_somewhere,
    pages.one_shape_of_records,
    pages.records_are_listed,
    addresses.no_package_store_named,
    addresses.pins_have_hashes_and_no_address,
    addresses.the_contract_builds_offline,
)
