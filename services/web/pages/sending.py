"""Sending a form so that nothing is lost and nothing doubled, whatever came back before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from services.web.adapters.answers import Accepted
from services.web.adapters.intake import ChosenFile
from services.web.adapters.upstream import AwayError, Declined
from services.web.pages.draft import Draft, Sent

REUSED = "idempotency-key-reused"

Submit = Callable[[str, Mapping[str, str], ChosenFile | None], Awaitable[Accepted]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a draft ended: accepted now, or an earlier version of it had arrived; perhaps two exist."""

    accepted: Accepted
    earlier: Sent | None = None
    twice: bool = False


async def send(draft: Draft, file: ChosenFile | None, submit: Submit) -> Outcome:
    """Send a draft under its key; raises what `submit` raises, with the draft ready for the next try."""
    try:
        return Outcome(accepted=await _attempt(draft, file, submit))
    except Declined as declined:
        if declined.slug != REUSED:
            raise
    # Another content was answered under this key: find out which before anything new is made.
    for sent in reversed(draft.sent):
        try:
            accepted = await submit(draft.key, sent.values, file if sent.file else None)
        except Declined as declined:
            if declined.slug == REUSED:
                continue
            return await _anew(draft, file, submit, twice=False)
        return Outcome(accepted=accepted, earlier=sent)
    return await _anew(draft, file, submit, twice=True)


async def _anew(draft: Draft, file: ChosenFile | None, submit: Submit, *, twice: bool) -> Outcome:
    draft.renewed()
    return Outcome(accepted=await _attempt(draft, file, submit), twice=twice)


async def _attempt(draft: Draft, file: ChosenFile | None, submit: Submit) -> Accepted:
    try:
        return await submit(draft.key, draft.values, file)
    except AwayError:
        draft.attempted(file=file is not None)
        raise
    except Declined as declined:
        if declined.slug != REUSED:
            draft.renewed()
        raise
