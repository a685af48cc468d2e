//! Nodes in which the relaxation leaves nothing to branch on: a linear program says what holds there, and where
//! every phase is decided, exact arithmetic.

use std::cell::OnceCell;
use std::time::Instant;

use super::Exact;
use super::expand::Tree;
use super::node::{Branching, Node};
use crate::bounds::{Bounds, Phase};
use crate::formulation::{PieceMaximum, exact_maximum};
use crate::instance::Region;
use crate::network::Network;
use crate::solver::Settings;
use crate::tightening::{Optimum, Program};

/// What leaving a decided phase costs, in multiples of the largest size of the objective.
const PENALTY: f64 = 1e4;
/// The most seconds for one program.
const SECONDS: f64 = 10.0;
/// The share of the time that programs of nodes may take which can be branched on as they are: at least, and what
/// comes to it where every one of them closes its node.
const SHARE: f64 = 0.05;
const SHARE_OF_SUCCESS: f64 = 0.85;
/// Weights up to which a program takes no longer than seconds.
const LARGEST: usize = 400_000;
/// Programs before the first one, none of which is supposed to have closed its node.
const PRIOR: f64 = 5.0;

/// Solves the linear programs of nodes, one after the other.
pub(super) struct Leaves<'a> {
    network: &'a Network,
    region: &'a Region,
    bounds: &'a Bounds,
    exact: Exact<'a>,
    settings: &'a Settings,
    started: Instant,
    /// Seconds that went to programs.
    seconds: f64,
    solved: f64,
    closed: f64,
    /// Made for the first node; none where the solver refuses it.
    program: OnceCell<Option<Program>>,
}

impl<'a> Leaves<'a> {
    pub fn new(
        network: &'a Network,
        region: &'a Region,
        bounds: &'a Bounds,
        exact: Exact<'a>,
        settings: &'a Settings,
    ) -> Self {
        let weights: usize = network.layers().iter().map(|l| l.weights().len()).sum();
        Self {
            network,
            region,
            bounds,
            exact,
            settings,
            started: Instant::now(),
            seconds: 0.0,
            solved: 0.0,
            closed: 0.0,
            program: if weights > LARGEST {
                OnceCell::from(None)
            } else {
                OnceCell::new()
            },
        }
    }

    /// Whether a program is worth its time where it is not needed: programs get a larger share of the time where more
    /// of them close their nodes.
    pub fn are_worthwhile(&self) -> bool {
        let success = self.closed / (self.solved + PRIOR);
        let passed = self.started.elapsed().as_secs_f64();
        self.seconds <= (SHARE + SHARE_OF_SUCCESS * success) * passed
    }

    /// Notes that a program has closed its node.
    pub fn note_closed(&mut self) {
        self.closed += 1.0;
    }

    /// The maximum of the linear relaxation over a node and what is proved of it; `None` where the solver has no
    /// answer.
    pub fn relaxed(&mut self, tree: &Tree<'_>, node: &Node) -> Option<Optimum> {
        let bounds = self.bounds.layers();
        self.program
            .get_or_init(|| Program::new(self.network, self.region, bounds, self.settings).ok());
        let begun = self.started.elapsed().as_secs_f64();
        let left = self.settings.time_limit - begun;
        let program = self.program.get_mut()?.as_mut()?;
        let objective = self.bounds.layer(self.network.hidden().len())[0];
        let largest = objective.lower().abs().max(objective.upper().abs());
        let penalty = PENALTY * largest.max(f64::MIN_POSITIVE);
        let seconds = left.clamp(0.0, SECONDS);
        let optimum = program.maximise((0, 1.0), &tree.decided(node), penalty, seconds);
        self.solved += 1.0;
        self.seconds += self.started.elapsed().as_secs_f64() - begun;
        optimum.ok().flatten()
    }

    /// The undecided neuron that is farthest from its ReLU at the maximum of the relaxation, of those that can
    /// matter; `None` where every phase that can matter is decided.
    pub fn branching(
        &self,
        tree: &Tree<'_>,
        node: &Node,
        optimum: Option<&Optimum>,
    ) -> Option<Branching> {
        let matters = self.matters(tree, node);
        let undecided = tree.places().iter().enumerate().filter(|&(index, place)| {
            node.decisions.of(index).is_none() && matters[place.0][place.1]
        });
        let urgency = |&(layer, neuron): &(usize, usize)| {
            let gap = optimum.map_or(0.0, |optimum| optimum.gaps[layer][neuron]);
            let bound = self.bounds.layer(layer)[neuron];
            (gap, -bound.lower() * bound.upper())
        };
        let most = undecided.max_by(|a, b| {
            let (a, b) = (urgency(a.1), urgency(b.1));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        })?;
        Some(Branching {
            neuron: u32::try_from(most.0).ok()?,
            score: 0.0,
        })
    }

    /// The exact maximum over a node in which every phase that can matter is decided; `None` where that would take
    /// too long.
    pub fn exact(&self, tree: &Tree<'_>, node: &Node) -> Option<PieceMaximum> {
        let hidden = self.network.hidden().len();
        let mut held: Vec<Vec<bool>> = self.network.hidden().iter().map(all_false).collect();
        let is_active = |bound: &crate::bounds::Interval| bound.phase() == Phase::Active;
        let layers = &self.bounds.layers()[..hidden];
        let mut pattern: Vec<Vec<bool>> = layers
            .iter()
            .map(|layer| layer.iter().map(is_active).collect())
            .collect();
        for (layer, neuron, active) in tree.decided(node) {
            pattern[layer][neuron] = active;
            held[layer][neuron] = true;
        }
        let maximum = exact_maximum(
            self.exact.network,
            self.region,
            &pattern,
            &|layer, neuron| held[layer][neuron],
            &|| tree.is_out_of_time(),
        )?;
        Some(match maximum {
            PieceMaximum::Empty => PieceMaximum::Empty,
            PieceMaximum::At { value, input } => PieceMaximum::At {
                // As a bound on the network's own output, to which the rounding is added again.
                value: value - self.exact.rounding,
                input,
            },
        })
    }

    /// Hidden neurons whose activation the objective or a decided phase depends on.
    fn matters(&self, tree: &Tree<'_>, node: &Node) -> Vec<Vec<bool>> {
        let network = self.network;
        let mut decided: Vec<Vec<Option<bool>>> = network
            .hidden()
            .iter()
            .map(|layer| vec![None; layer.outputs()])
            .collect();
        for (layer, neuron, active) in tree.decided(node) {
            decided[layer][neuron] = Some(active);
        }
        // Of each layer, the last one first, whether its preactivations matter.
        let mut reader_matters = vec![true];
        let mut all = Vec::with_capacity(decided.len());
        for (index, reader) in network.layers().iter().enumerate().skip(1).rev() {
            let mut matters = vec![false; reader.inputs()];
            for neuron in (0..reader.outputs()).filter(|&neuron| reader_matters[neuron]) {
                for (matters, weight) in matters.iter_mut().zip(reader.row(neuron)) {
                    *matters |= *weight != 0.0;
                }
            }
            let (bounds, decided) = (self.bounds.layer(index - 1), &decided[index - 1]);
            // What a neuron reads matters to its phase where that is decided, else to its activation.
            reader_matters = (0..matters.len())
                .map(|neuron| {
                    let is_inactive = bounds[neuron].phase() == Phase::Inactive;
                    decided[neuron].is_some() || (matters[neuron] && !is_inactive)
                })
                .collect();
            all.push(matters);
        }
        all.reverse();
        all
    }
}

fn all_false(layer: &crate::network::Layer) -> Vec<bool> {
    vec![false; layer.outputs()]
}
