"""What every test may ask for."""

from __future__ import annotations

from tests.stack import kafka, postgres, postgres_admin_dsn, session_folder, stack

__all__ = ["kafka", "postgres", "postgres_admin_dsn", "session_folder", "stack"]
