//! A token itself, looked at. It answers whether the token works: exit code 0 or 1.

use serde_json::{Value, json};

use crate::{
    acts,
    app::App,
    cli::{
        console::Console,
        problem::{Exit, Outcome},
        source::Source,
        times::span,
    },
    model::{standing::StandingEntry, timestamp::Timestamp},
};

use super::{
    circumstances::CircumstanceArguments,
    show::{entry_json, facts},
    verdict::{self, Line, Ruling, headline, no_entry, shape},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct InspectArguments {
    /// Where the token itself is: - for standard input, or a file
    #[arg(value_name = "FILE", value_parser = Source::parse)]
    pub(super) token: Source,
    #[command(flatten)]
    circumstances: CircumstanceArguments,
}

pub(super) async fn run(arguments: &InspectArguments, app: &App, console: &mut Console) -> Outcome {
    let token = console.read(&arguments.token).await?;
    let now = app.now();
    let recognised = app.tokens.policy().reference.recognise(token.expose());
    let presented = acts::tokens::inspect(app, &token).await?;

    let mut lines = vec![shape(recognised.as_ref(), token.expose())];
    let found = presented.map(|presented| presented.found);
    let mut ruling = None;
    match &found {
        Some(found) => {
            let given = arguments.circumstances.said().given(found, app, now).await?;
            let mut ruled = Ruling::on(found, &given, app, &console.times(now)).await?;
            lines.append(&mut ruled.lines);
            ruling = Some(ruled);
        }
        None => lines.push(no_entry(recognised.as_ref(), &span(app.config().tokens.keep_ended))),
    }
    if console.json() {
        let entry = found.as_ref().map(|found| entry_json(found, now));
        console.object(&to_json(ruling.as_ref(), &lines, entry.as_ref()));
    } else {
        answer(found.as_deref(), (ruling.as_ref(), &lines), app, console);
    }
    let usable = ruling.is_some_and(|ruling| ruling.refused.is_none());
    Ok(if usable { Exit::Yes } else { Exit::No })
}

fn answer(
    found: Option<&StandingEntry>,
    (ruling, lines): (Option<&Ruling>, &[Line]),
    app: &App,
    console: &mut Console,
) {
    let look = console.out();
    console.answer(&headline(found, ruling, look));
    console.answer("");
    verdict::say(lines, console);
    let Some((found, ruling)) = found.zip(ruling) else { return };
    console.answer("");
    if let Some(advice) = &ruling.advice {
        console.answer(&format!("  {advice}"));
        return;
    }
    for line in facts(found, &console.times(app.now())).lines("  ", look) {
        console.answer(&line);
    }
}

fn to_json(ruling: Option<&Ruling>, lines: &[Line], entry: Option<&Value>) -> Value {
    let refused = ruling.and_then(|ruling| ruling.refused);
    json!({
        "usable": ruling.is_some_and(|ruling| ruling.refused.is_none()),
        "status": ruling.map_or("unknown", |ruling| ruling.status),
        "refusal": refused.map(|refused| refused.refusal.as_str()),
        "until": refused.and_then(|refused| refused.until).map(Timestamp::rfc3339),
        "checks": verdict::to_json(lines),
        "entry": entry,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::look::Look;

    #[test]
    fn after_the_first_no_the_others_say_what_they_would_come_to() {
        let check = |title, holds| {
            let (detail, facts) = ("so".to_owned(), json!({}));
            Line { name: "", title, holds, detail, facts }
        };
        let (yes, no) = (Some(true), Some(false));
        let all = [("A", yes), ("B", None), ("C", no), ("D", yes), ("E", no), ("F", None)];

        let all = all.map(|(title, holds)| check(title, holds));
        let shown = verdict::lines(&all, Look { colour: false, utf8: false });

        let title = |letter: &str| format!("{letter:<30}");
        assert_eq!(
            shown,
            [
                format!("ok {} so", title("A")),
                format!("!  {} so", title("B")),
                format!("no {} so", title("C")),
                format!("-  {} would pass", title("D")),
                format!("-  {} would fail too: so", title("E")),
                format!("-  {} so", title("F")),
            ]
        );
    }
}
