"""What every event is: a fact, past tense, with its wire name written out."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from phieu_schemas.types import Personal, Sealed, Wire


class Fact(Wire):
    """Something that happened and stays so. `wire_type` is the stored name: it is never changed."""

    wire_type: ClassVar[str]

    @abstractmethod
    def summary(self) -> str:
        """One sentence for the audit trail, without personal data."""


class PersonalFact(Fact):
    """A fact with a personal part; `personal_type` is what lies sealed in it."""

    personal_type: ClassVar[type[Personal]]
    personal: Sealed
