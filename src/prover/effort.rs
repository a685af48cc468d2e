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
    /// Records the seconds spent on a node, and whether the node was closed in the end.
    pub fn note(&mut self, seconds: f64, has_closed: bool) {
        self.seconds += seconds;
        self.nodes += 1.0;
        self.closed += f64::from(u8::from(has_closed));
    }

    /// Share of the nodes tried that were closed.
    pub fn success(&self) -> f64 {
        self.closed / (self.nodes + PRIOR)
    }

    /// Whether its share of the time is not used up `passed` seconds after the proof started.
    pub fn is_worthwhile(&self, passed: f64) -> bool {
        self.seconds <= (SHARE + SHARE_OF_SUCCESS * self.success()) * passed
    }
}
