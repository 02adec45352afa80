//! `Sliding`: each use makes it live on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Fields;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// Each use makes it live `extend_by` from then, though no longer than `max_lifetime` from its
/// making.
pub struct Sliding {
    /// How long from each use.
    #[serde(with = "crate::model::duration::text")]
    pub extend_by: Duration,
    /// How long at most in all; not less than `extend_by`.
    #[serde(with = "crate::model::duration::text")]
    pub max_lifetime: Duration,
}

impl Sliding {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let extend_by = fields.lifetime("extend_by");
        let max_lifetime = fields.lifetime("max_lifetime");
        let (extend_by, max_lifetime) = (extend_by?, max_lifetime?);
        if max_lifetime < extend_by {
            let remedy = "write a longer max_lifetime or a shorter extend_by";
            fields.refuse("max_lifetime", "max_lifetime < extend_by", remedy);
            return None;
        }
        Some(Self { extend_by, max_lifetime })
    }
}

#[cfg(test)]
mod tests {
    use crate::model::rules::testing::problems;

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            (r#"{"max_lifetime": "1h"}"#, "extend_by is missing"),
            (r#"{"extend_by": "1h"}"#, "max_lifetime is missing"),
            (r#"{"extend_by": "2h", "max_lifetime": "1h"}"#, "max_lifetime < extend_by"),
            (r#"{"extend_by": "0s", "max_lifetime": "1h"}"#, "extend_by must be > 0 and <= 36500d"),
            (
                r#"{"extend_by": "1h", "max_lifetime": "36501d"}"#,
                "max_lifetime must be > 0 and <= 36500d",
            ),
            (
                r#"{"extend_by": "1500ms", "max_lifetime": "1h"}"#,
                "extend_by must be in whole seconds",
            ),
        ] {
            assert_eq!(problems("Sliding", given), [expected]);
        }
        assert!(problems("Sliding", r#"{"extend_by": "1h", "max_lifetime": "1h"}"#).is_empty());
    }
}
