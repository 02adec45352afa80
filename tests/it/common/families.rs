//! Families of tokens, begun by a grant that only tests have, as long as people cannot sign in.

use axum::http::StatusCode;
use serde_json::Value;
use tessera::{
    acts::{
        clients::{self, ClientChanges},
        resource_servers::{self, ResourceServerChanges},
    },
    error::{Code, Error, Result},
    grants::{GRANTS, Grant, Grants, Redeemed, Redemption},
    model::{
        authorization::{Authorization, AuthorizingUser},
        client::{Client, ClientKind},
        id::uuid_v7,
        scope::Scope,
        space_delimited::SpaceDelimited,
        user::{DEFAULT_REALM, User},
        username::Username,
    },
};
use uuid::Uuid;

use super::{
    Engine, TestClient, TestServer,
    server::{Answer, ISSUER, operator},
};

/// The name of that grant. Its one proof is the id of a user, or none.
pub const BEGIN: &str = "urn:example:begin";

static BEGIN_GRANT: Grant = Grant {
    grant_type: BEGIN,
    serves_public: true,
    redeem: |redemption| Box::pin(async move { begin(&redemption).await }),
};

/// What a server of tests serves.
pub fn grants() -> Grants {
    let all: Vec<&'static Grant> = GRANTS.iter().copied().chain([&BEGIN_GRANT]).collect();
    Grants(Box::leak(all.into_boxed_slice()))
}

async fn begin(redemption: &Redemption<'_>) -> Result<Redeemed> {
    let client = redemption.client;
    let access = redemption.access().await?;
    let mut user = None;
    if let Some(id) = redemption.parameters.get("user") {
        let wrong = || Error::new(Code::InvalidRequest, "No such user.");
        let id = id.parse().map_err(|_| wrong())?;
        let found = redemption.store.read().await?.find_user(id).await?.ok_or_else(wrong)?;
        let (user_id, generation) = (found.user_id, found.generation);
        user = Some(AuthorizingUser { user_id, subject: id.to_string(), generation });
    }
    Ok(Redeemed::Family(Authorization {
        client_id: client.client_id.clone(),
        client_generation: client.generation,
        user,
        family: None,
        scope: access.scope,
        audience: access.audience,
    }))
}

/// What a token endpoint answered that issued a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
    pub expires_in: i64,
    pub scope: Option<String>,
}

impl Pair {
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            expires_in: json["expires_in"].as_i64().unwrap(),
            scope: json["scope"].as_str().map(str::to_owned),
        }
    }
}

impl TestServer {
    /// Adds an application that may ask for `scope`, and refresh.
    pub async fn application(&self, name: &str, scope: &str, kind: ClientKind) -> TestClient {
        let changes = ClientChanges {
            scope: Some(Scope::parse(scope).unwrap()),
            grant_types: Some(SpaceDelimited::parse("refresh_token")),
            ..ClientChanges::default()
        };
        let client = self.client(name, kind, changes).await;
        let sql = format!(
            "UPDATE clients SET grant_types = grant_types || ' {BEGIN}' WHERE client_id = '{name}'"
        );
        self.database().execute(&sql).await;
        client
    }

    /// Begins a family.
    pub async fn begin(&self, client: &TestClient, more: &str) -> Pair {
        Pair::of(&self.post("/token", client, &format!("grant_type={BEGIN}{more}")).await)
    }

    /// Presents a refresh token, with more of a form.
    pub async fn try_refresh(&self, client: &TestClient, token: &str, more: &str) -> Answer {
        let form = format!("grant_type=refresh_token&refresh_token={token}{more}");
        self.post("/token", client, &form).await
    }

    pub async fn refresh(&self, client: &TestClient, token: &str) -> Pair {
        Pair::of(&self.try_refresh(client, token, "").await)
    }

    /// Adds a user.
    pub async fn user(&self, name: &str) -> Uuid {
        let id = uuid_v7(self.now(), &self.app.random);
        let user = User::blank(id, DEFAULT_REALM, &Username::parse(name).unwrap(), self.now());
        let mut store = self.app.store.begin().await.unwrap();
        assert!(store.insert_user(&user).await.unwrap());
        store.commit().await.unwrap();
        id
    }

    /// An access token, for a user whom the client knows as told, or in a family.
    pub async fn issue_for(
        &self,
        client: &TestClient,
        user: Option<(&User, &str)>,
        family: Option<Uuid>,
    ) -> String {
        let client = clients::find(&self.app, &client.id).await.unwrap();
        let user = user.map(|(user, subject)| AuthorizingUser {
            user_id: user.user_id,
            subject: subject.to_owned(),
            generation: user.generation,
        });
        let authorization = Authorization {
            client_id: client.client_id.clone(),
            client_generation: client.generation,
            user,
            family,
            scope: client.scope.clone(),
            audience: SpaceDelimited::parse(ISSUER),
        };
        let tokens = &self.app.tokens;
        let issued = tokens.issue_access_token(&client, &authorization, self.now()).await.unwrap();
        issued.unwrap().token.expose().to_owned()
    }

    /// An id as this engine's SQL writes it.
    pub fn id(&self, id: Uuid) -> String {
        match self.database().engine {
            Engine::Sqlite => format!("X'{}'", id.simple()),
            Engine::Postgres => format!("'{id}'"),
        }
    }

    /// Adds a resource server that knows `scope`, and a client that introspects for it.
    pub async fn introspector(&self, name: &str, scope: &str) -> TestClient {
        let client = self.machine(name, "").await;
        let changes = ResourceServerChanges {
            scope: Some(Scope::parse(scope).unwrap()),
            introspectors: Some(SpaceDelimited::parse(name)),
            ..ResourceServerChanges::default()
        };
        let audience = format!("https://{name}.example");
        resource_servers::add(&self.app, &operator(), &audience, changes).await.unwrap();
        client
    }

    /// Lets a client ask for another scope from now on.
    pub async fn set_scope(&self, client: &TestClient, scope: &str) {
        let mut store = self.app.store.begin().await.unwrap();
        let found = store.find_client(&client.id).await.unwrap().unwrap();
        let found = Client { scope: Scope::parse(scope).unwrap(), ..found };
        assert!(store.update_client(&found, self.now()).await.unwrap());
        store.commit().await.unwrap();
    }

    /// What the entry of a token says.
    pub async fn facts(&self, token: &str) -> Value {
        let found = self.app.tokens.present(token, self.now()).await.unwrap().unwrap();
        let entry = &found.found.entry;
        serde_json::json!({
            "status": entry.status.as_str(),
            "refusal": found.refusal.map(tessera::model::standing::Refusal::as_str),
            "ended_by": entry.ended_by,
            "end_reason": entry.end_reason,
        })
    }
}
