//! A token itself, looked at. It answers whether the token works: exit code 0 or 1.

use serde_json::{Value, json};

use crate::{
    acts,
    app::App,
    cli::{
        console::Console,
        look::{Look, Mark, Tone, harmless},
        problem::{Exit, Outcome},
        source::Source,
        table::columns_of,
        times::span,
    },
    model::{standing::StandingEntry, status_word::StatusWord},
};

use super::{
    show::{entry_json, facts},
    verdict::{Check, advice, checks, no_entry, shape},
};

/// How wide the names of the checks are.
const TITLE: usize = 30;

pub(super) async fn run(source: &Source, app: &App, console: &mut Console) -> Outcome {
    let token = console.read(source).await?;
    let now = app.now();
    let recognised = app.tokens.policy().reference.recognise(token.expose());
    let presented = acts::tokens::inspect(app, &token).await?;

    let mut all = vec![shape(recognised.as_ref(), token.expose())];
    let found = presented.map(|presented| presented.found);
    match &found {
        Some(found) => all.extend(checks(found, &console.times(now))),
        None => all.push(no_entry(recognised.as_ref(), &span(app.config().tokens.keep_ended))),
    }
    let word = found.as_ref().map(|found| found.status_word(now));
    let usable = word.is_some_and(StatusWord::is_usable);
    if console.json() {
        let entry = found.as_ref().map(|found| entry_json(found, now));
        console.object(&to_json(usable, word, &all, entry.as_ref()));
    } else {
        answer(found.as_deref(), word, &all, app, console);
    }
    Ok(if usable { Exit::Yes } else { Exit::No })
}

fn answer(
    found: Option<&StandingEntry>,
    word: Option<StatusWord>,
    all: &[Check],
    app: &App,
    console: &mut Console,
) {
    let look = console.out();
    let usable = word.is_some_and(StatusWord::is_usable);
    let word_shown = word.map_or("unknown".to_owned(), StatusWord::shown);
    let (mark, verdict, tone) = if usable {
        (Mark::Yes, format!("Valid: {word_shown}"), Tone::Good)
    } else {
        (Mark::No, format!("Not valid: {word_shown}"), Tone::Bad)
    };
    let padding = " ".repeat((TITLE + 2).saturating_sub(columns_of(&verdict)));
    let name = found.map_or(String::new(), |found| {
        format!("{}, {}", found.entry.entry_key, harmless(&found.entry.type_name))
    });
    let headline = format!("{} {}{padding}{name}", look.mark(mark), look.tone(tone, &verdict));
    console.answer(headline.trim_end());
    console.answer("");
    for line in lines(all, look) {
        console.answer(&format!("  {line}"));
    }
    let Some((found, word)) = found.zip(word) else { return };
    console.answer("");
    if let Some(advice) = advice(found, word, &console.times(app.now())) {
        console.answer(&format!("  {advice}"));
        return;
    }
    for line in facts(found, &console.times(app.now())).lines("  ", look) {
        console.answer(&line);
    }
}

/// One line a check. After the first that fails, the others only say what they would come to.
fn lines(all: &[Check], look: Look) -> Vec<String> {
    let failed = all.iter().position(|check| !check.passes).unwrap_or(all.len());
    let line = |(place, check): (usize, &Check)| {
        let mark = match (place.cmp(&failed), check.passes) {
            (std::cmp::Ordering::Greater, _) => Mark::Beside,
            (_, true) => Mark::Yes,
            (_, false) => Mark::No,
        };
        let detail = match (mark, check.passes) {
            (Mark::Beside, true) => "would pass".to_owned(),
            (Mark::Beside, false) => format!("would fail too: {}", check.detail),
            _ => check.detail.clone(),
        };
        let tone = match mark {
            Mark::No => Tone::Bad,
            Mark::Beside => Tone::Dim,
            _ => Tone::Plain,
        };
        let text = format!("{:<TITLE$} {}", check.title, harmless(&detail));
        format!("{} {}", look.padded_mark(mark), look.tone(tone, text.trim_end()))
    };
    all.iter().enumerate().map(line).collect()
}

fn to_json(usable: bool, word: Option<StatusWord>, all: &[Check], entry: Option<&Value>) -> Value {
    let check =
        |check: &Check| json!({"name": check.name, "passes": check.passes, "detail": check.detail});
    json!({
        "usable": usable,
        "status": word.map_or("unknown", StatusWord::as_str),
        "checks": all.iter().map(check).collect::<Vec<_>>(),
        "entry": entry,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_first_no_the_others_say_what_they_would_come_to() {
        let check = |title, passes| Check { name: "", title, passes, detail: "so".to_owned() };
        let all = [check("A", true), check("B", false), check("C", true), check("D", false)];

        let shown = lines(&all, Look { colour: false, utf8: false });

        let title = |letter: &str| format!("{letter:<30}");
        assert_eq!(
            shown,
            [
                format!("ok {} so", title("A")),
                format!("no {} so", title("B")),
                format!("-  {} would pass", title("C")),
                format!("-  {} would fail too: so", title("D")),
            ]
        );
    }
}
