"""The raw topics, as an outsider dumps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition


class Line(NamedTuple):
    """One record of a topic, headers as text."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]

    @property
    def subject(self) -> str:
        """Whose event it says it is."""
        return self.headers.get("ce_subject", "")

    @property
    def is_event(self) -> bool:
        """Whether it is an event at all, and not something that was thrown into the topic."""
        return self.headers.get("ce_sequence", "").isdigit() and self.key == self.subject.encode() != b""

    @property
    def place(self) -> tuple[str, str, int]:
        """Subject, source and sequence: what makes it one event."""
        return self.subject, self.headers["ce_source"], int(self.headers["ce_sequence"])


async def dump(broker: str, topics: Sequence[str]) -> list[Line]:
    """Every record of these topics, in partition order."""
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False)
    await consumer.start()
    lines: list[Line] = []
    try:
        cluster = await consumer._client.fetch_all_metadata()
        places = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in cluster.partitions_for_topic(topic) or ()
        ]
        await consumer._client.set_topics(topics)
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            found = await consumer.getmany(timeout_ms=500, max_records=5_000)
            lines += [_line(record) for records in found.values() for record in records]
    finally:
        await consumer.stop()
    return sorted(lines, key=lambda line: line[:3])


def _line(record: Any) -> Line:
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    return Line(record.topic, record.partition, record.offset, record.key, record.value, headers)
