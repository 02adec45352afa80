//! Typed tokens, made and used without HTTP.

use std::{net::IpAddr, sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tessera::{
    app::App,
    model::{
        attempt::{Attempt, Circumstances, Outcome},
        client::Client,
        client_id::ClientId,
        space_delimited::SpaceDelimited,
        standing::StandingEntry,
        token_type::{self, TokenType, TypeSource},
    },
    store::TokenName,
    tokens::typed::{CreateRefusal, CreatedToken, DeleteWhich, Maker, NewTypedToken, Used},
};

use super::{TestClient, TestServer};

/// A token to be made.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    pub purposes: &'a [&'a str],
    pub identity: Option<&'a str>,
    pub attributes: Map<String, Value>,
    pub expires_in: Option<u64>,
}

/// How it is presented.
#[derive(Debug, Clone, Default)]
pub struct Presented<'a> {
    pub purpose: Option<&'a str>,
    pub identity: Option<&'a str>,
    pub audience: &'a str,
    pub address: Option<IpAddr>,
    pub use_key: Option<&'a str>,
}

impl TestServer {
    /// Configures the token types of a settings file.
    pub async fn define(&self, file: &str) {
        let mut transaction = self.app.store.begin().await.unwrap();
        let seen = self.app.store.token_types().await.unwrap();
        for token_type in types(file, self.app.now()) {
            let fold = token_type.name.fold();
            let done = match seen.iter().find(|seen| seen.name.fold() == fold) {
                Some(seen) => transaction.update_token_type(&token_type, seen).await,
                None => transaction.insert_token_type(&token_type).await,
            };
            assert!(done.unwrap());
        }
        transaction.commit().await.unwrap();
    }

    /// Takes a token type away.
    pub async fn undefine(&self, name: &str) {
        let seen = self.type_of(name).await;
        let mut transaction = self.app.store.begin().await.unwrap();
        assert!(transaction.remove_token_type(&seen, self.now()).await.unwrap());
        transaction.commit().await.unwrap();
    }

    pub async fn type_of(&self, name: &str) -> TokenType {
        type_of(&self.app, name).await
    }

    /// Makes a token.
    pub async fn create(&self, client: &TestClient, name: &str, wanted: Wanted<'_>) -> String {
        self.try_create(client, name, wanted).await.unwrap().token.expose().to_owned()
    }

    pub async fn try_create(
        &self,
        client: &TestClient,
        name: &str,
        wanted: Wanted<'_>,
    ) -> Result<CreatedToken, CreateRefusal> {
        create(&self.app, &client.id, name, wanted).await
    }

    /// Uses a token, and says what came of it.
    pub async fn outcome(&self, name: &str, token: &str, presented: Presented<'_>) -> Outcome {
        self.use_token(name, token, presented).await.outcome
    }

    pub async fn use_token(&self, name: &str, token: &str, presented: Presented<'_>) -> Used {
        use_token(&self.app, (name, token), presented, false).await
    }

    pub async fn peek(&self, name: &str, token: &str, presented: Presented<'_>) -> Used {
        use_token(&self.app, (name, token), presented, true).await
    }

    pub async fn delete(&self, name: &str, token: &str) -> bool {
        self.app.tokens.delete(DeleteWhich::Presented(token), name).await.unwrap()
    }

    /// The entry of a token, as the store has it.
    pub async fn entry(&self, token: &CreatedToken) -> Option<Arc<StandingEntry>> {
        self.app.store.find_token(TokenName::Key(token.entry_key)).await.unwrap()
    }
}

/// The token types of a settings file, all of them sound.
pub fn types(file: &str, at: tessera::model::timestamp::Timestamp) -> Vec<TokenType> {
    let file: Value = toml::from_str(file).unwrap();
    let reading = token_type::read_all(file["token_types"].as_array().unwrap());
    assert_eq!(reading.faults, []);
    let declared = reading.types.into_iter();
    let stored = |declared: token_type::DeclaredType| TokenType {
        name: declared.name,
        source: TypeSource::File,
        version: 1,
        definition: declared.definition,
        updated_at: at,
        removed_at: None,
    };
    declared.map(stored).collect()
}

pub async fn type_of(app: &App, name: &str) -> TokenType {
    let types = app.store.token_types().await.unwrap();
    types.iter().find(|found| found.name.fold() == token_type::fold(name)).unwrap().clone()
}

pub async fn client(app: &App, id: &ClientId) -> Client {
    app.store.find_registered_client(id).await.unwrap().unwrap().client.clone()
}

pub async fn create(
    app: &App,
    id: &ClientId,
    name: &str,
    wanted: Wanted<'_>,
) -> Result<CreatedToken, CreateRefusal> {
    let new = NewTypedToken {
        maker: Maker::Client(&client(app, id).await),
        token_type: &type_of(app, name).await,
        purposes: wanted.purposes.iter().map(|purpose| (*purpose).to_owned()).collect(),
        identity: wanted.identity.map(str::to_owned),
        attributes: wanted.attributes,
        expires_in: wanted.expires_in.map(Duration::from_secs),
        not_after: None,
        at: app.now(),
    };
    app.tokens.create(&new).await.unwrap()
}

pub async fn use_token(
    app: &App,
    (name, token): (&str, &str),
    presented: Presented<'_>,
    peek: bool,
) -> Used {
    let attempt = attempt(app, name, &presented);
    app.tokens.use_token(token, &attempt, presented.use_key, peek).await.unwrap().unwrap()
}

/// An attempt of the client `app`.
pub fn attempt(app: &App, name: &str, presented: &Presented<'_>) -> Attempt {
    attempt_of("app", app, name, presented)
}

pub fn attempt_of(client: &str, app: &App, name: &str, presented: &Presented<'_>) -> Attempt {
    let circumstances = Circumstances {
        type_name: Some(name.to_owned()),
        purpose: presented.purpose.map(str::to_owned),
        identity: presented.identity.map(str::to_owned),
        client_id: ClientId::parse(client).unwrap(),
        audience: SpaceDelimited::parse(presented.audience),
        address: presented.address,
    };
    Attempt { at: app.now(), presented: Some(circumstances) }
}
