//! What a move carries: every table and every column, in an order in which no row refers to one that
//! comes later.
//!
//! A column that is missing here would be lost by a move. So the list is held against the schema,
//! by a test and again before every move.

/// A table that is carried.
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// The columns of its primary key: the order in which its rows travel.
    pub(super) key: &'static str,
    /// Its columns and what they hold, as `name kind, name kind`.
    columns: &'static str,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Text,
    Bytes,
    Uuid,
    Boolean,
}

/// What is about the servers that had the store open, not about the store: it is left behind.
pub(super) const LEFT_BEHIND: &[&str] = &["nodes", "leases", "refinery_schema_history"];

/// What a new store has rows in.
pub(super) const SEEDED: &[&str] = &["instance", "setup", "token_types"];

/// Every table that is carried.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "instance",
        key: "id",
        columns: "id integer, oldest_schema integer, generation integer, master_check bytes",
    },
    Table {
        name: "setup",
        key: "id",
        columns: "id integer, setup_hash bytes, setup_expires_at integer, setup_done_at integer",
    },
    Table {
        name: "seal_keys",
        key: "seal_key",
        columns: "seal_key integer, sealed bytes, created_at integer",
    },
    Table {
        name: "signing_keys",
        key: "kid",
        columns: "kid text, algorithm text, key_use text, state text, public_jwk text, \
                  private_sealed bytes, seal_key integer, created_at integer, \
                  activate_at integer, retire_at integer, drop_at integer, \
                  longest_lifetime integer, public_sealed bytes",
    },
    Table {
        name: "clients",
        key: "client_id",
        columns: "client_id text, name text, kind text, authentication text, jwks text, \
                  assertion_audience text, grant_types text, scope text, redirect_uris text, \
                  cors_origins text, access_format text, access_algorithm text, \
                  access_lifetime integer, realm text, status text, generation integer, \
                  version integer, created_at integer, updated_at integer, reuse text, \
                  refresh_format text, refresh_rotate boolean, refresh_lifetime integer, \
                  post_logout_redirect_uris text, consent text, optional_scope text, \
                  require_pkce boolean, id_token_algorithm text, userinfo_algorithm text, \
                  subject_type text, sector text, default_max_age integer, \
                  outlives_session text, client_uri text, policy_uri text, tos_uri text, \
                  last_used_at integer",
    },
    Table {
        name: "client_secrets",
        key: "secret_id",
        columns: "secret_id uuid, client_id text, hint text, kind text, verifier bytes, \
                  created_at integer, expires_at integer, last_used_at integer, \
                  last_used_from text",
    },
    Table {
        name: "resource_servers",
        key: "audience",
        columns: "audience text, name text, scope text, is_default boolean, \
                  introspectors text, created_at integer, updated_at integer",
    },
    Table {
        name: "scopes",
        key: "scope",
        columns: "scope text, description text, updated_at integer",
    },
    Table {
        name: "users",
        key: "user_id",
        columns: "user_id uuid, realm text, username text, username_fold text, \
                  password_phc text, roles text, operator_roles text, attributes text, \
                  status text, generation integer, version integer, failed_logins integer, \
                  locked_until integer, expires_at integer, created_at integer, \
                  updated_at integer, password_generation integer, scope text, claims text, \
                  password_changed_at integer, signed_in_at integer",
    },
    Table {
        name: "generation_ends",
        key: "whose, name, generation",
        columns: "whose text, name text, generation integer, at integer, by text, reason text",
    },
    Table {
        name: "consents",
        key: "consent_id",
        columns: "consent_id uuid, client_id text, user_id uuid, scope text, status text, \
                  created_at integer, updated_at integer, claims text, declined_scope text",
    },
    Table {
        name: "authorizations",
        key: "authorization_id",
        columns: "authorization_id uuid, client_id text, user_id uuid, subject text, \
                  consent_id uuid, browser_session_hash bytes, grant_type text, scope text, \
                  audience text, status text, rotation integer, created_at integer, \
                  expires_at integer, ended_at integer, ended_by text, end_reason text, \
                  session_id uuid, outlives_session boolean, sign_in text",
    },
    Table {
        name: "browser_sessions",
        key: "session_hash",
        columns: "session_hash bytes, user_id uuid, authenticated_at integer, methods text, \
                  created_at integer, seen_at integer, expires_at integer, ended_at integer, \
                  session_id uuid, is_remembered boolean, user_generation integer, \
                  global_generation integer, idle_until integer, address text, \
                  user_agent text, ended_by text, end_reason text",
    },
    Table {
        name: "authorization_requests",
        key: "request_hash",
        columns: "request_hash bytes, client_id text, request text, browser_hash bytes, \
                  session_hash bytes, granted_scope text, decided_at integer, \
                  created_at integer, expires_at integer",
    },
    Table {
        name: "token_types",
        key: "name_fold",
        columns: "name_fold text, name text, source text, version integer, definition text, \
                  updated_at integer, removed_at integer",
    },
    Table {
        name: "tokens",
        key: "entry_key",
        columns: "entry_key integer, kind text, type_name text, format text, status text, \
                  client_id text, user_id uuid, subject text, authorization_id uuid, \
                  parent_key integer, successor_key integer, scope text, audience text, \
                  identity text, purposes text, jti_salt integer, reference_hash bytes, \
                  payload bytes, token_sealed bytes, replay_sealed bytes, seal_key integer, \
                  rules text, client_generation integer, user_generation integer, \
                  global_generation integer, created_at integer, not_before integer, \
                  expires_at integer, absolute_at integer, redeemed_at integer, \
                  ended_at integer, ended_by text, end_reason text, endless_ended_at integer, \
                  last_used_at integer, uses integer, max_uses integer, window_start integer, \
                  window_uses integer, grace_uses integer, pin text",
    },
    Table {
        name: "slots",
        key: "slot_key",
        columns: "slot_key bytes, entry_key integer, held_until integer",
    },
    Table {
        name: "token_uses",
        key: "entry_key, use_key",
        columns: "entry_key integer, use_key text, outcome text, at integer, client_id text",
    },
    Table {
        name: "used_identifiers",
        key: "kind, identifier_hash",
        columns: "kind text, identifier_hash bytes, expires_at integer",
    },
    Table {
        name: "audit",
        key: "audit_id",
        columns: "audit_id uuid, at integer, actor text, action text, target text, \
                  reason text, detail text, request_id text, address text, chain bytes, \
                  node text, sequence integer",
    },
    Table {
        name: "audit_chain",
        key: "id",
        columns: "id integer, sequence integer, chain bytes, sealed_at integer, \
                  kept_after integer, kept_chain bytes",
    },
    Table {
        name: "refused_authentications",
        key: "client_id, address, minute",
        columns: "client_id text, address text, minute integer, refusals integer",
    },
    Table {
        name: "series",
        key: "name, period, at",
        columns: "name text, period integer, at integer, value integer",
    },
    Table {
        name: "saved_queries",
        key: "query_id",
        columns: "query_id uuid, list text, name text, query text, made_by text, \
                  created_at integer",
    },
];

impl Table {
    /// Its columns, in order.
    pub(super) fn columns(&self) -> Vec<(&'static str, Kind)> {
        self.columns.split(", ").filter_map(|column| column.split_once(' ')).map(read).collect()
    }

    /// The names of its columns, as a statement lists them.
    pub(super) fn names(&self) -> String {
        self.columns().iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

fn read((name, kind): (&'static str, &'static str)) -> (&'static str, Kind) {
    let kind = match kind.trim() {
        "integer" => Kind::Integer,
        "text" => Kind::Text,
        "bytes" => Kind::Bytes,
        "uuid" => Kind::Uuid,
        "boolean" => Kind::Boolean,
        other => unreachable!("{other} is no kind of column"),
    };
    (name.trim(), kind)
}

impl Kind {
    /// The kind that a schema means by the name of a type, on either engine.
    pub(super) fn of_type(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "bigint" | "integer" => Kind::Integer,
            "text" => Kind::Text,
            "bytea" => Kind::Bytes,
            "uuid" => Kind::Uuid,
            "boolean" => Kind::Boolean,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_names_its_key_among_its_columns() {
        for table in TABLES {
            let columns = table.columns();
            for key in table.key.split(", ") {
                assert!(columns.iter().any(|(name, _)| *name == key), "{}.{key}", table.name);
            }
        }
    }

    #[test]
    fn no_table_is_both_carried_and_left_behind() {
        assert!(TABLES.iter().all(|table| !LEFT_BEHIND.contains(&table.name)));
        assert!(SEEDED.iter().all(|name| TABLES.iter().any(|table| table.name == *name)));
    }
}
