//! What the servers of one database run with, and where they differ.

use std::collections::{BTreeMap, BTreeSet};

/// What stands in front of the name of a token type: a node without one says nothing of it.
const TOKEN_TYPES: &str = "token_types.";

/// The settings of one node.
#[derive(Debug, Clone)]
pub struct NodeSettings<'n> {
    /// Its name.
    pub name: &'n str,
    /// Key to value. `None` of a node whose version does not say so.
    pub settings: Option<BTreeMap<String, String>>,
}

/// A setting that not all nodes have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing<'n> {
    /// Its key.
    pub key: String,
    /// Each value, `None` where it is missing, and the nodes that have it.
    pub sides: BTreeMap<Option<String>, Vec<&'n str>>,
}

impl<'n> NodeSettings<'n> {
    /// Takes what a node told of itself: JSON, key to value.
    #[must_use]
    pub fn of(name: &'n str, told: Option<&str>) -> Self {
        Self { name, settings: told.and_then(|told| serde_json::from_str(told).ok()) }
    }
}

/// The settings that not all nodes have alike, by key. A node that says nothing of a setting does
/// not know it, and counts for nothing; but for a token type, which is then missing there.
#[must_use]
pub fn differing<'n>(nodes: &[NodeSettings<'n>]) -> Vec<Differing<'n>> {
    let told: Vec<_> =
        nodes.iter().filter_map(|node| Some((node.name, node.settings.as_ref()?))).collect();
    let keys: BTreeSet<&String> = told.iter().flat_map(|(_, settings)| settings.keys()).collect();
    let sides = |key: &String| {
        let mut sides: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (name, settings) in &told {
            let value = settings.get(key);
            if value.is_some() || key.starts_with(TOKEN_TYPES) {
                sides.entry(value.cloned()).or_default().push(*name);
            }
        }
        Differing { key: key.clone(), sides }
    };
    keys.into_iter().map(sides).filter(|differing| differing.sides.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(told: &[Option<&str>]) -> Vec<String> {
        let nodes: Vec<_> = told.iter().map(|told| NodeSettings::of("n", *told)).collect();
        differing(&nodes).into_iter().map(|differing| differing.key).collect()
    }

    #[test]
    fn what_all_have_alike_is_not_named() {
        assert!(keys(&[Some(r#"{"x":"1"}"#), Some(r#"{"x":"1"}"#)]).is_empty());
        assert!(keys(&[Some(r#"{"token_types.a":"1"}"#)]).is_empty());
        assert!(keys(&[]).is_empty());
    }

    #[test]
    fn who_does_not_know_a_setting_counts_for_nothing() {
        assert!(keys(&[Some(r#"{"x":"1"}"#), Some("{}"), None, Some("no JSON")]).is_empty());
        assert_eq!(keys(&[Some(r#"{"x":"1"}"#), Some("{}"), Some(r#"{"x":"2"}"#)]), ["x"]);
    }

    #[test]
    fn a_token_type_that_is_missing_differs() {
        let both = r#"{"token_types.a":"1","token_types.b":"1"}"#;
        let one = r#"{"token_types.a":"1"}"#;
        let nodes = [
            NodeSettings::of("n", Some(both)),
            NodeSettings::of("m", Some(one)),
            NodeSettings::of("old", None),
        ];

        let found = differing(&nodes);

        assert_eq!(found.len(), 1);
        assert_eq!(found[0].key, "token_types.b");
        let sides = BTreeMap::from([(None, vec!["m"]), (Some("1".to_owned()), vec!["n"])]);
        assert_eq!(found[0].sides, sides);
    }
}
