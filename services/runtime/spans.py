"""Reading a known span of topics, outside any group: for a writer's own past, never for deciding anything new."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.delivery import Place, Raw, raw_of

POLL_MS = 500


async def read_span(brokers: Sequence[str], pattern: str, starts: Mapping[Place, int]) -> AsyncIterator[list[Raw]]:
    """Every record of the topics that match the pattern, from `starts` (0 where not named) to their end as of now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=list(brokers), enable_auto_commit=False, auto_offset_reset="none")
    try:
        await consumer.start()
        client = consumer._client  # noqa: SLF001 - the public calls forget the partitions and ask topic by topic
        cluster = await client.fetch_all_metadata()
        topics = sorted(topic for topic in cluster.topics() if re.match(pattern, topic))
        places = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in cluster.partitions_for_topic(topic) or ()
        ]
        await client.set_topics(topics)
        ends = await consumer.end_offsets(places) if places else {}
        at = {place: starts.get(Place(*place), 0) for place in places}
        left = {place for place in places if at[place] < ends[place]}
        consumer.assign(sorted(left))
        for place in left:
            consumer.seek(place, at[place])
        while left:
            found = await consumer.getmany(*left, timeout_ms=POLL_MS, max_records=2_000)
            yield [raw_of(record) for records in found.values() for record in records]
            for place in sorted(left):
                if await consumer.position(place) >= ends[place]:
                    left.discard(place)
    finally:
        await consumer.stop()
