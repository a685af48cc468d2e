//! Nodes that descent does not bound any better, or in which the relaxation leaves nothing to branch on: a linear program
//! says what holds there, and where every phase is decided, exact arithmetic.

use std::cell::OnceCell;
use std::time::Instant;

use super::Exact;
use super::effort::Effort;
use super::expand::Tree;
use super::node::{Branching, Node};
use crate::bounds::{Bounds, Interval, Phase};
use crate::exact::sum_up;
use crate::formulation::{PieceMaximum, Role, exact_maximum};
use crate::instance::Region;
use crate::network::Network;
use crate::solver::Settings;
use crate::tightening::{Optimum, Program};

/// What leaving a decided phase costs, in multiples of the largest size of the objective.
const PENALTY: f64 = 1e4;
/// The most seconds for one linear program, and for an exact one.
const SECONDS: f64 = 10.0;
const EXACT_SECONDS: f64 = 1.0;
/// How little above the threshold a bound is that exact arithmetic may bring there, as a share of the largest size of the
/// objective.
const NEARLY: f64 = 1e-7;
/// How far above a bound by the same multipliers the solver's own bound is where its tolerances are too large for the
/// network, as a share of the way to the threshold.
const ROUGH: f64 = 0.01;
/// Weights up to which a program takes no longer than seconds.
const LARGEST: usize = 400_000;
/// Levels without much of an improvement after which a program is due, unless programs close this share of their nodes.
const STALE: u8 = 2;
const MOSTLY: f64 = 0.5;

/// Solves the linear programs of nodes, one after the other.
pub(super) struct Leaves<'a> {
    network: &'a Network,
    region: &'a Region,
    bounds: &'a Bounds,
    exact: Exact<'a>,
    settings: &'a Settings,
    started: Instant,
    /// By linear programs, and by exact ones.
    pub relaxing: Effort,
    pub rounding: Effort,
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
        Self {
            network,
            region,
            bounds,
            exact,
            settings,
            started: Instant::now(),
            relaxing: Effort::default(),
            rounding: Effort::default(),
            program: if network.weights() > LARGEST {
                OnceCell::from(None)
            } else {
                OnceCell::new()
            },
        }
    }

    /// Whether a linear program pays at a node that could be branched on as it is, `stale` levels after descent last lowered
    /// its bound by much. Programs get a larger share of the time, and start sooner, the more of them close their nodes.
    pub fn are_worthwhile(&self, stale: u8) -> bool {
        let is_refused = self.program.get().is_some_and(Option::is_none);
        let is_due = stale >= STALE || self.relaxing.success() > MOSTLY;
        !is_refused && is_due && self.relaxing.is_worthwhile(self.passed())
    }

    fn passed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// The maximum of the linear relaxation over a node and what is proved of it; `None` where the solver has no
    /// answer.
    pub fn relaxed(&mut self, tree: &Tree<'_>, node: &Node) -> Option<Optimum> {
        let bounds = self.bounds.layers();
        self.program
            .get_or_init(|| Program::new(self.network, self.region, bounds, self.settings).ok());
        let largest = self.largest();
        let left = self.settings.time_limit - self.passed();
        let program = self.program.get_mut()?.as_mut()?;
        let penalty = PENALTY * largest.max(f64::MIN_POSITIVE);
        let seconds = left.clamp(0.0, SECONDS);
        let optimum = program.maximise((0, 1.0), &tree.decided(node), penalty, seconds);
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

    /// Whether exact arithmetic may be worth its time for a bound: one that is so little above the threshold that
    /// rounding may be what keeps it there, or that the solver could not reach for its tolerances.
    pub fn is_doubtful(&self, bound: f64, threshold: f64, optimum: Option<&Optimum>) -> bool {
        let above = bound - threshold;
        let is_near = above <= NEARLY * self.largest();
        let is_rough = optimum.is_none_or(|optimum| optimum.bound - bound > ROUGH * above);
        (is_near || is_rough) && self.rounding.is_worthwhile(self.passed())
    }

    /// The exact maximum over a node, or of its relaxation where phases that can matter are undecided; `None` where
    /// that would take too long.
    pub fn exact(&self, tree: &Tree<'_>, node: &Node) -> Option<PieceMaximum> {
        let roles = self.roles(tree, node);
        let (network, region) = (self.exact.network, self.region);
        let started = Instant::now();
        // Where the node can be split, that goes on if this takes long.
        let may_take_long = node.next.is_none();
        let is_over = || {
            let takes_long = started.elapsed().as_secs_f64() > EXACT_SECONDS;
            tree.is_out_of_time() || takes_long && !may_take_long
        };
        let maximum = exact_maximum(network, region, &roles, &is_over);
        Some(match maximum? {
            PieceMaximum::Empty => PieceMaximum::Empty,
            PieceMaximum::At { value, input } => PieceMaximum::At {
                // As a bound on the network's own output, to which the rounding is added again.
                value: sum_up(value, -self.exact.rounding),
                input,
            },
        })
    }

    fn roles(&self, tree: &Tree<'_>, node: &Node) -> Vec<Vec<Role>> {
        let matters = self.matters(tree, node);
        let hidden = self.bounds.layers().iter().zip(&matters);
        let mut roles: Vec<Vec<Role>> = hidden
            .map(|(bounds, matters)| {
                let neurons = bounds.iter().zip(matters);
                let role = |(bound, matters): (&Interval, &bool)| match matters {
                    true => Role::of(bound),
                    // Whatever its phase is.
                    false => Role::Decided {
                        active: bound.phase() == Phase::Active,
                        holds: false,
                    },
                };
                neurons.map(role).collect()
            })
            .collect();
        for (layer, neuron, active) in tree.decided(node) {
            roles[layer][neuron] = Role::Decided {
                active,
                holds: true,
            };
        }
        roles
    }

    /// The largest size that the objective can have by its bounds.
    fn largest(&self) -> f64 {
        self.bounds.layer(self.network.hidden().len())[0].size()
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
