//! What the server says of its API.

use serde_json::{Value, json};

use crate::common::{TestServer, on_each_engine};

on_each_engine!(the_document_names_every_operation_with_its_bounds,);

async fn the_document_names_every_operation_with_its_bounds(server: TestServer) {
    let server = server.with_issuer("https://id.example/tenant").await;

    let answer = server.get("/tenant/openapi.json", &[]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"], json!([{"url": "https://id.example/tenant"}]));
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/tokens", "/tokens/delete", "/tokens/use", "/whoami"]);
    let security = &document["components"]["securitySchemes"];
    let flow = &security["client_credentials"]["flows"]["clientCredentials"];
    assert_eq!(flow["tokenUrl"], "https://id.example/tenant/token");
    assert_eq!(flow["scopes"].as_object().unwrap().len(), 4);
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            assert_operation(path, operation);
        }
    }
    let schemas = &document["components"]["schemas"];
    for (name, required) in [("NewToken", json!(["type"])), ("TokenUse", json!(["type", "token"]))]
    {
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}");
        assert_eq!(schemas[name]["required"], required, "{name}");
    }
    for choice in schemas["TokenToDelete"]["oneOf"].as_array().unwrap() {
        assert_eq!(choice["additionalProperties"], false, "{choice}");
    }
    let members = &schemas["TokenUse"]["properties"];
    assert_eq!(members["purpose"]["maxLength"], 200);
    assert_eq!(members["use_key"]["maxLength"], 128);
    assert_eq!(schemas["PurposeText"]["maxLength"], 200);
    let members = &schemas["NewToken"]["properties"];
    assert_eq!(members["expires_in"]["maximum"], 3_153_600_000_u64);
    assert_eq!(members["attributes"]["maxProperties"], 64);
    assert_eq!(members["purposes"]["maxItems"], 32);
    assert_eq!(members["identity"]["maxLength"], 400);
}

fn assert_operation(path: &str, operation: &Value) {
    let (media, schema) = match path {
        "/whoami" => ("application/json", "#/components/schemas/OAuthError"),
        _ => ("application/problem+json", "#/components/schemas/Problem"),
    };
    for status in ["400", "401", "403", "414", "500", "503"] {
        let shown = &operation["responses"][status]["content"][media]["schema"]["$ref"];
        assert_eq!(shown, schema, "{status} {operation}");
    }
    let schemes: Vec<_> = operation["security"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| one.as_object().unwrap())
        .collect();
    // People make, list and delete tokens of their own, and use none here.
    let expected = if path == "/tokens/use" || path == "/whoami" { 2 } else { 3 };
    assert_eq!(schemes.len(), expected, "{operation}");
    assert!(operation["summary"].is_string() && operation["description"].is_string());
}
