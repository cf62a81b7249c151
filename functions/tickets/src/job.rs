//! The job that makes visible what the clock has decided about tickets: it reminds of those that are about to
//! expire, once, and writes down which have expired. Bounded, and safe when two run at once: every step is
//! written over the version it was decided from.

use serde_json::{Value, json};
use shared::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::audit;
use shared::job::Job;
use shared::json::Json;
use shared::platform::{Ports, Statement};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::sms_outbox::SmsTemplate;
use shared::time::HOUR;

use crate::api::issue::message;
use crate::store::{self, Found};
use crate::ticket::{TicketState, reminder_is_due};

/// How many tickets one run looks at: with five statements each, and those of the lists that the same invocation
/// works off, that stays below the thousand that D1 takes of one.
const MOST: usize = 35;

/// Looks at the tickets whose moment has come, and says how much it did of what.
pub async fn look(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let due = ports
        .store
        .query(store::to_look_at(now, MOST as i64))
        .await?;
    let (mut reminded, mut expired, mut unreadable) = (0, 0, vec![]);
    for row in due.rows.iter() {
        // Its key may be on its way: nobody else waits for it.
        let Ok(mut found) = Found::from_row(&sealer, row, now) else {
            unreadable.push(store::look_later(row.text("id")?, now, now.plus(HOUR)));
            continue;
        };
        let ticket = &mut found.ticket;
        let remind = ticket.state == TicketState::Open
            && reminder_is_due(ticket.valid_until, ticket.sent_at, ticket.reminded, now);
        ticket.version += 1;
        ticket.reminded |= remind;
        let mut writing = vec![store::update(ticket, now), Statement::require_changes()];
        let has_expired = ticket.state == TicketState::Expired;
        if remind {
            writing.extend(message(
                &ports,
                &sealer,
                &found,
                SmsTemplate::TicketExpiring,
                false,
            )?);
        }
        let ticket = &found.ticket;
        writing.push(access_log::entry_of_job(
            &ports,
            "tickets/look",
            Activity::Write,
            &Resource::new("ticket", ticket.id),
            LOG_ENTRY_OF_ONE,
            vec![(&ticket.care_provider).into(), ticket.patient.into()],
        )?);
        match ports.store.batch(writing).await {
            Ok(_) => {
                reminded += usize::from(remind);
                expired += usize::from(has_expired);
            }
            // Somebody else changed it meanwhile: it is looked at again when its moment comes.
            Err(error) if error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    if !unreadable.is_empty() {
        audit::line(&ports, "ticket-put-off", "unreadable");
        ports.store.batch(unreadable).await?;
    }
    let report = json!({
        "at": now.to_string(), "function": "tickets", "job": "look", "looked_at": due.rows.len(),
        "reminded": reminded, "expired": expired, "left": due.rows.len() == MOST,
    });
    shared::json::log(&report);
    Ok(Json(report))
}
