//! What people do with the tokens that they make for themselves: make, list and delete. Whose a
//! token is stands in every statement: of another's, nobody learns that it is there.

use std::time::Duration;

use axum::{Json, http::StatusCode};

use crate::{
    app::App,
    client_auth::Person,
    error::{Code, Error, Result},
    model::{
        client_id::ClientId,
        token_type::{PERSONAL, TypeName},
    },
    tokens::typed::{CreatedToken, DeleteWhich, PERSONAL_LIFE, PersonalTerms, personal_life},
};

use super::{
    create::{NewToken, NewTokenMade},
    delete::Which,
    list::{TokenPage, TokensToList},
};

/// Makes a token for a person.
pub(super) async fn create(
    app: &App,
    person: &Person,
    asked: NewToken,
) -> Result<(StatusCode, Json<NewTokenMade>)> {
    if !is_personal(&asked.r#type) {
        let text = "People make tokens of the type personal, and of no other.";
        return Err(Error::new(Code::AccessDenied, text));
    }
    if asked.says_more() {
        let text = "A personal token has no purposes, no identity and no attributes.";
        return Err(Error::new(Code::InvalidRequest, text));
    }
    let (created, name) = make(app, person, (asked.life(), PERSONAL_LIFE)).await?;
    let made = NewTokenMade::of(&created, &name, person.at);
    Ok((StatusCode::CREATED, Json(made)))
}

/// Makes a token for a person that lives as long as was asked, else as its type says, else as is
/// usual.
pub(super) async fn make(
    app: &App,
    person: &Person,
    (asked, usual): (Option<Duration>, Duration),
) -> Result<(CreatedToken, TypeName)> {
    let Some(token_type) = app.tokens.personal_type().await? else {
        return Err(Error::new(Code::UnknownType, "This token type is not configured."));
    };
    let terms = PersonalTerms {
        user: &person.user,
        name: None,
        // What is limited makes nothing that is not.
        scope: person.proof.limit().cloned().unwrap_or_default(),
        expires_in: personal_life(&token_type, asked, usual),
        not_after: person.proof.last_end(),
        at: person.at,
    };
    let created = app.tokens.create_personal(&token_type, terms, |it, _| it).await?;
    let created =
        created.map_err(|refusal| Error::refused(super::create::code_of(&refusal), &refusal))?;
    Ok((created, token_type.name.clone()))
}

/// Lists the tokens that a person made, without their strings.
pub(super) async fn list(
    app: &App,
    person: &Person,
    asked: &TokensToList,
) -> Result<Json<TokenPage>> {
    let found = if asked.r#type.as_ref().is_none_or(is_personal) {
        let whose = (person.user.user_id, &ClientId::of_people());
        let page = (asked.after, asked.limit + 1);
        app.store.read().await?.list_tokens_of_user(whose, PERSONAL, page).await?
    } else {
        Vec::new()
    };
    Ok(Json(TokenPage::of(found, asked.limit, person.at)))
}

/// Deletes a token that a person made.
pub(super) async fn delete(
    app: &App,
    person: &Person,
    (type_name, which): (&TypeName, &Which),
) -> Result<()> {
    let user_id = person.user.user_id;
    let which = match which {
        Which::Token(token) => DeleteWhich::OwnPresented(token, user_id),
        Which::Id(key) => DeleteWhich::OwnEntry(*key, user_id),
    };
    if !is_personal(type_name) || !app.tokens.delete(which, PERSONAL).await? {
        return Err(Error::new(Code::NotFound, "You have no such token."));
    }
    Ok(())
}

pub(super) fn is_personal(name: &TypeName) -> bool {
    name.fold() == PERSONAL
}
