//! When a search must end.

use std::time::Instant;

use super::Settings;
use crate::solver::StopFlag;

/// The time that one search, or a part of it, may take.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    started: Instant,
    /// Wall seconds.
    limit: f64,
    stop: StopFlag,
}

impl Clock {
    /// Starts now.
    pub fn start(settings: &Settings) -> Self {
        Self {
            started: Instant::now(),
            limit: settings.time_limit,
            stop: settings.stop.clone(),
        }
    }

    /// The same, but so many seconds from now at the latest.
    pub fn within(&self, seconds: f64) -> Self {
        Self {
            limit: self.limit.min(self.passed() + seconds),
            ..self.clone()
        }
    }

    /// Seconds that are left.
    pub fn left(&self) -> f64 {
        (self.limit - self.passed()).max(0.0)
    }

    pub fn started(&self) -> Instant {
        self.started
    }

    pub fn passed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Whether the time is over, or somebody wants the search to stop.
    pub fn is_over(&self) -> bool {
        self.stop.is_raised() || self.passed() >= self.limit
    }
}
