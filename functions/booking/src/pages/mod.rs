//! The pages of visits: one visit, for its patient and its unit, staff's forms for booking one, and those that set up
//! and withdraw slots. Plain forms that work without scripts; each leads to what the JSON does.

mod check;
mod free_slots;
pub mod new_visit;
pub mod slots;
pub mod visit;

use shared::page::{FormPost, LocalPath, Viewer, form_pairs};
use shared::time::HOUR;

/// How far ahead free slots and other visits are shown at once, in milliseconds.
const AHEAD: i64 = 14 * 24 * HOUR;

/// What a page's own address asks for under a name. By hand, for a type of its own costs a function four kilobytes.
fn asked(viewer: &Viewer, name: &str) -> Option<String> {
    let (_, query) = viewer.here.as_str().split_once('?')?;
    let mut pairs = form_pairs(query.as_bytes()).into_iter();
    pairs
        .find(|(asked, _)| asked == name)
        .map(|(_, value)| value)
}

/// Where a form leads afterwards: to the page that it stood on, where that says so.
fn return_to(form: &FormPost, otherwise: &str) -> LocalPath {
    match form.text("return_to").as_str() {
        "" => LocalPath::from_outside(otherwise),
        path => LocalPath::from_outside(path),
    }
}
