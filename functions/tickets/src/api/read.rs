//! JSON handlers that read: tickets, the slots that fit one, and a unit's balance.

use std::collections::BTreeMap;

use shared::appointment::store::Clash;
use shared::asked::parsed;
use shared::hsa_id::HsaId;
use shared::identifiers::TicketId;
use shared::json::Json;
use shared::paging::{Cursor, page_size};
use shared::platform::{Ports, Rows};
use shared::practitioner;
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::time::{days_after, start_of_day};
use shared::view::PractitionerView;
use utoipa::IntoParams;

use super::view::{Capacity, RoleBalance, SlotList, SlotView, TicketPage, TicketView};
use crate::By;
use crate::store::{self, FittingSlot, Found};
use crate::ticket::MOST_DAYS;

/// How many slots a page of them has, where nothing else is asked.
const SLOTS: u16 = 500;

/// Which tickets a list asks for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TicketQuery {
    /// Those issued before this one: `next` of an earlier page.
    pub before: Option<String>,
    /// How many a page has, 1 to 500; 200, if left out.
    pub limit: Option<u16>,
}

/// The tickets of your unit, or your own, the newest first.
#[utoipa::path(get, path = "/tickets/v1/tickets", params(TicketQuery), responses((status = 200, body = TicketPage)))]
pub async fn list(asked: By<Caller>) -> Result<Json<TicketPage>, Problem> {
    let [before, limit] = asked.query(["before", "limit"])?;
    let query = TicketQuery {
        before,
        limit: parsed("limit", limit)?,
    };
    Ok(Json(list_tickets(&asked.who, &asked.ports, &query).await?))
}

/// What [`list`] answers, for a program and for a page.
pub async fn list_tickets(
    caller: &Caller,
    ports: &Ports,
    query: &TicketQuery,
) -> Result<TicketPage, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let limit = page_size(query.limit)?;
    let before = match &query.before {
        Some(before) => before
            .parse::<TicketId>()
            .map_err(|_| Problem::invalid("before", "use `next` of an earlier page as it is"))?
            .to_string(),
        None => String::new(),
    };
    let batch = store::list(ports, caller, &before, limit as i64)?;
    let found = ports.store_for(caller).batch(batch.into()).await?;
    let now = ports.clock.now();
    let tickets = found
        .first()
        .into_iter()
        .flat_map(|outcome| outcome.rows.iter())
        .map(|row| {
            Ok(TicketView::listed(
                &Found::from_row(&sealer, row, now)?,
                caller,
            ))
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let next = tickets.last().filter(|_| tickets.len() == limit);
    Ok(TicketPage {
        next: next.map(|ticket| ticket.id.clone()),
        tickets,
    })
}

/// One ticket.
#[utoipa::path(get, path = "/tickets/v1/tickets/{id}", params(("id" = String, Path, description = "the ticket")),
    responses((status = 200, body = TicketView), (status = 404, description = "no such ticket of yours")))]
pub async fn read(asked: By<Caller>) -> Result<Json<TicketView>, Problem> {
    let found = find_and_log(&asked.who, &asked.ports, asked.id()).await?;
    Ok(Json(TicketView::of(&found, &asked.who)))
}

/// Which page of a ticket's slots is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SlotQuery {
    /// 1 to 500; 500, if left out.
    pub limit: Option<u16>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// The free slots that fit an open ticket, in the order of their beginning.
#[utoipa::path(get, path = "/tickets/v1/tickets/{id}/slots",
    params(("id" = String, Path, description = "the ticket"), SlotQuery),
    responses((status = 200, body = SlotList), (status = 404, description = "no such ticket of yours")))]
pub async fn slots(asked: By<Caller>) -> Result<Json<SlotList>, Problem> {
    let (caller, ports) = (&asked.who, &asked.ports);
    let [limit, cursor] = asked.query(["limit", "cursor"])?;
    let limit = page_size(Some(parsed("limit", limit)?.unwrap_or(SLOTS)))?;
    let cursor = cursor.as_deref().map(Cursor::parse).transpose()?;
    let found = find_and_log(caller, ports, asked.id()).await?;
    Ok(Json(fitting(caller, ports, &found, cursor, limit).await?))
}

/// A ticket that the caller may know of, read and logged in one batch.
pub async fn find_and_log(caller: &Caller, ports: &Ports, id: &str) -> Result<Found, Problem> {
    let id: TicketId = id.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(caller)
        .batch(vec![
            store::find(id, caller),
            store::log_read(ports, caller, id)?,
        ])
        .await?;
    let row = found.first().and_then(|outcome| outcome.rows.first());
    Found::from_row(
        &sealer,
        row.ok_or_else(Problem::not_found)?,
        ports.clock.now(),
    )
}

/// A page of the free slots that fit a ticket, with the practitioners' names: the first, or what comes after a cursor.
pub async fn fitting(
    caller: &Caller,
    ports: &Ports,
    found: &Found,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<SlotList, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let ticket = &found.ticket;
    let first = ticket.frame.from.max(ports.clock.now());
    let cursor = cursor.filter(|cursor| cursor.moment >= first);
    let after = cursor
        .as_ref()
        .map_or((first, ""), |cursor| (cursor.moment, &cursor.id));
    // One more than the page has, to know whether there is a next.
    let asked = store::fitting_slots(&ticket.care_unit, &ticket.frame, after, limit + 1);
    let outcome = ports.store_for(caller).query(asked).await?;
    // A practitioner's name is opened once, however many slots are theirs.
    let mut names: BTreeMap<HsaId, String> = BTreeMap::new();
    let mut slots = vec![];
    let mut last = None;
    for row in outcome.rows.iter().take(limit) {
        let slot = FittingSlot::from_row(row)?;
        last = Some(Cursor {
            moment: slot.period.starts_at,
            id: slot.id.to_string(),
        });
        if let (Some(id), Some(sealed)) = (&slot.practitioner, &slot.practitioner_name)
            && !names.contains_key(id)
        {
            let name =
                practitioner::open_name(&sealer, &ticket.care_provider, id.as_str(), sealed)?;
            names.insert(id.clone(), name);
        }
        slots.push(SlotView {
            id: slot.id.to_string(),
            starts_at: slot.period.starts_at.to_string(),
            ends_at: slot.period.ends_at.to_string(),
            practitioner: slot.practitioner.map(|id| PractitionerView {
                name: names.get(&id).cloned(),
                id: id.as_str().to_owned(),
            }),
        });
    }
    let next = last.filter(|_| outcome.rows.len() > limit);
    Ok(SlotList {
        slots,
        next: next.map(|last| last.to_text()),
    })
}

/// The visits in an outcome of a patient's overlaps.
pub fn clashes(rows: &Rows) -> Result<Vec<Clash>, Problem> {
    let clashes = rows.iter().map(Clash::from_row);
    Ok(clashes.collect::<Result<_, _>>()?)
}

/// The balance of your unit: open tickets beside the slots that are free within twelve weeks.
#[utoipa::path(get, path = "/tickets/v1/capacity", responses((status = 200, body = Capacity)))]
pub async fn capacity(asked: By<Staff>) -> Result<Json<Capacity>, Problem> {
    Ok(Json(balance(&asked.who, &asked.ports).await?))
}

/// What [`capacity`] answers, for a program and for a page.
pub async fn balance(staff: &Staff, ports: &Ports) -> Result<Capacity, Problem> {
    let now = ports.clock.now();
    let until = start_of_day(days_after(now.date_in_stockholm(), u64::from(MOST_DAYS)));
    let caller = Caller::Staff(staff.clone());
    let found = ports
        .store_for(&caller)
        .batch(store::capacity(&staff.care_unit, now, until).into())
        .await?;
    let mut roles: BTreeMap<&'static str, RoleBalance> = BTreeMap::new();
    let mut add = |rows: &Rows, put: fn(&mut RoleBalance, i64)| {
        for row in rows.iter() {
            let (role, n) = store::counted(row)?;
            let none: fn(Role) -> RoleBalance = |role| RoleBalance {
                role,
                open_tickets: 0,
                free_slots: 0,
            };
            put(roles.entry(role.as_str()).or_insert_with(|| none(role)), n);
        }
        Ok::<_, Problem>(())
    };
    if let [tickets, slots] = found.as_slice() {
        add(&tickets.rows, |balance, n| balance.open_tickets = n)?;
        add(&slots.rows, |balance, n| balance.free_slots = n)?;
    }
    Ok(Capacity {
        roles: roles.into_values().collect(),
    })
}
