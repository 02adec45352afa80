//! How far long work is: a bar where standard error is a terminal, a line now and then elsewhere,
//! nothing where only answers are wanted.

use std::{
    fmt, io,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use crate::store::moving::{Progress, Stage};

use super::{
    console::Console,
    facts::Manner,
    figures::{grouped, size},
    socket::Voice,
};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How wide a terminal is that does not say.
const WIDTH: usize = 80;

/// Shows how far it is.
pub(super) struct Bar {
    way: Way,
    width: usize,
    utf8: bool,
    shown: Mutex<Option<Shown>>,
}

/// How it is shown.
enum Way {
    Not,
    Lines(Pen),
    Drawn(Pen),
}

/// What is shown just now.
struct Shown {
    stage: Stage,
    since: Instant,
    bar: Option<ProgressBar>,
}

/// Standard error, of this process or of the one that handed the command over.
#[derive(Clone)]
pub(super) enum Pen {
    Here,
    Away(Voice),
}

impl Bar {
    /// Shows it where `console` speaks.
    pub(super) fn on(console: &Console) -> Self {
        let facts = console.facts();
        let way = match (facts.manner, facts.err_is_terminal) {
            (Manner::Quiet | Manner::Json, _) => Way::Not,
            (Manner::Full, true) => Way::Drawn(console.pen()),
            (Manner::Full, false) => Way::Lines(console.pen()),
        };
        let width = facts.width.unwrap_or(WIDTH);
        Self { way, width, utf8: console.err().utf8, shown: Mutex::default() }
    }

    /// Shows how far it is by now.
    pub(super) fn show(&self, progress: Progress) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|shown| shown.stage != progress.stage) {
            clear(shown.take());
            *shown = Some(self.begin(progress));
        }
        let Some(shown) = shown.as_mut() else { return };
        match (&self.way, &shown.bar) {
            (Way::Drawn(_), Some(bar)) => bar.set_position(progress.done),
            (Way::Lines(pen), _) if shown.since.elapsed() >= LINE_EVERY => {
                shown.since = Instant::now();
                pen.write(&format!("{}\n", line(progress)));
            }
            _ => {}
        }
    }

    fn begin(&self, progress: Progress) -> Shown {
        let bar = match &self.way {
            Way::Drawn(pen) => {
                let screen = Screen { pen: pen.clone(), width: self.width };
                let target = ProgressDrawTarget::term_like(Box::new(screen));
                let bar = ProgressBar::with_draw_target(Some(progress.total), target);
                bar.set_style(style(progress, self.utf8));
                bar.set_message(word(progress.stage));
                bar.tick();
                Some(bar)
            }
            Way::Not | Way::Lines(_) => None,
        };
        Shown { stage: progress.stage, since: Instant::now(), bar }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        clear(self.shown.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

fn clear(shown: Option<Shown>) {
    if let Some(bar) = shown.and_then(|shown| shown.bar) {
        bar.finish_and_clear();
    }
}

fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Rows => "Carrying",
        Stage::Bytes => "Writing",
        Stage::Indexes => "Indexing",
        Stage::Comparing => "Comparing",
        Stage::Checking => "Checking",
    }
}

/// How a bar looks.
fn style(progress: Progress, utf8: bool) -> ProgressStyle {
    let template = match progress.stage {
        Stage::Rows | Stage::Comparing => {
            "{msg:<9} [{bar:20}] {percent:>3} % of {human_len} rows, {per_sec}, {eta} left"
        }
        Stage::Bytes => "{msg:<9} [{bar:20}] {percent:>3} % of {decimal_total_bytes}, {eta} left",
        Stage::Indexes => "{msg:<9} [{bar:20}] {pos} of {len} indexes",
        Stage::Checking => "{msg:<9} for damage",
    };
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars(if utf8 { "█▌ " } else { "=> " })
}

/// The same as a line.
fn line(progress: Progress) -> String {
    let Progress { stage, done, total } = progress;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let percent = done.saturating_mul(100) / total.max(1);
    let word = word(stage);
    match stage {
        Stage::Checking => format!("{word} for damage"),
        Stage::Bytes => format!("{word}: {percent} % of {}", size(number(total))),
        Stage::Indexes => format!("{word}: {done} of {total}"),
        Stage::Rows | Stage::Comparing => {
            format!("{word}: {percent} % of {} rows", grouped(number(total)))
        }
    }
}

impl Pen {
    fn write(&self, text: &str) {
        match self {
            // Who closed standard error wants to see nothing.
            Self::Here => drop(io::Write::write_all(&mut io::stderr(), text.as_bytes())),
            Self::Away(voice) => voice.err(text.to_owned()),
        }
    }
}

/// A terminal that a bar is drawn on, which may be the one at the other end of the socket.
struct Screen {
    pen: Pen,
    width: usize,
}

impl Screen {
    fn control(&self, count: usize, letter: char) {
        if count > 0 {
            self.pen.write(&format!("\x1b[{count}{letter}"));
        }
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        u16::try_from(self.width).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.control(n, 'A');
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.control(n, 'B');
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.control(n, 'C');
        Ok(())
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.control(n, 'D');
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.pen.write(&format!("{text}\n"));
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.pen.write(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.pen.write("\r\x1b[2K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Screen")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(stage: Stage) -> Progress {
        Progress { stage, done: 250_000, total: 1_000_000 }
    }

    #[test]
    fn a_line_says_what_is_done_and_how_much_of_it() {
        assert_eq!(line(at(Stage::Rows)), "Carrying: 25 % of 1,000,000 rows");
        assert_eq!(line(at(Stage::Bytes)), "Writing: 25 % of 1.0 MB");
        assert_eq!(line(at(Stage::Checking)), "Checking for damage");
        assert_eq!(
            line(Progress { stage: Stage::Rows, done: 0, total: 0 }),
            "Carrying: 0 % of 0 rows"
        );
    }

    #[test]
    fn every_bar_has_a_sound_template() {
        for stage in [Stage::Rows, Stage::Bytes, Stage::Indexes, Stage::Comparing, Stage::Checking]
        {
            let bar = ProgressBar::hidden();
            bar.set_style(style(at(stage), true));
            bar.tick();
        }
    }
}
