"""A person is erased: no byte of what they said stays on any disk, and everything that reads the log goes on."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from infra.local.demo import subscriber
from infra.local.stack import Stack
from tests.e2e.byte_scan import places, planted
from tests.e2e.checker.agreement import check_rows
from tests.e2e.checker.fold import fold, keys_of
from tests.e2e.checker.log import Line, dump
from tests.e2e.checker.rows import rows_of
from tests.e2e.customer import Customer, Program, Sent, visitor
from tests.e2e.rebuilt import faults_of_rebuild

MODEL = "congsoxanh"
SAID = ("name", "organisation", "job_title", "email", "content", "added", "page", "first", "second", "third")
PERSONAL_COLUMNS = ["ticket.fields", "message.content", "attachment.name"]
TRACES = "traces"
PATIENCE_SECONDS = 30.0

Places = set[tuple[str, str]]


class Person:
    """Somebody made up who says a lot: by the API, on the page, in files, and in requests that are refused."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.words = planted()
        self._try_in_vain()
        first = customer.send(self.words.fields("content"), self.words.file("first"))
        first = customer.add(first, f"Thêm: {self.words.word('added')}", self.words.file("second"))
        second = customer.fill_in(self.words.fields("page"), self.words.file("third"))
        self.tickets = [first, second]
        self.files = [self._read(sent) for sent in self.tickets]

    def _try_in_vain(self) -> None:
        fields, (name, content) = self.words.fields("refused"), self.words.file("refused")
        assert self.customer.ask(fields, (f"{name}.exe", content)).status_code == 422
        assert self.customer.ask(fields, (name, content + b"\0")).status_code == 422
        assert self.customer.ask(fields | {"email": f"{self.words.mark}@"}).status_code == 422

    def _read(self, sent: Sent) -> str:
        """Read it in every way, as those do who will be asked to have forgotten it; gives the id of a file."""
        mine = self.customer.mine(sent)
        assert self.words.are_in(str(mine))
        assert self.words.are_in(self.customer.page(sent))
        attachment_id = str(mine["messages"][0]["attachments"][0]["attachment_id"])
        assert self.words.are_in(self.customer.download(sent, attachment_id).text)
        return attachment_id

    def erased(self, program: Program) -> None:
        """Have it all erased, and wait until query knows."""
        assert sorted(program.erase(self.words.email)) == sorted(sent.ticket_id for sent in self.tickets)
        assert within(lambda: all(self.customer.mine(sent)["erased"] for sent in self.tickets))


class Scene:
    """Two people said and did the same on a brand of their own; one is erased; the disk is scanned before and after."""

    def __init__(self, platform: Stack, http: httpx.Client, brand: str, heard: Path) -> None:
        self.platform = platform
        self.brand = brand
        self.heard = heard
        self.trace = secrets.token_hex(16)
        http.headers["traceparent"] = f"00-{self.trace}-{secrets.token_hex(8)}-01"
        self.customer = Customer(http, brand)
        self.program = Program(platform, http, brand)
        self.gone, self.other = Person(self.customer), Person(self.customer)
        self.samples = samples(platform)
        assert within(lambda: self.trace in spans(platform))
        at_rest(platform)
        self.before = self.scan()
        self.gone.erased(self.program)
        at_rest(platform, "VACUUM (FULL)")
        self.after = self.scan()

    @property
    def topic(self) -> str:
        """Where the brand's tickets are told of."""
        return f"ticket-events.{self.brand}"

    def scan(self) -> Places:
        """Where anything of the two lies, or what must be found: the brand's name and the trace of all requests."""
        people = (self.gone.words, self.other.words)
        marks = [mark for words in people for mark in (words.mark, words.phone)]
        return places(self.platform.folder.path, [*marks, self.brand, self.trace])

    async def lines(self) -> list[Line]:
        """The brand's log."""
        return await dump(self.platform.values["KAFKA_BOOTSTRAP_SERVERS"], [self.topic])


def spans(platform: Stack) -> str:
    """What the processes have left of their traces so far."""
    return "".join(file.read_text(errors="replace") for file in (platform.folder.path / TRACES).glob("*"))


def of(person: Person, found: Places) -> Places:
    """What was found of one person."""
    return {(place, person.words.plain(word)) for place, word in found if person.words.are_in(word)}


def in_database(person: Person) -> Places:
    """What query has to show of one person: everything they said but the insides of their files."""
    return {("postgres", person.words.word(place)) for place in SAID} | {("postgres", person.words.phone)}


def on_server(platform: Stack, database: str) -> psycopg.Connection[tuple[object, ...]]:
    """The server, as its owner."""
    assert platform.postgres
    return psycopg.connect(make_conninfo(platform.postgres.admin_dsn, dbname=database), autocommit=True)


def at_rest(platform: Stack, *first: str) -> None:
    """Nothing but the data files holds data: what was logged ahead of them is gone."""
    for database in ("phieu", "phieu_keys"):
        with on_server(platform, database) as connection:
            for command in (*first, "CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"):
                connection.execute(command.encode())


def samples(platform: Stack) -> list[str]:
    """The columns with what customers wrote of which the planner keeps values, for longer than the row lives."""
    question = "SELECT tablename || '.' || attname FROM pg_stats WHERE schemaname = 'query'"
    with on_server(platform, "phieu") as connection:
        connection.execute("ANALYZE")
        found = [str(name) for (name,) in connection.execute(question)]
    assert "ticket.number" in found
    return [name for name in found if name in PERSONAL_COLUMNS]


@contextmanager
def listening(platform: Stack, topic: str, heard: Path) -> Iterator[None]:
    """The twenty lines of the package's README, run apart from this folder; what they print goes to a file."""
    broker = platform.values["KAFKA_BOOTSTRAP_SERVERS"]
    program = subscriber().replace("asyncio.run(main())", f"asyncio.run(main({topic!r}, {broker!r}))")
    with heard.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-I", "-u", "-c", program], cwd="/", stdout=out, stderr=out)
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)


def within(is_so: Callable[[], bool]) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (so := is_so()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return so


@pytest.fixture(scope="module")
def scene(platform: Stack, brands_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Played once: the tests below look at it from all sides."""
    brand, heard = f"quen-{secrets.token_hex(4)}", tmp_path_factory.mktemp("subscriber") / "heard"
    shutil.copytree(brands_folder / MODEL, brands_folder / brand)
    with visitor(platform) as http:
        assert within(lambda: Customer(http, brand).ask().status_code == 201)
        with listening(platform, f"ticket-events.{brand}", heard):
            yield Scene(platform, http, brand, heard)
    shutil.rmtree(brands_folder / brand)


def test_before_an_erasure_all_that_was_said_lies_in_the_database_alone(scene: Scene) -> None:
    """Sealed everywhere else; and this is how the scan is known to see."""
    for person in (scene.gone, scene.other):
        assert of(person, scene.before) == in_database(person)
    seen = {place for place, word in scene.before if word.startswith((scene.brand, scene.trace))}
    assert {"attachments", "kafka", "logs", "postgres", TRACES} <= seen


def test_after_it_no_byte_of_the_person_is_on_any_disk(scene: Scene) -> None:
    assert of(scene.gone, scene.after) == set()
    assert of(scene.other, scene.after) == in_database(scene.other)


def test_the_planner_keeps_no_sample_of_what_customers_wrote(scene: Scene) -> None:
    assert scene.samples == []


def test_their_files_are_gone_and_nobody_elses(scene: Scene) -> None:
    folder = scene.platform.folder.attachments
    kept = {name: sum(path.is_file() for path in folder.rglob(f"{name}/*")) for name in ids(scene.gone, scene.other)}
    assert kept == dict.fromkeys(ids(scene.gone), 0) | dict(zip(ids(scene.other), (2, 1), strict=True))


def ids(*people: Person) -> list[str]:
    """The ids of their tickets."""
    return [sent.ticket_id for person in people for sent in person.tickets]


def test_query_and_the_pages_answer_that_it_is_erased(scene: Scene) -> None:
    for sent, attachment_id in zip(scene.gone.tickets, scene.gone.files, strict=True):
        mine = scene.customer.mine(sent)
        assert mine["erased"]
        record = scene.program.read(f"tickets/{sent.ticket_id}").text
        for shown in (str(mine), record, scene.customer.page(sent)):
            assert not scene.gone.words.are_in(shown)
        assert scene.customer.download(sent, attachment_id).status_code == 410
    for sent in scene.other.tickets:
        assert scene.other.words.are_in(scene.program.read(f"tickets/{sent.ticket_id}").text)


async def test_an_independent_fold_of_the_log_goes_on(scene: Scene) -> None:
    values = scene.platform.values
    keys = keys_of(values["KEYS_DSN"], Path(values["KEYS_MASTER_KEY_FILE"]))
    folded = fold(await scene.lines(), keys)
    assert {name for name, ticket in folded.items() if ticket["erased"]} == set(ids(scene.gone))
    assert scene.other.words.are_in(str(folded))
    assert not scene.gone.words.are_in(str(folded))
    assert check_rows(folded, rows_of(values["QUERY_DSN"], scene.brand)) == []


async def test_a_subscriber_without_a_key_goes_on(scene: Scene) -> None:
    scene.customer.send()
    whole = len(await scene.lines())
    assert within(lambda: len(heard_by(scene)) == whole), scene.heard.read_text()
    assert sum("was erased" in line for line in heard_by(scene)) == len(scene.gone.tickets)
    assert "was received" in heard_by(scene)[-1]


def heard_by(scene: Scene) -> list[str]:
    """What the subscriber printed, in the order of the times."""
    return sorted(scene.heard.read_text().splitlines())


def test_query_rebuilt_after_it_has_the_same_rows_and_nothing_comes_back(scene: Scene) -> None:
    assert faults_of_rebuild(scene.platform, "query") == []
    assert scene.customer.mine(scene.gone.tickets[0])["erased"]
    at_rest(scene.platform)
    assert of(scene.gone, scene.scan()) == set()
