//! Text messages, through the simulated gateway beside the deployment: out over HTTP, and their reports back.

use std::time::Duration;

use super::*;

/// How often a case looks: half a minute in all.
const LOOKS: usize = 60;

/// Runs the job that sends, as the schedule does every minute.
async fn deliver(world: &World) -> Verdict {
    let bearer = format!("Bearer {}", world.keys().get("JOB_KEY").unwrap_or_default());
    let headers = [("authorization", bearer.as_str())];
    let answer = world
        .send("POST", "/sms/v1/jobs/deliver", &headers, "")
        .await?;
    about(&answer.text, same(answer.status.as_u16(), 200))
}

/// The messages about a patient, as staff sees them.
pub(super) async fn messages(world: &World, patient: &Value) -> Result<Vec<Value>, Failure> {
    let path = format!("/sms/v1/messages?patient={}", text(&patient["id"]));
    Ok(rows(
        &world.get("anna.lind", &path).await?.json(),
        "messages",
    ))
}

/// A visit of somebody with one of the phones that no other case has, booked just now.
async fn a_visit_with_a_phone(world: &World) -> Result<Value, Failure> {
    let who = with(
        patient(),
        "phone",
        json!(format!("070-174 06 {}", 50 + random(49))),
    );
    Ok(a_visit(world, &[("patient", who)]).await?.0)
}

pub(super) async fn a_booking_is_told_by_text_message_and_its_report_comes_back(
    world: World,
) -> Verdict {
    let visit = a_visit_with_a_phone(&world).await?;
    let mut found = Value::Null;
    for _ in 0..LOOKS {
        deliver(&world).await?;
        found = messages(&world, &visit["patient"])
            .await?
            .into_iter()
            .find(|message| message["appointment"] == visit["id"])
            .unwrap_or_default();
        if found["state"] == "delivered" {
            return same(&found["template"], &json!("booked"));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(format!("the message was not delivered: {found}").into())
}

pub(super) async fn a_report_that_does_not_know_the_secret_changes_nothing(
    world: World,
) -> Verdict {
    let visit = a_visit_with_a_phone(&world).await?;
    let before = messages(&world, &visit["patient"]).await?;
    let Some(message) = before.first() else {
        return Err("no message was written".into());
    };
    for gateway in ["46elks/wrong", "twilio"] {
        let path = format!("/sms/v1/reports/{gateway}/{}", text(&message["id"]));
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let report = "id=s1&status=failed&MessageStatus=failed";
        let answer = world.send("POST", &path, &headers, report).await?;
        about(&path, same(answer.status.as_u16(), 403))?;
    }
    let states = messages(&world, &visit["patient"]).await?;
    sure(states.iter().all(|one| one["state"] != "failed"), &states)
}
