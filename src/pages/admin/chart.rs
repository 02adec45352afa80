//! Charts as SVG paths in a fixed box, which the page stretches.

/// How wide the box is.
const WIDTH: f64 = 640.0;

/// A line over time, and the area below it.
pub(super) struct Chart {
    /// The line; it breaks where nothing was measured.
    pub(super) line: String,
    /// The area.
    pub(super) area: String,
    /// What its upper edge stands for.
    pub(super) top: i64,
}

impl Chart {
    /// Draws points that lie between nothing and the highest of them, but for `least` at least.
    pub(super) fn of(points: &[Option<i64>], (height, least): (u16, i64)) -> Self {
        let highest = points.iter().flatten().copied().max().unwrap_or(0);
        let top = round_up(highest.max(least).max(1));
        let (mut line, mut area) = (String::new(), String::new());
        for run in runs(points) {
            let mut places: Vec<(f64, f64)> = run
                .iter()
                .map(|(place, value)| (x(*place, points.len()), y(*value, top, height)))
                .collect();
            // A point by itself would not be seen.
            if let [(alone, height)] = places[..] {
                let half = WIDTH / 2.0 / last_of(points.len());
                places = vec![
                    (tenth((alone - half).max(0.0)), height),
                    (tenth((alone + half).min(WIDTH)), height),
                ];
            }
            let each = places.iter().map(|(x, y)| format!("{x} {y}"));
            let path = format!("M{}", each.collect::<Vec<_>>().join("L"));
            let edge = |point: Option<&(f64, f64)>| point.map_or(0.0, |(x, _)| *x);
            let (begin, end) = (edge(places.first()), edge(places.last()));
            area = format!("{area}{path}L{end} {height}L{begin} {height}z");
            line.push_str(&path);
        }
        Self { line, area, top }
    }

    /// How far down a value is, in a box of this height.
    pub(super) fn depth(&self, value: i64, height: u16) -> f64 {
        y(value, self.top, height)
    }
}

/// The stretches of points that were measured, each with its place.
fn runs(points: &[Option<i64>]) -> Vec<Vec<(usize, i64)>> {
    let mut runs: Vec<Vec<(usize, i64)>> = Vec::new();
    let mut is_open = false;
    for (place, point) in points.iter().enumerate() {
        match (point, is_open, runs.last_mut()) {
            (Some(value), true, Some(run)) => run.push((place, *value)),
            (Some(value), _, _) => {
                runs.push(vec![(place, *value)]);
                is_open = true;
            }
            (None, _, _) => is_open = false,
        }
    }
    runs
}

fn x(place: usize, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are some sixty places")]
    let place = place as f64;
    tenth(place / last_of(count) * WIDTH)
}

/// The number of the last of so many places.
fn last_of(count: usize) -> f64 {
    let last = count.saturating_sub(1).max(1);
    #[expect(clippy::cast_precision_loss, reason = "there are some sixty places")]
    let last = last as f64;
    last
}

fn y(value: i64, top: i64, height: u16) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a pixel is coarser")]
    let share = value as f64 / top as f64;
    let height = f64::from(height);
    // Two below the edge, so that no line is cut.
    tenth(height - 2.0 - share * (height - 4.0))
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The next number of the form 1, 2, 4, 5 or 8 times a power of ten.
fn round_up(value: i64) -> i64 {
    let mut unit = 1_i64;
    loop {
        for step in [1, 2, 4, 5, 8] {
            match unit.checked_mul(step) {
                Some(round) if round >= value => return round,
                Some(_) => {}
                None => return value,
            }
        }
        match unit.checked_mul(10) {
            Some(next) => unit = next,
            None => return value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_from_edge_to_edge_and_never_out_of_its_box() {
        let chart = Chart::of(&[Some(0), Some(5), Some(10)], (56, 0));

        assert_eq!(chart.line, "M0 54L320 28L640 2");
        assert_eq!(chart.area, "M0 54L320 28L640 2L640 56L0 56z");
        assert_eq!(chart.top, 10);
    }

    #[test]
    fn a_line_breaks_where_nothing_was_measured() {
        let chart = Chart::of(&[Some(1), None, Some(1)], (56, 0));

        assert_eq!(chart.line.matches('M').count(), 2);
        assert_eq!(Chart::of(&[None, None], (56, 0)).line, "");
        assert_eq!(Chart::of(&[], (56, 0)).line, "");
    }

    #[test]
    fn a_point_by_itself_is_seen() {
        let line = |points: &[Option<i64>]| Chart::of(points, (56, 0)).line;

        assert_eq!(line(&[None, Some(1), None, None, None]), "M80 2L240 2");
        assert_eq!(line(&[None, None, Some(1)]), "M480 2L640 2");
        assert_eq!(line(&[Some(1)]), "M0 2L320 2");
    }

    #[test]
    fn the_upper_edge_is_a_round_number() {
        for (value, round) in [(1, 1), (3, 4), (9, 10), (11, 20), (81, 100), (i64::MAX, i64::MAX)] {
            assert_eq!(round_up(value), round);
        }
    }
}
