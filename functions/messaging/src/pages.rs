//! The pages of cases and chats, for patients and staff: plain forms that work without scripts. Each leads to
//! what the JSON does; where a form can't be used, the page comes again with what was written and what is wrong.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use shared::colleagues::{self, Colleague};
use shared::first_contact::PatientInput;
use shared::hsa_id::HsaId;
use shared::identifiers::{ChatId, ReplyPhraseId};
use shared::page::{
    Faults, FormPost, LocalPath, Viewer, assets, go_to, new_key, sent_already, waiting_offer,
};
use shared::platform::{Batch, Ports};
use shared::problem::Problem;
use shared::reply_phrase::{self, Fields, Phrase, filled};
use shared::role::Role;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::text::Text;
use shared::time::{MINUTE, Timestamp};
use shared::words::dates::moment;
use shared::words::{
    Language, Word, attachments as files, booking, messaging as words, roles, tickets,
};

use crate::api::cases::{
    CaseQuery, Change, CloseRequest, NewCase, change, list_cases, open_case as open_new_case,
};
use crate::api::chats::{
    Looking, MessageQuery, find_notes, keep_note, messages, notes_found, withdraw_message,
    write_message,
};
use crate::api::colleagues::{
    Answer, BringIn, HandOver, answer_offer, bring_colleague_in, hand_matter_over, leave_matter,
    offers_found, take_matter,
};
use crate::api::phrases::PhraseView;
use crate::api::view::{CaseView, MessageView, NoteView, Sender};
use crate::api::visits::open_visits_chat;
use crate::asked::{By, Unheard, parsed};
use crate::case::{CaseState, FirstWriter, NotNow, days_later};
use crate::notice::Notice;
use crate::store::{self, Phase};

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    language: Language,
    staff: bool,
    cases: Vec<CaseView>,
    now: Timestamp,
    next: Option<String>,
    /// Whether staff see those that are closed, too.
    all: bool,
}

impl CasesPage {
    fn state(&self, case: &CaseView) -> &'static str {
        self.language.say(words::state(case.state, self.staff))
    }

    fn when(&self, case: &CaseView) -> String {
        let (word, at) = match (case.state, case.closed_at) {
            (CaseState::Closed, Some(at)) => (words::WAS_CLOSED, at),
            (CaseState::Planned, _) => (words::OPENS, case.opens_at),
            _ if self.now >= case.closes_at => {
                return self.language.say(words::TIME_IS_OVER).into();
            }
            _ => (words::CLOSES, case.closes_at),
        };
        format!("{} {}", self.language.say(word), moment(self.language, at))
    }
}

/// The patient's cases, or the unit's that aren't closed; with `all`, those that are, too.
pub async fn list(asked: By<Caller>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    let [cursor, all] = asked.query(["cursor", "all"])?;
    let all = all.is_some();
    let By {
        who: caller, ports, ..
    } = asked;
    let staff = matches!(caller, Caller::Staff(_));
    let asked = CaseQuery {
        current: (staff && !all).then_some(true),
        limit: Some(50),
        cursor,
    };
    let found = list_cases(&caller, &ports, &asked).await?;
    let title = if staff {
        words::UNITS_CASES
    } else {
        words::MY_CASES
    };
    let page = CasesPage {
        language: viewer.language,
        staff,
        cases: found.cases,
        now: ports.clock.now(),
        next: found.next,
        all,
    };
    viewer.show(viewer.say(title), &page)
}

/// What staff see beside the chat.
struct Desk {
    notes: Vec<NoteView>,
    phrases: Vec<PhraseView>,
    /// Who can be brought in, once that was asked for.
    colleagues: Option<Vec<Colleague>>,
    /// The offer of the chat that waits, as HTML; empty where none does.
    offer: String,
}

#[derive(Template)]
#[template(path = "chat.html")]
struct ChatPage<'a> {
    language: Language,
    chat: CaseView,
    messages: Vec<MessageView>,
    earlier: Option<i64>,
    /// How many of the reader's files go with their next message.
    waiting: i64,
    desk: Option<Desk>,
    key: String,
    now: Timestamp,
    written: String,
    form: Option<&'a FormPost>,
    faults: Faults,
    script: &'static str,
}

impl ChatPage<'_> {
    fn state(&self) -> &'static str {
        let staff = self.desk.is_some();
        self.language.say(words::state(self.chat.state, staff))
    }

    fn moment(&self, at: &Timestamp) -> String {
        moment(self.language, *at)
    }

    fn was(&self, field: &str) -> String {
        self.form.map(|form| form.text(field)).unwrap_or_default()
    }

    /// What a colleague is told, whichever page it was written on.
    fn told_colleague(&self) -> String {
        self.was("bring_note") + self.was("handover_note").as_str()
    }

    /// What stands in the field of a new end: what was written there, or a time to begin from.
    fn new_end(&self) -> String {
        match self.was("closes_at") {
            was if !was.is_empty() => was,
            _ if self.is_closed() => usual_end(self.now),
            _ => {
                let (date, clock) = self.chat.closes_at.date_and_clock();
                format!("{date}T{}", clock.replace('.', ":"))
            }
        }
    }

    fn time_left(&self) -> String {
        let minutes = (self.chat.closes_at.millis() - self.now.millis()) / MINUTE;
        words::span(self.language, minutes)
    }

    /// Whether its end is still to come: not in the grace after it.
    fn ends_later(&self) -> bool {
        !self.is_closed() && self.now < self.chat.closes_at
    }

    fn who(&self, message: &MessageView) -> String {
        match (&message.from, &message.name) {
            _ if message.own => self.language.say(words::YOU).to_owned(),
            (_, Some(name)) => name.clone(),
            _ => self
                .chat
                .patient
                .name
                .clone()
                .unwrap_or_else(|| self.language.say(words::PATIENT).to_owned()),
        }
    }

    fn class(&self, message: &MessageView) -> &'static str {
        match message.from {
            Sender::System => "message system",
            _ if message.own => "message own",
            _ => "message other",
        }
    }

    fn notice(&self, notice: &Notice, message: &MessageView) -> String {
        words::notice(self.language, notice, message.name.as_deref())
    }

    fn progress(&self, message: &MessageView) -> Option<&'static str> {
        let word = match (message.read, message.delivered) {
            (Some(true), _) => words::READ,
            (_, Some(true)) => words::DELIVERED,
            (Some(false), _) => words::SENT,
            _ => return None,
        };
        Some(self.language.say(word))
    }

    fn is_synchronous(&self) -> bool {
        self.chat.phase == Phase::Synchronous
    }

    fn why_not(&self) -> &'static str {
        let why = self.chat.why_not.unwrap_or(NotNow::Closed);
        self.language.say(words::why_not(why, self.desk.is_some()))
    }

    fn phase(&self) -> &'static str {
        self.language.say(match self.chat.phase {
            Phase::Synchronous => words::SYNCHRONOUS,
            Phase::Asynchronous => words::ASYNCHRONOUS,
        })
    }

    /// Who the other side is to the stream, and what is said when they are there, and when they write.
    fn presence(&self) -> (&'static str, &'static str, &'static str) {
        let (other, here, writing) = match self.desk {
            Some(_) => ("patient", words::PATIENT_IS_HERE, words::PATIENT_WRITES),
            None => ("staff", words::STAFF_ARE_HERE, words::STAFF_WRITE),
        };
        (other, self.language.say(here), self.language.say(writing))
    }

    fn is_planned(&self) -> bool {
        self.chat.state == CaseState::Planned
    }

    fn is_closed(&self) -> bool {
        self.chat.state == CaseState::Closed
    }

    fn responsible(&self) -> String {
        let role = self.role(&self.chat.responsible.role);
        match &self.chat.responsible.name {
            Some(name) => format!("{name}, {role}"),
            None => role.to_owned(),
        }
    }

    fn role(&self, role: &Role) -> &'static str {
        self.language.say(roles::name(*role))
    }

    /// The names of all who take part.
    fn taking_part(&self) -> String {
        let responsible = self.chat.responsible.name.as_deref();
        let colleagues = self.chat.colleagues.iter().map(|one| one.name.as_str());
        responsible
            .into_iter()
            .chain(colleagues)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// What the patient is told to expect.
    fn expects(&self) -> Vec<String> {
        let mut told = vec![];
        if self.desk.is_some() || self.is_closed() {
            return told;
        }
        // The hours say when an answer comes: not where both sides are there, nor to who neither writes nor waits.
        let by_hours = self.chat.may_write || self.chat.state == CaseState::AwaitingStaff;
        let unit = &self.chat.care_unit;
        if by_hours && !unit.is_open && !self.is_synchronous() {
            let closed = self.language.say(words::UNIT_IS_CLOSED);
            told.push(match unit.opens_at {
                Some(at) => format!(
                    "{closed} {} {}.",
                    self.language.say(words::UNIT_OPENS),
                    moment(self.language, at)
                ),
                None => closed.to_owned(),
            });
        }
        match self.chat.answer_by {
            Some(at) if at > self.now => told.push(format!(
                "{} {}.",
                self.language.say(words::ANSWER_BY),
                moment(self.language, at)
            )),
            Some(_) => told.push(self.language.say(words::ANSWER_IS_LATE).to_owned()),
            None => {}
        }
        told
    }

    /// Where the patient can turn, while no last message says so: the clock has closed the case, and the job comes later.
    fn where_to_turn(&self) -> Option<&str> {
        let last = self.messages.last();
        match last.and_then(|last| last.where_to_turn.as_ref()) {
            None if self.desk.is_none() => self.chat.where_to_turn.as_deref(),
            _ => None,
        }
    }
}

/// Which part of a chat a page shows, and the reply phrase that is put into its field.
#[derive(Default)]
struct ChatQuery {
    before: Option<u32>,
    phrase: Option<String>,
    /// Whether a colleague is to be brought in.
    bring: bool,
}

/// A chat.
pub async fn chat(asked: By<Caller>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let viewer = asked.viewer()?;
    let [before, phrase, bring] = asked.query(["before", "phrase", "bring"])?;
    let query = ChatQuery {
        before: parsed("before", before)?,
        phrase,
        bring: bring.is_some(),
    };
    let By {
        who: caller, ports, ..
    } = asked;
    show_chat(&caller, &ports, &viewer, &id, &query, None, Faults::none()).await
}

async fn show_chat(
    caller: &Caller,
    ports: &Ports,
    viewer: &Viewer,
    id: &str,
    query: &ChatQuery,
    form: Option<&FormPost>,
    faults: Faults,
) -> Result<Response, Problem> {
    let chat_id: ChatId = id.parse().map_err(|_| Problem::not_found())?;
    let asked = MessageQuery {
        before: query.before,
        ..MessageQuery::default()
    };
    let looking = Looking::OnPage(viewer.language);
    let looked = messages(caller, ports, chat_id, &asked, looking).await?;
    let page = looked.page;
    let mut written = form.map(|form| form.text("text")).unwrap_or_default();
    let desk = match caller {
        Caller::Staff(staff) => {
            if let Some(phrase) = &query.phrase {
                written = filled_phrase(staff, ports, phrase, &page.chat).await?;
            }
            let names_one =
                |form: &FormPost| matches!(form.text("action").as_str(), "bring-in" | "hand-over");
            let bring = query.bring || form.is_some_and(names_one);
            Some(desk(staff, ports, viewer.language, chat_id, &page.chat, bring).await?)
        }
        Caller::Patient(_) => None,
    };
    let title = page.chat.subject.clone();
    let earlier = page
        .more
        .then(|| page.messages.first().map(|first| first.number));
    let content = ChatPage {
        language: viewer.language,
        earlier: earlier.flatten(),
        chat: page.chat,
        messages: page.messages,
        waiting: looked.files,
        desk,
        key: new_key(ports),
        now: ports.clock.now(),
        written,
        form,
        faults,
        script: assets::CHAT_SCRIPT_PATH,
    };
    let status = content.faults.status();
    viewer.show_as(status, &title, &content)
}

/// What staff see beside a chat, asked for at once; with `bring` also who of the unit doesn't take part in it.
async fn desk(
    staff: &Staff,
    ports: &Ports,
    language: Language,
    id: ChatId,
    chat: &CaseView,
    bring: bool,
) -> Result<Desk, Problem> {
    let mut asking: Batch = find_notes(staff, ports, id)?.into();
    asking.push(reply_phrase::phrases(&staff.care_unit));
    asking.extend(colleagues::offer_of(ports, staff, id)?);
    if bring {
        asking.push(colleagues::colleagues(staff, ports.clock.now()));
    }
    let store = ports.store_for(&Caller::Staff(staff.clone()));
    let found = store.batch(asking).await?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let colleagues = found.get(6);
    let mut colleagues = colleagues
        .map(|found| colleagues::opened(staff, ports, &found.rows))
        .transpose()?;
    if let Some(list) = &mut colleagues {
        list.retain(|one| {
            let id = one.id.as_str();
            chat.responsible.practitioner.as_deref() != Some(id)
                && chat.colleagues.iter().all(|other| other.practitioner != id)
        });
    }
    let phrases = reply_phrase::opened(ports, &found[3].rows)?;
    Ok(Desk {
        notes: notes_found(&sealer, &found)?,
        phrases: phrases.into_iter().map(PhraseView::from).collect(),
        colleagues,
        offer: match offers_found(ports, &found[4..=5])?.first() {
            Some(offer) => {
                let is_closed = chat.state == CaseState::Closed;
                let here = LocalPath::from_outside(&format!("/messaging/chats/{id}"));
                waiting_offer(language, ports, staff, offer, is_closed, &here)?
            }
            None => String::new(),
        },
    })
}

async fn filled_phrase(
    staff: &Staff,
    ports: &Ports,
    phrase: &str,
    chat: &CaseView,
) -> Result<String, Problem> {
    let id: ReplyPhraseId = phrase.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .batch(vec![
            reply_phrase::find(&staff.care_unit, id),
            store::find_practitioner(staff),
        ])
        .await?;
    let row = found[0].rows.first().ok_or_else(Problem::not_found)?;
    let (_, phrase) = Phrase::from_row(&sealer, row)?;
    let practitioner = match found[1].rows.first() {
        Some(row) => store::practitioner_name(&sealer, staff, row)?,
        None => String::new(),
    };
    // In figures: the phrase is the unit's own text, in whatever language it was written.
    let (date, clock) = chat.closes_at.date_and_clock();
    Ok(filled(
        &phrase.text,
        &Fields {
            patient: chat.patient.name.as_deref().unwrap_or_default(),
            practitioner: &practitioner,
            unit: &chat.care_unit.name,
            closes: &format!("{date} {clock}"),
        },
    ))
}

/// What somebody does in a chat by one of its forms: the field `action` says which.
pub async fn act(asked: By<Caller>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let form = asked.form()?;
    let viewer = asked.viewer()?;
    let By {
        who: caller, ports, ..
    } = asked;
    // From the page on which files are attached: a message that was begun is written on, and nothing is done.
    let is_back = form.text("action") == "back";
    let done = match is_back {
        true => Ok(None),
        false => take(&caller, &ports, &id, &form).await.map(Some),
    };
    let faults = match done {
        Ok(None) if !form.text("text").is_empty() => Faults::none(),
        Ok(done) => {
            let mut answer = go_to(&LocalPath::from_outside(&match form.text("return_to") {
                path if path.is_empty() => format!("/messaging/chats/{id}#end"),
                path => path,
            }));
            if let Some(unheard) = done.and_then(|done| done.extensions().get::<Unheard>().copied())
            {
                answer.extensions_mut().insert(unheard);
            }
            return Ok(answer);
        }
        Err(problem) => what_is_wrong(vec![problem])?,
    };
    let query = ChatQuery::default();
    show_chat(&caller, &ports, &viewer, &id, &query, Some(&form), faults).await
}

async fn take(
    caller: &Caller,
    ports: &Ports,
    id: &str,
    form: &FormPost,
) -> Result<Response, Problem> {
    let request = &form.identity;
    match (form.text("action").as_str(), caller) {
        // The page of files sends no more of a file than its name: a file goes by being uploaded.
        ("write", _) if !form.text("file").is_empty() => Err(Problem::invalid(
            "file",
            "upload it first, or send the message without",
        )),
        ("write", _) => {
            let text = text::<4000>(form, "text")?;
            write_message(caller, ports, id, request, &text).await
        }
        ("withdraw", _) => withdraw_message(caller, ports, id, &form.text("number"), request).await,
        (_, Caller::Patient(_)) => Err(Problem::not_allowed("Only care staff can do this.")),
        ("note", Caller::Staff(staff)) => {
            keep_note(staff, ports, id, request, &text::<4000>(form, "note")?).await
        }
        ("close", Caller::Staff(staff)) => {
            let closing = CloseRequest {
                reason: text::<1000>(form, "reason")?,
                message: form.parsed("message")?,
            };
            change(staff, ports, id, request, &Change::Close(&closing)).await
        }
        ("synchronous", Caller::Staff(staff)) => {
            change(
                staff,
                ports,
                id,
                request,
                &Change::Phase(Phase::Synchronous, None),
            )
            .await
        }
        ("hand-over", Caller::Staff(staff)) => {
            let to = HandOver {
                practitioner: form.parsed("practitioner")?,
                note: form.parsed("handover_note")?.or(form.parsed("bring_note")?),
            };
            hand_matter_over(staff, ports, id, request, &to).await
        }
        (action @ ("accept" | "decline"), Caller::Staff(staff)) => {
            let offer = form.parsed("offer")?;
            let answer = Answer {
                offer: offer.ok_or_else(|| Problem::invalid("offer", "say which offer"))?,
                accept: action == "accept",
            };
            answer_offer(staff, ports, id, request, &answer).await
        }
        ("take", Caller::Staff(staff)) => take_matter(staff, ports, id, request).await,
        ("bring-in", Caller::Staff(staff)) => {
            let practitioner = form.parsed("practitioner")?;
            let colleague = BringIn {
                practitioner: practitioner
                    .ok_or_else(|| Problem::invalid("practitioner", "say whom to bring in"))?,
                note: form.parsed("bring_note")?,
            };
            bring_colleague_in(staff, ports, id, request, &colleague).await
        }
        ("leave", Caller::Staff(staff)) => {
            leave_matter(staff, ports, id, request, &form.text("practitioner")).await
        }
        (action, Caller::Staff(staff)) => {
            let until = form
                .parsed("closes_at")?
                .ok_or_else(|| Problem::invalid("closes_at", "say when the case closes"))?;
            let to = match action {
                "extend" => Change::Extend(until),
                "shorten" => Change::Shorten(until),
                "reopen" => Change::Reopen(until),
                "asynchronous" => Change::Phase(Phase::Asynchronous, Some(until)),
                _ => return Err(Problem::invalid("action", "there is no such action")),
            };
            change(staff, ports, id, request, &to).await
        }
    }
}

fn text<const MAX: usize>(form: &FormPost, name: &str) -> Result<Text<MAX>, Problem> {
    form.text(name)
        .parse()
        .map_err(|error: shared::text::TextError| Problem::invalid(name, error.to_string()))
}

/// The fields of these pages' forms that a fault can stand at; any other stands in the summary alone.
const FIELDS: [&str; 13] = [
    "personal_identity",
    "name",
    "phone",
    "subject",
    "closes_at",
    "message",
    "text",
    "note",
    "reason",
    "practitioner",
    "bring_note",
    "opens_at",
    "first_writer",
];

/// What a person is told whose form can't be used; the problem itself, where another page says it better.
fn what_is_wrong(problems: Vec<Problem>) -> Result<Faults, Problem> {
    let mut faults = Faults::none();
    for problem in problems {
        add_fault(&mut faults, problem)?;
    }
    Ok(faults)
}

fn add_fault(faults: &mut Faults, problem: Problem) -> Result<(), Problem> {
    // The JSON's fields of a patient stand in the forms by themselves.
    let named = problem.field();
    let named = match (problem.kind(), named) {
        ("takes-part-already" | "offered-to-oneself" | "responsible-already", _) => {
            Some("practitioner")
        }
        // One field for what either is told.
        (_, Some("handover_note")) => Some("bring_note"),
        (_, named) => named.map(|field| field.strip_prefix("patient.").unwrap_or(field)),
    };
    let word = match (problem.kind(), named) {
        ("case-closed", _) => words::IS_CLOSED,
        ("time-is-over", Some(_)) => words::EXTEND_INSTEAD,
        ("time-is-over", _) => words::TIME_IS_OVER,
        ("case-not-open", _) => words::NOT_YET_OPEN,
        ("other-side-begins", _) => words::OTHER_SIDE_BEGINS,
        ("read-only", _) => words::READ_ONLY,
        ("unanswered", _) => words::UNANSWERED,
        ("not-withdrawable", _) => words::NOT_WITHDRAWABLE,
        ("case-not-closed", _) => words::NOT_CLOSED,
        ("too-late", _) => words::TOO_LATE,
        ("message-too-early", _) => words::MESSAGE_TOO_EARLY,
        ("offered-already" | "not-offered" | "not-in-the-pool", _) => words::HANDED_OVER_MEANWHILE,
        ("takes-part-already", _) => words::TAKES_PART_ALREADY,
        ("offered-to-oneself", _) => words::OFFERED_TO_ONESELF,
        ("responsible-already", _) => words::RESPONSIBLE_ALREADY,
        ("not-taking-part", _) => words::NOT_TAKING_PART,
        ("notes-full", _) => words::NOTES_FULL,
        ("invalid", Some("file")) => words::NOT_UPLOADED,
        ("invalid", Some("practitioner")) => words::NOBODY_CHOSEN,
        ("invalid", Some("closes_at")) => words::TIME_UNFIT,
        ("invalid", Some("opens_at")) => words::OPENING_UNFIT,
        ("invalid", Some("first_writer")) => words::FIRST_WRITER_UNFIT,
        ("invalid", Some("text" | "note" | "bring_note" | "reason" | "message" | "subject")) => {
            words::TEXT_UNFIT
        }
        ("invalid", Some("personal_identity")) => booking::WRONG_IDENTITY,
        ("invalid", Some("name")) => booking::WRONG_NAME,
        ("invalid", Some("phone")) => booking::WRONG_PHONE,
        ("under-age", _) => booking::TOO_YOUNG,
        ("invalid", _) => words::NOT_DONE,
        _ => match sent_already(&problem) {
            Some((_, word)) => word,
            None => return Err(problem),
        },
    };
    // It stands on another page: here is what was written to go with it.
    let named = named.map(|field| if field == "file" { "text" } else { field });
    let field = named.filter(|field| FIELDS.contains(field));
    faults.add(field.unwrap_or("content"), word);
    Ok(())
}

/// Leads to a visit's chat, which opens with the visit.
pub async fn visit(asked: By<Caller>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let form = asked.form()?;
    let By {
        who: caller, ports, ..
    } = asked;
    let opened = open_visits_chat(&caller, &ports, &id, &form.identity).await?;
    let chat = opened_case(opened).await?;
    Ok(go_to(&LocalPath::from_outside(&format!(
        "/messaging/chats/{chat}"
    ))))
}

/// When a case ends for which nothing else is said: so many days from now, at five o'clock.
fn usual_end(now: Timestamp) -> String {
    const DAYS: u64 = 7;
    let (date, _) = days_later(now, DAYS).date_and_clock();
    format!("{date}T17:00")
}

/// The fields with which a case can be other than usual, which are folded away until one of them is.
const UNUSUAL: [&str; 4] = ["opens_at", "practitioner", "first_writer", "read_only"];

#[derive(Template)]
#[template(path = "new_case.html")]
struct NewCasePage<'a> {
    language: Language,
    key: String,
    form: Option<&'a FormPost>,
    me: HsaId,
    now: Timestamp,
    colleagues: Vec<Colleague>,
    faults: Faults,
}

impl NewCasePage<'_> {
    /// What stands in a field: what was written, or what is usual where it wasn't asked yet.
    fn was(&self, field: &str) -> String {
        let asked = |form: &&FormPost| form.fields.iter().any(|(name, _)| name == field);
        match self.form.filter(asked) {
            Some(form) => form.text(field),
            None => self.usual(field),
        }
    }

    fn usual(&self, field: &str) -> String {
        match field {
            "closes_at" => usual_end(self.now),
            "practitioner" => self.me.to_string(),
            "first_writer" => FirstWriter::Either.as_str().to_owned(),
            _ => String::new(),
        }
    }

    fn is_unusual(&self) -> bool {
        UNUSUAL
            .iter()
            .any(|field| self.faults.of(field).is_some() || self.was(field) != self.usual(field))
    }

    fn role(&self, role: &Role) -> &'static str {
        self.language.say(roles::name(*role))
    }

    /// The roles of which anyone can be responsible.
    fn roles(&self) -> impl Iterator<Item = Role> {
        Role::meeting_patients()
    }

    /// Who can be responsible.
    fn responsible(&self) -> impl Iterator<Item = &Colleague> {
        let all = self.colleagues.iter();
        all.filter(|one| one.role.meets_patients() || one.id == self.me)
    }

    fn first_writers(&self) -> [(&'static str, &'static str); 3] {
        let choice = |first: FirstWriter, word: Word| (first.as_str(), self.language.say(word));
        [
            choice(FirstWriter::Either, words::EITHER_FIRST),
            choice(FirstWriter::Staff, words::STAFF_FIRST),
            choice(FirstWriter::Patient, words::PATIENT_FIRST),
        ]
    }
}

/// The form by which staff open a case.
pub async fn new_case(asked: By<Staff>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    let By {
        who: staff, ports, ..
    } = asked;
    show_new_case(&staff, &ports, &viewer, None, Faults::none()).await
}

async fn show_new_case(
    staff: &Staff,
    ports: &Ports,
    viewer: &Viewer,
    form: Option<&FormPost>,
    faults: Faults,
) -> Result<Response, Problem> {
    let page = NewCasePage {
        language: viewer.language,
        key: new_key(ports),
        form,
        me: staff.practitioner.clone(),
        now: ports.clock.now(),
        colleagues: colleagues::of_unit(staff, ports).await?,
        faults,
    };
    let status = page.faults.status();
    viewer.show_as(status, viewer.say(words::NEW_CASE), &page)
}

/// Opens a case by the form. With `action=begin` it only shows the form with the patient filled in, so that no
/// personal number stands in an address.
pub async fn open_case(asked: By<Staff>) -> Result<Response, Problem> {
    let form = asked.form()?;
    let viewer = asked.viewer()?;
    let By {
        who: staff, ports, ..
    } = asked;
    if form.text("action") == "begin" {
        return show_new_case(&staff, &ports, &viewer, Some(&form), Faults::none()).await;
    }
    let opened = match new_case_of(&form) {
        Ok(new) => open_new_case(&staff, &ports, &new, &form.identity)
            .await
            .map_err(|problem| vec![problem]),
        Err(problems) => Err(problems),
    };
    match opened {
        Ok(answer) => {
            let case = opened_case(answer).await?;
            Ok(go_to(&LocalPath::from_outside(&format!(
                "/messaging/chats/{case}"
            ))))
        }
        Err(problems) => {
            let faults = what_is_wrong(problems)?;
            show_new_case(&staff, &ports, &viewer, Some(&form), faults).await
        }
    }
}

/// What a form says of a new case, or all that is wrong with it.
fn new_case_of(form: &FormPost) -> Result<NewCase, Vec<Problem>> {
    fn kept<T>(read: Result<T, Problem>, wrong: &mut Vec<Problem>) -> Option<T> {
        read.map_err(|problem| wrong.push(problem)).ok()
    }
    let needed = |name: &str| Problem::invalid(name, "this is needed");
    let checked = |name: &str| !form.text(name).is_empty();
    let mut wrong = vec![];
    let identity = form.parsed("personal_identity");
    let identity = identity.and_then(|one| one.ok_or_else(|| needed("personal_identity")));
    let identity = kept(identity, &mut wrong);
    let name = kept(form.parsed("name"), &mut wrong);
    let phone = kept(form.parsed("phone"), &mut wrong);
    let subject = kept(text(form, "subject"), &mut wrong);
    let closes_at = form.parsed("closes_at");
    let closes_at = closes_at.and_then(|one| one.ok_or_else(|| needed("closes_at")));
    let closes_at = kept(closes_at, &mut wrong);
    let message = kept(form.parsed("message"), &mut wrong);
    let opens_at = kept(form.parsed("opens_at"), &mut wrong);
    // One field for both: no role is called as a practitioner is.
    let role: Option<Role> = form.parsed("practitioner").unwrap_or_default();
    let practitioner = match role {
        Some(_) => None,
        None => kept(form.parsed("practitioner"), &mut wrong).flatten(),
    };
    let first_writer = kept(form.parsed("first_writer"), &mut wrong).flatten();
    let read_only = checked("read_only");
    match (identity, subject, closes_at) {
        (Some(personal_identity), Some(subject), Some(closes_at)) if wrong.is_empty() => {
            Ok(NewCase {
                patient: PatientInput {
                    personal_identity,
                    name: name.flatten(),
                    phone: phone.flatten(),
                    sms_consent: checked("sms_consent"),
                    language: None,
                    protected_identity: checked("protected_identity"),
                },
                subject,
                opens_at: opens_at.flatten(),
                closes_at,
                practitioner,
                role,
                // Preselected is whoever comes first, which of those who only read can be but staff.
                first_writer: first_writer
                    .filter(|first| !(read_only && *first == FirstWriter::Either)),
                patient_may_reply: Some(!read_only),
                message: message.flatten(),
            })
        }
        _ => Err(wrong),
    }
}

/// The id of the case that an answer tells of, the first one or one that is given again.
async fn opened_case(answer: Response) -> Result<ChatId, Problem> {
    #[derive(Deserialize)]
    struct Opened {
        id: ChatId,
    }
    let bytes = shared::post::whole(answer.into_body()).await?;
    serde_json::from_slice::<Opened>(&bytes)
        .map(|opened| opened.id)
        .map_err(|_| Problem::internal("an opened case has no id"))
}
