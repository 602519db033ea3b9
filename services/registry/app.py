"""The composition root of the registry: the only place that names concrete things."""

from __future__ import annotations

from functools import partial

from phieu_schemas.topics import BRAND_FACTS
from services.registry.adapters.admin_key import AdminKey
from services.registry.adapters.folders import Folders
from services.registry.adapters.publisher import Publisher
from services.registry.api.door import Door
from services.registry.api.operations import operations
from services.registry.decide import decide
from services.registry.settings import RegistrySettings
from services.registry.state import INITIAL, evolve
from services.registry.store import FOLDER, TABLES, BrandStore
from services.runtime import health, http
from services.runtime.ask import Decider
from services.runtime.housekeeping import Housekeeping
from services.runtime.postgres import RUNTIME_SQL, answers, migrate, opened, pool
from services.runtime.producer import Producer
from services.runtime.redrive import writing_commands
from services.runtime.relay import Relay
from services.runtime.restore import Restore
from services.runtime.service import Service
from services.runtime.topics import Topics
from services.runtime.writer import Writer

NAME = "registry"
DECIDER = Decider(decide=decide, evolve=evolve, initial=INITIAL, store=BrandStore())
MIGRATIONS = [RUNTIME_SQL / "writer", FOLDER]


def build(settings: RegistrySettings | None = None) -> Service:
    """The whole service, not yet running."""
    given = settings or RegistrySettings()
    store = pool(given.dsn.get_secret_value(), NAME, size=given.pool_size)
    commits = pool(given.dsn.get_secret_value(), NAME, size=2)
    restore = Restore(pool=store, decider=DECIDER, brokers=given.brokers, service=NAME, pattern=BRAND_FACTS.pattern)
    caught_up = restore.done.is_set
    relay = Relay(pool=commits, producer=Producer(given.brokers, NAME), service=NAME, caught_up=caught_up)
    writer = Writer(pool=commits, decider=DECIDER, committed=relay.wake, caught_up=caught_up)
    topics = Topics(given.brokers, partitions=given.topic_partitions, replication=given.topic_replication)
    publisher = Publisher(
        folders=Folders(given.brands_dir),
        pool=store,
        writer=writer,
        topics=topics,
        caught_up=caught_up,
    )
    door = Door(
        pool=store,
        writer=writer,
        publisher=publisher,
        admin=AdminKey(given.admin_key_file),
        trace_ratio=given.trace_ratio,
        caught_up=caught_up,
    )
    checks: dict[str, health.Check] = {"postgres": partial(answers, store), "own topics": restore.ready}

    async def prepare() -> None:
        await opened(store)
        await migrate(store, NAME, MIGRATIONS)
        await opened(commits)

    return Service(
        name=NAME,
        settings=given,
        app=http.application(NAME, operations(door), health.routes(checks)),
        loops=[Housekeeping(store, TABLES), restore, relay, writer, publisher],
        opening=[prepare],
        closing=[store.close, commits.close],
        commands=writing_commands(store, TABLES, DECIDER),
    )
