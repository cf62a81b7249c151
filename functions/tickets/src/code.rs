//! A ticket's code: 128 bits that open it, as 26 letters and digits that survive being read aloud. Only its
//! hash is kept; the code itself is handed out once, to be sealed into the message that carries it.

use shared::platform::Random;
use shared::sealing::encoded;

/// Crockford's alphabet in lower case: no i, l, o or u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 128 bits in groups of five.
const LENGTH: usize = 26;

/// A code, in its one canonical form.
#[derive(Clone, PartialEq, Eq)]
pub struct TicketCode(String);

impl TicketCode {
    /// A new one.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self::of(u128::from_be_bytes(bytes))
    }

    fn of(number: u128) -> Self {
        let digit = |place: usize| ALPHABET[(number >> (5 * place)) as usize & 31];
        TicketCode(
            (0..LENGTH)
                .rev()
                .map(|place| char::from(digit(place)))
                .collect(),
        )
    }

    /// Reads a code as people write it: in capitals, with o for 0, i or l for 1. Anything else is none.
    pub fn parse(text: &str) -> Option<Self> {
        let canonical: Option<String> = text
            .bytes()
            .map(|byte| match byte.to_ascii_lowercase() {
                b'o' => Some('0'),
                b'i' | b'l' => Some('1'),
                byte if ALPHABET.contains(&byte) => Some(char::from(byte)),
                _ => None,
            })
            .collect();
        canonical
            // The first of 26 groups has but three bits of the 128.
            .filter(|code| code.len() == LENGTH && code.as_bytes()[0] <= b'7')
            .map(TicketCode)
    }

    /// Stands for what is no code, so that it is hashed and looked for like any other. That a ticket has it is
    /// as likely as that somebody guesses one.
    pub fn nobodys() -> Self {
        Self::of(0)
    }

    /// The text that stands in the link.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is kept of it. 128 bits of randomness need no slow hash (OWASP ASVS 5.0, 6.5.2).
    pub fn hash(&self) -> String {
        encoded(&hmac_sha256::Hash::hash(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_code_reads_back_in_whatever_way_it_is_written(number in any::<u128>()) {
            let code = TicketCode::of(number);
            prop_assert_eq!(code.as_str().len(), LENGTH);
            let spoken = code.as_str().to_ascii_uppercase().replace('0', "O").replace('1', "l");
            prop_assert!(TicketCode::parse(&spoken) == Some(code));
        }

        #[test]
        fn two_numbers_are_two_codes(one in any::<u128>(), other in any::<u128>()) {
            prop_assert_eq!(TicketCode::of(one) == TicketCode::of(other), one == other);
        }

        #[test]
        fn anything_else_is_no_code(text in ".{0,40}") {
            if let Some(code) = TicketCode::parse(&text) {
                prop_assert_eq!(code.as_str().len(), text.len());
            }
        }
    }

    #[test]
    fn what_is_not_128_bits_is_no_code() {
        for text in [
            "",
            "7",
            &"z".repeat(26),
            &"0".repeat(25),
            &"0".repeat(27),
            &"u".repeat(26),
        ] {
            assert!(TicketCode::parse(text).is_none(), "{text}");
        }
        assert!(TicketCode::parse(&format!("7{}", "z".repeat(25))).is_some());
    }
}
