//! What our own API takes and answers, for programs (OpenAPI 3.1): generated from the handlers.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use utoipa::{
    OpenApi, ToSchema,
    openapi::{
        self, OpenApi as Document, RefOr, ResponseBuilder, Server,
        schema::{AdditionalProperties, Schema},
        security::{
            ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
        },
    },
};

use crate::{app::App, error::Problem, model::api_scope::ApiAct};

use super::{
    shows_problems,
    typed_tokens::{create, delete, get_token, list, use_token},
    whoami,
};

/// The operations and the types of their bodies.
#[derive(OpenApi)]
#[openapi(
    info(title = "Tessera", description = "Typed tokens: made, used, listed and deleted; and who \
        people are."),
    paths(create::post, list::get, use_token::post, delete::post, whoami::get, get_token::get),
    components(schemas(Problem, OAuthError)),
    tags(
        (name = "typed tokens", description = "Tokens for an application's own ends, under the \
            rules of configured types."),
        (name = "people", description = "Who prove who they are by a password or a token.")
    )
)]
struct Api;

/// What went wrong (RFC 6749 §5.2).
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema")]
pub(super) struct OAuthError {
    /// In a word.
    error: String,
    /// In a sentence, for developers.
    error_description: String,
}

/// What any operation may answer beside what it says itself.
const ERRORS: &[(u16, &str)] = &[
    (400, "The request cannot be read."),
    (401, "There is no access token, or it is not good here; or a person is not who they say."),
    (403, "The access token lacks the scope."),
    (408, "The request did not arrive in time."),
    (413, "The body is larger than 64 KiB."),
    (414, "The address is longer than 16 KiB."),
    (415, "The body is no JSON, or compressed."),
    (500, "A fault of the server."),
    (503, "The server cannot answer right now."),
];

/// Answers with the document.
pub(super) async fn get(
    State(app): State<App>,
) -> ([(HeaderName, &'static str); 1], Json<Document>) {
    let caching = [(header::CACHE_CONTROL, "public, max-age=300")];
    let mut document = document(app.issuer.as_str(), &app.issuer.join("/token"));
    if !app.config().personal_tokens.get_token {
        document.paths.paths.remove("/token");
    }
    (caching, Json(document))
}

/// The document of the server at `issuer`.
fn document(issuer: &str, token_endpoint: &str) -> Document {
    let mut document = Api::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document.servers = Some(vec![Server::new(issuer)]);
    let components = document.components.get_or_insert_default();
    components.security_schemes.extend(security(token_endpoint));
    for name in ["NewToken", "TokenUse", "TokenToDelete"] {
        if let Some(RefOr::T(schema)) = components.schemas.get_mut(name) {
            close(schema);
        }
    }
    for (path, item) in &mut document.paths.paths {
        // What stands beside our own API shows errors as OAuth does.
        let shown = if shows_problems("", path) {
            ("Problem", "application/problem+json")
        } else {
            ("OAuthError", "application/json")
        };
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            add_errors(operation, shown);
        }
    }
    document
}

/// How a caller gets in: by an access token, which a client may get for itself.
fn security(token_endpoint: &str) -> [(String, RefOr<SecurityScheme>); 3] {
    let does = |act| match act {
        ApiAct::Create => "make tokens of the type TYPE",
        ApiAct::Use => "use tokens of the type TYPE, whoever made them",
        ApiAct::Delete => "delete tokens of the type TYPE",
        ApiAct::List => "list the tokens of the type TYPE that the client made",
    };
    let scopes = ApiAct::ALL.iter().map(|act| (act.scope_token("TYPE"), does(*act).to_owned()));
    let flow = ClientCredentials::new(token_endpoint, scopes.collect::<Scopes>());
    let oauth = OAuth2::new([Flow::ClientCredentials(flow)]);
    let basic = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("A user's name and password."))
        .build();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    [
        ("client_credentials".to_owned(), RefOr::T(SecurityScheme::OAuth2(oauth))),
        ("bearer".to_owned(), RefOr::T(SecurityScheme::Http(bearer))),
        ("basic".to_owned(), RefOr::T(SecurityScheme::Http(basic))),
    ]
}

/// Says that there are no members beside those it names.
fn close(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
        Schema::OneOf(choice) => choice.items.iter_mut().for_each(|item| {
            if let RefOr::T(schema) = item {
                close(schema);
            }
        }),
        _ => {}
    }
}

fn add_errors(operation: &mut openapi::path::Operation, (schema, media): (&str, &str)) {
    for (status, description) in ERRORS {
        let takes_body = operation.request_body.is_some();
        if matches!(status, 408 | 413 | 415) && !takes_body {
            continue;
        }
        let known = &mut operation.responses.responses;
        known.entry(status.to_string()).or_insert_with(|| {
            let content = openapi::ContentBuilder::new()
                .schema(Some(openapi::Ref::from_schema_name(schema)))
                .build();
            let response = ResponseBuilder::new().description(*description).content(media, content);
            RefOr::T(response.build())
        });
    }
}
