//! Twilio: `POST …/Messages.json` with Basic authorization, signed callbacks, and the check of that signature.

use ct_codecs::{Base64, Encoder};
use http::{Request, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use shared::platform::Secrets;
use shared::problem::Problem;
use shared::same_origin::own_origin;
use shared::sealing::equal_in_constant_time;
use shared::time::Timestamp;

use super::{Gateway, Outgoing, Verdict, basic, form, judge_failure, setting};

/// Twilio.
pub struct Twilio {
    address: String,
    authorization: String,
    from: String,
    report_to: String,
}

#[derive(Deserialize)]
struct Answer {
    sid: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    error_code: Option<IgnoredAny>,
}

impl Twilio {
    /// As the settings say.
    pub fn from_secrets(secrets: &dyn Secrets) -> Result<Self, Problem> {
        let account = setting(secrets, "TWILIO_ACCOUNT_SID")?;
        let token = setting(secrets, "TWILIO_AUTH_TOKEN")?;
        Ok(Twilio {
            address: format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Messages.json"),
            authorization: basic(&account, &token)?,
            from: setting(secrets, "TWILIO_FROM")?,
            report_to: format!("{}/sms/v1/reports/twilio", own_origin(secrets)?),
        })
    }
}

impl Gateway for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn rate_setting(&self) -> &'static str {
        "TWILIO_RATE_PER_SECOND"
    }

    fn request(&self, message: &Outgoing) -> Result<Request<Vec<u8>>, Problem> {
        let report_to = format!("{}/{}", self.report_to, message.id);
        form(
            &self.address,
            &self.authorization,
            &[
                ("From", &self.from),
                ("To", message.to.as_str()),
                ("Body", message.text),
                ("StatusCallback", &report_to),
            ],
        )
    }

    fn judge(&self, answer: &Response<Vec<u8>>, now: Timestamp) -> Verdict {
        if !answer.status().is_success() {
            return judge_failure(answer, now);
        }
        match serde_json::from_slice::<Answer>(answer.body()) {
            Ok(Answer {
                status, error_code, ..
            }) if error_code.is_some()
                || matches!(
                    status.as_deref(),
                    Some("failed" | "undelivered" | "canceled")
                ) =>
            {
                Verdict::Refused("refused")
            }
            Ok(Answer { sid, .. }) if !sid.is_empty() && sid.len() <= 64 => Verdict::Taken(sid),
            _ => Verdict::Failed("confused"),
        }
    }
}

/// Whether a callback is signed as Twilio does it: base64 of HMAC-SHA1, under the account's token, over the
/// full address and each field's name and value in the order of the names. Some of its systems sign the
/// address with the port and some without, whichever was called, so both hold.
pub fn is_signed(token: &str, address: &str, fields: &[(String, String)], signature: &str) -> bool {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort();
    let rest: String = sorted
        .iter()
        .flat_map(|(name, value)| [name.as_str(), value.as_str()])
        .collect();
    let addresses = [
        Some(address.to_owned()),
        with_port(address),
        without_port(address),
    ];
    // Every form is tried, so that the time tells nothing.
    addresses
        .into_iter()
        .flatten()
        .fold(false, |found, address| {
            let mac = hmac_sha1_compact::HMAC::mac(
                format!("{address}{rest}").as_bytes(),
                token.as_bytes(),
            );
            let expected = Base64::encode_to_string(mac).unwrap_or_default();
            found | (!expected.is_empty() && equal_in_constant_time(&expected, signature))
        })
}

/// The parts of an address: scheme with its slashes, host, port where there is one, and the rest.
fn split(address: &str) -> Option<(&str, &str, Option<&str>, &str)> {
    let start = address.find("://")? + 3;
    let end = address[start..]
        .find(['/', '?'])
        .map_or(address.len(), |place| start + place);
    let (host, port) = match address[start..end].rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        _ => (&address[start..end], None),
    };
    Some((&address[..start], host, port, &address[end..]))
}

fn with_port(address: &str) -> Option<String> {
    let (scheme, host, port, rest) = split(address)?;
    let usual = if scheme == "https://" { "443" } else { "80" };
    let port = port.unwrap_or(usual);
    Some(format!("{scheme}{host}:{port}{rest}"))
}

fn without_port(address: &str) -> Option<String> {
    let (scheme, host, _, rest) = split(address)?;
    Some(format!("{scheme}{host}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twilio's published example.
    const ADDRESS: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const SIGNATURE: &str = "0/KCTR6DLpKmkAf8muzZqo1nDgQ=";

    fn fields() -> Vec<(String, String)> {
        [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+12349013030"),
            ("Digits", "1234"),
            ("From", "+12349013030"),
            ("To", "+18005551212"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn the_published_example_holds_and_nothing_near_it() {
        assert!(is_signed("12345", ADDRESS, &fields(), SIGNATURE));
        assert!(!is_signed("12346", ADDRESS, &fields(), SIGNATURE));
        assert!(!is_signed(
            "12345",
            &ADDRESS.replace("foo", "fop"),
            &fields(),
            SIGNATURE
        ));
        for place in 0..5 {
            let mut altered = fields();
            altered[place].1.push('0');
            assert!(!is_signed("12345", ADDRESS, &altered, SIGNATURE));
        }
        assert!(!is_signed("12345", ADDRESS, &fields()[1..], SIGNATURE));
        assert!(!is_signed("12345", ADDRESS, &fields(), ""));
    }

    #[test]
    fn an_answer_that_tells_of_a_failure_is_none_that_took_the_message() {
        let secrets = shared::platform::native::SetSecrets::new(
            [
                ("TWILIO_ACCOUNT_SID", "AC1"),
                ("TWILIO_AUTH_TOKEN", "12345"),
                ("TWILIO_FROM", "+46701740699"),
                ("PUBLIC_ORIGIN", "https://vard.example"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let twilio = Twilio::from_secrets(&secrets).expect("settings");
        let taken = Verdict::Taken("SM1".to_owned());
        for (body, verdict) in [
            (r#"{"sid":"SM1"}"#, taken.clone()),
            (
                r#"{"sid":"SM1","status":"queued","error_code":null}"#,
                taken.clone(),
            ),
            (
                r#"{"sid":"SM1","status":"failed","error_code":null}"#,
                Verdict::Refused("refused"),
            ),
            (
                r#"{"sid":"SM1","status":"queued","error_code":21610}"#,
                Verdict::Refused("refused"),
            ),
        ] {
            let answer = Response::builder().status(201);
            let answer = answer.body(body.as_bytes().to_vec()).expect("an answer");
            let now = Timestamp::from_millis(0);
            assert_eq!(twilio.judge(&answer, now), verdict, "{body}");
        }
    }

    #[test]
    fn the_port_may_be_there_or_not() {
        for address in ["https://a.example:443/b", "https://a.example/b"] {
            let other = if address.contains(":443") {
                without_port(address)
            } else {
                with_port(address)
            };
            let mac = hmac_sha1_compact::HMAC::mac(other.expect("an address").as_bytes(), b"12345");
            let signature = Base64::encode_to_string(mac).expect("text");
            assert!(is_signed("12345", address, &[], &signature), "{address}");
        }
    }
}
