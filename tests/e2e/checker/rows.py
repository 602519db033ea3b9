"""What the services' tables say, in the shape of the independent fold."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.e2e.checker.evidence import Stored
from tests.e2e.checker.fold import Tickets

TICKETS = """SELECT ticket_id::text, json_build_object('brand', brand, 'number', number, 'channel', channel,
    'channel_kind', channel_kind, 'form', form, 'language', language, 'policy', policy, 'requester_id', requester_id,
    'erased', status = 'erased', 'fields', fields), received_at, last_activity_at FROM query.ticket WHERE brand = %s"""
MESSAGES = """SELECT m.ticket_id::text, message, sequence, at, intent, m.channel_kind, content
    FROM query.message m JOIN query.ticket t USING (ticket_id) WHERE brand = %s"""
FILES = """SELECT a.ticket_id::text, message, attachment_id::text, bytes, media_type, name
    FROM query.attachment a JOIN query.ticket t USING (ticket_id) WHERE brand = %s ORDER BY message, place"""
TIMELINE = """SELECT e.ticket_id::text, source, sequence, type, at, facts, message
    FROM query.event e JOIN query.ticket t USING (ticket_id) WHERE brand = %s ORDER BY source, sequence"""
SEEN = """SELECT s.subject, source, sequence
    FROM query.seen s JOIN query.ticket t ON t.ticket_id::text = s.subject WHERE brand = %s"""
Connection = psycopg.Connection[tuple[Any, ...]]


def rows_of(dsn: str, brand: str) -> Tickets:
    """Every ticket of the brand, straight from query's tables, at one moment."""
    with psycopg.connect(dsn) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        tickets = _tickets(connection, brand)
        _messages(connection, brand, tickets)
        for ticket_id, *event in connection.execute(TIMELINE, (brand,)):
            tickets[ticket_id]["timeline"].append(tuple(event))
        for ticket_id, source, sequence in connection.execute(SEEN, (brand,)):
            tickets[ticket_id]["sequences"][source] = sequence
    return tickets


def _tickets(connection: Connection, brand: str) -> Tickets:
    tickets: Tickets = {}
    for ticket_id, plain, received_at, last_activity_at in connection.execute(TICKETS, (brand,)):
        plain["fields"] = plain["fields"] and {field["id"]: field["value"] for field in plain["fields"]}
        times = {"received_at": received_at, "last_activity_at": last_activity_at}
        tickets[ticket_id] = {**plain, **times, "sequences": {}, "messages": {}, "timeline": []}
    return tickets


def _messages(connection: Connection, brand: str, tickets: Tickets) -> None:
    for ticket_id, message, sequence, at, intent, channel_kind, content in connection.execute(MESSAGES, (brand,)):
        tickets[ticket_id]["messages"][message] = {
            "sequence": sequence,
            "at": at,
            "intent": intent,
            "channel_kind": channel_kind,
            "content": content,
            "files": [],
        }
    for ticket_id, message, *file in connection.execute(FILES, (brand,)):
        tickets[ticket_id]["messages"][message]["files"].append(tuple(file))


def stored_of(dsn: str, brand: str) -> tuple[Stored, list[str]]:
    """Every event of the brand's tickets that intake made durable; and the tickets of those not yet published."""
    events = "SELECT subject, sequence, event_id::text, type, data FROM intake.events WHERE brand = %s"
    waiting = "SELECT o.subject FROM intake.outbox o JOIN intake.events e USING (id) WHERE brand = %s"
    with psycopg.connect(dsn) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        rows = connection.execute(events, (brand,)).fetchall()
        subjects = [subject for (subject,) in connection.execute(waiting, (brand,))]
    return {(subject, sequence): (event_id, kind, data) for subject, sequence, event_id, kind, data in rows}, subjects
