use super::*;

#[test]
fn each_stands_at_the_place_of_its_number() {
    for (place, counted) in Counted::ALL.into_iter().enumerate() {
        assert_eq!(counted as usize, place);
    }
    for (place, gauge) in Gauge::ALL.into_iter().enumerate() {
        assert_eq!(gauge as usize, place);
    }
}

#[test]
fn no_two_series_have_one_name() {
    let mut names: Vec<_> = Counted::ALL.map(Counted::name).to_vec();
    names.extend(Gauge::ALL.map(Gauge::name));
    names.extend(STEP_NAMES);
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn a_period_begins_at_a_whole_number_of_its_length() {
    let at = Timestamp::from_seconds(86_400 * 3 + 3 * 3600 * 2 + 30 * 60 + 61);
    let begun = |period: Period| period.begun(at).seconds() - 86_400 * 3;
    assert_eq!(begun(Period::Minute), 3 * 3600 * 2 + 30 * 60 + 60);
    assert_eq!(begun(Period::HalfHour), 3 * 3600 * 2 + 30 * 60);
    assert_eq!(begun(Period::ThreeHours), 3 * 3600 * 2);
    assert_eq!(begun(Period::Day), 0);
}

#[test]
fn every_range_is_kept_for_as_long_as_it_reaches() {
    for range in Range::ALL {
        let now = Timestamp::from_seconds(1_000_000_000);
        let reach = now.since(range.begins(now));
        assert!(reach < range.period().kept(), "{range:?}");
        assert_eq!(Range::parse(range.as_str()), Some(range));
    }
    assert_eq!(Range::parse("2h"), None);
}

#[test]
fn a_length_of_time_belongs_to_the_first_step_that_holds_it() {
    let steps = [0, 250, 251, 5_000, 5_001, 250_000, 250_001].map(Duration::from_micros);
    assert_eq!(steps.map(step_of), [0, 0, 1, 6, 7, 10, 11]);
}

#[test]
fn the_slowest_of_a_hundred_counts_for_nothing() {
    let mut counts = [0; STEPS];
    assert_eq!(p99(&counts), None);
    (counts[2], counts[10]) = (99, 1);
    assert_eq!(p99(&counts), Some(Duration::from_millis(1)));
    counts[10] = 2;
    assert!(p99(&counts).unwrap() > Duration::from_millis(50));
    let mut only_slow = [0; STEPS];
    only_slow[11] = 1;
    assert_eq!(p99(&only_slow), Some(Duration::from_millis(250)));
}
