"""The composition root of query: the only place that names concrete things."""

from __future__ import annotations

from functools import partial
from time import monotonic

from phieu_schemas.topics import TOPICS
from services.query.adapters.key_tables import KeyTables
from services.query.api.door import Door
from services.query.api.operations import operations
from services.query.handlers import PATTERN, Projection
from services.query.settings import QuerySettings
from services.query.store import FOLDER, TABLES
from services.runtime import health, http
from services.runtime.after import After
from services.runtime.clock import now
from services.runtime.consumer import Consumer
from services.runtime.facts import Brands
from services.runtime.housekeeping import Housekeeping
from services.runtime.keys import KeyRing, MasterKey
from services.runtime.objects import Objects
from services.runtime.opener import KeyOpener
from services.runtime.postgres import RUNTIME_SQL, SESSION, Pool, answers, migrate, opened, pool
from services.runtime.reader import Reader
from services.runtime.redrive import reading_commands
from services.runtime.service import Service

NAME = "query"
MIGRATIONS = [RUNTIME_SQL / "reader", FOLDER]
SOURCES = frozenset(writer for topic in TOPICS if NAME in topic.readers for writer in topic.writers)
IN_UTC = f"{SESSION} -c timezone=UTC"


def build(settings: QuerySettings | None = None) -> Service:
    """The whole service, not yet running."""
    given = settings or QuerySettings()
    asked = pool(given.dsn.get_secret_value(), NAME, size=given.pool_size, options=IN_UTC)
    folds = pool(given.dsn.get_secret_value(), NAME, size=2, options=IN_UTC)
    keys = pool(given.keys_dsn.get_secret_value(), "keys", size=2)
    ring = _ring(given, keys)
    brands = Brands(folds)
    after = After(asked, SOURCES)
    reader = Reader(pool=folds, projection=Projection(ring.forget), opener=KeyOpener(ring), known_facts=brands.sequence)

    def folded() -> None:
        after.wake()
        brands.wake()

    consumer = Consumer(
        settings=given,
        service=NAME,
        pattern=PATTERN,
        pool=folds,
        reader=reader,
        declared=brands.refresh,
        folded=folded,
    )
    objects = Objects(given.attachments_url)
    door = Door(pool=asked, brands=brands, ring=ring, objects=objects, after=after, clock=now)
    checks: dict[str, health.Check] = {
        "postgres": partial(answers, asked),
        "key store": KeyTables(keys).ready,
        "log": consumer.ready,
    }

    async def prepare() -> None:
        await opened(asked)
        await migrate(asked, NAME, MIGRATIONS)
        await folds.open()
        await keys.open()

    return Service(
        name=NAME,
        settings=given,
        app=http.application(NAME, operations(door), health.routes(checks)),
        loops=[Housekeeping(folds, TABLES), ring, brands, consumer],
        opening=[prepare],
        closing=[asked.close, folds.close, keys.close],
        commands=reading_commands(folds, reader, TABLES),
    )


def _ring(given: QuerySettings, keys: Pool) -> KeyRing:
    master = MasterKey(given.master_key_file)
    return KeyRing(pool=keys, master=master, cache_seconds=given.key_cache_seconds, clock=monotonic)
