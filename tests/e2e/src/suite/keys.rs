//! Keys change while the system serves.

use serde_json::{Value, json};

use super::{Verdict, refused, same, sure};
use crate::caller::{Answer, World};
use crate::deployment::PROMOTED_KEY;

const JOB: &str = "/portal/v1/jobs/reseal";

async fn reseal(world: &World, key: &str) -> Result<Answer, crate::Failure> {
    let bearer = format!("Bearer {key}");
    world
        .send("POST", JOB, &[("authorization", &bearer)], "")
        .await
}

/// The rows that a deployment of the suite starts with are sealed with a key that is no longer primary.
pub(super) async fn what_an_old_key_sealed_is_sealed_anew_while_others_work(
    world: World,
) -> Verdict {
    let key = world.keys().get("JOB_KEY").unwrap_or_default();
    let mut resealed = 0;
    let mut report = Value::Null;
    for _ in 0..100 {
        let answer = reseal(&world, key).await?;
        same(answer.status.as_u16(), 200)?;
        report = answer.json();
        resealed += report["resealed"].as_u64().unwrap_or_default();
        if report["done"] == true {
            break;
        }
    }
    same(&report["done"], &json!(true))?;
    same(&report["unreadable"], &json!({}))?;
    same(&report["left"], &json!([]))?;
    if report["primary"] == PROMOTED_KEY {
        sure(
            resealed >= 12,
            format!("{resealed} names of practitioners sealed anew"),
        )?;
    }
    // And they read as before.
    let slots = world.get("anna.lind", "/booking/v1/slots").await?;
    same(slots.status.as_u16(), 200)
}

pub(super) async fn a_job_is_started_by_its_key_alone(world: World) -> Verdict {
    let wrong = [String::new(), "wrong".repeat(9), world.token("per.sand")?];
    for key in &wrong {
        refused(&reseal(&world, key).await?, "401 not-signed-in")?;
    }
    Ok(())
}
