//! The unit week: three units' visits as they might stand on a Monday at ten past eight, made through
//! booking's API from a seed. Last week's visits are over, this morning's are under way, the rest are to
//! come. The same seed, keys and week give the same rows.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike};
use http::StatusCode;
use serde_json::{Value, json};
use shared::personal_identity::PersonalIdentity;
use shared::platform::Random;
use shared::platform::native::SeededRandom;
use shared::role::Role;
use shared::time::{HOUR, MINUTE, Timestamp, days_after, first_moment_in_stockholm};

use crate::front_desk::FrontDesk;
use crate::keys::{Failure, Keys};
use crate::people::{
    self, CARE_UNITS, CareUnit, PATIENTS, PRACTITIONERS, Patient, Person, Practitioner,
};
use crate::reasons::{CALLED_OFF, ENTRIES, reasons_for};
use crate::weekly_templates::weekly_templates;

/// Where no other is asked for.
pub const DEFAULT_SEED: u64 = 1;
/// The day on which everything is laid out, counted from the Monday: the Thursday before last.
const FIRST_DAY: i64 = -11;
/// Slots stand from last week's Monday to the Sunday after next.
const SLOT_DAYS: (u64, u64) = (7, 20);
/// Patients who want no text messages although their number is known.
const WITHOUT_CONSENT: [&str; 2] = ["bo.fors", "ebba.hundra"];
/// The patient who reads English.
const READS_ENGLISH: &str = "ali.nour";

/// The Monday of the Swedish week of a moment.
pub fn monday_of(now: Timestamp) -> NaiveDate {
    monday(now.date_in_stockholm())
}

/// The Monday of a date's week.
pub fn monday(date: NaiveDate) -> NaiveDate {
    date - TimeDelta::days(i64::from(date.weekday().num_days_from_monday()))
}

/// In which way staff choose the time.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Scheduled,
    FreeTime,
    Video,
}

/// What becomes of a visit.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Booked,
    Arrived,
    Started,
    Completed,
    NoShow,
    CalledOffByStaff,
    CalledOffByPatient,
    /// To a free time on this day.
    MovedTo(i64),
    /// Slots are laid out over it afterwards.
    LaidOutOver,
}

/// A visit that is to be booked.
#[derive(Clone)]
struct Plan {
    care_unit: &'static CareUnit,
    way: Way,
    /// On which day it is, counted from the Monday.
    day: i64,
    fate: Fate,
    practitioner: Option<&'static Practitioner>,
    patient: Option<&'static Patient>,
    /// At what time, as hour and minute.
    clock: Option<(u32, u32)>,
    participants: Vec<Value>,
    /// Booked over the visit that the practitioner has at the time, by this colleague.
    over_another_by: Option<&'static Practitioner>,
}

/// A visit that was booked.
struct Visit {
    id: String,
    plan: Plan,
    patient: &'static Patient,
    /// Who meets the patient.
    performer: &'static Practitioner,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

/// What happens at a moment.
enum Happening {
    Book(Box<Plan>),
    Step {
        visit: usize,
        by: &'static str,
        step: &'static str,
        body: Value,
    },
    Move {
        visit: usize,
        to: i64,
    },
    ReadVisit {
        visit: usize,
    },
    ReadDay(&'static CareUnit),
    ReadOwn(&'static Patient),
    LayOutOver {
        visit: usize,
    },
    WithdrawTwo(&'static Practitioner),
}

/// Choices that repeat for a seed.
struct Chooser(SeededRandom);

impl Chooser {
    fn below(&self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        // So few choices that the modulo favours none by more than a millionth.
        usize::try_from(u64::from_le_bytes(bytes) % end.max(1) as u64).unwrap_or_default()
    }

    fn between(&self, first: i64, last: i64) -> i64 {
        let span = usize::try_from(last - first + 1).unwrap_or(1);
        first + i64::try_from(self.below(span)).unwrap_or_default()
    }

    fn one_of<T: Copy>(&self, from: &[T]) -> Result<T, Failure> {
        from.get(self.below(from.len())).copied().ok_or_else(|| {
            "nothing to choose from: the plan doesn't fit the units' templates".into()
        })
    }
}

/// Makes the week that `date` lies in, and gives the desk with all that was written.
pub async fn unit_week(keys: &Keys, seed: u64, date: NaiveDate) -> Result<FrontDesk, Failure> {
    let monday = monday(date);
    let mut story = Story {
        desk: FrontDesk::open(keys, seed, moment(monday, FIRST_DAY, 8, 0)?)?,
        choose: Chooser(SeededRandom::new(!seed)),
        monday,
        visits: Vec::new(),
        ahead: BTreeMap::new(),
        happened: 0,
    };
    story.lay_out().await?;
    for (number, plan) in story.plans()?.into_iter().enumerate() {
        let at = story.when_booked(&plan, number)?;
        story.later(at, Happening::Book(Box::new(plan)));
    }
    story.readings()?;
    let maria = practitioner("maria.berg")?;
    story.later(moment(monday, -3, 9, 20)?, Happening::WithdrawTwo(maria));
    let now = moment(monday, 0, 8, 10)?;
    while let Some((&(at, order), _)) = story.ahead.first_key_value()
        && at <= now
    {
        if let Some(happening) = story.ahead.remove(&(at, order)) {
            story.desk.set_clock(at);
            story.happen(happening, at).await?;
        }
    }
    Ok(story.desk)
}

struct Story {
    desk: FrontDesk,
    choose: Chooser,
    monday: NaiveDate,
    visits: Vec<Visit>,
    /// In the order of their time; those of one moment in the order in which they came up.
    ahead: BTreeMap<(Timestamp, usize), Happening>,
    happened: usize,
}

impl Story {
    fn later(&mut self, at: Timestamp, happening: Happening) {
        self.happened += 1;
        self.ahead.insert((at, self.happened), happening);
    }

    async fn lay_out(&mut self) -> Result<(), Failure> {
        let first = self.monday - TimeDelta::days(SLOT_DAYS.0 as i64);
        let last = days_after(self.monday, SLOT_DAYS.1);
        for template in weekly_templates() {
            let request = template.to_request(self.monday, first, last);
            self.desk
                .post(template.by, "slot-templates", &request)
                .await??;
        }
        Ok(())
    }

    /// About fifty visits: a full last week, this morning, and the two weeks ahead.
    fn plans(&self) -> Result<Vec<Plan>, Failure> {
        use Fate::*;
        let ways = [
            Way::Scheduled,
            Way::FreeTime,
            Way::Scheduled,
            Way::Video,
            Way::Scheduled,
        ];
        let fates = [
            (Completed, 14, (-7, -3)),
            (NoShow, 3, (-7, -3)),
            (CalledOffByStaff, 2, (-5, -3)),
            (CalledOffByPatient, 2, (-5, -3)),
            (Booked, 16, (0, 11)),
            (CalledOffByStaff, 2, (1, 11)),
            (CalledOffByPatient, 2, (2, 11)),
            (MovedTo(3), 2, (1, 2)),
        ];
        let mut plans = self.particular_plans()?;
        let every_fate = fates
            .iter()
            .flat_map(|(fate, count, days)| vec![(*fate, *days); *count]);
        for (number, (fate, (first, last))) in every_fate.enumerate() {
            let day = loop {
                let day = self.choose.between(first, last);
                if day.rem_euclid(7) < 5 {
                    break day;
                }
            };
            let care_unit = &CARE_UNITS[number % CARE_UNITS.len()];
            plans.push(Plan {
                fate,
                ..plan(care_unit, ways[number % ways.len()], day)
            });
        }
        Ok(plans)
    }

    /// Those that show something of their own.
    fn particular_plans(&self) -> Result<Vec<Plan>, Failure> {
        let with = |key: &str, way, day, clock| -> Result<Plan, Failure> {
            let practitioner = practitioner(key)?;
            let plan = plan(practitioner.unit(), way, day);
            Ok(Plan {
                practitioner: Some(practitioner),
                clock: Some(clock),
                ..plan
            })
        };
        let for_patient = |key: &str| match people::find(key) {
            Some(Person::Patient(patient)) => Ok(Some(patient)),
            _ => Err(format!("no patient is called {key}")),
        };
        let interpreter =
            json!({ "role": "interpreter", "name": "Testtolken", "email": "tolk@example.com" });
        let relative = json!({ "role": "relative", "name": "Sam Nour", "phone": "070-174 06 20" });
        Ok(vec![
            Plan {
                fate: Fate::Started,
                ..with("anna.lind", Way::Scheduled, 0, (8, 0))?
            },
            Plan {
                fate: Fate::Started,
                ..with("nils.hav", Way::Video, 0, (7, 45))?
            },
            Plan {
                fate: Fate::Arrived,
                ..with("olof.strand", Way::Scheduled, 0, (8, 30))?
            },
            Plan {
                fate: Fate::Arrived,
                ..with("lars.ek", Way::FreeTime, 0, (8, 15))?
            },
            Plan {
                patient: for_patient(READS_ENGLISH)?,
                participants: vec![relative, interpreter],
                ..with("stig.testkvist", Way::Video, 2, (14, 0))?
            },
            with("maria.berg", Way::FreeTime, 2, (13, 0))?,
            Plan {
                over_another_by: Some(practitioner("anna.lind")?),
                ..with("maria.berg", Way::FreeTime, 2, (13, 10))?
            },
            Plan {
                fate: Fate::LaidOutOver,
                ..with("karin.holm", Way::FreeTime, 7, (9, 30))?
            },
        ])
    }

    /// Staff books on working days until the day before, and early enough for what becomes of the visit.
    /// What has its time named comes first of all, so that the time is free.
    fn when_booked(&self, plan: &Plan, number: usize) -> Result<Timestamp, Failure> {
        if plan.clock.is_some() {
            return Ok(moment(self.monday, FIRST_DAY, 8, 1)?.plus(number as i64 * MINUTE));
        }
        let last = match plan.fate {
            Fate::CalledOffByPatient | Fate::CalledOffByStaff | Fate::MovedTo(_) => {
                (plan.day - 4).min(-4)
            }
            _ => (plan.day - 1).min(-3),
        };
        let first = moment(self.monday, FIRST_DAY, 8, 30)?;
        self.working_moment(first, moment(self.monday, last, 16, 30)?)
    }

    /// A moment at which staff works, between the two.
    fn working_moment(&self, first: Timestamp, last: Timestamp) -> Result<Timestamp, Failure> {
        let minutes = (last.millis() - first.millis()) / MINUTE;
        for _ in 0..10_000 {
            let at = first.plus(self.choose.between(0, minutes.max(0)) * MINUTE);
            let local = at.in_stockholm();
            if local.weekday().num_days_from_monday() < 5 && (8..17).contains(&local.hour()) {
                return Ok(at);
            }
        }
        Err("there is no working time for a happening: the plan doesn't fit the week".into())
    }

    /// Each unit looks at its day in the morning; some patients look at their visits at the weekend.
    fn readings(&mut self) -> Result<(), Failure> {
        for day in [-7, -6, -5, -4, -3, 0] {
            for (place, care_unit) in CARE_UNITS.iter().enumerate() {
                let at = moment(self.monday, day, 7, 40 + place as u32)?;
                self.later(at, Happening::ReadDay(care_unit));
            }
        }
        for patient in PATIENTS.iter().step_by(3) {
            let at = moment(self.monday, -2, 10, 0)?.plus(self.choose.between(0, 30 * 60) * MINUTE);
            self.later(at, Happening::ReadOwn(patient));
        }
        Ok(())
    }

    async fn happen(&mut self, happening: Happening, now: Timestamp) -> Result<(), Failure> {
        match happening {
            Happening::Book(plan) => self.book(*plan, now).await,
            Happening::Step {
                visit,
                by,
                step,
                body,
            } => {
                let path = format!("appointments/{}/{step}", self.visits[visit].id);
                self.desk.post(by, &path, &body).await??;
                Ok(())
            }
            Happening::Move { visit, to } => self.move_visit(visit, to).await,
            Happening::ReadVisit { visit } => {
                let Visit { id, performer, .. } = &self.visits[visit];
                self.desk
                    .get(performer.key, &format!("appointments/{id}"))
                    .await?;
                Ok(())
            }
            Happening::ReadDay(care_unit) => {
                let reader = self.choose.one_of(&staff_of(care_unit))?;
                self.desk.get(reader.key, "appointments").await?;
                Ok(())
            }
            Happening::ReadOwn(patient) => {
                self.desk.get(patient.key, "appointments").await?;
                Ok(())
            }
            Happening::LayOutOver { visit } => {
                let Visit {
                    performer,
                    starts_at,
                    ..
                } = &self.visits[visit];
                let date = starts_at.date_in_stockholm();
                let weekday = date.format("%A").to_string().to_lowercase();
                let request = json!({
                    "practitioner": performer.id,
                    "recurrence": {
                        "weekdays": [weekday], "from": "09:00", "to": "11:00", "minutes": 30,
                        "valid_from": date, "valid_to": date
                    }
                });
                self.desk
                    .post(performer.key, "slot-templates", &request)
                    .await??;
                Ok(())
            }
            Happening::WithdrawTwo(practitioner) => {
                // Friday's last ones.
                for slot in self.free_slots(practitioner, 4).await?.iter().rev().take(2) {
                    let path = format!("slots/{}/withdraw", text(slot, "id")?);
                    self.desk
                        .post(practitioner.key, &path, &json!({}))
                        .await??;
                }
                Ok(())
            }
        }
    }

    /// The free slots of a person's unit on a day.
    async fn free_slots(&self, of: &Practitioner, day: i64) -> Result<Vec<Value>, Failure> {
        let date = self.monday + TimeDelta::days(day);
        let path = format!("slots?from={date}&to={}", days_after(date, 1));
        let page = self.desk.get(of.key, &path).await?;
        Ok(page["slots"].as_array().cloned().unwrap_or_default())
    }

    async fn book(&mut self, mut plan: Plan, now: Timestamp) -> Result<(), Failure> {
        let booked = match plan.way {
            Way::Scheduled => self.scheduled(&plan).await?,
            Way::FreeTime | Way::Video => Some(self.at_any_time(&plan)?),
        };
        let Some((body, performer, patient, booker)) = booked else {
            // The day's slots are taken: staff finds another time.
            plan.way = Way::FreeTime;
            self.later(now.plus(MINUTE), Happening::Book(Box::new(plan)));
            return Ok(());
        };
        let visit = match self.desk.post(booker.key, "appointments", &body).await? {
            Ok(visit) => visit,
            // The practitioner has another visit then: staff tries the next time.
            Err(refused) if refused.status == StatusCode::CONFLICT && plan.clock.is_none() => {
                self.later(now.plus(MINUTE), Happening::Book(Box::new(plan)));
                return Ok(());
            }
            Err(refused) => return Err(refused.into()),
        };
        self.visits.push(Visit {
            id: text(&visit, "id")?.to_owned(),
            plan,
            patient,
            performer,
            starts_at: text(&visit, "starts_at")?.parse()?,
            ends_at: text(&visit, "ends_at")?.parse()?,
        });
        self.follow(self.visits.len() - 1, booker, now)
    }

    async fn scheduled(&self, plan: &Plan) -> Result<Option<Booking>, Failure> {
        let booker = self.booker(plan)?;
        let mut slots = self.free_slots(booker, plan.day).await?;
        if let (Some(practitioner), Some((hour, minute))) = (plan.practitioner, plan.clock) {
            let start = moment(self.monday, plan.day, hour, minute)?.to_string();
            slots.retain(|slot| {
                slot["starts_at"] == start && slot["practitioner"] == practitioner.id
            });
        }
        if slots.is_empty() {
            return Ok(None);
        }
        let slots: Vec<&Value> = slots.iter().collect();
        let slot = self.choose.one_of(&slots)?;
        let role: Role = text(slot, "role")?.parse()?;
        let named = staff_of(plan.care_unit)
            .into_iter()
            .find(|one| slot["practitioner"] == one.id);
        let performer = match named {
            Some(named) => named,
            None => self.of_role(plan.care_unit, role)?,
        };
        let patient = self.patient(plan)?;
        let (mut body, _) = self.what_it_is_about(role, patient)?;
        body["kind"] = json!("scheduled");
        body["slot"] = slot["id"].clone();
        Ok(Some((body, performer, patient, booker)))
    }

    fn at_any_time(&self, plan: &Plan) -> Result<Booking, Failure> {
        let performer = match plan.practitioner {
            Some(practitioner) => practitioner,
            None => self.choose.one_of(&clinicians_of(plan.care_unit))?,
        };
        let booker = match plan.over_another_by {
            Some(colleague) => colleague,
            None => self.booker(plan)?,
        };
        let (hour, minute) = match plan.clock {
            Some(clock) => clock,
            None => (
                self.choose.one_of(&[8, 9, 10, 11, 13, 14, 15, 16])?,
                self.choose.one_of(&[0, 15, 30, 45])?,
            ),
        };
        let patient = self.patient(plan)?;
        let (mut body, minutes) = self.what_it_is_about(performer.role, patient)?;
        body["minutes"] = json!(minutes);
        body["starts_at"] = json!(moment(self.monday, plan.day, hour, minute)?);
        body["practitioner"] = json!(performer.id);
        if plan.over_another_by.is_some() {
            body["allow_overlap"] = json!(true);
        }
        match plan.way {
            Way::Video => {
                body["kind"] = json!("video");
                body["participants"] = match plan.participants.as_slice() {
                    [] => self.invited()?,
                    named => json!(named),
                };
            }
            _ => body["kind"] = json!("free-time"),
        }
        Ok((body, performer, patient, booker))
    }

    /// Half of the video visits have somebody with them.
    fn invited(&self) -> Result<Value, Failure> {
        let phone = format!("070-174 06 {}", self.choose.between(21, 39));
        self.choose
            .one_of(&[
                &json!([]),
                &json!([]),
                &json!([{ "role": "relative", "name": "Kim Testsson", "phone": phone }]),
                &json!([{ "role": "colleague", "name": "Testkollegan", "email": "kollega@example.com" }]),
            ])
            .cloned()
    }

    /// A request but for its time, and how many minutes the visit needs.
    fn what_it_is_about(&self, role: Role, patient: &Patient) -> Result<(Value, i64), Failure> {
        let reasons: Vec<_> = reasons_for(role).iter().collect();
        let reason = self.choose.one_of(&reasons)?;
        let mut body = json!({
            "patient": {
                "personal_identity": patient.identity,
                "name": patient.name,
                "sms_consent": patient.phone.is_some() && !WITHOUT_CONSENT.contains(&patient.key),
                "language": if patient.key == READS_ENGLISH { "en" } else { "sv" },
            },
            "reason": reason.text,
            "entry": self.choose.one_of(&ENTRIES)?,
        });
        if let Some(phone) = patient.phone {
            body["patient"]["phone"] = json!(phone);
        }
        if let Some(instructions) = reason.instructions {
            body["instructions"] = json!(instructions);
        }
        Ok((body, reason.minutes))
    }

    fn booker(&self, plan: &Plan) -> Result<&'static Practitioner, Failure> {
        self.choose.one_of(&staff_of(plan.care_unit))
    }

    fn of_role(&self, care_unit: &CareUnit, role: Role) -> Result<&'static Practitioner, Failure> {
        let mut staff = staff_of(care_unit);
        staff.retain(|one| one.role == role);
        self.choose.one_of(&staff)
    }

    /// Somebody whom the unit meets, and rather one who has no other visit that day.
    fn patient(&self, plan: &Plan) -> Result<&'static Patient, Failure> {
        if let Some(patient) = plan.patient {
            return Ok(patient);
        }
        let date = self.monday + TimeDelta::days(plan.day);
        let (mut idle, mut met) = (Vec::new(), Vec::new());
        for patient in &PATIENTS {
            let identity: PersonalIdentity = patient.identity.parse()?;
            let age = i64::from(identity.age_on(date));
            // A youth clinic meets nobody much older than it is for.
            let is_met =
                age >= plan.care_unit.age_limit && (plan.care_unit.age_limit > 13 || age < 40);
            let is_busy = self.visits.iter().any(|visit| {
                visit.patient.key == patient.key && visit.starts_at.date_in_stockholm() == date
            });
            if is_met {
                met.push(patient);
            }
            if is_met && !is_busy {
                idle.push(patient);
            }
        }
        self.choose
            .one_of(if idle.is_empty() { &met } else { &idle })
    }

    /// What becomes of a visit just booked.
    fn follow(
        &mut self,
        visit: usize,
        booker: &'static Practitioner,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let Visit {
            ref plan,
            patient,
            performer,
            starts_at,
            ends_at,
            ..
        } = self.visits[visit];
        let fate = plan.fate;
        // A patient may call off until a day before; staff here is as considerate.
        let monday = moment(self.monday, 0, 8, 0)?;
        let latest = monday.min(starts_at.plus(-30 * HOUR));
        let step = |by, step, body| Happening::Step {
            visit,
            by,
            step,
            body,
        };
        let comes = |story: &mut Self| {
            let by = if visit.is_multiple_of(3) {
                performer.key
            } else {
                patient.key
            };
            let at = starts_at.plus(-story.choose.between(2, 9) * MINUTE);
            story.later(at, step(by, "arrive", json!({})));
            story.later(starts_at.plus(-MINUTE), Happening::ReadVisit { visit });
        };
        let begins = |story: &mut Self| {
            comes(story);
            let at = starts_at.plus(story.choose.between(0, 4) * MINUTE);
            story.later(at, step(performer.key, "start", json!({})));
        };
        match fate {
            Fate::Booked => {}
            Fate::LaidOutOver => self.later(now.plus(HOUR), Happening::LayOutOver { visit }),
            Fate::Arrived => {
                let at = moment(self.monday, 0, 8, 6)?;
                self.later(at, step(patient.key, "arrive", json!({})));
            }
            Fate::Started => begins(self),
            Fate::Completed => {
                begins(self);
                let at = ends_at.plus(self.choose.between(-2, 5) * MINUTE);
                self.later(
                    at.max(starts_at.plus(5 * MINUTE)),
                    step(performer.key, "complete", json!({})),
                );
            }
            Fate::NoShow => {
                let at = starts_at.plus(self.choose.between(15, 25) * MINUTE);
                self.later(at, step(performer.key, "no-show", json!({})));
            }
            Fate::CalledOffByStaff => {
                let at = self.working_moment(now.plus(MINUTE), latest)?;
                let reason = self.choose.one_of(&CALLED_OFF)?;
                self.later(at, step(booker.key, "cancel", json!({ "reason": reason })));
            }
            Fate::CalledOffByPatient => {
                let minutes = (latest.millis() - now.millis()) / MINUTE;
                let at = now.plus(self.choose.between(1, minutes.max(1)) * MINUTE);
                self.later(at, step(patient.key, "cancel", json!({})));
            }
            Fate::MovedTo(to) => {
                let at = self.working_moment(now.plus(MINUTE), latest)?;
                self.later(at, Happening::Move { visit, to });
            }
        }
        Ok(())
    }

    /// To a slot of the same role, or of any other; or to the first hour at which the practitioner is free.
    async fn move_visit(&mut self, visit: usize, to: i64) -> Result<(), Failure> {
        let Visit {
            ref plan,
            performer,
            ref id,
            ..
        } = self.visits[visit];
        let path = format!("appointments/{id}/reschedule");
        let mut bodies = Vec::new();
        if plan.way == Way::Scheduled {
            let slots = self.free_slots(performer, to).await?;
            let of_role = |slot: &&Value| slot["role"] == performer.role.as_str();
            let others = slots.iter().filter(|slot| !of_role(slot));
            let slots = slots.iter().filter(of_role).chain(others);
            bodies.extend(slots.map(|slot| json!({ "slot": slot["id"] })));
        } else {
            for hour in 9..17 {
                bodies.push(json!({ "starts_at": moment(self.monday, to, hour, 0)? }));
            }
        }
        for body in &bodies {
            match self.desk.post(performer.key, &path, body).await? {
                Ok(_) => return Ok(()),
                Err(refused) if refused.status == StatusCode::CONFLICT => {}
                Err(refused) => return Err(refused.into()),
            }
        }
        Err(
            "there is no free time to move a visit to: the plan doesn't fit the units' templates"
                .into(),
        )
    }
}

/// A request, who meets the patient, the patient, and who books.
type Booking = (
    Value,
    &'static Practitioner,
    &'static Patient,
    &'static Practitioner,
);

fn plan(care_unit: &'static CareUnit, way: Way, day: i64) -> Plan {
    Plan {
        care_unit,
        way,
        day,
        fate: Fate::Booked,
        practitioner: None,
        patient: None,
        clock: None,
        participants: vec![],
        over_another_by: None,
    }
}

fn practitioner(key: &str) -> Result<&'static Practitioner, Failure> {
    match people::find(key) {
        Some(Person::Practitioner(practitioner)) => Ok(practitioner),
        _ => Err(format!("no practitioner is called {key}").into()),
    }
}

fn staff_of(care_unit: &CareUnit) -> Vec<&'static Practitioner> {
    PRACTITIONERS
        .iter()
        .filter(|one| one.care_unit == care_unit.id)
        .collect()
}

fn clinicians_of(care_unit: &CareUnit) -> Vec<&'static Practitioner> {
    let mut staff = staff_of(care_unit);
    staff.retain(|one| one.role != Role::Administrator);
    staff
}

fn text<'a>(value: &'a Value, member: &str) -> Result<&'a str, Failure> {
    value[member]
        .as_str()
        .ok_or_else(|| format!("an answer has no {member}").into())
}

/// A Swedish clock time on a day counted from the Monday.
fn moment(monday: NaiveDate, day: i64, hour: u32, minute: u32) -> Result<Timestamp, Failure> {
    NaiveTime::from_hms_opt(hour, minute, 0)
        .and_then(|time| first_moment_in_stockholm(monday + TimeDelta::days(day), time))
        .ok_or_else(|| format!("{hour}:{minute} is no time").into())
}
