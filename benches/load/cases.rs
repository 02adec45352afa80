//! What is asked of the server.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use tessera::model::secret::Random;

use super::{Result, database::Database, server, wire};

/// How many live tokens are introspected in turn, and how many strings that are none.
const TOKENS: usize = 1000;

/// One kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// A page that touches nothing: what HTTP alone costs.
    StaticRoute,
    /// Introspection of one of 1,000 live tokens.
    LiveIntrospection,
    /// Introspection of a string that looks like a token and is none.
    UnknownIntrospection,
    /// A reference token for client credentials.
    ReferenceIssuance,
    /// A JWT for client credentials.
    JwtIssuance,
    /// Revocation of a live token.
    Revocation,
}

/// Where the requests of a case come from.
#[derive(Debug)]
pub enum Supply {
    /// Any of these, drawn anew each time.
    Any(Vec<Vec<u8>>),
    /// Each of these once; then the case is over.
    Once(Mutex<Vec<Vec<u8>>>),
}

/// The clients, and the tokens that they hold.
#[derive(Debug)]
pub struct Scene {
    reference_client: String,
    jwt_client: String,
    live: Vec<String>,
    /// Tokens that were issued and may be revoked.
    pub spare: Vec<String>,
}

impl Case {
    /// Every case that is compared with the static route. Revocation comes after the issuance that
    /// gives it tokens.
    pub const COMPARED: [Case; 5] = [
        Case::LiveIntrospection,
        Case::UnknownIntrospection,
        Case::ReferenceIssuance,
        Case::JwtIssuance,
        Case::Revocation,
    ];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Case::StaticRoute => "static route",
            Case::LiveIntrospection => "introspect a live token",
            Case::UnknownIntrospection => "introspect an unknown one",
            Case::ReferenceIssuance => "issue a reference",
            Case::JwtIssuance => "issue a JWT (ES256)",
            Case::Revocation => "revoke",
        }
    }

    /// How the body of every answer begins.
    pub fn answer(self) -> &'static str {
        match self {
            Case::StaticRoute => "ok",
            Case::LiveIntrospection => r#"{"active":true,"#,
            Case::UnknownIntrospection => r#"{"active":false}"#,
            Case::ReferenceIssuance | Case::JwtIssuance => r#"{"access_token":""#,
            Case::Revocation => "",
        }
    }

    /// The token in the body of an answer, if it is one that may be revoked later.
    pub fn find_token(self, body: &str) -> Option<String> {
        let rest = body.strip_prefix(self.answer())?;
        let (token, _) = rest.split_once('"')?;
        (self == Case::ReferenceIssuance).then(|| token.to_owned())
    }
}

impl Supply {
    /// The next request; `None` if there are no more. `chance` is any number.
    pub fn next(&self, chance: u64) -> Option<Cow<'_, [u8]>> {
        match self {
            Supply::Any(requests) => {
                let count = u64::try_from(requests.len()).ok()?;
                let index = usize::try_from(chance.checked_rem(count)?).ok()?;
                requests.get(index).map(|request| Cow::Borrowed(request.as_slice()))
            }
            Supply::Once(requests) => {
                requests.lock().unwrap_or_else(PoisonError::into_inner).pop().map(Cow::Owned)
            }
        }
    }
}

impl Scene {
    /// Adds the clients, while no server has the database open.
    pub fn set(database: &Database) -> Result<Self> {
        let add = |name: &str, format: &str| -> Result<String> {
            let secret = server::add_client(database, name, &["--access-format", format])?;
            Ok(format!("Basic {}", STANDARD.encode(format!("{name}:{secret}"))))
        };
        Ok(Self {
            reference_client: add("bench", "reference")?,
            jwt_client: add("bench-jwt", "jwt")?,
            live: Vec::new(),
            spare: Vec::new(),
        })
    }

    /// Keeps live tokens back for introspection, and tells whether there are enough.
    pub fn keep_live(&mut self) -> bool {
        let missing = TOKENS.saturating_sub(self.live.len()).min(self.spare.len());
        self.live.extend(self.spare.drain(..missing));
        self.live.len() == TOKENS
    }

    /// The requests of a case.
    pub fn supply(&mut self, case: Case) -> Supply {
        let issuance = |client: &str| {
            Supply::Any(vec![wire::post("/token", client, "grant_type=client_credentials")])
        };
        let about = |path: &str, token: &String| {
            wire::post(path, &self.reference_client, &format!("token={token}"))
        };
        match case {
            Case::StaticRoute => Supply::Any(vec![wire::get("/healthz")]),
            Case::ReferenceIssuance => issuance(&self.reference_client),
            Case::JwtIssuance => issuance(&self.jwt_client),
            Case::LiveIntrospection => {
                Supply::Any(self.live.iter().map(|token| about("/introspect", token)).collect())
            }
            Case::UnknownIntrospection => {
                Supply::Any(unknown_tokens().map(|token| about("/introspect", &token)).collect())
            }
            Case::Revocation => {
                let tokens = std::mem::take(&mut self.spare);
                let requests = tokens.iter().map(|token| about("/revoke", token)).collect();
                Supply::Once(Mutex::new(requests))
            }
        }
    }
}

/// Strings of the form of a reference token.
fn unknown_tokens() -> impl Iterator<Item = String> {
    let random = Random::system();
    (0..TOKENS).map(move |_| URL_SAFE_NO_PAD.encode(random.bytes::<32>()))
}
