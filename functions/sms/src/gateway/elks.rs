//! 46elks: `POST /a1/sms` with Basic authorization, and a delivery report to an address of ours that holds a
//! secret and the message's id. The training simulator speaks the same.

use http::{Request, Response};
use serde::Deserialize;
use shared::platform::Secrets;
use shared::problem::Problem;
use shared::same_origin::own_origin;
use shared::time::Timestamp;

use super::{Gateway, Outgoing, Verdict, basic, form, judge_failure, setting};

/// 46elks, or what speaks like it.
pub struct Elks {
    address: String,
    authorization: String,
    from: String,
    report_to: String,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    #[serde(default)]
    status: Option<String>,
}

impl Elks {
    /// The real one.
    pub fn from_secrets(secrets: &dyn Secrets) -> Result<Self, Problem> {
        let user = setting(secrets, "ELKS_USERNAME")?;
        let password = setting(secrets, "ELKS_PASSWORD")?;
        Self::at("https://api.46elks.com", &user, &password, secrets)
    }

    /// The simulator, which lets in whoever has training's fixed name.
    pub fn simulator(secrets: &dyn Secrets, address: String) -> Result<Self, Problem> {
        Self::at(
            address.trim_end_matches('/'),
            "training",
            "training",
            secrets,
        )
    }

    fn at(
        address: &str,
        user: &str,
        password: &str,
        secrets: &dyn Secrets,
    ) -> Result<Self, Problem> {
        let secret = setting(secrets, "ELKS_WEBHOOK_SECRET")?;
        Ok(Elks {
            address: format!("{address}/a1/sms"),
            authorization: basic(user, password)?,
            from: setting(secrets, "SMS_FROM").unwrap_or_else(|_| "Vard".to_owned()),
            report_to: format!("{}/sms/v1/reports/46elks/{secret}", own_origin(secrets)?),
        })
    }
}

impl Gateway for Elks {
    fn name(&self) -> &'static str {
        "46elks"
    }

    fn rate_setting(&self) -> &'static str {
        "ELKS_RATE_PER_SECOND"
    }

    fn request(&self, message: &Outgoing) -> Result<Request<Vec<u8>>, Problem> {
        let report_to = format!("{}/{}", self.report_to, message.id);
        form(
            &self.address,
            &self.authorization,
            &[
                ("from", &self.from),
                ("to", message.to.as_str()),
                ("message", message.text),
                ("whendelivered", &report_to),
            ],
        )
    }

    fn judge(&self, answer: &Response<Vec<u8>>, now: Timestamp) -> Verdict {
        if !answer.status().is_success() {
            return judge_failure(answer, now);
        }
        // A 200 with anything but a message in it has not taken ours.
        match serde_json::from_slice::<Answer>(answer.body()) {
            Ok(Answer {
                status: Some(status),
                ..
            }) if status == "failed" => Verdict::Refused("refused"),
            Ok(Answer { id, .. }) if !id.is_empty() && id.len() <= 64 => Verdict::Taken(id),
            _ => Verdict::Failed("confused"),
        }
    }
}
