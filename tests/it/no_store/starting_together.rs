//! Servers that share one file of keys and start at the same moment.

use crate::common::{
    TestServer,
    stateless::{declared, files_in},
};

/// Each looks for the file before any has drawn a key: on one thread they take turns at every wait.
#[tokio::test]
async fn servers_that_start_together_sign_with_the_keys_of_one_file() {
    let (mailer, api, text) = declared();
    let path = std::env::temp_dir().join(format!("tessera_together_{}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    let file = path.join("keys.pem");
    let mut servers = Vec::new();
    for _ in 0..3 {
        let server = TestServer::without_store("").await;
        servers.push(server.restarted(|config| config.keys.file = Some(file.clone())).await);
    }
    let [first, second, third] = &servers[..] else { panic!("there are three") };

    let (a, b, c) = tokio::join!(first.hold(&text), second.hold(&text), third.hold(&text));

    let settled = [a.unwrap(), b.unwrap(), c.unwrap()];
    let notes = settled.iter().flat_map(|settled| &settled.notes);
    assert_eq!(notes.filter(|note| note.contains("were made")).count(), 1, "{settled:?}");
    for server in &servers {
        let token = server.token(&mailer).await;
        for neighbour in &servers {
            assert!(neighbour.is_active(&api, &token).await);
        }
    }
    assert_eq!(files_in(&path), ["keys.pem"]);
    std::fs::remove_dir_all(path).unwrap();
}
