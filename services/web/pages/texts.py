"""Everything the pages say: Vietnamese first, English second; one place."""

from __future__ import annotations

LANGUAGES = ("vi", "en")

TEXTS = {
    "platform": ("Phiếu hỗ trợ", "Support desk"),
    "skip": ("Tới nội dung chính", "Skip to the main content"),
    "other_language": ("English", "Tiếng Việt"),
    "home": ("Tất cả thương hiệu", "All brands"),
    "brands_title": ("Gửi yêu cầu hỗ trợ", "Ask for support"),
    "brands_intro": ("Bạn cần hỗ trợ về dịch vụ của ai?", "Whose service do you need support with?"),
    "brands_none": ("Chưa có thương hiệu nào nhận yêu cầu ở đây.", "No brand takes requests here yet."),
    "brand_title": ("Yêu cầu hỗ trợ", "Support request"),
    "brand_intro": (
        "Gửi xong, bạn có ngay số phiếu và một liên kết riêng để xem lại và bổ sung.",
        "Once it is sent you get a ticket number and a private link, to look at it again and to add to it.",
    ),
    "brand_no_form": (
        "{brand} không nhận yêu cầu qua mẫu trên trang này. Xin dùng cách liên hệ dưới đây.",
        "{brand} takes no requests by form here. Please use one of the ways below.",
    ),
    "other_ways": ("Cách liên hệ khác", "Other ways to reach us"),
    "ways": ("Cách liên hệ", "How to reach us"),
    "kind_web_form": ("Trang web", "Website"),
    "kind_email": ("Email", "E-mail"),
    "kind_phone": ("Điện thoại", "Telephone"),
    "kind_chat": ("Trò chuyện trực tuyến", "Live chat"),
    "kind_ticket_portal": ("Cổng hỗ trợ", "Support portal"),
    "kind_in_person": ("Tới trực tiếp", "In person"),
    "kind_letter": ("Thư, văn bản", "By letter"),
    "kind_remote_session": ("Hỗ trợ từ xa", "Remote session"),
    "kind_other": ("Cách khác", "Another way"),
    "marks": (
        "Mục có chữ “(yêu cầu)” cần được điền.",
        "Fields marked “(required)” must be filled in.",
    ),
    "required": ("(yêu cầu)", "(required)"),
    "optional": ("(không bắt buộc)", "(optional)"),
    "choose": ("Xin chọn", "Please choose"),
    "hint_email": (
        "Để chúng tôi trả lời bạn. Ví dụ: ten@congty.vn",
        "So that we can answer. Example: name@company.com",
    ),
    "hint_phone": ("Ví dụ: 0912 345 678", "Example: 0912 345 678"),
    "hint_content": (
        "Chuyện gì đã xảy ra, ở dịch vụ nào, từ khi nào?",
        "What happened, with which service, since when?",
    ),
    "file": ("Đính kèm tập tin", "Attach a file"),
    "file_rule": (
        "Một tập tin, dưới {size}, loại {types}.",
        "One file, under {size}, of type {types}.",
    ),
    "file_else": ("Tập tin lớn hơn hoặc loại khác: xin gửi tới", "A larger file or another type: please mail it to"),
    "file_again": (
        "Trình duyệt không giữ được tập tin: xin chọn lại “{name}”.",
        "Your browser does not keep the file: please choose “{name}” again.",
    ),
    "file_too_large": (
        "“{name}” quá lớn: tập tin phải dưới {size}.",
        "“{name}” is too large: the file must be under {size}.",
    ),
    "file_too_large_plain": ("Tập tin quá lớn.", "The file is too large."),
    "file_type": (
        "“{name}” không thuộc loại được nhận: {types}.",
        "“{name}” is not of a type that is taken: {types}.",
    ),
    "file_clear": ("Bỏ tập tin này", "Remove this file"),
    "send": ("Gửi yêu cầu", "Send request"),
    "send_again": ("Gửi lại", "Send again"),
    "send_anyway": ("Vẫn gửi khi để trống nội dung", "Send anyway, without a description"),
    "sending": ("Đang gửi…", "Sending…"),
    "before_sending": ("Bạn không cần tài khoản.", "You need no account."),
    "fill_in": ("Xin điền “{label}”.", "Please fill in “{label}”."),
    "empty_content": (
        "“{label}” đang để trống. Bạn vẫn gửi được, nhưng chúng tôi sẽ khó biết bạn cần gì.",
        "“{label}” is empty. You can still send the form, but we will hardly know what you need.",
    ),
    "error_prefix": ("Lỗi:", "Error:"),
    "errors_title": ("Chưa gửi được: xin xem lại {count} mục", "Not sent yet: please look at {count} of the fields"),
    "errors": ("Những gì bạn đã gõ vẫn còn nguyên.", "Everything you typed is still here."),
    "warning_title": ("Xin xem lại trước khi gửi", "One thing before it is sent"),
    "warning": (
        "Muốn gửi như vậy, xin bấm “Vẫn gửi khi để trống nội dung” ở cuối mẫu.",
        "To send it like this, press “Send anyway, without a description” at the end of the form.",
    ),
    "away_title": ("Chưa có xác nhận là đã nhận được", "There is no confirmation yet"),
    "away": (
        (
            "Máy chủ chưa trả lời. Những gì bạn đã gõ vẫn còn nguyên. Xin đợi một chút rồi bấm “Gửi lại”. "
            "Nếu lần trước đã tới nơi, gửi lại cũng không thành hai phiếu."
        ),
        (
            "The server has not answered. Everything you typed is still here. Please wait a moment and press "
            "“Send again”. Should the first try have arrived, this will not make a second ticket."
        ),
    ),
    "expired_title": ("Trang đã mở khá lâu", "This page had been open for a while"),
    "expired": (
        (
            "Vì an toàn, xin bấm gửi một lần nữa. Những gì bạn đã gõ vẫn còn nguyên. "
            "Nếu vẫn gặp lại trang này, xin cho phép cookie trong trình duyệt."
        ),
        (
            "To be safe, please press send once more. Everything you typed is still here. "
            "If you see this again, please allow cookies in your browser."
        ),
    ),
    "too_many_title": ("Gửi quá nhiều lần", "Too many tries"),
    "too_many": (
        "Từ kết nối này vừa có quá nhiều lần gửi. Xin đợi một phút rồi gửi lại. Những gì bạn đã gõ vẫn còn nguyên.",
        (
            "Too much was sent from this connection just now. Please wait a minute and send again. "
            "Everything you typed is still here."
        ),
    ),
    "declined_title": ("Chưa gửi được", "Not sent"),
    "declined": ("Hệ thống chưa nhận được nội dung này.", "This could not be taken as it is."),
    "restored": (
        "Chúng tôi đã giữ lại những gì bạn gõ lần trước trên máy này.",
        "What you typed before was kept on this device.",
    ),
    "restored_drop": ("Xoá và viết lại từ đầu", "Clear it and start over"),
    "received_title": ("Đã nhận yêu cầu của bạn", "Your request has arrived"),
    "received": ("Chúng tôi nhận lúc {time}.", "We received it at {time}."),
    "added_title": ("Đã nhận phần bổ sung của bạn", "Your addition has arrived"),
    "earlier_title": ("Lần gửi trước đã tới nơi", "Your earlier try had arrived"),
    "earlier": (
        (
            "Phiếu này giữ nội dung bạn gửi lần đầu. Phần bạn vừa sửa nằm trong ô bên dưới: "
            "bấm “Gửi bổ sung” để thêm vào cùng phiếu."
        ),
        (
            "This ticket holds what you sent first. Your changed text is in the box below: "
            "press “Add to ticket” to add it to the same ticket."
        ),
    ),
    "earlier_message_title": ("Lần gửi trước đã tới nơi", "Your earlier try had arrived"),
    "earlier_message": (
        "Một bản trước của phần bổ sung này đã tới nơi. Bản bạn vừa sửa nằm trong ô bên dưới, nếu bạn vẫn muốn gửi.",
        (
            "An earlier version of this addition had arrived. Your changed text is in the box below, "
            "should you still want to send it."
        ),
    ),
    "twice": (
        (
            "Có thể lần gửi trước, với nội dung khác, cũng đã tới nơi và thành một phiếu riêng. "
            "Nếu cần, xin nhắc điều đó trong phần bổ sung bên dưới."
        ),
        (
            "An earlier try with another text may have arrived too and become a ticket of its own. "
            "If it matters, please say so in an addition below."
        ),
    ),
    "number": ("Số phiếu", "Ticket number"),
    "number_use": ("Đọc số này khi bạn gọi điện.", "Say this number when you call."),
    "link": ("Liên kết riêng của phiếu này", "The private link of this ticket"),
    "link_keep": (
        (
            "Hãy lưu lại: đây là cách duy nhất để bạn mở lại phiếu này. "
            "Ai có liên kết này cũng đọc được phiếu, nên chỉ đưa cho người bạn tin."
        ),
        (
            "Please keep it: it is your only way back to this ticket. "
            "Whoever has this link can read the ticket, so give it only to people you trust."
        ),
    ),
    "copy_number": ("Chép số", "Copy number"),
    "copy_link": ("Chép liên kết", "Copy link"),
    "copied": ("Đã chép", "Copied"),
    "ticket_title": ("Phiếu {number}", "Ticket {number}"),
    "recorded": ("Yêu cầu đã ghi nhận", "The request as recorded"),
    "received_at": ("Nhận lúc", "Received"),
    "not_filled": ("(để trống)", "(left empty)"),
    "attachments": ("Tập tin đính kèm", "Attached file"),
    "messages": ("Trao đổi", "Messages"),
    "you": ("Bạn", "You"),
    "stale": (
        "Đang ghi vào phiếu, thường chỉ mất vài giây. Trang tự cập nhật.",
        "It is being entered, which usually takes a few seconds. This page updates by itself.",
    ),
    "reload": ("Tải lại trang", "Reload the page"),
    "add_title": ("Bổ sung cho phiếu này", "Add to this ticket"),
    "add_label": ("Nội dung bổ sung", "What you want to add"),
    "add": ("Gửi bổ sung", "Add to ticket"),
    "resend": (
        "Nội dung bạn đã gõ được giữ trong trang này. Xin đợi một chút rồi bấm “Gửi lại”.",
        "What you typed is kept in this page. Please wait a moment and press “Send again”.",
    ),
    "kept_value": ("{text} Bạn đã gõ: {value}", "{text} You had typed: {value}"),
    "other_forms": ("Mẫu khác", "Other forms"),
    "erased_title": ("Phiếu này đã được xoá", "This ticket has been erased"),
    "erased": (
        "Nội dung và thông tin cá nhân trong phiếu đã được xoá theo yêu cầu. Chỉ còn lại số phiếu.",
        "Its content and personal data were erased on request. Only the number remains.",
    ),
    "not_found_title": ("Không có trang này", "There is no such page"),
    "not_found": (
        "Địa chỉ có thể bị gõ thiếu hoặc đã thay đổi.",
        "The address may be incomplete, or it has changed.",
    ),
    "no_ticket_title": ("Liên kết này không mở được phiếu nào", "This link opens no ticket"),
    "no_ticket": (
        "Liên kết có thể bị sao chép thiếu. Xin mở lại từ nơi bạn đã lưu, và chép trọn cả dòng.",
        "The link may have been copied incompletely. Please open it again from where you kept it, the whole line.",
    ),
    "unavailable_title": ("Tạm thời chưa mở được trang này", "This page cannot be opened just now"),
    "unavailable": (
        "Lỗi ở phía chúng tôi, không phải ở bạn. Không có gì bị mất. Xin thử lại sau ít phút.",
        "The fault is ours, not yours. Nothing is lost. Please try again in a few minutes.",
    ),
    "unreadable_title": ("Không đọc được nội dung gửi lên", "What was sent cannot be read"),
    "unreadable": (
        "Xin bấm “Quay lại” trong trình duyệt: những gì bạn đã gõ thường vẫn còn đó.",
        "Please go back in your browser: what you typed is usually still there.",
    ),
    "elsewhere_title": ("Yêu cầu này đến từ một trang khác", "This came from another site"),
    "elsewhere": (
        "Vì an toàn, chúng tôi không nhận mẫu được gửi từ trang khác. Xin mở mẫu ở đây.",
        "To be safe, forms sent from other sites are not taken. Please open the form here.",
    ),
    "broken_title": ("Có lỗi ở phía chúng tôi", "Something broke on our side"),
    "broken": (
        "Lỗi đã được ghi nhận. Xin thử lại; nếu bạn đang gửi, gửi lại sẽ không thành hai phiếu.",
        "It has been logged. Please try again; if you were sending, trying again will not make two tickets.",
    ),
    "try_again": ("Thử lại", "Try again"),
    "to_form": ("Mở mẫu yêu cầu", "Open the form"),
}


def say(slug: str, language: str, **values: object) -> str:
    """The sentence of that slug in the reader's language."""
    return TEXTS[slug][LANGUAGES.index(language)].format(**values)


def language_of(*wishes: str | None) -> str:
    """The first wish that the pages speak; Vietnamese otherwise."""
    return next((wish for wish in wishes if wish in LANGUAGES), LANGUAGES[0])
