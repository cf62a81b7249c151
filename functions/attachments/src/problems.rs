//! In which words attachments says no: each problem of its own, with what to do instead.

use http::StatusCode;
use shared::problem::Problem;

use crate::file::Unfit;

/// A file that can't be taken.
pub fn unfit(why: Unfit) -> Problem {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let (status, kind, title, detail) = match why {
        Unfit::Empty => (
            unprocessable,
            "empty-file",
            "There is no file",
            "Send the file's bytes as the body.",
        ),
        Unfit::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The file is too large",
            "A file has at most 10,485,760 bytes.",
        ),
        Unfit::Unknown => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unknown-file",
            "The file is none of the kinds that are taken",
            "Send JPEG, PNG, WebP that doesn't move, or PDF. What a file is is judged by its content, not by its name or Content-Type.",
        ),
        Unfit::Cut => (
            unprocessable,
            "cut-file",
            "The file ends before its end",
            "Send the whole file.",
        ),
        Unfit::Broken => (
            unprocessable,
            "broken-file",
            "The file isn't made as its kind says",
            "Save it anew with another programme, and send that.",
        ),
        Unfit::TooManyPixels => (
            unprocessable,
            "too-many-pixels",
            "The picture is too large",
            "A picture has at most 50,000,000 pixels, width times height.",
        ),
    };
    Problem::new(status, kind, title)
        .detail(detail)
        .with("field", "file")
}

/// The scanner did not want it.
pub fn harmful() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "harmful-file",
        "The file may be harmful",
    )
    .detail("The virus scanner refused it. Nothing was kept.")
}

/// Ten of the caller's wait in the chat already.
pub fn ten_wait() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "ten-wait",
        "Ten files wait for a message already",
    )
    .detail("Write the message that they go with, or remove one, and then send the next.")
}

/// Nothing can be written in the chat.
pub fn not_now() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "case-closed",
        "The chat can't be written in now",
    )
    .detail("It isn't open, or can only be read: GET /messaging/v1/cases/{id} says why.")
}

/// The scanner has not answered for it.
pub fn being_checked() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "being-checked",
        "The file is being checked",
    )
    .detail("Try again in a minute.")
    .retry_after(60)
}

/// The scanner refused it after it was sent.
pub fn refused() -> Problem {
    Problem::new(StatusCode::GONE, "harmful-file", "The file was removed")
        .detail("The virus scanner refused it.")
}
