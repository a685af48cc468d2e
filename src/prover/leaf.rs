//! Nodes that descent does not bound any better, or whose relaxation leaves nothing to branch on: they are bounded by a
//! linear program and, where every phase is fixed, by exact arithmetic.

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
use crate::limits::Limits;
use crate::network::Network;
use crate::tightening::{Optimum, RelaxationLp};

/// Cost of violating a fixed phase, in multiples of the objective's largest magnitude.
const PENALTY: f64 = 1e4;
/// Maximum seconds for one linear program, and for one exact program.
const SECONDS: f64 = 10.0;
const EXACT_SECONDS: f64 = 1.0;
/// Maximum distance to the threshold of a bound that exact arithmetic may bring there, as a share of the objective's
/// largest magnitude.
const NEARLY: f64 = 1e-7;
/// Excess of the solver's own bound over the relaxation's bound from the same multipliers, as a share of the distance
/// to the threshold, above which the solver's tolerances count as too large for the network.
const ROUGH: f64 = 0.01;
/// Maximum number of weights for a program, which then takes seconds at most.
const LARGEST: usize = 400_000;
/// Levels without much improvement after which a program is due, unless programs close this share of their nodes.
const STALE: u8 = 2;
const MOSTLY: f64 = 0.5;

/// Solves the linear and exact programs of nodes, one at a time.
pub(super) struct Leaves<'a> {
    network: &'a Network,
    region: &'a Region,
    bounds: &'a Bounds,
    exact: Exact<'a>,
    limits: &'a Limits,
    started: Instant,
    /// Effort on linear programs, and on exact ones.
    pub lp_effort: Effort,
    pub exact_effort: Effort,
    /// Built for the first node; `None` if the solver rejects it.
    program: OnceCell<Option<RelaxationLp>>,
}

impl<'a> Leaves<'a> {
    pub fn new(
        network: &'a Network,
        region: &'a Region,
        bounds: &'a Bounds,
        exact: Exact<'a>,
        limits: &'a Limits,
    ) -> Self {
        Self {
            network,
            region,
            bounds,
            exact,
            limits,
            started: Instant::now(),
            lp_effort: Effort::default(),
            exact_effort: Effort::default(),
            program: if network.weights() > LARGEST {
                OnceCell::from(None)
            } else {
                OnceCell::new()
            },
        }
    }

    /// Whether a linear program pays at a node that could be branched on without it, `stale` levels after branching
    /// last lowered its bound by much. Programs get a larger share of the time, and start sooner, the more of them
    /// close their nodes.
    pub fn are_worthwhile(&self, stale: u8) -> bool {
        let is_refused = self.program.get().is_some_and(Option::is_none);
        let is_due = stale >= STALE || self.lp_effort.success() > MOSTLY;
        !is_refused && is_due && self.lp_effort.is_worthwhile(self.passed())
    }

    fn passed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Maximises the linear relaxation over `node`, with a proved bound; `None` if the solver has no answer.
    pub fn relaxed(&mut self, tree: &Tree<'_>, node: &Node) -> Option<Optimum> {
        let bounds = self.bounds.layers();
        self.program
            .get_or_init(|| RelaxationLp::new(self.network, self.region, bounds, self.limits).ok());
        let largest = self.largest();
        let left = self.limits.time_limit - self.passed();
        let program = self.program.get_mut()?.as_mut()?;
        let penalty = PENALTY * largest.max(f64::MIN_POSITIVE);
        let seconds = left.clamp(0.0, SECONDS);
        let optimum = program.maximise((0, 1.0), &tree.fixed_phases(node), penalty, seconds);
        optimum.ok().flatten()
    }

    /// Where to branch: the neuron farthest from its ReLU at the `optimum` of the relaxation, among those that can
    /// matter and are not fixed; `None` if there is none.
    pub fn branching(
        &self,
        tree: &Tree<'_>,
        node: &Node,
        optimum: Option<&Optimum>,
    ) -> Option<Branching> {
        let matters = self.matters(tree, node);
        let unfixed =
            tree.places().iter().enumerate().filter(|&(index, place)| {
                node.fixed.of(index).is_none() && matters[place.0][place.1]
            });
        let urgency = |&(layer, neuron): &(usize, usize)| {
            let gap = optimum.map_or(0.0, |optimum| optimum.gaps[layer][neuron]);
            let bound = self.bounds.layer(layer)[neuron];
            (gap, -bound.lower() * bound.upper())
        };
        let most = unfixed.max_by(|a, b| {
            let (a, b) = (urgency(a.1), urgency(b.1));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        })?;
        Some(Branching {
            neuron: u32::try_from(most.0).ok()?,
            score: 0.0,
        })
    }

    /// Whether exact arithmetic may pay for `bound`: it is so little above the threshold that only rounding may keep it
    /// there, or the solver's tolerances are too large to reach it.
    pub fn is_doubtful(&self, bound: f64, threshold: f64, optimum: Option<&Optimum>) -> bool {
        let above = bound - threshold;
        let is_near = above <= NEARLY * self.largest();
        let is_rough = optimum.is_none_or(|optimum| optimum.bound - bound > ROUGH * above);
        (is_near || is_rough) && self.exact_effort.is_worthwhile(self.passed())
    }

    /// Computes the exact maximum over `node`, or over its relaxation if phases that can matter are not fixed;
    /// `None` if that takes too long.
    pub fn exact(&self, tree: &Tree<'_>, node: &Node) -> Option<PieceMaximum> {
        let roles = self.roles(tree, node);
        let (network, region) = (self.exact.network, self.region);
        let started = Instant::now();
        // A node that can be split is split instead if this takes long.
        let may_take_long = node.branching.is_none();
        let is_over = || {
            let takes_long = started.elapsed().as_secs_f64() > EXACT_SECONDS;
            tree.is_out_of_time() || takes_long && !may_take_long
        };
        let maximum = exact_maximum(network, region, &roles, &is_over);
        Some(match maximum? {
            PieceMaximum::Empty => PieceMaximum::Empty,
            PieceMaximum::At { value, input } => PieceMaximum::At {
                // As a bound on the proved network's output, to which the caller adds the rounding again.
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
                    // Its phase does not matter.
                    false => Role::Decided {
                        active: bound.phase() == Phase::Active,
                        needs_row: false,
                    },
                };
                neurons.map(role).collect()
            })
            .collect();
        for (layer, neuron, active) in tree.fixed_phases(node) {
            roles[layer][neuron] = Role::Decided {
                active,
                needs_row: true,
            };
        }
        roles
    }

    /// The largest magnitude of the objective within its bounds.
    fn largest(&self) -> f64 {
        self.bounds.layer(self.network.hidden().len())[0].size()
    }

    /// For each hidden neuron, whether the objective or a fixed phase depends on its activation.
    fn matters(&self, tree: &Tree<'_>, node: &Node) -> Vec<Vec<bool>> {
        let network = self.network;
        let mut fixed: Vec<Vec<Option<bool>>> = network
            .hidden()
            .iter()
            .map(|layer| vec![None; layer.outputs()])
            .collect();
        for (layer, neuron, active) in tree.fixed_phases(node) {
            fixed[layer][neuron] = Some(active);
        }
        // Whether each preactivation of the reading layer matters, from the last layer back.
        let mut reader_matters = vec![true];
        let mut all = Vec::with_capacity(fixed.len());
        for (index, reader) in network.layers().iter().enumerate().skip(1).rev() {
            let mut matters = vec![false; reader.inputs()];
            for neuron in (0..reader.outputs()).filter(|&neuron| reader_matters[neuron]) {
                for (matters, weight) in matters.iter_mut().zip(reader.row(neuron)) {
                    *matters |= *weight != 0.0;
                }
            }
            let (bounds, fixed) = (self.bounds.layer(index - 1), &fixed[index - 1]);
            // A neuron's inputs matter if its phase is fixed, or if its activation matters and can be nonzero.
            reader_matters = (0..matters.len())
                .map(|neuron| {
                    let is_inactive = bounds[neuron].phase() == Phase::Inactive;
                    fixed[neuron].is_some() || (matters[neuron] && !is_inactive)
                })
                .collect();
            all.push(matters);
        }
        all.reverse();
        all
    }
}
