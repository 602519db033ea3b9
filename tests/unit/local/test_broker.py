"""What the broker is told before it starts."""

from __future__ import annotations

from base64 import urlsafe_b64decode

from infra.local.broker import cluster_id


def test_no_cluster_id_looks_like_an_option() -> None:
    ids = {cluster_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert [one for one in ids if one.startswith("-")] == []
    assert {len(urlsafe_b64decode(one + "==")) for one in ids} == {16}
