//! What one node measures for all.

use std::time::Duration;

use tessera::{
    acts::{clients::ClientChanges, keys, overview::Warning},
    jobs::{census, sweep},
    model::{
        client::{ClientKind, ClientStatus},
        scope::Scope,
        series::{Period, Range},
        signature_algorithm::SignatureAlgorithm,
        token_format::TokenFormat,
    },
    store::SeriesPoint,
};

use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    good_tokens_are_counted_by_type,
    what_is_counted_is_what_the_query_finds,
    a_large_table_is_counted_in_stretches,
    what_will_be_swept_within_a_day_is_counted,
    it_is_measured_again_after_a_while,
    rows_are_kept_as_long_as_their_period,
    what_the_chain_was_found_to_be_is_told,
    jwts_are_counted_by_the_key_that_signed_them,
    what_the_last_sweep_deleted_is_told,
);

async fn good_tokens_are_counted_by_type(server: TestServer) {
    assert!(super::look(&server, Range::Day).await.measured.is_none());
    let app = server.application("app", "read", ClientKind::Web).await;
    let machine = server.machine("mailer", "read").await;
    for _ in 0..3 {
        server.token(&machine).await;
    }
    let revoked = server.token(&machine).await;
    server.post("/revoke", &machine, &format!("token={revoked}")).await;
    server.begin(&app, "").await;

    assert!(census::take(&server.app).await.unwrap());

    let seen = super::look(&server, Range::Day).await;
    let types: Vec<_> =
        seen.by_type.iter().map(|of| (of.name.as_str(), of.active, of.ending)).collect();
    assert_eq!(types, [("access", 4, 4), ("refresh", 1, 0)]);
    let measured = seen.measured.unwrap();
    assert_eq!((measured.entries, measured.active, measured.at), (6, 5, server.now()));
    assert!(measured.database_bytes > 10_000, "{measured:?}");
    assert_eq!(seen.active.last().unwrap(), &Some(5));
    // What has ended is not there the next time, by type neither.
    server.advance(Duration::from_hours(2));
    assert!(census::take(&server.app).await.unwrap());
    let types = super::look(&server, Range::Day).await.by_type;
    assert_eq!(types.iter().map(|of| of.name.as_str()).collect::<Vec<_>>(), ["refresh"]);
}

async fn what_is_counted_is_what_the_query_finds(server: TestServer) {
    let app = server.application("app", "read", ClientKind::Web).await;
    let machines = [server.machine("mailer", "read").await, server.machine("other", "read").await];
    for client in &machines {
        server.token(client).await;
    }
    let pair = server.begin(&app, "").await;
    server.refresh(&app, &pair.refresh).await;
    let other = server.begin(&app, "").await;
    server.post("/revoke", &app, &format!("token={}", other.refresh)).await;
    let operator = crate::common::server::operator();
    let disabled = ClientStatus::Disabled;
    let id = &machines[1].id;
    tessera::acts::clients::set_status(&server.app, &operator, id, disabled).await.unwrap();

    assert!(census::take(&server.app).await.unwrap());

    let listing = tessera::acts::tokens::Listing {
        query: "status:active".parse().unwrap(),
        limit: 100,
        ..Default::default()
    };
    let found = tessera::acts::tokens::list(&server.app, &listing).await.unwrap().entries.len();
    let counted = super::look(&server, Range::Day).await.measured.unwrap().active;
    assert_eq!((found, counted), (4, 4));
}

async fn a_large_table_is_counted_in_stretches(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    let copies = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO tokens (entry_key, kind, type_name, format, status, client_id, scope, audience,
            jti_salt, client_generation, global_generation, created_at, expires_at)
        SELECT entry_key + i, kind, type_name, 'jwt', status, client_id, scope, audience, i,
            client_generation, global_generation, created_at, expires_at
        FROM tokens CROSS JOIN n WHERE format <> 'jwt'";
    assert_eq!(server.database().execute(copies).await, 2500);

    assert!(census::take(&server.app).await.unwrap());

    let measured = super::look(&server, Range::Day).await.measured.unwrap();
    assert_eq!((measured.entries, measured.active), (2501, 2501));
}

async fn what_will_be_swept_within_a_day_is_counted(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    for _ in 0..3 {
        server.token(&client).await;
    }
    let due = async || {
        assert!(census::take(&server.app).await.unwrap());
        let measured = super::look(&server, Range::Day).await.measured.unwrap();
        (measured.entries, measured.active, measured.due_in_a_day)
    };
    assert_eq!(due().await, (3, 3, Some(0)));

    // They live for an hour and are kept for 7 days more.
    server.advance(Duration::from_hours(6 * 24 + 2));
    server.token(&client).await;

    assert_eq!(due().await, (4, 1, Some(3)));
}

async fn it_is_measured_again_after_a_while(server: TestServer) {
    assert!(census::is_due(&server.app).await.unwrap());
    census::run(&server.app).await;
    assert!(!census::is_due(&server.app).await.unwrap());

    server.advance(Duration::from_mins(5));
    assert!(census::is_due(&server.app).await.unwrap());
    let (at, name) = (server.now(), "entries".to_owned());
    let large = SeriesPoint { name, at, value: 10_001 };
    server.app.store.set_series(&Period::ALL, &[large]).await.unwrap();
    assert!(!census::is_due(&server.app).await.unwrap());
    server.advance(Duration::from_mins(10));
    assert!(census::is_due(&server.app).await.unwrap());

    // A clock that is set back far does not stop it.
    census::run(&server.app).await;
    server.rewind(Duration::from_hours(1));
    assert!(census::is_due(&server.app).await.unwrap());
}

async fn rows_are_kept_as_long_as_their_period(server: TestServer) {
    let at = server.now();
    let point = SeriesPoint { name: "issued".to_owned(), at, value: 1 };
    server.app.store.add_to_series(&[point]).await.unwrap();
    let database = server.database();
    let kept = async || {
        let sql = "UPDATE series SET value = value WHERE name = 'issued'";
        database.execute(sql).await
    };
    assert_eq!(kept().await, 4);

    for (hours, rows) in [(25, 4), (2, 3), (2 * 24, 2), (13 * 24, 1), (383 * 24, 1), (24, 0)] {
        server.advance(Duration::from_hours(hours));
        assert!(census::take(&server.app).await.unwrap());
        assert_eq!(kept().await, rows, "after {hours} more hours");
    }
}

async fn what_the_chain_was_found_to_be_is_told(server: TestServer) {
    server.machine("mailer", "read").await;
    server.advance(Duration::from_mins(1));
    let check = tessera::jobs::audit::Check::default();
    let look_through = async || {
        for _ in 0..4 {
            server.advance(Duration::from_mins(2));
            assert!(tessera::jobs::audit::take_turn(&server.app, &check).await.unwrap());
        }
    };
    look_through().await;
    assert_eq!(super::warnings(&server).await, []);

    server.database().execute("UPDATE audit SET actor = 'nobody'").await;
    server.advance(Duration::from_hours(2));
    look_through().await;

    let warnings = super::warnings(&server).await;
    assert!(matches!(warnings.as_slice(), [Warning::ChainBroken { .. }]), "{warnings:?}");
}

/// Each key that there is, and how many JWTs of it were found to work.
async fn live(server: &TestServer) -> Vec<(String, Option<i64>)> {
    let all = keys::list(&server.app).await.unwrap();
    let mut live: Vec<_> =
        all.into_iter().map(|facts| (facts.key.kid, facts.live.map(|live| live.count))).collect();
    live.sort();
    live
}

async fn jwts_are_counted_by_the_key_that_signed_them(server: TestServer) {
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let (operator, minute) = (crate::common::server::operator(), Duration::from_mins(1));
    let mailer = server.machine("mailer", "read").await;
    let rsa = ClientChanges {
        access_algorithm: Some(Some(SignatureAlgorithm::Rs256)),
        scope: Some(Scope::parse("read").unwrap()),
        ..ClientChanges::default()
    };
    let other = server.client("other", ClientKind::Machine, rsa).await;
    let app = server.application("app", "read", ClientKind::Web).await;
    server.token(&mailer).await;
    let revoked = server.token(&mailer).await;
    server.post("/revoke", &mailer, &format!("token={revoked}")).await;
    for _ in 0..3 {
        server.token(&other).await;
    }
    // Its refresh token is no JWT that somebody checks by its signature.
    server.begin(&app, "").await;
    let signing = |all: Vec<keys::KeyFacts>, algorithm| {
        let of = |facts: &&keys::KeyFacts| facts.key.algorithm == algorithm;
        all.iter().rev().find(of).unwrap().key.kid.clone()
    };
    let es = signing(keys::list(&server.app).await.unwrap(), SignatureAlgorithm::Es256);
    let rs = signing(keys::list(&server.app).await.unwrap(), SignatureAlgorithm::Rs256);
    assert_eq!(live(&server).await.iter().filter(|(_, count)| count.is_some()).count(), 0);

    server.advance(minute);
    let plan = keys::plan(&server.app, Some(SignatureAlgorithm::Es256)).await.unwrap().remove(0);
    let next = keys::rotate(&server.app, &operator, &plan, true).await.unwrap().kid;
    server.advance(minute);
    for _ in 0..4 {
        server.token(&mailer).await;
    }
    assert!(census::take(&server.app).await.unwrap());

    let mut expected = vec![(es.clone(), Some(2)), (rs.clone(), Some(3)), (next.clone(), Some(4))];
    expected.sort();
    assert_eq!(live(&server).await, expected);
    // What is withdrawn is gone, and what ended is not there the next time.
    keys::withdraw(&server.app, &operator, &es, None).await.unwrap();
    server.advance(Duration::from_hours(2));
    assert!(census::take(&server.app).await.unwrap());
    let mut expected = vec![(es, None), (rs, Some(0)), (next, Some(0))];
    expected.sort();
    assert_eq!(live(&server).await, expected);
}

async fn what_the_last_sweep_deleted_is_told(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    for _ in 0..3 {
        server.token(&client).await;
    }
    assert_eq!(super::look(&server, Range::Day).await.swept, None);
    server.advance(Duration::from_hours(9 * 24));

    sweep::sweep(&server.app).await.unwrap();
    let first = super::look(&server, Range::Day).await;
    server.advance(Duration::from_mins(5));
    sweep::sweep(&server.app).await.unwrap();
    let second = super::look(&server, Range::Day).await;

    assert_eq!((first.swept, second.swept), (Some(3), Some(0)));
    assert_eq!(second.swept_at, Some(server.now()));
    let mut browser = server.operator(tessera::model::user::OperatorRole::Auditor).await;
    let page = browser.get("/admin").await;
    assert!(page.body.contains("0 tokens removed"), "{}", page.body);
}
