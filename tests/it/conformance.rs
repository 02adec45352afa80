//! What the conformance suite of the OpenID Foundation asks of a server: its modules by their own
//! names, each done as the suite does it, over HTTP and through the pages.
//!
//! The plans are Config, Basic and Form Post Basic with static clients, and RP-Initiated Logout.
//! Clients and user are those of `examples/configs/conformance.toml`, so these are its tests, too.
//! docs/conformance.md says which demand is met where.

mod asked;
mod checks;
mod claims;
mod codes;
mod discovery;
mod happy;
mod logout;
mod prompts;
mod refused;
mod suite;

/// Every module of a plan: what the suite does, on each engine.
macro_rules! modules {
    ($($module:ident),+ $(,)?) => {$(
        mod $module {
            use crate::{common::Engine, conformance::suite::Suite};

            #[tokio::test]
            async fn sqlite() {
                Suite::run(Engine::Sqlite, None, async |suite| super::$module(suite).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                Suite::run(Engine::Postgres, None, async |suite| super::$module(suite).await).await;
            }
        }
    )+};
}

/// Every module that the plans Basic and Form Post Basic share: the latter asks for each answer as
/// a form, which the store has no part in.
macro_rules! modules_of_both {
    ($($module:ident),+ $(,)?) => {
        $crate::conformance::modules!($($module),+);

        mod form_post {
            use crate::{common::Engine, conformance::suite::Suite};

            $(
                #[tokio::test]
                async fn $module() {
                    let mode = Some("form_post");
                    Suite::run(Engine::Sqlite, mode, async |suite| super::$module(suite).await)
                        .await;
                }
            )+
        }
    };
}

use {modules, modules_of_both};
