"""What can go wrong when parts start: each message says what to do."""

from __future__ import annotations


class LocalError(Exception):
    """Something on this machine is in the way; the message is meant for the person at the keyboard."""


class MissingPartError(LocalError):
    """A program that is needed is not installed."""


class PartDiedError(LocalError):
    """A process ended that should still run."""


class NotReadyError(LocalError):
    """A process runs and does not answer in time."""


class DataHeldError(LocalError):
    """Another supervisor works on the same data."""
