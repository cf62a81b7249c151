//! Notifications: what staff of a unit are told as it happens. Their rows are written by the schema's triggers and read
//! by messaging, as a stream, and by the workspace, as a list; here is what both say of one.

use crate::hsa_id::HsaId;
use crate::platform::Ports;

/// The name of a unit's room, where its staff are told what happens.
pub fn room_of(unit: &HsaId) -> String {
    format!("unit.{unit}")
}

/// Tells the unit's staff who have a page open that there is something new, after the commit of it.
pub fn tell(ports: &Ports, unit: &HsaId) {
    ports.rooms.tell(&room_of(unit), "change");
}

/// The page to look at: of one thing by its type and id, or of several at once.
pub fn page_of(resource_type: &str, resource_id: &str, times: i64) -> String {
    match resource_type {
        "case" if times > 1 => "/messaging/cases".to_owned(),
        "case" => format!("/messaging/chats/{resource_id}"),
        "appointment" => format!("/booking/appointments/{resource_id}"),
        "ticket" => format!("/tickets/{resource_id}"),
        "text-message" => format!("/sms/messages/text-message/{resource_id}"),
        _ => "/workspace/start".to_owned(),
    }
}
