//! How long tokens live.

use std::time::Duration;

use super::{Reading, leaf::Leaf};
use crate::{config::bounded_seconds, model::duration};

/// The settings that lifetimes become.
const ACCESS: &str = "tokens.lifetimes.access";
const REFRESH: &str = "tokens.lifetimes.refresh";

/// How many seconds after a sign-in its tokens end unless that is set: 90 days.
const DEFAULT_ABSOLUTE: i64 = 7_776_000;

/// How much of a token's life, in seconds, has to remain unless that is set, so that it is told
/// again.
const DEFAULT_REMAINING: i64 = 1;

/// How long access tokens live, for apps and for users.
pub(super) const APP: &str = "oauth.token_validation.app_access_token_validity";
pub(super) const USER: &str = "oauth.token_validation.user_access_token_validity";

/// What is in force where nothing else is.
const DEFAULT: &str = "the default";

impl Reading {
    /// There is one lifetime for access tokens here, and one for each client that has its own.
    pub(super) fn access_lifetime(&mut self) {
        let is_sound = |stated: &(i64, usize)| judge(ACCESS, stated.0).is_ok();
        let [app, user] = [self.app, self.user].map(|stated| stated.filter(is_sound));
        let in_force = match (app, user) {
            (Some(_), _) => "that of app_access_token_validity",
            (None, Some(_)) => "that of user_access_token_validity",
            (None, None) => DEFAULT,
        };
        for (key, stated) in [(APP, self.app), (USER, self.user)] {
            if let Some((seconds, line)) = stated
                && let Err(problem) = judge(ACCESS, seconds)
            {
                self.no_lifetime((key, line), problem, in_force);
            }
        }
        if let Some((seconds, line)) = app.or(user) {
            self.set(ACCESS, written(seconds), "");
            self.too_short_to_tell_again(seconds, (if app.is_some() { APP } else { USER }, line));
        }
        if let (Some((app, _)), Some((user, line))) = (app, user)
            && app != user
        {
            let problem = "has no place beside app_access_token_validity: one lifetime holds here";
            let remedy =
                format!("set access_lifetime = {:?} for clients that act for users", written(user));
            self.remarks.leave_out((USER, line), problem, remedy);
        }
    }

    /// A token that never has enough of its life left is a new one each time.
    fn too_short_to_tell_again(&mut self, seconds: i64, at: (&str, usize)) {
        let reuse = self.settings.get("tokens.reuse");
        let is_told_again = reuse.is_some_and(|reuse| reuse.value == "reuse_active");
        if is_told_again && seconds <= DEFAULT_REMAINING {
            self.set("tokens.reuse", "new", "Tokens are over too soon to be told again.");
            let problem = format!(
                "is {seconds}, and a token with {DEFAULT_REMAINING} s left or less is not told \
                 again here: a client that asks again gets a new one"
            );
            let remedy = "set tokens.lifetimes.access to 2s or more, and tokens.reuse = \
                          \"reuse_active\"";
            self.remarks.leave_out(at, problem, remedy);
        }
    }

    fn no_lifetime(&mut self, at: (&str, usize), problem: String, in_force: &str) {
        let remedy = format!("set a lifetime that somebody can wait for; {in_force} is in force");
        self.remarks.leave_out(at, problem, remedy);
    }
}

/// Why so many seconds are no value of the setting at `path`, if they are none.
fn judge(path: &str, seconds: i64) -> Result<(), String> {
    if seconds == -1 {
        return Err("is -1, for ever: every token ends here".to_owned());
    }
    let length = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    bounded_seconds(path, length).map(drop).map_err(|(least, most)| {
        format!("is {seconds} seconds, and {least} to {most} is allowed here")
    })
}

pub(super) fn app_validity(reading: &mut Reading, leaf: &Leaf) {
    reading.app = reading.number(leaf).map(|seconds| (seconds, leaf.line));
}

pub(super) fn user_validity(reading: &mut Reading, leaf: &Leaf) {
    reading.user = reading.number(leaf).map(|seconds| (seconds, leaf.line));
}

pub(super) fn refresh_validity(reading: &mut Reading, leaf: &Leaf) {
    let Some(seconds) = reading.number(leaf) else { return };
    if let Err(problem) = judge(REFRESH, seconds) {
        reading.no_lifetime((&leaf.path, leaf.line), problem, DEFAULT);
        return;
    }
    reading.set(REFRESH, written(seconds), "");
    if seconds > DEFAULT_ABSOLUTE {
        let why = "All that descends from one sign-in ends no sooner than its first token.";
        reading.set("tokens.lifetimes.refresh_absolute", written(seconds), why);
    }
}

fn written(seconds: i64) -> String {
    duration::format(Duration::from_secs(seconds.unsigned_abs()))
}
