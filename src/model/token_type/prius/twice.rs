//! What stands twice where it can stand once.

use super::{At, PATH};
use crate::model::{
    rules::{Flaw, snake},
    strict_json::{Repeat, Step, StrictJson, path},
    token_type::read::{FaultPlace, TypeFault, fault},
};

/// What was found to stand twice.
pub(super) struct Twins {
    pub(super) faults: Vec<TypeFault>,
    are_around_types: bool,
}

const REMEDY: &str = "remove one of the two";

impl Twins {
    /// Judges the members that are repeated letter by letter.
    pub(super) fn of(read: &StrictJson) -> Self {
        let mut twins = Self { faults: Vec::new(), are_around_types: false };
        for repeat in &read.repeats {
            let types = PATH.iter().fold(&read.value, |value, name| &value[*name]);
            let fault = match place(&repeat.within) {
                Some((index, rule, inside)) => {
                    let is_of_rule = rule.is_some() && inside.is_empty();
                    let is_type = |other: &Repeat| {
                        other.within == repeat.within && snake(&other.name) == "type"
                    };
                    let is_two_rules = is_of_rule && read.repeats.iter().any(is_type);
                    if is_two_rules && !is_type(repeat) {
                        continue;
                    }
                    let flaw = if is_two_rules {
                        two_rules()
                    } else {
                        let at = Repeat { within: inside.to_vec(), name: repeat.name.clone() };
                        Flaw::new(Some(&repeat.name), format!("{at} is given twice"), REMEDY)
                    };
                    at((index, &types[index], rule), flaw)
                }
                None => {
                    twins.are_around_types = true;
                    TypeFault {
                        place: FaultPlace { type_index: 0, rule_index: None, key: None },
                        path: path(&repeat.within),
                        problem: format!("{:?} is given twice", repeat.name),
                        remedy: REMEDY.to_owned(),
                    }
                }
            };
            twins.faults.push(fault);
        }
        twins
    }

    /// Whether something is repeated that is in no type, so that nobody can tell which types count.
    pub(super) fn are_around_types(&self) -> bool {
        self.are_around_types
    }

    /// Notes that a key is given in two spellings.
    pub(super) fn note_spellings(&mut self, place: At<'_>, one: &str, other: &str) {
        let flaw = match (place.2, snake(other).as_str()) {
            (Some(_), "type") => {
                // Their other keys stand there twice for the same reason.
                let here = |fault: &TypeFault| (fault.place.type_index, fault.place.rule_index);
                self.faults.retain(|fault| here(fault) != (place.0, place.2));
                two_rules()
            }
            _ => {
                let problem = format!("{one} and {other} are both given, which are one key");
                Flaw::new(Some(other), problem, REMEDY)
            }
        };
        let fault = at(place, flaw);
        self.faults.push(fault);
    }

    /// These faults and `others`, by type. Of a type that has something twice nothing else is told:
    /// it would depend on which of the two is meant.
    pub(super) fn before(self, others: Vec<TypeFault>) -> Vec<TypeFault> {
        let mut faults = self.faults;
        let doubtful: Vec<usize> = faults.iter().map(|fault| fault.place.type_index).collect();
        let is_clear = |fault: &TypeFault| !doubtful.contains(&fault.place.type_index);
        faults.extend(others.into_iter().filter(is_clear));
        faults.sort_by_key(|fault| (fault.place.type_index, fault.place.rule_index));
        faults
    }
}

fn two_rules() -> Flaw {
    let remedy = "close the braces behind the first rule, and open others before the second";
    Flaw::new(Some("type"), "two rules stand in one pair of braces", remedy)
}

fn at((index, item, rule): At<'_>, flaw: Flaw) -> TypeFault {
    // Of two rules in one place, neither gives it its name.
    let is_of_two = flaw.key.as_deref() == Some("type");
    let kept = |_: &&str| !is_of_two;
    let name = |rule: usize| item["rules"][rule]["type"].as_str().filter(kept).unwrap_or_default();
    fault((index, &item["name"]), rule.map(|rule| (rule, name(rule))), flaw)
}

/// Which type and which of its rules it is in, and the way from there.
fn place(within: &[Step]) -> Option<(usize, Option<usize>, &[Step])> {
    let (around, inside) = within.split_at_checked(PATH.len())?;
    let is_there =
        around.iter().zip(PATH).all(|(step, name)| *step == Step::Member(name.to_owned()));
    match inside {
        _ if !is_there => None,
        [Step::Item(index), Step::Member(rules), Step::Item(rule), inside @ ..]
            if snake(rules) == "rules" =>
        {
            Some((*index, Some(*rule), inside))
        }
        [Step::Item(index), inside @ ..] => Some((*index, None, inside)),
        _ => None,
    }
}
