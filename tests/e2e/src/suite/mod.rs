//! The end-to-end suite: each case a sentence about the domain that holds on every platform. Cases stand
//! for themselves and can run on a deployment with data, again and again.

mod bookings;
mod refusals;
mod walls;

use std::future::Future;
use std::pin::Pin;

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::Failure;
use crate::caller::{Answer, World, a_day, identity, random};

/// What a case ends with: nothing, or what did not hold.
pub type Verdict = Result<(), Failure>;

type Case = (
    &'static str,
    fn(World) -> Pin<Box<dyn Future<Output = Verdict> + Send>>,
);

macro_rules! cases {
    ($($module:ident :: $case:ident),* $(,)?) => {
        &[$((stringify!($case), |world| Box::pin($module::$case(world)))),*]
    };
}

const CASES: &[Case] = cases![
    bookings::the_whole_system_is_well_and_names_its_functions,
    bookings::a_slot_is_booked_read_and_listed,
    bookings::free_slots_come_in_pages,
    bookings::a_free_time_visit_is_booked_and_its_clash_refused,
    bookings::an_overlap_can_be_allowed,
    bookings::a_video_visit_has_its_participants,
    bookings::a_cancelled_slot_can_be_booked_again_at_once,
    bookings::a_moved_visit_frees_its_slot_and_raises_its_calendar_sequence,
    bookings::a_booked_slot_is_not_withdrawn_and_a_free_one_is,
    bookings::a_patient_sees_and_cancels_their_own_visit,
    bookings::a_repeated_request_gets_the_first_answer_again,
    bookings::the_patients_own_overlap_is_a_warning,
    bookings::slots_are_right_over_both_changes_of_clocks,
    refusals::a_value_that_cannot_be_used_is_refused_at_its_field,
    refusals::a_body_that_is_no_json_or_too_large_is_refused,
    refusals::a_wrong_step_is_refused_by_name,
    refusals::who_is_too_young_is_not_booked,
    refusals::a_query_that_cannot_be_used_is_refused,
    walls::only_health_and_the_document_answer_without_a_session,
    walls::a_token_that_does_not_hold_opens_nothing,
    walls::what_is_not_the_callers_looks_as_if_it_were_not_there,
    walls::answers_are_not_kept_by_caches_and_not_sniffed,
];

/// Runs every case, four at a time, and names those that did not hold. Gives how many held and did not.
pub async fn run(world: &World) -> (usize, usize) {
    let verdicts: Vec<_> = futures_util::stream::iter(CASES)
        .map(|(name, case)| {
            let running = case(world.clone());
            async move { (*name, running.await) }
        })
        .buffer_unordered(4)
        .collect()
        .await;
    let mut failed = 0;
    for (name, verdict) in &verdicts {
        if let Err(why) = verdict {
            failed += 1;
            println!("  did not hold: {name}: {why}");
        }
    }
    (verdicts.len() - failed, failed)
}

/// Says what was found instead where two things are not the same.
fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Verdict {
    if found == expected {
        return Ok(());
    }
    Err(format!("{found:?} where {expected:?} was expected").into())
}

fn sure(holds: bool, otherwise: impl std::fmt::Debug) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(format!("{otherwise:?}").into())
    }
}

const APPOINTMENTS: &str = "/booking/v1/appointments";
const NURSE: &str = "SE165565594230-P001";

fn patient() -> Value {
    json!({ "personal_identity": identity(random(50_000)), "name": "Test Testsson", "phone": "070-174 06 05", "sms_consent": true })
}

fn scheduled(slot: &str) -> Value {
    json!({ "kind": "scheduled", "slot": slot, "patient": patient(), "reason": "Uppföljning" })
}

fn free_time(starts_at: &str) -> Value {
    json!({ "kind": "free-time", "starts_at": starts_at, "minutes": 30, "patient": patient(), "reason": "Uppföljning" })
}

/// The id of what was made.
fn made(answer: &Answer) -> Result<String, Failure> {
    let id = answer.json()["id"].as_str().map(str::to_owned);
    id.filter(|_| answer.status.is_success())
        .ok_or_else(|| format!("{}: {}", answer.outcome(), answer.text).into())
}

fn path(id: &str, step: &str) -> String {
    format!("{APPOINTMENTS}/{id}/{step}")
}

/// Lays out a nurse's hour of twenty minutes each on a day of its own, and gives the day and its slots.
async fn an_hour_of_slots(
    world: &World,
    person: &str,
    practitioner: &str,
) -> Result<(String, Vec<String>), Failure> {
    for _ in 0..8 {
        let day = a_day().to_string();
        let hour = 6 + random(14);
        let body = json!({
            "practitioner": practitioner,
            "recurrence": {
                "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
                "from": format!("{hour:02}:00"), "to": format!("{:02}:00", hour + 1), "minutes": 20,
                "valid_from": day, "valid_to": day
            }
        });
        let laid = world
            .post(person, "/booking/v1/slot-templates", body)
            .await?;
        // A slot template is made for a year ahead; and another case may have this hour already.
        if laid.json()["slots"] != 3 {
            continue;
        }
        let listed = world.get(person, &format!("/booking/v1/slots?from={day}T{hour:02}:00&to={day}T{:02}:00&practitioner={practitioner}", hour + 1)).await?;
        let slots: Vec<String> = listed.json()["slots"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|slot| slot["id"].as_str().map(str::to_owned))
            .collect();
        if slots.len() == 3 {
            return Ok((day, slots));
        }
    }
    Err("no hour was found where slots could be laid out".into())
}

/// Books a free-time visit of a nurse at an hour that is free, and gives its id and beginning.
async fn a_visit(world: &World, more: &[(&str, Value)]) -> Result<(Value, String), Failure> {
    let mut last = String::new();
    for _ in 0..8 {
        let starts_at = format!("{}T{:02}:{:02}", a_day(), 6 + random(14), random(2) * 30);
        let mut body = free_time(&starts_at);
        for (member, value) in more {
            body[*member] = value.clone();
        }
        let booked = world.post("anna.lind", APPOINTMENTS, body).await?;
        if booked.status == 201 {
            return Ok((booked.json(), starts_at));
        }
        last = format!("{}: {}", booked.outcome(), booked.text);
    }
    Err(last.into())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
