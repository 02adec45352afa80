//! Keys: nodes that make one at the same time must all use the same.

use std::time::Duration;

use tessera::{
    acts::{self, clients::ClientChanges, keys, master_key},
    app::App,
    config::{MasterBytes, MasterSource},
    model::{
        client::ClientKind, key_rotation::KeyStep, signature_algorithm::SignatureAlgorithm,
        signing_key::SigningKeyState, token_format::TokenFormat,
    },
};

use super::{ROUNDS, at_once, nodes, winners};
use crate::common::{TestServer, on_each_engine, server::operator};

on_each_engine!(
    nodes_that_need_a_new_algorithm_at_once_share_one_key,
    of_several_envelope_keys_of_a_period_one_is_kept,
    one_master_key_is_settled_on,
    of_several_turns_at_once_one_makes_the_next_key,
    of_several_turns_at_once_one_lets_the_next_key_sign,
    of_several_rotations_by_hand_one_counts,
    of_several_withdrawals_one_counts_and_one_key_signs_after,
    of_several_master_keys_one_is_put_in_force,
    no_envelope_key_is_left_under_a_master_key_of_before,
);

async fn nodes_that_need_a_new_algorithm_at_once_share_one_key(server: TestServer) {
    let algorithm = SignatureAlgorithm::EdDsa;
    let nodes = nodes(&server).await;

    let names = at_once(&nodes, 8, |app, _| async move {
        acts::keys::ensure(&app, algorithm).await.unwrap();
        app.tokens.keys().signing(algorithm).unwrap().kid.clone()
    })
    .await;

    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    let jwt = ClientChanges {
        access_format: Some(Some(TokenFormat::Jwt)),
        access_algorithm: Some(Some(algorithm)),
        ..ClientChanges::default()
    };
    let client = server.client("mailer", ClientKind::Machine, jwt).await;
    let token = server.token(&client).await;
    for app in &nodes {
        let presented = app.tokens.present(&token, app.now()).await.unwrap();
        assert_eq!(presented.unwrap().refusal, None);
    }
}

async fn of_several_envelope_keys_of_a_period_one_is_kept(server: TestServer) {
    let period = 7;

    let answers = at_once(&nodes(&server).await, 8, |app, number| async move {
        let sealed = [u8::try_from(number).unwrap(); 60];
        let mut store = app.store.begin().await.unwrap();
        let inserted = store.insert_seal_key(period, &sealed, app.now()).await.unwrap();
        store.commit().await.unwrap();
        (inserted, sealed.to_vec())
    })
    .await;

    let kept = server.app.store.read().await.unwrap().seal_keys().await.unwrap();
    let kept: Vec<&Vec<u8>> =
        kept.iter().filter(|(id, _)| *id == period).map(|(_, sealed)| sealed).collect();
    let won: Vec<&Vec<u8>> =
        answers.iter().filter(|(inserted, _)| *inserted).map(|(_, sealed)| sealed).collect();
    assert_eq!((won.len(), &won), (1, &kept));
}

async fn one_master_key_is_settled_on(server: TestServer) {
    server.database().execute("UPDATE instance SET master_check = NULL").await;

    let in_force = at_once(&nodes(&server).await, 8, |app, number| async move {
        let check = [u8::try_from(number).unwrap(); 32];
        app.store.write().await.unwrap().settle_master_check(&check).await.unwrap()
    })
    .await;

    assert!(in_force.iter().all(|check| *check == in_force[0]), "{in_force:?}");
}

const DAY: Duration = Duration::from_hours(24);

/// How often everybody together took `step`, when all did at once what is due.
async fn turns(nodes: &[App], step: KeyStep) -> usize {
    let taken = at_once(nodes, 6, |app, _| async move {
        let taken = keys::turn(&app, &operator()).await.unwrap();
        taken.iter().filter(|taken| taken.step == step).count()
    });
    taken.await.iter().sum()
}

/// How many keys are in a state.
async fn count(server: &TestServer, state: SigningKeyState) -> usize {
    let keys = server.app.store.read().await.unwrap().all_signing_keys().await.unwrap();
    keys.iter().filter(|key| key.state == state).count()
}

async fn of_several_turns_at_once_one_makes_the_next_key(server: TestServer) {
    let nodes = nodes(&server).await;
    for _ in 0..ROUNDS {
        server.advance(90 * DAY);

        assert_eq!(turns(&nodes, KeyStep::Stage).await, 1);

        assert_eq!(count(&server, SigningKeyState::Staged).await, 1);
        server.advance(DAY);
        turns(&nodes, KeyStep::Activate).await;
    }
}

async fn of_several_turns_at_once_one_lets_the_next_key_sign(server: TestServer) {
    let nodes = nodes(&server).await;
    for _ in 0..ROUNDS {
        let planned = keys::plan(&server.app, None).await.unwrap();
        keys::rotate(&server.app, &operator(), &planned[0], false).await.unwrap();
        server.advance(DAY);

        assert_eq!(turns(&nodes, KeyStep::Activate).await, 1);

        assert_eq!(count(&server, SigningKeyState::Active).await, 1);
        assert_eq!(count(&server, SigningKeyState::Staged).await, 0);
    }
}

async fn of_several_rotations_by_hand_one_counts(server: TestServer) {
    let nodes = nodes(&server).await;
    for _ in 0..ROUNDS {
        let planned = keys::plan(&server.app, None).await.unwrap();

        let done = at_once(&nodes, 4, |app, _| {
            let planned = planned.clone();
            async move { keys::rotate(&app, &operator(), &planned[0], true).await.is_ok() }
        });

        assert_eq!(winners(&done.await), 1);
        assert_eq!(count(&server, SigningKeyState::Active).await, 1);
    }
}

async fn of_several_withdrawals_one_counts_and_one_key_signs_after(server: TestServer) {
    let nodes = nodes(&server).await;
    for _ in 0..ROUNDS {
        let planned = keys::plan(&server.app, None).await.unwrap();
        let kid = planned[0].active.as_ref().unwrap().kid.clone();

        let done = at_once(&nodes, 4, |app, number| {
            let (kid, planned) = (kid.clone(), planned.clone());
            async move {
                // One of them wants it to go in order meanwhile.
                if number == 3 {
                    let _ = keys::rotate(&app, &operator(), &planned[0], false).await;
                    return false;
                }
                keys::withdraw(&app, &operator(), &kid, None).await.is_ok()
            }
        });

        assert_eq!(winners(&done.await), 1);
        assert_eq!(count(&server, SigningKeyState::Active).await, 1);
    }
}

fn master(byte: u8) -> MasterBytes {
    MasterBytes::decode(&base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        [byte; 32],
    ))
    .unwrap()
}

async fn of_several_master_keys_one_is_put_in_force(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;

    let nodes = nodes(&server).await;

    let done = at_once(&nodes, 6, |app, number| async move {
        let byte = u8::try_from(number + 1).unwrap();
        let done = master_key::rewrap(&app, &operator(), Some(master(byte)), false).await;
        done.is_ok().then_some(byte)
    });

    // A server that put one in force may put the next in its place; another may not.
    let won: Vec<u8> = done.await.into_iter().flatten().collect();
    assert!(
        won.iter().all(
            |byte| usize::from(byte % 2) % nodes.len() == usize::from(won[0] % 2) % nodes.len()
        ),
        "{won:?}"
    );
    drop(nodes);
    let mut check = server.app.store.read().await.unwrap();
    let in_force = check.master_check().await.unwrap().unwrap();
    drop(check);
    let is_in_force = |byte: &&u8| {
        let bytes = zeroize::Zeroizing::new(*master(**byte).expose());
        tessera::tokens::MasterKey::new(&bytes).check_value()[..] == in_force[..]
    };
    let last = master(*won.iter().find(is_in_force).expect("one of those that were told so"));
    let server = server.restarted(|config| config.keys.master = MasterSource::Value(last)).await;
    assert!(server.is_active(&client, &token).await);
}

/// One puts another master key in force while others begin a new period.
async fn no_envelope_key_is_left_under_a_master_key_of_before(server: TestServer) {
    let mut server = server;
    let client = server.machine("mailer", "read").await;
    for round in 1..=10 {
        let nodes = nodes(&server).await;
        server.advance(91 * DAY);

        at_once(&nodes, 4, |app, number| async move {
            if number == 1 {
                master_key::rewrap(&app, &operator(), Some(master(round)), false).await.unwrap();
            } else {
                // Refused if it comes too late, and all the same to us.
                let _ = app.tokens.sealer().renew(&app.store, app.now()).await;
            }
        })
        .await;

        drop(nodes);
        server = server
            .restarted(|config| config.keys.master = MasterSource::Value(master(round)))
            .await;
        assert!(server.is_active(&client, &server.token(&client).await).await);
    }
}
