//! The rules of the walk that seals every value anew: where it goes next, when it is over, and when a key that
//! is no longer primary may leave the ring. Pure: the clock is handed in, and nothing is read or written here.

use std::collections::BTreeMap;

use shared::sealing::{SEALED_COLUMNS, SealedColumn};
use shared::time::{MINUTE, Timestamp};

/// How long instances with the former ring may still serve after a roll-out, in milliseconds: what they write
/// behind the walk is sealed with the former key. Only a walk that began after it proves a key unused.
pub const ROLL_OUT: i64 = 15 * MINUTE;

/// Under what name values are counted that aren't sealed values at all.
pub const NO_KEY: &str = "?";

/// A walk over every sealed column, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The ids of the ring's keys, the primary one first.
    pub ring: Vec<String>,
    /// When this ring was first seen.
    pub seen_at: Timestamp,
    /// When this walk began.
    pub began_at: Timestamp,
    /// Place in [`SEALED_COLUMNS`] of the column that it has come to; none once it is over.
    pub column: Option<usize>,
    /// The primary key of the last row that it looked at in that column; texts before all others at first.
    pub after: Vec<String>,
    /// Values that it found under other keys than the primary one.
    pub found: i64,
    /// How many of these did not open, by the key that they name.
    pub unreadable: BTreeMap<String, i64>,
}

/// What a page of rows turned out to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The primary key of its last row, if it has any.
    pub last: Option<Vec<String>>,
    /// Whether there may be rows after it.
    pub is_full: bool,
    /// Values under other keys than the primary one.
    pub found: i64,
    /// How many of these did not open, by the key that they name.
    pub unreadable: BTreeMap<String, i64>,
}

impl Walk {
    /// A walk from the beginning.
    pub fn begin(ring: Vec<String>, seen_at: Timestamp, now: Timestamp) -> Self {
        Walk {
            ring,
            seen_at,
            began_at: now,
            column: None,
            after: vec![],
            found: 0,
            unreadable: BTreeMap::new(),
        }
        .at_column(0)
    }

    /// What is to be walked now: the walk that was kept, or a new one where there is none, where the ring has
    /// changed, or where the last one could not prove that nothing is left.
    pub fn resume(kept: Option<Walk>, ring: Vec<String>, now: Timestamp) -> Self {
        match kept.filter(|kept| kept.ring == ring) {
            None => Walk::begin(ring, now, now),
            Some(kept) if kept.asks_for_another(now) => Walk::begin(ring, kept.seen_at, now),
            Some(kept) => kept,
        }
    }

    /// Whether it is over and another must follow: it sealed something anew, and what was written behind it
    /// was not looked at, or it began while instances with the former ring may have served.
    pub fn asks_for_another(&self, now: Timestamp) -> bool {
        let sealed_anew = self.found - self.unreadable.values().sum::<i64>();
        let roll_out_is_over = now >= self.seen_at.plus(ROLL_OUT);
        self.is_over() && (sealed_anew > 0 || (roll_out_is_over && !self.began_after_roll_out()))
    }

    /// Whether every column was gone through.
    pub fn is_over(&self) -> bool {
        self.column.is_none()
    }

    /// Whether a whole walk found every value under the primary key.
    pub fn is_done(&self) -> bool {
        self.is_over() && self.found == 0
    }

    /// Whether the other keys of the ring can leave it without anything being lost.
    pub fn older_keys_may_go(&self) -> bool {
        self.is_done() && self.began_after_roll_out()
    }

    fn began_after_roll_out(&self) -> bool {
        self.began_at >= self.seen_at.plus(ROLL_OUT)
    }

    /// The column that it has come to.
    pub fn sealed_column(&self) -> Option<&'static SealedColumn> {
        SEALED_COLUMNS.get(self.column?)
    }

    /// The columns that it has not gone through to the end, with the key after which it is to go on.
    pub fn left(&self) -> impl Iterator<Item = (&'static SealedColumn, Vec<String>)> {
        let here = self.column.unwrap_or(SEALED_COLUMNS.len());
        SEALED_COLUMNS
            .iter()
            .enumerate()
            .skip(here)
            .map(move |(place, column)| {
                let after = if place == here {
                    self.after.clone()
                } else {
                    before_all(column)
                };
                (column, after)
            })
    }

    /// The walk after a page.
    pub fn past(&self, page: Page) -> Self {
        let mut next = self.clone();
        next.found += page.found;
        for (key, values) in page.unreadable {
            *next.unreadable.entry(key).or_default() += values;
        }
        match (page.is_full, page.last, self.column) {
            (true, Some(last), _) => Walk {
                after: last,
                ..next
            },
            (_, _, Some(column)) => next.at_column(column + 1),
            (_, _, None) => next,
        }
    }

    fn at_column(self, column: usize) -> Self {
        let sealed = SEALED_COLUMNS.get(column);
        Walk {
            column: sealed.map(|_| column),
            after: sealed.map(before_all).unwrap_or_default(),
            ..self
        }
    }
}

/// A key that comes before every row's.
fn before_all(column: &SealedColumn) -> Vec<String> {
    vec![String::new(); column.key.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn ring() -> Vec<String> {
        vec!["new".into(), "old".into()]
    }

    fn page(found: i64) -> Page {
        Page {
            found,
            ..Page::default()
        }
    }

    /// Walks to the end, with so many values to seal anew in each column.
    fn to_the_end(mut walk: Walk, found: i64) -> Walk {
        while !walk.is_over() {
            walk = walk.past(page(found));
        }
        walk
    }

    #[test]
    fn a_walk_goes_through_every_column_once() {
        let mut walk = Walk::resume(None, ring(), NOW);
        let mut seen = vec![];
        while let Some(column) = walk.sealed_column() {
            assert_eq!(walk.after, vec![String::new(); column.key.len()]);
            assert_eq!(walk.left().count(), SEALED_COLUMNS.len() - seen.len());
            seen.push(column.name);
            walk = walk.past(page(0));
        }
        let all: Vec<_> = SEALED_COLUMNS.iter().map(|one| one.name).collect();
        assert_eq!(seen, all);
        assert!(walk.is_done());
        assert_eq!(walk.left().count(), 0);
    }

    #[test]
    fn a_full_page_leads_to_the_next_of_the_same_column() {
        let walk = Walk::resume(None, ring(), NOW);
        let next = walk.past(Page {
            last: Some(vec!["7".into()]),
            is_full: true,
            ..Page::default()
        });
        assert_eq!((next.column, next.after), (Some(0), vec!["7".to_owned()]));
    }

    #[test]
    fn a_walk_that_sealed_something_is_followed_by_one_that_looks_again() {
        let over = to_the_end(Walk::resume(None, ring(), NOW), 1);
        assert!(over.is_over() && !over.is_done());
        let again = Walk::resume(Some(over), ring(), NOW);
        assert_eq!((again.column, again.found), (Some(0), 0));
        let over = to_the_end(again, 0);
        assert!(over.is_done());
        assert_eq!(
            Walk::resume(Some(over.clone()), ring(), NOW),
            over,
            "it rests"
        );
    }

    #[test]
    fn older_keys_may_go_after_a_walk_that_began_after_the_roll_out() {
        let early = to_the_end(Walk::resume(None, ring(), NOW), 0);
        assert!(early.is_done() && !early.older_keys_may_go());

        let later = NOW.plus(ROLL_OUT);
        let again = Walk::resume(Some(early), ring(), later);
        assert_eq!((again.began_at, again.seen_at), (later, NOW));
        assert!(!again.is_over() && !again.older_keys_may_go());
        let over = to_the_end(again, 0);
        assert!(over.older_keys_may_go());
        let year_later = later.plus(365 * 24 * 60 * MINUTE);
        assert_eq!(
            Walk::resume(Some(over.clone()), ring(), year_later),
            over,
            "it rests"
        );
    }

    #[test]
    fn another_ring_begins_a_walk() {
        let over = to_the_end(Walk::resume(None, ring(), NOW), 0);
        let later = NOW.plus(MINUTE);
        let next = Walk::resume(Some(over), vec!["new".into()], later);
        assert_eq!((next.column, next.seen_at), (Some(0), later));
    }

    #[test]
    fn what_does_not_open_keeps_the_keys_and_is_not_walked_for_ever() {
        let lost = Page {
            found: 2,
            unreadable: BTreeMap::from([("lost".to_owned(), 2)]),
            ..Page::default()
        };
        let later = NOW.plus(ROLL_OUT);
        let walk = Walk::begin(ring(), NOW, later)
            .past(lost.clone())
            .past(lost);
        let over = to_the_end(walk, 0);
        assert_eq!(over.unreadable, BTreeMap::from([("lost".to_owned(), 4)]));
        assert!(!over.is_done() && !over.older_keys_may_go());
        assert!(!over.asks_for_another(later));
    }
}
