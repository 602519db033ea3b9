"""Under which name a file is saved."""

from __future__ import annotations

import pytest

from services.query.api.mine import disposition


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("scan.pdf", "attachment; filename=\"scan.pdf\"; filename*=UTF-8''scan.pdf"),
        ("hoá đơn.pdf", "attachment; filename=\"ho_ __n.pdf\"; filename*=UTF-8''ho%C3%A1%20%C4%91%C6%A1n.pdf"),
        (
            'a"\r\nSet-Cookie: x',
            "attachment; filename=\"a___Set-Cookie_ x\"; filename*=UTF-8''a%22%0D%0ASet-Cookie%3A%20x",
        ),
        ("", "attachment; filename=\"file\"; filename*=UTF-8''file"),
    ],
)
def test_a_file_is_saved_under_its_name_and_nothing_else_gets_into_the_header(name: str, header: str) -> None:
    assert disposition(name) == header
