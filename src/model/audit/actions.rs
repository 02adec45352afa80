//! The closed list of actions.

use super::Action;

/// Every action that an event can tell of, by name.
pub const ACTIONS: &[Action] = &[
    action("audit.exported", "The audit log, or part of it, was written out."),
    action(
        "authentication.guessed",
        "Too many wrong guesses at somebody's password came from an address: guessing there is slowed down. Told once a minute at most.",
    ),
    action(
        "authentication.refused",
        "Somebody was not let in. Counted a minute, not told one by one.",
    ),
    action("client.added", "A client was registered."),
    action("client.changed", "A client was changed; the event names the settings."),
    action("client.deleted", "A client was deleted, and its tokens ended."),
    action("client.disabled", "A client may do nothing for the time being."),
    action("client.enabled", "A client may go on."),
    action("client.secret_retired", "A secret of a client was ended before its time."),
    action("client.secret_rotated", "A client got a new secret."),
    action("code.reuse_detected", "A code was redeemed twice; all that came of it was ended."),
    action("consent.allowed", "A person allowed a client something."),
    action("consent.removed", "What a person allowed a client was taken back."),
    action(
        "family.reuse_detected",
        "A refresh token came again after it was replaced; its family was ended.",
    ),
    action("key.activated", "A signing key signs from now on."),
    action("key.dropped", "A signing key that signed no more was deleted."),
    action("key.retired", "A signing key signs no more, and still checks."),
    action("key.staged", "A signing key was made, to sign later."),
    action(
        "key.withdrawn",
        "A signing key was withdrawn: nothing that it signed is good any more.",
    ),
    action("master_key.rewrapped", "The master key was replaced."),
    action("personal_token.made", "A person made a token for themselves, on a page."),
    action("personal_token.removed", "A person deleted a token of their own, on a page."),
    action("query.deleted", "An operator deleted a saved filter."),
    action("query.saved", "An operator saved a filter, under a name."),
    action("resource_server.added", "A resource server was registered."),
    action(
        "resource_server.changed",
        "A resource server was changed; the event names the settings.",
    ),
    action("resource_server.deleted", "A resource server was deleted."),
    action("scope.added", "A scope was described."),
    action("scope.changed", "The description of a scope was changed."),
    action("scope.deleted", "The description of a scope was deleted."),
    action("session.began", "A person signed in."),
    action(
        "session.ended",
        "A session was ended before its time, by its person from another browser or by an operator.",
    ),
    action("session.signed_out", "A person signed out."),
    action("setup.code_made", "A code for the first administrator was made."),
    action("setup.finished", "The first administrator was made."),
    action("state.exported", "What is declared was written out, perhaps with hashes of secrets."),
    action("store.backed_up", "A backup was written."),
    action("store.copied", "The store was copied from another one."),
    action("store.restored", "The store was put back from a backup, and all tokens of then ended."),
    action("token.issued", "An operator issued a token by hand."),
    action("token.revoked", "An operator ended a token, or its whole family."),
    action("token_type.added", "A token type was configured."),
    action("token_type.changed", "A token type was changed; the event names what of it."),
    action("token_type.removed", "A token type was taken away."),
    action("token_type.returned", "A token type that was taken away is there again."),
    action("tokens.revocation_begun", "Tokens that a query means begin to be ended."),
    action("tokens.revocation_stopped", "Ending the tokens that a query means was stopped."),
    action("tokens.revoked", "The tokens that a query means were ended."),
    action("user.added", "A user was added."),
    action(
        "user.changed",
        "A user was changed; the event names the settings, never what they say.",
    ),
    action("user.deleted", "A user was deleted, and their tokens ended."),
    action("user.disabled", "A user was disabled, and their tokens ended."),
    action("user.enabled", "A user may go on."),
    action("user.invitation_taken", "A person chose their first password by a link."),
    action("user.invited", "A link to a first password was made."),
    action("user.locked", "A user may do nothing for the time being."),
    action("user.password_changed", "A person changed their password."),
    action("user.password_reset", "A person chose another password by a link."),
    action("user.reset_link_made", "A link to another password was made."),
    action("user.sessions_ended", "All sign-ins of a user were ended."),
    action("user.unlocked", "A user who was locked may go on."),
];

const fn action(name: &'static str, meaning: &'static str) -> Action {
    Action { name, meaning }
}
