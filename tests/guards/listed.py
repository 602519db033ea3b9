"""The guards: what each one keeps from happening, the text that does it, and the test that must fail without it."""

from __future__ import annotations

from dataclasses import dataclass

RUNTIME = "services/runtime"
REAL = "tests/integration/runtime"
PURE = "tests/unit/runtime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One guard, and how to take it out: `text` stands once in `file` and gives way to `instead`."""

    name: str
    keeps: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]


GUARDS = (
    Guard(
        name="checkpoint compare-and-set",
        keeps="A member that was frozen while its partition moved on writes nothing.",
        file=f"{RUNTIME}/sql/reader/queries.sql",
        text=" AND c.next_offset = w.expected",
        instead="",
        tests=(f"{REAL}/test_reader.py::test_who_expects_another_position_writes_nothing",),
    ),
    Guard(
        name="producer rebuild",
        keeps="After a failed batch the broker would refuse everything that the same producer sends.",
        file=f"{RUNTIME}/relay.py",
        text="        await self.producer.discard()\n",
        instead="",
        tests=(f"{REAL}/test_relay.py::test_what_the_broker_refuses_is_held_with_its_ticket_and_the_rest_goes_on",),
    ),
    Guard(
        name="idempotency",
        keeps="The same key is decided once; other content under it is refused.",
        file=f"{RUNTIME}/writer.py",
        text="known = stored.get((ask.key, ask.scope))",
        instead="known = None",
        tests=(
            f"{REAL}/test_writer.py::test_other_content_under_one_key_is_refused",
            f"{REAL}/test_writer.py::test_a_refusal_is_said_again",
        ),
    ),
    Guard(
        name="ids of events",
        keeps="An event's id follows from its cause, so that a restore brings idempotency back too.",
        file=f"{RUNTIME}/ask.py",
        text='derived_id("event", self.scope, self.key, index)',
        instead='derived_id("event", id(self), index)',
        tests=(f"{REAL}/test_writer.py::test_an_answer_outlives_its_memory",),
    ),
    Guard(
        name="one bad command",
        keeps="What one command makes the database refuse fails no other of its batch.",
        file=f"{RUNTIME}/writer.py",
        text="if len(batch) > 1:",
        instead="if not batch:",
        tests=(f"{REAL}/test_writer.py::test_a_value_that_the_database_refuses_fails_only_its_own_command",),
    ),
    Guard(
        name="sequence gap",
        keeps="An event that came early waits for those before it.",
        file=f"{RUNTIME}/inbox.py",
        text="elif admit(self._last(item), _sequence(item)) == GAP:",
        instead='elif admit(self._last(item), _sequence(item)) == "never":',
        tests=(f"{REAL}/test_reader.py::test_a_gap_parks_and_closes", f"{PURE}/test_inbox_properties.py"),
    ),
    Guard(
        name="duplicates",
        keeps="What was applied is not applied again.",
        file=f"{RUNTIME}/inbox.py",
        text="if item.envelope and self._is_duplicate(item):",
        instead="if item.envelope and not item.subject:",
        tests=(f"{REAL}/test_reader.py::test_what_comes_twice_changes_nothing", f"{PURE}/test_inbox_properties.py"),
    ),
    Guard(
        name="no overtaking",
        keeps="Nothing of a ticket is applied behind a record of it that cannot be read.",
        file=f"{RUNTIME}/inbox.py",
        text="elif item.subject in self.blocked:",
        instead="elif not self.blocked:",
        tests=(f"{REAL}/test_poison.py::test_poison_parks_and_only_its_ticket_waits",),
    ),
    Guard(
        name="stale batch after a seek",
        keeps="Records that were fetched before the partition was positioned do not move the checkpoint.",
        file=f"{RUNTIME}/consumer.py",
        text=" if await self._is_current(place, raws[-1].offset)",
        instead="",
        tests=(f"{REAL}/test_consumer.py::test_a_batch_that_was_fetched_before_a_seek_is_dropped",),
    ),
    Guard(
        name="a second look at the checkpoints",
        keeps="A rebuild is noticed on topics where nothing new comes in.",
        file=f"{RUNTIME}/consumer.py",
        text="                    await self._look_again()\n",
        instead="",
        tests=(f"{REAL}/test_consumer.py::test_a_rebuild_folds_again_while_the_service_runs_and_all_is_quiet",),
    ),
    Guard(
        name="facts first",
        keeps="A ticket decided with newer brand facts waits until these are folded.",
        file=f"{RUNTIME}/reader.py",
        text="return item.envelope.facts > self.known_facts(item.envelope.brand)",
        instead="return False",
        tests=(f"{REAL}/test_reader.py::test_facts_ahead_hold_the_partition_until_they_are_folded",),
    ),
    Guard(
        name="opened when released",
        keeps="What waited sealed for its gap does not look erased when its time has come.",
        file=f"{RUNTIME}/reader.py",
        text="if await self.opener.open([item for item in parked if item.was_gap]):",
        instead="if not parked and subjects is None:",
        tests=(f"{REAL}/test_opening.py::test_what_waited_for_its_gap_is_in_the_clear_too",),
    ),
    Guard(
        name="bound seal",
        keeps="A personal part that was moved to another ticket, brand or type does not open there.",
        file=f"{RUNTIME}/codec.py",
        text='return f"{brand}\\x1f{subject}\\x1f{kind}".encode()',
        instead='return b""',
        tests=(f"{PURE}/test_codec.py",),
    ),
    Guard(
        name="held ticket",
        keeps="Behind an event that the broker refuses nothing of its ticket is published.",
        file=f"{RUNTIME}/sql/writer/queries.sql",
        text="\n        AND NOT EXISTS (SELECT FROM outbox h WHERE h.held IS NOT NULL AND h.subject = o.subject)",
        instead="",
        tests=(f"{REAL}/test_relay.py::test_what_the_broker_refuses_is_held_with_its_ticket_and_the_rest_goes_on",),
    ),
    Guard(
        name="missing topic",
        keeps="A brand whose topic is missing holds up no other.",
        file=f"{RUNTIME}/relay.py",
        text="self.missing |= missing",
        instead="self.missing |= set()",
        tests=(f"{REAL}/test_relay.py::test_a_brand_without_a_topic_holds_up_no_other_and_flows_when_it_has_one",),
    ),
    Guard(
        name="claim by index",
        keeps="The relay's claim does not scan the whole outbox.",
        file=f"{RUNTIME}/relay.py",
        text='"SET enable_seqscan = off"',
        instead='"SET enable_seqscan = on"',
        tests=(f"{REAL}/test_relay_plan.py",),
    ),
    Guard(
        name="silent exceptions",
        keeps="The text of an exception, which may quote what a person wrote, is not logged.",
        file=f"{RUNTIME}/logs.py",
        text='line["error"] = record.exc_info[0].__name__',
        instead='line["error"] = repr(record.exc_info[1])',
        tests=(f"{PURE}/test_logs.py",),
    ),
)
