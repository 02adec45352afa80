//! What is told of code that sets up OpenIddict.

use super::{Fault, faults};

#[test]
fn a_setting_of_openiddict_is_not_told_as_if_it_had_been_converted() {
    let code = "options.SetAccessTokenLifetime(TimeSpan.FromMinutes(30))\n\
                .SetRefreshTokenLifetime(TimeSpan.FromDays(3))\n\
                .SetRefreshTokenReuseLeeway(TimeSpan.FromSeconds(5));\n";
    let faults = faults(code);

    assert_eq!(faults.len(), 3, "{faults:?}");
    for Fault { remedy, .. } in faults {
        assert!(remedy.contains(" = \"…\", with your "), "{remedy}");
    }
}
