//! What is signed in a record, as it is read: each addendum right below what it adds to, and says so; and as text for the
//! journal. Pure.

use std::collections::BTreeMap;

use shared::time::Timestamp;
use shared::words::{Language, record as words};

use crate::record_store::{Record, RecordNote};

/// The signed notes with when they were signed, the oldest first, and below each what was added to it.
pub fn in_reading_order(notes: &[RecordNote]) -> Vec<(&RecordNote, Timestamp)> {
    let mut added: BTreeMap<Option<&str>, Vec<(&RecordNote, Timestamp)>> = BTreeMap::new();
    // The last first, for the next one is taken from the end.
    for note in notes.iter().rev() {
        if let Some(signed_at) = note.signed_at {
            let to = note.adds_to.as_deref();
            added.entry(to).or_default().push((note, signed_at));
        }
    }
    let mut ordered = Vec::with_capacity(notes.len());
    let mut next = added.remove(&None).unwrap_or_default();
    while let Some((note, signed_at)) = next.pop() {
        ordered.push((note, signed_at));
        let below = added.remove(&Some(note.id.as_str()));
        next.extend(below.unwrap_or_default());
    }
    // None is left out, whatever it says that it adds to.
    ordered.extend(added.into_values().flatten().rev());
    ordered
}

/// An addendum by what it adds to: "Tillägg till anteckning signerad … av …". `said` is how a moment is said.
pub fn addendum(
    language: Language,
    notes: &[RecordNote],
    to: &str,
    said: impl Fn(Timestamp) -> String,
) -> String {
    let word = language.say(words::ADDENDUM);
    let found = notes.iter().find(|note| note.id == to);
    match found.and_then(|note| Some((note, note.signed_at?))) {
        None => word.to_owned(),
        Some((note, signed_at)) => {
            let to = match note.adds_to {
                None => words::TO_NOTE,
                Some(_) => words::TO_ADDENDUM,
            };
            let (when, whom) = (said(signed_at), note.practitioner_name.as_str());
            format!("{word} {}", words::signed_by(language, to, &when, whom))
        }
    }
}

/// For the journal, in Swedish as the journal is; what isn't signed isn't in it.
pub fn plain_text(record: &Record, notes: &[RecordNote]) -> String {
    let about = [
        ("Ingång", &record.entry),
        ("Triage", &record.triage),
        ("Besöksdetaljer", &record.details),
    ];
    let mut parts: Vec<String> = about
        .into_iter()
        .filter_map(|(head, text)| Some(format!("{head}: {}", text.as_deref()?)))
        .collect();
    let said = |at: Timestamp| {
        let (date, clock) = at.date_and_clock();
        format!("{date} {clock}")
    };
    for (note, signed_at) in in_reading_order(notes) {
        let head = match &note.adds_to {
            None => "Anteckning, signerad".to_owned(),
            Some(to) => format!("{}, signerat", addendum(Language::Sv, notes, to, said)),
        };
        let (when, whom) = (said(signed_at), &note.practitioner_name);
        parts.push(format!("{head} {when} av {whom}:\n{}", note.text));
    }
    parts.join("\n\n")
}
