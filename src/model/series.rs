//! What is counted for the overview, and how long it is kept: the names of the series, the periods
//! that they are summed over, and the steps of the time that introspections take.

use std::time::Duration;

use super::timestamp::Timestamp;

/// Something that happens, and is counted by every node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Counted {
    /// An introspection was answered.
    Introspected,
    /// One of those said that the token is not active.
    Refused,
    /// A token was issued.
    Issued,
    /// A token was revoked by its client.
    Revoked,
    /// A use of a typed token was asked for.
    Used,
    /// Somebody signed in.
    SignedIn,
    /// A refresh token came again after it was replaced.
    RefreshReused,
    /// A code was redeemed twice.
    CodeReused,
}

impl Counted {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 8] = [
        Self::Introspected,
        Self::Refused,
        Self::Issued,
        Self::Revoked,
        Self::Used,
        Self::SignedIn,
        Self::RefreshReused,
        Self::CodeReused,
    ];

    /// The name of its series.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Introspected => "introspected",
            Self::Refused => "refused",
            Self::Issued => "issued",
            Self::Revoked => "revoked",
            Self::Used => "used",
            Self::SignedIn => "signed_in",
            Self::RefreshReused => "refresh_reused",
            Self::CodeReused => "code_reused",
        }
    }
}

/// Something that is measured now and then, by one node for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Gauge {
    /// The size of the database in bytes.
    DatabaseBytes,
    /// The rows of the table of tokens that are not to be swept yet.
    Entries,
    /// The tokens among them that are good.
    Active,
    /// The rows that the sweep would delete, counted up to ten thousand.
    Overdue,
    /// The active clients whose last secret ends within fourteen days.
    SecretsEnding,
    /// 1 if the audit log was found to be tampered with when it was last checked, else 0.
    ChainBroken,
    /// How many tokens the last sweep deleted. By the minute only.
    Swept,
    /// The rows that the sweep will delete within a day, of those that it would not yet.
    DueInADay,
}

impl Gauge {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 8] = [
        Self::DatabaseBytes,
        Self::Entries,
        Self::Active,
        Self::Overdue,
        Self::SecretsEnding,
        Self::ChainBroken,
        Self::Swept,
        Self::DueInADay,
    ];

    /// The name of its series.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DatabaseBytes => "database_bytes",
            Self::Entries => "entries",
            Self::Active => "active",
            Self::Overdue => "overdue",
            Self::SecretsEnding => "secrets_ending",
            Self::ChainBroken => "chain_broken",
            Self::Swept => "swept",
            Self::DueInADay => "due_in_a_day",
        }
    }
}

/// What stands before the folded name of a type where its good tokens are counted.
pub const ACTIVE_OF: &str = "active:";

/// The same of those that end within an hour.
pub const ENDING_OF: &str = "ending:";

/// How many JWTs work, when that was last counted.
pub const SIGNED: &str = "signed";

/// What stands before the name of a key where those that it signed are counted.
pub const SIGNED_BY: &str = "signed:";

/// A length of time that is summed up in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A minute.
    Minute,
    /// Half an hour.
    HalfHour,
    /// Three hours.
    ThreeHours,
    /// A day of UTC.
    Day,
}

impl Period {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::HalfHour, Self::ThreeHours, Self::Day];

    /// How long it is.
    #[must_use]
    pub const fn length(self) -> Duration {
        match self {
            Self::Minute => Duration::from_mins(1),
            Self::HalfHour => Duration::from_mins(30),
            Self::ThreeHours => Duration::from_hours(3),
            Self::Day => Duration::from_hours(24),
        }
    }

    /// How long its rows are kept.
    #[must_use]
    pub const fn kept(self) -> Duration {
        match self {
            Self::Minute => Duration::from_hours(26),
            Self::HalfHour => Duration::from_hours(3 * 24),
            Self::ThreeHours => Duration::from_hours(15 * 24),
            Self::Day => Duration::from_hours(400 * 24),
        }
    }

    /// Its length in seconds, as the store has it.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.length().as_secs().cast_signed()
    }

    /// When the one began that `at` lies in.
    #[must_use]
    pub const fn begun(self, at: Timestamp) -> Timestamp {
        let seconds = at.seconds();
        Timestamp::from_seconds(seconds - seconds.rem_euclid(self.seconds()))
    }
}

/// How far back one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// An hour, by the minute.
    Hour,
    /// 24 hours, by the half hour.
    Day,
    /// Seven days, by three hours.
    Week,
    /// Thirty days, by the day.
    Month,
}

impl Range {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// What people call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// The one that is called so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|range| range.as_str() == text)
    }

    /// What its points stand for.
    #[must_use]
    pub const fn period(self) -> Period {
        match self {
            Self::Hour => Period::Minute,
            Self::Day => Period::HalfHour,
            Self::Week => Period::ThreeHours,
            Self::Month => Period::Day,
        }
    }

    /// How many points it has.
    #[must_use]
    pub const fn points(self) -> usize {
        match self {
            Self::Hour => 60,
            Self::Day => 48,
            Self::Week => 56,
            Self::Month => 30,
        }
    }

    /// When its first point begins, if the last one is that of `now`.
    #[must_use]
    pub fn begins(self, now: Timestamp) -> Timestamp {
        let before = u32::try_from(self.points() - 1).unwrap_or(u32::MAX);
        self.period().begun(now).minus(self.period().length() * before)
    }
}

/// How many steps there are.
pub const STEPS: usize = 12;

/// Where the steps of an introspection's time end, in microseconds; the last has no end.
const ENDS: [u64; STEPS - 1] =
    [250, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 8_000, 15_000, 50_000, 250_000];

/// The names of the series that count introspections by the step of their time.
pub const STEP_NAMES: [&str; STEPS] = [
    "took_00", "took_01", "took_02", "took_03", "took_04", "took_05", "took_06", "took_07",
    "took_08", "took_09", "took_10", "took_11",
];

/// The step that a length of time belongs to.
#[must_use]
pub fn step_of(took: Duration) -> usize {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    ENDS.iter().position(|end| micros <= *end).unwrap_or(STEPS - 1)
}

/// What 99 of 100 took no longer than, as far as their steps tell: within a step, they are taken to
/// be spread evenly. `None` where there were none.
#[must_use]
pub fn p99(counts: &[i64; STEPS]) -> Option<Duration> {
    let all: i64 = counts.iter().sum();
    if all <= 0 {
        return None;
    }
    // The rank of the slowest that counts, from one.
    let rank = (all.saturating_mul(99) + 99) / 100;
    let mut before = 0;
    for (step, count) in counts.iter().enumerate() {
        if before + count >= rank {
            let begin = if step == 0 { 0 } else { ENDS[step - 1] };
            let Some(end) = ENDS.get(step) else { return Some(Duration::from_micros(begin)) };
            let share = u64::try_from((rank - before) * 1000 / count).unwrap_or(1000);
            return Some(Duration::from_micros(begin + (end - begin) * share / 1000));
        }
        before += count;
    }
    None
}

#[cfg(test)]
mod tests;
