//! Random sequences of everything that happens to a case, clock jumps over both DST changes among them, told to
//! the function and to a plain model. The model keeps the whole history and reads every rule from it anew.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::collections::BTreeMap;

use crate::world::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use shared::case::days_later;
use shared::opening_hours::OpeningHours;
use shared::time::{MINUTE, Timestamp};

/// One thing that happens.
#[derive(Debug, Clone)]
enum Event {
    Write(&'static str),
    /// The message that lies so many before the last.
    Withdraw(&'static str, usize),
    /// Up to the message that lies so many before the last; -1 is one that isn't there yet.
    Read(&'static str, i64),
    Note,
    /// One of the staff offers the matter to a colleague, or puts it into the pool.
    Offer(&'static str, Option<&'static str>),
    /// Somebody accepts what is offered to them, or declines; by that anybody takes back what isn't.
    Answer(&'static str, bool),
    /// Somebody takes the matter from the pool.
    Take(&'static str),
    /// One of the staff brings another in, or themselves.
    BringIn(&'static str, &'static str),
    /// One of the staff ends that another takes part, or they themselves.
    LetGo(&'static str, &'static str),
    /// Both sides are there now, or each writes when they can; with another end, so many milliseconds from now.
    Phase(&'static str, Option<i64>),
    /// The end is moved to so many milliseconds from now.
    Extend(i64),
    Shorten(i64),
    Reopen(i64),
    /// With a last message, or without.
    Close(bool),
    Job,
    Pass(i64),
    /// To the end, give or take.
    PassToEnd(i64),
    /// To the next night in which clocks change, give or take.
    PassToChange(i64),
}

/// A person's message.
#[derive(Debug, Clone)]
struct Written {
    by: &'static str,
    at: Timestamp,
    number: i64,
    text: String,
    withdrawn: Option<Timestamp>,
}

/// The rules in plain words, over the whole history.
struct Model {
    opens: Timestamp,
    closes: Timestamp,
    first: &'static str,
    messages: Vec<Written>,
    /// When the task about an unanswered message was made, since the end was last moved.
    task_at: Option<Timestamp>,
    /// Since when it is closed for good, by hand or by the job.
    closed: Option<Timestamp>,
    /// Whether the patient is still to be told that it has opened: once, and no more when staff or the job have
    /// seen to its end.
    owes_opening: bool,
    /// How many messages there are, the system's too.
    count: i64,
    /// The numbers of what the service said without a text message.
    silent: Vec<i64>,
    hours: OpeningHours,
    /// Who is responsible; nobody, of what lies in the pool.
    responsible: Option<&'static str>,
    /// Who offered the matter to whom, and waits for an answer.
    offer: Option<(&'static str, &'static str)>,
    /// The id of what was offered last, whether it waits or not.
    offered: String,
    /// Who was brought in, by whom.
    colleagues: Vec<(&'static str, &'static str)>,
    /// Whether an answer is expected now.
    phase: &'static str,
    /// Up to which number the patient and staff have read.
    read: [i64; 2],
}

const FIVE_MINUTES: i64 = 5 * MINUTE;
/// When clocks change, back and forth: at one in the morning, UTC.
const CHANGES: [&str; 2] = ["2026-10-25T01:00:00Z", "2027-03-28T01:00:00Z"];

fn is_patient(person: &str) -> bool {
    person == ALEX
}

/// An hour to ninety days of the calendar.
fn is_period(from: Timestamp, end: Timestamp) -> bool {
    (from.plus(hours(1))..=days_later(from, 90)).contains(&end)
}

impl Model {
    fn last(&self) -> Option<&Written> {
        self.messages.iter().rfind(|one| one.withdrawn.is_none())
    }

    fn unanswered(&self) -> bool {
        self.last().is_some_and(|last| is_patient(last.by))
    }

    /// Since when the patient waits for an answer: their first message after staff's last.
    fn waits_since(&self) -> Option<Timestamp> {
        let standing = self
            .messages
            .iter()
            .rev()
            .filter(|one| one.withdrawn.is_none());
        let waits = standing.take_while(|one| is_patient(one.by)).last();
        waits.map(|first| first.at)
    }

    fn grace_end(&self) -> Option<Timestamp> {
        // What staff take back after the end they have an hour at least to write anew.
        let taken_back = self.messages.iter().filter(|one| !is_patient(one.by));
        let taken_back = taken_back.filter_map(|one| one.withdrawn);
        let taken_back = taken_back.filter(|at| *at >= self.closes).max();
        let asked = self.hours.open_for(self.task_at?, hours(48));
        Some(taken_back.map_or(asked, |at| asked.max(at.plus(hours(1)))))
    }

    /// When it is over as things stand, if it ever is.
    fn over_from(&self) -> Option<Timestamp> {
        if self.closed.is_some() {
            return self.closed;
        }
        match self.last() {
            // Nobody may let a question fall: it takes a task, and 48 opening hours.
            Some(last) if is_patient(last.by) => self.grace_end(),
            // What was answered late may be taken back for five minutes.
            Some(last) if last.at >= self.closes => Some(last.at.plus(FIVE_MINUTES)),
            _ => Some(self.closes),
        }
    }

    fn state(&self, now: Timestamp) -> &'static str {
        if self.closed.is_some() {
            "closed"
        } else if now < self.opens {
            "planned"
        } else if now >= self.closes && self.over_from().is_some_and(|over| now >= over) {
            "closed"
        } else if self.unanswered() {
            "awaiting-staff"
        } else if self.last().is_some() && now < self.closes {
            "awaiting-patient"
        } else {
            "open"
        }
    }

    fn may_write(&self, person: &str, now: Timestamp) -> bool {
        let first_word = !self.messages.is_empty()
            || self.first == "either"
            || (self.first == "patient") == is_patient(person);
        let in_time = now < self.closes || !is_patient(person);
        !matches!(self.state(now), "planned" | "closed") && first_word && in_time
    }

    /// How many messages somebody's side has not read: the other's, and for the patient the system's of which a text
    /// message tells.
    fn unread(&self, person: &str) -> usize {
        let is_news = |number: &i64| match self.messages.iter().find(|one| one.number == *number) {
            Some(one) => is_patient(one.by) != is_patient(person) && one.withdrawn.is_none(),
            None => is_patient(person) && !self.silent.contains(number),
        };
        let read = self.read[usize::from(!is_patient(person))];
        (read + 1..=self.count).filter(is_news).count()
    }

    /// The service says something in the chat alone.
    fn say_silently(&mut self) {
        self.count += 1;
        self.silent.push(self.count);
    }

    /// Somebody becomes responsible, and takes part as that alone. Nothing waits any more for an answer.
    fn make_responsible(&mut self, person: &'static str) {
        self.responsible = Some(person);
        self.colleagues.retain(|(who, _)| *who != person);
        self.offer = None;
    }

    /// Whether a matter can be moved to an end at a moment.
    fn has_room(&self, end: Timestamp, now: Timestamp) -> bool {
        is_period(self.opens.max(now), end)
    }

    fn may_withdraw(&self, person: &str, message: &Written, now: Timestamp) -> bool {
        message.by == person
            && message.withdrawn.is_none()
            && now < message.at.plus(FIVE_MINUTES)
            && !matches!(self.state(now), "planned" | "closed")
            && (now < self.closes || !is_patient(person))
    }
}

/// Many cases of the same rules in one: the function on one side, the model on the other.
struct Play {
    clinic: Clinic,
    case: String,
    model: Model,
    told: usize,
    /// What was shown under each entity tag.
    copies: BTreeMap<String, String>,
}

impl Play {
    async fn begin(start: &str, opens_in: i64, length: i64, first: &'static str) -> Self {
        let clinic = Clinic::new().await;
        clinic.connect_maja().await;
        clinic.clock.set(at(start));
        let opens = clinic.now().plus(opens_in);
        let closes = opens.plus(length);
        let mut body = a_week();
        body["closes_at"] = json!(closes);
        body["first_writer"] = json!(first);
        if opens_in > 0 {
            body["opens_at"] = json!(opens);
        }
        let opened = clinic.post(ANNA, "cases", body).await;
        assert_eq!(opened.status, 201, "{}", opened.text);
        let model = Model {
            opens,
            closes,
            first,
            messages: vec![],
            task_at: None,
            closed: None,
            owes_opening: opens_in > 0,
            count: i64::from(opens_in == 0),
            silent: vec![],
            hours: "[[[480,1020]],[[480,1020]],[[480,1020]],[[480,1020]],[[480,1020]],[],[]]"
                .parse()
                .expect("a week"),
            responsible: Some(ANNA),
            offer: None,
            offered: "01890000-0000-7000-8000-000000000000".to_owned(),
            colleagues: vec![],
            phase: "asynchronous",
            read: [0, 0],
        };
        Play {
            case: opened.id(),
            clinic,
            model,
            told: 0,
            copies: BTreeMap::new(),
        }
    }

    async fn happen(&mut self, event: &Event) {
        let now = self.clinic.now();
        let case = self.case.clone();
        match event {
            Event::Pass(millis) => self.clinic.pass(*millis),
            Event::PassToEnd(more) => {
                let end = self.model.over_from().unwrap_or(self.model.closes);
                self.clinic.clock.set(end.plus(*more).max(now));
            }
            Event::PassToChange(more) => {
                let changes = CHANGES.map(|change| change.parse::<Timestamp>().expect("a moment"));
                if let Some(change) = changes.into_iter().find(|change| *change > now) {
                    self.clinic.clock.set(change.plus(*more).max(now));
                }
            }
            Event::Write(person) => {
                let may = self.model.may_write(person, now);
                self.told += 1;
                let text = format!("Text {}", self.told);
                let answer = self.clinic.write(person, &case, &text).await;
                assert_eq!(
                    answer.status,
                    if may { 201 } else { 409 },
                    "{}",
                    answer.text
                );
                if may {
                    self.model.count += 1;
                    self.model.owes_opening &= now < self.model.closes;
                    assert_eq!(answer.json()["number"], self.model.count);
                    self.model.messages.push(Written {
                        by: person,
                        at: now,
                        number: self.model.count,
                        text,
                        withdrawn: None,
                    });
                }
            }
            Event::Withdraw(person, back) => {
                let Some(place) = self.model.messages.len().checked_sub(1 + back) else {
                    return;
                };
                let may = self
                    .model
                    .may_withdraw(person, &self.model.messages[place], now);
                let number = self.model.messages[place].number;
                let path = format!("chats/{case}/messages/{number}/withdraw");
                let answer = self.clinic.post(person, &path, json!({})).await;
                assert_eq!(
                    answer.status,
                    if may { 200 } else { 409 },
                    "{}",
                    answer.text
                );
                if may {
                    self.model.messages[place].withdrawn = Some(now);
                }
                self.model.owes_opening &= !may || now < self.model.closes;
            }
            Event::Read(person, back) => {
                let number = (self.model.count - back).max(1);
                let may = number <= self.model.count;
                let path = format!("chats/{case}/read");
                let answer = self
                    .clinic
                    .post(person, &path, json!({ "number": number }))
                    .await;
                let expected = if may { 200 } else { 422 };
                assert_eq!(answer.status, expected, "{}", answer.text);
                if may {
                    // Reading further up unreads nothing.
                    let read = &mut self.model.read[usize::from(!is_patient(person))];
                    *read = number.max(*read);
                    assert_eq!(answer.json()["read"], *read);
                }
            }
            Event::Note => {
                let path = format!("chats/{case}/notes");
                let answer = self
                    .clinic
                    .post(STIG, &path, json!({ "text": "Intern" }))
                    .await;
                assert_eq!(answer.status, 201, "{}", answer.text);
            }
            Event::Offer(person, to) => {
                let can_take =
                    to.is_none_or(|to| to != *person && self.model.responsible != Some(to));
                let may =
                    self.model.state(now) != "closed" && self.model.offer.is_none() && can_take;
                let answer = self
                    .ask(person, "hand-over", json!({ "practitioner": to }), may)
                    .await;
                match to {
                    Some(to) if may => {
                        self.model.offer = Some((person, to));
                        let id = answer["offer"].as_str();
                        self.model.offered = id.expect("an id").to_owned();
                    }
                    None if may => self.model.responsible = None,
                    _ => {}
                }
            }
            Event::Answer(person, accept) => {
                let is_closed = self.model.state(now) == "closed";
                let may = match self.model.offer {
                    Some((_, to)) => !accept || (to == *person && !is_closed),
                    None => false,
                };
                let accepts = json!({ "offer": self.model.offered, "accept": accept });
                self.ask(person, "hand-over/answer", accepts, may).await;
                if may {
                    self.model.offer = None;
                }
                if may && *accept {
                    self.model.make_responsible(person);
                }
            }
            Event::Take(person) => {
                let may = self.model.responsible.is_none();
                self.ask(person, "take", json!({}), may).await;
                if may {
                    self.model.make_responsible(person);
                }
            }
            Event::BringIn(person, who) => {
                let takes_part = self.model.responsible == Some(*who)
                    || self.model.colleagues.iter().any(|(one, _)| one == who);
                let may = self.model.state(now) != "closed" && !takes_part;
                let body = json!({ "practitioner": who });
                self.ask(person, "colleagues", body, may).await;
                if may {
                    self.model.colleagues.push((who, person));
                    self.model.say_silently();
                }
            }
            Event::LetGo(person, who) => {
                let colleagues = &self.model.colleagues;
                let by = colleagues.iter().find(|(one, _)| one == who);
                let may_ask = self.model.state(now) != "closed" && by.is_some();
                let is_allowed = person == who
                    || by.is_some_and(|(_, by)| by == person)
                    || self.model.responsible == Some(*person);
                if may_ask && !is_allowed {
                    return;
                }
                let leave = format!("colleagues/{who}/leave");
                self.ask(person, &leave, json!({}), may_ask).await;
                if may_ask {
                    self.model.colleagues.retain(|(one, _)| one != who);
                    self.model.say_silently();
                }
            }
            Event::Phase(phase, millis) => {
                let end = millis.map(|millis| now.plus(millis));
                let begins = *phase == "synchronous" && now < self.model.opens;
                let has_room = match end {
                    None if begins => is_period(now, self.model.closes),
                    None => now < self.model.closes,
                    Some(end) if begins => is_period(now, end),
                    Some(end) => self.model.has_room(end, now),
                };
                let may = self.model.state(now) != "closed" && has_room;
                let path = format!("chats/{case}/phase");
                let to = match end {
                    Some(end) => json!({ "phase": phase, "closes_at": end }),
                    None => json!({ "phase": phase }),
                };
                let answer = self.clinic.post(ANNA, &path, to).await;
                assert_eq!(answer.status.is_success(), may, "{phase} {}", answer.text);
                assert!(may || matches!(answer.status.as_u16(), 409 | 422));
                if may {
                    self.model.phase = phase;
                    // What both sides are there for has begun.
                    if *phase == "synchronous" {
                        self.model.opens = self.model.opens.min(now);
                    }
                    self.model.closes = end.unwrap_or(self.model.closes);
                    self.model.task_at = None;
                    self.model.say_silently();
                }
            }
            Event::Extend(millis) => {
                let end = now.plus(*millis);
                let may = self.model.state(now) != "closed"
                    && end > self.model.closes
                    && self.model.has_room(end, now);
                // Both sides sit on in a chat whose time isn't over, until some hour of the same day.
                let day = |at: Timestamp| at.date_and_clock().0;
                let sit_on = now < self.model.closes && day(end) == day(now);
                self.move_end("extend", end, may).await;
                if may && !sit_on {
                    self.model.phase = "asynchronous";
                }
            }
            Event::Shorten(millis) => {
                let end = now.plus(*millis);
                let may = self.model.state(now) != "closed"
                    && now < self.model.closes
                    && end < self.model.closes
                    && self.model.has_room(end, now);
                self.move_end("shorten", end, may).await;
            }
            Event::Reopen(millis) => {
                let end = now.plus(*millis);
                let may = self.model.state(now) == "closed"
                    && self
                        .model
                        .over_from()
                        .is_some_and(|over| now < over.plus(hours(336)))
                    && self.model.has_room(end, now);
                self.move_end("reopen", end, may).await;
                if may {
                    self.model.phase = "asynchronous";
                }
            }
            Event::Close(with_message) => {
                let may = self.model.state(now) != "closed"
                    && (*with_message || !self.model.unanswered())
                    && (!with_message || self.model.may_write(ANNA, now));
                let mut body = json!({ "reason": "Klart" });
                if *with_message {
                    body["message"] = json!("Ha det bra");
                }
                let answer = self
                    .clinic
                    .post(ANNA, &format!("cases/{case}/close"), body)
                    .await;
                assert_eq!(
                    answer.status,
                    if may { 200 } else { 409 },
                    "{}",
                    answer.text
                );
                if may && *with_message {
                    self.model.count += 1;
                    self.model.messages.push(Written {
                        by: ANNA,
                        at: now,
                        number: self.model.count,
                        text: "Ha det bra".into(),
                        withdrawn: None,
                    });
                }
                if may {
                    self.model.say_silently();
                    self.model.closed = Some(now);
                    self.model.owes_opening = false;
                }
            }
            Event::Job => self.job().await,
        }
    }

    /// Something of colleagues', which is done or refused as the model says.
    async fn ask(&self, person: &str, what: &str, body: Value, may: bool) -> Value {
        let path = format!("chats/{}/{what}", self.case);
        let answer = self.clinic.post(person, &path, body).await;
        let expected = if may { 200 } else { 409 };
        assert_eq!(answer.status, expected, "{what} {}", answer.text);
        answer.json()
    }

    async fn move_end(&mut self, how: &str, end: Timestamp, may: bool) {
        let path = format!("cases/{}/{how}", self.case);
        let answer = self
            .clinic
            .post(ANNA, &path, json!({ "closes_at": end }))
            .await;
        assert_eq!(answer.status.is_success(), may, "{how} {}", answer.text);
        assert!(may || matches!(answer.status.as_u16(), 409 | 422));
        if may {
            self.model.closes = end;
            self.model.closed = None;
            self.model.owes_opening |= self.clinic.now() < self.model.opens;
            self.model.task_at = None;
            self.model.say_silently();
        }
    }

    /// The job decides nothing but when the task stands; all else it only makes visible.
    async fn job(&mut self) {
        let now = self.clinic.now();
        let state = self.model.state(now);
        let done = self.clinic.run_job().await;
        let asks =
            state == "awaiting-staff" && now >= self.model.closes && self.model.task_at.is_none();
        assert_eq!(done["asked_staff"], i64::from(asks));
        if asks {
            self.model.task_at = Some(now);
            self.model.owes_opening = false;
        }
        let closes = state == "closed" && self.model.closed.is_none();
        assert_eq!(done["closed"], i64::from(closes));
        if closes {
            self.model.closed = self.model.over_from();
            assert!(!self.model.unanswered() || self.model.task_at.is_some());
            self.model.owes_opening = false;
        }
        // However often its course was changed, and however late the job comes: it is announced, once.
        let is_under_way = !matches!(state, "planned" | "closed") && now < self.model.closes;
        let announces = is_under_way && self.model.owes_opening;
        assert_eq!(done["announced"], i64::from(announces));
        self.model.owes_opening &= !announces;
        // A notice may be given or not, as there is room; it is a message either way.
        let said = ["announced", "noticed", "asked_staff", "closed"]
            .map(|name| done[name].as_i64().expect("a count"));
        assert!(said.iter().sum::<i64>() <= 1, "{done}");
        self.model.count += said.iter().sum::<i64>();
        if said[2] + said[3] > 0 {
            self.model.silent.push(self.model.count);
        }
        let mut again = self.clinic.run_job().await;
        if done["announced"] == 1 && again["noticed"] == 1 {
            // It was told so late that it opened that the notice was due, too.
            self.model.count += 1;
            again = self.clinic.run_job().await;
        }
        assert_eq!(again["looked_at"], 0, "another run has nothing to do");
    }

    /// Everybody sees what the model says.
    async fn compare(&mut self) {
        let now = self.clinic.now();
        for person in [ALEX, ANNA] {
            let chat = self.clinic.chat(person, &self.case).await;
            let case = &chat["chat"];
            assert_eq!(case["state"], self.model.state(now), "{person}");
            assert_eq!(
                case["may_write"],
                self.model.may_write(person, now),
                "{person}"
            );
            assert_eq!(case["closes_at"], json!(self.model.closes));
            let is_closed = self.model.state(now) == "closed";
            let over_from = self.model.over_from().filter(|_| is_closed);
            assert_eq!(case["closed_at"], json!(over_from), "{person}");
            assert_eq!(
                case["responsible"]["practitioner"],
                json!(self.model.responsible)
            );
            let listed = case["colleagues"].as_array();
            let listed = listed.into_iter().flatten();
            let listed: Vec<&Value> = listed.map(|one| &one["practitioner"]).collect();
            let mut expected: Vec<&str> =
                self.model.colleagues.iter().map(|(who, _)| *who).collect();
            expected.sort_unstable();
            assert_eq!(listed, expected, "{person}");
            assert_eq!(case["phase"], self.model.phase);
            let waits = case["state"] == "awaiting-staff" && case["phase"] == "asynchronous";
            let since = self.model.waits_since().filter(|_| waits);
            let promised = since.map(|since| self.model.hours.open_for(since, hours(18)));
            assert_eq!(case["answer_by"], json!(promised), "{person}");
            assert_eq!(case["opens_at"], json!(self.model.opens));
            assert_eq!(case["unread"], self.model.unread(person), "{person}");
            let messages = chat["messages"].as_array().expect("messages");
            let numbers: Vec<i64> = messages
                .iter()
                .map(|one| one["number"].as_i64().expect("a number"))
                .collect();
            assert_eq!(numbers, (1..=self.model.count).collect::<Vec<_>>());
            let said: Vec<(i64, Value)> = messages
                .iter()
                .filter(|one| one["from"] != "system")
                .map(|one| {
                    (
                        one["number"].as_i64().expect("a number"),
                        one["text"].clone(),
                    )
                })
                .collect();
            let expected: Vec<(i64, Value)> = self
                .model
                .messages
                .iter()
                .map(|one| {
                    let text = if one.withdrawn.is_some() {
                        Value::Null
                    } else {
                        json!(one.text)
                    };
                    (one.number, text)
                })
                .collect();
            assert_eq!(said, expected, "{person}");
        }
        // A task stands for as long as its question has no answer.
        let stands = self.model.task_at.is_some() && self.model.unanswered();
        let open = "SELECT count(*) AS n FROM tasks WHERE done_at IS NULL";
        assert_eq!(self.clinic.number(open).await, i64::from(stands));
        // What is offered waits with whom it is offered to, and with who offered it, until it is answered; whoever asks
        // for the matter's own sees it, too.
        let of_matter = format!("hand-overs?chat={}", self.case);
        for (person, offers) in [
            (ANNA, "hand-overs"),
            (STIG, "hand-overs"),
            (MAJA, of_matter.as_str()),
        ] {
            let offers = self.clinic.get(person, offers).await.json();
            let offers: Vec<(&Value, &Value)> = offers["offers"]
                .as_array()
                .expect("offers")
                .iter()
                .map(|offer| (&offer["from"], &offer["to"]))
                .collect();
            let expected = self.model.offer.map(|(from, to)| (json!(from), json!(to)));
            let expected: Vec<(&Value, &Value)> =
                expected.iter().map(|(from, to)| (from, to)).collect();
            assert_eq!(offers, expected, "{person}");
        }
        // No visibly closed case has an open question without a task that stood.
        assert_eq!(
            self.clinic
                .number("SELECT count(*) AS n FROM chats WHERE closed_at IS NOT NULL AND last_from = 'patient' AND task_id IS NULL")
                .await,
            0
        );
        // A reader's copy is known by what it shows.
        for person in [ANNA, ALEX] {
            let path = format!("cases/{}", self.case);
            let seen = self.clinic.get(person, &path).await;
            let tag = format!("{person} {:?}", seen.headers["etag"]);
            let copy = self.copies.entry(tag).or_insert(seen.text.clone());
            assert_eq!(*copy, seen.text, "one tag, two answers");
        }
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let person = || prop_oneof![Just(ALEX), Just(ANNA), Just(STIG)];
    let staff = || prop_oneof![Just(ANNA), Just(STIG)];
    let unit = || prop_oneof![Just(ANNA), Just(STIG), Just(MAJA)];
    let span = || {
        prop_oneof![
            Just(hours(1) - 1),
            Just(hours(1)),
            Just(hours(3)),
            Just(hours(24)),
            Just(hours(30)),
            Just(hours(24 * 7)),
            Just(hours(24 * 92))
        ]
    };
    prop_oneof![
        6 => person().prop_map(Event::Write),
        2 => (person(), 0..2usize).prop_map(|(person, back)| Event::Withdraw(person, back)),
        2 => (person(), -1..3_i64).prop_map(|(person, back)| Event::Read(person, back)),
        1 => Just(Event::Note),
        2 => prop_oneof![
            Just(Event::Offer(ANNA, Some(STIG))),
            Just(Event::Offer(STIG, Some(ANNA))),
            Just(Event::Offer(STIG, Some(STIG))),
            staff().prop_map(|person| Event::Offer(person, None)),
        ],
        2 => (unit(), any::<bool>()).prop_map(|(person, accept)| Event::Answer(person, accept)),
        1 => unit().prop_map(Event::Take),
        1 => (staff(), staff()).prop_map(|(person, who)| Event::BringIn(person, who)),
        1 => (staff(), staff()).prop_map(|(person, who)| Event::LetGo(person, who)),
        2 => (prop_oneof![Just("synchronous"), Just("asynchronous")], proptest::option::of(span()))
            .prop_map(|(phase, millis)| Event::Phase(phase, millis)),
        1 => span().prop_map(Event::Extend),
        1 => span().prop_map(Event::Shorten),
        1 => span().prop_map(Event::Reopen),
        1 => any::<bool>().prop_map(Event::Close),
        3 => Just(Event::Job),
        3 => prop_oneof![
            Just(1),
            Just(FIVE_MINUTES - 1),
            Just(FIVE_MINUTES),
            Just(hours(1)),
            Just(hours(9)),
            Just(hours(24)),
            Just(hours(24 * 15))
        ]
        .prop_map(Event::Pass),
        3 => prop_oneof![Just(-FIVE_MINUTES), Just(-1), Just(0), Just(1)].prop_map(Event::PassToEnd),
        1 => prop_oneof![Just(-hours(1)), Just(-1), Just(0), Just(hours(1))].prop_map(Event::PassToChange),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_case_goes_as_the_plain_model_says(
        // A weekday, the nights of both DST changes, and the days before Christmas.
        start in prop_oneof![
            Just("2026-11-23T09:00"),
            Just("2026-10-24T23:30"),
            Just("2027-03-27T23:30"),
            Just("2026-12-22T16:55"),
        ],
        opens_in in prop_oneof![6 => Just(0), 2 => Just(hours(2)), 1 => Just(hours(24 * 100))],
        length in prop_oneof![Just(hours(1)), Just(hours(26)), Just(hours(24 * 3))],
        first in prop_oneof![2 => Just("either"), 1 => Just("staff"), 1 => Just("patient")],
        events in proptest::collection::vec(any_event(), 1..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let mut play = Play::begin(start, opens_in, length, first).await;
            for event in &events {
                play.happen(event).await;
                play.compare().await;
            }
        });
    }
}
