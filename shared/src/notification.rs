//! Notifications: what staff of a unit are told as it happens. Their rows are written by the schema's triggers and read
//! by messaging, as a stream, and by the workspace, as a list; here is what both say of one.

/// The page to look at: of one thing by its type and id, or of several at once.
pub fn page_of(resource_type: &str, resource_id: &str, times: i64) -> String {
    match resource_type {
        "case" if times > 1 => "/messaging/cases".to_owned(),
        "case" => format!("/messaging/chats/{resource_id}"),
        "appointment" => format!("/booking/appointments/{resource_id}"),
        "ticket" => "/tickets".to_owned(),
        _ => "/workspace/start".to_owned(),
    }
}
