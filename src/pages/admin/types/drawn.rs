//! The form of a token type, as it is drawn: a row a rule, with what is wrong beside its field.

use crate::{
    model::{
        rules::{self, RuleKey, Shape},
        token_type::{ACCESS, SpendOn, TypeFault, fold},
    },
    pages::words::Words,
};

use super::{
    draft::{Draft, RuleDraft, key_field, rule_field, unit_field},
    names,
};

/// The form, ready to draw.
pub(super) struct Drawn {
    /// What the type says beside its rules.
    pub(super) basics: Vec<Input>,
    pub(super) rows: Vec<Row>,
    /// The rules that can be added: names, and what they are called.
    pub(super) others: Vec<Offered>,
    /// What is wrong and belongs to no field.
    pub(super) wrong: Vec<String>,
}

/// A rule.
pub(super) struct Row {
    pub(super) at: usize,
    /// The field that says which rule it is.
    pub(super) field: String,
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) inputs: Vec<Input>,
    pub(super) wrong: Vec<String>,
}

/// A field.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) value: String,
    pub(super) wrong: Option<String>,
    control: Control,
    /// What can be chosen; of a length of time, its unit.
    pub(super) offered: Vec<Offered>,
    /// Whether it belongs to a rule that was just added, and is the first of its fields.
    pub(super) is_first: bool,
    /// Whether it says what cannot be changed.
    pub(super) is_fixed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    Line,
    Number,
    Length,
    Lines,
    Choice,
    Boxes,
    Box,
}

/// What can be chosen.
pub(super) struct Offered {
    pub(super) word: String,
    pub(super) text: String,
    pub(super) is_chosen: bool,
}

impl Drawn {
    /// Draws a type. `known` is the name of one that there is; `added` the place of a rule that was
    /// just added.
    pub(super) fn of(
        draft: &Draft,
        (known, added): (Option<&str>, Option<usize>),
        faults: &[TypeFault],
        words: Words,
    ) -> Self {
        let rows = draft.rules.iter().enumerate();
        let rows = rows.map(|(at, rule)| Row::of(rule, (at, added == Some(at)), words)).collect();
        let is_there = |name: &str| draft.rules.iter().any(|rule| rule.described.name == name);
        let others = rules::described().into_iter().filter(|rule| !is_there(rule.name));
        let others = others.map(|rule| {
            let text = names::of_rule(rule.name).map(|(key, _)| words.text(key).into_owned());
            let word = rule.name.to_owned();
            Offered { text: text.unwrap_or_else(|| word.clone()), word, is_chosen: false }
        });
        let mut others: Vec<_> = others.collect();
        others.sort_by(|one, other| one.text.cmp(&other.text));
        let basics = basics(draft, known, words);
        let mut drawn = Self { basics, rows, others, wrong: Vec::new() };
        for fault in faults {
            drawn.mark(fault);
        }
        drawn
    }

    /// Puts what is wrong where it belongs.
    fn mark(&mut self, fault: &TypeFault) {
        let TypeFault { place, problem, remedy, .. } = fault;
        let text = format!("{problem}: {remedy}");
        // A key that is missing stands nowhere, but its field does.
        let key = place.key.as_deref().or_else(|| problem.strip_suffix(" is missing"));
        let (inputs, others) = match place.rule_index {
            None => (&mut self.basics, &mut self.wrong),
            Some(at) => match self.rows.get_mut(at) {
                Some(row) => (&mut row.inputs, &mut row.wrong),
                None => return self.wrong.push(text),
            },
        };
        let name = match (place.rule_index, key) {
            (Some(at), Some(key)) => key_field(at, key),
            (None, Some(key)) => key.to_owned(),
            (_, None) => return others.push(text),
        };
        match inputs.iter_mut().find(|input| input.name == name) {
            Some(input) if input.wrong.is_none() => input.wrong = Some(text),
            _ => others.push(text),
        }
    }
}

/// The fields of the type itself.
fn basics(draft: &Draft, known: Option<&str>, words: Words) -> Vec<Input> {
    let input = |(name, label, hint): (&str, &str, &str), control, value: &str| Input {
        hint: words.text(hint).into_owned(),
        ..Input::plain((name.to_owned(), words.text(label).into_owned()), control, value.to_owned())
    };
    let yes = |is: bool| if is { "1" } else { "" };
    let name = ("name", "admin-types-name", "admin-types-name-hint");
    let description = ("description", "admin-types-description", "admin-types-description-hint");
    let purpose = ("require_purpose", "admin-types-purpose", "admin-types-purpose-hint");
    let identity = ("require_identity", "admin-types-identity", "admin-types-identity-hint");
    let mut all = vec![
        Input { is_fixed: known.is_some(), ..input(name, Control::Line, &draft.name) },
        input(description, Control::Line, &draft.description),
        input(purpose, Control::Box, yes(draft.require_purpose)),
        input(identity, Control::Box, yes(draft.require_identity)),
    ];
    // The others know one answer only.
    if fold(&draft.name) == ACCESS || !["", "use"].contains(&&*draft.spend_on) {
        let spend_on = ("spend_on", "admin-types-spend", "admin-types-spend-hint");
        let known: Vec<_> = SpendOn::ALL.iter().map(ToString::to_string).collect();
        let offered = offered(&known, &[&draft.spend_on], words);
        all.push(Input { offered, ..input(spend_on, Control::Choice, &draft.spend_on) });
    }
    all
}

impl Row {
    fn of(rule: &RuleDraft, (at, is_new): (usize, bool), words: Words) -> Self {
        let name = rule.described.name;
        let said = names::of_rule(name);
        let text = |key: &'static str| words.text(key).into_owned();
        let pairs = rule.described.keys.iter().zip(&rule.values);
        let mut inputs: Vec<_> =
            pairs.map(|(key, value)| Input::of((name, at), key, value, words)).collect();
        if let Some(first) = inputs.first_mut() {
            first.is_first = is_new;
        }
        Self {
            at,
            field: rule_field(at),
            name,
            title: said.map_or_else(|| name.to_owned(), |(title, _)| text(title)),
            text: said.map_or_else(String::new, |(_, does)| text(does)),
            inputs,
            wrong: Vec::new(),
        }
    }
}

impl Input {
    fn plain((name, label): (String, String), control: Control, value: String) -> Self {
        Self {
            name,
            label,
            hint: String::new(),
            value,
            wrong: None,
            control,
            offered: Vec::new(),
            is_first: false,
            is_fixed: false,
        }
    }

    fn of((rule, at): (&str, usize), key: &RuleKey, value: &str, words: Words) -> Self {
        let said = names::of_key(rule, key.name);
        let label = said.map_or_else(|| key.name.to_owned(), |it| words.text(it.0).into_owned());
        let field = (key_field(at, key.name), label);
        let input = |control, value: &str, offered| Self {
            hint: hint(key, said.and_then(|it| it.1), words),
            offered,
            ..Self::plain(field, control, value.to_owned())
        };
        let usual = key.usual.as_deref().unwrap_or_default();
        let stands = if value.is_empty() { usual } else { value };
        let choice = |all: &[String]| offered(all, &[stands], words);
        match &key.shape {
            Shape::Text => input(Control::Line, value, Vec::new()),
            Shape::Integer(..) => input(Control::Number, value, Vec::new()),
            Shape::Texts => input(Control::Lines, value, Vec::new()),
            Shape::Word(all) => input(Control::Choice, value, choice(all)),
            Shape::Boolean => {
                input(Control::Choice, value, choice(&["true", "false"].map(str::to_owned)))
            }
            Shape::Words(all) => {
                let ticked: Vec<_> = value.lines().collect();
                input(Control::Boxes, value, offered(all, &ticked, words))
            }
            Shape::Length => {
                let unit = parted(stands).map_or("h", |(_, unit)| unit);
                let number = parted(value).map_or(value, |(number, _)| number);
                input(Control::Length, number, units(unit, words))
            }
        }
    }

    /// The name of the field of its unit.
    pub(super) fn unit(&self) -> String {
        unit_field(&self.name)
    }

    pub(super) fn is_length(&self) -> bool {
        self.control == Control::Length
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.control, Control::Length | Control::Number)
    }

    pub(super) fn is_lines(&self) -> bool {
        self.control == Control::Lines
    }

    pub(super) fn is_choice(&self) -> bool {
        self.control == Control::Choice
    }

    pub(super) fn is_boxes(&self) -> bool {
        self.control == Control::Boxes
    }

    pub(super) fn is_box(&self) -> bool {
        self.control == Control::Box
    }

    /// What describes it, for those who hear the page.
    pub(super) fn described_by(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let wrong = self.wrong.as_ref().map(|_| format!("{}-wrong", self.name));
        [hint, wrong].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// What can be chosen, with what it means.
fn offered(all: &[String], chosen: &[&str], words: Words) -> Vec<Offered> {
    let offer = |word: &String| Offered {
        text: names::of_word(word).map_or_else(|| word.clone(), |it| words.text(it).into_owned()),
        is_chosen: chosen.contains(&word.as_str()),
        word: word.clone(),
    };
    all.iter().map(offer).collect()
}

fn units(chosen: &str, words: Words) -> Vec<Offered> {
    let offer = |(word, key): &(&str, &str)| Offered {
        word: (*word).to_owned(),
        text: words.text(key).into_owned(),
        is_chosen: *word == chosen,
    };
    names::UNITS.iter().map(offer).collect()
}

/// What helps with a key: its own words, its bounds, and what holds without it.
fn hint(key: &RuleKey, said: Option<&str>, words: Words) -> String {
    let said = said.map(|said| words.text(said).into_owned());
    let bounds = match key.shape {
        Shape::Integer(least, most) => {
            Some(words.numbers("admin-rule-bounds", [("least", least), ("most", most)]))
        }
        _ => None,
    };
    let is_shown = matches!(key.shape, Shape::Integer(..) | Shape::Text | Shape::Length);
    let usual = key.usual.as_deref().filter(|usual| is_shown && !usual.is_empty());
    let usual = usual.map(|usual| words.with("admin-rule-usual", [("value", usual)]));
    [said, bounds, usual].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A length of time as a number and its unit, if it is written so.
fn parted(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let is_known = names::UNITS.iter().any(|(known, _)| *known == unit);
    (digits > 0 && is_known).then_some((number, unit))
}
