"""Only what the broker says of a record counts against the record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiokafka import errors

from services.runtime.relay import BatchFailedError

OF_A_RECORD = {
    "MessageSizeTooLargeError",
    "RecordTooLargeError",
    "RecordListTooLargeError",
    "InvalidTimestampError",
    "CorruptRecordException",
}


def kinds(of: type[Exception]) -> Iterator[type[Exception]]:
    """An error class and all below it."""
    yield of
    for one in of.__subclasses__():
        yield from kinds(one)


@pytest.mark.parametrize("kind", sorted({*kinds(errors.KafkaError), TimeoutError, OSError}, key=str))
def test_an_error_counts_against_a_record_if_it_speaks_of_the_record(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    assert BatchFailedError([1], error).refused == (kind.__name__ in OF_A_RECORD)
