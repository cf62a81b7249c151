//! Events as messaging gives them, read back: where their reader is after each, and when the chat that they tell of
//! changes by the clock alone. Pure.

use serde_json::Value;
use shared::time::{MINUTE, Timestamp};

/// How far a reader has come: changes of messages up to a version and messages up to a number have come to them. A unit's
/// events have numbers alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Changes.
    pub version: i64,
    /// Messages.
    pub number: i64,
}

/// How long after a moment that the clock decides a room looks again and again for what a job makes of it.
const AFTERMATH: i64 = 3 * MINUTE;
/// How often it does, in milliseconds.
const PACE: i64 = 20_000;

/// One event as messaging gave it to whoever asked. It says where they are after it, who have had all that came before
/// it in the same answer: it is for those alone who stood where was asked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its kind.
    pub kind: String,
    /// Where who asked is after it.
    pub at: Position,
    /// Its data.
    pub data: String,
}

impl Event {
    /// Whether it tells how something stands, and not what came: telling that twice is no harm, but useless.
    pub fn stands(&self) -> bool {
        self.kind == "chat"
    }

    /// As it is handed to a reader. Ids begin with the chat's or unit's name.
    pub fn text(&self, name: &str) -> String {
        let Position { version, number } = self.at;
        format!(
            "event: {}\nid: {name}.{version}.{number}\ndata: {}\n\n",
            self.kind, self.data
        )
    }
}

/// What an id says after its chat or unit, and that.
pub fn position(id: &str) -> Option<(&str, Position)> {
    let (id, number) = id.rsplit_once('.')?;
    let (name, version) = id.rsplit_once('.')?;
    let at = Position {
        version: version.parse().ok()?,
        number: number.parse().ok()?,
    };
    Some((name, at))
}

/// The events of a stream's text, in order. What has no id isn't one of these.
pub fn events(text: &str) -> Vec<Event> {
    let block = |block: &str| {
        let field = |name| block.lines().find_map(|line| line.strip_prefix(name));
        let (kind, data) = (field("event: ")?, field("data: ")?);
        let (_, at) = position(field("id: ")?)?;
        Some(Event {
            kind: kind.to_owned(),
            at,
            data: data.to_owned(),
        })
    };
    text.split("\n\n").filter_map(block).collect()
}

/// When what these events tell of changes by the clock alone.
pub fn boundaries(events: &[Event]) -> Option<Vec<Timestamp>> {
    let last = events.iter().rfind(|event| event.stands())?;
    let data: Value = serde_json::from_str(&last.data).ok()?;
    let moment = |name: &str| data[name].as_str()?.parse().ok();
    Some(
        ["opens_at", "closes_at", "grace_ends_at"]
            .into_iter()
            .filter_map(moment)
            .collect(),
    )
}

/// Adds moments to those that are known, and forgets those that are long past. They add up, for a patient is told fewer
/// of them than staff; one that no longer holds costs a look that finds nothing.
pub fn add_boundaries(known: &mut Vec<Timestamp>, more: Vec<Timestamp>, now: Timestamp) {
    known.extend(more);
    known.retain(|boundary| now < boundary.plus(AFTERMATH));
    known.sort_unstable();
    known.dedup();
}

/// When a room looks by itself, with nothing told: at the next of these moments, and for a while after one, when a
/// job makes visible what it decided.
pub fn next_look(boundaries: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let next = |boundary: &Timestamp| {
        if *boundary > now {
            Some(*boundary)
        } else if now < boundary.plus(AFTERMATH) {
            Some(now.plus(PACE))
        } else {
            None
        }
    };
    boundaries.iter().filter_map(next).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn at(version: i64, number: i64) -> Position {
        Position { version, number }
    }

    #[test]
    fn a_stream_is_read_back_event_by_event() {
        let text = "retry: 1\n\nevent: message\nid: x.3.2\ndata: {\"number\":2}\n\nevent: presence\ndata: {}\n\nevent: chat\nid: x.3.2\ndata: {}\n\n";
        let found = events(text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].at, found[0].stands()), (at(3, 2), false));
        assert_eq!((found[1].at, found[1].stands()), (at(3, 2), true));
        let again: String = found.iter().map(|event| event.text("x")).collect();
        assert_eq!(events(&again), found);
        assert_eq!(
            position("SE2321000131-U1.0.7"),
            Some(("SE2321000131-U1", at(0, 7)))
        );
        for id in ["", "x", "x.y.7", "x.7.", "7"] {
            assert_eq!(position(id), None, "{id}");
        }
    }

    #[test]
    fn a_room_looks_by_itself_only_around_what_the_clock_decides() {
        let minute = |minutes: i64| NOW.plus(minutes * MINUTE);
        assert_eq!(next_look(&[], NOW), None);
        assert_eq!(next_look(&[minute(-10), minute(-4)], NOW), None);
        assert_eq!(
            next_look(&[minute(-10), minute(50), minute(9)], NOW),
            Some(minute(9))
        );
        assert_eq!(
            next_look(&[minute(-1), minute(9)], NOW),
            Some(NOW.plus(PACE))
        );
        assert_eq!(next_look(&[NOW], NOW), Some(NOW.plus(PACE)));
    }

    #[test]
    fn what_one_reader_is_told_of_its_moments_is_not_forgotten_for_another() {
        let minute = |minutes: i64| NOW.plus(minutes * MINUTE);
        let mut known = vec![minute(-20), minute(5), minute(90)];
        add_boundaries(&mut known, vec![minute(-1), minute(5)], NOW);
        assert_eq!(known, [minute(-1), minute(5), minute(90)]);
    }

    #[test]
    fn its_moments_stand_in_the_last_event_that_tells_how_it_stands() {
        let told = "event: chat\nid: x.3.2\ndata: {\"opens_at\":\"2026-11-23T08:00:00Z\",\"closes_at\":\"2026-11-24T08:00:00Z\",\"subject\":\"…\"}\n\n";
        let moments = boundaries(&events(told)).expect("moments");
        assert_eq!(moments.len(), 2);
        assert_eq!(moments[1].millis() - moments[0].millis(), 24 * 60 * MINUTE);
        assert_eq!(
            boundaries(&events(
                "event: message\nid: x.3.2\ndata: {\"number\":2}\n\n"
            )),
            None
        );
    }
}
