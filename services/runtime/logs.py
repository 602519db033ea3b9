"""Structured logs: one JSON object a line, and only fields that cannot carry personal data."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from traceback import format_tb

ALLOWED = (
    "attempt", "brand", "cause", "count", "error", "event_id", "key_id", "offset", "operation", "partition", "path",
    "port", "problem", "seconds", "sequence", "service", "slug", "source", "status", "subject", "task", "topic",
    "trace_id", "type", "version",
)  # fmt: skip
OWN = "services"


class JsonLines(logging.Formatter):
    """Formats a record as JSON; extra fields pass only when they are on the list above.

    The text of a foreign exception may quote what it choked on (a row, a body), so of an exception only its
    class and the lines of code it passed through are written; and of a foreign message only its first line:
    asyncio puts the exception into the next.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self.service,
            "logger": record.name,
            "message": record.getMessage().split("\n", 1)[0],
        }
        line |= {name: value for name in ALLOWED if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["at_lines"] = [part.split("\n")[0].strip() for part in format_tb(record.exc_info[2])[-6:]]
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(service: str, level: str) -> None:
    """Send this process' logs to standard error as JSON lines; every foreign library speaks from WARNING up.

    Below that they tell what passes through them: the client of the pages and the gateway every address it asks.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(OWN).setLevel(level)
