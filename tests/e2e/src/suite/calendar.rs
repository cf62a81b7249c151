//! The calendar file of a visit (RFC 5545), which leaves our walls.

use super::*;

/// A property of the file's event.
fn property<'a>(file: &'a str, name: &str) -> &'a str {
    file.split("\r\n")
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .unwrap_or_default()
}

pub(super) async fn a_calendar_file_keeps_its_uid_and_raises_its_sequence(world: World) -> Verdict {
    let alex = json!({ "personal_identity": "196103072390", "name": "Alex Blom" });
    let (visit, starts_at) = a_visit(&world, &[("patient", alex)]).await?;
    let id = text(&visit["id"]);
    let calendar = path(&id, "calendar.ics");
    let steps = [
        (
            "reschedule",
            json!({ "starts_at": minutes_past(&starts_at, 20) }),
        ),
        ("cancel", json!({ "reason": "Sjuk" })),
    ];
    let mut files = vec![world.get("alex.blom", &calendar).await?];
    for (step, body) in steps {
        made(&world.post("anna.lind", &path(&id, step), body).await?)?;
        files.push(world.get("anna.lind", &calendar).await?);
    }
    for (sequence, file) in files.iter().enumerate() {
        same(file.outcome(), "200".into())?;
        same(file.header("content-type"), "text/calendar; charset=utf-8")?;
        same(
            (
                property(&file.text, "UID"),
                property(&file.text, "SEQUENCE"),
            ),
            (
                format!("{id}@vardflode").as_str(),
                sequence.to_string().as_str(),
            ),
        )?;
    }
    let method_and_status = |file: &Answer| {
        [
            property(&file.text, "METHOD").to_owned(),
            property(&file.text, "STATUS").to_owned(),
        ]
    };
    same(
        files.iter().map(method_and_status).collect::<Vec<_>>(),
        [
            ["PUBLISH", "CONFIRMED"],
            ["PUBLISH", "CONFIRMED"],
            ["CANCEL", "CANCELLED"],
        ]
        .map(|pair| pair.map(str::to_owned))
        .to_vec(),
    )?;
    let compact = |time: &Value| text(time).replace(['-', ':'], "");
    same(
        property(&files[0].text, "DTSTART"),
        &compact(&visit["starts_at"]),
    )?;
    same(
        property(&files[0].text, "DTEND"),
        &compact(&visit["ends_at"]),
    )
}

pub(super) async fn a_calendar_file_tells_neither_reason_nor_specialty(world: World) -> Verdict {
    let instructions = json!("Drick inget på morgonen.");
    let (visit, _) = a_visit(&world, &[("instructions", instructions)]).await?;
    let file = world
        .get("anna.lind", &path(&text(&visit["id"]), "calendar.ics"))
        .await?;
    sure(
        property(&file.text, "SUMMARY").contains("Testberget"),
        &file.text,
    )?;
    for hidden in ["Uppföljning", "Drick", "vårdcentral", "Testsson", "Anna"] {
        sure(
            !file.text.contains(hidden),
            format!("{hidden} stands in {}", file.text),
        )?;
    }
    // Whole lines of at most 75 bytes, each ended by CR and LF.
    sure(
        file.text.ends_with("\r\n")
            && file
                .text
                .split("\r\n")
                .all(|line| line.len() <= 75 && !line.contains('\n')),
        &file.text,
    )
}
