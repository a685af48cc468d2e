//! The time limit and the stop flag of a search.

use std::time::Instant;

use super::Settings;
use crate::limits::StopFlag;

/// The time budget of a search or of a part of it.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    started: Instant,
    /// Wall seconds.
    limit: f64,
    stop: StopFlag,
}

impl Clock {
    /// Starts now, with the limit and the stop flag of `settings`.
    pub fn start(settings: &Settings) -> Self {
        Self {
            started: Instant::now(),
            limit: settings.time_limit,
            stop: settings.stop.clone(),
        }
    }

    /// The same clock, but over at most `seconds` from now.
    pub fn within(&self, seconds: f64) -> Self {
        Self {
            limit: self.limit.min(self.passed() + seconds),
            ..self.clone()
        }
    }

    /// Seconds left.
    pub fn left(&self) -> f64 {
        (self.limit - self.passed()).max(0.0)
    }

    pub fn started(&self) -> Instant {
        self.started
    }

    pub fn passed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Whether the time limit is reached or the stop flag is raised.
    pub fn is_over(&self) -> bool {
        self.stop.is_raised() || self.passed() >= self.limit
    }
}
