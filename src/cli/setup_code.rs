//! `tessera setup-code`: what the first administrator is made with.

use serde_json::json;

use crate::{
    acts::{Operator, setup},
    app::App,
};

use super::{
    console::Console,
    problem::{Exit, Outcome},
};

pub(super) async fn run(app: &App, operator: &Operator, console: &mut Console) -> Outcome {
    let made = setup::make_code(app, operator).await?;
    let lost = "make another: tessera setup-code".to_owned();
    let address = app.issuer.join("/setup");
    if console.json() {
        let object = json!({"code": made.code.expose(), "address": address,
                            "expires_at": made.expires_at.rfc3339()});
        console.answer_once(&object.to_string(), lost);
        return Ok(Exit::Yes);
    }
    console.say(&format!("Enter this code at {address}. It works once, for 30 minutes."));
    console.answer_once(made.code.expose(), lost);
    Ok(Exit::Yes)
}
