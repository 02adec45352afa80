//! Token types on pages: looked at, made and changed.

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
);

const TYPE: &str = "[[token_types]]\nname = \"Invite\"\ndescription = \"Joins a team\"\n\n\
    [[token_types.rules]]\ntype = \"Expiry\"\nexpiry_time = \"14d\"\n";

fn form(page: &Answer, text: &str) -> Form {
    Form::with_text(page, "id=\"type\"").with("text", text)
}

/// Makes the type on the page.
async fn make(browser: &mut Browser<'_>) {
    let page = browser.get("/admin/types?new=1").await;
    let made = browser.submit(&form(&page, TYPE)).await;
    assert_eq!(made.header("location"), Some("/admin/types/Invite?done=saved"), "{made:?}");
}

async fn types_are_shown_with_where_they_come_from(server: TestServer) {
    server.define("[[token_types]]\nname = 'OfTheFile'\n").await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let list = browser.get("/admin/types").await;
    let page = browser.get("/admin/types/ofthefile").await;

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

    let page = browser.get("/admin/types/Invite").await;
    let changed = browser.submit(&form(&page, &TYPE.replace("14d", "5d"))).await;
    let again = browser.get("/admin/types?new=1").await;
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
    let page = browser.get("/admin/types?new=1").await;
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
    let page = browser.get("/admin/types?new=1").await;
    let text = format!("{TYPE}\n[[token_types.rules]]\ntype = \"UseCount\"\nmax_use_count = 4\n");

    let shown = browser.submit(&form(&page, &text).with("preview", "1")).await;

    for text in ["Valid: active", "in 14 d", "4 of 4 left"] {
        assert!(shown.body.contains(text), "{text}: {}", shown.body);
    }
    assert_eq!(browser.get("/admin/types/Invite").await.status, 404);
}

async fn two_who_change_one_type_see_both_versions(server: TestServer) {
    let mut one = server.operator(OperatorRole::Admin).await;
    make(&mut one).await;
    let page = one.get("/admin/types/Invite").await;
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
        let page = browser.get(&format!("/admin/types/{name}")).await;
        assert!(page.body.contains(" readonly"), "{name}: {}", page.body);
        let refused = browser.submit(&form(&page, &TYPE.replace("Invite", name))).await;
        assert!(refused.body.contains("can’t be changed here"), "{name}: {}", refused.body);
    }
    let new = browser.get("/admin/types?new=1").await;
    let taken = browser.submit(&form(&new, &TYPE.replace("Invite", "oFTheFile"))).await;
    assert!(taken.body.contains("already"), "{}", taken.body);
    assert_eq!(server.type_of("OfTheFile").await.version, 1);
}

async fn only_administrators_change_types(server: TestServer) {
    let mut admin = server.operator(OperatorRole::Admin).await;
    make(&mut admin).await;
    let mut other = server.operator(OperatorRole::TokenAdmin).await;
    let page = other.get("/admin/types/Invite").await;

    let refused = other.submit(&form(&page, &TYPE.replace("14d", "5d"))).await;

    assert!(page.body.contains("takes the role <code>admin</code>"), "{}", page.body);
    assert_eq!(refused.status, 403, "{refused:?}");
    let stale = other.get("/admin/types/Invite").await;
    let stale = admin.submit(&form(&stale, &TYPE.replace("14d", "5d"))).await;
    assert_eq!(stale.status, 200, "{stale:?}");
    assert_eq!(server.type_of("Invite").await.version, 1);
}

async fn hostile_descriptions_are_shown_as_text(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let page = browser.get("/admin/types?new=1").await;
    let text = TYPE.replace("Joins a team", "</textarea><script>alert(1)</script>");
    let saved = browser.submit(&form(&page, &text)).await;
    assert_eq!(saved.status, 303, "{saved:?}");

    for path in ["/admin/types", "/admin/types/Invite"] {
        let page = browser.get(path).await;
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
    }
}
