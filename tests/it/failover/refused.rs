//! Hosts that are there and let us not in: nothing is to be promoted because of that.

use serde_json::Value;

use crate::common::{Engine, TestDatabase, process::Program};

/// What a start and the doctor say of a database with this address: in turn said and next of the
/// first, and all of the other.
fn told(program: &Program) -> [String; 3] {
    let start = program.attempt(&["serve", "--json"], "");
    assert_eq!(start.code, Some(3), "{start:?}");
    let failed = start.err.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let failed = failed.into_iter().find(|event| event["event"] == "start.failed");
    let failed = failed.unwrap_or_else(|| panic!("{start:?}"));
    let doctor = program.attempt(&["doctor"], "");
    let text = |name: &str| failed[name].as_str().unwrap().to_owned();
    [text("said"), text("next"), format!("{}{}", doctor.out, doctor.err)]
}

#[tokio::test]
async fn a_host_that_refuses_us_is_no_cause_to_promote_another() {
    const REMEDY: &str = "check store.url, and that the database is running and lets us in";
    let database = TestDatabase::create(Engine::Postgres).await;
    let (server, name) = database.url.rsplit_once('/').unwrap();
    let several = |server: &str| server.replace("@127.0.0.1", "@127.0.0.1:1,127.0.0.1");
    let nowhere = format!("{server}/{name}_nowhere");
    let missing = format!("database \"{name}_nowhere\" does not exist");
    let nobody = database.url.replace("tessera@", "nobody_here@");
    for (url, refusal) in [
        (several(&nowhere), format!(" refuses us: {missing}")),
        (nowhere, missing),
        (several(&nobody), " refuses us: role \"nobody_here\" does not exist".to_owned()),
        (
            format!("{}?sslmode=require", several(&database.url)),
            " refuses us: error occurred while attempting to establish a TLS connection".to_owned(),
        ),
    ] {
        let program = Program::on(&database).set("TESSERA_STORE__URL", &url);

        let [said, next, doctor] = told(&program);

        let is_told = if refusal.starts_with(' ') {
            said.contains("127.0.0.1:1 does not answer") && said.contains(&refusal)
        } else {
            said == refusal
        };
        assert!(is_told, "{url}: {said}");
        assert_eq!(next, REMEDY, "{url}");
        assert!(doctor.contains(&refusal) && doctor.contains(REMEDY), "{url}: {doctor}");
        assert!(!doctor.contains("promote"), "{url}: {doctor}");
    }
    let program =
        Program::on(&database).set("TESSERA_STORE__URL", "postgres://u@127.0.0.1:1,[::1]:1/d");
    assert!(told(&program)[1].starts_with("start the primary or promote a standby"));
    database.remove().await;
}
