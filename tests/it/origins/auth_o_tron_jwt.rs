//! Auth-O-Tron's JWTs: every numbered line of what it promises, and of what its code adds. A line
//! that tells of a fault of that code is a test that ours does not have it.

mod claims;
mod limits;
mod settings;

use tessera::config::{self, Jwt};

use crate::common::people::{JWT_SECRET, basic};

/// What its documentation has for settings, with another secret, and what more is said.
fn section(more: &str) -> String {
    format!(
        "[jwt]\niss = 'auth-o-tron.example.com'\nexp = 3600\nalg = 'HS256'\n\
         secret = '{JWT_SECRET}'\n{more}\n"
    )
}

/// The same as the server has it.
fn jwt(more: &str) -> Jwt {
    let text = section(more);
    config::parse(Some(("config.toml", &text)), []).unwrap().config.jwt.unwrap()
}

fn alice() -> String {
    basic("alice", "correct horse")
}
