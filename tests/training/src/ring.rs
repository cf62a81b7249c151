//! The ring of sealing keys in a file of local keys: adds a key, promotes it, drops an old one. Each is a step
//! of a rotation by itself, for every instance must have a key before any seals with it.

use serde_json::{Map, Value};
use shared::platform::Random;
use shared::platform::native::SetSecrets;
use shared::sealing::{Sealer, encoded};

use crate::keys::{Failure, Keys};

const NAME: &str = "SEALING_KEYS";

impl Keys {
    /// Adds a sealing key, which opens and does not seal yet, and gives its id: `wanted`, or with a number
    /// after it where the ring has one of that name.
    pub fn add_sealing_key(
        &mut self,
        random: &dyn Random,
        wanted: &str,
    ) -> Result<String, Failure> {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        let key = encoded(&bytes);
        let mut id = wanted.to_owned();
        self.change_ring(|ring| {
            let keys = keys_of(ring)?;
            let mut number = 1;
            while keys.contains_key(&id) {
                number += 1;
                id = format!("{wanted}-{number}");
            }
            keys.insert(id.clone(), key.into());
            Ok(())
        })?;
        Ok(id)
    }

    /// Makes a key of the ring the one that seals.
    pub fn promote_sealing_key(&mut self, id: &str) -> Result<(), Failure> {
        self.change_ring(|ring| {
            ring.insert("primary".into(), id.into());
            Ok(())
        })
    }

    /// Takes a key out of the ring: what is still sealed with it can't be read any more. The one that seals
    /// stays.
    pub fn drop_sealing_key(&mut self, id: &str) -> Result<(), Failure> {
        self.change_ring(|ring| match keys_of(ring)?.remove(id) {
            Some(_) => Ok(()),
            None => Err(format!("the ring has no key {id}").into()),
        })
    }

    /// Changes the ring, unless what comes out could not be used.
    fn change_ring(
        &mut self,
        change: impl FnOnce(&mut Map<String, Value>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let text = self.get(NAME).ok_or("there is no SEALING_KEYS")?;
        let mut ring: Map<String, Value> = serde_json::from_str(text)?;
        change(&mut ring)?;
        let text = Value::Object(ring).to_string();
        Sealer::from_secrets(&SetSecrets::new([(NAME.to_owned(), text.clone())]))?;
        *self = self.clone().with(NAME, &text);
        Ok(())
    }
}

fn keys_of(ring: &mut Map<String, Value>) -> Result<&mut Map<String, Value>, Failure> {
    ring.get_mut("keys")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| "SEALING_KEYS has no keys".into())
}

#[cfg(test)]
mod tests {
    use shared::platform::native::SeededRandom;

    use super::*;

    fn sealer(keys: &Keys) -> std::sync::Arc<Sealer> {
        Sealer::from_secrets(&keys.secrets()).expect("a ring")
    }

    #[test]
    fn a_key_is_added_then_promoted_then_the_old_one_dropped() {
        let random = SeededRandom::new(1);
        let mut keys = Keys::generate(&random).expect("keys");
        let id = keys.add_sealing_key(&random, "2026-11-23").expect("added");
        assert_eq!(id, "2026-11-23");
        assert_eq!(
            sealer(&keys).primary(),
            "local",
            "it seals with the old one yet"
        );

        keys.promote_sealing_key(&id).expect("promoted");
        assert_eq!(sealer(&keys).primary(), id);
        assert_eq!(sealer(&keys).older().collect::<Vec<_>>(), ["local"]);

        let again = keys.add_sealing_key(&random, "2026-11-23").expect("added");
        assert_eq!(again, "2026-11-23-2");
        keys.drop_sealing_key("local").expect("dropped");
        assert_eq!(sealer(&keys).older().collect::<Vec<_>>(), [again]);
    }

    #[test]
    fn a_ring_is_never_left_without_the_key_that_seals() {
        let mut keys = Keys::generate(&SeededRandom::new(1)).expect("keys");
        assert!(keys.promote_sealing_key("missing").is_err());
        assert!(keys.drop_sealing_key("local").is_err());
        assert!(keys.drop_sealing_key("missing").is_err());
        assert!(
            keys.add_sealing_key(&SeededRandom::new(2), "No Name!")
                .is_err()
        );
        assert_eq!(sealer(&keys).primary(), "local");
        assert_eq!(sealer(&keys).older().count(), 0);
    }
}
