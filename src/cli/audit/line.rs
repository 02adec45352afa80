//! An event as one line.

use crate::{
    acts::audit,
    cli::{
        console::Console,
        look::{Tone, harmless},
    },
    model::{audit::KeptEvent, timestamp::Timestamp},
};

/// How wide the column of actions is at least.
const ACTION: usize = 22;

/// The most characters of what a line tells: whoever wants more reads it as JSON.
const LONGEST: usize = 300;

/// Shows an event: to people as a line, to programs as an object.
pub(super) fn show(kept: &KeptEvent, now: Timestamp, console: &mut Console) {
    if console.json() {
        console.object(&audit::to_json(kept));
        return;
    }
    let event = &kept.event;
    let time = console.times(now).precise(event.at);
    let action = harmless(&event.action);
    let padding = " ".repeat(ACTION.saturating_sub(action.chars().count()));
    let action = console.out().tone(tone(&event.action), &action);
    console.answer(&format!("{time}  {action}{padding}  {}", told(kept)));
}

/// What happened, in a few words: nothing that others wrote does anything to a terminal.
fn told(kept: &KeptEvent) -> String {
    let event = &kept.event;
    let mut told = event.target.clone();
    if event.actor != event.target {
        told = format!("{told} by {}", event.actor);
    }
    let from = event.address.as_ref().map(|address| format!("from {address}"));
    for more in [from, event.detail.clone()].into_iter().flatten() {
        told = format!("{told}, {more}");
    }
    if let Some(reason) = &event.reason {
        told = format!("{told}: {reason}");
    }
    let is_long = told.chars().count() > LONGEST;
    let cut: String = harmless(&told).chars().take(LONGEST).collect();
    if is_long { format!("{cut}…") } else { cut }
}

/// What deserves a look has a colour, which its name says as well.
fn tone(action: &str) -> Tone {
    match action {
        _ if action.starts_with("authentication.") || action.contains("reuse_detected") => {
            Tone::Bad
        }
        _ if action.starts_with("key.") || action.starts_with("store.") => Tone::Warn,
        _ => Tone::Plain,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::model::audit::Operator;

    use super::*;

    #[test]
    fn what_others_wrote_commands_no_terminal() {
        let operator = Operator::new("cli:\x1b]0;x\x07").because("\u{202e}evil\nline");
        let detail = Some("x".repeat(5000));
        let event = operator.did((Uuid::nil(), Timestamp(0)), "client.added", "a\rb", detail);

        let told = told(&KeptEvent { event, sequence: None, chain: None });

        assert!(!told.contains(|c: char| c.is_control() || c == '\u{202e}'), "{told}");
        assert!(told.starts_with("a\u{fffd}b by cli:\u{fffd}]0;x\u{fffd}, xxx"), "{told}");
        assert_eq!(told.chars().count(), LONGEST + 1);
    }
}
