//! Token types on pages: looked at, made and changed.

use tessera::{acts::types, model::user::OperatorRole};

use crate::common::{
    Browser, Form, TestServer, on_each_engine,
    server::{Answer, operator},
    typed::{Presented, Wanted},
};

on_each_engine!(
    types_are_shown_with_where_they_come_from,
    a_type_is_made_and_changed,
    all_that_is_wrong_is_said_at_once_and_nothing_is_lost,
    a_preview_says_what_a_token_would_be_and_saves_nothing,
    two_who_change_one_type_see_both_versions,
    what_is_not_the_stores_is_not_changed_here,
    only_administrators_change_types,
    hostile_descriptions_are_shown_as_text,
    a_type_is_written_field_by_field,
    what_is_wrong_stands_at_its_field,
    fields_and_text_are_views_of_the_same_type,
    two_who_change_one_type_by_fields_see_both_versions,
    what_nobody_may_change_is_shown_as_it_is,
    saving_takes_recent_proof_and_looking_does_not,
    a_type_is_taken_away_by_whoever_types_its_name,
    a_type_that_changed_meanwhile_stays,
    a_type_of_the_protocol_only_loses_its_rules,
);

const TYPE: &str = "[[token_types]]\nname = \"Invite\"\ndescription = \"Joins a team\"\n\n\
    [[token_types.rules]]\ntype = \"Expiry\"\nexpiry_time = \"14d\"\n";

fn form(page: &Answer, text: &str) -> Form {
    fields(page).with("text", text)
}

/// The form of a page, as it stands there.
fn fields(page: &Answer) -> Form {
    assert_eq!(page.status, 200, "{page:?}");
    Form::with_text(page, "id=\"type\"")
}

/// Makes the type on the page.
async fn make(browser: &mut Browser<'_>) {
    let page = browser.get("/admin/types?new=1&as=text").await;
    let made = browser.submit(&form(&page, TYPE)).await;
    assert_eq!(made.header("location"), Some("/admin/types/Invite?done=saved"), "{made:?}");
}

async fn types_are_shown_with_where_they_come_from(server: TestServer) {
    server.define("[[token_types]]\nname = 'OfTheFile'\n").await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let list = browser.get("/admin/types").await;
    let page = browser.get("/admin/types/ofthefile?as=text").await;

    for text in ["In the settings file", "Part of the protocol", "/admin/types/access\""] {
        assert!(list.body.contains(text), "{text}: {}", list.body);
    }
    assert!(!list.body.contains("?new=1"), "{}", list.body);
    assert!(page.body.contains("which alone changes it"), "{}", page.body);
    assert!(page.body.contains("name = &#34;OfTheFile&#34;"), "{}", page.body);
    assert_eq!(browser.get("/admin/types/nothing").await.status, 404);
}

async fn a_type_is_made_and_changed(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    make(&mut browser).await;
    let mailer = server.machine("mailer", "read").await;
    server.create(&mailer, "invite", Wanted::default()).await;

    let page = browser.get("/admin/types/Invite?as=text").await;
    let changed = browser.submit(&form(&page, &TYPE.replace("14d", "5d"))).await;
    let again = browser.get("/admin/types?new=1&as=text").await;
    let again = browser.submit(&form(&again, TYPE)).await;

    assert_eq!(changed.header("location"), Some("/admin/types/Invite?done=saved"), "{changed:?}");
    let page = browser.get("/admin/types/Invite?done=saved").await;
    assert!(page.body.contains("Version 2"), "{}", page.body);
    assert!(page.body.contains("expiry_time = &#34;5d&#34;"), "{}", page.body);
    assert!(again.body.contains("There is a token type Invite already"), "{}", again.body);
    let events = server.database().count("audit").await;
    assert!(events >= 2, "{events}");
}

async fn all_that_is_wrong_is_said_at_once_and_nothing_is_lost(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let page = browser.get("/admin/types?new=1&as=text").await;
    let broken = "[[token_types]]\nname = \"9\"\n\n[[token_types.rules]]\ntype = \"Expyri\"\n\
        \n[[token_types.rules]]\ntype = \"UseCount\"\nmax_use_count = -1\n# </textarea><script>";
    let two = format!("{TYPE}\n{}", TYPE.replace("Invite", "Other"));
    let clients = "[[clients]]\nclient_id = \"evil\"\n";

    let refused = browser.submit(&form(&page, broken)).await;
    let several = browser.submit(&form(&page, &two)).await;
    let none = browser.submit(&form(&page, clients)).await;

    assert_eq!(refused.status, 200, "{refused:?}");
    assert!(refused.body.contains("Expyri"), "{}", refused.body);
    assert!(refused.body.matches("token_types[0]").count() >= 2, "{}", refused.body);
    assert!(refused.body.contains("# &#60;/textarea&#62;&#60;script&#62;"), "{}", refused.body);
    assert!(several.body.contains("states several types"), "{}", several.body);
    assert!(none.body.contains("states no type"), "{}", none.body);
    assert_eq!(server.database().count("clients").await, 0);
}

async fn a_preview_says_what_a_token_would_be_and_saves_nothing(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let page = browser.get("/admin/types?new=1&as=text").await;
    let text = format!("{TYPE}\n[[token_types.rules]]\ntype = \"UseCount\"\nmax_use_count = 4\n");

    let shown = browser.submit(&form(&page, &text).with("do", "preview")).await;

    for text in ["Valid: active", "in 14 d", "4 of 4 left"] {
        assert!(shown.body.contains(text), "{text}: {}", shown.body);
    }
    assert_eq!(browser.get("/admin/types/Invite").await.status, 404);
}

async fn two_who_change_one_type_see_both_versions(server: TestServer) {
    let mut one = server.operator(OperatorRole::Admin).await;
    make(&mut one).await;
    let page = one.get("/admin/types/Invite?as=text").await;
    let (first, second) =
        (form(&page, &TYPE.replace("14d", "5d")), form(&page, &TYPE.replace("14d", "3d")));
    assert_eq!(one.submit(&first).await.status, 303);

    let both = one.submit(&second).await;

    assert_eq!(both.status, 200, "{both:?}");
    assert!(both.body.contains("Somebody else changed this type"), "{}", both.body);
    assert!(both.body.contains("<code>rules.Expiry</code>"), "{}", both.body);
    for expiry in ["&#34;5d&#34;</code>", "&#34;3d&#34;</code>"] {
        assert!(both.body.contains(expiry), "{expiry}: {}", both.body);
    }
    // Saved once more, it is what was meant.
    let saved = one.submit(&form(&both, &TYPE.replace("14d", "3d"))).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    assert!(one.get("/admin/types/Invite").await.body.contains("Version 3"));
}

async fn what_is_not_the_stores_is_not_changed_here(server: TestServer) {
    server.define("[[token_types]]\nname = 'OfTheFile'\n").await;
    let mut browser = server.operator(OperatorRole::Admin).await;

    for name in ["OfTheFile", "access"] {
        let page = browser.get(&format!("/admin/types/{name}?as=text")).await;
        assert!(page.body.contains(" readonly"), "{name}: {}", page.body);
        let refused = browser.submit(&form(&page, &TYPE.replace("Invite", name))).await;
        assert!(refused.body.contains("can’t be changed here"), "{name}: {}", refused.body);
    }
    let new = browser.get("/admin/types?new=1&as=text").await;
    let taken = browser.submit(&form(&new, &TYPE.replace("Invite", "oFTheFile"))).await;
    assert!(taken.body.contains("already"), "{}", taken.body);
    assert_eq!(server.type_of("OfTheFile").await.version, 1);
}

async fn only_administrators_change_types(server: TestServer) {
    let mut admin = server.operator(OperatorRole::Admin).await;
    make(&mut admin).await;
    let mut other = server.operator(OperatorRole::TokenAdmin).await;
    let page = other.get("/admin/types/Invite?as=text").await;

    let refused = other.submit(&form(&page, &TYPE.replace("14d", "5d"))).await;

    assert!(page.body.contains("takes the role <code>admin</code>"), "{}", page.body);
    assert_eq!(refused.status, 403, "{refused:?}");
    let stale = other.get("/admin/types/Invite?as=text").await;
    let stale = admin.submit(&form(&stale, &TYPE.replace("14d", "5d"))).await;
    assert_eq!(stale.status, 200, "{stale:?}");
    assert_eq!(server.type_of("Invite").await.version, 1);
}

async fn hostile_descriptions_are_shown_as_text(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let page = browser.get("/admin/types?new=1&as=text").await;
    let text = TYPE.replace("Joins a team", "</textarea><script>alert(1)</script>");
    let saved = browser.submit(&form(&page, &text)).await;
    assert_eq!(saved.status, 303, "{saved:?}");

    for path in ["/admin/types", "/admin/types/Invite"] {
        let page = browser.get(path).await;
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
    }
}

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

async fn saving_takes_recent_proof_and_looking_does_not(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    make(&mut browser).await;
    server.advance(std::time::Duration::from_mins(6));
    let page = browser.get("/admin/types/Invite").await;
    assert!(page.body.contains("proof_password"), "{}", page.body);
    let changed = fields(&page).with("rule.0.expiry_time", "1");

    let looked = browser.submit(&changed.clone().with("do", "preview")).await;
    let unproven = browser.submit(&changed).await;
    let wrong = browser.submit(&changed.clone().with("proof_password", "wrong")).await;

    assert!(looked.body.contains("Valid: active"), "{}", looked.body);
    for refused in [&unproven, &wrong] {
        assert_eq!(refused.status, 200, "{refused:?}");
        assert_eq!(fields(refused).fields["rule.0.expiry_time"], "1");
    }
    assert_eq!(server.type_of("Invite").await.version, 1);
    let saved = browser.submit(&changed.with("proof_password", super::PASSWORD)).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    assert_eq!(server.type_of("Invite").await.version, 2);
}

async fn a_type_is_taken_away_by_whoever_types_its_name(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    make(&mut browser).await;
    let mailer = server.machine("mailer", "read").await;
    let token = server.create(&mailer, "invite", Wanted::default()).await;
    let before = server.outcome("invite", &token, Presented::default()).await;
    tessera::jobs::census::take(&server.app).await.unwrap();
    server.advance(std::time::Duration::from_mins(6));
    let page = browser.get("/admin/types/Invite/delete").await;
    assert!(page.body.contains("one works now"), "{}", page.body);
    let form = Form::to(&page, "/admin/types/Invite/delete");

    let mistyped = browser.submit(&form.clone().with("typed", "Invit")).await;
    let unproven = browser.submit(&form.clone().with("typed", "Invite")).await;
    for refused in [mistyped, unproven] {
        assert_eq!(refused.status, 200, "{refused:?}");
    }
    assert!(server.type_of("Invite").await.removed_at.is_none());
    let form = form.with("typed", "Invite").with("proof_password", super::PASSWORD);
    let done = browser.submit(&form).await;

    assert_eq!(done.header("location"), Some("/admin/types?done=removed"), "{done:?}");
    assert!(server.type_of("Invite").await.removed_at.is_some());
    let after = server.outcome("invite", &token, Presented::default()).await;
    assert_ne!(before, after);
    assert_eq!(browser.get("/admin/types/Invite/delete").await.status, 404);
    // It returns when it is saved once more.
    let back = browser.get("/admin/types/Invite").await;
    assert_eq!(browser.submit(&fields(&back)).await.status, 303);
    assert!(server.type_of("Invite").await.removed_at.is_none());
}

async fn a_type_that_changed_meanwhile_stays(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    make(&mut browser).await;
    let page = browser.get("/admin/types/Invite/delete").await;
    let form = Form::to(&page, "/admin/types/Invite/delete").with("typed", "Invite");
    let changed = fields(&browser.get("/admin/types/Invite").await);
    let changed = changed.with("rule.0.expiry_time", "1");
    assert_eq!(browser.submit(&changed).await.status, 303);

    let stays = browser.submit(&form).await;

    assert!(stays.body.contains("Nothing was done; look again"), "{}", stays.body);
    assert!(server.type_of("Invite").await.removed_at.is_none());
    let other = server.operator(OperatorRole::TokenAdmin).await.submit(&form).await;
    assert_eq!(other.status, 403, "{other:?}");
}

async fn a_type_of_the_protocol_only_loses_its_rules(server: TestServer) {
    let text = "[[token_types]]\nname = 'access'\nspend_on = 'introspection'\n\
        [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 5\n";
    let known = server.type_of("access").await;
    let seen = Some(("access", (known.version, known.updated_at)));
    types::write(&server.app, &operator(), (text, seen)).await.unwrap();
    let mut browser = server.operator(OperatorRole::Admin).await;
    let page = browser.get("/admin/types/access").await;
    assert_eq!(fields(&page).fields["spend_on"], "introspection");
    let page = browser.get("/admin/types/access/delete").await;
    assert!(page.body.contains("belongs to the protocol stays"), "{}", page.body);

    let form = Form::to(&page, "/admin/types/access/delete").with("typed", "access");
    let done = browser.submit(&form).await;

    assert_eq!(done.status, 303, "{done:?}");
    let access = server.type_of("access").await;
    assert!(access.removed_at.is_none() && access.definition.rules.is_empty());
    assert_eq!(access.source, tessera::model::token_type::TypeSource::BuiltIn);
}
