"""Every refusal the HTTP doors can give: slug, status, title; and its RFC 9457 body."""

from __future__ import annotations

import json
from typing import NamedTuple

from starlette.responses import Response

from services.runtime.errors import BusyError, NotReadyError, Refused, RetryableError, StoreAwayError


class Problem(NamedTuple):
    """One kind of refusal: HTTP status and its sentence in both languages."""

    status: int
    vi: str
    en: str


PROBLEMS: dict[str, Problem] = {
    "admin-key-not-valid": Problem(401, "Cần khoá quản trị đúng.", "This operation needs the registry's admin key."),
    "api-key-not-found": Problem(404, "Không có khoá API này.", "The brand has no such API key."),
    "api-key-not-valid": Problem(
        401, "Khoá API không đúng hoặc đã hết hạn.", "The API key is wrong, revoked or expired."
    ),
    "body-not-valid": Problem(
        400, "Nội dung gửi lên không đọc được.", "The body cannot be read as what it says it is."
    ),
    "body-too-large": Problem(413, "Nội dung gửi lên quá lớn.", "The body is larger than this operation takes."),
    "body-too-slow": Problem(408, "Nội dung gửi lên không tới kịp.", "The body did not arrive in time."),
    "brand-not-live": Problem(
        503, "Thương hiệu này đang được mở, xin thử lại sau ít phút.", "The brand is not live yet."
    ),
    "busy": Problem(503, "Hệ thống đang bận, xin thử lại.", "Too many requests are waiting; try again."),
    "channel-not-offered": Problem(
        422, "Thương hiệu không nhận yêu cầu qua kênh này.", "The brand takes no requests on this channel."
    ),
    "cursor-not-valid": Problem(400, "Con trỏ trang không đúng.", "The cursor is not one this list gave out."),
    "file-empty": Problem(422, "Tệp đính kèm rỗng.", "The attached file is empty."),
    "file-encrypted": Problem(422, "Tệp đính kèm có mật khẩu.", "The attached file is encrypted."),
    "file-name": Problem(422, "Tên tệp đính kèm không dùng được.", "The attached file's name cannot be used."),
    "file-not-taken": Problem(422, "Mẫu này không nhận tệp đính kèm như vậy.", "The form takes no such attachment."),
    "file-not-what-it-says": Problem(
        422, "Nội dung tệp không đúng với loại tệp.", "The file's content is not of the type its name says."
    ),
    "file-too-large": Problem(422, "Tệp đính kèm quá lớn.", "The attached file is too large."),
    "file-type": Problem(422, "Loại tệp này không được nhận.", "Files of this type are not taken."),
    "file-unsafe": Problem(
        422, "Tệp chứa nội dung không an toàn.", "The file carries content that is not safe to open."
    ),
    "form-not-valid": Problem(422, "Một số mục chưa đúng.", "Some fields are not valid."),
    "form-unknown": Problem(422, "Thương hiệu không có mẫu này.", "The brand has no such form."),
    "idempotency-key-missing": Problem(400, "Thiếu Idempotency-Key.", "Every write needs an Idempotency-Key header."),
    "idempotency-key-not-valid": Problem(400, "Idempotency-Key không đúng.", "The Idempotency-Key must be a UUID."),
    "idempotency-key-reused": Problem(
        422, "Idempotency-Key đã dùng cho nội dung khác.", "The Idempotency-Key was used with other content."
    ),
    "internal": Problem(
        500, "Có lỗi trong hệ thống; chúng tôi đã ghi nhận.", "Something broke on our side; it has been logged."
    ),
    "key-not-issuable": Problem(422, "Không cấp được khoá như yêu cầu.", "A key cannot be issued as asked."),
    "key-not-shown-again": Problem(
        410,
        "Khoá đã được cấp nhưng không hiện lại được.",
        "The key was issued under an earlier admin key and cannot be shown again: revoke it and issue another.",
    ),
    "keys-away": Problem(503, "Kho khoá tạm thời không trả lời.", "The key store does not answer at the moment."),
    "link-not-valid": Problem(401, "Liên kết không đúng.", "The private link is not valid."),
    "message-not-valid": Problem(422, "Nội dung bổ sung chưa đúng.", "The message is not valid."),
    "method-not-allowed": Problem(
        405, "Không dùng được phương thức này ở đây.", "This path does not take that method."
    ),
    "not-allowed": Problem(
        403, "Khoá này không được phép làm việc đó.", "The key lacks the scope, or is of another brand."
    ),
    "not-authenticated": Problem(401, "Cần xác thực.", "This operation needs a private link or an API key."),
    "not-found": Problem(404, "Không có gì ở địa chỉ này.", "There is nothing at this path."),
    "not-ready": Problem(503, "Dịch vụ đang khởi động.", "The service has not caught up yet."),
    "parameter-not-valid": Problem(400, "Tham số không đúng.", "A parameter is not valid."),
    "read-token-not-valid": Problem(400, "Phieu-After không đúng.", "Phieu-After is not a read token."),
    "service-away": Problem(503, "Dịch vụ tạm thời không trả lời.", "The service behind this path does not answer."),
    "store-away": Problem(503, "Kho dữ liệu tạm thời không trả lời.", "The database does not answer at the moment."),
    "ticket-erased": Problem(410, "Phiếu này đã được xoá theo yêu cầu.", "The ticket's personal data has been erased."),
    "ticket-not-found": Problem(404, "Không tìm thấy phiếu.", "There is no such ticket."),
    "too-many-requests": Problem(429, "Quá nhiều yêu cầu từ địa chỉ này.", "Too many requests from this address."),
    "type-not-supported": Problem(
        415, "Không nhận kiểu nội dung này.", "The operation does not take this content type."
    ),
    "unknown-brand": Problem(404, "Không có thương hiệu này.", "There is no such brand."),
}
RETRY_SECONDS = 2


def body_of(refused: Refused) -> dict[str, object]:
    """The problem as RFC 9457 shapes it: both languages, and what the rule behind it says."""
    known = PROBLEMS[refused.slug]
    body: dict[str, object] = {
        "type": f"urn:phieu:problem:{refused.slug}",
        "title": known.en,
        "status": known.status,
        "detail": refused.detail or known.en,
        "vi": known.vi,
    }
    if refused.errors:
        body["errors"] = [{"field": one.field, "slug": one.slug, "vi": one.vi, "en": one.en} for one in refused.errors]
    if refused.rule:
        body["rule"] = {"id": refused.rule.id, "quote": refused.rule.quote}
    return body


def encoded(refused: Refused) -> tuple[int, bytes]:
    """Status and bytes of a refusal, as they are recorded beside the idempotency key."""
    return PROBLEMS[refused.slug].status, json.dumps(body_of(refused), ensure_ascii=False).encode()


def answer(status: int, body: bytes, retry_after: int | None = None) -> Response:
    """A response with a recorded problem body."""
    headers: dict[str, str] = {}
    if status in {429, 503}:
        headers["Retry-After"] = str(retry_after or RETRY_SECONDS)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body, status, headers, media_type="application/problem+json")


def response(refused: Refused) -> Response:
    """The refusal as a response."""
    status, body = encoded(refused)
    return answer(status, body, refused.retry_after)


def refusal_of(error: RetryableError) -> Refused:
    """The 503 that a passing failure is answered with."""
    if isinstance(error, BusyError):
        return Refused("busy")
    if isinstance(error, NotReadyError):
        return Refused("not-ready")
    if isinstance(error, StoreAwayError):
        return Refused(str(error) if str(error) in PROBLEMS else "store-away")
    return Refused("service-away")
