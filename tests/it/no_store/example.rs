//! The example of a server without a store does what it says.

use tessera::model::client_id::ClientId;

use super::program;
use crate::common::{TestClient, stateless::files_in};

const SECRET: &str = "correct-horse-battery-staple";

#[tokio::test]
async fn the_example_signs_and_keeps_its_keys() {
    let (database, program) = program().await;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/configs/no-store.toml");
    let program = program.set("TESSERA_CONFIG", file).set("EXAMPLE_SECRET", SECRET);
    let client =
        |name: &str| TestClient { id: ClientId::parse(name).unwrap(), secret: SECRET.to_owned() };

    // The issuer hangs on the port, which is another one after a restart.
    let program = program.set("TESSERA_SERVER__ISSUER", "http://127.0.0.1:8080");
    let process = program.serve().await;
    let token = process.connect().await.unwrap().token(&client("service")).await.unwrap();
    drop(process);
    let process = program.serve().await;
    let mut connection = process.connect().await.unwrap();

    let form = format!("token={token}");
    let told = connection.post("/introspect", &client("api"), &form).await.unwrap().json();
    assert_eq!(told["active"], true);
    assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 15 * 60);
    assert_eq!(files_in(&database.folder), ["no-store-keys.pem", "serve.log"]);
    drop(process);
    database.remove().await;
}
