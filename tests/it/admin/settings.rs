//! The page of the settings in force.

use tessera::model::user::OperatorRole;

use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    every_setting_is_shown_with_its_source,
    secrets_are_masked,
    a_setting_is_found_by_part_of_its_name,
);

async fn every_setting_is_shown_with_its_source(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get("/admin/settings").await;

    for key in tessera::config::KEYS {
        let cell = format!("<code>{}</code>", key.path);
        assert!(page.body.contains(&cell), "{}", key.path);
    }
    assert!(page.body.contains("Changing something here takes the role <code>admin</code>"));
}

async fn secrets_are_masked(server: TestServer) {
    let text = "[keys]\nmaster = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\n";
    let stated = tessera::config::parse(Some(("tessera.toml", text)), []).unwrap().config.settings;
    let server = server.restarted(|config| config.settings = stated).await;
    let mut browser = server.operator(OperatorRole::Admin).await;

    let page = browser.get("/admin/settings?q=keys.master").await;

    assert!(page.body.contains("tessera.toml, line 2"), "{}", page.body);
    assert!(page.body.contains("<code>****</code>"), "{}", page.body);
    assert!(!page.body.contains("AAECAwQF"));
}

async fn a_setting_is_found_by_part_of_its_name(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let found = browser.get("/admin/settings?q=Keep_Ended").await;
    assert!(found.body.contains("<code>tokens.keep_ended</code>"));
    assert!(!found.body.contains("<code>store.url</code>"));

    let none = browser.get("/admin/settings?q=%3Cscript%3E").await;
    assert!(none.body.contains("No setting is called like that."));
    assert!(none.body.contains("value=\"&#60;script&#62;\""), "{}", none.body);
}
