//! What staff of a unit are told as it happens, and its SQL. Rows are written by the schema's triggers, or by the
//! job for a page of cases at once; here they are read, and shown without a name or a text.

use serde::Serialize;
use shared::notification;
pub use shared::notification::room_of;
use shared::platform::{Row, Statement, StoreError};
use shared::session::Staff;
use shared::time::Timestamp;
use utoipa::ToSchema;

use crate::closing::store::Page;

/// Something that happened at a unit.
#[derive(Serialize, ToSchema)]
pub struct NotificationView {
    /// The unit's number for it, from 1 on. Those that are for a colleague alone are left out.
    pub number: i64,
    /// patient-arrived, patient-wrote, ticket-redeemed, no-time-fits, sms-not-delivered, closing-soon or
    /// unanswered-at-close; or, for whom it concerns alone: brought-in and handover-offered, to the colleague,
    /// handover-accepted and handover-declined, to who offered the matter, and handover-taken-back, to both, when
    /// somebody else took the offer back.
    pub kind: String,
    /// What it is about: case, appointment, ticket or text-message.
    pub resource_type: String,
    /// Its id; the first one's, where it is about several.
    pub resource_id: String,
    /// About how many.
    pub times: i64,
    /// The page to look at.
    pub path: String,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl NotificationView {
    /// From a row of [`after`].
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        let resource_type = row.text("resource_type")?.to_owned();
        let resource_id = row.text("resource_id")?.to_owned();
        let times = row.integer("times")?;
        let path = notification::page_of(&resource_type, &resource_id, times);
        Ok(NotificationView {
            number: row.integer("number")?,
            kind: row.text("kind")?.to_owned(),
            resource_type,
            resource_id,
            times,
            path,
            at: Timestamp::from_millis(row.integer("created_at")?),
        })
    }
}

/// The number of a unit's last notification; no row where there is none.
pub fn last(staff: &Staff) -> Statement {
    Statement::new(
        "SELECT number FROM notifications WHERE care_unit_id = ?1 AND care_provider_id = ?2 ORDER BY number DESC LIMIT 1",
        [(&staff.care_unit).into(), (&staff.care_provider).into()],
    )
}

/// Keeps until when a stream of a unit's may be open, as [`listen`](crate::store::listen) of a chat's.
pub fn listen(staff: &Staff, until: Timestamp) -> Statement {
    Statement::new(
        "UPDATE care_units SET listened_until = ?3 + 600000
WHERE id = ?1 AND care_provider_id = ?2 AND coalesce(listened_until, 0) < ?3 + 60000",
        [
            (&staff.care_unit).into(),
            (&staff.care_provider).into(),
            until.into(),
        ],
    )
}

/// A unit's notifications after a number, in order: those for all of its staff, and for the caller alone.
pub fn after(staff: &Staff, number: i64, limit: i64) -> Statement {
    Statement::new(
        "SELECT number, kind, resource_type, resource_id, times, created_at FROM notifications
WHERE care_unit_id = ?1 AND care_provider_id = ?2 AND number > ?3
  AND (practitioner_id IS NULL OR practitioner_id = ?5)
ORDER BY number
LIMIT ?4",
        [
            (&staff.care_unit).into(),
            (&staff.care_provider).into(),
            number.into(),
            limit.into(),
            (&staff.practitioner).into(),
        ],
    )
}

/// One notification a unit about all of a page's chats that stand as they were read. Comes before the statement
/// that changes them. `[chat, version, …]`
pub fn insert_of_page(page: &Page, kind: &'static str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, times, created_at)
SELECT chats.care_unit_id,
  1 + coalesce((SELECT max(number) FROM notifications WHERE notifications.care_unit_id = chats.care_unit_id), 0),
  chats.care_provider_id, ?2, 'case', min(chats.id), count(*), ?3
FROM json_each(?1) AS page
JOIN chats ON chats.id = (page.value ->> 0) AND chats.version = (page.value ->> 1) AND chats.closed_at IS NULL
GROUP BY chats.care_unit_id, chats.care_provider_id",
        [page.into(), kind.into(), now.into()],
    )
}
