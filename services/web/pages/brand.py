"""The list of brands, a brand's page, and its form being sent."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from services.web.adapters.upstream import AwayError, Declined
from services.web.pages.draft import draft_of
from services.web.pages.form_page import FormPage
from services.web.pages.incoming import posted
from services.web.pages.seals import is_from_elsewhere
from services.web.pages.site import Site
from services.web.pages.texts import language_of


async def list_brands(site: Site, request: Request) -> Response:
    """Every brand that takes requests here."""
    brands = await site.intake.brands()
    return site.page(request, "brands.html", language_of(request.query_params.get("lang")), brands=brands)


async def show_brand(site: Site, request: Request) -> Response:
    """The brand's page with an empty form."""
    try:
        brand = await site.intake.brand(request.path_params["brand"])
    except Declined:
        return site.words(request, "not_found", 404)
    form = brand.form(request.query_params.get("form", ""))
    if brand.forms and form is None:
        return site.words(request, "not_found", 404)
    language = language_of(request.query_params.get("lang"))
    return FormPage(site=site, request=request, brand=brand, form=form, language=language).shown(200)


async def send_form(site: Site, request: Request) -> Response:
    """Send the form: on to the ticket, or back with everything that was typed."""
    if is_from_elsewhere(request, site.public_host):
        return site.words(request, "elsewhere", 403, to_form=request.path_params["brand"])
    came = await posted(request, upload_bytes=site.upload_bytes, file_bytes=site.file_bytes)
    language = language_of(came.text("language"))
    try:
        brand = await site.intake.brand(request.path_params["brand"])
    except Declined:
        return site.words(request, "not_found", 404, language=language)
    except AwayError:
        return site.words(request, "unavailable", 503, language=language, carried=came.fields)
    form = brand.form(came.text("form"))
    if form is None:
        return site.words(request, "not_found", 404, language=language)
    page = FormPage(
        site=site, request=request, brand=brand, form=form, language=language, draft=draft_of(came), came=came
    )
    return page.stopped() or await page.sent()
