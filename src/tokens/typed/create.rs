//! Making a typed token: its type's rules become its entry's.

use crate::{
    model::{
        authorization::AuthorizingUser,
        entry_key::EntryKey,
        jwt_id::JwtId,
        purposes::Purposes,
        rules::{CopiedRules, Rule, RuleSet, SubjectEvent, Terms},
        scope::Scope,
        token_entry::{TokenEntry, TokenKind},
        user::{DEFAULT_REALM, User, UserStatus},
        user_snapshot::{UserAtIssue, UserSnapshot},
        username::Username,
    },
    store::{self, Command},
};

use super::{
    super::{Belonging, Error, Result, Tokens},
    CreatedToken, Maker, NewTypedToken, TypedPayload,
    places::Counted,
    refusal::{CreateRefusal, check_words},
    strings,
};

/// How often to draw and look again: a place may be taken by another as often as there are others.
const DRAWS: usize = 32;

/// What is decided about a token before its string is drawn.
struct Blueprint {
    purposes: Purposes,
    identity: Option<String>,
    /// The identity, or whoever makes it for themselves.
    counted_for: Option<String>,
    user: Option<AuthorizingUser>,
    scope: Scope,
    rules: CopiedRules,
    terms: Terms,
}

impl Tokens {
    /// Makes a typed token, and makes its entry durable.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the entry could not be written; then there is no token.
    pub async fn create(
        &self,
        new: &NewTypedToken<'_>,
    ) -> Result<std::result::Result<CreatedToken, CreateRefusal>> {
        self.create_with(new, |command, _| command).await
    }

    /// The same, with whatever `add` puts beside the entry: it is written with it or not at all.
    ///
    /// # Errors
    ///
    /// As [`Tokens::create`].
    pub async fn create_with(
        &self,
        new: &NewTypedToken<'_>,
        add: impl Fn(Command, &CreatedToken) -> Command,
    ) -> Result<std::result::Result<CreatedToken, CreateRefusal>> {
        self.create_within(new, &Scope::default(), add).await
    }

    /// The same, of this scope.
    pub(super) async fn create_within(
        &self,
        new: &NewTypedToken<'_>,
        scope: &Scope,
        add: impl Fn(Command, &CreatedToken) -> Command,
    ) -> Result<std::result::Result<CreatedToken, CreateRefusal>> {
        let blueprint = match self.blueprint(new).await? {
            Ok(blueprint) => Blueprint { scope: scope.clone(), ..blueprint },
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (type_name, rules) = (new.token_type.name.fold(), &new.token_type.definition.rules);
        let client_id = new.maker.client_id();
        let counted = Counted {
            type_name: &type_name,
            client_id: client_id.as_str(),
            identity: blueprint.counted_for.as_deref(),
            at: new.at,
        };
        for _ in 0..DRAWS {
            let (places, _turn) = match self.find_places(rules, counted).await? {
                Ok(places) => places,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let (entry, created) = self.draft_typed(new, &blueprint)?;
            let command = places.take(Command::new(), entry.entry_key, new.at);
            if self.store.run(add(command.insert_token(entry), &created)).await? {
                return Ok(Ok(created));
            }
        }
        Err(Error::Store(store::Error::Busy))
    }

    /// Decides whether the token may be made, and what becomes of its type's rules.
    async fn blueprint(
        &self,
        new: &NewTypedToken<'_>,
    ) -> Result<std::result::Result<Blueprint, CreateRefusal>> {
        let definition = &new.token_type.definition;
        let purposes = Purposes::of(new.purposes.iter().map(String::as_str));
        let identity = new.identity.clone().filter(|identity| !identity.is_empty());
        if let Err(refusal) = check_words(new, &purposes, identity.as_deref()) {
            return Ok(Err(refusal));
        }
        let mut set = RuleSet {
            version: new.token_type.version,
            spend_on: definition.spend_on,
            rules: definition.rules.clone(),
            password_generation: None,
        };
        let mut user = match new.maker {
            Maker::Client(_) => None,
            Maker::Person(user) => Some(authorizing(user)),
        };
        let counted_for = match &user {
            Some(user) => Some(user.subject.clone()),
            None => identity.clone(),
        };
        let client_id = new.maker.client_id();
        for rule in &definition.rules {
            match rule {
                Rule::Client(only) if !only.admits(client_id.as_str()) => {
                    return Ok(Err(CreateRefusal::ClientNotAllowed));
                }
                Rule::Unknown => return Ok(Err(CreateRefusal::UnreadableRule)),
                Rule::SubjectAlive(alive) => {
                    let Some(found) = self.find_subject(counted_for.as_deref()).await? else {
                        return Ok(Err(CreateRefusal::UnknownUser));
                    };
                    let counts = alive.events.contains(&SubjectEvent::PasswordChange);
                    set.password_generation = counts.then_some(found.1);
                    user = Some(found.0);
                }
                _ => {}
            }
        }
        let mut terms = Terms::of(&definition.rules, new.expires_in, new.at);
        if let Some(most) = new.expires_in {
            terms = terms.within(most, new.at);
        }
        if let Some(end) = new.not_after {
            terms = terms.until(end);
        }
        if terms.are_vain() {
            return Ok(Err(CreateRefusal::OverBeforeBegun));
        }
        let rules = CopiedRules(Some(Box::new(set)));
        let scope = Scope::default();
        Ok(Ok(Blueprint { purposes, identity, counted_for, user, scope, rules, terms }))
    }

    /// The active user that an identity names, by id or by name in the default realm, and the
    /// generation of the password.
    async fn find_subject(&self, identity: Option<&str>) -> Result<Option<(AuthorizingUser, i64)>> {
        let Some(identity) = identity else { return Ok(None) };
        let mut store = self.store.read().await?;
        let found = match identity.parse() {
            Ok(id) => store.user_standing(id).await?,
            Err(_) => match Username::parse(identity) {
                Ok(name) => store.user_standing_named(DEFAULT_REALM, name.folded()).await?,
                Err(_) => None,
            },
        };
        let active = found.filter(|user| user.status == UserStatus::Active.as_str());
        Ok(active.map(|user| {
            let (user_id, generation) = (user.user_id, user.generation);
            let subject = identity.to_owned();
            (AuthorizingUser { user_id, subject, generation }, user.password_generation)
        }))
    }

    /// Draws the string and everything that hangs on it.
    fn draft_typed(
        &self,
        new: &NewTypedToken<'_>,
        blueprint: &Blueprint,
    ) -> Result<(TokenEntry, CreatedToken)> {
        let policy = self.policy();
        let terms = &blueprint.terms;
        let entry_key = match terms.latest() {
            Some(latest) => EntryKey::draw(latest.plus(policy.keep_ended), &self.random),
            None => EntryKey::draw_endless(&self.random),
        };
        let id = JwtId { entry_key, salt: self.random.bits().cast_signed() };
        let rules = &new.token_type.definition.rules;
        let (token, format) = strings::draw(rules, &policy.reference, (entry_key, &self.random));
        let payload = TypedPayload {
            iss: policy.issuer.as_str().to_owned(),
            jti: id.to_string(),
            attributes: new.attributes.clone(),
            user: match new.maker {
                Maker::Person(user) if policy.user_snapshot == UserSnapshot::Issue => {
                    Some(UserAtIssue::of(user))
                }
                Maker::Person(_) | Maker::Client(_) => None,
            },
        };
        let plain =
            serde_json::to_vec(&payload).map_err(|_| Error::Cryptography("write claims"))?;
        let belonging = Belonging::payload(entry_key, &new.maker.client_id());
        let sealed = self.sealer.seal(&belonging, &plain)?;
        let entry = TokenEntry {
            format,
            reference_hash: Some(token.hash().as_bytes().to_vec()),
            payload: Some(sealed.bytes),
            seal_key: Some(sealed.seal_key),
            ..blank(new, blueprint, id)
        };
        let (expires_at, uses_left) = (terms.expires_at, terms.max_uses);
        Ok((entry, CreatedToken { token, entry_key, expires_at, uses_left }))
    }
}

/// On whose behalf somebody makes a token for themselves.
fn authorizing(user: &User) -> AuthorizingUser {
    let User { user_id, generation, .. } = user;
    let subject = user_id.to_string();
    AuthorizingUser { user_id: *user_id, subject, generation: *generation }
}

/// An entry without a string.
fn blank(new: &NewTypedToken<'_>, blueprint: &Blueprint, id: JwtId) -> TokenEntry {
    let user = blueprint.user.as_ref();
    TokenEntry {
        kind: TokenKind::Typed,
        type_name: new.token_type.name.fold(),
        identity: blueprint.identity.clone(),
        purposes: blueprint.purposes.clone(),
        scope: blueprint.scope.clone(),
        rules: blueprint.rules.clone(),
        user_id: user.map(|user| user.user_id),
        subject: user.map(|user| user.subject.clone()),
        user_generation: user.map(|user| user.generation),
        client_generation: match new.maker {
            Maker::Client(client) => client.generation,
            Maker::Person(_) => 0,
        },
        not_before: blueprint.terms.not_before,
        expires_at: blueprint.terms.expires_at,
        absolute_at: blueprint.terms.absolute_at,
        max_uses: blueprint.terms.max_uses,
        ..TokenEntry::blank(id, &new.maker.client_id(), new.at)
    }
}
