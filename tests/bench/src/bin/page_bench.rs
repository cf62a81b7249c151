//! `page_bench [--quick] [page …]`: the median time in which the server answers with each of the pages that people look
//! at most, on workerd, beside a floor Worker that makes the same D1 round trips with the same SQL and no logic. Ours and
//! the floor take turns in short blocks of one run, over one store. All pages, unless some are named, as `home`.

use std::time::Duration;

use bench::Failure;
use bench::calls::{issue_ticket, post};
use bench::client::{Asked, Connection, median};
use bench::load::{bookable, end_of_week, monday, reference, week};
use bench::options::Options;
use bench::recording::Recorder;
use bench::workerd::{Workerd, keys_file};
use http::StatusCode;
use serde_json::{Map, Value, json};
use shared::role::Role;
use shared::time::{HOUR, Timestamp};
use training::keys::{self, Keys};
use training::people::PATIENTS;

const DAY: i64 = 24 * HOUR;
/// How many visits the patient has.
const VISITS: i64 = 8;
/// How many messages stand in the chat, from both sides.
const MESSAGES: usize = 20;

/// Whose page it is.
#[derive(Clone, Copy, PartialEq)]
enum Reader {
    Patient,
    Staff,
}

/// What of the patient's a page is about.
#[derive(Clone, Copy)]
enum About {
    All,
    Ticket,
    Visit,
    Chat,
    Day,
}

/// A page that is measured: its name, whose it is, the path before the id, and what it is about.
struct Page {
    name: &'static str,
    reader: Reader,
    path: &'static str,
    about: About,
}

const PAGES: [Page; 8] = [
    page("home", Reader::Patient, "/portal/home", About::All),
    page("matters", Reader::Patient, "/portal/matters", About::All),
    page("slots", Reader::Patient, "/tickets/", About::Ticket),
    page(
        "appointment",
        Reader::Patient,
        "/booking/appointments/",
        About::Visit,
    ),
    page("chat", Reader::Patient, "/messaging/chats/", About::Chat),
    page("staff-start", Reader::Staff, "/workspace/start", About::All),
    page(
        "staff-schedule",
        Reader::Staff,
        "/workspace/schedule?date=",
        About::Day,
    ),
    page(
        "staff-chat",
        Reader::Staff,
        "/messaging/chats/",
        About::Chat,
    ),
];

const fn page(name: &'static str, reader: Reader, path: &'static str, about: About) -> Page {
    Page {
        name,
        reader,
        path,
        about,
    }
}

/// How much is measured: blocks of each side before and while it counts, and the requests in each. What is measured
/// begins after as many as with the hot calls (bench.rs says why): most of a page is compiled for speed then.
struct Extent {
    warm_up: usize,
    blocks: usize,
    requests: usize,
}

const FULL: Extent = Extent {
    warm_up: 128,
    blocks: 24,
    requests: 64,
};
const QUICK: Extent = Extent {
    warm_up: 2,
    blocks: 4,
    requests: 16,
};

/// What the patient has, by ids.
struct Matters {
    ticket: String,
    visit: String,
    chat: String,
}

/// Who asks.
struct Tokens {
    patient: String,
    staff: String,
}

impl Tokens {
    fn of(keys: &Keys) -> Result<Self, Failure> {
        Ok(Tokens {
            patient: keys.session(PATIENTS[0].key, keys::now())?,
            staff: keys.session("anna.lind", keys::now())?,
        })
    }
}

/// Where something is asked: of the real routers natively, or of the functions on workerd.
enum Place<'a> {
    Recorder(&'a Recorder),
    Workerd(&'a Workerd),
}

impl Place<'_> {
    async fn ask(&self, asked: Asked) -> Result<Value, Failure> {
        match self {
            Place::Recorder(recorder) => recorder.answer(asked).await,
            Place::Workerd(workerd) => {
                let mut connection = Connection::open(address(workerd, &asked.target)).await?;
                connection
                    .send(asked)
                    .await?
                    .expect(StatusCode::CREATED)?
                    .json()
            }
        }
    }

    /// Gives the patient visits, a ticket, and a case in which both sides wrote.
    async fn make(&self, tokens: &Tokens, monday: Timestamp) -> Result<Matters, Failure> {
        let patient = &PATIENTS[0];
        let of = json!({ "personal_identity": patient.identity, "name": patient.name });
        let mut turn = 0;
        let mut to = |token: &str, path: &str, body: Value| {
            turn += 1;
            post(token, path.to_owned(), &format!("made-{turn:030}"), &body)
        };
        let mut visit = String::new();
        for number in 0..VISITS {
            let asked = to(
                &tokens.staff,
                "/booking/v1/appointments",
                json!({
                    "kind": "free-time",
                    "starts_at": monday.plus(number % 4 * DAY + (14 + number) * HOUR),
                    "minutes": 20,
                    "patient": of,
                    "reason": "Uppföljning av provsvar från förra veckan",
                    "instructions": "Ha gärna dina senaste mätvärden till hands.",
                    "allow_overlap": true,
                }),
            );
            visit = text(&self.ask(asked).await?, "id")?;
        }
        let days = (monday, end_of_week(monday));
        let asked = issue_ticket(&tokens.staff, patient, Role::Nurse, "made-the-ticket", days);
        let ticket = text(&self.ask(asked).await?, "id")?;
        let asked = to(
            &tokens.staff,
            "/messaging/v1/cases",
            json!({
                "patient": of,
                "subject": "Uppföljning av blodtryck",
                "closes_at": monday,
            }),
        );
        let chat = text(&self.ask(asked).await?, "id")?;
        for number in 0..MESSAGES {
            let token = match number % 2 {
                0 => &tokens.staff,
                _ => &tokens.patient,
            };
            let path = format!("/messaging/v1/chats/{chat}/messages");
            let asked = to(
                token,
                &path,
                json!({ "text": "Hur har det gått sedan sist?" }),
            );
            self.ask(asked).await?;
        }
        Ok(Matters {
            ticket,
            visit,
            chat,
        })
    }
}

fn address<'a>(workerd: &'a Workerd, target: &str) -> &'a str {
    match target.split('/').nth(1) {
        Some("messaging") => &workerd.messaging,
        Some("portal") => &workerd.portal,
        Some("tickets") => &workerd.tickets,
        Some("workspace") => &workerd.workspace,
        _ => &workerd.booking,
    }
}

impl Page {
    fn id<'a>(&self, matters: &'a Matters, day: &'a str) -> &'a str {
        match self.about {
            About::All => "",
            About::Ticket => &matters.ticket,
            About::Visit => &matters.visit,
            About::Chat => &matters.chat,
            About::Day => day,
        }
    }

    /// As a browser asks for it that is signed in.
    fn asked(&self, tokens: &Tokens, matters: &Matters, day: &str) -> Asked {
        let token = match self.reader {
            Reader::Patient => &tokens.patient,
            Reader::Staff => &tokens.staff,
        };
        Asked {
            method: "GET",
            target: format!("{}{}", self.path, self.id(matters, day)),
            headers: vec![
                ("accept", "text/html".to_owned()),
                ("accept-language", "sv".to_owned()),
                (
                    "cookie",
                    format!("__Host-session={token}; __Host-refresh=measured"),
                ),
            ],
            body: String::new(),
        }
    }

    fn of_floor(&self, matters: &Matters) -> Asked {
        Asked {
            method: "GET",
            target: format!("/page-{}/{}", self.name, self.id(matters, "")),
            headers: vec![],
            body: String::new(),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let options = Options::read()?;
    let extent = if options.is_quick { QUICK } else { FULL };
    let keys = Keys::read(&keys_file())?;
    let now = keys::now();
    let monday = monday(now);
    let day = monday.date_in_stockholm().to_string();
    let load = [reference(&keys)?, week(monday), bookable(monday)].concat();
    let workerd = Workerd::start(&load, true).await?;
    let floor = workerd.floor.clone().ok_or("serve.mjs served no floor")?;

    let recorder = Recorder::new(&keys, now, &load)?;
    let tokens = Tokens::of(&keys)?;
    let recorded = Place::Recorder(&recorder).make(&tokens, monday).await?;
    let mut to_repeat = Map::new();
    for page in &PAGES {
        let given = [
            ("ticket", recorded.ticket.clone()),
            ("appointment", recorded.visit.clone()),
            ("chat", recorded.chat.clone()),
        ];
        // The first look at something writes more than those after: it is marked as read.
        let asked = page.asked(&tokens, &recorded, &day);
        recorder.record_page(asked.clone(), &given).await?;
        let round_trips = recorder.record_page(asked, &given).await?;
        to_repeat.insert(format!("page-{}", page.name), round_trips);
    }
    let put = Asked {
        method: "PUT",
        target: "/recorded".to_owned(),
        headers: vec![],
        body: Value::from(to_repeat).to_string(),
    };
    let mut repeating = Connection::open(&floor).await?;
    repeating.send(put).await?.expect(StatusCode::NO_CONTENT)?;

    let made = Place::Workerd(&workerd).make(&tokens, monday).await?;
    for page in PAGES.iter().filter(|page| options.names(page.name)) {
        measure(page, &keys, &workerd, &floor, &made, &day, &extent).await?;
    }
    workerd.stop().await
}

/// Measures one page, and prints its line.
async fn measure(
    page: &Page,
    keys: &Keys,
    workerd: &Workerd,
    floor: &str,
    made: &Matters,
    day: &str,
    extent: &Extent,
) -> Result<(), Failure> {
    let mut ours = Connection::open(address(workerd, page.path)).await?;
    let mut theirs = Connection::open(floor).await?;
    let first = Tokens::of(keys)?;
    ours.send(page.asked(&first, made, day))
        .await?
        .expect(StatusCode::OK)?;
    let our_costs = ours.send(page.asked(&first, made, day)).await?.costs()?;
    let floor_costs = theirs
        .send(page.of_floor(made))
        .await?
        .expect(StatusCode::OK)?
        .costs()?;
    if our_costs != floor_costs {
        let name = page.name;
        return Err(
            format!("{name} costs the store {our_costs:?}, its floor {floor_costs:?}").into(),
        );
    }
    let (mut our_times, mut floor_times): (Vec<Duration>, Vec<Duration>) = (vec![], vec![]);
    for block in 0..extent.warm_up + extent.blocks {
        let tokens = Tokens::of(keys)?;
        let counts = block >= extent.warm_up;
        // Who goes first changes, too.
        for is_ours in [block % 2 == 0, block % 2 != 0] {
            for _ in 0..extent.requests {
                let answer = match is_ours {
                    true => ours.send(page.asked(&tokens, made, day)).await?,
                    false => theirs.send(page.of_floor(made)).await?,
                };
                let took = answer.expect(StatusCode::OK)?.took;
                match (counts, is_ours) {
                    (true, true) => our_times.push(took),
                    (true, false) => floor_times.push(took),
                    _ => {}
                }
            }
        }
    }
    let (ours, floor) = (median(our_times), median(floor_times));
    println!(
        "bench page-{} median_ms={ours:.3} floor_ms={floor:.3} ratio={:.2} calls={} read={}",
        page.name,
        ours / floor,
        our_costs.calls,
        our_costs.read,
    );
    Ok(())
}

/// A text of an answer, by its name.
fn text(answer: &Value, name: &str) -> Result<String, Failure> {
    let text = answer[name].as_str().map(str::to_owned);
    text.ok_or_else(|| format!("an answer without {name}: {answer}").into())
}
