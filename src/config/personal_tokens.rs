//! Section `personal_tokens`: what people's own tokens do as those of Auth-O-Tron do, for whoever
//! needs that.

use super::{
    key::{Key, open},
    kind::Kind,
    read::parsed,
    typed::Config,
    values::Values,
};
use crate::model::user_snapshot::UserSnapshot;

pub(super) const GET_TOKEN: Key = open(
    "personal_tokens.get_token",
    Kind::Boolean,
    "false",
    "Lets GET /token make one, as in Auth-O-Tron. POST /tokens does so always; a GET should change nothing.",
);
pub(super) const USER_SNAPSHOT: Key = open(
    "personal_tokens.user_snapshot",
    Kind::Choice(&["live", "issue"]),
    "live",
    "What they say of their user: what is so now, or what was so when each was made, which is discouraged.",
)
.reloads();

/// Section `personal_tokens`.
#[derive(Debug, Clone)]
pub struct PersonalTokens {
    /// Whether `GET /token` makes one.
    pub get_token: bool,
    /// What they say of their user.
    pub user_snapshot: UserSnapshot,
}

impl PersonalTokens {
    pub(super) fn read(values: &mut Values) -> Self {
        Self {
            get_token: values.read(GET_TOKEN.path, parsed),
            user_snapshot: values.read(USER_SNAPSHOT.path, parsed),
        }
    }

    /// What every node should have alike.
    pub(super) fn shared(&self) -> [(&'static str, String); 2] {
        [
            (GET_TOKEN.path, self.get_token.to_string()),
            (USER_SNAPSHOT.path, self.user_snapshot.to_string()),
        ]
    }
}

/// What an operator is told whose tokens say what may not be so any more.
pub(super) fn warn(config: &Config, values: &mut Values) {
    if config.personal_tokens.user_snapshot == UserSnapshot::Issue {
        values.note(format!(
            "{} is issue, which is discouraged: a role that is taken away from somebody stays in \
             the tokens that they have, until these end or are ended.",
            USER_SNAPSHOT.path
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        config::{Loaded, parse},
        model::user_snapshot::UserSnapshot,
    };

    fn loaded(text: &str) -> Loaded {
        parse(Some(("config.toml", text)), []).unwrap_or_else(|faults| panic!("{faults}"))
    }

    #[test]
    fn nothing_of_it_is_on_unless_it_is_stated() {
        let ours = loaded("");

        assert!(!ours.config.personal_tokens.get_token);
        assert_eq!(ours.config.personal_tokens.user_snapshot, UserSnapshot::Live);
        assert!(ours.notes.is_empty(), "{:?}", ours.notes);
        assert_eq!(ours.config.shared()["personal_tokens.user_snapshot"], "live");
    }

    #[test]
    fn what_was_so_once_is_told_with_a_warning() {
        let ours = loaded("personal_tokens = { get_token = true, user_snapshot = 'issue' }");

        assert!(ours.config.personal_tokens.get_token);
        assert_eq!(ours.config.personal_tokens.user_snapshot, UserSnapshot::Issue);
        assert!(ours.notes[0].starts_with("personal_tokens.user_snapshot is issue, which is"));
    }

    #[test]
    fn without_a_store_there_are_none_to_speak_of() {
        let ours = loaded(
            "store.enabled = false\npersonal_tokens.get_token = true\n\
             personal_tokens.user_snapshot = 'issue'",
        );
        let harmless = "personal_tokens = { get_token = false, user_snapshot = 'live' }";

        let keys: Vec<_> = ours.needs_a_store.iter().map(|fault| fault.key.as_str()).collect();
        assert_eq!(keys, ["personal_tokens.get_token", "personal_tokens.user_snapshot"]);
        assert!(loaded(&format!("store.enabled = false\n{harmless}")).needs_a_store.is_empty());
    }

    #[test]
    fn another_word_is_refused_with_those_that_there_are() {
        let text = "personal_tokens.user_snapshot = 'once'\npersonal_tokens.get_token = 'maybe'";
        let faults = parse(Some(("config.toml", text)), []).unwrap_err().0;

        let keys: Vec<_> = faults.iter().map(|fault| fault.key.as_str()).collect();
        assert_eq!(keys, ["personal_tokens.get_token", "personal_tokens.user_snapshot"]);
        assert!(faults[1].remedy.contains("live"), "{faults:?}");
    }
}
