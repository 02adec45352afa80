//! Checking the log.

use serde_json::json;

use crate::{
    acts::audit::{Break, ChainWalk, Damage, Noted, Step, WholeChain, hex},
    app::App,
    cli::{
        console::Console,
        figures::grouped,
        look::Mark,
        problem::{Exit, Outcome},
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct VerifyArguments {
    /// What was printed and noted elsewhere before: a number, a colon and 64 digits
    #[arg(long, value_name = "NUMBER:HASH", value_parser = noted)]
    noted: Option<Noted>,
}

/// Reads what somebody noted.
fn noted(text: &str) -> Result<Noted, String> {
    let what = || "write the number, a colon and the 64 digits that were printed".to_owned();
    let (sequence, digits) = text.split_once(':').ok_or_else(what)?;
    let sequence = sequence.parse().map_err(|_| what())?;
    let is_hex = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let byte = |at: usize| digits.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let chain: Option<Vec<u8>> = (0..64).step_by(2).map(byte).collect();
    let chain = chain.filter(|_| is_hex).ok_or_else(what)?;
    Ok(Noted { sequence, chain })
}

pub(super) async fn run(arguments: &VerifyArguments, app: &App, console: &mut Console) -> Outcome {
    let stop = console.stop();
    let mut walk = ChainWalk::new(arguments.noted.clone());
    loop {
        match walk.step(app).await? {
            Step::Going if *stop.borrow() => return Ok(Exit::Stopped),
            Step::Going => {}
            Step::Whole(whole) => {
                tell_whole(&whole, (&walk, arguments.noted.as_ref()), console);
                return Ok(Exit::Yes);
            }
            Step::Broken(found) => {
                tell_broken(&found, &walk, console);
                return Ok(Exit::No);
            }
        }
    }
}

fn tell_whole(
    whole: &WholeChain,
    (walk, noted): (&ChainWalk, Option<&Noted>),
    console: &mut Console,
) {
    let WholeChain { sequence, chain, kept_after } = whole;
    let hash = hex(chain);
    if console.json() {
        console.object(&json!({"whole": true, "checked": walk.checked(), "sequence": sequence,
            "chain": hash, "kept_after": kept_after}));
        return;
    }
    let mark = console.out().mark(Mark::Yes);
    let checked = grouped(walk.checked());
    console.answer(&format!("{mark} Nothing is missing or changed: {checked} events checked"));
    if *kept_after > 0 {
        console.answer(&format!("  Those up to #{} were swept", grouped(*kept_after)));
    }
    if noted.is_some_and(|noted| noted.sequence < *kept_after) {
        console.warn("What was noted is of an event that was swept: it cannot be compared.");
    }
    console.answer(&format!("  Ends at {sequence}:{hash}"));
    console
        .say("Note that elsewhere: compared with --noted, it shows whether the end was cut off.");
}

fn tell_broken(found: &Break, walk: &ChainWalk, console: &mut Console) {
    let Break { sequence, damage } = found;
    let place = grouped(*sequence);
    let (word, text) = match damage {
        Damage::Missing(until) if until == sequence => {
            ("missing", format!("Event #{place} is missing"))
        }
        Damage::Missing(until) => {
            ("missing", format!("Events #{place} to #{} are missing", grouped(*until)))
        }
        Damage::Changed => ("changed", format!("Event #{place} was changed, or one before it")),
        Damage::Moved(now) => {
            let now = grouped(*now);
            ("moved", format!("What was event #{place} stands at #{now}"))
        }
        Damage::Added => ("added", format!("Event #{place} stands beyond the end of the log")),
        Damage::NoEnd => ("no_end", "What tells where the log ends is gone".to_owned()),
        Damage::OtherEnd => {
            ("other_end", format!("The end at #{place} is not what is noted of it"))
        }
        Damage::OtherBeginning => {
            ("other_beginning", format!("What was there before #{place} was cut off, by no sweep"))
        }
        Damage::NotAsNoted => {
            ("not_as_noted", format!("Up to #{place}, the log is another than was noted elsewhere"))
        }
    };
    if console.json() {
        let until = match damage {
            Damage::Missing(until) => Some(until),
            _ => None,
        };
        console.object(&json!({"whole": false, "checked": walk.checked(), "sequence": sequence,
            "damage": word, "until": until}));
        return;
    }
    let mark = console.out().mark(Mark::No);
    console.answer(&format!("{mark} {text}"));
    console.answer(&format!("  {} events before it are as they were", grouped(walk.checked())));
}
