//! What a test counts and measures, apart from what all others do.

use std::collections::BTreeMap;

use metrics::{LocalRecorderGuard, set_default_local_recorder};
use tessera::{app::App, model::timestamp::Timestamp, server::MetricsPage};

/// Collects what this thread measures: all that a test does, and what it spawns.
pub struct Measured {
    page: MetricsPage,
    #[expect(dead_code, reason = "it collects as long as it is there")]
    collecting: LocalRecorderGuard<'static>,
}

/// One line of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    /// Without what stands behind the point.
    pub value: i64,
}

/// The page as Prometheus reads it.
#[derive(Debug)]
pub struct Page {
    /// The type of each metric.
    pub kinds: BTreeMap<String, String>,
    pub series: Vec<Series>,
}

impl Measured {
    /// Begins. What was opened before counts elsewhere: start the server anew.
    pub fn begin(now: Timestamp) -> Self {
        let (recorder, page) = MetricsPage::build().unwrap();
        let recorder = Box::leak(Box::new(recorder));
        let collecting = set_default_local_recorder(recorder);
        page.begin(now);
        Self { page, collecting }
    }

    pub fn text(&self, app: &App) -> String {
        self.page.render(app)
    }

    pub fn page(&self, app: &App) -> Page {
        Page::parse(&self.text(app))
    }

    /// The value of one series, named as on the page: `name` or `name{label="value"}`. Without what
    /// stands behind the point.
    pub fn value(&self, app: &App, series: &str) -> i64 {
        let text = self.text(app);
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        whole(line.unwrap_or_else(|| panic!("no {series} in {text}")))
    }
}

impl Page {
    pub fn parse(text: &str) -> Self {
        let kinds = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        let kinds = kinds.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self { kinds, series: lines.map(Series::parse).collect() }
    }
}

impl Series {
    fn parse(line: &str) -> Self {
        let (key, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = key.split_once('{').unwrap_or((key, "}"));
        let labels = labels.strip_suffix('}').unwrap();
        let parts = labels.split("\",").filter(|part| !part.is_empty());
        let labels = parts.map(|part| {
            let (name, value) = part.split_once("=\"").unwrap();
            (name.to_owned(), value.trim_end_matches('"').to_owned())
        });
        Self { name: name.to_owned(), labels: labels.collect(), value: whole(value) }
    }

    /// The name of the metric that it belongs to.
    pub fn metric<'s>(&'s self, page: &Page) -> &'s str {
        let parts = ["_bucket", "_sum", "_count"].iter();
        let mut bases = parts.filter_map(|part| self.name.strip_suffix(part));
        let is_histogram = |base: &&str| page.kinds.get(*base).is_some_and(|k| k == "histogram");
        bases.find(is_histogram).unwrap_or(&self.name)
    }
}

fn whole(number: &str) -> i64 {
    if number.eq_ignore_ascii_case("inf") || number == "+Inf" {
        return i64::MAX;
    }
    number.split('.').next().unwrap().parse().unwrap_or_else(|_| panic!("{number} is no number"))
}
