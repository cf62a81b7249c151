//! The SQL of the matters that staff keep open as tabs, nothing else. A tab is its session's; what it shows is found only
//! at the staff's own unit.

use shared::access_log::{self, Activity, Resource};
use shared::identifiers::SessionId;
use shared::log_entry_over;
use shared::platform::{Ports, Statement};
use shared::problem::Problem;
use shared::session::{Caller, Staff};
use shared::time::Timestamp;

use crate::tabs::Kind;

/// Whether the unit has such a matter: then there is a row.
pub fn find(staff: &Staff, kind: Kind, id: &str) -> Statement {
    let sql = match kind {
        Kind::Chat => "SELECT id FROM chats WHERE id = ?1 AND care_unit_id = ?2",
        Kind::Visit => "SELECT id FROM appointments WHERE id = ?1 AND care_unit_id = ?2",
        Kind::Ticket => "SELECT id FROM tickets WHERE id = ?1 AND care_unit_id = ?2",
    };
    Statement::new(sql, [id.into(), (&staff.care_unit).into()])
}

/// Keeps a matter of the unit open in a session. One that is open already stays in its place.
pub fn keep_open(
    staff: &Staff,
    session: SessionId,
    kind: Kind,
    id: &str,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO open_matters (session_id, kind, matter_id, opened_at)
SELECT sessions.id, ?2, ?3, ?4
FROM sessions
WHERE sessions.id = ?1 AND CASE ?2
  WHEN 'chat' THEN EXISTS (SELECT 1 FROM chats WHERE id = ?3 AND care_unit_id = ?5)
  WHEN 'visit' THEN EXISTS (SELECT 1 FROM appointments WHERE id = ?3 AND care_unit_id = ?5)
  ELSE EXISTS (SELECT 1 FROM tickets WHERE id = ?3 AND care_unit_id = ?5)
END
ON CONFLICT (session_id, matter_id) DO NOTHING",
        [
            session.into(),
            kind.as_str().into(),
            id.into(),
            now.into(),
            (&staff.care_unit).into(),
        ],
    )
}

/// Closes a tab.
pub fn close(session: SessionId, id: &str) -> Statement {
    Statement::new(
        "DELETE FROM open_matters WHERE session_id = ?1 AND matter_id = ?2",
        [session.into(), id.into()],
    )
}

macro_rules! open {
    ($columns:literal, $session:literal, $unit:literal) => {
        concat!(
            "SELECT ",
            $columns,
            "
FROM open_matters
LEFT JOIN chats
  ON open_matters.kind = 'chat' AND chats.id = open_matters.matter_id AND chats.care_unit_id = ",
            $unit,
            "
LEFT JOIN appointments
  ON open_matters.kind = 'visit' AND appointments.id = open_matters.matter_id AND appointments.care_unit_id = ",
            $unit,
            "
LEFT JOIN tickets
  ON open_matters.kind = 'ticket' AND tickets.id = open_matters.matter_id AND tickets.care_unit_id = ",
            $unit,
            "
JOIN patients ON patients.id = coalesce(chats.patient_id, appointments.patient_id, tickets.patient_id)
WHERE open_matters.session_id = ",
            $session
        )
    };
}

/// The matters that are open in a session, in the order in which they were opened, and the entry about everyone in them.
pub fn list(ports: &Ports, staff: &Staff, session: SessionId) -> Result<[Statement; 2], Problem> {
    let whose = || [session.into(), (&staff.care_unit).into()];
    let rows = concat!(
        open!(
            "open_matters.kind, open_matters.matter_id, chats.subject, appointments.starts_at,
  coalesce(
    chats.unread_by_staff, (SELECT unread_by_staff FROM chats WHERE appointment_id = appointments.id), 0
  ) AS unread,
  patients.care_provider_id, patients.id AS patient_id, patients.name AS patient_name, patients.protected_identity",
            "?1",
            "?2"
        ),
        "
ORDER BY open_matters.opened_at, open_matters.matter_id"
    );
    let log = access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Read,
        &Resource::new("open-matters", &staff.care_unit),
        log_entry_over!(open!(
            "patients.care_provider_id, patients.id AS patient_id",
            "?12",
            "?13"
        )),
        whose().into(),
    )?;
    Ok([Statement::new(rows, whose()), log])
}
