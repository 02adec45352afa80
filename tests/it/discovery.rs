//! Metadata (RFC 8414), and that no request decides what it says.

use serde_json::json;

use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    both_documents_say_the_same,
    they_name_what_is_on_and_nothing_else,
    they_name_what_clients_learn_of_people,
    they_name_no_class_of_sign_ins_where_none_is_stated,
    the_host_header_decides_nothing,
    the_issuer_may_have_a_path,
);

const DOCUMENTS: [&str; 2] =
    ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

async fn both_documents_say_the_same(server: TestServer) {
    let one = server.get(DOCUMENTS[0], &[]).await;
    let two = server.get(DOCUMENTS[1], &[]).await;

    assert_eq!(one.status, 200);
    assert_eq!(one.header("content-type"), Some("application/json"));
    assert_eq!(one.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(one.body, two.body);
}

async fn they_name_what_is_on_and_nothing_else(server: TestServer) {
    let server = server.shipped();
    let metadata = server.get(DOCUMENTS[0], &[]).await.json();

    assert_eq!(metadata["issuer"], "https://id.example");
    assert_eq!(metadata["token_endpoint"], "https://id.example/token");
    assert_eq!(metadata["jwks_uri"], "https://id.example/jwks.json");
    assert_eq!(
        metadata["grant_types_supported"],
        json!(["authorization_code", "client_credentials", "refresh_token"])
    );
    assert_eq!(metadata["response_types_supported"], json!(["code"]));
    assert_eq!(metadata["response_modes_supported"], json!(["query", "fragment", "form_post"]));
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    let prompts = json!(["none", "login", "consent", "select_account"]);
    assert_eq!(metadata["prompt_values_supported"], prompts);
    assert_eq!(metadata["authorization_endpoint"], "https://id.example/authorize");
    assert_eq!(metadata["end_session_endpoint"], "https://id.example/logout");
    for (member, is_on) in [
        ("claims_parameter_supported", true),
        ("request_parameter_supported", false),
        ("request_uri_parameter_supported", false),
        ("authorization_response_iss_parameter_supported", true),
    ] {
        assert_eq!(metadata[member], is_on, "{member}");
    }
    assert!(metadata.as_object().unwrap().values().all(|member| !member.is_null()));
    // A public client may refresh and revoke, and never introspect.
    for (endpoint, serves_public) in
        [("token", true), ("introspection", false), ("revocation", true)]
    {
        let methods = &metadata[format!("{endpoint}_endpoint_auth_methods_supported")];
        let has_none = methods.as_array().unwrap().contains(&json!("none"));
        assert_eq!(has_none, serves_public, "{endpoint}");
    }
}

async fn they_name_what_clients_learn_of_people(server: TestServer) {
    let metadata = server.get(DOCUMENTS[1], &[]).await.json();

    assert_eq!(metadata["userinfo_endpoint"], "https://id.example/userinfo");
    assert_eq!(metadata["subject_types_supported"], json!(["public", "pairwise"]));
    let scopes = ["openid", "profile", "email", "address", "phone", "offline_access"];
    assert_eq!(metadata["scopes_supported"], json!(scopes));
    for signed in ["id_token", "userinfo"] {
        let member = format!("{signed}_signing_alg_values_supported");
        assert_eq!(metadata[&member], json!(["ES256", "RS256", "EdDSA", "PS256"]), "{member}");
    }
    let claims = metadata["claims_supported"].as_array().unwrap();
    for claim in ["sub", "iss", "auth_time", "name", "email_verified", "address", "updated_at"] {
        assert!(claims.contains(&json!(claim)), "{claim}");
    }
    assert!(claims.contains(&json!("acr")));
    assert_eq!(metadata["acr_values_supported"], json!(["urn:tessera:acr:password"]));
}

async fn they_name_no_class_of_sign_ins_where_none_is_stated(server: TestServer) {
    let server = server.restarted(|config| config.sessions.acr = None).await;

    let metadata = server.get(DOCUMENTS[1], &[]).await.json();

    assert!(metadata.get("acr_values_supported").is_none(), "{metadata}");
    assert!(!metadata["claims_supported"].as_array().unwrap().contains(&json!("acr")));
}

async fn the_host_header_decides_nothing(server: TestServer) {
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
    ];

    for path in DOCUMENTS {
        assert!(!server.get(path, &headers).await.body.contains("evil"), "{path}");
    }
}

async fn the_issuer_may_have_a_path(server: TestServer) {
    let server = server.with_issuer("https://id.example/tenant").await;
    let client = server.machine("mailer", "read").await;

    let metadata = server.get("/.well-known/oauth-authorization-server/tenant", &[]).await;
    let openid = server.get("/tenant/.well-known/openid-configuration", &[]).await;
    let answer = server.post("/tenant/token", &client, "grant_type=client_credentials").await;

    assert_eq!(metadata.json()["token_endpoint"], "https://id.example/tenant/token");
    assert_eq!(openid.body, metadata.body);
    assert_eq!(answer.status, 200);
    assert_eq!(server.get("/token", &[]).await.status, 404);
}
