//! Files in a chat: uploaded, going with a message, read by the other side, and what happens to those that lie.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

mod scanner;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use shared::platform::native::SetSecrets;
use shared::platform::{Batch, Outcome, Secrets, Statement, Store, StoreError};
use shared::time::{HOUR, MINUTE};
use tower_service::Service;
use world::*;

use scanner::Scanner;

/// A document with nothing in it.
const DOCUMENT: &[u8] = b"%PDF-1.7\n(Remiss till Testberget)\nstartxref\n9\n%%EOF\n";
/// Where a picture was taken.
const PLACE: &[u8] = b"57.70887N 11.97456E";

/// A photograph with a place in it.
fn photograph() -> Vec<u8> {
    let segment = |marker: u8, body: &[u8]| {
        let length = (body.len() as u16 + 2).to_be_bytes();
        [&[0xFF, marker], &length[..], body].concat()
    };
    [
        vec![0xFF, 0xD8],
        segment(0xE1, &[b"Exif\0\0II*\0", PLACE].concat()),
        segment(0xC0, &[8, 0, 90, 0, 120, 1, 1, 0x11, 0]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![0x12; 2_200_000],
        vec![0xFF, 0xD9],
    ]
    .concat()
}

/// The world with a chat in it, and perhaps a scanner beside.
struct Clinic {
    world: World,
    case: String,
}

impl Deref for Clinic {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

/// Settings over those of another source.
struct Over(Arc<dyn Secrets>, SetSecrets);

impl Secrets for Over {
    fn get(&self, name: &str) -> Option<String> {
        self.1.get(name).or_else(|| self.0.get(name))
    }
}

/// How the store is lost as an upload ends.
#[derive(Clone, Copy, PartialEq)]
enum Loss {
    /// What ends it is not done.
    Before,
    /// It is done, and the answer is lost.
    Answer,
    /// The same, and the store is out of reach from then on. Objects are kept elsewhere.
    AnswerAndAll,
}

/// A store that is lost in such a way.
struct Lossy {
    store: Arc<dyn Store>,
    loss: Loss,
    is_away: AtomicBool,
}

#[async_trait]
impl Store for Lossy {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        let mut outcomes = self.batch(vec![statement]).await?;
        Ok(outcomes.remove(0))
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        let lost = || Err(StoreError::Unavailable("Network connection lost".into()));
        let is_there = |what: &str| statements.iter().any(|asked| asked.sql.contains(what));
        if self.is_away.load(Ordering::Relaxed) && !is_there(" objects ") {
            return lost();
        }
        let is_end = is_there("INSERT INTO idempotency_keys");
        if is_end && self.loss == Loss::Before {
            return lost();
        }
        let done = self.store.batch(statements).await;
        if is_end && done.is_ok() {
            let is_away = self.loss == Loss::AnswerAndAll;
            self.is_away.store(is_away, Ordering::Relaxed);
            return lost();
        }
        done
    }
}

/// An answer with its bytes as they are.
struct File {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Clinic {
    /// Monday 23 November 2026, nine in the morning: Anna has opened a case for Alex, for a week.
    async fn new() -> Self {
        let functions: [Function; 2] = [
            ("attachments", attachments::router),
            ("messaging", messaging::router),
        ];
        let world = World::new(&functions).await;
        let case = json!({
            "patient": patient(ALEX), "subject": "Blodtryck", "closes_at": "2026-11-30T09:00",
            "message": "Hur ser det ut?"
        });
        let case = world.post(ANNA, "/messaging/v1/cases", case).await.id();
        Clinic { world, case }
    }

    /// The same, with a scanner.
    async fn with_scanner() -> (Self, Arc<Scanner>) {
        let mut clinic = Clinic::new().await;
        let scanner = Scanner::start().await;
        let settings = [("SCANNER_ADDRESS".to_owned(), scanner.address())];
        let before = Arc::clone(&clinic.world.ports.secrets);
        clinic.world.ports.secrets = Arc::new(Over(before, SetSecrets::new(settings)));
        clinic.world.ports.http = scanner.clone();
        (clinic, scanner)
    }

    async fn upload_under(&self, person: &str, key: &str, file: impl Into<Body>) -> Answer {
        let path = format!("/attachments/v1/chats/{}/attachments", self.case);
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.token(person)))
            .header("idempotency-key", key)
            .body(file.into());
        self.send(request.expect("a request")).await
    }

    async fn upload(&self, person: &str, file: impl Into<Body>) -> Answer {
        self.upload_under(person, &self.new_key(), file).await
    }

    /// Writes a message, and gives it as the writer sees it.
    async fn write(&self, person: &str, text: &str) -> Value {
        let path = format!("/messaging/v1/chats/{}/messages", self.case);
        let posted = self.post(person, &path, json!({ "text": text })).await;
        assert_eq!(posted.status, 201, "{}", posted.text);
        self.last_message(person).await
    }

    async fn last_message(&self, person: &str) -> Value {
        let path = format!("/messaging/v1/chats/{}/messages", self.case);
        let chat = self.get(person, &path).await.json();
        let messages = chat["messages"].as_array().expect("messages");
        messages.last().expect("a message").clone()
    }

    /// Reads a file, whose bytes are no text.
    async fn file(&self, person: &str, id: &str) -> File {
        let mut request = Request::get(format!("/attachments/v1/{id}"))
            .header("authorization", format!("Bearer {}", self.token(person)))
            .body(Body::empty())
            .expect("a request");
        request.extensions_mut().insert(self.ports.clone());
        let answer = attachments::router().call(request).await.expect("answered");
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("bytes");
        File {
            status: parts.status,
            headers: parts.headers,
            bytes: bytes.to_vec(),
        }
    }

    /// What the chat's stream has for who has come so far.
    async fn since(&self, person: &str, version: i64, number: i64) -> String {
        let case = &self.case;
        let events = format!("/messaging/v1/chats/{case}/events");
        let path = format!("{events}?once=true&since={case}.{version}.{number}");
        self.get(person, &path).await.text
    }

    async fn tidy(&self) -> Value {
        self.run_job("/attachments/v1/jobs/tidy").await
    }

    /// How many chunks lie among the objects.
    async fn chunks(&self) -> i64 {
        self.number("SELECT count(*) AS n FROM objects").await
    }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|found| found == wanted)
}

#[tokio::test]
async fn a_photograph_goes_with_its_senders_next_message_and_the_other_side_sees_it_without_its_place()
 {
    let clinic = Clinic::new().await;
    let uploaded = clinic.upload(ALEX, photograph()).await;
    assert_eq!(uploaded.status, 201, "{}", uploaded.text);
    let view = uploaded.json();
    assert_eq!(
        (&view["kind"], &view["state"]),
        (&json!("jpeg"), &json!("ready"))
    );
    let id = uploaded.id();
    assert_eq!(
        uploaded.headers["location"],
        format!("/attachments/v1/{id}")
    );
    // Nobody else's message takes it, and nobody else sees it before.
    assert!(clinic.write(ANNA, "Skicka gärna en bild").await["attachments"].is_null());
    assert_eq!(clinic.file(ANNA, &id).await.status, 404);
    assert_eq!(clinic.file(ALEX, &id).await.status, 200);

    let message = clinic.write(ALEX, "Så här ser det ut").await;
    assert_eq!(message["attachments"], json!([format!("{id}.jpeg")]));
    for (person, name) in [
        (ANNA, id.clone()),
        (STIG, format!("{id}.jpeg")),
        (ALEX, id.clone()),
    ] {
        let file = clinic.file(person, &name).await;
        assert_eq!(file.status, 200);
        assert_eq!(file.headers["content-type"], "image/jpeg");
        let short = id.split('-').next().expect("a part");
        assert_eq!(
            file.headers["content-disposition"],
            format!("inline; filename=\"vardflode-{short}.jpeg\"")
        );
        assert_eq!(file.headers["x-content-type-options"], "nosniff");
        assert_eq!(file.headers["cache-control"], "private, no-store");
        let policy = file.headers["content-security-policy"]
            .to_str()
            .expect("text");
        assert!(policy.starts_with("sandbox;"), "{policy}");
        assert!(!holds(&file.bytes, PLACE));
        assert!(file.bytes.len() > 2_200_000 && holds(&file.bytes, &[0x12; 2_200_000]));
    }
    for stranger in [BO, EVA, OLOF] {
        assert_eq!(clinic.file(stranger, &id).await.status, 404);
    }
    assert!(
        clinic.write(ALEX, "En sak till").await["attachments"].is_null(),
        "it is one message's"
    );
    let page = clinic
        .get(ANNA, &format!("/messaging/chats/{}", clinic.case))
        .await;
    assert!(page.text.contains(&format!("/attachments/files/{id}.jpeg")));
}

#[tokio::test]
async fn every_upload_and_reading_is_in_the_access_log_and_no_refusal_is() {
    let clinic = Clinic::new().await;
    let id = clinic.upload(ANNA, DOCUMENT).await.id();
    clinic.write(ANNA, "Läs detta").await;
    assert_eq!(clinic.file(ALEX, &id).await.status, 200);
    assert_eq!(clinic.file(BO, &id).await.status, 404);
    let found = clinic.store.query(Statement::new(
        "SELECT activity || ' ' || user_kind AS entry, json_array_length(patients) AS patients
FROM access_log WHERE resource_type = 'attachment' ORDER BY number",
        [],
    ));
    let found = found.await.expect("the log");
    let entries: Vec<_> = found
        .rows
        .iter()
        .map(|row| {
            (
                row.text("entry").expect("text").to_owned(),
                row.integer("patients").expect("a number"),
            )
        })
        .collect();
    assert_eq!(
        entries,
        [
            ("write practitioner".to_owned(), 1),
            ("read patient".to_owned(), 1)
        ]
    );
}

#[tokio::test]
async fn a_document_is_downloaded_and_never_shown() {
    let clinic = Clinic::new().await;
    let id = clinic.upload(ANNA, DOCUMENT).await.id();
    let file = clinic.file(ANNA, &id).await;
    let disposition = file.headers["content-disposition"].to_str().expect("text");
    assert!(disposition.starts_with("attachment; "), "{disposition}");
    assert_eq!(file.bytes, DOCUMENT);
}

#[tokio::test]
async fn what_lies_bombs_is_cut_or_too_large_gets_a_clear_no_and_leaves_nothing() {
    let clinic = Clinic::new().await;
    let before = clinic.rows().await;
    let mut bomb = photograph();
    let frame = bomb
        .windows(2)
        .position(|found| found == [0xFF, 0xC0])
        .expect("a frame");
    bomb[frame + 5..frame + 9].fill(0xFF);
    let mut large = DOCUMENT.to_vec();
    large.splice(9..9, vec![b' '; 10 * 1024 * 1024]);
    let cut = photograph()[..2_000_000].to_vec();
    for (file, refused) in [
        (
            b"MZ\x90\0 an image, says its name".to_vec(),
            (415, "unknown-file"),
        ),
        (b"<svg onload='alert(1)'/>".to_vec(), (415, "unknown-file")),
        (b"%PDF-evil".to_vec(), (422, "broken-file")),
        (bomb, (422, "too-many-pixels")),
        (cut, (422, "cut-file")),
        (large, (413, "too-large")),
        (vec![0xFF; 12_200_000], (413, "too-large")),
        (vec![], (422, "empty-file")),
    ] {
        let (status, kind) = refused;
        let answer = clinic.upload(ALEX, file).await;
        assert_eq!(answer.refused(), (status, kind.to_owned()));
        assert!(answer.json()["detail"].is_string());
    }
    let stranger = clinic.upload(BO, DOCUMENT).await;
    assert_eq!(stranger.refused(), (404, "not-found".into()));
    assert_eq!(clinic.rows().await, before);
}

#[tokio::test]
async fn reading_an_upload_stops_at_the_limit() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let clinic = Clinic::new().await;
    let given = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&given);
    let endless = futures_util::stream::repeat_with(move || {
        counted.fetch_add(65_536, Ordering::Relaxed);
        Ok::<_, std::io::Error>(vec![0xFF; 65_536])
    });
    let answer = clinic.upload(ALEX, Body::from_stream(endless)).await;
    assert_eq!(answer.refused(), (413, "too-large".into()));
    assert!(given.load(Ordering::Relaxed) <= 10 * 1024 * 1024 + 3 * 65_536);
}

#[tokio::test]
async fn the_bytes_lie_sealed_in_chunks_that_cannot_change_places() {
    let clinic = Clinic::new().await;
    let id = clinic.upload(ALEX, photograph()).await.id();
    assert_eq!(clinic.chunks().await, 3);
    let found = clinic
        .store
        .query(Statement::new("SELECT bytes FROM objects", []))
        .await;
    for row in found.expect("the objects").rows.iter() {
        let bytes = shared::sealing::decoded(row.text("bytes").expect("text")).expect("base64url");
        assert!(!holds(&bytes, &[0x12; 8]), "in clear");
    }
    clinic
        .run(
            "UPDATE objects SET key = iif(key LIKE '%/0', key || 'x', key)",
            [],
        )
        .await;
    clinic
        .run(
            "UPDATE objects SET key = replace(key, '/1', '/0') WHERE key LIKE '%/1'",
            [],
        )
        .await;
    clinic
        .run("UPDATE objects SET key = replace(key, '/0x', '/1')", [])
        .await;
    assert_eq!(clinic.file(ALEX, &id).await.status, 500);
}

#[tokio::test]
async fn a_repeated_upload_is_one_file_and_gets_the_same_answer() {
    let clinic = Clinic::new().await;
    let key = clinic.new_key();
    let first = clinic.upload_under(ALEX, &key, DOCUMENT).await;
    let again = clinic.upload_under(ALEX, &key, DOCUMENT).await;
    assert_eq!(first.json(), again.json());
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = clinic.upload_under(ALEX, &key, photograph()).await;
    assert_eq!(other.refused(), (422, "idempotency-key-reused".into()));
    assert_eq!(
        clinic.number("SELECT count(*) AS n FROM attachments").await,
        1
    );
    assert_eq!(clinic.chunks().await, 1);
}

#[tokio::test]
async fn ten_files_wait_at_most_and_all_go_with_one_message() {
    let clinic = Clinic::new().await;
    for _ in 0..10 {
        assert_eq!(clinic.upload(ALEX, DOCUMENT).await.status, 201);
    }
    assert_eq!(
        clinic.upload(ALEX, DOCUMENT).await.refused(),
        (409, "ten-wait".into())
    );
    assert_eq!(clinic.chunks().await, 10);
    assert_eq!(
        clinic.upload(ANNA, DOCUMENT).await.status,
        201,
        "hers are counted by themselves"
    );
    let message = clinic.write(ALEX, "Alla mina papper").await;
    assert_eq!(message["attachments"].as_array().expect("files").len(), 10);
    assert_eq!(clinic.upload(ALEX, DOCUMENT).await.status, 201);
}

#[tokio::test]
async fn uploads_that_broke_off_keep_nobody_from_attaching_for_longer_than_a_quarter_of_an_hour() {
    let clinic = Clinic::new().await;
    for _ in 0..10 {
        assert_eq!(clinic.upload(ALEX, DOCUMENT).await.status, 201);
    }
    clinic
        .run("UPDATE attachments SET state = 'uploading'", [])
        .await;
    clinic.pass(15 * MINUTE - 1);
    assert_eq!(
        clinic.upload(ALEX, DOCUMENT).await.refused(),
        (409, "ten-wait".into()),
        "they may be under way still"
    );
    clinic.pass(1);
    for _ in 0..10 {
        assert_eq!(clinic.upload(ALEX, DOCUMENT).await.status, 201);
    }
    clinic.pass(HOUR);
    assert_eq!(
        clinic.upload(ALEX, DOCUMENT).await.refused(),
        (409, "ten-wait".into()),
        "what came whole counts for as long as it waits"
    );
}

#[tokio::test]
async fn who_cannot_write_cannot_attach() {
    let clinic = Clinic::new().await;
    clinic.pass(7 * 24 * HOUR);
    assert_eq!(
        clinic.upload(ALEX, DOCUMENT).await.refused(),
        (409, "case-closed".into())
    );
    assert_eq!(clinic.chunks().await, 0);
}

#[tokio::test]
async fn one_can_take_back_ones_own_file_until_it_goes_with_a_message() {
    let clinic = Clinic::new().await;
    let id = clinic.upload(ANNA, DOCUMENT).await.id();
    let remove = format!("/attachments/v1/{id}/remove");
    assert_eq!(clinic.post(STIG, &remove, json!({})).await.status, 404);
    assert_eq!(clinic.post(ANNA, &remove, json!({})).await.status, 200);
    assert_eq!(clinic.file(ANNA, &id).await.status, 404);
    assert!(clinic.write(ANNA, "Utan fil").await["attachments"].is_null());
    assert_eq!(clinic.tidy().await["deleted"], 1);
    assert_eq!(clinic.chunks().await, 0);

    let id = clinic.upload(ANNA, DOCUMENT).await.id();
    clinic.write(ANNA, "Med fil").await;
    let remove = format!("/attachments/v1/{id}/remove");
    let refused = clinic.post(ANNA, &remove, json!({})).await;
    assert_eq!(refused.refused(), (409, "goes-with-a-message".into()));
}

#[tokio::test]
async fn a_message_that_is_taken_back_takes_its_files_along() {
    let clinic = Clinic::new().await;
    let id = clinic.upload(ANNA, DOCUMENT).await.id();
    let number = clinic.write(ANNA, "Fel patient").await["number"].clone();
    let withdraw = format!(
        "/messaging/v1/chats/{}/messages/{number}/withdraw",
        clinic.case
    );
    let withdrawn = clinic.post(ANNA, &withdraw, json!({})).await;
    assert!(
        withdrawn.json()["attachments"].is_null(),
        "{}",
        withdrawn.text
    );
    assert!(clinic.last_message(ALEX).await["attachments"].is_null());
    assert_eq!(clinic.file(ALEX, &id).await.status, 404);
    assert_eq!(clinic.tidy().await["deleted"], 1);
    assert_eq!(
        (
            clinic.chunks().await,
            clinic.number("SELECT count(*) AS n FROM attachments").await
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn what_waits_longer_than_a_day_is_deleted_and_what_was_sent_is_not() {
    let clinic = Clinic::new().await;
    let sent = clinic.upload(ALEX, DOCUMENT).await.id();
    clinic.write(ALEX, "Till er").await;
    let waiting = clinic.upload(ALEX, DOCUMENT).await.id();
    clinic.pass(23 * HOUR);
    assert_eq!(clinic.tidy().await["deleted"], 0);
    clinic.pass(2 * HOUR);
    assert_eq!(clinic.tidy().await["deleted"], 1);
    assert_eq!(
        clinic.tidy().await["deleted"],
        0,
        "a job run twice does it once"
    );
    assert_eq!(clinic.file(ALEX, &waiting).await.status, 404);
    assert_eq!(clinic.file(ALEX, &sent).await.status, 200);
    assert_eq!(clinic.chunks().await, 1);
}

#[tokio::test]
async fn who_uploads_is_told_that_what_is_not_sent_within_a_day_is_deleted() {
    let clinic = Clinic::new().await;
    let told = "Filer som inte skickas inom ett dygn tas bort.";
    let chat = format!("/messaging/chats/{}", clinic.case);
    let before = clinic.get(ALEX, &chat).await.text;
    assert!(!before.contains(told), "there are none: {before}");
    let page = format!("/attachments/chats/{}", clinic.case);
    assert!(clinic.get(ALEX, &page).await.text.contains(told));
    clinic.upload(ALEX, DOCUMENT).await;
    let waiting = format!("Följer med ditt nästa meddelande: 1. {told}");
    let after = clinic.get(ALEX, &chat).await.text;
    assert!(after.contains(&waiting), "{after}");
    // It is so.
    assert_eq!(attachments::job::WAITS, 24 * HOUR);
}

#[tokio::test]
async fn an_upload_that_broke_off_leaves_nothing_but_what_the_job_deletes() {
    let clinic = Clinic::new().await;
    clinic
        .store
        .execute_script("CREATE TRIGGER full BEFORE INSERT ON objects WHEN NEW.key LIKE '%/2' BEGIN SELECT RAISE(ABORT, 'refused: full'); END")
        .expect("a trigger");
    let before = clinic.rows().await;
    let answer = clinic.upload(ALEX, photograph()).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_eq!(clinic.rows().await, before, "no row and no chunk");
    // A process that was killed between: its row is there, goes with no message, and is deleted with its chunks.
    let id = clinic.upload(ALEX, DOCUMENT).await.id();
    clinic
        .run("UPDATE attachments SET state = 'uploading'", [])
        .await;
    assert!(clinic.write(ALEX, "Hej").await["attachments"].is_null());
    assert_eq!(clinic.file(ALEX, &id).await.status, 404);
    clinic.pass(25 * HOUR);
    assert_eq!(clinic.tidy().await["deleted"], 1);
    assert_eq!(clinic.chunks().await, 0);
}

#[tokio::test]
async fn an_upload_whose_end_was_done_but_not_heard_of_keeps_its_bytes() {
    for (loss, status, kept) in [
        (Loss::Answer, 201, 1),
        (Loss::AnswerAndAll, 503, 1),
        (Loss::Before, 503, 0),
    ] {
        let mut clinic = Clinic::new().await;
        let store = Arc::clone(&clinic.world.ports.store);
        clinic.world.ports.store = Arc::new(Lossy {
            store: Arc::clone(&store),
            loss,
            is_away: AtomicBool::new(false),
        });
        let key = clinic.new_key();
        let first = clinic.upload_under(ALEX, &key, DOCUMENT).await;
        assert_eq!(first.status, status, "{}", first.text);
        clinic.world.ports.store = store;
        let rows = clinic.number("SELECT count(*) AS n FROM attachments").await;
        assert_eq!((clinic.chunks().await, rows), (kept, kept));
        // Whoever asks again under the same key gets what there is, or keeps it now.
        let id = clinic.upload_under(ALEX, &key, DOCUMENT).await.id();
        if status == 201 {
            assert_eq!(first.id(), id);
        }
        assert_eq!(
            clinic.write(ALEX, "Se bilagan").await["attachments"],
            json!([format!("{id}.pdf")])
        );
        let file = clinic.file(ANNA, &id).await;
        assert_eq!((file.status.as_u16(), file.bytes), (200, DOCUMENT.to_vec()));
        clinic.pass(25 * HOUR);
        clinic.tidy().await;
        assert_eq!(clinic.file(ANNA, &id).await.status, 200);
        assert_eq!(clinic.chunks().await, 1);
    }
}

#[tokio::test]
async fn the_schema_lets_no_file_go_to_another_message_or_chat() {
    let clinic = Clinic::new().await;
    clinic.upload(ALEX, DOCUMENT).await.id();
    clinic.write(ALEX, "Hej").await;
    for sql in [
        "UPDATE attachments SET message_number = 1",
        "UPDATE attachments SET practitioner_id = 'SE2321000131-P1'",
    ] {
        let refused = clinic.store.query(Statement::new(sql, [])).await;
        assert!(refused.is_err_and(|error| error.refused_by("attachments_go_with_one_message")));
    }
}

#[tokio::test]
async fn a_scanner_that_answers_lets_clean_files_through_and_keeps_nothing_of_harmful_ones() {
    let (clinic, scanner) = Clinic::with_scanner().await;
    assert_eq!(clinic.upload(ALEX, DOCUMENT).await.json()["state"], "ready");
    assert_eq!(scanner.took(), [DOCUMENT.to_vec()]);
    let before = clinic.rows().await;
    scanner.answers(r#"{"clean":false}"#);
    assert_eq!(
        clinic.upload(ALEX, DOCUMENT).await.refused(),
        (422, "harmful-file".into())
    );
    assert_eq!(clinic.rows().await, before);
}

#[tokio::test]
async fn who_opens_a_file_that_is_checked_or_was_removed_is_told_so_in_words() {
    let (clinic, scanner) = Clinic::with_scanner().await;
    scanner.answers("");
    let id = clinic.upload(ALEX, DOCUMENT).await.id();
    clinic.write(ALEX, "Se bilagan").await;
    let page = async || {
        let request = Request::get(format!("/attachments/v1/{id}"))
            .header("accept", "text/html")
            .header("authorization", format!("Bearer {}", clinic.token(ANNA)));
        clinic
            .send(request.body(Body::empty()).expect("a request"))
            .await
    };
    let checked = page().await;
    assert_eq!(checked.status, 409);
    assert!(checked.text.contains("Filen kontrolleras"));
    scanner.answers(r#"{"clean":false}"#);
    clinic.tidy().await;
    let removed = page().await;
    assert_eq!(removed.status, 410);
    assert!(removed.text.contains("Filen är borttagen"));
}

#[tokio::test]
async fn a_file_stays_quarantined_until_the_scanner_has_answered_and_the_chat_says_what_became_of_it()
 {
    let (clinic, scanner) = Clinic::with_scanner().await;
    for (nonsense, answer, becomes, status) in [
        ("", r#"{"clean":true}"#, "pdf", 200),
        ("busy", r#"{"clean":false}"#, "refused", 410),
    ] {
        scanner.answers(nonsense);
        let uploaded = clinic.upload(ALEX, DOCUMENT).await;
        assert_eq!(uploaded.json()["state"], "quarantined");
        let id = uploaded.id();
        let message = clinic.write(ALEX, "Se bilagan").await;
        assert_eq!(message["attachments"], json!([format!("{id}.checking")]));
        let waits = clinic.get(ANNA, &format!("/attachments/v1/{id}")).await;
        assert_eq!(waits.refused(), (409, "being-checked".into()));
        assert_eq!(clinic.tidy().await["cleared"], 0, "no answer yet");
        let version = clinic.number("SELECT version AS n FROM chats").await;
        let number = message["number"].as_i64().expect("a number");

        scanner.answers(answer);
        let did = clinic.tidy().await;
        assert_eq!(
            did["cleared"].as_i64(),
            Some(i64::from(status == 200)),
            "{did}"
        );
        assert_eq!(
            did["refused"].as_i64(),
            Some(i64::from(status == 410)),
            "{did}"
        );
        assert_eq!(
            clinic.last_message(ANNA).await["attachments"],
            json!([format!("{id}.{becomes}")])
        );
        assert!(
            clinic.number("SELECT version AS n FROM chats").await > version,
            "readers hear of it"
        );
        assert_eq!(clinic.file(ANNA, &id).await.status, status);
        // Who has had the message gets it again, once.
        let told = clinic.since(ANNA, version, number).await;
        assert_eq!(told.matches("event: message").count(), 1, "{told}");
        assert!(told.contains(&format!("{id}.{becomes}")), "{told}");
        let now = clinic.number("SELECT version AS n FROM chats").await;
        let told = clinic.since(ANNA, now, number).await;
        assert!(!told.contains("event: message"), "{told}");
    }
    assert_eq!(clinic.chunks().await, 1, "of the clean one");
    let page = clinic
        .get(ALEX, &format!("/messaging/chats/{}", clinic.case))
        .await;
    assert!(page.text.contains("den kunde vara skadlig"));
}

/// What a run of the job says it did: cleared, refused, deleted and failed.
fn counts(did: &Value) -> [i64; 4] {
    ["cleared", "refused", "deleted", "failed"].map(|name| did[name].as_i64().expect("a number"))
}

#[tokio::test]
async fn a_file_that_cannot_be_read_fails_by_itself_and_holds_nothing_else_up() {
    let (clinic, scanner) = Clinic::with_scanner().await;
    let removed = clinic.upload(ALEX, DOCUMENT).await.id();
    let remove = format!("/attachments/v1/{removed}/remove");
    assert_eq!(clinic.post(ALEX, &remove, json!({})).await.status, 200);
    scanner.answers("");
    // The key of one doesn't open, the chunk of another is missing, a third row doesn't parse.
    for broken in [
        "UPDATE attachments SET data_key = 'nothing' WHERE state = 'quarantined'",
        "DELETE FROM objects",
        "UPDATE attachments SET id = 'none' WHERE message_number IS NULL AND state = 'quarantined'",
    ] {
        clinic.upload(ALEX, DOCUMENT).await.id();
        clinic.run(broken, []).await;
        clinic.write(ALEX, "Se bilagan").await;
    }
    let fine = clinic.upload(ALEX, DOCUMENT).await.id();
    scanner.answers(r#"{"clean":true}"#);
    assert_eq!(counts(&clinic.tidy().await), [1, 0, 1, 3]);
    assert_eq!(clinic.file(ALEX, &fine).await.status, 200);
    // What can't be read is looked at again in an hour: a key may be on its way.
    clinic.pass(HOUR - 1);
    assert_eq!(counts(&clinic.tidy().await), [0, 0, 0, 0]);
    clinic.pass(1);
    assert_eq!(counts(&clinic.tidy().await), [0, 0, 0, 3]);
}

#[tokio::test]
async fn more_files_than_a_run_takes_that_cannot_be_read_do_not_keep_the_next_from_its_turn() {
    let (clinic, scanner) = Clinic::with_scanner().await;
    scanner.answers("");
    for _ in 0..10 {
        clinic.upload(ALEX, DOCUMENT).await.id();
    }
    clinic
        .run("UPDATE attachments SET data_key = 'nothing'", [])
        .await;
    clinic.write(ALEX, "Se bilagorna").await;
    // Ids are in the order of their milliseconds.
    clinic.pass(1);
    clinic.upload(ALEX, DOCUMENT).await.id();
    scanner.answers(r#"{"clean":true}"#);
    assert_eq!(counts(&clinic.tidy().await), [0, 0, 0, 10]);
    assert_eq!(counts(&clinic.tidy().await), [1, 0, 0, 0]);
}

#[tokio::test]
async fn a_message_that_is_taken_back_while_its_file_is_looked_at_is_no_failure() {
    let (clinic, scanner) = Clinic::with_scanner().await;
    scanner.answers("");
    clinic.upload(ALEX, DOCUMENT).await.id();
    clinic.write(ALEX, "Se bilagan").await;
    scanner.answers(r#"{"clean":true}"#);
    // Between the job's look and its reading of the chunks.
    clinic
        .store
        .execute_script(
            "CREATE TRIGGER taken_back AFTER UPDATE OF asked_at ON attachments BEGIN
  UPDATE messages SET text = NULL, withdrawn_at = sent_at WHERE chat_id = NEW.chat_id AND number = NEW.message_number;
  DELETE FROM objects;
END",
        )
        .expect("a trigger");
    assert_eq!(counts(&clinic.tidy().await), [0, 0, 1, 0]);
}

#[tokio::test]
async fn the_chunks_of_a_refused_file_are_deleted_as_soon_as_they_can_be() {
    let (clinic, scanner) = Clinic::with_scanner().await;
    scanner.answers("");
    let harmful = clinic.upload(ALEX, DOCUMENT).await.id();
    clinic.write(ALEX, "Se bilagan").await;
    let mine = clinic.upload(ANNA, DOCUMENT).await.id();
    let others = clinic.upload(ANNA, DOCUMENT).await.id();
    for id in [&mine, &others] {
        let remove = format!("/attachments/v1/{id}/remove");
        assert_eq!(clinic.post(ANNA, &remove, json!({})).await.status, 200);
    }
    scanner.answers(r#"{"clean":false}"#);
    clinic
        .store
        .execute_script(&format!(
            "CREATE TRIGGER stuck BEFORE DELETE ON objects WHEN OLD.key <> '{others}/0'
BEGIN SELECT RAISE(ABORT, 'refused: stuck'); END"
        ))
        .expect("a trigger");
    assert_eq!(counts(&clinic.tidy().await), [0, 1, 1, 2]);
    assert_eq!(clinic.file(ANNA, &harmful).await.status, 410, "at once");
    assert_eq!(counts(&clinic.tidy().await), [0, 0, 0, 2]);
    assert_eq!(clinic.chunks().await, 2);
    clinic
        .store
        .execute_script("DROP TRIGGER stuck")
        .expect("dropped");
    assert_eq!(counts(&clinic.tidy().await), [0, 0, 1, 0]);
    assert_eq!(clinic.chunks().await, 0);
    let left = "SELECT sum(chunks_remain) AS n FROM attachments";
    assert_eq!(clinic.number(left).await, 0, "nothing comes again");
}

const BOUNDARY: &str = "----a-browsers-boundary";

impl Clinic {
    /// Sends the page's form as a browser does.
    async fn choose(&self, person: &str, file: &[u8]) -> Answer {
        self.choose_beside(person, "", file).await
    }

    /// The same, with a message that is begun.
    async fn choose_beside(&self, person: &str, text: &str, file: &[u8]) -> Answer {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n{}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Alex Blom.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n",
            self.new_key()
        );
        let body = [
            head.as_bytes(),
            file,
            format!("\r\n--{BOUNDARY}--\r\n").as_bytes(),
        ]
        .concat();
        let request = Request::post(format!("/attachments/chats/{}", self.case))
            .header("authorization", format!("Bearer {}", self.token(person)))
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }
}

#[tokio::test]
async fn a_person_attaches_and_sends_by_forms_alone() {
    let clinic = Clinic::new().await;
    let path = format!("/attachments/chats/{}", clinic.case);
    for person in [ALEX, ANNA] {
        let empty = clinic.get(person, &path).await;
        assert!(empty.text.contains("Inga filer än") && empty.text.contains("accept=\"image/jpeg"));
        for file in [&photograph()[..], DOCUMENT] {
            clinic.pass(1_000);
            let chosen = clinic.choose(person, file).await;
            assert_eq!(
                (chosen.status.as_u16(), &chosen.headers["location"]),
                (303, &path.parse().expect("a header"))
            );
        }
        let page = clinic.get(person, &path).await.text;
        assert!(
            page.contains(">Bild 1<span") && page.contains(">Dokument (PDF) 2<span"),
            "{page}"
        );
        assert!(!page.contains("Alex Blom.jpg"));
        let id = page
            .split("name=\"id\" value=\"")
            .nth(2)
            .expect("the second")
            .split('"')
            .next()
            .expect("an id");
        let fields = [("key", "key-of-removing"), ("id", id)];
        assert_eq!(clinic.submit(person, &path, &fields).await.status, 303);
        // It is messaging that sends.
        let chat = format!("/messaging/chats/{}", clinic.case);
        let sends = format!("name=\"action\" value=\"write\" formaction=\"{chat}\"");
        assert!(page.contains(&sends), "{page}");
        let fields = [
            ("key", "key-of-sending"),
            ("action", "write"),
            ("text", "Bifogat"),
        ];
        assert_eq!(clinic.submit(person, &chat, &fields).await.status, 303);
        let sent = clinic.last_message(person).await;
        assert_eq!(sent["attachments"].as_array().map(Vec::len), Some(1));
        assert!(
            clinic
                .get(person, &path)
                .await
                .text
                .contains("Inga filer än")
        );
    }
}

#[tokio::test]
async fn the_page_leads_back_to_where_it_was_opened_and_never_to_another_site() {
    let clinic = Clinic::new().await;
    let path = format!("/attachments/chats/{}", clinic.case);
    let record = format!("/workspace/records/{}", clinic.case);
    let chat = format!("/messaging/chats/{}", clinic.case);
    clinic.upload(ANNA, DOCUMENT).await;
    for (query, back) in [
        (String::new(), &chat),
        (format!("?return_to={record}"), &record),
        ("?return_to=/portal/home".into(), &chat),
        ("?return_to=https://elsewhere.example".into(), &chat),
        ("?return_to=//elsewhere.example".into(), &chat),
    ] {
        let page = clinic.get(ANNA, &format!("{path}{query}")).await.text;
        assert!(
            page.contains(&format!("formaction=\"{back}#end\"")),
            "{query}: {page}"
        );
        let sends = format!("name=\"return_to\" value=\"{back}#end\"");
        assert!(page.contains(&sends), "{query}: {page}");
    }
    assert_eq!(clinic.get(ANNA, &format!("{path}?to=1")).await.status, 422);
}

#[tokio::test]
async fn a_message_that_was_begun_stays_whatever_is_done_with_files_and_goes_back_with_its_writer()
{
    let clinic = Clinic::new().await;
    let path = format!("/attachments/chats/{}", clinic.case);
    let chat = format!("/messaging/chats/{}", clinic.case);
    let text = "Så här ser det ut.\r\n<b>Det kliar.";
    let keeps = |page: &Answer, status: u16| {
        let field = ">Så här ser det ut.\n&#60;b&#62;Det kliar.</textarea>";
        assert_eq!(page.status, status, "{}", page.text);
        assert!(page.text.contains(field), "{}", page.text);
    };
    let sent = async |to: &str, more: &[(&str, &str)]| {
        let key = clinic.new_key();
        let fields = [&[("key", key.as_str()), ("text", text)], more].concat();
        clinic.submit(ALEX, to, &fields).await
    };

    // The chat's own form takes it along.
    let page = clinic.get(ALEX, &chat).await.text;
    assert!(page.contains(&format!("value=\"attach\" formaction=\"{path}\"")));
    assert!(!page.contains(&format!("href=\"{path}\"")), "{page}");
    keeps(&sent(&path, &[("action", "attach")]).await, 200);

    let kept = clinic.choose_beside(ALEX, text, DOCUMENT).await;
    keeps(&kept, 200);
    assert!(
        kept.text
            .contains("target=\"_blank\" rel=\"noopener\">Dokument (PDF) 1<")
    );
    let (_, id) = kept.text.split_once("name=\"id\" value=\"").expect("it");
    let id = id.split('"').next().expect("its id");
    for unfit in [&b"MZ not a picture"[..], b"", &vec![0xFF; 12_000_000]] {
        keeps(&clinic.choose_beside(ALEX, text, unfit).await, 422);
    }
    let removed = sent(&path, &[("id", id)]).await;
    keeps(&removed, 200);
    assert!(removed.text.contains("Inga filer än"));
    // Whoever took it, it waits no more.
    keeps(&sent(&path, &[("id", id)]).await, 200);
    // Sent again under the key of another file.
    let fields = [("key", "key-that-was-used"), ("id", id), ("text", text)];
    let id = clinic
        .upload_under(ALEX, "key-that-was-used", DOCUMENT)
        .await
        .id();
    keeps(&clinic.submit(ALEX, &path, &fields).await, 422);

    // One that another of the browser's tabs has sent along meanwhile.
    clinic.write(ALEX, "Här är remissen").await;
    let late = sent(&path, &[("id", &id)]).await;
    keeps(&late, 200);
    assert!(late.text.contains("Inga filer än"), "{}", late.text);

    // Back, it is there to be written on, and nothing was sent.
    let back = [("action", "back"), ("return_to", "/messaging/chats/x#end")];
    keeps(&sent(&chat, &back).await, 200);
    assert_eq!(clinic.last_message(ALEX).await["text"], "Här är remissen");
    let nothing = [("key", "key-of-a-form"), ("text", ""), ("action", "back")];
    let back = clinic.submit(ALEX, &chat, &nothing).await;
    assert_eq!(
        (back.status.as_u16(), &back.headers["location"]),
        (303, &format!("{chat}#end").parse().expect("a header"))
    );
    // Even where nothing can be written any more by then.
    clinic.pass(8 * 24 * HOUR);
    let late = sent(&chat, &[("action", "back")]).await.text;
    assert!(late.contains(">Så här ser det ut.\n&#60;b&#62;Det kliar.</p>"));
    assert_eq!(clinic.file(ALEX, &id).await.status, 200);
}

#[tokio::test]
async fn a_message_that_was_begun_stays_where_the_file_cannot_be_kept() {
    let clinic = Clinic::new().await;
    clinic
        .store
        .execute_script(
            "CREATE TRIGGER stuck BEFORE INSERT ON objects BEGIN SELECT RAISE(ABORT, 'refused: stuck'); END",
        )
        .expect("a trigger");
    let page = clinic.choose_beside(ALEX, "Så här", DOCUMENT).await;
    assert_eq!(page.status, 503, "{}", page.text);
    page.assert_tells(&[
        ">Så här</textarea>",
        "försök igen om en stund",
        "Inga filer än",
    ]);
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said_at_the_field_in_words() {
    let clinic = Clinic::new().await;
    for (file, told) in [
        (&b"MZ not a picture"[..], "varken JPEG, PNG, WebP eller PDF"),
        (&photograph()[..1_000_000], "Filen är inte hel"),
        (&vec![0xFF; 12_000_000], "större än 10 MB"),
        (b"", "Välj en fil först"),
    ] {
        let page = clinic.choose(ALEX, file).await;
        assert_eq!(page.status, 422, "{told}");
        assert!(page.text.contains("<a href=\"#file\">"), "a summary");
        assert!(
            page.text.matches(told).count() == 2 && page.text.contains("aria-invalid=\"true\""),
            "{told}: {}",
            page.text
        );
    }
    assert_eq!(clinic.chunks().await, 0);
    let stranger = clinic
        .get(BO, &format!("/attachments/chats/{}", clinic.case))
        .await;
    assert_eq!(stranger.status, 404);
}
