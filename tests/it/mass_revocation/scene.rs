//! Whose tokens there are, and how they are ended.

use tessera::{
    acts::{
        self,
        tokens::{Ended, MassRevocation, Reach, revoke_many},
    },
    app::App,
    model::{id::uuid_v7, query::TokenQuery, secret::Random, user::User},
    store::End,
};
use uuid::Uuid;

use crate::common::{TestClient, TestServer, server::operator};

pub(super) fn parse(query: &str) -> TokenQuery {
    TokenQuery::parse(query).unwrap()
}

pub(super) async fn measure(app: &App, query: &str, takes_families: bool) -> Reach {
    let revocation = MassRevocation::see(app, parse(query), takes_families).await.unwrap();
    revocation.measure(app).await.unwrap()
}

/// Counts what a query means, and ends it.
pub(super) async fn revoke(app: &App, query: &str, takes_families: bool) -> (Reach, Ended) {
    let revocation = MassRevocation::see(app, parse(query), takes_families).await.unwrap();
    let reach = revocation.measure(app).await.unwrap();
    let ended = revoke_many(app, &operator(), &revocation, "a leak").await.unwrap();
    (reach, ended)
}

/// Adds copies of a token of the client, which no string leads to.
pub(crate) async fn copies(server: &TestServer, client: &str, count: usize) {
    let sql = format!(
        "INSERT INTO tokens (entry_key, kind, type_name, format, status, client_id, scope, audience,
             jti_salt, payload, client_generation, global_generation, created_at, expires_at)
         WITH RECURSIVE number(n) AS
             (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count})
         SELECT entry_key + n, kind, type_name, 'jwt', status, client_id, scope, audience, n,
                payload, client_generation, global_generation, created_at, expires_at
         FROM (SELECT * FROM tokens WHERE client_id = '{client}'
               ORDER BY created_at DESC, entry_key LIMIT 1) AS one CROSS JOIN number"
    );
    assert_eq!(server.database().execute(&sql).await, count as u64);
}

pub(super) async fn user(server: &TestServer, name: &str) -> User {
    server.found_user(server.user(name).await).await
}

pub(super) async fn update(server: &TestServer, user: &mut User) {
    let end = End { at: server.now(), by: "cli:test".to_owned(), reason: "changed".to_owned() };
    let mut store = server.app.store.begin().await.unwrap();
    assert!(store.update_user(user, &end).await.unwrap());
    store.commit().await.unwrap();
    user.version += 1;
}

/// A family that lives.
pub(super) async fn family(server: &TestServer) -> Uuid {
    let id = uuid_v7(server.now(), &Random::system());
    let text = server.id(id);
    let sql = format!(
        "INSERT INTO authorizations (authorization_id, client_id, grant_type, scope, audience,
             status, rotation, created_at)
         VALUES ({text}, 'mailer', 'authorization_code', 'read', '', 'valid', 0, 0)"
    );
    assert_eq!(server.database().execute(&sql).await, 1);
    id
}

pub(super) async fn issue(
    server: &TestServer,
    client: &TestClient,
    user: Option<&User>,
    family: Option<Uuid>,
) -> String {
    server.issue_for(client, user.map(|user| (user, &*user.username)), family).await
}

pub(super) async fn entry_of(app: &App, token: &str) -> String {
    let token = tessera::model::secret::Secret::new(token.to_owned());
    let presented = acts::tokens::inspect(app, &token).await.unwrap().unwrap();
    presented.found.entry.entry_key.to_string()
}
