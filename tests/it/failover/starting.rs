//! A start with a list of hosts of which the first is not the primary, or none is.

use axum::http::StatusCode;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use tessera::model::client_id::ClientId;

use super::is_ready;
use crate::common::{TestClient, TestServer, pair::Pair, process::Program, until::until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_starts_while_the_first_of_its_hosts_is_a_standby() {
    let pair = Pair::start().await;
    let url = Pair::url(&[pair.standby.port, pair.primary.port], "tessera");

    let node = TestServer::on_prepared(pair.database_at(&url)).await.unwrap();

    let client = node.machine("mailer", "read").await;
    let token = node.token(&client).await;
    assert!(node.is_active(&client, &token).await);
    assert_eq!(node.app.store.host(), Some(pair.primary.name()));
    let facts = node.app.store.hosts().await;
    let told: Vec<_> = facts.iter().map(|host| (host.name.clone(), host.says.as_str())).collect();
    let expected = [(pair.standby.name(), "is a standby"), (pair.primary.name(), "takes writes")];
    assert_eq!(told, expected);
}

/// Nobody is promoted meanwhile: the same host is used again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_primary_that_takes_no_writes_for_a_while_is_used_again() {
    let pair = Pair::start().await;
    let node = TestServer::on_prepared(pair.database()).await.unwrap();
    let client = node.machine("mailer", "read").await;
    let token = node.token(&client).await;

    tokio::task::block_in_place(|| pair.kill(&pair.primary));
    until("not ready", async || !is_ready(&node).await).await;
    tokio::task::block_in_place(|| pair.start_host(&pair.primary));
    until("ready", async || is_ready(&node).await).await;
    assert!(node.is_active(&client, &token).await);
    // It acknowledges nothing before its standby is back.
    until("issued", async || is_issued(&node, &client).await).await;

    set_read_only(&pair, "on").await;
    until("refused", async || !is_issued(&node, &client).await).await;
    assert!(!is_ready(&node).await);
    set_read_only(&pair, "off").await;
    until("ready", async || is_ready(&node).await).await;
    node.token(&client).await;
    assert_eq!(node.app.store.host(), Some(pair.primary.name()));
}

async fn is_issued(node: &TestServer, client: &TestClient) -> bool {
    let answer = node.post("/token", client, "grant_type=client_credentials").await;
    if answer.status != StatusCode::OK {
        answer.assert_error(503, "temporarily_unavailable");
    }
    answer.status == StatusCode::OK
}

async fn set_read_only(pair: &Pair, to: &str) {
    let mut primary = pair.connect(&pair.primary).await;
    for sql in [
        format!("ALTER SYSTEM SET default_transaction_read_only = {to}"),
        "SELECT pg_reload_conf()".to_owned(),
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut primary).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hosts_are_told_of_and_their_password_is_not() {
    let pair = Pair::start().await;
    let ports = [pair.standby.port, pair.primary.port];
    let program = Program::on(&pair.database_at(&Pair::url(&ports, "tessera:hun,ter2")));
    let shown = Pair::url(&ports, "tessera:****");
    let [standby, primary] = [pair.standby.name(), pair.primary.name()];
    program.add_machine("mailer");

    let settings = program.attempt(&["config", "show"], "");
    let status = program.attempt(&["db", "status"], "");
    let backup = program.attempt(&["db", "backup", "backup.db"], "");
    let server = program.serve().await;
    let doctor = program.attempt(&["doctor"], "");

    assert!(settings.out.contains(&shown), "{settings:?}");
    assert_eq!((status.code, backup.code), (Some(0), Some(0)), "{status:?} {backup:?}");
    let hosts = format!("Hosts      {standby} is a standby; {primary} takes writes");
    assert!(doctor.out.contains(&hosts), "{doctor:?}");
    let log = server.log();
    let ready = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ready = ready.into_iter().find(|event| event["event"] == "server.ready").unwrap();
    let store = format!("{standby},{primary}/postgres, of which {primary} takes writes");
    assert!(ready["store"].as_str().unwrap().ends_with(&store), "{ready}");
    for outcome in [settings, status, backup, doctor] {
        assert!(!format!("{outcome:?}").contains("ter2"), "{outcome:?}");
    }
    assert!(!log.contains("ter2"));
}

/// Its own hosts are nobody's: the pair stands in for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_example_of_several_hosts_runs() {
    let pair = Pair::start().await;
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/configs/several-hosts.toml");
    let secret = "correct horse battery staple";
    let program =
        Program::on(&pair.database()).set("TESSERA_CONFIG", example).set("EXAMPLE_SECRET", secret);
    let service = TestClient { id: ClientId::parse("service").unwrap(), secret: secret.to_owned() };

    let shown = program.clone().without("TESSERA_STORE__URL").run(&["config", "show"], "");
    let server = program.serve().await;
    let mut connection = server.connect().await.unwrap();
    let token = connection.token(&service).await;

    assert!(shown.contains("postgres://tessera@db-1.example:5432,db-2.example:5432/tessera?"));
    assert!(token.is_ok(), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn where_no_host_takes_writes_a_command_says_what_each_of_them_is() {
    let pair = Pair::start().await;
    tokio::task::block_in_place(|| pair.kill(&pair.primary));
    let ports = [pair.primary.port, pair.standby.port];
    let program = Program::on(&pair.database_at(&Pair::url(&ports, "tessera:hunter2")));
    let one = Pair::url(&ports[1..], "tessera:hunter2") + "?target_session_attrs=read-write";

    let several = program.attempt(&["client", "list"], "");
    let alone = program.clone().set("TESSERA_STORE__URL", &one).attempt(&["client", "list"], "");

    let [primary, standby] = [pair.primary.name(), pair.standby.name()];
    assert_eq!((several.code, alone.code), (Some(3), Some(3)));
    assert_eq!(
        several.err,
        format!(
            "error: can't open the store\n  tried   {}\n  said    no host of the database takes \
             writes: {primary} does not answer: Connection refused (os error 111), {standby} is a \
             standby\n  from    environment TESSERA_STORE__URL\n  next    start the primary or promote a \
             standby, or check store.url\n",
            Pair::url(&ports, "tessera:****")
        )
    );
    let said = format!("said    no host of the database takes writes: {standby} is a standby\n");
    assert!(alone.err.contains(&said), "{}", alone.err);
}
