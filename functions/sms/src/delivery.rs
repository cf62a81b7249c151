//! Sending the outbox: what is due is judged as things stand now, claimed for a lease, handed to a gateway and
//! written down. At least once: whoever dies between the gateway's yes and the writing leaves a message that
//! comes again, unless its delivery report was quicker.

use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::audit;
use shared::hsa_id::HsaId;
use shared::identifiers::{PatientId, SmsId};
use shared::job::Job;
use shared::json::Json;
use shared::notification::tell;
use shared::personal_identity::PersonalIdentity;
use shared::phone_number::PhoneNumber;
use shared::platform::{Batch, Ports, Row, Rows, Statement, StoreError};
use shared::problem::Problem;
use shared::same_origin::own_origin;
use shared::sealing::{Place, Sealer};
use shared::sms_outbox::{SmsFields, SmsTemplate};
use shared::time::{HOUR, Timestamp};
use shared::words::Language;

use crate::gateway::{Gateway, Outgoing, Verdict, configured};
use crate::pace;
use crate::store;
use crate::telling::{Whose, failure_task, tell_staff};
use crate::text::{Matter, Occasion, text_of};

/// How many messages go at once, at most.
const PAGE: i64 = 20;
/// How many statements a run may ask of the store: with those of the reminders, which the same invocation writes,
/// and of the overdue reports, that stays below the thousand that D1 takes of one.
const STATEMENTS: usize = 450;
/// What a page asks at most: four for each message that fails for good, and what stands around them.
const PAGE_AT_MOST: usize = 4 * PAGE as usize + 8;
/// After so many milliseconds a run leaves the rest to the next.
const PATIENCE: i64 = 40_000;
/// The same of a run behind somebody's request, which the platform ends after half a minute.
const PATIENCE_BEHIND_A_REQUEST: i64 = 5_000;
/// For how many seconds a run waits for the gateway's rate.
const LOOKS: usize = 30;
/// How many messages a second a gateway takes, where no setting says.
const USUAL_RATE: i64 = 10;
/// Of how many overdue reports and waiting messages one run tells staff, four statements each.
const MOST_TOLD: usize = 25;

/// A message that is due, as it was read.
struct Due {
    id: String,
    care_provider: HsaId,
    care_unit: HsaId,
    patient: PatientId,
    template: SmsTemplate,
    due_at: Timestamp,
    created_at: Timestamp,
    attempts: i64,
    asked: bool,
    to: Option<PhoneNumber>,
    occasion: Occasion,
}

/// What a run did.
#[derive(Default)]
struct Done {
    sent: usize,
    again: usize,
    failed: usize,
    withheld: usize,
    put_off: usize,
    overdue: usize,
    waiting: usize,
    /// How many statements it asked of the store.
    statements: usize,
}

/// Sends what is due, and tells staff of reports that never came and of messages that can't leave.
pub async fn deliver(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    let began = ports.clock.now();
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let mut done = send_due(&ports, &sealer, PATIENCE, LOOKS).await?;
    let now = ports.clock.now();
    let overdue = store::without_report(now, MOST_TOLD as i64);
    done.overdue = tell_staff(&ports, &sealer, overdue, store::stop_waiting, "no-report").await?;
    let left = (MOST_TOLD - done.overdue) as i64;
    let waiting = store::waiting_since(pace::too_long_since(now), left);
    done.waiting = tell_staff(&ports, &sealer, waiting, store::tell_that_it_waits, "waits").await?;
    Ok(Json(done.report(began, "deliver")))
}

/// Sends what is due behind a request that may have written it, for a few seconds and within the gateway's rate:
/// the rest is for [`deliver`].
pub async fn deliver_now(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    let began = ports.clock.now();
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let done = send_due(&ports, &sealer, PATIENCE_BEHIND_A_REQUEST, 1).await?;
    Ok(Json(done.report(began, "deliver-now")))
}

impl Done {
    /// What a run did, in its log line and its answer.
    fn report(&self, began: Timestamp, job: &'static str) -> Value {
        let report = json!({
            "at": began.to_string(), "function": "sms", "job": job, "sent": self.sent, "again": self.again,
            "failed": self.failed, "withheld": self.withheld, "put_off": self.put_off, "overdue": self.overdue,
            "waiting": self.waiting,
        });
        shared::json::log(&report);
        report
    }
}

/// Sends what is due for so many milliseconds, as long as each page finds room within the gateway's rate in so many
/// looks, one a second. Whatever was judged before a wait is judged again after it.
async fn send_due(
    ports: &Ports,
    sealer: &Sealer,
    patience: i64,
    looks: usize,
) -> Result<Done, Problem> {
    let began = ports.clock.now();
    let gateways = configured(&*ports.secrets)?;
    let mut done = Done::default();
    let mut looked = 0;
    while done.statements + PAGE_AT_MOST <= STATEMENTS {
        let now = ports.clock.now();
        if now.millis() - began.millis() > patience {
            break;
        }
        done.statements += 2;
        let Some((gateway, refused)) = chosen(ports, &gateways, now).await? else {
            break;
        };
        let rate = rate_of(ports, gateway);
        let page = PAGE.min(rate);
        let found = ports.store.query(store::due(now, page)).await?;
        if found.rows.is_empty() {
            break;
        }
        let due = readable(ports, sealer, &found.rows, now, &mut done).await?;
        let ready = sort(ports, &due, now, &mut done).await?;
        if ready.is_empty() {
            continue;
        }
        done.statements += 1;
        if !has_room(ports, gateway, ready.len(), rate).await? {
            looked += 1;
            if looked >= looks {
                break;
            }
            ports.pause.pause(1000).await;
            continue;
        }
        looked = 0;
        send_page(ports, sealer, gateway, refused, &ready, &mut done).await?;
    }
    Ok(done)
}

/// How many messages a second a gateway takes: by its own setting, by that for all, or as usual.
fn rate_of(ports: &Ports, gateway: &dyn Gateway) -> i64 {
    let set = |name| {
        let rate = ports.secrets.get(name)?.parse().ok();
        rate.filter(|rate| (1..=1000).contains(rate))
    };
    set(gateway.rate_setting())
        .or_else(|| set("SMS_RATE_PER_SECOND"))
        .unwrap_or(USUAL_RATE)
}

/// Claims what is ready and sends it, and then writes down how the gateway is.
async fn send_page(
    ports: &Ports,
    sealer: &Sealer,
    gateway: &dyn Gateway,
    refused_before: i64,
    ready: &[(&Due, String)],
    done: &mut Done,
) -> Result<(), Problem> {
    let refused = AtomicI64::new(refused_before);
    let lease = SmsId::new(ports).to_string();
    done.statements += 2;
    let claimed = claim(ports, ready, &lease).await?;
    let sending = ready
        .iter()
        .filter(|(one, _)| claimed.contains(&one.id))
        .map(|(one, text)| send(ports, sealer, gateway, &refused, one, text, &lease));
    let mut health = vec![];
    let (mut works, mut fails, mut not_before) = (false, false, None);
    for outcome in join_all(sending).await {
        let (fate, of_gateway) = outcome?;
        done.statements += 1;
        match fate {
            Fate::Sent => done.sent += 1,
            Fate::ComesAgain => done.again += 1,
            Fate::Dead => {
                done.failed += 1;
                done.statements += 3;
            }
        }
        match of_gateway {
            OfGateway::Works => works = true,
            OfGateway::Fails => fails = true,
            OfGateway::IsBusy(until) => not_before = not_before.max(Some(until)),
            OfGateway::Nothing => {}
        }
    }
    let (name, now) = (gateway.name(), ports.clock.now());
    if fails || not_before.is_some() {
        health.push(store::gateway_failed(name, not_before, now));
    }
    if works {
        health.push(store::gateway_works(name, now));
    }
    let refused = refused.into_inner();
    if refused != refused_before {
        health.push(store::gateway_refused(name, refused));
    }
    if !health.is_empty() {
        done.statements += health.len();
        ports.store.batch(health).await?;
    }
    Ok(())
}

/// The messages of the rows. One that does not open (its key may be on its way) keeps no other back: it is put
/// off, and the log says so.
async fn readable(
    ports: &Ports,
    sealer: &Sealer,
    rows: &Rows,
    now: Timestamp,
    done: &mut Done,
) -> Result<Vec<Due>, Problem> {
    let mut due = vec![];
    let mut unreadable = vec![];
    for row in rows.iter() {
        match Due::from_row(ports, sealer, row, now) {
            Ok(one) => due.push(one),
            Err(_) => {
                let read_due_at = Timestamp::from_millis(row.integer("due_at")?);
                unreadable.push(store::put_off(row.text("id")?, read_due_at, now.plus(HOUR)));
            }
        }
    }
    if !unreadable.is_empty() {
        audit::line(ports, "text-message-put-off", "unreadable");
        done.put_off += unreadable.len();
        done.statements += unreadable.len();
        ports.store.batch(unreadable).await?;
    }
    Ok(due)
}

/// The gateway to ask now, if there is one that may be asked, and how many messages it has refused in a row.
async fn chosen<'a>(
    ports: &Ports,
    gateways: &'a [Box<dyn Gateway>],
    now: Timestamp,
) -> Result<Option<(&'a dyn Gateway, i64)>, Problem> {
    let found = ports.store.query(store::healths()).await?;
    let names = gateways.iter().map(|gateway| gateway.name());
    let healths = store::healths_of(names, &found)?;
    let place = pace::choose(&healths, now);
    Ok(place.and_then(|place| {
        let health = healths.get(place)?;
        Some((&**gateways.get(place)?, health.refused))
    }))
}

impl Due {
    fn from_row(ports: &Ports, sealer: &Sealer, row: Row, now: Timestamp) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let id = row.text("id")?.to_owned();
        let patient = row.text("patient_id")?;
        let open = |column: &'static str, row: &str, sealed: &str| {
            let place = Place {
                care_provider: &care_provider,
                column,
                row,
            };
            sealer.open(place, sealed)
        };
        let template: SmsTemplate = row.parsed("template")?;
        let to_guest = row.optional_text("participant_id")?.is_some();
        // A patient's own number and consent as they are now; a guest has but the one the invitation named.
        let number = match (to_guest, row.optional_text("phone")?) {
            (false, Some(sealed)) if row.truth("sms_consent")? => {
                Some(open("patients.phone", patient, sealed)?)
            }
            (false, _) => None,
            (true, _) => row
                .optional_text("recipient")?
                .map(|sealed| open("sms_outbox.recipient", &id, sealed))
                .transpose()?,
        };
        // A number that was kept before only mobiles were taken swallows nothing either: staff sees it withheld.
        let to = number.and_then(|number| number.parse::<PhoneNumber>().ok());
        let is_refused = row.optional_integer("refused_at")?.is_some();
        let to = to.filter(|to| to.is_swedish_mobile() && !is_refused);
        let identity = open("patients.identity", patient, row.text("identity")?)?;
        let identity: Option<PersonalIdentity> = identity.parse().ok();
        let age_limit = i32::try_from(row.integer("age_limit")?).unwrap_or(i32::MAX);
        let fields = row
            .optional_text("fields")?
            .map(|sealed| open("sms_outbox.fields", &id, sealed))
            .transpose()?;
        let fields: Option<SmsFields> = fields.and_then(|json| serde_json::from_str(&json).ok());
        let unit_reminds = match template {
            SmsTemplate::ReminderDay => row.truth("reminds_day_before")?,
            SmsTemplate::ReminderHour => row.truth("reminds_hour_before")?,
            _ => true,
        };
        let origin = own_origin(&*ports.secrets)?;
        let link = match (
            fields.and_then(|fields| fields.link),
            row.optional_text("chat_id")?,
        ) {
            (Some(link), _) => Some(link),
            (None, Some(chat)) => Some(format!("{origin}/messaging/chats/{chat}")),
            (None, None) => None,
        };
        Ok(Due {
            care_unit: row.parsed("care_unit_id")?,
            patient: row.parsed("patient_id")?,
            template,
            due_at: Timestamp::from_millis(row.integer("due_at")?),
            created_at: Timestamp::from_millis(row.integer("created_at")?),
            attempts: row.integer("attempts")?,
            asked: row.truth("asked")?,
            occasion: Occasion {
                template,
                language: Language::from_tag(row.text("language")?).unwrap_or(Language::Sv),
                to_guest,
                unit: row.text("public_name")?.to_owned(),
                protected: row.integer("protected_identity")? != 0,
                of_age: identity
                    .is_some_and(|identity| identity.age_on(now.date_in_stockholm()) >= age_limit),
                reachable: to.is_some(),
                unit_reminds,
                told_anew: row.truth("told_anew")?,
                matter: matter(row)?,
                origin,
                link,
            },
            to,
            care_provider,
            id,
        })
    }
}

/// What the message tells of, as it is now.
fn matter(row: Row) -> Result<Matter, StoreError> {
    let at =
        |column| Ok::<_, StoreError>(row.optional_integer(column)?.map(Timestamp::from_millis));
    if let (Some(state), Some(starts_at)) = (row.optional_parsed("visit_state")?, at("starts_at")?)
    {
        return Ok(Matter::Visit(state, starts_at));
    }
    if let (Some(state), Some(until)) = (row.optional_text("ticket_state")?, at("valid_until")?) {
        let open = state == "open" || state == "expired"; // which of the two the time says
        return Ok(Matter::Ticket(open, until));
    }
    if let Some(unread) = row.optional_integer("unread_by_patient")? {
        let until = at("closes_at")?.unwrap_or(Timestamp::from_millis(i64::MAX / 2));
        let open = row.optional_integer("closed_at")?.is_none();
        let told_from = until.plus(-row.integer("case_notice_hours")? * HOUR);
        return Ok(Matter::Chat(open, unread > 0, told_from, until));
    }
    Ok(Matter::Gone)
}

/// Withholds what isn't so any more, puts off what would wake somebody, and gives what is ready with its text.
async fn sort<'a>(
    ports: &Ports,
    due: &'a [Due],
    now: Timestamp,
    done: &mut Done,
) -> Result<Vec<(&'a Due, String)>, Problem> {
    let mut writing: Batch = vec![];
    let mut ready = vec![];
    for one in due {
        let leaves = pace::may_leave(one.template, one.asked, one.created_at, now);
        match text_of(&one.occasion, now) {
            Err(silence) => {
                done.withheld += 1;
                writing.push(store::withhold(&one.id, one.due_at, silence.as_str(), now));
            }
            Ok(_) if leaves > now => {
                done.put_off += 1;
                writing.push(store::put_off(&one.id, one.due_at, leaves));
            }
            Ok(text) => ready.push((one, text)),
        }
    }
    if !writing.is_empty() {
        done.statements += writing.len();
        ports.store.batch(writing).await?;
    }
    Ok(ready)
}

/// Whether so many messages more are within the gateway's rate: then they are counted.
async fn has_room(
    ports: &Ports,
    gateway: &dyn Gateway,
    messages: usize,
    rate: i64,
) -> Result<bool, Problem> {
    let messages = i64::try_from(messages).unwrap_or(i64::MAX);
    let now = ports.clock.now();
    let count = store::count_through(gateway.name(), messages, rate, now);
    let counted = ports.store.query(count).await?;
    Ok(!counted.rows.is_empty())
}

/// Claims what is ready, and gives the ids of those that nobody else had claimed.
async fn claim(
    ports: &Ports,
    ready: &[(&Due, String)],
    lease: &str,
) -> Result<Vec<String>, Problem> {
    let ids: Vec<&str> = ready.iter().map(|(one, _)| one.id.as_str()).collect();
    let ids = shared::json::text(&ids)?;
    let now = ports.clock.now();
    let outcomes = ports
        .store
        .batch(vec![
            store::claim(&ids, lease, now),
            store::log_claim(ports, &ids, lease)?,
        ])
        .await?;
    let claimed = outcomes.first().into_iter().flat_map(|one| one.rows.iter());
    Ok(claimed
        .map(|row| row.text("id").map(str::to_owned))
        .collect::<Result<_, _>>()?)
}

/// What became of a claimed message.
enum Fate {
    Sent,
    ComesAgain,
    Dead,
}

/// What one message tells of the gateway.
enum OfGateway {
    Works,
    Fails,
    /// It asks to be left alone until then.
    IsBusy(Timestamp),
    Nothing,
}

/// Hands one message to the gateway, and writes down what became of it.
async fn send(
    ports: &Ports,
    sealer: &Sealer,
    gateway: &dyn Gateway,
    refused: &AtomicI64,
    one: &Due,
    text: &str,
    lease: &str,
) -> Result<(Fate, OfGateway), Problem> {
    let Some(to) = &one.to else {
        return Err(Problem::internal("a message without a number was claimed"));
    };
    let outgoing = Outgoing {
        id: &one.id,
        to,
        text,
    };
    let request = gateway.request(&outgoing)?;
    let asked_at = ports.clock.now();
    // The log gateway's request goes nowhere.
    let verdict = if request.uri().host().is_none() {
        gateway.judge(&http::Response::new(vec![]), asked_at)
    } else {
        match ports.http.send(request).await {
            Ok(answer) => gateway.judge(&answer, ports.clock.now()),
            Err(_) => Verdict::Failed("no-answer"),
        }
    };
    let verdict = doubted(verdict, refused);
    let now = ports.clock.now();
    let (fate, of_gateway, writing) = match verdict {
        Verdict::Taken(gateway_id) => (
            Fate::Sent,
            OfGateway::Works,
            vec![store::taken(
                &one.id,
                lease,
                gateway.name(),
                &gateway_id,
                now,
                gateway.reports().then(|| now.plus(store::REPORT_WITHIN)),
            )],
        ),
        Verdict::Busy(wait) => (
            Fate::ComesAgain,
            OfGateway::IsBusy(now.plus(wait)),
            vec![store::was_not_tried(&one.id, lease, "busy", one.due_at)],
        ),
        Verdict::Failed(why) if one.attempts + 1 >= pace::ATTEMPTS => (
            Fate::Dead,
            OfGateway::Fails,
            dead_letter(ports, sealer, one, why, lease, now)?,
        ),
        Verdict::Failed(why) => {
            let mut chance = [0];
            ports.random.fill(&mut chance);
            let at = now.plus(pace::pause_after(one.attempts + 1, chance[0]));
            (
                Fate::ComesAgain,
                OfGateway::Fails,
                vec![store::comes_again(&one.id, lease, why, at)],
            )
        }
        Verdict::Refused(why) => (
            Fate::Dead,
            OfGateway::Nothing,
            dead_letter(ports, sealer, one, why, lease, now)?,
        ),
    };
    match ports.store.batch(writing).await {
        Ok(_) => {
            if matches!(fate, Fate::Dead) {
                tell(ports, &one.care_unit);
            }
            Ok((fate, of_gateway))
        }
        // The report was quicker, or the lease was over and another sender has it: theirs to write.
        Err(error) if error.refused_by("require_changes") => Ok((Fate::Sent, of_gateway)),
        Err(error) => Err(error.into()),
    }
}

/// What a verdict means of a gateway that refused so many messages in a row, which it counts: one that refuses whatever
/// it gets says nothing about a message, which comes again, through another gateway if there is one.
fn doubted(verdict: Verdict, refused: &AtomicI64) -> Verdict {
    match verdict {
        Verdict::Taken(_) => refused.store(0, Ordering::Relaxed),
        Verdict::Refused(why)
            if refused.fetch_add(1, Ordering::Relaxed) >= pace::REFUSED_AT_MOST =>
        {
            return Verdict::Failed(why);
        }
        _ => {}
    }
    verdict
}

/// The statements of a dead letter: the state, and the task for staff.
fn dead_letter(
    ports: &Ports,
    sealer: &Sealer,
    one: &Due,
    why: &'static str,
    lease: &str,
    now: Timestamp,
) -> Result<Batch, Problem> {
    let mut writing = vec![
        store::dead(&one.id, lease, why, now),
        Statement::require_changes(),
    ];
    let whose = Whose {
        id: &one.id,
        care_provider: &one.care_provider,
        care_unit: &one.care_unit,
        patient: one.patient,
    };
    writing.extend(failure_task(ports, sealer, "sms/deliver", &whose, why)?);
    Ok(writing)
}
