"""The only file that subscribes: FastStream delivers raw batches, this decides what becomes of each partition.

FastStream's and aiokafka's defaults lose data; here nothing is acknowledged to Kafka that counts: positions are the
checkpoints in Postgres, Kafka's own offsets are a hint for lag displays. Records are taken only from partitions that
were positioned by their stored checkpoint. Whatever goes wrong with a batch, its partitions are positioned anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from phieu_schemas.topics import BRAND_FACTS
from services.runtime.delivery import Place, Raw, raw_of
from services.runtime.errors import FencedError, RetryableError
from services.runtime.metrics import LAG, STOPPED, WAITING_FACTS
from services.runtime.postgres import RUNTIME_SQL, Pool, queries, reachable
from services.runtime.reader import Reader, TooManyParkedError
from services.runtime.settings import LogSettings

LOG = logging.getLogger(__name__)
SQL = queries(RUNTIME_SQL / "reader")
MAX_RECORDS = 1_000
BATCH_MS = 10
TEND_SECONDS = 0.02
HINT_SECONDS = 1.0
START_SECONDS = 1.0
END_SECONDS = 2.0
WAIT_SECONDS = {"facts": 0.05, "keys": 0.5, "store": 0.5, "leader": 5.0, "position": 0.0}
"""Why a partition rests, and for how long before it is looked at again; one that is "stopped" needs a person."""


class RawCodec:
    """Bytes out, records in: FastStream neither parses nor decodes anything."""

    async def decode(self, msg: Any) -> Any:
        """The record as it came."""
        return msg.raw_message

    async def decode_batch(self, msg: Any) -> Any:
        """The records as they came."""
        return msg.raw_message

    async def encode(self, msg: Any, _serializer: Any = None) -> tuple[Any, None]:
        """Nothing is published through FastStream; its protocol asks for this."""
        return msg, None

    async def encode_batch(self, msgs: Sequence[Any], _serializer: Any = None) -> list[tuple[Any, None]]:
        """As above."""
        return [(msg, None) for msg in msgs]


async def parse(records: Sequence[Any]) -> KafkaMessage:
    """A batch as FastStream's message, headers untouched: a header that is null or not UTF-8 must not drop it."""
    return KafkaMessage(
        body=b"",
        headers={},
        batch_headers=[],
        raw_message=tuple(records),
        message_id="",
        consumer=FAKE_CONSUMER,
    )


class Consumer:
    """A member of its service's group, as a supervised loop."""

    name = "consumer"

    def __init__(
        self,
        *,
        settings: LogSettings,
        service: str,
        pattern: str,
        pool: Pool,
        reader: Reader,
        declared: Callable[[], Awaitable[None]],
        folded: Callable[[], None],
    ) -> None:
        """`pattern` matches the topics; `declared` is called after new brand facts, `folded` after any batch."""
        self.settings = settings
        self.service = service
        self.pattern = pattern
        self.pool = pool
        self.reader = reader
        self.declared = declared
        self.folded = folded
        self.lock = asyncio.Lock()
        self.next: dict[Place, int] = {}
        self.idle: dict[Place, tuple[str, float]] = {}
        self.targets: dict[Place, int] | None = None
        self.stopping = False
        self.subscriber: Any = None

    @property
    def client(self) -> Any:
        """The running client library's consumer, or None."""
        return self.subscriber.consumer if self.subscriber else None

    async def run(self) -> None:
        """Join the group and tend the partitions until stopped; a broker that is away is tried again."""
        broker = await self._joined()
        if broker is None:
            return
        hint = 0.0
        try:
            while not self.stopping:
                await asyncio.sleep(TEND_SECONDS)
                self._must_live()
                await self._tend()
                if self._now() >= hint:
                    hint = self._now() + HINT_SECONDS
                    await self._look_again()
                    await self._hint()
        finally:
            async with self.lock:
                await self._hint()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(broker.stop(), 10)

    async def stop(self) -> None:
        """Finish the batch in hand, then leave the group."""
        self.stopping = True

    async def ready(self) -> str | None:
        """A readiness check: None once everything that was there at the start has been folded, and nothing stands."""
        if self.targets is None:
            return "has not joined its group"
        if any(why == "position" for why, _ in self.idle.values()):
            return "is taking up its partitions"
        if any(self.next.get(place, end) < end for place, end in self.targets.items() if place in self.next):
            return "is catching up"
        stopped = [place for place, (why, _) in self.idle.items() if why == "stopped"]
        return f"{len(stopped)} partitions stand: the log says why" if stopped else None

    async def _joined(self) -> KafkaBroker | None:
        while not self.stopping:
            broker = self._broker()
            try:
                await broker.start()
            except (KafkaError, OSError) as error:
                LOG.warning("the broker is away", extra={"error": type(error).__name__})
                with contextlib.suppress(Exception):
                    await broker.stop()
                await asyncio.sleep(START_SECONDS)
            else:
                return broker
        return None

    def _broker(self) -> KafkaBroker:
        broker = KafkaBroker(
            self.settings.brokers,
            client_id=self.service,
            codec=RawCodec(),
            apply_types=False,
            allow_auto_create_topics=False,
            ack_policy=AckPolicy.MANUAL,
            logger=logging.getLogger("kafka.faststream"),
            metadata_max_age_ms=self.settings.metadata_max_age_ms,
        )
        self.subscriber = broker.subscriber(
            pattern=self.pattern,
            group_id=self.service,
            batch=True,
            max_records=MAX_RECORDS,
            batch_timeout_ms=BATCH_MS,
            auto_offset_reset="earliest",
            session_timeout_ms=self.settings.session_timeout_ms,
            heartbeat_interval_ms=self.settings.session_timeout_ms // 4,
            rebalance_timeout_ms=60_000,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            parser=parse,
            listener=Rebalance(self),
        )
        self.subscriber(self.on_batch)
        return broker

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _must_live(self) -> None:
        """A dead consume loop is a dead process."""
        for task in self.subscriber.tasks:
            if task.done() and not self.stopping:
                raise ConsumeLoopEndedError

    # --- batches ---

    async def on_batch(self, records: Sequence[Any]) -> None:
        """Take a batch; never raises: FastStream would go on as if the batch were done."""
        async with self.lock:
            batch: Iterable[Place] = {raw_of(record).place for record in records} & self.next.keys() - self.idle.keys()
            try:
                mine = await self._mine(records)
                batch = mine
                await self._take(mine)
            except FencedError:
                self.rest(batch, "position")
            except TooManyParkedError as error:
                place = {"topic": error.place.topic, "partition": error.place.partition, "offset": error.offset}
                LOG.critical(
                    "a partition stops: too many records in a row cannot be folded",
                    extra={**place, "cause": error.cause},
                )
                self.rest(batch, "store")
                self.rest([error.place], "stopped")
            except RetryableError:
                self.rest(batch, "store")
            except Exception:
                LOG.exception("a batch failed")
                self.rest(batch, "store")

    async def _mine(self, records: Sequence[Any]) -> dict[Place, list[Raw]]:
        """The records of partitions that are positioned and running, without those behind the checkpoint."""
        batch: dict[Place, list[Raw]] = {}
        for record in records:
            raw = raw_of(record)
            if raw.place in self.next and raw.place not in self.idle and raw.offset >= self.next[raw.place]:
                batch.setdefault(raw.place, []).append(raw)
        return {place: raws for place, raws in batch.items() if await self._is_current(place, raws[-1].offset)}

    async def _is_current(self, place: Place, last: int) -> bool:
        """Whether nothing was positioned anew since these records were fetched: else some between would be skipped."""
        client = self.client
        if client is None or _tp(place) not in client.assignment():
            return False
        return bool(await client.position(_tp(place)) > last)

    async def _take(self, batch: dict[Place, list[Raw]]) -> None:
        """Brand facts first: what else is in the batch may wait for them."""
        facts = {place: raws for place, raws in batch.items() if place.topic.startswith(f"{BRAND_FACTS.prefix}.")}
        if facts:
            await self._take_part(facts)
            await self.declared()
        rest = {place: raws for place, raws in batch.items() if place not in facts}
        if rest:
            await self._take_part(rest)
        self.folded()

    async def _take_part(self, part: dict[Place, list[Raw]]) -> None:
        taken = await self.reader.take(part, {place: self.next[place] for place in part})
        self.next |= taken.next
        for place, why in taken.waits.items():
            self.rest([place], why)

    def rest(self, places: Iterable[Place], why: str) -> None:
        """Pause these partitions; `_tend` positions them anew when their time has come."""
        client = self.client
        for place in places:
            self.idle[place] = (why, self._now() + WAIT_SECONDS.get(why, 0.0))
            if client and _tp(place) in client.assignment():
                client.pause(_tp(place))

    # --- partitions ---

    async def _tend(self) -> None:
        """Position and resume what has rested long enough."""
        due = {place: why for place, (why, at) in self.idle.items() if why != "stopped" and at <= self._now()}
        if due and self.client:
            await self._position(due)
        WAITING_FACTS.set(len([why for why, _ in self.idle.values() if why in {"facts", "keys"}]))
        STOPPED.set(len([why for why, _ in self.idle.values() if why == "stopped"]))

    async def _position(self, due: Mapping[Place, str]) -> None:
        """Outside the lock as long as others are asked; those that only waited for facts or keys ask for no end."""
        try:
            stored = await self._checkpoints(list(due))
        except RetryableError:
            async with self.lock:
                self.rest(due.keys() & self.idle.keys(), "store")
            return
        asked = [place for place, why in due.items() if why not in {"facts", "keys"}]
        ends = dict(zip(asked, await asyncio.gather(*map(self._end_of, asked)), strict=True))
        async with self.lock:
            for place in due.keys() & self.idle.keys():
                self._place(place, stored[place], ends.get(place, stored[place]))

    def _place(self, place: Place, stored: int, end: int | None) -> None:
        """Begin at the checkpoint; the first end that is heard of is what a start has to catch up with."""
        del self.idle[place]
        if end is None:
            self.rest([place], "leader")
            return
        self.targets = {place: end} | (self.targets or {})
        if stored > end:
            at = {"topic": place.topic, "partition": place.partition, "offset": stored}
            LOG.critical("a checkpoint lies beyond the end of its topic", extra=at)
            self.rest([place], "stopped")
        elif self.client and _tp(place) in self.client.assignment():
            self.next[place] = stored
            self.client.seek(_tp(place), stored)
            self.client.resume(_tp(place))

    async def _end_of(self, place: Place) -> int | None:
        """Each asks alone, and not for long: a partition without a leader keeps none but itself waiting."""
        try:
            ends = await asyncio.wait_for(self.client.end_offsets([_tp(place)]), END_SECONDS)
        except (KafkaError, TimeoutError) as error:
            LOG.warning(
                "a partition does not tell its end", extra={"topic": place.topic, "error": type(error).__name__}
            )
            return None
        return int(ends[_tp(place)])

    async def _look_again(self) -> None:
        """Position anew what was set back from outside (a rebuild), and what stands but was told to go on."""
        async with self.lock:
            running = [place for place in self.next if place not in self.idle]
            stopped = [place for place, (why, _) in self.idle.items() if why == "stopped"]
            with contextlib.suppress(RetryableError):
                stored = await self._checkpoints([*running, *stopped])
                self.rest([place for place in running if stored[place] != self.next[place]], "position")
                self.rest([place for place in stopped if self.reader.parks_at(place, stored[place])], "position")

    async def _checkpoints(self, places: Sequence[Place]) -> dict[Place, int]:
        wanted = {
            "topics": [place.topic for place in places],
            "partitions": [place.partition for place in places],
        }
        async with reachable(self.pool) as connection:
            await connection.execute(SQL["begin_checkpoints"], wanted)
            cursor = await connection.execute(SQL["checkpoints"], wanted)
            rows = await cursor.fetchall()
        self.reader.park_until |= {Place(topic, partition): until for topic, partition, _, until in rows}
        return {Place(topic, partition): offset for topic, partition, offset, _ in rows}

    async def _hint(self) -> None:
        """Tell Kafka how far we are, for lag displays, and our own metrics too."""
        client = self.client
        owned = {place: offset for place, offset in self.next.items() if client and _tp(place) in client.assignment()}
        if not client or not owned:
            return
        for place, offset in owned.items():
            end = client.highwater(_tp(place))
            if end is not None:
                LAG.labels(place.topic, place.partition).set(max(0, end - offset))
        with contextlib.suppress(KafkaError, TimeoutError):
            offsets = {_tp(place): offset for place, offset in owned.items()}
            await asyncio.wait_for(client.commit(offsets), HINT_SECONDS)


class Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """What happens to partitions that come and go."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Wait for the batch in hand, then forget the partitions."""
        async with self.consumer.lock:
            for tp in revoked:
                self.consumer.next.pop(Place(*tp), None)
                self.consumer.idle.pop(Place(*tp), None)
                with contextlib.suppress(KeyError):
                    LAG.remove(tp.topic, tp.partition)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Pause at once, before anything is awaited: records come before this callback has ended."""
        places = [Place(*tp) for tp in assigned]
        for place in places:
            self.consumer.next.pop(place, None)
        self.consumer.rest(places, "position")
        if not places and self.consumer.targets is None:
            self.consumer.targets = {}


class ConsumeLoopEndedError(Exception):
    """FastStream's consume loop ended by itself."""


def _tp(place: Place) -> TopicPartition:
    return TopicPartition(place.topic, place.partition)
