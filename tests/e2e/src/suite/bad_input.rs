//! Bad input: a clear no at the right field, and nothing written.

use chrono::{Days, Months};
use training::keys::now;

use super::*;
use crate::caller::{identity_of, new_key};

/// Ten in the evening of a day of its own, when no case books.
struct Evening(NaiveDate);

impl Evening {
    fn of(world: &World) -> Self {
        Evening(world.day(MOST_DAYS))
    }

    fn visit(&self) -> Value {
        free_time(&format!("{}T22:00", self.0))
    }

    /// Whether the unit has no visit at all then.
    async fn stays_empty(&self, world: &World) -> Verdict {
        let day = self.0;
        let query = format!("{APPOINTMENTS}?from={day}T22:00&to={day}T23:59");
        let listed = world.get("anna.lind", &query).await?;
        same(&listed.json()["appointments"], &json!([]))
    }
}

async fn book(world: &World, body: Value) -> Result<Answer, Failure> {
    world.post("anna.lind", APPOINTMENTS, body).await
}

pub(super) async fn a_value_that_cannot_be_used_is_refused_at_its_field(world: World) -> Verdict {
    let evening = Evening::of(&world);
    let gap = format!("{}T02:30", last_sunday(3));
    let twice = format!("{}T02:30", last_sunday(10));
    let cases = [
        ("minutes", json!(0)),
        ("minutes", json!(-30)),
        ("minutes", json!(481)),
        ("minutes", json!("30")),
        ("minutes", json!(30.5)),
        ("minutes", json!(1e300)),
        ("minutes", json!(u64::MAX)),
        ("minutes", json!(null)),
        ("starts_at", json!(null)),
        ("starts_at", json!("")),
        ("starts_at", json!("soon")),
        ("starts_at", json!(1_800_000_000)),
        ("starts_at", json!("2027-02-30T09:00")),
        ("starts_at", json!("2020-01-01T09:00")),
        ("starts_at", json!("2099-01-01T09:00")),
        ("starts_at", json!("-262143-01-01T00:00")),
        ("starts_at", json!("+262142-12-31T23:59")),
        ("starts_at", json!("9999-12-31T23:59:59.999Z")),
        ("starts_at", json!(gap)),
        ("starts_at", json!(twice)),
        ("reason", json!("")),
        ("reason", json!(" \n ")),
        ("reason", json!(null)),
        ("reason", json!("å".repeat(1001))),
        ("reason", json!("a\u{202e}b")),
        ("reason", json!("a\u{0}b")),
        ("instructions", json!("å".repeat(4001))),
        ("entry", json!("å".repeat(201))),
        ("kind", json!("ticket")),
        ("kind", json!("party")),
        ("kind", json!(null)),
        ("slot", json!(UNKNOWN)),
        ("slot", json!("7")),
        ("practitioner", json!("SE165565594230-P006")),
        ("practitioner", json!("SE165565594230-P999")),
        ("practitioner", json!("nobody")),
        ("allow_overlap", json!("yes")),
        ("patient", json!("196103072390")),
        (
            "participants",
            json!([{ "role": "other", "phone": "0701740606" }]),
        ),
        ("participants", json!("nobody")),
        ("surprise", json!(true)),
    ];
    for (field, value) in cases {
        let what = format!("{field} {value}");
        let body = with(evening.visit(), field, value);
        about(what, refused_at(&book(&world, body).await?, field))?;
    }
    let mut nothing_said = evening.visit();
    if let Some(members) = nothing_said.as_object_mut() {
        members.remove("reason");
    }
    refused_at(&book(&world, nothing_said).await?, "reason")?;
    // What only the other ways of booking take.
    let laid = an_hour_of_slots(&world).await?;
    for (field, value) in [
        ("starts_at", json!(format!("{}T22:00", evening.0))),
        ("minutes", json!(30)),
        ("practitioner", json!(NURSE)),
        ("slot", json!(null)),
    ] {
        let body = with(scheduled(&laid.slots[0]), field, value);
        let field = if field == "minutes" {
            "starts_at"
        } else {
            field
        };
        refused_at(&book(&world, body).await?, field)?;
    }
    same(laid.free(&world).await?, laid.slots)?;
    evening.stays_empty(&world).await
}

pub(super) async fn a_patient_that_cannot_be_used_is_refused_and_not_kept(world: World) -> Verdict {
    let evening = Evening::of(&world);
    for (field, value) in [
        // A wrong check digit, a day that isn't, ten digits, letters, nothing.
        ("personal_identity", json!("196103072391")),
        ("personal_identity", json!("199002302384")),
        ("personal_identity", json!("6103072390")),
        ("personal_identity", json!("ÅÄÖÅÄÖ")),
        ("personal_identity", json!("")),
        ("personal_identity", json!(null)),
        ("personal_identity", json!(196_103_072_390_u64)),
        // Right in itself, but of somebody who may live, which training refuses.
        ("personal_identity", json!("199001011239")),
        ("phone", json!("112")),
        ("phone", json!("not a number")),
        ("name", json!("")),
        ("name", json!("å".repeat(101))),
        ("language", json!("de")),
        ("sms_consent", json!("yes")),
        ("surprise", json!(1)),
    ] {
        let mut body = evening.visit();
        body["patient"][field] = value;
        refused_at(&book(&world, body).await?, &format!("patient.{field}"))?;
    }
    // Refused for another reason, the patient is still nobody we know.
    let who = a_stranger(&world).await?;
    let body = with(evening.visit(), "patient", who.clone());
    refused_at(
        &book(&world, with(body, "minutes", json!(0))).await?,
        "minutes",
    )?;
    let unnamed = unnamed(evening.visit(), &who);
    refused_at(&book(&world, unnamed).await?, "patient.name")?;
    evening.stays_empty(&world).await
}

pub(super) async fn participants_that_cannot_be_used_are_refused(world: World) -> Verdict {
    let evening = Evening::of(&world);
    let one = || json!({ "role": "other", "phone": "0701740606" });
    for (participants, field) in [
        (json!(vec![one(); 11]), "participants"),
        (json!([{ "role": "other" }]), "participants[0].phone"),
        (
            json!([one(), { "role": "other", "name": "Utan Adress" }]),
            "participants[1].phone",
        ),
        (
            json!([with(one(), "email", json!("nobody"))]),
            "participants[0].email",
        ),
        (
            json!([with(one(), "phone", json!("112"))]),
            "participants[0].phone",
        ),
        (
            json!([with(one(), "role", json!("friend"))]),
            "participants[0].role",
        ),
        (
            json!([with(one(), "name", json!("å".repeat(101)))]),
            "participants[0].name",
        ),
        (
            json!([with(one(), "surprise", json!(1))]),
            "participants[0].surprise",
        ),
    ] {
        let body = with(evening.visit(), "kind", json!("video"));
        let answer = book(&world, with(body, "participants", participants)).await?;
        refused_at(&answer, field)?;
    }
    evening.stays_empty(&world).await
}

pub(super) async fn texts_of_full_length_are_taken_whole(world: World) -> Verdict {
    let members = [
        ("reason", json!("å".repeat(1000))),
        ("instructions", json!("🩺\n".repeat(1999) + "åä")),
        ("entry", json!("'; DROP TABLE appointments; --".repeat(6))),
    ];
    let (visit, _) = a_visit(&world, &members).await?;
    let address = format!("{APPOINTMENTS}/{}", text(&visit["id"]));
    let read = world.get("anna.lind", &address).await?.json();
    for (member, value) in &members {
        same(&read[*member], value)?;
    }
    Ok(())
}

pub(super) async fn a_body_that_is_no_json_or_too_large_is_refused(world: World) -> Verdict {
    const LARGEST: usize = 64 * 1024;
    let evening = Evening::of(&world);
    let key = new_key();
    let padded = |length: usize| {
        let body = evening.visit().to_string();
        " ".repeat(length - body.len()) + &body
    };
    let bodies: [(&[u8], &str); 9] = [
        (b"", "400 malformed"),
        (b"{", "400 malformed"),
        (b"{} {}", "400 malformed"),
        (b"{\"kind\":\"free-time\",}", "400 malformed"),
        // Half a character, in either encoding.
        (b"{\"reason\":\"\\ud800\"}", "400 malformed"),
        (b"{\"reason\":\"\xff\"}", "400 malformed"),
        (b"null", "422 invalid"),
        (b"[]", "422 invalid"),
        (b"\"free-time\"", "422 invalid"),
    ];
    for (body, outcome) in bodies {
        let what = String::from_utf8_lossy(body).into_owned();
        let answer = world
            .post_under(&key, "anna.lind", APPOINTMENTS, body.to_vec())
            .await?;
        about(what, refused(&answer, outcome))?;
    }
    let nested = format!("{{\"patient\":{}", "[".repeat(50_000));
    let answer = world
        .post_under(&key, "anna.lind", APPOINTMENTS, nested)
        .await?;
    sure(matches!(answer.status.as_u16(), 400 | 422), &answer.text)?;
    for length in [LARGEST + 1, 1_000_000] {
        let answer = world
            .post_under(&key, "anna.lind", APPOINTMENTS, padded(length))
            .await?;
        about(length, refused(&answer, "413 too-large"))?;
    }
    let bearer = format!("Bearer {}", world.token("anna.lind")?);
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", kind),
            ("idempotency-key", key.as_str()),
        ];
        let answer = world
            .send("POST", APPOINTMENTS, &headers, evening.visit().to_string())
            .await?;
        about(kind, refused(&answer, "415 not-json"))?;
    }
    evening.stays_empty(&world).await?;
    // None of these used the key up, and a body of exactly the limit is taken.
    let (visit, _) = a_visit(&world, &[]).await?;
    let reason = json!({ "reason": "Sjuk" }).to_string();
    let full = " ".repeat(LARGEST - reason.len()) + &reason;
    let cancelled = world
        .post_under(
            &key,
            "anna.lind",
            &path(&text(&visit["id"]), "cancel"),
            full,
        )
        .await?;
    made(&cancelled)?;
    Ok(())
}

pub(super) async fn who_is_too_young_on_the_day_is_not_booked(world: World) -> Verdict {
    // Sixteen at the health centre, thirteen at the youth clinic.
    for (person, limit) in [("anna.lind", 16), ("eva.dahl", 13)] {
        let day = world.day(MOST_DAYS);
        let birthday = day - Months::new(12 * limit);
        let of_somebody_born = |born: NaiveDate| {
            let visit = with(
                free_time(&format!("{day}T13:00")),
                "patient",
                patient_of(&identity_of(born, random(2))),
            );
            with(visit, "allow_overlap", json!(true))
        };
        let too_young = of_somebody_born(birthday + Days::new(1));
        let answer = world.post(person, APPOINTMENTS, too_young).await?;
        about(person, refused(&answer, "422 under-age"))?;
        same(&answer.json()["field"], &json!("patient.personal_identity"))?;
        let old_enough = of_somebody_born(birthday);
        about(
            person,
            made(&world.post(person, APPOINTMENTS, old_enough).await?).map(drop),
        )?;
    }
    Ok(())
}

pub(super) async fn a_visit_can_be_booked_two_years_ahead_and_no_further(world: World) -> Verdict {
    let last = now().date_in_stockholm() + Months::new(24);
    let at = |day: NaiveDate, time: &str| {
        with(
            free_time(&format!("{day}T{time}")),
            "allow_overlap",
            json!(true),
        )
    };
    made(&book(&world, at(last, "23:00")).await?)?;
    let beyond = at(last + Days::new(1), "00:00");
    refused_at(&book(&world, beyond).await?, "starts_at")?;
    let past = now().plus(-60_000).to_string();
    refused_at(&book(&world, free_time(&past)).await?, "starts_at")
}

pub(super) async fn a_new_time_that_cannot_be_used_is_refused(world: World) -> Verdict {
    let (visit, starts_at) = a_visit(&world, &[]).await?;
    let id = text(&visit["id"]);
    let later = minutes_past(&starts_at, 20);
    for (body, field) in [
        (json!({}), "starts_at"),
        (json!({ "slot": UNKNOWN }), "slot"),
        (json!({ "starts_at": "2020-01-01T09:00" }), "starts_at"),
        (json!({ "starts_at": "2099-01-01T09:00" }), "starts_at"),
        (
            json!({ "starts_at": format!("{}T02:30", last_sunday(3)) }),
            "starts_at",
        ),
        (json!({ "starts_at": later, "minutes": 0 }), "minutes"),
        (json!({ "starts_at": later, "minutes": 481 }), "minutes"),
        (json!({ "starts_at": later, "surprise": 1 }), "surprise"),
    ] {
        let answer = world
            .post("anna.lind", &path(&id, "reschedule"), body)
            .await?;
        refused_at(&answer, field)?;
    }
    let read = world
        .get("anna.lind", &format!("{APPOINTMENTS}/{id}"))
        .await?;
    same(read.json(), visit)?;
    let laid = an_hour_of_slots(&world).await?;
    let id = made(&book(&world, scheduled(&laid.slots[0])).await?)?;
    for (body, field) in [
        (json!({}), "slot"),
        (json!({ "starts_at": later }), "starts_at"),
        (json!({ "slot": laid.slots[1], "minutes": 20 }), "starts_at"),
    ] {
        let answer = world
            .post("anna.lind", &path(&id, "reschedule"), body)
            .await?;
        refused_at(&answer, field)?;
    }
    same(laid.free(&world).await?, laid.slots[1..].to_vec())
}

pub(super) async fn a_cancellation_that_cannot_be_used_is_refused(world: World) -> Verdict {
    let alex = json!({ "personal_identity": "196103072390", "name": "Alex Blom" });
    let (visit, _) = a_visit(&world, &[("patient", alex)]).await?;
    let cancel = path(&text(&visit["id"]), "cancel");
    for (person, body, field) in [
        ("anna.lind", json!({}), "reason"),
        ("anna.lind", json!({ "reason": " " }), "reason"),
        ("anna.lind", json!({ "reason": "å".repeat(1001) }), "reason"),
        (
            "anna.lind",
            json!({ "reason": "x", "surprise": 1 }),
            "surprise",
        ),
        ("alex.blom", json!({ "reason": "x" }), "reason"),
    ] {
        refused_at(&world.post(person, &cancel, body).await?, field)?;
    }
    let address = format!("{APPOINTMENTS}/{}", text(&visit["id"]));
    same(world.get("anna.lind", &address).await?.json(), visit)
}

pub(super) async fn a_query_that_cannot_be_used_is_refused(world: World) -> Verdict {
    for (address, query) in [
        (SLOTS, "limit=0"),
        (SLOTS, "limit=501"),
        (SLOTS, "limit=many"),
        (SLOTS, "limit=-1"),
        (SLOTS, "cursor=x"),
        (SLOTS, "cursor="),
        (SLOTS, "cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OS94"),
        // 9223372036854775807/x, which is a moment's form and no store's integer.
        (SLOTS, "cursor=OTIyMzM3MjAzNjg1NDc3NTgwNy94"),
        (SLOTS, "from=soon"),
        (SLOTS, "from=2027-02-30"),
        (SLOTS, "from=2027-01-02&to=2027-01-01"),
        (SLOTS, "from=2027-01-02&to=2027-01-02"),
        (SLOTS, "from=2027-01-01&to=2027-06-01"),
        (SLOTS, "role=king"),
        (SLOTS, "practitioner=nobody"),
        (SLOTS, "free=perhaps"),
        (SLOTS, "surprise=1"),
        (APPOINTMENTS, "from=soon"),
        (APPOINTMENTS, "from=2027-01-01&to=2027-06-01"),
        (APPOINTMENTS, "limit=501"),
        (APPOINTMENTS, "cursor=x"),
        (APPOINTMENTS, "cursor=OTIyMzM3MjAzNjg1NDc3NTgwNy94"),
        (APPOINTMENTS, "surprise=1"),
    ] {
        let answer = world
            .get("anna.lind", &format!("{address}?{query}"))
            .await?;
        about(query, refused(&answer, "422 invalid"))?;
    }
    // Times at the end of the calendar are refused or find nothing, and break nothing.
    for address in [SLOTS, APPOINTMENTS] {
        for date in [
            "-262143-01-01",
            "%2B262142-12-31",
            "0000-01-01",
            "9999-12-31",
        ] {
            for query in [format!("from={date}"), format!("to={date}")] {
                let answer = world
                    .get("anna.lind", &format!("{address}?{query}"))
                    .await?;
                let calm = matches!(answer.status.as_u16(), 200 | 422);
                sure(calm, (query, answer.outcome()))?;
            }
        }
    }
    Ok(())
}

pub(super) async fn what_is_nowhere_is_not_found(world: World) -> Verdict {
    for id in [UNKNOWN, "7", "x", "%00", "%2e%2e", "'--", &"9".repeat(500)] {
        for address in [format!("{APPOINTMENTS}/{id}"), path(id, "calendar.ics")] {
            let answer = world.get("anna.lind", &address).await?;
            about(&address, refused(&answer, "404 not-found"))?;
        }
        for (address, body) in [
            (path(id, "cancel"), json!({ "reason": "x" })),
            (
                path(id, "reschedule"),
                json!({ "starts_at": "2027-01-01T09:00" }),
            ),
            (path(id, "arrive"), json!({})),
            (path(id, "start"), json!({})),
            (path(id, "complete"), json!({})),
            (path(id, "no-show"), json!({})),
            (format!("{SLOTS}/{id}/withdraw"), json!({})),
        ] {
            let answer = world.post("anna.lind", &address, body).await?;
            about(&address, refused(&answer, "404 not-found"))?;
        }
    }
    Ok(())
}
