//! Traces in a build that cannot send them: there are none, and the settings refuse a collector.

use tracing_subscriber::layer::Identity;

use crate::{cli::problem::Problem, config::Tracing, model::secret::Random};

/// What sends traces: nothing.
pub(super) struct Traces;

impl Traces {
    /// Sends none.
    #[expect(clippy::unnecessary_wraps, reason = "the build that sends them can fail")]
    pub(super) fn start(_: &Tracing, _: &Random) -> Result<Self, Problem> {
        Ok(Self)
    }

    /// Takes nothing.
    #[expect(clippy::unused_self, reason = "the build that sends them asks itself")]
    pub(super) fn layer(&self) -> Option<Identity> {
        None
    }

    /// Has nothing left to send.
    #[expect(clippy::unused_async, reason = "the build that sends them waits")]
    pub(super) async fn end(self) {}
}
