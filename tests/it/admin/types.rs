//! Token types on pages: looked at, made and changed.

mod fields;
mod removal;

use tessera::model::user::OperatorRole;

use crate::common::{Browser, Form, TestServer, on_each_engine, server::Answer, typed::Wanted};

on_each_engine!(
    types_are_shown_with_where_they_come_from,
    a_type_is_made_and_changed,
    all_that_is_wrong_is_said_at_once_and_nothing_is_lost,
    a_preview_says_what_a_token_would_be_and_saves_nothing,
    two_who_change_one_type_see_both_versions,
    what_is_not_the_stores_is_not_changed_here,
    only_administrators_change_types,
    hostile_descriptions_are_shown_as_text,
    saving_takes_recent_proof_and_looking_does_not,
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
    let written = "audit WHERE action IN ('token_type.added', 'token_type.changed')";
    assert_eq!(server.database().count(written).await, 2);
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
