//! JSON handlers for cases: opening, reading, listing, and giving them another course. Each reads in one batch,
//! decides by `case`, and writes in one batch.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::care_unit::CareUnit;
use shared::commission::{named, role_at};
use shared::first_contact::{FirstContact, PatientInput, check_age, check_identity};
use shared::hsa_id::HsaId;
use shared::identifiers::{ChatId, MessageId};
use shared::json::Json;
use shared::paging::{Cursor, page_size};
use shared::patient::Patient;
use shared::platform::{Ports, Statement};
use shared::post::{ATTEMPTS, RequestIdentity, located, was_repeated};
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::{IdentityIndex, Sealer};
use shared::session::{Caller, Staff};
use shared::sms_outbox::{About, NewSms, SmsTemplate};
use shared::text::Text;
use shared::time::Timestamp;
use utoipa::{IntoParams, ToSchema};

use super::chats::{chat_id, tag, unchanged};
use super::problems::{message_too_early, not_now, unanswered, unfit};
use super::view::{CasePage, CaseView, Standing};
use crate::asked::{By, parsed};
use crate::case::{CaseState, Course, FirstWriter, LastMessage, Side, days_later, fits};
use crate::notice::{Notice, NoticeKind};
use crate::store::{self, Chat, Closing, Listed, Marks, NewMessage, Phase, Unit};

/// How many days ahead a case may be planned.
const FURTHEST: u64 = 366;

/// A case to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// Who it is for.
    pub patient: PatientInput,
    /// What it is about, up to 200 characters. The patient sees it; no text message names it.
    #[schema(value_type = String)]
    pub subject: Text<200>,
    /// From when it may be written in; now, if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Timestamp>,
    /// When the patient's writing stops: 1 hour to 90 days after the opening.
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Timestamp,
    /// Who is responsible (HSA-id); yourself, if neither this nor `role` is given.
    #[schema(value_type = Option<String>)]
    pub practitioner: Option<HsaId>,
    /// Anyone of this role is responsible.
    pub role: Option<Role>,
    /// Who may write first; whoever comes first, if left out.
    pub first_writer: Option<FirstWriter>,
    /// Whether the patient may write at all; yes, if left out.
    pub patient_may_reply: Option<bool>,
    /// Your first message, up to 4,000 characters; of a case that opens now.
    #[schema(value_type = Option<String>)]
    pub message: Option<Text<4000>>,
}

/// Opens a case, now or later.
#[utoipa::path(post, path = "/messaging/v1/cases", request_body = NewCase,
    responses((status = 201, body = CaseView), (status = 422, description = "a value can't be used; `field` says which")))]
pub async fn open(asked: By<Staff>) -> Result<Response, Problem> {
    let post = asked.post::<NewCase>()?;
    let By {
        who: staff, ports, ..
    } = asked;
    open_case(&staff, &ports, &post.body, &post.identity).await
}

/// Opens a case for whoever asked: a program or a page.
pub async fn open_case(
    staff: &Staff,
    ports: &Ports,
    new: &NewCase,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let identity = &new.patient.personal_identity;
    check_identity(ports, identity)?;
    let index = IdentityIndex::of(&*ports.secrets, identity)?;
    let responsible = match (&new.practitioner, new.role) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid(
                "role",
                "name a practitioner or a role, not both",
            ));
        }
        (Some(practitioner), None) => Some(practitioner),
        (None, Some(_)) => None,
        (None, None) => Some(&staff.practitioner),
    };
    let store = ports.store_for(&caller);
    let id = ChatId::new(ports);
    for _ in 0..ATTEMPTS {
        let mut reading = vec![
            request.lookup(&caller),
            Unit::find(&staff.care_unit, &staff.care_provider),
            Patient::find(&index, &staff.care_provider),
        ];
        reading.extend(
            responsible.map(|named| role_at(named, &staff.care_unit, &staff.care_provider)),
        );
        let found = store.batch(reading).await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        // An opening that has passed since is no fault of a request that was answered before.
        let course = wanted_course(new, now)?;
        let unit = CareUnit::connected(&found[1])?;
        let rules = CareUnit::from_row(unit)?;
        let unit = Unit::from_row(unit)?;
        check_age(&rules, identity, course.opens_at)?;
        let (role, practitioner_name) = match (responsible, found.get(3)) {
            (Some(responsible), Some(found)) => {
                let care_provider = &staff.care_provider;
                let (role, name) =
                    named(&sealer, care_provider, responsible, found, "practitioner")?;
                (role, Some(name))
            }
            _ => (new.role.unwrap_or(staff.role), None),
        };
        let contact = FirstContact::of(ports, &sealer, &new.patient, &found[2])?;
        let contact_rows = contact.rows(ports, &sealer, &index, &staff.care_provider)?;
        let patient = contact.patient;
        let mut chat = Chat {
            id,
            care_provider: staff.care_provider.clone(),
            unit,
            patient,
            appointment: None,
            practitioner: responsible.cloned(),
            practitioner_name,
            role,
            colleagues: vec![],
            subject: new.subject.as_str().to_owned(),
            phase: Phase::Asynchronous,
            course,
            waits_since: None,
            last_number: 0,
            marks: Marks::default(),
            patient_told: 0,
            unread_by_patient: 0,
            unread_by_staff: 0,
            version: 1,
            has_task: false,
            closing: None,
            opened_at: now,
        };

        let mut writing = contact_rows;
        let due_at = course.due_at(chat.unit.notice, now);
        writing.push(store::insert(
            ports,
            &sealer,
            &chat,
            &staff.practitioner,
            due_at,
        )?);
        if course.state(now) != CaseState::Planned {
            writing.extend(announce(ports, &sealer, &mut chat)?);
        }
        if let Some(text) = &new.message {
            writing.extend(store::count_of_staff(&chat, false, now));
            writing.push(
                NewMessage {
                    id: MessageId::new(ports),
                    chat: &chat,
                    from: &caller,
                    text: text.as_str(),
                    sent_at: now,
                }
                .insert(ports, &sealer)?,
            );
            chat.last_number += 1;
            chat.version += 1;
            chat.unread_by_patient += 1;
            chat.course.begun = true;
            chat.course.last = Some(LastMessage {
                from: Side::Staff,
                at: now,
            });
        }
        writing.push(store::log_write(ports, &caller, "case", &chat)?);
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::CREATED,
            &CaseView::of(&chat, &caller, now),
        )?;
        writing.insert(0, keep);
        match store.batch(writing).await {
            Ok(_) => return Ok(located(answer, format!("/messaging/v1/cases/{id}"))),
            Err(error) if was_repeated(&error) || error.refused_by("patients.") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to open a case",
    ))
}

fn wanted_course(new: &NewCase, now: Timestamp) -> Result<Course, Problem> {
    let opens_at = match new.opens_at {
        Some(at) if at < now => {
            return Err(Problem::invalid(
                "opens_at",
                "leave it out to open the case now",
            ));
        }
        Some(at) if at > days_later(now, FURTHEST) => {
            return Err(Problem::invalid("opens_at", "a case opens within a year"));
        }
        at => at.unwrap_or(now),
    };
    fits(opens_at, new.closes_at).map_err(|why| unfit("closes_at", why))?;
    let patient_may_reply = new.patient_may_reply.unwrap_or(true);
    let first_writer = match (new.first_writer, patient_may_reply) {
        (None, true) => FirstWriter::Either,
        (None | Some(FirstWriter::Staff), false) => FirstWriter::Staff,
        (Some(first), true) => first,
        (Some(_), false) => {
            return Err(Problem::invalid(
                "first_writer",
                "a patient who may not reply can't write first",
            ));
        }
    };
    if new.message.is_some() && (opens_at > now || first_writer == FirstWriter::Patient) {
        return Err(message_too_early());
    }
    Ok(Course {
        opens_at,
        closes_at: new.closes_at,
        first_writer,
        patient_may_reply,
        begun: false,
        last: None,
        grace_ends_at: None,
        closed_at: None,
    })
}

/// Tells the patient by text message that there is something to read, and says so in the chat where one goes.
pub fn announce(
    ports: &Ports,
    sealer: &Sealer,
    chat: &mut Chat,
) -> Result<Vec<Statement>, Problem> {
    let mut statements = vec![text_message(ports, sealer, chat, SmsTemplate::NewMessage)?];
    if chat.patient.reachable_at().is_some() {
        statements.push(store::count_of_system(chat.id));
        statements.push(store::insert_notice(
            ports,
            chat.id,
            Notice::plain(NoticeKind::SmsSent),
        ));
        chat.last_number += 1;
        chat.version += 1;
        chat.unread_by_patient += 1;
    }
    Ok(statements)
}

/// A text message to the patient of a chat.
pub fn text_message(
    ports: &Ports,
    sealer: &Sealer,
    chat: &Chat,
    template: SmsTemplate,
) -> Result<Statement, Problem> {
    NewSms {
        care_provider: &chat.care_provider,
        care_unit: &chat.unit.id,
        patient: chat.patient.id,
        about: About::Chat(chat.id),
        participant: None,
        template,
        language: &chat.patient.language,
        recipient: chat.patient.reachable_at(),
        fields: None,
        asked: true,
    }
    .insert(ports, sealer)
}

/// Which cases to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// Staff: `true` lists the cases that aren't closed, those first in which something is due soonest.
    pub current: Option<bool>,
    /// 1 to 500; 200, if left out.
    pub limit: Option<u16>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// The unit's cases, or the patient's own at every care provider; the newest first.
#[utoipa::path(get, path = "/messaging/v1/cases", params(CaseQuery),
    responses((status = 200, body = CasePage)))]
pub async fn list(asked: By<Caller>) -> Result<Json<CasePage>, Problem> {
    let [current, limit, cursor] = asked.query(["current", "limit", "cursor"])?;
    let query = CaseQuery {
        current: parsed("current", current)?,
        limit: parsed("limit", limit)?,
        cursor,
    };
    let By {
        who: caller, ports, ..
    } = asked;
    list_cases(&caller, &ports, &query).await.map(Json)
}

/// Lists cases for whoever asked: a program or a page.
pub async fn list_cases(
    caller: &Caller,
    ports: &Ports,
    query: &CaseQuery,
) -> Result<CasePage, Problem> {
    let size = page_size(query.limit)?;
    let cursor = query.cursor.as_deref().map(Cursor::parse).transpose()?;
    let current = query.current == Some(true) && matches!(caller, Caller::Staff(_));
    let (moment, id) = cursor
        .as_ref()
        .map_or((Timestamp::from_millis(0), ""), |cursor| {
            (cursor.moment, &cursor.id)
        });
    let listed = match (current, id) {
        (true, id) => Listed::Current(moment, id),
        // Ids are of digits and small letters: all of them come before a tilde.
        (false, "") => Listed::All("~"),
        (false, id) => Listed::All(id),
    };
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let statements = store::list(ports, caller, listed, size as i64 + 1)?;
    let found = ports.store_for(caller).batch(statements.into()).await?;
    let mut cases = vec![];
    let mut last = None;
    for row in found[0].rows.iter().take(size) {
        last = Some(Cursor {
            moment: Timestamp::from_millis(row.optional_integer("due_at")?.unwrap_or_default()),
            id: row.text("id")?.to_owned(),
        });
        let chat = Chat::from_row(&sealer, row)?;
        let view = CaseView::listed(&chat, caller, now);
        // The job makes a closing visible; that it is over, the clock has decided before.
        if !current || view.state != CaseState::Closed {
            cases.push(view);
        }
    }
    let next = match last {
        Some(last) if found[0].rows.len() > size => Some(last.to_text()),
        _ => None,
    };
    Ok(CasePage { cases, next })
}

/// One case. With `If-None-Match` it costs one statement to hear that nothing has changed.
#[utoipa::path(get, path = "/messaging/v1/cases/{id}",
    params(("id" = String, Path, description = "the case")),
    responses((status = 200, body = CaseView), (status = 304, description = "nothing has changed"), (status = 404, description = "none, or none for you")))]
pub async fn read(asked: By<Caller>) -> Result<Response, Problem> {
    let id = chat_id(&asked.part(0))?;
    if let Some(unchanged) = unchanged(&asked, id).await? {
        return Ok(unchanged);
    }
    let By {
        who: caller, ports, ..
    } = asked;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(&caller)
        .batch(vec![
            store::find(id, &caller),
            store::log_read(&ports, &caller, "case", id)?,
        ])
        .await?;
    let row = found[0].rows.first().ok_or_else(Problem::not_found)?;
    let chat = Chat::from_row(&sealer, row)?;
    let now = ports.clock.now();
    let view = CaseView::of(&chat, &caller, now);
    let tag = tag(Standing::of(&view, now), chat.course.last, now);
    Ok(([(header::ETAG, tag)], Json(view)).into_response())
}

/// When a case is to close instead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnd {
    /// When the patient's writing stops.
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Timestamp,
}

/// Why a case is closed by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseRequest {
    /// For staff alone, 1 to 1,000 characters.
    #[schema(value_type = String)]
    pub reason: Text<1000>,
    /// The last message to the patient. Needed where the patient's last message has no answer.
    #[schema(value_type = Option<String>)]
    pub message: Option<Text<4000>>,
}

/// What is to become of a case's course.
pub enum Change<'a> {
    /// A later end.
    Extend(Timestamp),
    /// An earlier end.
    Shorten(Timestamp),
    /// The end, now.
    Close(&'a CloseRequest),
    /// Open again, until then.
    Reopen(Timestamp),
    /// Another phase, and another end, if one is given.
    Phase(Phase, Option<Timestamp>),
}

/// Which phase a chat is to be in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPhase {
    /// Whether an answer is expected now.
    pub phase: Phase,
    /// When it closes instead: so a visit's chat goes on as a case.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closes_at: Option<Timestamp>,
}

/// Moves a chat between the synchronous and the asynchronous phase. The synchronous one begins at once.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/phase", request_body = NewPhase,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 200, body = CaseView), (status = 409, description = "it is closed, or in the grace after its end: extend it")))]
pub async fn phase(asked: By<Staff>) -> Result<Response, Problem> {
    turn(asked, |new: &NewPhase| {
        Change::Phase(new.phase, new.closes_at)
    })
    .await
}

/// Lets a case go on for longer.
#[utoipa::path(post, path = "/messaging/v1/cases/{id}/extend", request_body = NewEnd,
    params(("id" = String, Path, description = "the case")),
    responses((status = 200, body = CaseView), (status = 409, description = "it is closed")))]
pub async fn extend(asked: By<Staff>) -> Result<Response, Problem> {
    turn(asked, |new: &NewEnd| Change::Extend(new.closes_at)).await
}

/// Lets a case end sooner, an hour from now at the soonest.
#[utoipa::path(post, path = "/messaging/v1/cases/{id}/shorten", request_body = NewEnd,
    params(("id" = String, Path, description = "the case")),
    responses((status = 200, body = CaseView), (status = 409, description = "it is closed, or in the grace after its end: extend it")))]
pub async fn shorten(asked: By<Staff>) -> Result<Response, Problem> {
    turn(asked, |new: &NewEnd| Change::Shorten(new.closes_at)).await
}

/// Closes a case by hand. Where the patient's last message has no answer, a last message is needed.
#[utoipa::path(post, path = "/messaging/v1/cases/{id}/close", request_body = CloseRequest,
    params(("id" = String, Path, description = "the case")),
    responses((status = 200, body = CaseView), (status = 409, description = "it is closed, or a message has no answer")))]
pub async fn close(asked: By<Staff>) -> Result<Response, Problem> {
    turn(asked, |new: &CloseRequest| Change::Close(new)).await
}

/// Opens a closed case again, within the time that the unit has set for it.
#[utoipa::path(post, path = "/messaging/v1/cases/{id}/reopen", request_body = NewEnd,
    params(("id" = String, Path, description = "the case")),
    responses((status = 200, body = CaseView), (status = 409, description = "it isn't closed, or has been for too long")))]
pub async fn reopen(asked: By<Staff>) -> Result<Response, Problem> {
    turn(asked, |new: &NewEnd| Change::Reopen(new.closes_at)).await
}

/// What a program posts as a change of a case, which `to` reads out of the body.
async fn turn<T: DeserializeOwned>(
    asked: By<Staff>,
    to: fn(&T) -> Change<'_>,
) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<T>()?;
    let By {
        who: staff, ports, ..
    } = asked;
    change(&staff, &ports, &id, &post.identity, &to(&post.body)).await
}

/// Gives a case another course: reads it, judges by the rules, and writes over what was read, or looks again.
pub async fn change(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    to: &Change<'_>,
) -> Result<Response, Problem> {
    let id: ChatId = id.parse().map_err(|_| Problem::not_found())?;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let now = ports.clock.now();
        let found = store
            .batch(vec![
                request.lookup(&caller),
                store::find(id, &caller),
                store::unread_of_staff(id),
            ])
            .await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let mut chat = Chat::from_row(&sealer, row)?;
        let unread = found[2].rows.first().ok_or_else(Problem::not_found)?;
        let is_to_be_told = chat.is_to_be_told_at_last(unread.truth("unread_of_staff")?);
        let mut writing = if chat.has_task {
            vec![store::finish_task(id, &staff.practitioner, now)]
        } else {
            vec![]
        };
        writing.extend(match to {
            Change::Close(closing) => closed(
                ports,
                &sealer,
                staff,
                &mut chat,
                closing,
                is_to_be_told,
                now,
            )?,
            Change::Extend(_) | Change::Shorten(_) | Change::Reopen(_) | Change::Phase(..) => {
                let mut phase = match to {
                    Change::Extend(end) | Change::Reopen(end) => chat.phase_until(*end, now),
                    _ => chat.phase,
                };
                let (after, kind) = match to {
                    Change::Shorten(end) => {
                        (chat.course.shortened(*end, now), NoticeKind::EndsSooner)
                    }
                    Change::Reopen(end) => (
                        chat.course.reopened(*end, chat.unit.reopening, now),
                        NoticeKind::Reopened,
                    ),
                    Change::Phase(Phase::Synchronous, end) => {
                        phase = Phase::Synchronous;
                        (chat.course.begun_now(*end, now), NoticeKind::NowSynchronous)
                    }
                    Change::Phase(Phase::Asynchronous, end) => {
                        phase = Phase::Asynchronous;
                        (chat.course.ending(*end, now), NoticeKind::NowAsynchronous)
                    }
                    Change::Extend(end) => (chat.course.extended(*end, now), NoticeKind::Extended),
                    Change::Close(_) => (Ok(chat.course), NoticeKind::Closed),
                };
                let after = after.map_err(|why| unfit("closes_at", why))?;
                let due_at = row.optional_integer("due_at")?;
                let due_at = due_at.map(Timestamp::from_millis);
                let due_at = after.due_at_after_change(&chat.course, due_at, chat.unit.notice, now);
                let mut statements = vec![];
                if let Some(closing) = &chat.closing {
                    statements.push(store::keep_closing(ports, &sealer, &chat, closing)?);
                }
                statements.extend(store::change_course(&chat, &after, phase, due_at));
                let notice = match kind {
                    NoticeKind::NowSynchronous => Notice::plain(kind),
                    _ => Notice::until(kind, after.closes_at),
                };
                statements.push(store::insert_notice(ports, id, notice));
                // Who left while both sat in the chat is told of what was written since.
                if phase == Phase::Asynchronous && is_to_be_told {
                    statements.push(text_message(
                        ports,
                        &sealer,
                        &chat,
                        SmsTemplate::NewMessage,
                    )?);
                    statements.push(store::told(id));
                }
                chat.phase = phase;
                chat.course = after;
                chat.closing = None;
                chat.last_number += 1;
                chat.version += 1;
                statements
            }
        });
        writing.push(store::log_write(ports, &caller, "case", &chat)?);
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::OK,
            &CaseView::of(&chat, &caller, now),
        )?;
        writing.insert(0, keep);
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            // Somebody wrote or changed it meanwhile: look again, and judge by what stands now.
            Err(error)
                if was_repeated(&error)
                    || error.refused_by("require_changes")
                    || error.refused_by("CHECK") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to change a case",
    ))
}

fn closed(
    ports: &Ports,
    sealer: &Sealer,
    staff: &Staff,
    chat: &mut Chat,
    request: &CloseRequest,
    is_to_be_told: bool,
    now: Timestamp,
) -> Result<Vec<Statement>, Problem> {
    if chat.course.state(now) == CaseState::Closed {
        return Err(unfit("closes_at", crate::case::UnfitPeriod::Closed));
    }
    let mut statements = vec![];
    match &request.message {
        None if chat.course.is_unanswered() => return Err(unanswered()),
        None => {}
        Some(text) => {
            chat.course.may_write(Side::Staff, now).map_err(not_now)?;
            let tells = chat.is_to_be_told();
            statements.extend(store::count_of_staff(chat, tells, now));
            statements.push(
                NewMessage {
                    id: MessageId::new(ports),
                    chat,
                    from: &Caller::Staff(staff.clone()),
                    text: text.as_str(),
                    sent_at: now,
                }
                .insert(ports, sealer)?,
            );
            if tells {
                statements.push(text_message(ports, sealer, chat, SmsTemplate::NewMessage)?);
            }
            chat.course.last = Some(LastMessage {
                from: Side::Staff,
                at: now,
            });
            chat.course.begun = true;
            chat.unread_by_patient += 1;
            chat.last_number += 1;
            chat.version += 1;
        }
    }
    let closing = Closing {
        by: staff.practitioner.clone(),
        reason: request.reason.as_str().to_owned(),
    };
    statements.extend(store::close_by_hand(ports, sealer, chat, &closing, now)?);
    let notice = Notice::plain(NoticeKind::ClosedByStaff);
    statements.push(store::insert_notice(ports, chat.id, notice));
    // A last message tells of all that is unread.
    if request.message.is_none() && is_to_be_told {
        statements.push(text_message(ports, sealer, chat, SmsTemplate::NewMessage)?);
        statements.push(store::told(chat.id));
    }
    chat.course.closed_at = Some(now);
    chat.closing = Some(closing);
    chat.last_number += 1;
    chat.version += 1;
    Ok(statements)
}
