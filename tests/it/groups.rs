//! Requests that share a transaction or a look: what befalls one is nothing to the others.

mod faults;
mod hanging_up;
mod held;
mod looks;
mod queue;
mod refusals;
mod requests;
mod sizes;
mod terminated;
mod trap;

use tessera::{
    acts,
    model::{authorization::Authorization, client::Client, space_delimited::SpaceDelimited},
};

use crate::common::{TestServer, server::ISSUER};

/// A client as it is registered, and what it may get a token for.
async fn holder(server: &TestServer, name: &str) -> (Client, Authorization) {
    let id = server.machine(name, "read").await.id;
    let client = acts::clients::find(&server.app, &id).await.unwrap();
    let authorization = Authorization {
        client_id: id,
        client_generation: client.generation,
        user: None,
        family: None,
        scope: client.scope.clone(),
        audience: SpaceDelimited::parse(ISSUER),
    };
    (client, authorization)
}
