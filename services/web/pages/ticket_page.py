"""One ticket in its customer's hands: the record as far as it is there, and a box to add to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.web.adapters.answers import Added, Brand, Ticket
from services.web.adapters.intake import Write
from services.web.adapters.upstream import AwayError, Declined
from services.web.pages import shown
from services.web.pages.draft import Draft
from services.web.pages.incoming import Posted
from services.web.pages.seals import Note
from services.web.pages.sending import REUSED
from services.web.pages.site import HEADERS, PRIVATE, Fault, Notice, Site
from services.web.pages.spoken import DEFAULT_ZONE
from services.web.pages.texts import language_of, say


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """The page as plain parts; the note says what was accepted even while the record is behind."""

    site: Site
    request: Request
    token: str
    note: Note | None
    wish: str | None = None
    draft: Draft = field(default_factory=Draft)
    came: Posted = field(default_factory=lambda: Posted(fields={}))

    async def shown(self, status: int, notice: Notice | None = None, faults: tuple[Fault, ...] = ()) -> Response:
        """The ticket, or what is known of it so far."""
        try:
            ticket = await self._ticket()
        except Declined:
            return self.site.words(self.request, "no_ticket", 404, language=self.wish)
        except AwayError:
            if self.request.method == "GET":
                return self.site.words(self.request, "unavailable", 503, language=self.wish)
            ticket = None
        brand = await self._brand(ticket)
        response = self._rendered(status, ticket, brand, notice, faults)
        if self.note and ticket and not ticket.stale:
            self.site.seals.drop_note(response)
        return response

    def _rendered(
        self, status: int, ticket: Ticket | None, brand: Brand | None, notice: Notice | None, faults: tuple[Fault, ...]
    ) -> Response:
        language = language_of(self.wish, ticket.language if ticket else None)
        form = brand.form(ticket.form or "") if brand and ticket else None
        forms = brand.forms if brand else ()
        rules = next((one.attachments for one in forms if one.attachments), None)
        lost = self.came.file_name
        return self.site.page(
            self.request,
            "ticket.html",
            language,
            status=status,
            private=True,
            token=self.token,
            link=f"{self.site.public_url.rstrip('/')}/r/{self.token}",
            number=ticket.number if ticket else self.note.number if self.note else "",
            brand_id=ticket.brand if ticket else self.note.brand if self.note else "",
            brand_name=ticket.brand_name if ticket else self.note.brand_name if self.note else "",
            timezone=brand.timezone if brand else DEFAULT_ZONE,
            ticket=ticket,
            record=shown.record(ticket, form, language) if ticket else None,
            is_stale=ticket is None or ticket.stale,
            note=self.note,
            file=shown.file_input(rules, brand, faults, lost, language) if brand else None,
            draft=self.draft,
            notice=notice,
            faults=faults,
        )

    async def _ticket(self) -> Ticket | None:
        """The record; None while it is behind what was just accepted."""
        note = self.note
        if note is None:
            return await self.site.query.ticket(self.token, None)
        try:
            return await self.site.query.ticket(self.token, note.read_token, self.site.first_look_seconds)
        except AwayError:
            return None
        except Declined as declined:
            if declined.slug == "ticket-not-found":
                return None
            raise

    async def _brand(self, ticket: Ticket | None) -> Brand | None:
        brand = ticket.brand if ticket else self.note.brand if self.note else ""
        try:
            return await self.site.intake.brand(brand) if brand else None
        except (AwayError, Declined):
            return None

    @property
    def language(self) -> str:
        """The language of a posted form."""
        return language_of(self.wish)

    async def stopped(self) -> Response | None:
        """The page again, when nothing may be sent yet."""
        site = self.site
        if not site.seals.is_own_form(self.request, self.came.text("csrf")):
            return await self.shown(403, self._notice("warning", "expired"))
        if not site.visitors.may_write(self.request, "page"):
            return await self.shown(429, self._notice("error", "too_many"))
        if faults := shown.too_large(self.came.too_large, None, self.language):
            return await self.shown(422, self._notice("error", "errors", count=len(faults)), faults)
        return None

    async def sent(self, ticket_id: UUID) -> Response:
        """Send the addition; whatever comes back, nothing typed is lost."""
        message = {"content": self.draft.values.get("content", ""), "intent": "message"}
        try:
            with self.site.trace(self.request, "add_message") as headers:
                write = Write(key=self.draft.key, document=message, file=self.came.file)
                added = await self.site.intake.add(ticket_id, self.token, write, headers)
        except AwayError:
            self.draft.attempted(file=self.came.file is not None)
            return await self.shown(503, self._notice("error", "away"))
        except Declined as declined:
            self.draft.renewed()
            return await self._declined(declined)
        return self._added(ticket_id, added)

    def _added(self, ticket_id: UUID, added: Added) -> Response:
        query = "" if self.language == "vi" else f"?lang={self.language}"
        response = RedirectResponse(f"/r/{self.token}{query}", 303, HEADERS | PRIVATE)
        seen = {"accepted_at": added.accepted_at.isoformat(), "read_token": added.read_token}
        known = self.note or Note(kind="message", ticket_id=str(ticket_id), accepted_at="", read_token="")
        self.site.seals.leave_note(response, replace(known, kind="message", twice=False, **seen))
        return response

    async def _declined(self, declined: Declined) -> Response:
        if declined.slug == REUSED:
            return await self.shown(409, self._notice("warning", "earlier_message"))
        faults = shown.faults_of(declined, self.draft.values, {"content", shown.FILE}, self.language)
        if faults:
            return await self.shown(422, self._notice("error", "errors", count=len(faults)), faults)
        text = (declined.vi if self.language == "vi" else declined.en) or say("declined", self.language)
        return await self.shown(422, Notice(kind="error", title=say("declined_title", self.language), text=text))

    def _notice(self, kind: Literal["error", "warning"], slug: str, **values: object) -> Notice:
        return Notice.of(kind, slug, self.language, **values)
