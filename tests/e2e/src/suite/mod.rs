//! The end-to-end suite: each case a sentence about the domain that holds on every platform. Cases stand
//! for themselves and can run on a deployment with data, again and again.

mod appointments;
mod attachments;
mod bad_input;
mod calendar;
mod cases;
mod health;
mod idempotency;
mod keys;
mod sign_in;
mod slots;
mod text_messages;
mod ticket_lists;
mod walls;

use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::Pin;

use chrono::NaiveDate;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::Failure;
use crate::caller::{Answer, World, identity, random};

/// What a case ends with: nothing, or what did not hold.
pub type Verdict = Result<(), Failure>;

type Case = (
    &'static str,
    fn(World) -> Pin<Box<dyn Future<Output = Verdict> + Send>>,
);

macro_rules! cases {
    ($($module:ident: $($case:ident),+ $(,)?;)+) => {
        &[$($((stringify!($case), |world| Box::pin($module::$case(world)))),+),+]
    };
}

const CASES: &[Case] = cases![
    health:
        the_whole_system_is_well_and_names_its_functions,
        only_health_and_the_document_answer_without_a_session,
        an_address_or_a_method_that_is_none_is_a_problem,
        answers_are_not_kept_by_caches_and_not_sniffed;
    slots:
        a_weekly_template_lays_out_its_slots_and_is_listed,
        a_practitioners_time_is_laid_out_once,
        slots_are_right_over_both_changes_of_clocks,
        slots_are_listed_by_practitioner_and_role_free_ones_or_all,
        slots_come_in_pages,
        a_booked_slot_is_not_withdrawn_and_a_free_one_is,
        what_cannot_be_laid_out_is_refused_at_its_field;
    appointments:
        a_slot_is_booked_read_and_listed,
        a_slot_is_booked_once,
        a_free_time_visit_is_booked_with_a_colleague,
        a_video_visit_has_up_to_ten_participants,
        a_visit_that_overlaps_another_is_refused_with_the_clash,
        a_long_visit_clashes_with_one_that_began_hours_ago,
        an_overlap_can_be_allowed_and_says_by_whom,
        the_patients_own_overlap_is_a_warning,
        a_free_time_visit_takes_the_slots_below_it_until_it_is_called_off,
        a_cancelled_slot_can_be_booked_again_at_once,
        a_moved_visit_frees_its_slot_at_once,
        a_free_time_visit_moves_and_keeps_its_length,
        a_visit_is_changed_by_its_version,
        a_visit_goes_its_way_from_arrived_to_completed,
        who_does_not_come_is_a_no_show_once_the_time_has_come,
        a_wrong_step_is_refused_by_name,
        a_patient_sees_and_cancels_their_own_visit,
        a_patient_cancels_until_the_units_cutoff_and_staff_after_it,
        the_units_visits_come_in_pages,
        a_visit_over_a_change_of_clocks_keeps_its_length;
    calendar:
        a_calendar_file_keeps_its_uid_and_raises_its_sequence,
        a_calendar_file_tells_neither_reason_nor_specialty;
    idempotency:
        a_repeated_request_gets_the_first_answer_again,
        requests_sent_at_once_under_one_key_happen_once,
        a_key_used_for_another_request_is_refused,
        a_key_is_the_callers_own,
        a_refusal_is_not_kept,
        a_post_without_a_good_key_is_refused;
    sign_in:
        a_patient_signs_in_and_sees_their_own,
        a_practitioner_signs_in_and_works,
        who_has_two_commissions_chooses_one,
        a_child_is_told_where_to_turn,
        who_stops_at_the_provider_is_not_signed_in,
        an_answer_of_the_provider_is_good_once_and_in_its_own_browser,
        a_session_is_renewed_once_by_each_refresh_token,
        many_renewals_at_once_are_one,
        signing_out_ends_it_here_and_at_the_provider,
        a_guest_opens_the_visit_by_link_and_nothing_else,
        another_site_cannot_use_a_browsers_session,
        pages_are_in_both_languages_and_say_training;
    walls:
        a_token_that_does_not_hold_opens_nothing,
        a_token_signed_by_the_public_key_as_a_secret_opens_nothing,
        what_is_not_the_callers_looks_as_if_it_were_not_there,
        another_units_slots_are_not_there,
        a_patient_reaches_what_is_theirs_and_no_more,
        a_guest_reaches_nothing_here,
        a_list_holds_nothing_of_another_unit;
    keys:
        what_an_old_key_sealed_is_sealed_anew_while_others_work,
        a_job_is_started_by_its_key_alone;
    text_messages:
        a_booking_is_told_by_text_message_and_its_report_comes_back,
        a_report_that_does_not_know_the_secret_changes_nothing;
    ticket_lists:
        a_list_is_checked_row_by_row_and_nothing_is_sent_before_staff_confirms,
        a_list_is_worked_off_in_steps_stopped_and_gone_on_with_and_nobody_gets_two,
        a_list_reads_the_same_however_a_spreadsheet_wrote_it,
        a_file_that_is_no_list_or_too_long_is_refused,
        a_ticket_of_a_list_is_redeemed_as_any_other;
    attachments:
        a_picture_goes_with_a_message_without_its_place_and_strangers_get_nothing,
        a_file_of_several_chunks_comes_back_byte_by_byte,
        a_file_that_lies_or_is_too_large_is_refused;
    cases:
        both_sides_write_and_see_one_thread_and_whose_turn_it_is,
        a_message_is_taken_back_and_a_tombstone_stays,
        a_case_is_extended_shortened_closed_and_opened_again,
        a_case_with_a_question_is_closed_by_an_answer_alone,
        a_case_is_not_written_in_before_its_time_or_out_of_turn,
        a_matter_is_handed_over_with_a_note_and_accepted,
        what_happens_in_a_chat_comes_as_events_and_is_caught_up_with_once;
    bad_input:
        a_value_that_cannot_be_used_is_refused_at_its_field,
        a_patient_that_cannot_be_used_is_refused_and_not_kept,
        participants_that_cannot_be_used_are_refused,
        texts_of_full_length_are_taken_whole,
        a_body_that_is_no_json_or_too_large_is_refused,
        who_is_too_young_on_the_day_is_not_booked,
        a_visit_can_be_booked_two_years_ahead_and_no_further,
        a_new_time_that_cannot_be_used_is_refused,
        a_cancellation_that_cannot_be_used_is_refused,
        a_query_that_cannot_be_used_is_refused,
        what_is_nowhere_is_not_found;
];

/// Runs every case whose name holds `only`, four at a time, and names those that did not hold. Gives how
/// many held and did not.
pub async fn run(world: &World, only: &str) -> (usize, usize) {
    let chosen = CASES.iter().filter(|(name, _)| name.contains(only));
    let verdicts: Vec<_> = futures_util::stream::iter(chosen)
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
fn same<T: PartialEq + Debug>(found: T, expected: T) -> Verdict {
    if found == expected {
        return Ok(());
    }
    Err(format!("{found:?} where {expected:?} was expected").into())
}

fn sure(holds: bool, otherwise: impl Debug) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(format!("{otherwise:?}").into())
    }
}

/// Says of what a verdict is, where a case asks many times.
fn about(what: impl Display, verdict: Verdict) -> Verdict {
    verdict.map_err(|why| format!("{what}: {why}").into())
}

/// Whether an answer is a problem document of this status and kind, as `409 slot-taken`.
fn refused(answer: &Answer, expected: &str) -> Verdict {
    same(answer.outcome(), expected.to_owned())?;
    same(answer.header("content-type"), "application/problem+json")?;
    let document = answer.json();
    same(&document["status"], &json!(answer.status.as_u16()))?;
    sure(document["title"].is_string(), &answer.text)
}

/// Whether an answer refuses a value at this field.
fn refused_at(answer: &Answer, field: &str) -> Verdict {
    about(&answer.text, refused(answer, "422 invalid"))?;
    same(&answer.json()["field"], &json!(field))
}

/// The id of what was made or changed.
fn made(answer: &Answer) -> Result<String, Failure> {
    let id = answer.json()["id"].as_str().map(str::to_owned);
    id.filter(|_| answer.status.is_success())
        .ok_or_else(|| format!("{}: {}", answer.outcome(), answer.text).into())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The rows of a list.
fn rows(page: &Value, of: &str) -> Vec<Value> {
    page[of].as_array().cloned().unwrap_or_default()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text(&row["id"])).collect()
}

const APPOINTMENTS: &str = "/booking/v1/appointments";
const SLOTS: &str = "/booking/v1/slots";
const SLOT_TEMPLATES: &str = "/booking/v1/slot-templates";
/// Anna Lind, whose time most cases book.
const NURSE: &str = "SE165565594230-P001";
/// An id of the right form that nothing has.
const UNKNOWN: &str = "019ab000-0000-7000-8000-000000000000";
/// How far ahead cases book visits, and how far ahead slots can begin, in days.
const MOST_DAYS: u64 = 700;
const MOST_DAYS_OF_SLOTS: u64 = 360;
const EVERY_WEEKDAY: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// How often a case draws another day where an earlier run left something.
const DRAWS: usize = 20;

/// A patient whom hardly anybody met before.
fn patient() -> Value {
    patient_of(&identity(random(50_000)))
}

fn patient_of(identity: &str) -> Value {
    json!({ "personal_identity": identity, "name": "Test Testsson", "phone": "070-174 06 05", "sms_consent": true })
}

/// A patient who certainly isn't known here: a draw may meet somebody of an earlier run.
async fn a_stranger(world: &World) -> Result<Value, Failure> {
    let (_, busy) = a_visit(world, &[]).await?;
    for _ in 0..DRAWS {
        let who = patient();
        // Of somebody known, this would be refused because the practitioner is busy.
        let answer = world
            .post("anna.lind", APPOINTMENTS, unnamed(free_time(&busy), &who))
            .await?;
        if answer.json()["field"] == "patient.name" {
            return Ok(who);
        }
    }
    Err("everybody was known already".into())
}

/// A booking for somebody whose name isn't given: refused there, if they aren't known.
fn unnamed(body: Value, who: &Value) -> Value {
    with(body, "patient", with(who.clone(), "name", json!(null)))
}

fn scheduled(slot: &str) -> Value {
    json!({ "kind": "scheduled", "slot": slot, "patient": patient(), "reason": "Uppföljning" })
}

fn free_time(starts_at: &str) -> Value {
    json!({ "kind": "free-time", "starts_at": starts_at, "minutes": 30, "patient": patient(), "reason": "Uppföljning" })
}

/// The same, with one member more or otherwise.
fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

fn path(id: &str, step: &str) -> String {
    format!("{APPOINTMENTS}/{id}/{step}")
}

/// An hour of a nurse's slots, of twenty minutes each. Between six and thirteen, where no case books
/// freely but over slots of its own.
struct Laid {
    day: NaiveDate,
    from: String,
    to: String,
    slots: Vec<String>,
}

impl Laid {
    /// The query that lists this hour of the nurse.
    fn query(&self) -> String {
        format!(
            "{SLOTS}?from={}&to={}&practitioner={NURSE}",
            self.from, self.to
        )
    }

    /// Which slots are free now.
    async fn free(&self, world: &World) -> Result<Vec<String>, Failure> {
        let listed = world.get("anna.lind", &self.query()).await?;
        Ok(ids(&rows(&listed.json(), "slots")))
    }
}

async fn an_hour_of_slots(world: &World) -> Result<Laid, Failure> {
    let mut last = String::new();
    for _ in 0..DRAWS {
        let day = world.day(MOST_DAYS_OF_SLOTS);
        let hour = 6 + random(7);
        let recurrence = recurrence(
            day,
            &format!("{hour:02}:00"),
            &format!("{:02}:00", hour + 1),
        );
        let body = json!({ "practitioner": NURSE, "recurrence": recurrence });
        let answer = world.post("anna.lind", SLOT_TEMPLATES, body).await?;
        last.clone_from(&answer.text);
        if answer.json()["slots"] != 3 {
            continue;
        }
        let mut laid = Laid {
            day,
            from: format!("{day}T{hour:02}:00"),
            to: format!("{day}T{:02}:00", hour + 1),
            slots: vec![],
        };
        laid.slots = laid.free(world).await?;
        if laid.slots.len() == 3 {
            return Ok(laid);
        }
    }
    Err(format!("no hour was found where slots could be laid out: {last}").into())
}

/// Twenty minutes each, on one day.
fn recurrence(day: NaiveDate, from: &str, to: &str) -> Value {
    json!({ "weekdays": EVERY_WEEKDAY, "from": from, "to": to, "minutes": 20, "valid_from": day, "valid_to": day })
}

/// Books a free-time visit of the nurse in an hour that has none, with these members more or otherwise.
/// Gives it and its beginning. At full hours after thirteen, where no case lays out slots.
async fn a_visit(world: &World, more: &[(&str, Value)]) -> Result<(Value, String), Failure> {
    let mut last = String::from("no hour was found without a visit");
    for _ in 0..DRAWS {
        let starts_at = format!("{}T{:02}:00", world.day(MOST_DAYS), 13 + random(8));
        let hour = format!(
            "{APPOINTMENTS}?from={starts_at}&to={}&practitioner={NURSE}",
            minutes_past(&starts_at, 59)
        );
        if world.get("anna.lind", &hour).await?.json()["appointments"] != json!([]) {
            continue;
        }
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

/// The same day, so many minutes after a full hour.
fn minutes_past(starts_at: &str, minutes: u8) -> String {
    let hour = starts_at.split(':').next().unwrap_or_default();
    format!("{hour}:{minutes:02}")
}

/// The last Sunday of a month within the year ahead: when the clocks are changed.
fn last_sunday(month: u32) -> NaiveDate {
    use chrono::Datelike;
    let today = training::keys::now().date_in_stockholm();
    (1..366)
        .rev()
        .filter_map(|days| today.checked_add_days(chrono::Days::new(days)))
        .find(|day| day.month() == month && day.day() > 24 && day.weekday() == chrono::Weekday::Sun)
        .unwrap_or(today)
}
