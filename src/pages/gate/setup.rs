//! Making the first administrator. Once there is one, this page is not there any more.

use askama::{Template, filters::Safe};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::Response,
};

use crate::{
    acts::{
        setup::{self, FirstAdministrator, NotSetUp},
        sign_in::{self, SignInAs},
    },
    app::App,
    error::{Code, Error, Result},
    model::{secret::Secret, user::User},
    pages::{
        cookies,
        html::{self, Forms},
        layout::Layout,
        visit::{Posted, Visit},
    },
};

use super::{ACCOUNT, later};

/// What the form is bound to.
const STEP: &str = "setup";

#[derive(Template)]
#[template(path = "gate/setup.html")]
struct SetupPage<'a> {
    layout: Layout<'a>,
    csrf: String,
    code: &'a str,
    name: &'a str,
    email: &'a str,
    /// Whether no mail can be sent.
    has_no_mail: bool,
    /// What went wrong: with which field, and a key of the catalogue.
    trouble: Option<(&'static str, &'static str)>,
}

/// What the form held before. Never the password.
#[derive(Default)]
struct Typed<'a> {
    code: &'a str,
    name: &'a str,
    email: &'a str,
}

impl SetupPage<'_> {
    fn code_text(&self) -> Safe<String> {
        self.layout.words.html("setup-code-text", [])
    }

    /// What is wrong with a field, as a key of the catalogue.
    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.trouble.filter(|(wrong, _)| *wrong == field).map(|(_, key)| key)
    }
}

/// Shows the form.
pub(in crate::pages) async fn get(State(app): State<App>, visit: Visit) -> Result<Response> {
    refuse_once_done(&app).await?;
    show(&app, &visit, &Typed::default(), None)
}

/// Makes the administrator, and signs them in.
pub(in crate::pages) async fn post(State(app): State<App>, posted: Posted) -> Result<Response> {
    refuse_once_done(&app).await?;
    let Posted { visit, fields, .. } = &posted;
    let field = |name| fields.get(name).unwrap_or_default();
    let typed = Typed { code: field("code"), name: field("name"), email: field("email") };
    if !posted.is_genuine(STEP) {
        return show(&app, visit, &typed, Some(("form", "form-stale")));
    }
    let code = Secret::new(typed.code.to_owned());
    let password = Secret::new(field("password").to_owned());
    let first = FirstAdministrator {
        code: &code,
        name: typed.name,
        email: typed.email,
        password: &password,
    };
    let trouble = match setup::finish(&app, first, (&visit.from, visit.at)).await {
        Ok(user) => return sign_in(&app, visit, &user).await,
        Err(NotSetUp::Code) => ("code", "setup-wrong-code"),
        Err(NotSetUp::Name) => ("name", "setup-wrong-name"),
        Err(NotSetUp::Email) => ("email", "setup-wrong-email"),
        Err(NotSetUp::Password) => ("password", "password-unfit"),
        Err(NotSetUp::Throttled(wait)) => {
            let response = show(&app, visit, &typed, Some(("form", "login-throttled")))?;
            return Ok(later(response, StatusCode::TOO_MANY_REQUESTS, wait));
        }
        Err(NotSetUp::Failed(error)) => return Err(error.into()),
    };
    show(&app, visit, &typed, Some(trouble))
}

async fn sign_in(app: &App, visit: &Visit, user: &User) -> Result<Response> {
    let before = visit.session.as_ref().map(|live| &live.session);
    let who = SignInAs { user, is_remembered: false, before, request: None };
    let begun = sign_in::begin(app, who, (&visit.from, visit.at)).await?;
    let Some((secret, session)) = begun else {
        return Ok(html::see_other(&app.issuer, "/login"));
    };
    let mut response = html::see_other(&app.issuer, ACCOUNT);
    let cookie = cookies::of_session(&secret, &session, visit.at, &app.issuer);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(visit.introduce(response, &app.issuer))
}

async fn refuse_once_done(app: &App) -> Result<()> {
    if setup::is_open(app).await? {
        return Ok(());
    }
    Err(Error::new(Code::NotFound, "There is nothing at this address."))
}

fn show(
    app: &App,
    visit: &Visit,
    typed: &Typed<'_>,
    trouble: Option<(&'static str, &'static str)>,
) -> Result<Response> {
    let page = SetupPage {
        layout: Layout::of(&app.issuer, visit.face),
        csrf: visit.csrf(STEP),
        code: typed.code,
        name: typed.name,
        email: typed.email,
        has_no_mail: app.config().mail.is_none(),
        trouble,
    };
    Ok(visit.introduce(html::answer_with(&page, Forms::Here)?, &app.issuer))
}
