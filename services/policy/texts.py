"""What the platform says about a field that is not right: Vietnamese and English, one pair per slug."""

from __future__ import annotations

from dataclasses import dataclass

TEXTS = {
    "required": ("Xin điền “{vi}”.", "Please fill in “{en}”."),
    "email": (
        "“{vi}” chưa đúng dạng địa chỉ email, ví dụ: ten@congty.vn.",
        "“{en}” does not look like an e-mail address, for example: name@company.com.",
    ),
    "phone": (
        "“{vi}” cần từ 8 đến 15 chữ số; ngoài ra chỉ dùng dấu cách và + ( ) . -",
        "“{en}” needs 8 to 15 digits; besides these only spaces and + ( ) . - may be used.",
    ),
    "too-long": (
        "“{vi}” dài {length} ký tự, tối đa là {limit}.",
        "“{en}” has {length} characters; at most {limit} are possible.",
    ),
    "characters": (
        "“{vi}” có ký tự điều khiển không nhìn thấy được. Xin gõ lại phần đó.",
        "“{en}” holds invisible control characters. Please type that part again.",
    ),
    "choice": ("Xin chọn “{vi}” trong danh sách.", "Please choose “{en}” from the list."),
    "unknown-field": ("Biểu mẫu này không có trường “{vi}”.", "This form has no field “{en}”."),
    "empty-content": (
        "“{vi}” đang để trống. Bạn vẫn gửi được, nhưng chúng tôi sẽ khó biết bạn cần gì.",
        "“{en}” is empty. You can still send the form, but we will hardly know what you need.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """What is wrong with one field, or worth a second look: a stable slug, a sentence in both languages."""

    field: str
    slug: str
    vi: str
    en: str


def problem(field: str, slug: str, *, vi: str, en: str, length: int = 0, limit: int = 0) -> FieldProblem:
    """The sentence of that slug about the field labelled `vi` and `en`."""
    text_vi, text_en = TEXTS[slug]
    return FieldProblem(
        field=field,
        slug=slug,
        vi=text_vi.format(vi=vi, length=length, limit=limit),
        en=text_en.format(en=en, length=length, limit=limit),
    )
