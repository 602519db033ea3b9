"""The raw topics, as an outsider dumps them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

NAMES = ("ce_id", "ce_source", "ce_type", "ce_time", "ce_brand")
Ends = dict[tuple[str, int], int]
"""Where each partition ends; an empty one is left out."""


class Line(NamedTuple):
    """One record of a topic; headers as text, and as they came."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]
    raw_headers: Sequence[tuple[str, bytes | None]] = ()

    @property
    def subject(self) -> str:
        """Whose event it says it is."""
        return self.headers.get("ce_subject", "")

    @property
    def is_event(self) -> bool:
        """Whether it is an event at all, and not something that was thrown into the topic."""
        is_numbered = self.headers.get("ce_sequence", "").isdigit()
        return is_numbered and self.key == self.subject.encode() != b"" and all(map(self.headers.get, NAMES))

    @property
    def place(self) -> tuple[str, str, int]:
        """Subject, source and sequence: what makes it one event."""
        return self.subject, self.headers["ce_source"], int(self.headers["ce_sequence"])


def ends_of(lines: Iterable[Line]) -> Ends:
    """Where these records end."""
    found: Ends = {}
    for line in lines:
        place = (line.topic, line.partition)
        found[place] = max(found.get(place, 0), line.offset + 1)
    return found


async def ends(broker: str, topic: str) -> Ends:
    """Where the topic ends now."""
    async with _reading(broker, [topic]) as (_, found):
        return {(place.topic, place.partition): end for place, end in found.items() if end}


async def dump(broker: str, topics: Sequence[str]) -> list[Line]:
    """Every record of these topics, in partition order."""
    lines: list[Line] = []
    async with _reading(broker, topics) as (consumer, ending):
        left = {place for place, end in ending.items() if end}
        consumer.assign(left)
        await consumer.seek_to_beginning(*left)
        while left:
            found = await consumer.getmany(*left, timeout_ms=500, max_records=5_000)
            lines += [_line(record) for records in found.values() for record in records]
            left = {place for place in left if await consumer.position(place) < ending[place]}
    return sorted((line for line in lines if line.offset < _end(ending, line)), key=lambda line: line[:3])


def _end(ending: dict[TopicPartition, int], line: Line) -> int:
    return ending[TopicPartition(line.topic, line.partition)]


@asynccontextmanager
async def _reading(broker: str, topics: Sequence[str]) -> AsyncIterator[tuple[Any, dict[TopicPartition, int]]]:
    """A consumer outside any group, and where each partition ends."""
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False)
    try:
        await consumer.start()
        cluster = await consumer._client.fetch_all_metadata()
        places = [TopicPartition(topic, number) for topic in topics for number in _partitions(cluster, topic)]
        await consumer._client.set_topics(topics)
        yield consumer, await consumer.end_offsets(places) if places else {}
    finally:
        await consumer.stop()


def _partitions(cluster: Any, topic: str) -> Iterable[int]:
    return sorted(cluster.partitions_for_topic(topic) or ())


def _line(record: Any) -> Line:
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    return Line(record.topic, record.partition, record.offset, record.key, record.value, headers, record.headers)
