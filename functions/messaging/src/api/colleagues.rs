//! JSON handlers for digital colleagues: who is on, handing a matter over with a note, which is accepted or
//! declined, the unit's pool of matters that nobody is responsible for, and bringing a colleague into a matter.

use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::access_log::Activity;
use shared::colleagues::{self, Colleague, Offer};
use shared::commission::{nobody_here, role_at};
use shared::hsa_id::HsaId;
use shared::identifiers::{ChatNoteId, HandoverId};
use shared::json::Json;
use shared::notification::tell;
use shared::platform::{Outcome, Ports, Statement};
use shared::post::{Nothing, RequestIdentity};
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::text::Text;
use utoipa::ToSchema;

use super::chats::once_in_chat;
use super::problems::not_now;
use super::view::may_let_go;
use crate::asked::{By, parsed};
use crate::case::{CaseState, NotNow};
use crate::handover_store as store;
use crate::notice::{Notice, NoticeKind};
use crate::store::{BroughtIn, count_silently, insert_note, insert_notice_naming};

const WRITTEN: (&str, Activity) = ("chat", Activity::Write);

/// Somebody who works at the unit.
#[derive(Serialize, ToSchema)]
pub struct ColleagueView {
    /// HSA-id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Whether they are signed in and were active within a quarter of an hour.
    pub is_on: bool,
}

/// The unit's staff.
#[derive(Serialize, ToSchema)]
pub struct ColleagueList {
    /// By HSA-id, 500 at most.
    pub colleagues: Vec<ColleagueView>,
}

/// Who works at the unit, and who is on.
#[utoipa::path(get, path = "/messaging/v1/colleagues", responses((status = 200, body = ColleagueList)))]
pub async fn list(asked: By<Staff>) -> Result<Json<ColleagueList>, Problem> {
    let By {
        who: staff, ports, ..
    } = asked;
    let view = |one: Colleague| ColleagueView {
        id: one.id.to_string(),
        name: one.name,
        role: one.role,
        is_on: one.is_on,
    };
    let colleagues = colleagues::of_unit(&staff, &ports).await?.into_iter();
    Ok(Json(ColleagueList {
        colleagues: colleagues.map(view).collect(),
    }))
}

/// Matters that wait for an answer.
#[derive(Serialize, ToSchema)]
pub struct OfferList {
    /// The oldest first, 200 at most each way.
    pub offers: Vec<Offer>,
}

/// The matters that were offered to you, and those that you offered; or the offer of one chat, whosever it is.
#[utoipa::path(get, path = "/messaging/v1/hand-overs",
    params(("chat" = Option<String>, Query, description = "the chat of your unit whose offer is asked for")),
    responses((status = 200, body = OfferList)))]
pub async fn offers(asked: By<Staff>) -> Result<Json<OfferList>, Problem> {
    let [chat] = asked.query(["chat"])?;
    let chat = parsed("chat", chat)?;
    let By {
        who: staff, ports, ..
    } = asked;
    let asking = match chat {
        Some(chat) => colleagues::offer_of(&ports, &staff, chat)?.into(),
        None => colleagues::offers(&ports, &staff)?,
    };
    let store = ports.store_for(&Caller::Staff(staff));
    let offers = offers_found(&ports, &store.batch(asking).await?)?;
    Ok(Json(OfferList { offers }))
}

/// The offers among what a batch found.
pub fn offers_found(ports: &Ports, found: &[Outcome]) -> Result<Vec<Offer>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    // The entry in the log gives no rows.
    let rows = found.iter().flat_map(|outcome| outcome.rows.iter());
    rows.map(|row| Offer::from_row(&sealer, row)).collect()
}

/// To whom a matter is handed over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// Who is asked to take it (HSA-id); into the unit's pool at once, if left out.
    #[schema(value_type = Option<String>)]
    pub practitioner: Option<HsaId>,
    /// What they should know, up to 1,000 characters.
    #[schema(value_type = Option<String>)]
    pub note: Option<Text<1000>>,
}

fn changed(kind: &'static str, title: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, kind, title).detail(detail)
}

/// Offers a matter to a colleague of the unit, or puts it into the pool.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/hand-over", request_body = HandOver,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 200, description = "offered, or in the pool"),
        (status = 409, description = "it is closed, offered to somebody already, or you offer it to yourself or to who is responsible")))]
pub async fn hand_over(asked: By<Staff>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<HandOver>()?;
    hand_matter_over(&asked.who, &asked.ports, &id, &post.identity, &post.body).await
}

/// Offers a matter, or puts it into the pool, for whoever asked: a program or a page.
pub async fn hand_matter_over(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    body: &HandOver,
) -> Result<Response, Problem> {
    let to = body.practitioner.as_ref();
    let now = ports.clock.now();
    let mut also: Vec<Statement> = vec![store::open_offer(id)];
    also.extend(to.map(|to| role_at(to, &staff.care_unit, &staff.care_provider)));
    let answer = once_in_chat(
        staff,
        ports,
        id,
        request,
        WRITTEN,
        also,
        &|chat, found, sealer| {
            if chat.course.state(now) == CaseState::Closed {
                return Err(not_now(NotNow::Closed));
            }
            if found[0].rows.first().is_some() {
                return Err(changed(
                    "offered-already",
                    "The matter is offered to somebody already",
                    "Wait for their answer, or decline it for them first.",
                ));
            }
            let (offer, statements) = match to {
                None => {
                    let mut statements = vec![store::make_responsible(chat.id, None, chat.role)];
                    // With nobody to offer it to, what was written stands among the chat's notes.
                    if let Some(note) = &body.note {
                        let (by, id) = (&staff.practitioner, ChatNoteId::new(ports));
                        let note = note.as_str();
                        statements.push(insert_note(ports, sealer, chat, by, id, note)?);
                    }
                    (None, statements)
                }
                Some(to) if *to == staff.practitioner => {
                    return Err(changed(
                        "offered-to-oneself",
                        "You offer the matter to yourself",
                        "Offer it to a colleague. What lies in the pool you can take.",
                    ));
                }
                Some(to) if chat.practitioner.as_ref() == Some(to) => {
                    return Err(changed(
                        "responsible-already",
                        "The colleague is responsible for the matter already",
                        "Write what they should know as a note.",
                    ));
                }
                Some(to) => {
                    found[1]
                        .rows
                        .first()
                        .ok_or_else(|| nobody_here("practitioner"))?;
                    let offer = HandoverId::new(ports);
                    let note = body.note.as_ref().map(Text::as_str);
                    let insert = store::insert_offer(ports, sealer, staff, chat, offer, to, note)?;
                    (Some(offer), vec![insert])
                }
            };
            Ok((
                StatusCode::OK,
                json!({ "chat": chat.id.to_string(), "to": to, "offer": offer }),
                statements,
            ))
        },
    )
    .await?;
    tell(ports, &staff.care_unit);
    Ok(answer)
}

/// The answer to an offer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The offer's id: another one, made meanwhile, is not answered by this.
    #[schema(value_type = String)]
    pub offer: HandoverId,
    /// Whether you take the matter, which was offered to you; otherwise the offer is declined or taken back.
    pub accept: bool,
}

/// Accepts or declines a matter that was offered to you. By declining anybody of the unit can take an offer back that
/// others made: it holds nothing up when both are away, and both are told.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/hand-over/answer", request_body = Answer,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 200, description = "answered"),
        (status = 409, description = "it waits no more, or you accept what is closed or isn't offered to you")))]
pub async fn answer(asked: By<Staff>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<Answer>()?;
    answer_offer(&asked.who, &asked.ports, &id, &post.identity, &post.body).await
}

/// Answers an offer for whoever asked: a program or a page.
pub async fn answer_offer(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    body: &Answer,
) -> Result<Response, Problem> {
    let Answer {
        offer: id_of_offer,
        accept,
    } = *body;
    let now = ports.clock.now();
    let also = vec![store::find_offer(id_of_offer, id)];
    let answer = once_in_chat(
        staff,
        ports,
        id,
        request,
        WRITTEN,
        also,
        &|chat, found, _| {
            let may = match found[0].rows.first() {
                Some(row) => !accept || row.text("to_id")? == staff.practitioner.as_str(),
                None => false,
            };
            if !may {
                return Err(changed(
                    "not-offered",
                    "The matter isn't offered to you",
                    "It was answered or taken back meanwhile.",
                ));
            }
            let statements = if accept {
                if chat.course.state(now) == CaseState::Closed {
                    return Err(not_now(NotNow::Closed));
                }
                store::accept(id_of_offer, chat.id, staff, now).into()
            } else {
                store::decline(id_of_offer, staff, now).into()
            };
            Ok((
                StatusCode::OK,
                json!({ "chat": chat.id.to_string(), "accepted": accept }),
                statements,
            ))
        },
    )
    .await?;
    tell(ports, &staff.care_unit);
    Ok(answer)
}

/// Takes a matter from the unit's pool.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/take", request_body = Nothing,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 200, description = "it is yours"), (status = 409, description = "somebody else is responsible")))]
pub async fn take(asked: By<Staff>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<Nothing>()?;
    take_matter(&asked.who, &asked.ports, &id, &post.identity).await
}

/// Takes a matter from the pool for whoever asked: a program or a page.
pub async fn take_matter(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let answer = once_in_chat(staff, ports, id, request, WRITTEN, vec![], &|chat, _, _| {
        if chat.practitioner.is_some() {
            return Err(changed(
                "not-in-the-pool",
                "Somebody is responsible for the matter",
                "Ask them to hand it over.",
            ));
        }
        let statements = vec![
            store::take_from_pool(chat.id, staff),
            Statement::require_changes(),
        ];
        Ok((
            StatusCode::OK,
            json!({ "chat": chat.id.to_string() }),
            statements,
        ))
    })
    .await?;
    // Whom it was offered to meanwhile has nothing to answer any more.
    tell(ports, &staff.care_unit);
    Ok(answer)
}

/// Whom to bring in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BringIn {
    /// Who is asked to take part (HSA-id).
    #[schema(value_type = String)]
    pub practitioner: HsaId,
    /// What they should know, up to 1,000 characters. It is kept among the chat's notes.
    #[schema(value_type = Option<String>)]
    pub note: Option<Text<1000>>,
}

/// Brings a colleague of the unit into a matter: they are told, take part beside who is responsible, and the chat
/// says so to both sides.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/colleagues", request_body = BringIn,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 200, description = "they take part"), (status = 409, description = "it is closed, or they take part already")))]
pub async fn bring_in(asked: By<Staff>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<BringIn>()?;
    bring_colleague_in(&asked.who, &asked.ports, &id, &post.identity, &post.body).await
}

/// Brings a colleague in for whoever asked: a program or a page.
pub async fn bring_colleague_in(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    body: &BringIn,
) -> Result<Response, Problem> {
    let to = &body.practitioner;
    let now = ports.clock.now();
    let also = vec![role_at(to, &staff.care_unit, &staff.care_provider)];
    let answer = once_in_chat(
        staff,
        ports,
        id,
        request,
        WRITTEN,
        also,
        &|chat, found, sealer| {
            if chat.course.state(now) == CaseState::Closed {
                return Err(not_now(NotNow::Closed));
            }
            let row = found[0].rows.first();
            let role = row
                .ok_or_else(|| nobody_here("practitioner"))?
                .text("role")?;
            let takes_part = |one: &BroughtIn| one.practitioner == *to;
            if chat.practitioner.as_ref() == Some(to) || chat.colleagues.iter().any(takes_part) {
                return Err(changed(
                    "takes-part-already",
                    "The colleague takes part already",
                    "Write what they should know as a note.",
                ));
            }
            let by = &staff.practitioner;
            let joined = Notice::plain(NoticeKind::ColleagueJoined);
            let mut statements: Vec<Statement> = count_silently(chat).into();
            statements.push(store::bring_in(chat, to, role, by, now));
            statements.push(insert_notice_naming(ports, chat.id, joined, Some(to)));
            if let Some(note) = &body.note {
                let (id, note) = (ChatNoteId::new(ports), note.as_str());
                statements.push(insert_note(ports, sealer, chat, by, id, note)?);
            }
            Ok((
                StatusCode::OK,
                json!({ "chat": chat.id.to_string(), "practitioner": to }),
                statements,
            ))
        },
    )
    .await?;
    tell(ports, &staff.care_unit);
    Ok(answer)
}

/// Ends that a colleague takes part: they leave by themselves, or are let go by who asked them or is responsible.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/colleagues/{practitioner}/leave", request_body = Nothing,
    params(("id" = String, Path, description = "the chat"), ("practitioner" = String, Path, description = "who takes part no more (HSA-id)")),
    responses((status = 200, description = "they take part no more"), (status = 403, description = "neither you, asked by you, nor in a matter of yours"),
        (status = 409, description = "it is closed, or they don't take part")))]
pub async fn leave(asked: By<Staff>) -> Result<Response, Problem> {
    let (id, practitioner) = (asked.part(0), asked.part(1));
    let post = asked.post::<Nothing>()?;
    leave_matter(&asked.who, &asked.ports, &id, &post.identity, &practitioner).await
}

/// Ends that a colleague takes part for whoever asked: a program or a page.
pub async fn leave_matter(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    practitioner: &str,
) -> Result<Response, Problem> {
    let now = ports.clock.now();
    let caller = Caller::Staff(staff.clone());
    once_in_chat(staff, ports, id, request, WRITTEN, vec![], &|chat, _, _| {
        if chat.course.state(now) == CaseState::Closed {
            return Err(not_now(NotNow::Closed));
        }
        let mut colleagues = chat.colleagues.iter();
        let Some(one) = colleagues.find(|one| one.practitioner.as_str() == practitioner) else {
            return Err(changed(
                "not-taking-part",
                "The colleague doesn't take part",
                "They left meanwhile, became responsible, or were never asked.",
            ));
        };
        if !may_let_go(one, chat, &caller) {
            return Err(Problem::not_allowed(
                "Ask the colleague, whoever brought them in, or who is responsible.",
            ));
        }
        let left = Notice::plain(NoticeKind::ColleagueLeft);
        let mut statements: Vec<Statement> = count_silently(chat).into();
        statements.extend(store::leave(chat.id, &one.practitioner));
        statements.push(insert_notice_naming(
            ports,
            chat.id,
            left,
            Some(&one.practitioner),
        ));
        Ok((
            StatusCode::OK,
            json!({ "chat": chat.id.to_string(), "practitioner": one.practitioner }),
            statements,
        ))
    })
    .await
}
