//! The form of a type, field by field.

use tessera::{acts::types, model::user::OperatorRole};

use super::{fields, make};
use crate::common::{TestServer, on_each_engine, server::Answer};

on_each_engine!(
    a_type_is_written_field_by_field,
    what_is_wrong_stands_at_its_field,
    fields_and_text_are_views_of_the_same_type,
    two_who_change_one_type_by_fields_see_both_versions,
    what_nobody_may_change_is_shown_as_it_is,
    a_form_of_another_version_takes_nothing_away,
);

async fn a_type_is_written_field_by_field(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let page = browser.get("/admin/types?new=1").await;
    let begun = fields(&page)
        .with("name", "Invite")
        .with("description", "Joins a team")
        .with("rule.0.expiry_time", "14")
        .with("rule.0.expiry_time.unit", "d");

    let fewer = browser.submit(&begun.with("do", "remove.1")).await;
    let more = browser.submit(&fields(&fewer).with("do", "add").with("add", "MaxActive")).await;
    let more = fields(&more).with("rule.1.max", "3").with("rule.1.per", "client");
    let more = browser.submit(&more.with("do", "add").with("add", "Schedule")).await;
    let whole = fields(&more)
        .with("rule.2.days.sat", "1")
        .with("rule.2.from", "08:00")
        .with("rule.2.to", "18:00");
    let checked = browser.submit(&whole.clone().with("do", "preview")).await;
    let saved = browser.submit(&whole).await;

    assert_eq!(saved.header("location"), Some("/admin/types/Invite?done=saved"), "{saved:?}");
    for text in ["in 14 d", "max = 3", "tessera apply Invite.toml"] {
        assert!(checked.body.contains(text), "{text}: {}", checked.body);
    }
    assert_eq!(twice(&checked), [] as [&str; 0]);
    assert!(checked.body.contains("hx-target=\"#preview\""), "{}", checked.body);
    let definition = server.type_of("Invite").await.definition;
    let expected = "[[token_types]]\nname = 'Invite'\ndescription = 'Joins a team'\n\
        [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '14d'\n\
        [[token_types.rules]]\ntype = 'MaxActive'\nmax = 3\nper = 'client'\n\
        [[token_types.rules]]\ntype = 'Schedule'\ndays = ['sat']\nfrom = '08:00'\nto = '18:00'\n";
    let expected = types::read_one(expected).unwrap().definition;
    assert!(definition.says_the_same_as(&expected), "{definition:?}");
    // What was saved is what stands in the fields.
    let page = browser.get("/admin/types/Invite").await;
    let again = fields(&page);
    assert_eq!(again.fields["rule.0.expiry_time"], "2");
    assert_eq!(again.fields["rule.0.expiry_time.unit"], "w");
    assert!(again.fields.contains_key("rule.2.days.sat"));
    assert!(!again.fields.contains_key("rule.2.days.sun"));
}

/// The names of elements that a page gives to two.
fn twice(page: &Answer) -> Vec<&str> {
    let ids = page.body.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
}

async fn what_is_wrong_stands_at_its_field(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let page = browser.get("/admin/types?new=1").await;
    let faulty = fields(&page)
        .with("name", "9 <b>")
        .with("rule.0.expiry_time", "")
        .with("rule.1.max_use_count", "many");

    let refused = browser.submit(&faulty).await;

    assert_eq!(refused.status, 200, "{refused:?}");
    for field in ["name", "rule.0.expiry_time", "rule.1.max_use_count"] {
        let told = format!("id=\"{field}-wrong\"");
        assert!(refused.body.contains(&told), "{field}: {}", refused.body);
    }
    let again = fields(&refused);
    assert_eq!(again.fields["name"], "9 <b>");
    assert_eq!(again.fields["rule.1.max_use_count"], "many");
    // Nothing is wrong yet with what was only begun.
    let begun = browser.submit(&faulty.with("do", "add").with("add", "Rate")).await;
    assert!(!begun.body.contains("-wrong\""), "{}", begun.body);
    assert!(begun.body.contains("id=\"rule.2.window\""), "{}", begun.body);
}

async fn fields_and_text_are_views_of_the_same_type(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let page = browser.get("/admin/types?new=1").await;
    let typed = fields(&page).with("name", "Invite").with("rule.1.max_use_count", "7");

    let text = browser.submit(&typed.with("do", "text")).await;
    let text = fields(&text);
    let broken = browser.submit(&text.clone().with("text", "[[token").with("do", "fields")).await;
    let changed = text.fields["text"].replace("= 7", "= 8");
    let back = browser.submit(&text.clone().with("text", &changed).with("do", "fields")).await;

    assert!(text.fields["text"].contains("name = \"Invite\""), "{text:?}");
    assert_eq!(fields(&back).fields["rule.1.max_use_count"], "8");
    // What cannot be read stays text, and says why.
    assert_eq!(fields(&broken).fields["text"].trim(), "[[token");
    assert!(broken.body.contains("id=\"faults\""), "{}", broken.body);
    assert_eq!(browser.get("/admin/types/Invite").await.status, 404);
}

async fn two_who_change_one_type_by_fields_see_both_versions(server: TestServer) {
    let mut one = server.operator(OperatorRole::Admin).await;
    make(&mut one).await;
    let mine = fields(&one.get("/admin/types/Invite").await);
    let first = mine.clone().with("rule.0.expiry_time", "5").with("rule.0.expiry_time.unit", "d");
    assert_eq!(one.submit(&first).await.status, 303);

    let second = mine.with("rule.0.expiry_time", "3").with("rule.0.expiry_time.unit", "d");
    let both = one.submit(&second).await;

    assert!(both.body.contains("Somebody else changed this type"), "{}", both.body);
    for expiry in ["&#34;5d&#34;</code>", "&#34;3d&#34;</code>"] {
        assert!(both.body.contains(expiry), "{expiry}: {}", both.body);
    }
    let again = fields(&both);
    assert_eq!(again.fields["rule.0.expiry_time"], "3");
    assert_eq!(one.submit(&again).await.status, 303);
    assert_eq!(server.type_of("Invite").await.version, 3);
}

async fn what_nobody_may_change_is_shown_as_it_is(server: TestServer) {
    let text = "[[token_types]]\nname = 'OfTheFile'\n[[token_types.rules]]\ntype = 'Schedule'\n\
        from = '08:00'\nto = '18:00'\n";
    server.define(text).await;
    let mut admin = server.operator(OperatorRole::Admin).await;
    make(&mut admin).await;
    let mut auditor = server.operator(OperatorRole::Auditor).await;

    let of_file = admin.get("/admin/types/OfTheFile").await;
    let of_store = auditor.get("/admin/types/Invite").await;

    for page in [&of_file, &of_store] {
        assert!(!page.body.contains("name=\"do\""), "{}", page.body);
        assert!(page.body.contains("?as=text"), "{}", page.body);
        assert!(page.body.contains(" readonly"), "{}", page.body);
        assert!(!page.body.contains("/delete\""), "{}", page.body);
    }
    let saved = admin.submit(&fields(&of_file).with("rule.0.to", "19:00")).await;
    assert!(saved.body.contains("can’t be changed here"), "{}", saved.body);
    assert_eq!(auditor.submit(&fields(&of_store).with("do", "preview")).await.status, 403);
    assert_eq!(server.type_of("OfTheFile").await.version, 1);
}

async fn a_form_of_another_version_takes_nothing_away(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    make(&mut browser).await;
    let form = fields(&browser.get("/admin/types/Invite").await);
    let form = form.with("rule.0.expiry_time", "1");

    for more in [("rule.1", "PinKey"), ("rule.0.grace", "1"), ("rule.7.max_use_count", "1")] {
        let asked = browser.submit(&form.clone().with(more.0, more.1)).await;

        assert_eq!(asked.status, 200, "{asked:?}");
        assert!(asked.body.contains("nothing was done"), "{more:?}: {}", asked.body);
    }
    assert_eq!(server.type_of("Invite").await.version, 1);
    assert_eq!(browser.submit(&form).await.status, 303);
}
