"""What intake answers, as small histories."""

from __future__ import annotations

import dataclasses

import pytest

from phieu_schemas.testing import NOON, SCAN, api_key_revoked
from phieu_schemas.testing import erased as was_erased
from phieu_schemas.testing import received as was_received
from phieu_schemas.testing import supplemented as was_supplemented
from phieu_schemas.ticket import Erased
from services.intake.app import DECIDER
from services.intake.decide import MAX_MESSAGE_LENGTH
from services.intake.state import INITIAL, Ticket, evolve
from services.policy.form import FormRules
from tests.histories import given
from tests.unit.intake.commanded import POLICY, add, erase, policy_with, received, submit, wrote

NOTHING = given(DECIDER)
A_TICKET = given(DECIDER, was_received())
AN_ERASED_TICKET = given(DECIDER, was_received(), was_erased())

# --- a request ---


def test_a_filled_in_form_becomes_a_ticket() -> None:
    NOTHING.when(submit()).then(received())


def test_a_ticket_is_received_once() -> None:
    A_TICKET.when(submit()).then_nothing()


def test_the_language_and_the_files_are_kept() -> None:
    NOTHING.when(submit(language="en", attachments=(SCAN,))).then(received(language="en", attachments=(SCAN,)))


def test_a_form_that_the_brand_does_not_have_is_refused() -> None:
    NOTHING.when(submit(form="complaint")).refused("form-unknown")


def test_a_form_whose_channel_is_not_offered_is_refused() -> None:
    NOTHING.when(submit(POLICY.model_copy(update={"channels": {}}))).refused("channel-not-offered")


def test_what_is_wrong_is_named_field_by_field_with_the_rule_behind_it() -> None:
    asked = submit(name=" ", email="nobody", department="kitchen")
    NOTHING.when(asked).refused("form-not-valid", rule="S9-01", name="required", email="email", department="choice")


def test_the_sentence_of_the_first_field_that_is_wrong_is_quoted() -> None:
    policy = policy_with("forms.request.fields.1.rule", "S9-02")
    NOTHING.when(submit(policy, email="")).refused("form-not-valid", rule="S9-02", email="required")
    NOTHING.when(submit(policy, email="", name="")).refused(
        "form-not-valid", rule="S9-01", name="required", email="required"
    )


def test_a_form_without_rules_is_refused_without_a_sentence() -> None:
    without = policy_with("forms.request.rules", {})
    NOTHING.when(submit(without, name="")).refused("form-not-valid", name="required")
    NOTHING.when(submit(without, attachments=(SCAN, SCAN))).refused("file-not-taken")


def test_a_rule_that_the_policy_does_not_hold_is_no_sentence() -> None:
    without = POLICY.model_copy(update={"rules": ()})
    NOTHING.when(submit(without, name="")).refused("form-not-valid", name="required")


def test_more_files_than_the_form_takes_are_refused() -> None:
    NOTHING.when(submit(attachments=(SCAN, SCAN))).refused("file-not-taken", rule="S9-02")


def test_a_form_that_takes_no_files_refuses_one() -> None:
    form = dataclasses.replace(POLICY.forms["request"], attachments=None, rules=FormRules())
    policy = POLICY.model_copy(update={"forms": {"request": form}})
    NOTHING.when(submit(policy, attachments=(SCAN,))).refused("file-not-taken")


def test_what_a_program_sends_is_held_to_the_same_form_and_told_apart() -> None:
    NOTHING.when(submit(by_program=True)).then(received(channel_kind="api"))


# --- a message ---


def test_a_message_is_numbered_after_the_last() -> None:
    A_TICKET.when(add()).then(wrote(2))
    given(DECIDER, was_received(), was_supplemented()).when(add(channel_kind="api")).then(wrote(3, channel_kind="api"))


def test_each_message_has_a_number_of_its_own() -> None:
    A_TICKET.when(add()).when(add()).when(add()).then(wrote(4))


def test_an_empty_message_is_refused() -> None:
    A_TICKET.when(add(blank=True, length=0)).refused("message-not-valid", content="required")


def test_a_file_needs_no_words() -> None:
    A_TICKET.when(add(blank=True, attachments=(SCAN,))).then(wrote(2, attachments=(SCAN,)))


def test_who_needs_nothing_more_needs_no_words() -> None:
    A_TICKET.when(add(blank=True, intent="done")).then(wrote(2, intent="done"))


def test_a_message_has_a_longest_length() -> None:
    A_TICKET.when(add(length=MAX_MESSAGE_LENGTH)).then(wrote(2))
    A_TICKET.when(add(length=MAX_MESSAGE_LENGTH + 1)).refused("message-not-valid", content="too-long")


def test_a_message_with_hidden_signs_is_refused() -> None:
    A_TICKET.when(add(clean=False)).refused("message-not-valid", content="characters")


def test_nobody_writes_to_a_ticket_that_is_not_there() -> None:
    NOTHING.when(add()).refused("ticket-not-found")


def test_nobody_writes_to_an_erased_ticket() -> None:
    AN_ERASED_TICKET.when(add()).refused("ticket-erased")
    A_TICKET.when(erase()).when(add()).refused("ticket-erased")


# --- an erasure ---


def test_a_ticket_is_erased_with_its_reason() -> None:
    A_TICKET.when(erase("retention")).then(Erased(reason="retention"))


def test_a_ticket_is_erased_once() -> None:
    AN_ERASED_TICKET.when(erase()).then_nothing()


def test_what_is_not_there_is_not_erased() -> None:
    NOTHING.when(erase()).refused("ticket-not-found")


# --- what is remembered ---


def test_a_ticket_is_remembered_by_its_facts() -> None:
    fact = received()
    ticket = evolve(INITIAL, fact, NOON)
    assert ticket == Ticket(number=fact.number, requester_id=fact.requester_id, key_id=fact.personal.key_id, messages=1)
    assert evolve(ticket, Erased(reason="requested"), NOON) == dataclasses.replace(ticket, erased_at=NOON)


def test_a_fact_that_intake_does_not_publish_is_a_bug() -> None:
    with pytest.raises(TypeError, match="api-key-revoked"):
        evolve(INITIAL, api_key_revoked().fact, NOON)
