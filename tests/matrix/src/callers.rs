//! The eleven who call, and the token each comes with.

use http::header::AUTHORIZATION;
use http::request::Builder;
use shared::environment::Environment;
use shared::identifiers::SessionId;
use shared::session::{Guest, LIFETIME, Session, SigningKey};
use shared::time::MINUTE;
use world::{ALEX, ANNA, BO, EVA, OLOF, PROVIDER, World};

use crate::ground::Ground;

/// Somebody who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalledBy {
    /// Without any session.
    Nobody,
    /// The patient whose matter it is.
    Owner,
    /// Another patient.
    OtherPatient,
    /// Staff at the matter's unit.
    SameUnit,
    /// Staff at another unit of the same care provider.
    OtherUnit,
    /// Staff of another care provider.
    OtherProvider,
    /// The administrator of the matter's unit.
    Administrator,
    /// Invited to the visit.
    Guest,
    /// Staff at the unit, with a token that has run out.
    Expired,
    /// Staff at the unit, with a token that somebody else signed.
    Forged,
    /// Staff at the unit, with a token of production.
    OtherEnvironment,
}

/// All of them, in the order of the table's columns.
pub const CALLERS: [CalledBy; 11] = [
    CalledBy::Nobody,
    CalledBy::Owner,
    CalledBy::OtherPatient,
    CalledBy::SameUnit,
    CalledBy::OtherUnit,
    CalledBy::OtherProvider,
    CalledBy::Administrator,
    CalledBy::Guest,
    CalledBy::Expired,
    CalledBy::Forged,
    CalledBy::OtherEnvironment,
];

impl CalledBy {
    /// The head of the column.
    pub fn column(self) -> &'static str {
        match self {
            CalledBy::Nobody => "nobody",
            CalledBy::Owner => "owner",
            CalledBy::OtherPatient => "patient",
            CalledBy::SameUnit => "unit",
            CalledBy::OtherUnit => "other",
            CalledBy::OtherProvider => "foreign",
            CalledBy::Administrator => "admin",
            CalledBy::Guest => "guest",
            CalledBy::Expired => "expired",
            CalledBy::Forged => "forged",
            CalledBy::OtherEnvironment => "environ",
        }
    }

    /// Puts the caller's token on a request.
    pub fn authorize(self, world: &World, ground: &Ground, request: Builder) -> Builder {
        match self.token(world, ground) {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        }
    }

    fn token(self, world: &World, ground: &Ground) -> Option<String> {
        Some(match self {
            CalledBy::Nobody => return None,
            CalledBy::Owner => world.token(ALEX),
            CalledBy::OtherPatient => world.token(BO),
            CalledBy::SameUnit => world.token(ANNA),
            CalledBy::OtherUnit => world.token(EVA),
            CalledBy::OtherProvider => world.token(OLOF),
            CalledBy::Administrator => world.sign(&world.administrator()),
            CalledBy::Guest => {
                let guest = Guest {
                    participant: ground.participant.parse().expect("an id"),
                    appointment: ground.video_visit.parse().expect("an id"),
                    care_provider: PROVIDER.parse().expect("an HSA-id"),
                };
                let id = SessionId::new(&world.ports);
                world.sign(&Session::of_guest(&guest, id, Environment::Training))
            }
            CalledBy::Expired => {
                let token = world.token(ANNA);
                let now = world.ports.clock.now();
                world.clock.set(now.plus(LIFETIME + MINUTE));
                token
            }
            CalledBy::Forged => world
                .session(ANNA)
                .sign(&SigningKey::generate(), world.ports.clock.now())
                .expect("a token"),
            CalledBy::OtherEnvironment => world.sign(&Session {
                environment: Environment::Production,
                ..world.session(ANNA)
            }),
        })
    }
}
