//! The explorer of tokens, and the page of one entry.

mod entry;

use tessera::{
    acts::tokens::{Listing, list},
    model::{query::TokenQuery, series::Period, user::OperatorRole},
    store::SeriesPoint,
};

use crate::{
    common::{Engine, Form, TestServer, on_each_engine, typed::Wanted},
    mass_revocation::copies,
};

on_each_engine!(
    every_token_is_in_the_list_however_it_was_made,
    a_filter_is_a_query_whose_parts_can_be_taken_out,
    fields_write_the_same_query,
    fields_that_make_no_sense_are_shown_as_they_were_sent,
    a_filter_that_makes_no_sense_is_answered_with_what_is_wrong,
    nothing_found_gives_the_filter_back,
    pages_go_on_and_back_without_losing_an_entry,
    an_entry_is_found_among_however_many_by_its_name,
    many_are_counted_roughly_and_said_to_be,
    a_filter_is_saved_and_deleted_again,
    who_looks_for_what_rests_is_led_to_what_was_never_used,
);

const DOWNLOAD: &str = "[[token_types]]\nname = 'DownloadLink'\n\
    [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '24h'\n\
    [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 3\n";

/// The names of the entries that match, those that end first at the head.
pub(super) async fn entries(server: &TestServer, query: &str) -> Vec<String> {
    let query = TokenQuery::parse(query).unwrap();
    let listing = Listing { query, limit: 1000, ..Listing::default() };
    let page = list(&server.app, &listing).await.unwrap();
    page.entries.iter().map(|found| found.entry.entry_key.to_string()).collect()
}

/// Where the links of a page lead that have this in them.
fn links(body: &str, text: &str) -> Vec<String> {
    let all = body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    all.filter(|link| link.contains(text)).map(|link| link.replace("&#38;", "&")).collect()
}

async fn every_token_is_in_the_list_however_it_was_made(server: TestServer) {
    server.define(DOWNLOAD).await;
    let mailer = server.machine("report-mailer", "read").await;
    server.token(&mailer).await;
    server
        .create(&mailer, "DownloadLink", Wanted { purposes: &["report-0312"], ..Wanted::default() })
        .await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get("/admin/tokens").await;

    for key in entries(&server, "").await {
        assert!(page.body.contains(&format!("/admin/tokens/{key}\"")), "{key}: {}", page.body);
    }
    assert!(page.body.contains("for: report-0312"), "{}", page.body);
    assert!(page.body.contains("3 of 3 left"), "{}", page.body);
    assert!(page.body.contains("/admin/clients/report-mailer"), "{}", page.body);
    assert!(page.body.contains("2 tokens"), "{}", page.body);
    assert!(page.body.contains("takes the role <code>token-admin</code>"), "{}", page.body);
    assert!(!page.body.contains("data-row"), "{}", page.body);
}

async fn a_filter_is_a_query_whose_parts_can_be_taken_out(server: TestServer) {
    let (one, other) = (server.machine("one", "read").await, server.machine("other", "read").await);
    server.token(&one).await;
    server.token(&other).await;
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;

    let page = browser.get("/admin/tokens?q=status%3Aactive%20-client%3Aother").await;

    let (kept, left_out) =
        (entries(&server, "client:one").await, entries(&server, "client:other").await);
    assert!(page.body.contains(&kept[0]), "{}", page.body);
    assert!(!page.body.contains(&left_out[0]), "{}", page.body);
    let without = links(&page.body, "?q=-client%3Aother");
    assert_eq!(without.len(), 1, "{}", page.body);
    let without = browser.get("/admin/tokens?q=status%3Aactive").await;
    assert!(without.body.contains(&left_out[0]), "{}", without.body);
    assert!(without.body.contains("aria-current=\"page\"><bdi>Active</bdi>"), "{}", without.body);
}

async fn fields_write_the_same_query(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let picked = "/admin/tokens?pick=1&rest=uses%3A%3E3&type=access&client=one&user=&scope=a+b\
                  &status=active%2Cwaiting&expires=%3C24h";
    let sent = browser.get(picked).await;

    let written = "type:access client:one scope:\"a b\" status:active,waiting expires:<1d uses:>3";
    let place = sent.header("location").unwrap().to_owned();
    let query = url::Url::parse(&format!("http://x{place}")).unwrap();
    let query: Vec<_> = query.query_pairs().map(|(_, value)| value.into_owned()).collect();
    assert_eq!(query, [written, "1"]);
    // And the form says it again, unfolded.
    let page = browser.get(&place).await;
    assert!(page.body.contains("name=\"client\" value=\"one\""), "{}", page.body);
    assert!(page.body.contains("<details class=\"more fields\" open>"), "{}", page.body);
    assert!(page.body.contains("<option value=\"active,waiting\" selected>"), "{}", page.body);
    assert!(page.body.contains("name=\"rest\" value=\"uses:&#62;3\""), "{}", page.body);
}

async fn fields_that_make_no_sense_are_shown_as_they_were_sent(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let sent = "/admin/tokens?pick=1&rest=-used%3Anever&type=access&client=my+client&user=alice\
                &scope=a&status=active&expires=";
    let page = browser.get(sent).await;

    assert_eq!(page.status, 200, "{page:?}");
    for text in ["value=\"my client\"", "value=\"alice\"", "value=\"-used:never\"", "open>"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(page.body.contains("<option value=\"active\" selected>"), "{}", page.body);
    assert!(page.body.contains("client:&#34;my client&#34;"), "{}", page.body);
    let two = browser.get("/admin/tokens?pick=1&client=a+user%3Ab").await;
    assert!(two.body.contains("value=\"a user:b\""), "{}", two.body);
}

async fn a_filter_that_makes_no_sense_is_answered_with_what_is_wrong(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let faulty = browser.get("/admin/tokens?q=statsu%3Ax%20uses%3Ay").await;
    let unknown = browser.get("/admin/tokens?q=user%3Anobody").await;

    assert_eq!(faulty.status, 200);
    let sentence = "statsu (character 1) is no key: write status:";
    assert!(faulty.body.contains(sentence), "{}", faulty.body);
    assert!(faulty.body.contains("y (character 15)"), "{}", faulty.body);
    assert!(faulty.body.contains("value=\"statsu:x uses:y\""), "{}", faulty.body);
    assert!(unknown.body.contains("there is no user nobody"), "{}", unknown.body);
}

async fn nothing_found_gives_the_filter_back(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get("/admin/tokens?q=client%3Anobody").await;

    assert!(page.body.contains("No token matches"), "{}", page.body);
    assert!(page.body.contains("<code>client:nobody</code>"), "{}", page.body);
    assert!(page.body.contains(">Clear</a>"), "{}", page.body);
}

async fn pages_go_on_and_back_without_losing_an_entry(server: TestServer) {
    let machine = server.machine("busy", "read").await;
    for _ in 0..120 {
        server.token(&machine).await;
    }
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let all = entries(&server, "client:busy").await;
    let shown = |body: &str| -> Vec<String> {
        let boxes = body.split("type=\"checkbox\" name=\"").skip(1);
        let names = boxes.filter_map(|rest| rest.split('"').next());
        names.filter(|name| name.starts_with("tok_")).map(str::to_owned).collect()
    };

    let first = browser.get("/admin/tokens?q=client%3Abusy").await;
    let older = links(&first.body, "after=");
    let second = browser.get(&older[0]).await;
    let third = browser.get(&links(&second.body, "after=")[0]).await;
    let back = browser.get(&links(&third.body, "before=")[0]).await;
    let start = browser.get(&links(&back.body, "before=")[0]).await;

    assert!(first.body.contains("120 tokens"), "{}", first.body);
    assert_eq!([shown(&first.body), shown(&second.body), shown(&third.body)].concat(), all);
    assert_eq!(links(&third.body, "after=").len(), 0);
    assert_eq!(shown(&back.body), shown(&second.body));
    assert_eq!(shown(&start.body), shown(&first.body));
    assert_eq!(links(&start.body, "before=").len(), 0);
}

async fn an_entry_is_found_among_however_many_by_its_name(server: TestServer) {
    let machine = server.machine("busy", "read").await;
    for _ in 0..60 {
        server.token(&machine).await;
    }
    let last = entries(&server, "").await.pop().unwrap();
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get(&format!("/admin/tokens?q={last}")).await;

    assert!(page.body.contains(&format!("href=\"/admin/tokens/{last}\"")), "{}", page.body);
    assert!(page.body.contains("1 token<"), "{}", page.body);
}

async fn many_are_counted_roughly_and_said_to_be(server: TestServer) {
    let machine = server.machine("busy", "read").await;
    server.token(&machine).await;
    copies(&server, "busy", 12_000).await;
    server.database().execute("UPDATE tokens SET scope = 'write' WHERE jti_salt % 2 = 0").await;
    let mut browser = server.operator(OperatorRole::Auditor).await;
    let mut counted = async |query: &str| {
        let page = browser.get(&format!("/admin/tokens?q={query}")).await;
        let footer = page.body.split("<footer><span>").nth(1).unwrap().to_owned();
        footer.split('<').next().unwrap().to_owned()
    };

    // So far a count goes, and a stretch of a thousand at most beyond.
    let over = counted("").await;
    assert!(over.starts_with("over 10"), "nobody counted yet: {over}");
    let some = counted("scope:write").await;
    assert!(some.starts_with("over 5"), "{some}");
    let at = server.now();
    let series = [("entries", 3_214_000), ("active", 43_210), ("active:access", 9000)];
    let points = series.map(|(name, value)| SeriesPoint { name: name.to_owned(), at, value });
    server.app.store.set_series(&[Period::Minute], &points).await.unwrap();

    assert_eq!(counted("").await, "about 3.2 million tokens");
    assert_eq!(counted("status:active").await, "about 43,000 tokens");
    assert_eq!(counted("status:active%20type:access").await, over, "it is outdated");
    assert_eq!(counted("scope:write").await, some, "nobody knows");
    assert_eq!(counted("client:busy%20type:access").await, over, "nobody knows");
    assert_eq!(counted("client:nobody").await, "0 tokens");
    let alone = counted("client:busy").await;
    if server.database().engine == Engine::Postgres {
        server.database().execute("ANALYZE tokens").await;
        assert_eq!(counted("client:busy").await, "about 12,000 tokens", "{alone}");
    } else {
        assert_eq!(alone, over);
    }
}

async fn a_filter_is_saved_and_deleted_again(server: TestServer) {
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let page = browser.get("/admin/tokens?q=client%3Aone").await;
    let form = Form::to(&page, "/admin/tokens/views").with("name", "<b>Ours</b>");

    let saved = browser.submit(&form).await;
    let again = browser.submit(&form).await;
    let unnamed = browser.submit(&form.clone().with("name", " \u{9}")).await;

    let place = "/admin/tokens?q=client%3Aone&done=saved";
    assert_eq!(saved.header("location"), Some(place), "{saved:?}");
    // What is wrong stands beside the name, and the list where it was.
    for (answer, fault) in
        [(again, "There is a saved filter of this name."), (unnamed, "Give it a name")]
    {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.body.contains(r#"aria-describedby="name-wrong""#), "{}", answer.body);
        assert!(answer.body.contains(fault), "{fault}: {}", answer.body);
        assert!(answer.body.contains(r#"value="client:one""#), "{}", answer.body);
    }
    let page = browser.get(place).await;
    assert!(page.body.contains("<bdi>&#60;b&#62;Ours&#60;/b&#62;</bdi>"), "{}", page.body);
    assert_eq!(server.database().count("saved_queries").await, 1);
    let gone = browser.submit(&Form::to(&page, "/admin/tokens/views")).await;
    assert_eq!(gone.status, 303, "{gone:?}");
    assert_eq!(server.database().count("saved_queries").await, 0);
}

async fn who_looks_for_what_rests_is_led_to_what_was_never_used(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    let key = entries(&server, "").await.remove(0);
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get("/admin/tokens?q=used:%3E30d").await;
    let wider = links(&page.body, "q=used%3A%3E30d%2Cnever").remove(0);
    let found = browser.get(&wider).await;

    assert!(!page.body.contains(&key), "{}", page.body);
    assert!(page.body.contains("never used are left out"), "{}", page.body);
    assert!(found.body.contains(&key), "{}", found.body);
    assert!(!found.body.contains("never used are left out"), "{}", found.body);
}
