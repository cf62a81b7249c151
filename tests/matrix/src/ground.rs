//! What stands in the store before each call: at one unit, a morning of slots, a visit that is booked in one
//! of them, a video visit within the hour with an invited guest, two cases, two tickets and two batches, all of the same patient.

use serde_json::{Value, json};
use shared::platform::{Statement, Store};
use world::{ALEX, ANNA, World, morning, patient};

use crate::FUNCTIONS;

/// The world, and the ids that requests name.
pub struct Ground {
    /// People, units and functions.
    pub world: World,
    /// The weekly template of the slots.
    pub slot_template: String,
    /// A slot that nobody booked.
    pub free_slot: String,
    /// A visit next week, booked in a slot.
    pub visit: String,
    /// A video visit in half an hour.
    pub video_visit: String,
    /// The guest invited to it.
    pub participant: String,
    /// A case, open for a week, with Anna's first message in it.
    pub case: String,
    /// One that is closed.
    pub closed_case: String,
    /// A document that goes with Anna's second message there.
    pub attachment: String,
    /// One of hers that waits for her next.
    pub waiting_attachment: String,
    /// A reply that the unit keeps ready.
    pub phrase: String,
    /// A task of the unit.
    pub task: String,
    /// A ticket, open for a week.
    pub ticket: String,
    /// Its code.
    pub code: String,
    /// One that a time was picked with.
    pub redeemed_ticket: String,
    /// A list for tickets, checked and not confirmed.
    pub batch: String,
    /// One that is being worked off.
    pub working_batch: String,
    /// Whose all of it is.
    pub patient_id: String,
    /// A text message that failed.
    pub failed_message: String,
    /// A sample of the unit's access log, not signed off.
    pub sample: String,
}

impl Ground {
    /// Laid through the API, as staff would.
    pub async fn lay() -> Self {
        let functions = FUNCTIONS.map(|function| (function.name, function.router));
        let world = World::new(&functions).await;
        let post = async |path: &str, body: Value| {
            let answer = world.post(ANNA, path, body).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text);
            answer.json()
        };
        let template = post("/booking/v1/slot-templates", morning(ANNA, "2026-11-30")).await;
        let slot_template = text(&template["id"]);
        let slots = world
            .get(ANNA, "/booking/v1/slots?from=2026-11-30&to=2026-12-01")
            .await
            .json();
        let slot = |place: usize| text(&slots["slots"][place]["id"]);
        let visit = post(
            "/booking/v1/appointments",
            json!({ "kind": "scheduled", "slot": slot(0), "patient": patient(ALEX), "reason": "Hosta" }),
        )
        .await;
        let video_visit = post(
            "/booking/v1/appointments",
            json!({
                "kind": "video", "starts_at": "2026-11-23T09:30", "minutes": 30,
                "patient": patient(ALEX), "reason": "Hosta",
                "participants": [{ "role": "relative", "name": "Bo Testkvist", "phone": "070-174 06 06" }]
            }),
        )
        .await;
        let a_case = || {
            json!({
                "patient": patient(ALEX), "subject": "Hosta", "closes_at": "2026-11-30T09:00",
                "message": "Hur mår du i dag?"
            })
        };
        let case = post("/messaging/v1/cases", a_case()).await;
        let upload = format!("/attachments/v1/chats/{}/attachments", text(&case["id"]));
        let upload = async || {
            let file = crate::requests::DOCUMENT.to_owned();
            world.post_text(ANNA, &upload, &world.new_key(), file).await
        };
        let attachment = upload().await.id();
        let write = format!("/messaging/v1/chats/{}/messages", text(&case["id"]));
        post(&write, json!({ "text": "Läs gärna detta" })).await;
        let waiting_attachment = upload().await.id();
        let closed_case = text(&post("/messaging/v1/cases", a_case()).await["id"]);
        let close = format!("/messaging/v1/cases/{closed_case}/close");
        post(&close, json!({ "reason": "Klart sedan tidigare" })).await;
        let phrase = post(
            "/messaging/v1/reply-phrases",
            json!({ "title": "Hälsning", "text": "Hej {patient}!" }),
        )
        .await;
        let a_ticket = || {
            json!({
                "patient": patient(ALEX), "role": "nurse", "minutes": 30, "last_day": "2026-11-30",
                "reason": "Hosta"
            })
        };
        let redeemed_ticket = text(&post("/tickets/v1/tickets", a_ticket()).await["id"]);
        let redeem = format!("/tickets/v1/tickets/{redeemed_ticket}/redeem");
        let redeemed = world.post(ALEX, &redeem, json!({ "slot": slot(2) })).await;
        assert_eq!(redeemed.status, 201, "{}", redeemed.text);
        let unfit = text(&post("/tickets/v1/tickets", a_ticket()).await["id"]);
        let no_time_fits = format!("/tickets/v1/tickets/{unfit}/no-time-fits");
        let told = world.post(ALEX, &no_time_fits, json!({ "reason": "Jag arbetar då" }));
        assert!(told.await.status.is_success());
        let tasks = world.get(ANNA, "/workspace/v1/tasks").await.json();
        world.clock.set(world.ports.clock.now().plus(1));
        let ticket = text(&post("/tickets/v1/tickets", a_ticket()).await["id"]);
        let code = {
            let links = world.links("ticket").await;
            let link = links.last().expect("a link");
            link.rsplit('/').next().expect("a code").to_owned()
        };
        let a_batch = || {
            json!({
                "role": "nurse", "minutes": 30, "last_day": "2026-11-30", "reason": "Hosta",
                "csv": crate::requests::a_list()
            })
        };
        let batch = text(&post("/tickets/v1/batches", a_batch()).await["id"]);
        let working_batch = text(&post("/tickets/v1/batches", a_batch()).await["id"]);
        let confirm = format!("/tickets/v1/batches/{working_batch}/confirm");
        post(&confirm, json!({})).await;
        let fail = Statement::new(
            "UPDATE sms_outbox SET state = 'failed' WHERE id = (SELECT min(id) FROM sms_outbox) RETURNING id",
            [],
        );
        let failed = world.store.query(fail).await.expect("a message");
        let failed = failed.rows.first().expect("a message");
        let failed_message = failed.text("id").expect("an id").to_owned();
        let request = http::Request::post("/portal/v1/access-log/samples")
            .header(
                "authorization",
                format!("Bearer {}", world.sign(&world.administrator())),
            )
            .header("content-type", "application/json")
            .header("idempotency-key", world.new_key());
        let sample = world
            .send(
                request
                    .body(axum::body::Body::from("{}"))
                    .expect("a request"),
            )
            .await;
        Ground {
            sample: sample.id(),
            slot_template,
            free_slot: slot(1),
            visit: text(&visit["id"]),
            video_visit: text(&video_visit["id"]),
            case: text(&case["id"]),
            closed_case,
            attachment,
            waiting_attachment,
            phrase: text(&phrase["id"]),
            task: text(&tasks["tasks"][0]["id"]),
            ticket,
            code,
            redeemed_ticket,
            batch,
            working_batch,
            patient_id: text(&visit["patient"]["id"]),
            failed_message,
            participant: text(&video_visit["participants"][0]["id"]),
            world,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
