//! Figures, as the report shows them.

use std::time::Duration;

use super::measure::Sample;

/// The one in the middle, or between the two there.
pub fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => figures[middle],
        _ => f64::midpoint(figures[middle - 1], figures[middle]),
    }
}

/// The median of one figure of several samples.
pub fn median_of(samples: &[&Sample], figure: fn(&Sample) -> f64) -> f64 {
    median(samples.iter().map(|sample| figure(sample)))
}

/// Requests a second, and the waits of half and of 99 in 100 of them.
pub fn rate_and_waits(samples: &[&Sample]) -> String {
    format!(
        " {:.0} | {:.2} | {:.2} |",
        median_of(samples, Sample::rate),
        median_of(samples, |sample| milliseconds(sample.median)),
        median_of(samples, |sample| milliseconds(sample.percentile_99)),
    )
}

/// Milliseconds with their fractions.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A million bytes, as operators count them.
#[expect(clippy::cast_precision_loss, reason = "for people to read")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// A whole number with its thousands parted.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
