//! How much of the time goes to ways of bounding nodes that do not always pay.

/// The share of the time that may go to one of them: at least, and what comes to it where it closes every node.
const SHARE: f64 = 0.02;
const SHARE_OF_SUCCESS: f64 = 2.0;
/// Efforts before the first one, none of which is supposed to have closed its node.
const PRIOR: f64 = 5.0;

/// What one way of bounding nodes, which could be branched on without it, has cost and brought.
#[derive(Default)]
pub(super) struct Effort {
    seconds: f64,
    nodes: f64,
    closed: f64,
}

impl Effort {
    /// Notes the seconds that it took on a node, and whether that was closed in the end.
    pub fn note(&mut self, seconds: f64, has_closed: bool) {
        self.seconds += seconds;
        self.nodes += 1.0;
        self.closed += f64::from(u8::from(has_closed));
    }

    /// The share of nodes that it has closed.
    pub fn success(&self) -> f64 {
        self.closed / (self.nodes + PRIOR)
    }

    /// Whether it may go on, so many seconds after the proof began.
    pub fn is_worthwhile(&self, passed: f64) -> bool {
        self.seconds <= (SHARE + SHARE_OF_SUCCESS * self.success()) * passed
    }
}
