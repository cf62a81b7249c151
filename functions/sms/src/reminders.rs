//! Reminders of visits, a day and an hour before, each unit's choice. A run takes the visits that have come
//! within reach since the last one and writes their messages; how far it came is written with them, so that
//! no visit is reminded of twice or passed over, whoever runs and whenever.

use serde_json::{Value, json};
use shared::audit;
use shared::job::Job;
use shared::json::Json;
use shared::patient::Patient;
use shared::platform::{Ports, Statement};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::sms_outbox::{About, NewSms, SmsTemplate};
use shared::time::{HOUR, Timestamp};

use crate::store;

/// How many visits one transaction takes.
const PAGE: usize = 100;
/// How many transactions one run has at most, of each kind: some four hundred statements with both.
const PAGES: usize = 2;

/// A kind of reminder.
struct Kind {
    name: &'static str,
    template: SmsTemplate,
    before: i64,
    chosen: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind {
        name: "day",
        template: SmsTemplate::ReminderDay,
        before: 24 * HOUR,
        chosen: "reminds_day_before",
    },
    Kind {
        name: "hour",
        template: SmsTemplate::ReminderHour,
        before: HOUR,
        chosen: "reminds_hour_before",
    },
];

/// What a run did.
#[derive(Default)]
struct Done {
    written: usize,
    unreadable: usize,
}

/// Writes the reminders whose time has come.
pub async fn remind(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let began = ports.clock.now();
    let mut done = Done::default();
    for kind in &KINDS {
        for _ in 0..PAGES {
            if !page(&ports, &sealer, kind, &mut done).await? {
                break;
            }
        }
    }
    let report = json!({
        "at": began.to_string(), "function": "sms", "job": "remind", "written": done.written,
        "unreadable": done.unreadable,
    });
    shared::json::log(&report);
    Ok(Json(report))
}

/// One transaction. Says whether there may be more: not where somebody else does it.
async fn page(
    ports: &Ports,
    sealer: &Sealer,
    kind: &Kind,
    done: &mut Done,
) -> Result<bool, Problem> {
    let now = ports.clock.now();
    let reach = now.plus(kind.before);
    let read = ports.store.query(store::reminded_until(kind.name)).await?;
    let known = match read.rows.first() {
        Some(row) => Some((
            Timestamp::from_millis(row.integer("until")?),
            row.text("until_id")?.to_owned(),
        )),
        None => None,
    };
    // The first run of all begins now: what is already nearer than that was booked without reminders.
    let from = match &known {
        Some((until, id)) => ((*until).max(now), if *until < now { "~" } else { id }),
        None => (reach, "~"),
    };
    let found = ports
        .store
        .query(store::to_remind(from, reach, PAGE as i64))
        .await?;
    let full = found.rows.len() == PAGE;
    let mut last = (reach, "~".to_owned());
    let (mut writing, mut visits, mut unreadable) = (vec![], vec![], 0);
    for row in found.rows.iter() {
        let visit = row.text("appointment_id")?;
        if full {
            let starts_at = Timestamp::from_millis(row.integer("starts_at")?);
            last = (starts_at, visit.to_owned());
        }
        if !row.truth(kind.chosen)? {
            continue;
        }
        // Its key may be on its way, but the others' time is now.
        let Ok(patient) = Patient::from_row(sealer, row) else {
            unreadable += 1;
            continue;
        };
        let sms = NewSms {
            care_provider: &row.parsed("care_provider_id")?,
            care_unit: &row.parsed("care_unit_id")?,
            patient: patient.id,
            about: About::Appointment(row.parsed("appointment_id")?),
            participant: None,
            template: kind.template,
            language: &patient.language,
            recipient: patient.reachable_at(),
            fields: None,
            asked: false,
        };
        writing.push(sms.insert(ports, sealer)?);
        visits.push(visit);
    }
    let messages = writing.len();
    let come_from = known.as_ref().map(|(until, id)| (*until, id.as_str()));
    let mut batch = vec![
        store::advance(kind.name, come_from, (last.0, &last.1)),
        Statement::require_changes(),
    ];
    batch.extend(writing);
    batch.push(store::log_reminders(
        ports,
        kind.template.as_str(),
        &shared::json::text(&visits)?,
    )?);
    match ports.store.batch(batch).await {
        Ok(_) => {
            done.written += messages;
            done.unreadable += unreadable;
            if unreadable > 0 {
                audit::line(ports, "reminder-left-out", "unreadable");
            }
            Ok(full)
        }
        Err(error) if error.refused_by("require_changes") => Ok(false),
        Err(error) => Err(error.into()),
    }
}
