"""The composition root of intake: the only place that names concrete things."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from time import monotonic

from phieu_schemas.topics import TICKET_EVENTS
from services.intake.adapters.eraser import Eraser
from services.intake.adapters.erasure_book import ErasureBook
from services.intake.adapters.hands import Hands
from services.intake.adapters.policies import Policies
from services.intake.adapters.sweeper import Sweeper
from services.intake.api.door import Door
from services.intake.api.operations import operations
from services.intake.commands import Command
from services.intake.decide import decide
from services.intake.handlers import PATTERN, PROJECTION
from services.intake.settings import IntakeSettings
from services.intake.state import INITIAL, Ticket, evolve
from services.intake.store import FOLDER, TABLES, TicketStore
from services.runtime import health, http
from services.runtime.ask import Decider
from services.runtime.clock import now
from services.runtime.consumer import Consumer
from services.runtime.facts import Brands
from services.runtime.housekeeping import Housekeeping
from services.runtime.keys import KeyRing, KeyStock, MasterKey
from services.runtime.objects import Objects
from services.runtime.opener import Sealed
from services.runtime.postgres import RUNTIME_SQL, Pool, answers, migrate, opened, pool
from services.runtime.producer import Producer
from services.runtime.reader import Reader
from services.runtime.redrive import reading_commands, writing_commands
from services.runtime.relay import Relay
from services.runtime.restore import Restore
from services.runtime.service import Service
from services.runtime.writer import Writer

NAME = "intake"
DECIDER = Decider(decide=decide, evolve=evolve, initial=INITIAL, store=TicketStore())
MIGRATIONS = [RUNTIME_SQL / "writer", RUNTIME_SQL / "reader", FOLDER]


def build(settings: IntakeSettings | None = None) -> Service:
    """The whole service, not yet running."""
    given = settings or IntakeSettings()
    pools = Pools.of(given)
    ring = _ring(given, pools.keys)
    stock = KeyStock(ring)
    brands = Brands(pools.store)
    restore, relay, writer = _write_side(given, pools)
    caught_up = restore.done.is_set
    objects = Objects(given.attachments_url)
    eraser = Eraser(book=ErasureBook(pools.store), writer=writer, stock=stock, objects=objects, caught_up=caught_up)
    sweeper = Sweeper(pool=pools.store, stock=stock, objects=objects, brands=brands, caught_up=caught_up, clock=now)
    reader = Reader(pool=pools.store, projection=PROJECTION, opener=Sealed(), known_facts=brands.sequence)
    consumer = _consumer(given, pools.store, reader, brands)
    door = Door(
        pool=pools.store,
        writer=writer,
        brands=brands,
        policies=Policies(),
        ring=ring,
        stock=stock,
        objects=objects,
        eraser=eraser,
        hands=Hands(given.body_bytes),
        public_url=given.public_url.rstrip("/"),
        trace_ratio=given.trace_ratio,
        clock=now,
        caught_up=caught_up,
    )
    checks: dict[str, health.Check] = {
        "postgres": partial(answers, pools.store),
        "key stock": stock.ready,
        "own topics": restore.ready,
        "brand facts": consumer.ready,
    }
    housekeeping = Housekeeping(pools.store, TABLES)
    return Service(
        name=NAME,
        settings=given,
        app=http.application(NAME, operations(door), health.routes(checks)),
        loops=[housekeeping, ring, restore, stock, brands, consumer, relay, eraser, sweeper, writer],
        opening=[pools.open],
        closing=[pools.store.close, pools.commits.close, pools.keys.close],
        commands={
            **reading_commands(pools.store, reader, TABLES),
            **writing_commands(pools.store, TABLES, DECIDER),
        },
    )


def _write_side(given: IntakeSettings, pools: Pools) -> tuple[Restore[Ticket], Relay, Writer[Ticket, Command]]:
    """What decides and publishes, once the own past has been read."""
    restore = Restore(
        pool=pools.store, decider=DECIDER, brokers=given.brokers, service=NAME, pattern=TICKET_EVENTS.pattern
    )
    caught_up, producer = restore.done.is_set, Producer(given.brokers, NAME)
    relay = Relay(pool=pools.commits, producer=producer, service=NAME, caught_up=caught_up)
    return restore, relay, Writer(pool=pools.commits, decider=DECIDER, committed=relay.wake, caught_up=caught_up)


def _ring(given: IntakeSettings, keys: Pool) -> KeyRing:
    master = MasterKey(given.master_key_file)
    return KeyRing(pool=keys, master=master, cache_seconds=given.key_cache_seconds, clock=monotonic)


def _consumer(given: IntakeSettings, store: Pool, reader: Reader, brands: Brands) -> Consumer:
    return Consumer(
        settings=given,
        service=NAME,
        pattern=PATTERN,
        pool=store,
        reader=reader,
        declared=brands.refresh,
        folded=brands.wake,
    )


@dataclass(frozen=True, slots=True)
class Pools:
    """Connections, by what they are for: a full pool of one keeps none of the others waiting."""

    store: Pool
    commits: Pool
    keys: Pool

    @staticmethod
    def of(given: IntakeSettings) -> Pools:
        """The pools, not yet open."""
        dsn = given.dsn.get_secret_value()
        return Pools(
            store=pool(dsn, NAME, size=given.pool_size),
            commits=pool(dsn, NAME, size=2),
            keys=pool(given.keys_dsn.get_secret_value(), "keys", size=2),
        )

    async def open(self) -> None:
        """Open them and bring both schemas up to date."""
        await opened(self.store)
        await migrate(self.store, NAME, MIGRATIONS)
        await opened(self.commits)
        await opened(self.keys)
        await migrate(self.keys, "keys", [RUNTIME_SQL / "keys"])
