//! What each route is asked: a request that its rightful caller gets a success for.

use http::Request;
use serde_json::{Value, json};
use world::{ALEX, ANNA, BO, STIG, morning, patient};

use crate::callers::CalledBy;
use crate::ground::Ground;

/// The address and, for a POST, the body.
pub struct Asked {
    /// Path and query.
    pub target: String,
    /// What is posted, and as what.
    pub body: Option<Body>,
}

/// A body.
pub enum Body {
    /// From a program.
    Json(Value),
    /// From a browser.
    Form(String),
    /// From a browser, with a file: its fields.
    Upload(Vec<(&'static str, String)>),
    /// A file from a program.
    File(&'static str),
}

/// What stands between the fields of an upload.
const BOUNDARY: &str = "boundary-of-the-matrix";

/// The bytes of an upload.
fn multipart(fields: &[(&'static str, String)]) -> String {
    let part = |(name, value): &(&str, String)| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let parts: String = fields.iter().map(part).collect();
    format!("{parts}--{BOUNDARY}--\r\n")
}

/// A document with nothing in it.
pub const DOCUMENT: &str = "%PDF-1.7\nstartxref\n9\n%%EOF\n";

/// A list with one patient.
pub fn a_list() -> String {
    format!("personnummer;namn;mobil;sms\n{ALEX};Alex Blom;070-174 06 05;ja\n")
}

fn get(target: impl Into<String>) -> Asked {
    Asked {
        target: target.into(),
        body: None,
    }
}

fn post(target: impl Into<String>, body: Value) -> Asked {
    Asked {
        target: target.into(),
        body: Some(Body::Json(body)),
    }
}

fn form(target: impl Into<String>, body: impl Into<String>) -> Asked {
    Asked {
        target: target.into(),
        body: Some(Body::Form(body.into())),
    }
}

/// The whole request of a route, as this caller sends it. Sets the clock forward for one that has expired.
pub fn sent(route: &str, caller: CalledBy, ground: &Ground) -> Request<axum::body::Body> {
    let Asked { target, body } = request(route, caller, ground);
    let method = route.split(' ').next().unwrap_or_default();
    let request = Request::builder().method(method).uri(target);
    let request = caller.authorize(&ground.world, ground, request);
    let request = match body {
        None => request.body(axum::body::Body::empty()),
        Some(Body::Json(json)) => request
            .header("content-type", "application/json")
            .header("idempotency-key", ground.world.new_key())
            .body(json.to_string().into()),
        Some(Body::Form(form)) => request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.into()),
        Some(Body::Upload(fields)) => request
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(multipart(&fields).into()),
        Some(Body::File(file)) => request
            .header("content-type", "application/pdf")
            .header("idempotency-key", ground.world.new_key())
            .body(file.into()),
    };
    request.expect("a request")
}

/// The request of a route, by this caller. A route that is new needs an arm here and a line in `expected.txt`.
pub fn request(route: &str, caller: CalledBy, ground: &Ground) -> Asked {
    let Ground {
        slot_template,
        free_slot,
        visit,
        video_visit,
        sample,
        participant,
        case,
        closed_case,
        phrase,
        task,
        ticket,
        code,
        redeemed_ticket,
        patient_id,
        failed_message,
        batch,
        working_batch,
        attachment,
        waiting_attachment,
        ..
    } = ground;
    let batches = "/tickets/v1/batches";
    let cases = "/messaging/v1/cases";
    let tickets = "/tickets/v1/tickets";
    let chat = format!("/messaging/v1/chats/{case}");
    let record = format!("/workspace/v1/chats/{case}/record");
    let visits = "/booking/v1/appointments";
    let log = "/portal/v1/access-log";
    match route {
        "GET /" => get("/"),
        "GET /healthz" => get("/healthz"),
        "POST /portal/v1/jobs/reseal" => post("/portal/v1/jobs/reseal", json!({})),
        "POST /language" => form("/language", "language=en&return_to=%2F"),
        "GET /static/{name}" => get("/static/style.css"),

        "GET /sms/v1/openapi.json" => get("/sms/v1/openapi.json"),
        "GET /sms/v1/messages" => get(format!("/sms/v1/messages?patient={patient_id}")),
        "POST /sms/v1/messages/{id}/send-again" => post(
            format!("/sms/v1/messages/{failed_message}/send-again"),
            json!({}),
        ),
        "GET /sms/messages/{about}/{id}" => {
            get(format!("/sms/messages/text-message/{failed_message}"))
        }
        "POST /sms/messages/{about}/{id}" => form(
            format!("/sms/messages/text-message/{failed_message}"),
            format!("key={}&message={failed_message}", ground.world.new_key()),
        ),
        "GET /sms/v1/gateways" => get("/sms/v1/gateways"),
        // Nobody of these knows the gateways' secrets.
        "POST /sms/v1/reports/46elks/{secret}/{id}" => form(
            "/sms/v1/reports/46elks/guess/019aa000-0000-7000-8000-000000000000",
            "status=delivered",
        ),
        "POST /sms/v1/incoming/46elks/{secret}" => form(
            "/sms/v1/incoming/46elks/guess",
            "from=%2B46701740605&message=STOPP",
        ),
        "POST /sms/v1/reports/twilio/{id}" => form(
            "/sms/v1/reports/twilio/019aa000-0000-7000-8000-000000000000",
            "MessageStatus=delivered",
        ),
        "POST /sms/v1/incoming/twilio" => {
            form("/sms/v1/incoming/twilio", "From=%2B46701740605&Body=STOPP")
        }
        "POST /sms/v1/jobs/deliver-now" => post("/sms/v1/jobs/deliver-now", json!({})),
        "POST /sms/v1/jobs/deliver" => post("/sms/v1/jobs/deliver", json!({})),
        "POST /sms/v1/jobs/remind" => post("/sms/v1/jobs/remind", json!({})),

        "GET /t/{code}" => get(format!("/t/{code}")),
        "GET /tickets" => get("/tickets"),
        "GET /tickets/new" => get("/tickets/new"),
        "POST /tickets/new" => form(
            "/tickets/new",
            format!(
                "key={}&personal_identity={BO}&name=Bo+Testkvist&phone=070-174+06+06&role=nurse&minutes=30&last_day=2026-11-30&valid_days=7&reason=Hosta+sedan+en+vecka",
                ground.world.new_key()
            ),
        ),
        "GET /tickets/capacity" => get("/tickets/capacity"),
        "GET /tickets/{id}" => get(format!("/tickets/{ticket}")),
        "POST /tickets/{id}" => form(
            format!("/tickets/{ticket}"),
            format!(
                "key={}&action=redeem&slot={free_slot}",
                ground.world.new_key()
            ),
        ),
        "POST /tickets/{id}/change" => form(
            format!("/tickets/{ticket}/change"),
            format!("key={}&action=resend", ground.world.new_key()),
        ),
        "GET /tickets/v1/openapi.json" => get("/tickets/v1/openapi.json"),
        "GET /tickets/v1/tickets" => get(tickets),
        "POST /tickets/v1/tickets" => post(
            tickets,
            json!({
                "patient": patient(BO), "role": "nurse", "minutes": 30, "last_day": "2026-11-30",
                "reason": "Hosta sedan en vecka"
            }),
        ),
        "GET /tickets/v1/tickets/{id}" => get(format!("{tickets}/{ticket}")),
        "GET /tickets/v1/tickets/{id}/slots" => get(format!("{tickets}/{ticket}/slots")),
        "POST /tickets/v1/tickets/{id}/revoke" => {
            post(format!("{tickets}/{ticket}/revoke"), json!({}))
        }
        "POST /tickets/v1/tickets/{id}/extend" => post(
            format!("{tickets}/{ticket}/extend"),
            json!({ "valid_days": 14 }),
        ),
        "POST /tickets/v1/tickets/{id}/resend" => {
            post(format!("{tickets}/{ticket}/resend"), json!({}))
        }
        "POST /tickets/v1/open" => post("/tickets/v1/open", json!({ "code": code })),
        "POST /tickets/v1/tickets/{id}/redeem" => post(
            format!("{tickets}/{ticket}/redeem"),
            json!({ "slot": free_slot }),
        ),
        "POST /tickets/v1/tickets/{id}/rebook" => post(
            format!("{tickets}/{redeemed_ticket}/rebook"),
            json!({ "slot": free_slot }),
        ),
        "POST /tickets/v1/tickets/{id}/no-time-fits" => post(
            format!("{tickets}/{ticket}/no-time-fits"),
            json!({ "reason": "Jag arbetar på förmiddagarna" }),
        ),
        "GET /tickets/v1/capacity" => get("/tickets/v1/capacity"),
        "GET /tickets/batches" => get("/tickets/batches"),
        "GET /tickets/batches/new" => get("/tickets/batches/new"),
        "POST /tickets/batches/new" => Asked {
            target: "/tickets/batches/new".into(),
            body: Some(Body::Upload(vec![
                ("key", "key-of-an-upload".into()),
                ("role", "nurse".into()),
                ("minutes", "30".into()),
                ("last_day", "2026-11-30".into()),
                ("reason", "Hosta".into()),
                ("csv", a_list()),
            ])),
        },
        "GET /tickets/batches/{id}" => get(format!("/tickets/batches/{batch}")),
        "POST /tickets/batches/{id}" => form(
            format!("/tickets/batches/{working_batch}"),
            "key=key-of-a-batch&action=work",
        ),
        "GET /tickets/v1/batches" => get(batches),
        "POST /tickets/v1/batches" => post(
            batches,
            json!({
                "role": "nurse", "minutes": 30, "last_day": "2026-11-30", "reason": "Hosta", "csv": a_list()
            }),
        ),
        "GET /tickets/v1/batches/{id}" => get(format!("{batches}/{batch}")),
        "POST /tickets/v1/batches/{id}/confirm" => {
            post(format!("{batches}/{batch}/confirm"), json!({}))
        }
        "POST /tickets/v1/batches/{id}/stop" => {
            post(format!("{batches}/{working_batch}/stop"), json!({}))
        }
        "POST /tickets/v1/batches/{id}/discard" => {
            post(format!("{batches}/{batch}/discard"), json!({}))
        }
        "POST /tickets/v1/batches/{id}/work" => {
            post(format!("{batches}/{working_batch}/work"), json!({}))
        }
        "POST /tickets/v1/jobs/batches" => post("/tickets/v1/jobs/batches", json!({})),
        "POST /tickets/v1/jobs/look" => post("/tickets/v1/jobs/look", json!({})),

        "GET /administration/v1/openapi.json" => get("/administration/v1/openapi.json"),
        "GET /administration/v1/settings" => get("/administration/v1/settings"),
        "PUT /administration/v1/settings" => post(
            "/administration/v1/settings",
            json!({ "version": 1, "settings": {
                "opening_hours": [[], [], [], [], [], [], []], "cancellation_cutoff_hours": 24, "age_limit": 16,
                "reminds_day_before": true, "reminds_hour_before": true, "case_notice_hours": 24,
                "case_grace_hours": 48, "case_reopen_hours": 336, "case_answer_hours": 18,
                "shows_read_marks": true, "where_to_turn": null,
            } }),
        ),
        "GET /administration/v1/statistics" => get("/administration/v1/statistics?weeks=4"),
        "GET /administration/statistics" => get("/administration/statistics"),
        "GET /administration/phrases" => get("/administration/phrases"),
        "POST /administration/phrases" => form(
            "/administration/phrases",
            "key=matrix-0019&title=Avslutning&text=Ring+oss+om+det+inte+blir+b%C3%A4ttre",
        ),
        "GET /administration/operations" => get("/administration/operations"),
        "GET /administration/v1/operations" => get("/administration/v1/operations"),
        "GET /administration/settings" => get("/administration/settings"),
        "POST /administration/settings" => form("/administration/settings", "key=matrix-0018"),
        "GET /docs" => get("/docs"),
        "GET /portal/v1/openapi.json" => get("/portal/v1/openapi.json"),
        "POST /portal/v1/jobs/chain-access-log" => {
            post("/portal/v1/jobs/chain-access-log", json!({}))
        }
        "POST /workspace/v1/patients/open" => post(
            "/workspace/v1/patients/open",
            json!({ "personal_identity": ALEX }),
        ),
        "GET /workspace/v1/emergency-accesses" => get("/workspace/v1/emergency-accesses"),
        "GET /workspace/emergencies" => get("/workspace/emergencies"),
        "GET /workspace/colleagues" => get("/workspace/colleagues"),
        "GET /workspace/notifications" => get("/workspace/notifications"),
        "GET /workspace/schedule" => get("/workspace/schedule?view=week"),
        "GET /workspace/start" => get("/workspace/start"),
        "GET /workspace/open" => get("/workspace/open"),
        "POST /workspace/open" => form(
            "/workspace/open",
            format!("key=matrix-0032&action=keep&kind=chat&matter={case}"),
        ),
        "GET /workspace/find-patient" => get("/workspace/find-patient"),
        "POST /workspace/find-patient" => form(
            "/workspace/find-patient",
            "key=matrix-0003&personal_identity=&name=Alex",
        ),
        "POST /workspace/tasks/{id}" => form(format!("/workspace/tasks/{task}"), "key=matrix-0004"),
        "GET /workspace/records/{id}" => get(format!("/workspace/records/{case}")),
        "POST /workspace/records/{id}" => form(
            format!("/workspace/records/{case}"),
            "key=matrix-0013&action=draft&text=Torrhosta",
        ),
        "GET /workspace/records/{id}/addendum/{note}" => {
            get(format!("/workspace/records/{case}/addendum/{video_visit}"))
        }
        "GET /workspace/v1/chats/{id}/record" => get(record.clone()),
        "POST /workspace/v1/chats/{id}/record" => post(
            record.clone(),
            json!({ "version": 0, "entry": "Ringde växeln", "triage": "Inte brådskande", "details": "Torrhosta" }),
        ),
        "POST /workspace/v1/chats/{id}/record/notes" => post(
            format!("{record}/notes"),
            json!({ "text": "Lungorna låter rena" }),
        ),
        "POST /workspace/v1/chats/{id}/record/notes/{note}/sign" => {
            let as_read = json!({ "changed_at": "2026-11-23T08:00:00Z" });
            post(format!("{record}/notes/{video_visit}/sign"), as_read)
        }
        "GET /workspace/v1/openapi.json" => get("/workspace/v1/openapi.json"),
        "GET /workspace/v1/waiting" => get("/workspace/v1/waiting"),
        "GET /workspace/v1/tasks" => get("/workspace/v1/tasks"),
        "POST /workspace/v1/tasks/{id}/done" => {
            post(format!("/workspace/v1/tasks/{task}/done"), json!({}))
        }
        "GET /portal/home" => get("/portal/home"),
        "GET /portal/matters" => get("/portal/matters"),
        "GET /portal/profile" => get("/portal/profile"),
        "POST /portal/profile" => {
            form("/portal/profile", "phone=070-174+06+05&message_language=sv")
        }
        "GET /portal/v1/profile" => get("/portal/v1/profile"),
        "PUT /portal/v1/profile" => post(
            "/portal/v1/profile",
            json!({ "phone": "070-174 06 05", "language": "sv", "sms_consent": true }),
        ),
        "GET /portal/support" => get("/portal/support"),
        "GET /portal/terms" => get("/portal/terms"),
        "GET /portal/personal-data" => get("/portal/personal-data"),
        "GET /portal/access-log" => get("/portal/access-log"),
        "GET /portal/access-log/review" => get("/portal/access-log/review?verify=0"),
        "POST /portal/access-log/review" => form("/portal/access-log/review", "key=matrix-0030"),
        "GET /portal/access-log/review/{id}" => get(format!("/portal/access-log/review/{sample}")),
        "POST /portal/access-log/review/{id}" => form(
            format!("/portal/access-log/review/{sample}"),
            "key=matrix-0031",
        ),
        "GET /portal/v1/access-log" => get(log),
        "GET /portal/v1/access-log/verification" => get(format!("{log}/verification")),
        "GET /portal/v1/access-log/export" => get(format!("{log}/export")),
        "GET /portal/v1/access-log/samples" => get(format!("{log}/samples")),
        "POST /portal/v1/access-log/samples" => post(format!("{log}/samples"), json!({})),
        "GET /portal/v1/access-log/samples/{id}" => get(format!("{log}/samples/{sample}")),
        "POST /portal/v1/access-log/samples/{id}/sign-off" => {
            post(format!("{log}/samples/{sample}/sign-off"), json!({}))
        }

        "GET /booking/appointments/{id}" => get(format!("/booking/appointments/{visit}")),
        "POST /booking/appointments/{id}" => form(
            format!("/booking/appointments/{visit}"),
            if matches!(caller, CalledBy::Owner | CalledBy::OtherPatient) {
                "key=matrix-0001&action=cancel"
            } else {
                "key=matrix-0001&action=cancel&reason=Sjuk"
            },
        ),
        "GET /booking/slots" => get("/booking/slots"),
        "POST /booking/slots" => form(
            "/booking/slots",
            format!(
                "key=form-slots&whose=practitioner%3A{ANNA}&weekdays=monday&from=13%3A00&to=14%3A00&minutes=30&valid_from=2026-12-14&valid_to=2026-12-14"
            ),
        ),
        "GET /booking/new/{kind}" => get("/booking/new/scheduled"),
        "POST /booking/new/{kind}" => form(
            "/booking/new/free-time",
            "key=matrix-0002&action=begin&personal_identity=196103072390",
        ),
        "GET /booking/v1/openapi.json" => get("/booking/v1/openapi.json"),
        "GET /booking/v1/slot-templates" => get("/booking/v1/slot-templates"),
        "POST /booking/v1/slot-templates" => {
            let body =
                json!({ "role": "nurse", "recurrence": morning(ANNA, "2026-12-07")["recurrence"] });
            post("/booking/v1/slot-templates", body)
        }
        "GET /booking/v1/slots" => get("/booking/v1/slots"),
        "POST /booking/v1/slot-templates/{id}/end" => post(
            format!("/booking/v1/slot-templates/{slot_template}/end"),
            json!({}),
        ),
        "POST /booking/v1/slots/{id}/withdraw" => {
            post(format!("/booking/v1/slots/{free_slot}/withdraw"), json!({}))
        }
        "GET /booking/v1/appointments" => get(format!("{visits}?from=2026-11-23&to=2026-12-07")),
        "POST /booking/v1/appointments" => post(
            visits,
            json!({ "kind": "scheduled", "slot": free_slot, "patient": patient(BO), "reason": "Hosta" }),
        ),
        "GET /booking/v1/appointments/{id}" => get(format!("{visits}/{visit}")),
        "GET /booking/v1/appointments/{id}/calendar.ics" => {
            get(format!("{visits}/{visit}/calendar.ics"))
        }
        "POST /booking/v1/appointments/{id}/reschedule" => post(
            format!("{visits}/{visit}/reschedule"),
            json!({ "slot": free_slot }),
        ),
        "POST /booking/v1/appointments/{id}/cancel" => {
            // Staff say why; patients needn't.
            let by_patient = matches!(caller, CalledBy::Owner | CalledBy::OtherPatient);
            let body = if by_patient {
                json!({})
            } else {
                json!({ "reason": "Läkaren är sjuk" })
            };
            post(format!("{visits}/{visit}/cancel"), body)
        }
        "POST /booking/v1/appointments/{id}/arrive" => {
            post(format!("{visits}/{video_visit}/arrive"), json!({}))
        }
        "POST /booking/v1/appointments/{id}/start" => {
            post(format!("{visits}/{video_visit}/start"), json!({}))
        }
        "POST /booking/v1/appointments/{id}/complete" => {
            post(format!("{visits}/{video_visit}/complete"), json!({}))
        }
        "POST /booking/v1/appointments/{id}/no-show" => {
            post(format!("{visits}/{video_visit}/no-show"), json!({}))
        }

        "GET /attachments/chats/{id}" => get(format!("/attachments/chats/{case}")),
        "POST /attachments/chats/{id}" => Asked {
            target: format!("/attachments/chats/{case}"),
            body: Some(Body::Upload(vec![
                ("key", "key-of-an-attachment".into()),
                ("file", DOCUMENT.into()),
            ])),
        },
        "GET /attachments/files/{id}" => get(format!("/attachments/files/{attachment}.pdf")),
        "GET /attachments/v1/openapi.json" => get("/attachments/v1/openapi.json"),
        "POST /attachments/v1/chats/{id}/attachments" => Asked {
            target: format!("/attachments/v1/chats/{case}/attachments"),
            body: Some(Body::File(DOCUMENT)),
        },
        "GET /attachments/v1/{id}" => get(format!("/attachments/v1/{attachment}")),
        "POST /attachments/v1/{id}/remove" => post(
            format!("/attachments/v1/{waiting_attachment}/remove"),
            json!({}),
        ),
        "POST /attachments/v1/jobs/tidy" => post("/attachments/v1/jobs/tidy", json!({})),

        "GET /messaging/cases" => get("/messaging/cases"),
        "GET /messaging/new-case" => get("/messaging/new-case"),
        "POST /messaging/new-case" => form(
            "/messaging/new-case",
            "key=key-of-a-form&personal_identity=197905222399&name=Bo+Testkvist&subject=Uppföljning+via+formulär&closes_at=2026-11-30T09%3A00",
        ),
        "GET /messaging/chats/{id}" => get(format!("/messaging/chats/{case}")),
        "POST /messaging/visits/{id}" => form(
            format!("/messaging/visits/{video_visit}"),
            "key=key-of-a-form",
        ),
        "POST /messaging/chats/{id}" => form(
            format!("/messaging/chats/{case}"),
            "key=key-of-a-form&action=write&text=Kliar+fortfarande+lite",
        ),
        "GET /messaging/v1/openapi.json" => get("/messaging/v1/openapi.json"),
        "GET /messaging/v1/cases" => get(cases),
        "POST /messaging/v1/cases" => post(
            cases,
            json!({
                "patient": patient(BO), "subject": "Uppföljning efter besöket",
                "closes_at": "2026-11-30T09:00", "message": "Hör av dig om det blir värre"
            }),
        ),
        "GET /messaging/v1/cases/{id}" => get(format!("{cases}/{case}")),
        "POST /messaging/v1/cases/{id}/extend" => post(
            format!("{cases}/{case}/extend"),
            json!({ "closes_at": "2026-12-07T09:00" }),
        ),
        "POST /messaging/v1/cases/{id}/shorten" => post(
            format!("{cases}/{case}/shorten"),
            json!({ "closes_at": "2026-11-27T09:00" }),
        ),
        "POST /messaging/v1/cases/{id}/close" => post(
            format!("{cases}/{case}/close"),
            json!({ "reason": "Patienten är frisk", "message": "Ha det så bra framöver" }),
        ),
        "POST /messaging/v1/cases/{id}/reopen" => post(
            format!("{cases}/{closed_case}/reopen"),
            json!({ "closes_at": "2026-12-07T09:00" }),
        ),
        "GET /messaging/v1/chats/{id}/messages" => get(format!("{chat}/messages")),
        "POST /messaging/v1/chats/{id}/messages" => post(
            format!("{chat}/messages"),
            json!({ "text": "Det kliar på vänster hand" }),
        ),
        "POST /messaging/v1/chats/{id}/messages/{number}/withdraw" => {
            post(format!("{chat}/messages/2/withdraw"), json!({}))
        }
        "GET /messaging/v1/chats/{id}/events" => get(format!("{chat}/events")),
        "POST /messaging/v1/chats/{id}/writing" => post(format!("{chat}/writing"), json!({})),
        "GET /messaging/v1/notifications/events" => get("/messaging/v1/notifications/events"),
        "POST /messaging/v1/chats/{id}/phase" => {
            post(format!("{chat}/phase"), json!({ "phase": "synchronous" }))
        }
        "POST /messaging/v1/visits/{id}/chat" => post(
            format!("/messaging/v1/visits/{video_visit}/chat"),
            json!({}),
        ),
        "POST /messaging/v1/chats/{id}/read" => {
            post(format!("{chat}/read"), json!({ "number": 2 }))
        }
        "GET /messaging/v1/chats/{id}/notes" => get(format!("{chat}/notes")),
        "POST /messaging/v1/chats/{id}/notes" => post(
            format!("{chat}/notes"),
            json!({ "text": "Ring dottern om läkemedlen" }),
        ),
        "GET /messaging/v1/colleagues" => get("/messaging/v1/colleagues"),
        "GET /messaging/v1/hand-overs" => get("/messaging/v1/hand-overs"),
        "POST /messaging/v1/chats/{id}/hand-over" => post(
            format!("{chat}/hand-over"),
            json!({ "note": "Kan någon av er ta över" }),
        ),
        "POST /messaging/v1/chats/{id}/hand-over/answer" => post(
            format!("{chat}/hand-over/answer"),
            json!({ "offer": "01890000-0000-7000-8000-000000000000", "accept": true }),
        ),
        "POST /messaging/v1/chats/{id}/take" => post(format!("{chat}/take"), json!({})),
        "POST /messaging/v1/chats/{id}/colleagues" => post(
            format!("{chat}/colleagues"),
            json!({ "practitioner": STIG, "note": "Titta gärna på bilden" }),
        ),
        "POST /messaging/v1/chats/{id}/colleagues/{practitioner}/leave" => {
            post(format!("{chat}/colleagues/{STIG}/leave"), json!({}))
        }
        "GET /messaging/v1/reply-phrases" => get("/messaging/v1/reply-phrases"),
        "POST /messaging/v1/reply-phrases" => post(
            "/messaging/v1/reply-phrases",
            json!({ "title": "Avslutning", "text": "Hälsningar från {practitioner} på {unit}" }),
        ),
        "POST /messaging/v1/reply-phrases/{id}/remove" => post(
            format!("/messaging/v1/reply-phrases/{phrase}/remove"),
            json!({}),
        ),
        "POST /messaging/v1/jobs/close" => post("/messaging/v1/jobs/close", json!({})),

        // Signing in is for those who aren't yet: what they send here belongs to no attempt of theirs.
        "GET /identity/sign-in" => get("/identity/sign-in"),
        "GET /identity/sign-in/{audience}" => get("/identity/sign-in/patient"),
        "GET /identity/callback/{audience}" => get("/identity/callback/staff?code=x&state=y"),
        "GET /identity/commission" => get("/identity/commission"),
        "POST /identity/commission" => form("/identity/commission", "commission=x"),
        "GET /identity/renew" => get("/identity/renew"),
        "POST /identity/sign-out" => form("/identity/sign-out", ""),
        "GET /identity/signed-out" => get("/identity/signed-out"),
        "GET /identity/g/{code}" => get("/identity/g/AAAAAAAAAAAAAAAAAAAAAA"),
        "POST /identity/g/{code}" => form("/identity/g/AAAAAAAAAAAAAAAAAAAAAA", ""),
        "GET /identity/kept-form" => get("/identity/kept-form"),
        "POST /identity/kept-form" => form("/identity/kept-form?to=%2F", "key=matrix-0009"),
        "GET /identity/guest" => get("/identity/guest"),
        "GET /identity/v1/openapi.json" => get("/identity/v1/openapi.json"),
        "GET /identity/v1/client-keys" => get("/identity/v1/client-keys"),
        "GET /identity/v1/session" => get("/identity/v1/session"),
        "POST /identity/v1/renew" => post("/identity/v1/renew", json!({ "refresh_token": "x" })),
        "POST /identity/v1/sign-out" => post("/identity/v1/sign-out", json!({})),
        "POST /identity/practitioners/{id}/sign-out" => {
            form(format!("/identity/practitioners/{STIG}/sign-out"), "")
        }
        "POST /identity/v1/practitioners/{id}/sign-out" => post(
            format!("/identity/v1/practitioners/{STIG}/sign-out"),
            json!({}),
        ),
        "POST /identity/v1/jobs/tidy" => post("/identity/v1/jobs/tidy", json!({})),
        "POST /identity/v1/guest-links" | "POST /identity/v1/guest-links/revoke" => {
            let path = route.trim_start_matches("POST ");
            let body = json!({ "appointment": video_visit, "participant": participant });
            post(path, body)
        }

        new => panic!("{new} is new: say here what it is asked, and in expected.txt who gets what"),
    }
}
