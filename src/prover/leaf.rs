//! Parts of the region in which no open phase matters: a linear program has the answer.

use std::cell::OnceCell;

use super::expand::Tree;
use super::node::Node;
use crate::bounds::Bounds;
use crate::instance::Region;
use crate::network::Network;
use crate::solver::Settings;
use crate::tightening::{Optimum, Program};

/// What leaving a decided phase costs, in multiples of the largest size of the objective.
const PENALTY: f64 = 1e4;
/// Seconds for one program.
const SECONDS: f64 = 10.0;

/// Solves leaves, one after the other.
pub(super) struct Leaves<'a> {
    network: &'a Network,
    region: &'a Region,
    bounds: &'a Bounds,
    settings: &'a Settings,
    /// Made for the first leaf; none where the solver refuses it.
    program: OnceCell<Option<Program>>,
}

impl<'a> Leaves<'a> {
    pub fn new(
        network: &'a Network,
        region: &'a Region,
        bounds: &'a Bounds,
        settings: &'a Settings,
    ) -> Self {
        Self {
            network,
            region,
            bounds,
            settings,
            program: OnceCell::new(),
        }
    }

    /// The best point of a leaf and what is proved of it; `None` where the solver has no answer.
    pub fn solve(&mut self, tree: &Tree<'_>, leaf: &Node) -> Option<Optimum> {
        let bounds = self.bounds.layers();
        self.program
            .get_or_init(|| Program::new(self.network, self.region, bounds, self.settings).ok());
        let program = self.program.get_mut()?.as_mut()?;
        let objective = self.bounds.layer(self.network.hidden().len())[0];
        let largest = objective.lower().abs().max(objective.upper().abs());
        let penalty = PENALTY * largest.max(f64::MIN_POSITIVE);
        let optimum = program.maximise((0, 1.0), &tree.decided(leaf), penalty, SECONDS);
        optimum.ok().flatten()
    }
}
