//! What is not declared goes, where somebody asked for it.

use tessera::model::client_id::ClientId;

use super::{applied, apply, export, planned};
use crate::{
    cli::program::{Place, stores},
    common::{TestServer, on_each_engine},
};

on_each_engine!(
    nothing_goes_unless_it_is_asked_for,
    only_what_the_file_mentions_goes,
    a_removed_client_loses_its_tokens_and_its_place,
);

const ALL: &str = r#"
    clients = [{ client_id = "a" }, { client_id = "b" }]
    resource_servers = [{ audience = "x", introspectors = ["a", "b"] }, { audience = "y" }]
    scopes = [{ scope = "s", description = "S" }]
    users = [{ username = "u" }, { username = "v" }]
"#;

async fn nothing_goes_unless_it_is_asked_for(server: TestServer) {
    apply(&server.app, ALL).await;
    let before = export(&server.app, true).await;

    assert!(apply(&server.app, "clients = []\nusers = []\nscopes = []").await.is_empty());

    assert_eq!(export(&server.app, true).await, before);
}

async fn only_what_the_file_mentions_goes(server: TestServer) {
    apply(&server.app, ALL).await;

    let plan = planned(&server.app, "users = [{ username = 'u' }]", true).await.unwrap();
    assert_eq!((super::lines(&plan), plan.removals), (vec!["remove user default/v: ".into()], 1));
    assert_eq!(plan.notes.len(), 4, "{:?}", plan.notes);

    let none = "clients = []\nresource_servers = []\nscopes = []\nusers = []";
    let (differences, _) = applied(&server.app, none, true).await.unwrap();
    assert_eq!(differences.len(), 7, "{differences:?}");
    assert!(export(&server.app, true).await.ends_with(&format!("{none}\n")));
}

async fn a_removed_client_loses_its_tokens_and_its_place(server: TestServer) {
    let client = server.machine("mailer", "").await;
    let reader = server.machine("reader", "").await;
    let token = server.token(&client).await;
    apply(&server.app, "resource_servers = [{ audience = 'x', introspectors = ['mailer'] }]").await;

    applied(&server.app, "clients = [{ client_id = 'reader' }]", true).await.unwrap();

    assert!(!server.is_active(&reader, &token).await);
    assert!(!export(&server.app, false).await.contains("introspectors"));
    let gone = ClientId::parse("mailer").unwrap();
    assert!(tessera::acts::clients::find(&server.app, &gone).await.is_err());
}

#[tokio::test]
async fn removing_asks_for_the_number_and_where_nobody_can_be_asked_refuses() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.write("all.toml", ALL);
        place.write("less.toml", "clients = [{ client_id = 'a' }]\nusers = []\n");
        place.run("apply all.toml").expect(0);

        let refused = place.run("apply less.toml --prune").expect(2);
        assert!(refused.err.contains("This removes 3 things."), "{}", refused.err);
        assert!(refused.err.contains("- remove client b"), "{}", refused.err);
        place.run("client show b").expect(0);
        let preview = place.run("apply less.toml --prune --dry-run").expect(1);
        assert!(preview.out.contains("- remove user default/u"), "{}", preview.out);

        place.run("apply less.toml --prune --yes").expect(0);
        place.run("client show b").expect(1);
        place.run("apply less.toml --prune").expect(0);
        place.database.remove().await;
    }
}
