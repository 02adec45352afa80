//! What an entry and all that decides on it consist of, for every statement that looks at one.

/// What decides on an entry beside its own row.
macro_rules! surrounding_columns {
    () => {
        "c.status AS client_status, c.generation AS client_generation_now,
         u.status AS user_status, u.locked_until AS user_locked_until,
         u.generation AS user_generation_now,
         u.password_generation AS password_generation_now, u.username,
         CASE WHEN y.removed_at IS NULL THEN y.name END AS type_shown,
         a.status AS family_status, i.generation AS global_generation_now"
    };
}

/// What an entry and all that decides on it consist of.
macro_rules! standing_columns {
    () => {
        concat!(
            "t.entry_key, t.kind, t.type_name, t.format, t.status, t.client_id, t.user_id,
         t.subject, t.authorization_id, t.parent_key, t.successor_key, t.scope, t.audience, t.identity, t.purposes,
         t.jti_salt, t.reference_hash, t.payload, t.seal_key, t.rules, t.client_generation,
         t.user_generation, t.global_generation, t.created_at, t.not_before,
         t.expires_at, t.absolute_at, t.redeemed_at, t.last_used_at, t.uses, t.max_uses, t.window_start,
         t.window_uses, t.pin, t.ended_at, t.ended_by, t.end_reason, ",
            surrounding_columns!()
        )
    };
}

/// What stands around an entry: one look, whatever of it is missing.
macro_rules! surroundings {
    () => {
        " LEFT JOIN clients c ON c.client_id = t.client_id
          LEFT JOIN users u ON u.user_id = t.user_id
          LEFT JOIN authorizations a ON a.authorization_id = t.authorization_id
          LEFT JOIN token_types y ON y.name_fold = t.type_name
          LEFT JOIN instance i ON i.id = 1 "
    };
}

macro_rules! standing_entry {
    ($condition:expr) => {
        concat!("SELECT ", standing_columns!(), " FROM tokens t", surroundings!(), $condition)
    };
}
