//! How the commands of a group share statements.

use std::collections::{BTreeMap, HashMap};

use super::command::{Command, Kind, Row, Write};

/// In what order the commands of a group are run. They all came before any was answered, so any
/// order is as good as another.
pub(super) struct Plan<'c> {
    /// Commands of one write, by kind. A row that several are about has one in each turn: the
    /// second must find what the first left.
    pub(super) batches: BTreeMap<(usize, Kind), Vec<Lone<'c>>>,
    /// Commands of several writes, each with its place in the group.
    pub(super) several: Vec<(usize, &'c Command)>,
}

/// The one write of a command.
pub(super) struct Lone<'c> {
    /// The place of the command in the group.
    pub(super) place: usize,
    pub(super) write: &'c Write,
    pub(super) row: Row,
}

impl<'c> Plan<'c> {
    pub(super) fn of(commands: impl Iterator<Item = &'c Command>) -> Self {
        let mut plan = Plan { batches: BTreeMap::new(), several: Vec::new() };
        let mut turns: HashMap<(Kind, Row), usize> = HashMap::new();
        for (place, command) in commands.enumerate() {
            let [write] = command.0.as_slice() else {
                plan.several.push((place, command));
                continue;
            };
            let (kind, row) = (write.kind(), write.row());
            let turn = turns.entry((kind, row.clone())).or_default();
            plan.batches.entry((*turn, kind)).or_default().push(Lone { place, write, row });
            *turn += 1;
        }
        // Two nodes that take the same rows take them in the same order.
        plan.several.sort_by_key(|(_, command)| command.0.first().map(Write::row));
        plan.batches.values_mut().for_each(|batch| batch.sort_by(|a, b| a.row.cmp(&b.row)));
        plan
    }

    /// The one statement that does it all, if one does.
    pub(super) fn only_batch(&self) -> Option<(Kind, &[Lone<'c>])> {
        let mut batches = self.batches.iter();
        match (batches.next(), batches.next(), self.several.is_empty()) {
            (Some(((_, kind), batch)), None, true) if kind.is_one_statement() => {
                Some((*kind, batch))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{secret::Sha256, timestamp::Timestamp};

    fn using(name: &str) -> Command {
        Command::new().use_identifier("test", Sha256::of(name.as_bytes()), Timestamp(1))
    }

    #[test]
    fn one_row_has_one_turn_at_a_time() {
        let commands = ["a", "b", "a", "a"].map(using);

        let plan = Plan::of(commands.iter());

        let turns: Vec<_> = plan.batches.values().map(Vec::len).collect();
        assert_eq!(turns, [2, 1, 1]);
        assert!(plan.only_batch().is_none());
    }

    #[test]
    fn different_rows_of_one_kind_share_a_statement() {
        let commands = ["a", "b", "c"].map(using);

        let plan = Plan::of(commands.iter());

        let only = plan.only_batch().map(|(kind, batch)| (kind, batch.len()));
        assert_eq!(only, Some((Kind::Identifiers, 3)));
    }

    #[test]
    fn whatever_order_they_came_in_rows_are_taken_in_one() {
        let order = |names: [&str; 3]| {
            let commands = names.map(using);
            let plan = Plan::of(commands.iter());
            let (_, batch) = plan.only_batch().unwrap();
            batch.iter().map(|lone| lone.row.clone()).collect::<Vec<_>>()
        };

        assert_eq!(order(["a", "b", "c"]), order(["c", "a", "b"]));
    }
}
