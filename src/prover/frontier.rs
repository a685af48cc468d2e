//! The open nodes.

use std::collections::BinaryHeap;

use super::Node;

/// Memory, in bytes, for nodes that are split best first; further nodes are split depth first, which
/// needs hardly any memory.
const MEMORY: usize = 1 << 29;

/// Open nodes, largest bounds first.
#[derive(Debug)]
pub(super) struct Frontier {
    ordered: BinaryHeap<Node>,
    stack: Vec<Node>,
    /// The largest bound of nodes that were removed and whose children are not inserted yet.
    kept: f64,
}

impl Default for Frontier {
    fn default() -> Self {
        Self {
            ordered: BinaryHeap::new(),
            stack: Vec::new(),
            kept: f64::NEG_INFINITY,
        }
    }
}

impl Frontier {
    pub fn is_empty(&self) -> bool {
        self.ordered.is_empty() && self.stack.is_empty()
    }

    pub fn push(&mut self, node: Node) {
        if self.ordered.len() < MEMORY / node.size() {
            self.ordered.push(node);
        } else {
            self.stack.push(node);
        }
    }

    /// Removes the nodes to split next, at most `most`.
    pub fn pop(&mut self, most: usize) -> Vec<Node> {
        let mut nodes = self.stack.split_off(self.stack.len().saturating_sub(most));
        if nodes.is_empty() {
            nodes.extend(std::iter::from_fn(|| self.ordered.pop()).take(most));
        }
        nodes
    }

    /// Records the largest bound of the nodes that are being split.
    pub fn keep(&mut self, bound: f64) {
        self.kept = bound;
    }

    /// The largest bound of an open node; minus infinity if there is none.
    pub fn bound(&self) -> f64 {
        let ordered = self
            .ordered
            .peek()
            .map_or(f64::NEG_INFINITY, |node| node.bound);
        let stack = self.stack.iter().map(|node| node.bound);
        stack.fold(ordered.max(self.kept), f64::max)
    }
}
