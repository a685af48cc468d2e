//! A node of the tree: the ReLU phases fixed in it, and its bound.

use std::cmp::Ordering;
use std::sync::Arc;

/// A node of the tree. Neurons are numbered among those that are unstable at the root.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Proved bound on the objective.
    pub bound: f64,
    pub fixed: FixedPhases,
    /// Slope (alpha) or multiplier (beta) of each neuron, from which both children start.
    pub multipliers: Arc<[f32]>,
    /// Where to branch; `None` if no neuron has a branching score.
    pub branching: Option<Branching>,
    /// Levels since branching last lowered the bound by much.
    pub stale: u8,
}

/// The neuron to branch on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Branching {
    pub neuron: u32,
    /// Its branching score in the relaxation; 0 if a linear program chose it.
    pub score: f64,
}

impl Node {
    /// Approximate size in bytes.
    pub fn size(&self) -> usize {
        size_of::<Self>() + 5 * self.multipliers.len()
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Node {}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Orders nodes by bound.
impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound)
    }
}

/// The ReLU phases that are fixed, two bits per neuron.
#[derive(Debug, Clone)]
pub(super) struct FixedPhases(Box<[u64]>);

const PER_WORD: usize = 32;

impl FixedPhases {
    pub fn none(neurons: usize) -> Self {
        Self(vec![0; neurons.div_ceil(PER_WORD)].into())
    }

    /// The phase of `neuron` if it is fixed: `Some(true)` for active, `Some(false)` for inactive.
    pub fn of(&self, neuron: usize) -> Option<bool> {
        match self.0[neuron / PER_WORD] >> (2 * (neuron % PER_WORD)) & 3 {
            0 => None,
            bits => Some(bits == 1),
        }
    }

    pub fn with(&self, neuron: usize, active: bool) -> Self {
        let mut words = self.0.clone();
        let bits = if active { 1 } else { 2 };
        words[neuron / PER_WORD] |= bits << (2 * (neuron % PER_WORD));
        Self(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_neuron_has_its_own_phase() {
        let fixed = FixedPhases::none(70)
            .with(0, true)
            .with(33, false)
            .with(69, true);
        let decided: Vec<_> = (0..70).filter_map(|n| Some((n, fixed.of(n)?))).collect();
        assert_eq!(decided, [(0, true), (33, false), (69, true)]);
    }
}
