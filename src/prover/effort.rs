//! Limits the time for ways of bounding nodes that do not always pay.

/// Maximum share of the time for one of them: the constant part, and the part proportional to its success.
const SHARE: f64 = 0.02;
const SHARE_OF_SUCCESS: f64 = 2.0;
/// Number of unsuccessful attempts assumed before the first one.
const PRIOR: f64 = 5.0;

/// Cost and success of one way of bounding nodes that could be branched on without it.
#[derive(Default)]
pub(super) struct Effort {
    seconds: f64,
    nodes: f64,
    closed: f64,
}

impl Effort {
    /// Records the `seconds` spent on a node, and whether the node was closed in the end.
    pub fn note(&mut self, seconds: f64, has_closed: bool) {
        self.seconds += seconds;
        self.nodes += 1.0;
        self.closed += f64::from(u8::from(has_closed));
    }

    /// Share of the tried nodes that were closed.
    pub fn success(&self) -> f64 {
        self.closed / (self.nodes + PRIOR)
    }

    /// Whether its share of the time is not yet used up, `passed` seconds after the proof started.
    pub fn is_worthwhile(&self, passed: f64) -> bool {
        self.seconds <= (SHARE + SHARE_OF_SUCCESS * self.success()) * passed
    }
}
