use super::*;

#[test]
fn our_own_api_shows_problems_and_nothing_else_does() {
    for path in ["/tokens", "/tokens/", "/tokens/use", "/tokens/other"] {
        assert!(shows_problems("", path), "{path}");
        assert!(shows_problems("/tenant", &format!("/tenant{path}")), "{path}");
    }
    for path in ["/token", "/tokensx", "/introspect", "/", "/openapi.json"] {
        assert!(!shows_problems("", path), "{path}");
    }
    assert!(!shows_problems("/tenant", "/tokens"));
}
