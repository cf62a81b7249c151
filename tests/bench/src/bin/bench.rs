//! `bench [--quick] [call …]`: the median time of each hot call on workerd beside a floor Worker that makes the same
//! D1 round trips with the same SQL and no logic, for 1 and for 16 clients. Ours and the floor take turns in
//! short blocks of one run, over one store, so that a noisy machine and growing tables strike both alike.
//! Then what checking a session costs, as a share of the floor of reading a visit. All calls, unless some are
//! named, as `read-appointment`.

use std::cell::Cell;
use std::time::Duration;

use bench::Failure;
use bench::calls::{
    book_slot, issue_ticket, list_free_slots, list_messages, open_by_code, open_case, open_ticket,
    post_message, read_appointment, redeem_ticket,
};
use bench::client::{Answer, Asked, Connection, median};
use bench::load::{
    BOOKABLE_SLOTS, CODE, bookable, bookable_days, bookable_slot, end_of_week, holder, monday,
    reference, role_of_bookable_slot, ticket_with_code, week, week_slot,
};
use bench::options::Options;
use bench::recording::Recorder;
use bench::workerd::{Workerd, keys_file};
use http::StatusCode;
use serde_json::{Value, json};
use shared::role::Role;
use shared::sealing::IdentityIndex;
use shared::time::Timestamp;
use training::keys::{self, Keys};
use training::people::{PATIENTS, Patient};

/// How many visits the reading call goes round among.
const VISITS: usize = 64;
/// How many messages the chat has whose last fifty are listed.
const MESSAGES: usize = 64;
/// Reading a visit without asking whether the session stands: the floor's alone.
const UNASKED: &str = "read-appointment-unasked";

#[derive(Clone, Copy, PartialEq)]
enum Call {
    ListFreeSlots,
    BookSlot,
    ReadAppointment,
    OpenByCode,
    OpenTicket,
    RedeemTicket,
    PostMessage,
    ListMessages,
}

impl Call {
    const ALL: [Call; 8] = [
        Call::ListFreeSlots,
        Call::BookSlot,
        Call::ReadAppointment,
        Call::OpenByCode,
        Call::OpenTicket,
        Call::RedeemTicket,
        Call::PostMessage,
        Call::ListMessages,
    ];

    fn name(self) -> &'static str {
        match self {
            Call::ListFreeSlots => "list-free-slots",
            Call::BookSlot => "book-slot",
            Call::ReadAppointment => "read-appointment",
            Call::OpenByCode => "open-by-code",
            Call::OpenTicket => "open-ticket",
            Call::RedeemTicket => "redeem-ticket",
            Call::PostMessage => "post-message",
            Call::ListMessages => "list-messages",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Call::BookSlot | Call::RedeemTicket | Call::PostMessage => StatusCode::CREATED,
            Call::ListFreeSlots
            | Call::ReadAppointment
            | Call::OpenByCode
            | Call::OpenTicket
            | Call::ListMessages => StatusCode::OK,
        }
    }

    fn extent(self, is_quick: bool) -> Extent {
        match self {
            _ if is_quick => QUICK,
            Call::BookSlot | Call::RedeemTicket => FULL_OF_SLOTS,
            _ => FULL,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Ours,
    Floor,
}

/// How much of one call is measured: first one client, then many, with `requests` in each block of a side.
struct Extent {
    rounds: [Round; 2],
    requests: usize,
}

/// What so many clients measure: `blocks` of each side, after as many as `warm_up` says.
///
/// V8 compiles for speed, function by function, what has used up a budget of its own: a floor's JavaScript after some
/// hundred calls, the last of what a WASM module does once a request after some fifteen thousand.
///
/// Many clients need many blocks. Of what waits at once workerd serves now this first, now that: with sixteen all blocks
/// take as long as one another, within a tenth, but the median in one is anything between 13 and 50 ms, and the ratio of
/// 72 such blocks comes out up to a sixth above or below itself.
struct Round {
    clients: usize,
    warm_up: usize,
    blocks: usize,
}

impl Extent {
    /// Warm-up and blocks of one client, then of sixteen.
    const fn new(requests: usize, one: [usize; 2], many: [usize; 2]) -> Self {
        let rounds = [
            Round {
                clients: 1,
                warm_up: one[0],
                blocks: one[1],
            },
            Round {
                clients: 16,
                warm_up: many[0],
                blocks: many[1],
            },
        ];
        Extent { rounds, requests }
    }

    /// How often each side makes one call, in all rounds.
    const fn calls(&self) -> usize {
        let [one, many] = &self.rounds;
        (one.warm_up + one.blocks + many.warm_up + many.blocks) * self.requests
    }
}

/// Begins after sixteen thousand calls, and lasts long enough that what else the machine does for some seconds
/// doesn't decide.
const FULL: Extent = Extent::new(64, [256, 72], [8, 576]);
/// For what takes a slot with each call: as much as there are slots. Begins after eight thousand calls, when most of a
/// module is compiled, not yet all.
const FULL_OF_SLOTS: Extent = Extent::new(64, [128, 24], [4, 24]);
const QUICK: Extent = Extent::new(32, [2, 4], [2, 4]);

// Both sides take slots, of the half that is booked and of the one that is redeemed, with a first few to compare by.
const _: () = assert!(2 * FULL_OF_SLOTS.calls() as u64 + 100 < BOOKABLE_SLOTS / 2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let options = Options::read()?;
    let mut calls = Vec::from(Call::ALL);
    calls.retain(|call| options.names(call.name()));
    let keys = Keys::read(&keys_file())?;
    let now = keys::now();
    let load = [
        reference(&keys)?,
        week(monday(now)),
        bookable(monday(now)),
        ticket_with_code(&keys, monday(now))?,
    ]
    .concat();
    let workerd = Workerd::start(&load, true).await?;
    let tickets = if calls.contains(&Call::RedeemTicket) {
        2 * Call::RedeemTicket.extent(options.is_quick).calls()
    } else {
        1
    };
    let bench = Bench::prepare(keys, monday(now), &load, &workerd, tickets).await?;
    for call in calls {
        let extent = call.extent(options.is_quick);
        for round in &extent.rounds {
            bench.measure(call, round, extent.requests).await?;
        }
    }
    let Extent {
        rounds: [alone, _],
        requests,
    } = Call::ReadAppointment.extent(options.is_quick);
    bench.measure_session(&alone, requests).await?;
    workerd.stop().await
}

/// What the requests are made of.
struct Bench {
    keys: Keys,
    monday: Timestamp,
    booking: String,
    tickets: String,
    messaging: String,
    floor: String,
    /// Visits to read.
    visits: Vec<String>,
    /// The first patient's ticket for the measured week.
    opened: String,
    /// Tickets to redeem, each for the slot of [`to_redeem`], of one patient after the other.
    redeemable: Vec<String>,
    /// A chat of each patient's, to write in.
    chats: Vec<String>,
    /// The chat whose last messages are listed.
    listed: String,
    /// The patients who come again, and their blind indexes.
    patients: Vec<(&'static Patient, String)>,
    /// How many bookings were asked of either side: each takes a slot of its own.
    bookings: Cell<u64>,
    /// How many tickets were redeemed.
    redeemed: Cell<u64>,
    /// How many messages were written.
    written: Cell<u64>,
    /// How many visits or weeks were.
    readings: Cell<u64>,
}

/// Half of the bookable slots are for tickets: the turn of the slot that the `turn`th is redeemed for.
fn to_redeem(turn: u64) -> u64 {
    BOOKABLE_SLOTS / 2 + turn
}

/// Who asks: staff, and each of the patients.
struct Tokens {
    staff: String,
    /// Whose ticket's code is known.
    holder: String,
    patients: Vec<String>,
}

impl Bench {
    /// Tells the floor what to repeat, lets every patient book once, and checks that both sides cost the
    /// store the same.
    async fn prepare(
        keys: Keys,
        monday: Timestamp,
        load: &str,
        workerd: &Workerd,
        tickets: usize,
    ) -> Result<Self, Failure> {
        let secrets = keys.secrets();
        let mut patients = vec![];
        for patient in PATIENTS.iter().take(8) {
            let index = IdentityIndex::of(&secrets, &patient.identity.parse()?)
                .map_err(|_| "BLIND_INDEX_KEY is missing")?;
            patients.push((patient, index.as_str().to_owned()));
        }
        let mut bench = Bench {
            monday,
            booking: workerd.booking.clone(),
            tickets: workerd.tickets.clone(),
            messaging: workerd.messaging.clone(),
            floor: workerd.floor.clone().ok_or("serve.mjs served no floor")?,
            visits: vec![],
            opened: String::new(),
            redeemable: vec![],
            chats: vec![],
            listed: String::new(),
            patients,
            bookings: Cell::new(0),
            redeemed: Cell::new(0),
            written: Cell::new(0),
            readings: Cell::new(0),
            keys,
        };
        let recorded = bench.record(load).await?;
        let mut floor = Connection::open(&bench.floor).await?;
        let put = Asked {
            method: "PUT",
            target: "/recorded".to_owned(),
            headers: vec![],
            body: recorded.to_string(),
        };
        floor.send(put).await?.expect(StatusCode::NO_CONTENT)?;

        let mut booking = Connection::open(&bench.booking).await?;
        let token = bench.tokens()?;
        for _ in 0..VISITS {
            let asked = bench.asked(Call::BookSlot, Side::Ours, &token);
            let answer = booking.send(asked).await?.expect(StatusCode::CREATED)?;
            let id = answer.json()?["id"]
                .as_str()
                .ok_or("a visit without an id")?
                .to_owned();
            bench.visits.push(id);
        }
        let mut issuing = Connection::open(&bench.tickets).await?;
        let week = (bench.monday, end_of_week(bench.monday));
        let first = bench.patients[0].0;
        let asked = issue_ticket(&token.staff, first, Role::Nurse, "the-one-opened", week);
        bench.opened = issued(issuing.send(asked).await?)?;
        // Both sides' costs are compared once more than is measured, after a first that costs less: no notification
        // of the unit's comes before its own.
        for turn in 0..tickets as u64 + 3 {
            let staff = bench.keys.session("anna.lind", keys::now())?;
            let asked = bench.to_issue(&staff, turn);
            bench.redeemable.push(issued(issuing.send(asked).await?)?);
        }
        bench.open_chats().await?;
        let token = bench.tokens()?;
        let first = bench.asked(Call::RedeemTicket, Side::Ours, &token);
        issuing.send(first).await?.expect(StatusCode::CREATED)?;
        for call in Call::ALL {
            // Those from before have been idle for too long.
            let mut ours = Connection::open(bench.address(call, Side::Ours)).await?;
            let mut floor = Connection::open(bench.address(call, Side::Floor)).await?;
            let ours = ours.send(bench.asked(call, Side::Ours, &token)).await?;
            let floors = floor.send(bench.asked(call, Side::Floor, &token)).await?;
            let (ours, floors) = (
                ours.expect(call.status())?.costs()?,
                floors.expect(call.status())?.costs()?,
            );
            if ours != floors {
                let name = call.name();
                return Err(
                    format!("{name} costs the store {ours:?}, but its floor {floors:?}").into(),
                );
            }
        }
        Ok(bench)
    }

    /// A chat of each patient's to write in, and one more with a past, in which both sides have written.
    async fn open_chats(&mut self) -> Result<(), Failure> {
        let tokens = self.tokens()?;
        let mut messaging = Connection::open(&self.messaging).await?;
        let now = keys::now();
        for (place, (patient, _)) in self.patients.iter().enumerate() {
            let asked = open_case(&tokens.staff, patient, &format!("open-chat-{place}"), now);
            self.chats.push(issued(messaging.send(asked).await?)?);
        }
        let (patient, _) = self.patients[0];
        let asked = open_case(&tokens.staff, patient, "open-chat-with-past", now);
        self.listed = issued(messaging.send(asked).await?)?;
        for number in 0..MESSAGES {
            let writer = [&tokens.staff, &tokens.patients[0]][number % 2];
            let asked = post_message(writer, &self.listed, &format!("past-{number:030}"));
            messaging.send(asked).await?.expect(StatusCode::CREATED)?;
        }
        // What was not delivered is marked so by the first who lists.
        let first = list_messages(&tokens.staff, &self.listed);
        messaging.send(first).await?.expect(StatusCode::OK)?;
        Ok(())
    }

    /// What the real router asks of the store for each call.
    async fn record(&self, load: &str) -> Result<Value, Failure> {
        let now = keys::now();
        let recorder = Recorder::new(&self.keys, now, load)?;
        let tokens = self.tokens()?;
        let token = tokens.staff;
        let (patient, index) = &self.patients[0];
        let first = book_slot(&token, &week_slot(0), "the-first-contact", patient);
        recorder.answer(first).await?;
        let (slot, key) = (bookable_slot(0), "the-one-recorded".to_owned());
        let (booked, book) = recorder
            .record(book_slot(&token, &slot, &key, patient), |answer| {
                let id = answer["id"].as_str().unwrap_or_default().to_owned();
                vec![
                    ("slot", slot.clone()),
                    ("key", key.clone()),
                    ("identity_index", index.clone()),
                    ("appointment", id),
                ]
            })
            .await?;
        let id = booked["id"].as_str().ok_or("a visit without an id")?;
        let (_, list) = recorder
            .record(list_free_slots(&token, self.monday), |_| vec![])
            .await?;
        let given = |_: &Value| vec![("appointment", id.to_owned())];
        let (_, read) = recorder.record(read_appointment(&token, id), given).await?;
        let mut unasked = read.clone();
        unasked[0]["statements"]
            .as_array_mut()
            .filter(|statements| statements.len() > 1)
            .ok_or("reading a visit asks first whether the session stands")?
            .remove(0);
        let week = (self.monday, end_of_week(self.monday));
        let asked = issue_ticket(&token, patient, Role::Nurse, "the-one-opened", week);
        let ticket = text(&recorder.answer(asked).await?, "id")?;
        let given = |_: &Value| vec![("ticket", ticket.clone())];
        let asked = open_ticket(&tokens.patients[0], &ticket);
        let (_, open) = recorder.record(asked, given).await?;
        let asked = open_by_code(&tokens.holder, CODE);
        let (_, by_code) = recorder.record(asked, |_| vec![]).await?;
        let ticket = text(&recorder.answer(self.to_issue(&token, 0)).await?, "id")?;
        let slot = bookable_slot(to_redeem(0));
        let asked = redeem_ticket(&tokens.patients[0], &ticket, &slot, &key);
        let (_, redeem) = recorder
            .record(asked, |answer| {
                let visit = text(answer, "appointment").unwrap_or_default();
                vec![
                    ("ticket", ticket.clone()),
                    ("slot", slot.clone()),
                    ("key", key.clone()),
                    ("identity_index", index.clone()),
                    ("appointment", visit),
                ]
            })
            .await?;
        let asked = open_case(&token, patient, "the-chat-written-in", now);
        let chat = text(&recorder.answer(asked).await?, "id")?;
        let key = "the-one-written".to_owned();
        let given = |_: &Value| vec![("chat", chat.clone()), ("key", key.clone())];
        let asked = post_message(&token, &chat, &key);
        let (_, post) = recorder.record(asked, given).await?;
        let asked = list_messages(&token, &chat);
        let (_, list_chat) = recorder.record(asked, given).await?;
        Ok(json!({
            Call::PostMessage.name(): post,
            Call::ListMessages.name(): list_chat,
            Call::OpenByCode.name(): by_code,
            Call::OpenTicket.name(): open,
            Call::RedeemTicket.name(): redeem,
            Call::ListFreeSlots.name(): list,
            Call::BookSlot.name(): book,
            Call::ReadAppointment.name(): read,
            UNASKED: unasked,
        }))
    }

    fn tokens(&self) -> Result<Tokens, Failure> {
        let token = |key: &str| self.keys.session(key, keys::now());
        let patients = self.patients.iter().map(|(patient, _)| token(patient.key));
        Ok(Tokens {
            staff: token("anna.lind")?,
            holder: token(holder().key)?,
            patients: patients.collect::<Result<_, _>>()?,
        })
    }

    fn address(&self, call: Call, side: Side) -> &str {
        match (side, call) {
            (Side::Floor, _) => &self.floor,
            (Side::Ours, Call::OpenByCode | Call::OpenTicket | Call::RedeemTicket) => &self.tickets,
            (Side::Ours, Call::PostMessage | Call::ListMessages) => &self.messaging,
            (Side::Ours, _) => &self.booking,
        }
    }

    /// The ticket that is redeemed as the `turn`th.
    fn to_issue(&self, token: &str, turn: u64) -> Asked {
        let (patient, _) = &self.patients[turn as usize % self.patients.len()];
        let role = role_of_bookable_slot(to_redeem(turn));
        let key = format!("issue-{turn:030}");
        issue_ticket(token, patient, role, &key, bookable_days(self.monday))
    }

    /// The next request of a call to a side. A booking takes the next slot.
    fn asked(&self, call: Call, side: Side, tokens: &Tokens) -> Asked {
        let token = tokens.staff.as_str();
        let counter = match call {
            Call::BookSlot => &self.bookings,
            Call::RedeemTicket => &self.redeemed,
            Call::PostMessage => &self.written,
            Call::ListFreeSlots
            | Call::ReadAppointment
            | Call::OpenByCode
            | Call::OpenTicket
            | Call::ListMessages => &self.readings,
        };
        let turn = counter.replace(counter.get() + 1);
        let place = usize::try_from(turn).unwrap_or(0);
        let (patient, index) = &self.patients[place % self.patients.len()];
        let visit = self.visits.get(place % VISITS).map_or("", String::as_str);
        let redeemable = self.redeemable.get(place).map_or("", String::as_str);
        let (slot, ticket) = match call {
            Call::RedeemTicket => (bookable_slot(to_redeem(turn)), redeemable),
            _ => (
                bookable_slot(turn % (BOOKABLE_SLOTS / 2)),
                self.opened.as_str(),
            ),
        };
        let chat = match call {
            Call::PostMessage => &self.chats[place % self.chats.len()],
            _ => &self.listed,
        };
        let key = format!("{}-{turn:030}", call.name());
        let of_patient = tokens.patients[place % self.patients.len()].as_str();
        let mut asked = match call {
            Call::ListFreeSlots => list_free_slots(token, self.monday),
            Call::BookSlot => book_slot(token, &slot, &key, patient),
            Call::ReadAppointment => read_appointment(token, visit),
            Call::OpenByCode => open_by_code(&tokens.holder, CODE),
            Call::OpenTicket => open_ticket(&tokens.patients[0], ticket),
            Call::RedeemTicket => redeem_ticket(of_patient, ticket, &slot, &key),
            Call::PostMessage => post_message(token, chat, &key),
            Call::ListMessages => list_messages(token, chat),
        };
        if side == Side::Floor {
            let id = match call {
                Call::OpenTicket => ticket,
                Call::ListMessages => chat,
                _ => visit,
            };
            asked.target = format!("/{}/{id}", call.name());
            if call.status() == StatusCode::CREATED {
                let given = json!({
                    "slot": slot, "key": key, "identity_index": index, "ticket": ticket, "chat": chat
                });
                asked.body = given.to_string();
            } else {
                // The floor reads nothing but what it was told to repeat.
                asked.method = "GET";
                asked.body.clear();
            }
        }
        asked
    }

    /// Measures one call by one round, and prints its line.
    async fn measure(&self, call: Call, round: &Round, requests: usize) -> Result<(), Failure> {
        let Round {
            clients,
            warm_up,
            blocks,
        } = *round;
        let mut ours = connections(self.address(call, Side::Ours), clients).await?;
        let mut floor = connections(self.address(call, Side::Floor), clients).await?;
        let (mut our_times, mut floor_times) = (vec![], vec![]);
        for block in 0..warm_up + blocks {
            // Who goes first changes, too.
            for side in if block % 2 == 0 {
                [Side::Ours, Side::Floor]
            } else {
                [Side::Floor, Side::Ours]
            } {
                let (connections, times) = match side {
                    Side::Ours => (&mut ours, &mut our_times),
                    Side::Floor => (&mut floor, &mut floor_times),
                };
                let took = self.block(call, side, connections, requests).await?;
                if block >= warm_up {
                    times.extend(took);
                }
            }
        }
        let (ours, floor) = (median(our_times), median(floor_times));
        println!(
            "bench {}-{clients} median_ms={ours:.3} floor_ms={floor:.3} ratio={:.2}",
            call.name(),
            ours / floor
        );
        Ok(())
    }

    /// What checking a session costs: a request that is refused right after its session was checked (a
    /// patient at a door of staff's) beside one that is refused before, with the same token under a scheme
    /// that isn't ours (carrying it isn't checking it), and the floor of reading a visit with the question
    /// whether the session stands beside the same without.
    async fn measure_session(&self, round: &Round, requests: usize) -> Result<(), Failure> {
        let Tokens {
            staff, patients, ..
        } = self.tokens()?;
        let patient = patients.first().ok_or("no patient")?;
        let refused = |scheme: &str| Asked {
            method: "POST",
            target: "/booking/v1/slot-templates".to_owned(),
            headers: vec![("authorization", format!("{scheme} {patient}"))],
            body: String::new(),
        };
        let mut booking = Connection::open(&self.booking).await?;
        let mut floor = Connection::open(&self.floor).await?;
        let mut times: [Vec<Duration>; 4] = Default::default();
        for turn in 0..(round.warm_up + round.blocks) * requests {
            let visit = &self.visits[turn % VISITS];
            let read = |name: &str| Asked {
                target: format!("/{name}/{visit}"),
                ..read_appointment(&staff, visit)
            };
            // Whoever comes after another process's turn meets a colder one: the two of a pair take turns.
            let pairs = if turn % 2 == 0 {
                [0, 1, 2, 3]
            } else {
                [1, 0, 3, 2]
            };
            for which in pairs {
                let answer = match which {
                    0 => booking
                        .send(refused("Bearer"))
                        .await?
                        .expect(StatusCode::FORBIDDEN),
                    1 => booking
                        .send(refused("Basic"))
                        .await?
                        .expect(StatusCode::UNAUTHORIZED),
                    2 => floor
                        .send(read(Call::ReadAppointment.name()))
                        .await?
                        .expect(StatusCode::OK),
                    _ => floor.send(read(UNASKED)).await?.expect(StatusCode::OK),
                }?;
                if turn >= round.warm_up * requests {
                    times[which].push(answer.took);
                }
            }
        }
        let [with, without, asked, unasked] = times.map(median);
        let (token, question, floor) = (with - without, asked - unasked, unasked);
        let cost = token + question;
        println!(
            "bench check-session cost_ms={cost:.3} token_ms={token:.3} question_ms={question:.3} floor_ms={floor:.3} share={:.2}",
            cost / floor
        );
        Ok(())
    }

    /// One side's block: all clients at once, each sending its next request when it has its answer.
    async fn block(
        &self,
        call: Call,
        side: Side,
        connections: &mut [Connection],
        requests: usize,
    ) -> Result<Vec<Duration>, Failure> {
        let tokens = self.tokens()?;
        let each = requests.div_ceil(connections.len());
        let clients = connections.iter_mut().map(|connection| {
            let asked: Vec<Asked> = (0..each).map(|_| self.asked(call, side, &tokens)).collect();
            async move {
                let mut times = Vec::with_capacity(asked.len());
                for one in asked {
                    let answer: Answer = connection.send(one).await?.expect(call.status())?;
                    times.push(answer.took);
                }
                Ok::<_, Failure>(times)
            }
        });
        let times = futures_util::future::try_join_all(clients).await?;
        Ok(times.concat())
    }
}

async fn connections(address: &str, clients: usize) -> Result<Vec<Connection>, Failure> {
    let mut connections = vec![];
    for _ in 0..clients {
        connections.push(Connection::open(address).await?);
    }
    Ok(connections)
}

/// The id of a ticket that was just issued.
fn issued(answer: Answer) -> Result<String, Failure> {
    text(&answer.expect(StatusCode::CREATED)?.json()?, "id")
}

fn text(answer: &Value, name: &str) -> Result<String, Failure> {
    let text = answer[name].as_str().map(str::to_owned);
    text.ok_or_else(|| format!("an answer without {name}: {answer}").into())
}
