//! A part of the region: which ReLUs have a decided phase there, and the bound.

use std::cmp::Ordering;
use std::sync::Arc;

/// A node of the tree. Neurons are numbered over those that are unstable at the root.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Proved bound on the objective.
    pub bound: f64,
    pub decisions: Decisions,
    /// Slope or multiplier of each neuron, to start from; siblings share those of their parent.
    pub choices: Arc<[f32]>,
    /// Where to branch; `None` where no undecided neuron has a branching score.
    pub next: Option<Branching>,
    /// Levels since a decision last lowered the bound by much.
    pub stale: u8,
}

/// The neuron to decide next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Branching {
    pub neuron: u32,
    /// The branching score that the relaxation gives it; 0 where a linear program chose it.
    pub score: f64,
}

impl Node {
    /// Bytes, about.
    pub fn size(&self) -> usize {
        size_of::<Self>() + 5 * self.choices.len()
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

/// By bound.
impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound)
    }
}

/// Phases that are decided, two bits for each neuron.
#[derive(Debug, Clone)]
pub(super) struct Decisions(Box<[u64]>);

const PER_WORD: usize = 32;

impl Decisions {
    pub fn none(neurons: usize) -> Self {
        Self(vec![0; neurons.div_ceil(PER_WORD)].into())
    }

    /// `Some(true)` where the neuron was decided to be active, `Some(false)` where inactive.
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
    fn each_neuron_has_its_own_decision() {
        let decisions = Decisions::none(70)
            .with(0, true)
            .with(33, false)
            .with(69, true);
        let decided: Vec<_> = (0..70)
            .filter_map(|n| Some((n, decisions.of(n)?)))
            .collect();
        assert_eq!(decided, [(0, true), (33, false), (69, true)]);
    }
}
