//! The job that makes visible what the clock has decided about cases: tells the patient that a planned one has
//! opened and both sides that one will close, gives staff a task about an unanswered message, and closes what
//! is over. Bounded, safe when two run at once, and it catches up: each step is judged by the moment it runs.

pub mod store;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use shared::audit;
use shared::hsa_id::HsaId;
use shared::identifiers::{MessageId, SmsId, TaskId};
use shared::job::Job;
use shared::json::{self, Json};
use shared::opening_hours::OpeningHours;
use shared::patient::Patient;
use shared::platform::{Ports, Row, Statement};
use shared::problem::Problem;
use shared::sealing::{Place, Sealer};
use shared::sms_outbox::SmsTemplate;
use shared::task::TaskKind;
use shared::time::{HOUR, Timestamp};

use self::store::Page;
use crate::case::{Course, DueStep};
use crate::notice::NoticeKind;
use crate::notification;
use crate::store::course_from_row;

/// How many cases are looked up at once.
const PAGE: usize = 36;
/// How many of them one transaction takes: a request of somebody's asks the store twice, may wait behind one each time,
/// and is to take no longer than twice its usual time even then. Sixteen wrote a fifth of a row less a case, and of a
/// hundred requests two more than usual took over twice their usual time, where now hardly one does.
const AT_ONCE: usize = 4;
/// How many times as long as it was busy the store is left to others after each look and each transaction.
const RESTS: i64 = 3;
/// How many statements a run may ask of the store: D1 takes a thousand of one invocation.
const STATEMENTS: usize = 900;
/// What a transaction asks in which every step is due.
const TRANSACTION_AT_MOST: usize = 20;
/// After so many milliseconds a run leaves the rest to the next.
const PATIENCE: i64 = 20_000;

/// A case that was due as it was read.
struct Due {
    chat: String,
    care_unit: HsaId,
    care_provider: HsaId,
    patient: String,
    due_at: Timestamp,
    version: i64,
    course: Course,
    hours: OpeningHours,
    notice: i64,
    grace: i64,
    of_visit: bool,
    /// Whether its closing is told by text message where the patient can be reached: staff wrote while both sat in it,
    /// and the patient has not read it.
    tells: bool,
}

impl Due {
    fn from_row(row: Row) -> Result<Self, Problem> {
        Ok(Due {
            chat: row.text("id")?.to_owned(),
            care_unit: row.parsed("care_unit_id")?,
            care_provider: row.parsed("care_provider_id")?,
            patient: row.text("patient_id")?.to_owned(),
            due_at: Timestamp::from_millis(row.integer("due_at")?),
            version: row.integer("version")?,
            course: course_from_row(row)?,
            hours: row.parsed("opening_hours")?,
            notice: row.integer("case_notice_hours")? * HOUR,
            grace: row.integer("case_grace_hours")? * HOUR,
            of_visit: row.optional_text("appointment_id")?.is_some(),
            tells: row.truth("tells")?,
        })
    }

    /// What is due. Nobody is told that a visit's chat opens: both sides have the visit's time.
    fn step(&self, now: Timestamp) -> DueStep {
        match self.course.due_step(self.due_at, now) {
            DueStep::Announce if self.of_visit => DueStep::Wait,
            step => step,
        }
    }
}

/// What a run did.
#[derive(Default)]
struct Done {
    announced: usize,
    noticed: usize,
    asked: usize,
    closed: usize,
    looked_at: usize,
    put_off: usize,
    /// How many could not be dealt with, for the store refused.
    failed: usize,
    /// How many statements it asked of the store.
    statements: usize,
    /// Whether so little is due that it tells the rooms of the chats, each of which is woken by it, mostly with nobody in
    /// it: with two hundred, a tenth of all requests took over twice their usual time meanwhile. Where it doesn't,
    /// whoever reads there hears with the next change, or by the room's alarm.
    tells_rooms: bool,
}

impl Done {
    /// Whether another transaction is within what the store takes.
    fn has_room(&self) -> bool {
        self.statements + TRANSACTION_AT_MOST <= STATEMENTS
    }
}

/// Which of the counts a step belongs to.
type Tally = fn(&mut Done) -> &mut usize;

/// Does what is due about cases, and says how much it did of what, also where it had to end.
pub async fn close_due(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    let began = ports.clock.now();
    let mut done = Done::default();
    let ended = close_until_nothing_is_due(&ports, began, &mut done).await;
    let left = *ended.as_ref().unwrap_or(&true);
    let report = json!({
        "at": began.to_string(), "function": "messaging", "job": "close", "looked_at": done.looked_at, "announced": done.announced,
        "noticed": done.noticed, "asked_staff": done.asked, "closed": done.closed,
        "put_off": done.put_off, "failed": done.failed, "left": left,
    });
    json::log(&report);
    ended.map(|_| Json(report))
}

/// Whether something may be left that is due.
async fn close_until_nothing_is_due(
    ports: &Ports,
    began: Timestamp,
    done: &mut Done,
) -> Result<bool, Problem> {
    // Each look begins at the unit after the last one's, so that many cases of one hold up no other's.
    let mut after = String::new();
    while done.has_room() {
        let now = ports.clock.now();
        if now.millis() - began.millis() > PATIENCE {
            return Ok(true);
        }
        done.statements += 1;
        let found = store::due(now, &after, PAGE as i64);
        let found = ports.store.query(found).await?.rows;
        done.tells_rooms = found.len() < PAGE;
        rest(ports, now).await;
        let (mut due, mut unreadable) = (vec![], vec![]);
        for row in found.iter() {
            match Due::from_row(row) {
                Ok(one) => due.push(one),
                Err(_) => unreadable.push(row.text("id")?),
            }
        }
        if !unreadable.is_empty() {
            done.statements += 1;
            let later = put_off(ports, &unreadable, "unreadable", now);
            ports.store.query(later).await?;
            done.put_off += unreadable.len();
        }
        for some in due.chunks(AT_ONCE) {
            if !done.has_room() {
                break;
            }
            let now = ports.clock.now();
            done.looked_at += some.len();
            if take_steps(ports, some, now, done).await.is_err() {
                take_each(ports, some, done).await?;
            }
            rest(ports, now).await;
        }
        let last = found.iter().last().filter(|_| found.len() == PAGE);
        if last.is_none() && after.is_empty() {
            return Ok(!done.has_room());
        }
        after = match last {
            Some(row) => row.text("care_unit_id")?.to_owned(),
            None => String::new(),
        };
    }
    Ok(true)
}

/// Takes the steps of cases one by one, where the store refused them together, so that one holds up no other. One that is
/// refused even so is left alone for an hour.
async fn take_each(ports: &Ports, due: &[Due], done: &mut Done) -> Result<(), Problem> {
    for one in due {
        if !done.has_room() {
            break;
        }
        let now = ports.clock.now();
        if take_steps(ports, std::slice::from_ref(one), now, done)
            .await
            .is_err()
        {
            done.statements += 1;
            let later = put_off(ports, &[&one.chat], "refused", now);
            ports.store.query(later).await?;
            done.failed += 1;
        }
    }
    Ok(())
}

/// Leaves the store to others, after what began then.
async fn rest(ports: &Ports, began: Timestamp) {
    let took = ports.clock.now().millis() - began.millis();
    let rest = u32::try_from((RESTS * took).clamp(1, 200)).unwrap_or(1);
    ports.pause.pause(rest).await;
}

/// Leaves for an hour what does not open, for its key may be on its way, or what the store refuses: no other waits for it.
fn put_off(ports: &Ports, chats: &[&str], why: &'static str, now: Timestamp) -> Statement {
    audit::line(ports, "case-put-off", why);
    store::put_off(&json::of(&json!(chats)), now.plus(HOUR), now)
}

async fn take_steps(
    ports: &Ports,
    due: &[Due],
    now: Timestamp,
    done: &mut Done,
) -> Result<(), Problem> {
    let of =
        |step: DueStep| -> Vec<&Due> { due.iter().filter(|one| one.step(now) == step).collect() };
    let (mut announcing, mut noticing) = (of(DueStep::Announce), of(DueStep::GiveNotice));
    let told: Vec<&Due> = announcing.iter().chain(&noticing).copied().collect();
    let closing = of(DueStep::Close);
    let telling = closing.iter().filter(|one| one.tells);
    let asked: Vec<&Due> = told.iter().chain(telling).copied().collect();
    let patients = patients(ports, &asked, done).await?;
    let reachable = |one: &Due| {
        let patient = patients.get(&one.patient);
        patient.is_some_and(|patient| patient.reachable_at().is_some())
    };
    announcing.retain(|one| patients.contains_key(&one.patient));
    noticing.retain(|one| patients.contains_key(&one.patient));

    let unreadable = told
        .iter()
        .filter(|one| !patients.contains_key(&one.patient));
    let unreadable: Vec<&str> = unreadable.map(|one| one.chat.as_str()).collect();
    let taken = due
        .iter()
        .filter(|one| !unreadable.contains(&one.chat.as_str()));
    let taken = page(&taken.collect::<Vec<_>>(), |one| {
        json!([one.chat, one.version])
    });
    // First of all, while what others changed meanwhile can be told from what the steps change.
    let mut writing = vec![store::log(ports, &taken)?];
    if !unreadable.is_empty() {
        writing.push(put_off(ports, &unreadable, "unreadable", now));
    }
    // Where a message's rows come back: the place of the statement, and what it counts as.
    let mut counted: Vec<(usize, Tally)> = vec![];
    let mut tell = |statements: Vec<Statement>, tally: Tally| {
        writing.extend(statements);
        counted.push((writing.len() - 1, tally));
    };

    if !closing.is_empty() {
        let tells = |one: &Due| one.tells && reachable(one);
        let mut statements = vec![];
        let telling: Vec<&Due> = closing.iter().copied().filter(|one| tells(one)).collect();
        if !telling.is_empty() {
            let page = texts(ports, &telling, &patients, |_| now)?;
            let new = SmsTemplate::NewMessage.as_str();
            statements.push(store::insert_texts(&page, new, now));
        }
        let page = page(&closing, |one| {
            let ended_at = one.course.ended_at().millis();
            let message = MessageId::new(ports);
            json!([one.chat, one.version, ended_at, message, tells(one)])
        });
        statements.push(store::close(&page));
        statements.push(store::insert_notices(&page, NoticeKind::Closed, now));
        tell(statements, |done| &mut done.closed);
    }
    let asking = of(DueStep::AskStaff);
    if !asking.is_empty() {
        let page = page(&asking, |one| {
            let grace_ends_at = one.hours.open_for(now, one.grace);
            json!([
                one.chat,
                one.version,
                grace_ends_at.millis(),
                MessageId::new(ports),
                TaskId::new(ports)
            ])
        });
        tell(
            vec![
                notification::insert_of_page(&page, TaskKind::UnansweredAtClose.as_str(), now),
                store::insert_tasks(&page, now),
                store::begin_grace(&page),
                store::insert_notices(&page, NoticeKind::TimeIsOver, now),
            ],
            |done| &mut done.asked,
        );
    }
    if !noticing.is_empty() {
        let page = texts(ports, &noticing, &patients, |one| {
            one.course.end_due_at(now)
        })?;
        tell(
            vec![
                notification::insert_of_page(&page, "closing-soon", now),
                store::insert_texts(&page, SmsTemplate::CaseClosing.as_str(), now),
                store::count_notices(&page, false),
                store::insert_notices(&page, NoticeKind::ClosingSoon, now),
            ],
            |done| &mut done.noticed,
        );
    }
    let (reached, unreached): (Vec<&Due>, Vec<&Due>) =
        announcing.iter().copied().partition(|one| reachable(one));
    let next = |one: &Due| {
        let next = one.course.due_at_after_opening(one.notice, now);
        next.unwrap_or(now)
    };
    if !reached.is_empty() {
        let page = texts(ports, &reached, &patients, next)?;
        tell(
            vec![
                store::insert_texts(&page, SmsTemplate::NewMessage.as_str(), now),
                store::count_notices(&page, true),
                store::insert_notices(&page, NoticeKind::SmsSent, now),
            ],
            |done| &mut done.announced,
        );
    }
    if !unreached.is_empty() {
        let page = texts(ports, &unreached, &patients, next)?;
        writing.push(store::insert_texts(
            &page,
            SmsTemplate::NewMessage.as_str(),
            now,
        ));
        writing.push(store::look_later(&page));
    }
    let waiting = of(DueStep::Wait);
    if !waiting.is_empty() {
        let page = page(&waiting, |one| {
            let next = one.course.due_at(one.notice, now);
            let next = next
                .filter(|next| *next > now)
                .unwrap_or_else(|| one.course.end_due_at(now));
            json!([one.chat, one.version, next.millis()])
        });
        writing.push(store::look_later(&page));
    }
    done.statements += writing.len();
    let outcomes = ports.store.batch(writing).await?;
    let units: BTreeSet<&HsaId> = asking
        .iter()
        .chain(&noticing)
        .map(|one| &one.care_unit)
        .collect();
    for unit in units {
        ports.rooms.tell(&notification::room_of(unit), "change");
    }
    done.put_off += unreadable.len();
    for (place, tally) in counted {
        let Some(outcome) = outcomes.get(place) else {
            continue;
        };
        *tally(done) += outcome.rows.len();
        if done.tells_rooms {
            for row in outcome.rows.iter() {
                ports.rooms.tell(row.text("chat_id")?, "change");
            }
        }
    }
    Ok(())
}

fn page(due: &[&Due], row: impl Fn(&Due) -> Value) -> Page {
    Page(json::of(&due.iter().map(|one| row(one)).collect()))
}

/// The patients who are to be told, by id: those who can be read.
type Patients = BTreeMap<String, Patient>;

async fn patients(ports: &Ports, told: &[&Due], done: &mut Done) -> Result<Patients, Problem> {
    if told.is_empty() {
        return Ok(Patients::new());
    }
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let ids = json::text(&told.iter().map(|one| &one.patient).collect::<Vec<_>>())?;
    done.statements += 1;
    let found = ports.store.query(store::patients(&ids)).await?;
    let read = found
        .rows
        .iter()
        .filter_map(|row| Patient::from_row(&sealer, row).ok());
    Ok(read
        .map(|patient| (patient.id.to_string(), patient))
        .collect())
}

/// A page of chats whose patients are told by text message, with each one's number sealed for its row.
fn texts(
    ports: &Ports,
    told: &[&Due],
    patients: &Patients,
    next: impl Fn(&Due) -> Timestamp,
) -> Result<Page, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let mut rows = vec![];
    for one in told {
        let patient = patients
            .get(&one.patient)
            .ok_or_else(|| Problem::internal("a chat without its patient"))?;
        let sms = SmsId::new(ports).to_string();
        let place = Place {
            care_provider: &one.care_provider,
            column: "sms_outbox.recipient",
            row: &sms,
        };
        let recipient = patient
            .reachable_at()
            .map(|number| sealer.seal(&*ports.random, place, number.as_str()))
            .transpose()?;
        rows.push(json!([
            one.chat,
            one.version,
            next(one).millis(),
            MessageId::new(ports),
            sms,
            patient.language,
            recipient
        ]));
    }
    Ok(Page(json::of(&rows.into())))
}
