"""What query's tables say, in the shape of the independent fold."""

from __future__ import annotations

import psycopg

from tests.e2e.checker.fold import Tickets


def rows_of(dsn: str, brand: str) -> Tickets:
    """Every ticket of the brand, straight from the tables."""
    with psycopg.connect(dsn) as connection:
        tickets: Tickets = {
            ticket_id: {"number": number, "brand": brand, "erased": status == "erased", "sequence": 0, "messages": {}}
            for ticket_id, number, status in connection.execute(
                "SELECT ticket_id::text, number, status FROM query.ticket WHERE brand = %s", (brand,)
            )
        }
        for ticket_id, sequence in connection.execute(
            "SELECT ticket_id::text, max(sequence) FROM query.event GROUP BY 1"
        ):
            if ticket_id in tickets:
                tickets[ticket_id]["sequence"] = sequence
        for ticket_id, message, content in connection.execute(
            "SELECT ticket_id::text, message, content FROM query.message"
        ):
            if ticket_id in tickets and not tickets[ticket_id]["erased"]:
                tickets[ticket_id]["messages"][message] = content
    return tickets
