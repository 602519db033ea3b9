"""One brand's form in one person's hands: shown, stopped with everything kept, or sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.web.adapters.answers import Accepted, Brand, Form
from services.web.adapters.intake import ChosenFile, Write
from services.web.adapters.upstream import AwayError, Declined
from services.web.pages import shown
from services.web.pages.draft import Draft, Sent
from services.web.pages.incoming import Posted
from services.web.pages.seals import Note
from services.web.pages.sending import send
from services.web.pages.site import HEADERS, PRIVATE, Fault, Notice, Site
from services.web.pages.texts import say
from services.web.pages.ticket_page import TicketPage


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """The page as plain parts; every answer it gives carries the draft along."""

    site: Site
    request: Request
    brand: Brand
    form: Form | None
    language: str
    draft: Draft = field(default_factory=Draft)
    came: Posted = field(default_factory=lambda: Posted(fields={}))

    def shown(
        self,
        status: int,
        notice: Notice | None = None,
        faults: tuple[Fault, ...] = (),
        links: tuple[Fault, ...] = (),
    ) -> Response:
        """The form, filled in as far as it was; `links` are pointed at without being wrong."""
        form = self.form
        lost = self.came.file_name if status != 200 else ""
        return self.site.page(
            self.request,
            "brand.html",
            self.language,
            status=status,
            brand=self.brand,
            form=form,
            inputs=shown.inputs(form, self.draft.values, faults, self.language) if form else (),
            file=shown.file_input(form.attachments, self.brand, faults, lost, self.language) if form else None,
            ways=shown.ways(self.brand, self.language),
            draft=self.draft,
            notice=notice,
            faults=faults or links,
        )

    def stopped(self) -> Response | None:
        """The page again, when nothing may be sent yet."""
        site = self.site
        if not site.seals.is_own_form(self.request, self.came.text("csrf")):
            return self.shown(403, self._notice("warning", "expired"))
        if not site.visitors.may_write(self.request, "page"):
            return self.shown(429, self._notice("error", "too_many"))
        rules = self.form.attachments if self.form else None
        if faults := shown.too_large(self.came.too_large, rules, self.language):
            return self.shown(422, self._errors(faults), faults)
        return self._warned()

    def _warned(self) -> Response | None:
        if self.draft.anyway or self.form is None:
            return None
        faults = shown.empty_content(self.form, self.draft.values, self.language)
        if not faults:
            return None
        self.draft.anyway = True
        return self.shown(422, self._notice("warning", "warning"), links=faults)

    async def sent(self) -> Response:
        """Send the draft; whatever comes back, nothing typed is lost."""
        try:
            outcome = await send(self.draft, self.came.file, self._submit)
        except AwayError:
            return self.shown(503, self._notice("error", "away"))
        except Declined as declined:
            return self._declined(declined)
        if outcome.earlier:
            return await self._earlier(outcome.accepted, outcome.earlier)
        response = RedirectResponse(self._path(outcome.accepted), 303, HEADERS | PRIVATE)
        self.site.seals.leave_note(response, self._note(outcome.accepted, twice=outcome.twice))
        return response

    async def _submit(self, key: str, values: Mapping[str, str], file: ChosenFile | None) -> Accepted:
        ticket = {"form": self.form.id if self.form else "", "fields": values, "language": self.language}
        with self.site.trace(self.request, "send_form") as headers:
            return await self.site.intake.open(self.brand.brand, Write(key=key, document=ticket, file=file), headers)

    def _declined(self, declined: Declined) -> Response:
        known = {one.id for one in self.form.fields} | {shown.FILE} if self.form else set()
        faults = shown.faults_of(declined, self.draft.values, known, self.language)
        if faults:
            return self.shown(422, self._errors(faults), faults)
        text = (declined.vi if self.language == "vi" else declined.en) or say("declined", self.language)
        return self.shown(422, Notice(kind="error", title=say("declined_title", self.language), text=text))

    async def _earlier(self, accepted: Accepted, sent: Sent) -> Response:
        """The ticket of an earlier version, with what was changed since ready to be added to it."""
        assert self.form is not None
        text = shown.changes(self.form, sent.values, self.draft.values, self.language)
        page = TicketPage(
            site=self.site,
            request=self.request,
            token=self._path(accepted).partition("?")[0].rpartition("/")[2],
            note=self._note(accepted, twice=False),
            draft=Draft(values={"content": text} if text else {}),
            wish=self.language,
            came=self.came,
        )
        return await page.shown(200, self._notice("warning", "earlier"))

    def _path(self, accepted: Accepted) -> str:
        return urlsplit(accepted.link).path + ("" if self.language == "vi" else f"?lang={self.language}")

    def _note(self, accepted: Accepted, *, twice: bool) -> Note:
        return Note(
            kind="ticket",
            ticket_id=str(accepted.ticket_id),
            accepted_at=accepted.accepted_at.isoformat(),
            read_token=accepted.read_token,
            number=accepted.number,
            brand=self.brand.brand,
            brand_name=self.brand.name,
            timezone=self.brand.timezone,
            twice=twice,
        )

    def _notice(self, kind: Literal["error", "warning"], slug: str) -> Notice:
        return Notice.of(kind, slug, self.language)

    def _errors(self, faults: tuple[Fault, ...]) -> Notice:
        return Notice.of("error", "errors", self.language, count=len(faults))
