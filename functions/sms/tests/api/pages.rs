//! What staff sees of text messages: each one's state and reason at what it is about, in their language.

use serde_json::json;

use crate::gateway::Answers;
use crate::world::*;

impl Clinic {
    /// The page of the messages about something, as somebody of staff sees it.
    async fn messages(&self, who: &str, about: &str, id: &str) -> String {
        let page = self.get(who, &format!("/sms/messages/{about}/{id}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.text
    }
}

#[tokio::test]
async fn every_state_of_a_visits_messages_is_shown_with_its_reason() {
    let clinic = Clinic::new().await;
    let visit = clinic.book("2026-11-30T09:00").await;
    let shows = async |state: &str, why: &str| {
        let page = clinic.messages(ANNA, "appointment", &visit).await;
        assert!(page.contains("Bokad tid"), "{page}");
        assert!(page.contains(&format!(">{state}<")), "{state}: {page}");
        assert!(page.contains(why), "{why}: {page}");
    };
    shows("Väntar på att skickas", "").await;
    clinic.gateway.will(Answers::NothingButTakes);
    clinic.deliver().await;
    shows("Väntar på att skickas", "svarade inte som den ska").await;
    clinic.pass(shared::time::HOUR);
    clinic.deliver().await;
    shows("Skickat", "").await;
    let path = clinic.gateway.report_path(0);
    clinic
        .call(&path, &[("id", "s2"), ("status", "failed")])
        .await;
    shows("Kom inte fram", "Telefonnätet lämnade inte fram det").await;
    clinic.call(&path, &[("status", "delivered")]).await;
    shows("Framme hos mottagaren", "").await;
    // Nothing of it is anybody else's to see.
    let page = clinic.messages(EVA, "appointment", &visit).await;
    assert!(page.contains("Inga sms har skrivits om det här"), "{page}");
    assert_eq!(
        clinic
            .get(ALEX, &format!("/sms/messages/appointment/{visit}"))
            .await
            .status,
        403
    );
    assert_eq!(clinic.get(ANNA, "/sms/messages/person/1").await.status, 404);
}

#[tokio::test]
async fn that_no_message_went_for_want_of_consent_stands_at_the_ticket() {
    let clinic = Clinic::new().await;
    let mut silent = patient(ALEX);
    silent["sms_consent"] = json!(false);
    let ticket = json!({
        "patient": silent, "role": "nurse", "minutes": 30, "last_day": "2026-12-04", "reason": "Hosta"
    });
    let ticket = clinic.post(ANNA, "/tickets/v1/tickets", ticket).await.id();
    let page = clinic.messages(ANNA, "ticket", &ticket).await;
    for part in ["Biljett", ">Skickades inte<"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    clinic.deliver().await;
    let page = clinic.messages(ANNA, "ticket", &ticket).await;
    assert!(page.contains(">Skickades inte<"), "{page}");
}

#[tokio::test]
async fn a_failed_message_is_sent_again_from_its_page_and_looking_is_logged() {
    let clinic = Clinic::new().await;
    let visit = clinic.book("2026-11-30T09:00").await;
    clinic.deliver().await;
    let report = clinic.gateway.report_path(0);
    clinic
        .call(&report, &[("id", "s1"), ("status", "failed")])
        .await;
    let id = clinic.ids().await.remove(0);
    let page = clinic.messages(ANNA, "text-message", &id).await;
    assert!(
        page.contains(&format!("href=\"/booking/appointments/{visit}\"")),
        "{page}"
    );
    assert!(page.contains("Skicka igen"), "{page}");
    let looked = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'text-messages' AND user_kind = 'practitioner'";
    assert_eq!(clinic.number(looked).await, 1);
    let path = format!("/sms/messages/text-message/{id}");
    let again = clinic.new_key();
    for _ in 0..2 {
        let form = [("key", again.as_str()), ("message", &id)];
        let sent = clinic.submit(ANNA, &path, &form).await;
        assert_eq!(sent.status, 303, "{}", sent.text);
        assert_eq!(sent.headers["location"], path.as_str());
        assert_eq!(clinic.states().await, ["queued"]);
    }
    clinic.deliver().await;
    assert_eq!(clinic.gateway.texts().len(), 2);
    let form = [("key", again.as_str()), ("message", &id)];
    let foreign = clinic.submit(EVA, &path, &form).await;
    assert_eq!(foreign.status, 404);
}
