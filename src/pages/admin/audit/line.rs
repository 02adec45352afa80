//! An event as one line of a page.

use askama::{Template, filters::Safe};

use crate::{
    error::{Error, Result},
    model::{
        audit::KeptEvent,
        query::{AuditCondition, AuditQuery, AuditTerm},
    },
    pages::{dates, words::Words},
};

/// An event, ready to be shown. Whatever others wrote in it stands by itself and does nothing.
#[derive(Template)]
#[template(path = "admin/audit/line.html")]
pub(super) struct Line {
    pub(super) words: Words,
    pub(super) machine: String,
    pub(super) time: String,
    /// The same with nothing left out.
    pub(super) exact: String,
    pub(super) action: String,
    /// The class of its tone.
    pub(super) tone: &'static str,
    pub(super) target: String,
    pub(super) actor: String,
    pub(super) address: Option<String>,
    /// What else there is to know: the key of its name, and the text.
    pub(super) more: Vec<(&'static str, String)>,
}

impl Line {
    pub(super) fn of(kept: &KeptEvent, words: Words) -> Self {
        let event = &kept.event;
        let sequence = kept.sequence.map(|sequence| sequence.to_string());
        let more = [
            ("admin-audit-reason", event.reason.clone()),
            ("admin-audit-detail", event.detail.clone()),
            ("admin-audit-request", event.request_id.clone()),
            ("admin-audit-node", event.node.clone()),
            ("admin-audit-sequence", sequence),
        ];
        Self {
            words,
            machine: event.at.rfc3339_exact(),
            time: dates::of_a_log(words, event.at),
            exact: dates::exact(words, event.at),
            action: event.action.clone(),
            tone: tone(&event.action),
            target: event.target.clone(),
            actor: event.actor.clone(),
            address: event.address.clone(),
            more: more.into_iter().filter_map(|(name, text)| Some((name, text?))).collect(),
        }
    }

    /// The line as a part of a page.
    ///
    /// # Errors
    ///
    /// `server_error` if the template fails.
    pub(super) fn html(&self) -> Result<Safe<String>> {
        self.render().map(Safe).map_err(Error::internal)
    }

    /// The query of all that was done to the same.
    fn of_target(&self) -> Option<String> {
        only(AuditCondition::Target(vec![self.target.clone()]))
    }

    /// The query of all that was done by the same.
    fn of_actor(&self) -> Option<String> {
        only(AuditCondition::Actor(vec![self.actor.clone()]))
    }
}

/// The query of this alone; `None` where none can be written of it, since it holds quotes, say.
fn only(condition: AuditCondition) -> Option<String> {
    let query = AuditQuery { terms: vec![AuditTerm { negated: false, condition }] };
    let text = query.to_string();
    (AuditQuery::parse(&text) == Ok(query)).then_some(text)
}

/// What deserves a look has a colour, beside its name.
fn tone(action: &str) -> &'static str {
    let (noun, deed) = action.split_once('.').unwrap_or((action, ""));
    match (noun, deed) {
        (_, "reuse_detected") | ("authentication", _) | ("key", "withdrawn") => "bad",
        ("session" | "consent" | "personal_token", _) => "",
        _ => "warn",
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::model::{audit::Operator, timestamp::Timestamp};

    use super::*;

    #[test]
    fn what_others_wrote_is_text() {
        let evil = "<script>alert(1)</script>\u{202e}\"'".repeat(200);
        let operator = Operator::new(evil.clone()).because(evil.clone());
        let event = operator.did((Uuid::nil(), Timestamp(0)), "client.added", &evil, None);
        let line = Line::of(&KeptEvent { event, sequence: None, chain: None }, Words::english());

        let html = line.render().unwrap();

        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("<bdi>&#60;script&#62;"), "{html}");
        assert_eq!((line.of_target(), line.of_actor()), (None, None));
    }

    #[test]
    fn what_happened_to_the_same_is_a_click_away() {
        let operator = Operator::new("cli:ingrid (uid 1000)");
        let event = operator.did((Uuid::nil(), Timestamp(0)), "client.added", "mailer", None);
        let line = Line::of(&KeptEvent { event, sequence: None, chain: None }, Words::english());

        assert_eq!(line.of_target().as_deref(), Some("target:mailer"));
        assert_eq!(line.of_actor().as_deref(), Some("actor:\"cli:ingrid (uid 1000)\""));
    }
}
