//! Splits nodes, many at a time.

use std::sync::Arc;

use super::node::{Branching, FixedPhases, Node};
use super::pseudo_costs::{Improvement, PseudoCosts};
use super::{BATCH, Target};
use crate::bounds::Phase;
use crate::bounds::relaxation::{Descent, FunctionBatch, Relaxation};
use crate::parallel;
use crate::tightening::Optimum;

/// Descent at the root, and at every other node.
const AT_ROOT: Descent = Descent {
    steps: 50,
    first: 0.3,
};
const BELOW: Descent = Descent {
    steps: 3,
    first: 0.15,
};

/// Share of the distance to the threshold by which branching must lower the bound for a node not to be stale.
const MUCH: f64 = 0.02;

/// What all nodes of one tree share.
pub(super) struct Tree<'a> {
    relaxation: &'a Relaxation,
    target: Target,
    /// The neurons that are unstable at the root, as (layer, neuron).
    neurons: Vec<(usize, usize)>,
    /// The first neuron of the first layer that is a row of the region, fixed everywhere.
    first_row: usize,
    /// What each row was multiplied by.
    rows: &'a [f64],
    out_of_time: &'a (dyn Fn() -> bool + Sync),
}

/// Nodes that were bounded together, the improvements from branching, and the point at which the
/// largest bound is attained.
pub(super) struct Expansion {
    pub nodes: Vec<Node>,
    pub improvements: Vec<Improvement>,
    pub point: Vec<f64>,
}

impl Expansion {
    pub fn bound(&self) -> f64 {
        let bounds = self.nodes.iter().map(|node| node.bound);
        bounds.fold(f64::NEG_INFINITY, f64::max)
    }
}

/// A node that is to be bounded.
struct Subproblem {
    fixed: FixedPhases,
    multipliers: Arc<[f32]>,
    /// The neuron that was fixed last, which has no multiplier yet.
    newest: Option<Branching>,
    /// The bound of the parent.
    known: f64,
    /// A node whose bound is at most this is not stale.
    fresh: f64,
    stale: u8,
}

impl<'a> Tree<'a> {
    pub fn new(
        relaxation: &'a Relaxation,
        target: Target,
        rows: &'a [f64],
        out_of_time: &'a (dyn Fn() -> bool + Sync),
    ) -> Self {
        let layers = relaxation.bounds().enumerate();
        let neurons = layers.flat_map(|(layer, bounds)| {
            let unstable =
                |&(_, bound): &(usize, &crate::bounds::Interval)| bound.phase() == Phase::Unstable;
            let neurons = bounds.iter().enumerate().filter(unstable);
            neurons.map(move |(neuron, _)| (layer, neuron))
        });
        Self {
            relaxation,
            target,
            neurons: neurons.collect(),
            first_row: relaxation.bounds().next().map_or(0, <[_]>::len) - rows.len(),
            rows,
            out_of_time,
        }
    }

    /// The phases that are fixed in `node`, as (layer, neuron, active).
    pub fn fixed_phases(&self, node: &Node) -> Vec<(usize, usize, bool)> {
        let neurons = self.neurons.iter().enumerate();
        neurons
            .filter(|(_, place)| !self.is_row(place))
            .filter_map(|(index, &(layer, neuron))| Some((layer, neuron, node.fixed.of(index)?)))
            .collect()
    }

    fn is_row(&self, &(layer, neuron): &(usize, usize)) -> bool {
        layer == 0 && neuron >= self.first_row
    }

    /// The neurons that may be fixed, as (layer, neuron), in the order in which nodes number them.
    pub fn places(&self) -> &[(usize, usize)] {
        &self.neurons
    }

    pub fn is_out_of_time(&self) -> bool {
        (self.out_of_time)()
    }

    /// Number of neurons that may be fixed.
    pub fn neurons(&self) -> usize {
        self.neurons.len()
    }

    /// Bounds the root, which is the whole region; `known` is a bound that holds there.
    pub fn root(&self, known: f64) -> Expansion {
        let mut fixed = FixedPhases::none(self.neurons.len());
        for (index, place) in self.neurons.iter().enumerate() {
            if self.is_row(place) {
                fixed = fixed.with(index, false);
            }
        }
        let subproblems = [Subproblem {
            fixed,
            multipliers: self.multipliers(&self.rows(1), 0),
            newest: None,
            known,
            fresh: f64::INFINITY,
            stale: 0,
        }];
        let mut batch = self.batch(&subproblems);
        let values = batch.tighten(self.relaxation, AT_ROOT, &|_| self.is_out_of_time());
        self.expansion(
            &batch,
            &subproblems,
            &values,
            &PseudoCosts::none(self.neurons.len()),
        )
    }

    /// Bounds both children of every node, in the order of `nodes`, on up to `threads` threads.
    pub fn expand(
        &self,
        nodes: Vec<Node>,
        threads: usize,
        threshold: f64,
        pseudo_costs: &PseudoCosts,
    ) -> Vec<Expansion> {
        if nodes.is_empty() {
            return Vec::new();
        }
        if threads < 2 {
            return vec![self.split(&nodes, threshold, pseudo_costs)];
        }
        let batches: Vec<&[Node]> = nodes.chunks(BATCH).collect();
        parallel::map(&batches, threads, |nodes| {
            self.split(nodes, threshold, pseudo_costs)
        })
    }

    fn split(&self, nodes: &[Node], threshold: f64, pseudo_costs: &PseudoCosts) -> Expansion {
        let subproblems: Vec<Subproblem> = nodes
            .iter()
            .flat_map(|node| children_of(node, threshold))
            .collect();
        let mut batch = self.batch(&subproblems);
        let enough = |values: &[f64]| {
            values.iter().all(|value| *value <= threshold) || self.is_out_of_time()
        };
        let values = batch.tighten(self.relaxation, BELOW, &enough);
        self.expansion(&batch, &subproblems, &values, pseudo_costs)
    }

    /// Bounds `node` by the multipliers at the `optimum` of its linear relaxation; its children start from these.
    pub fn adopt(&self, node: &mut Node, optimum: &Optimum) {
        let mut lambda = optimum.multipliers.clone();
        let duals = self.rows.iter().zip(&optimum.region_duals);
        lambda[0].extend(duals.map(|(scale, dual)| -dual / scale));
        let mut batch = self.batch(&[Subproblem {
            fixed: node.fixed.clone(),
            multipliers: Arc::clone(&node.multipliers),
            newest: None,
            known: node.bound,
            fresh: node.bound,
            stale: 0,
        }]);
        batch.adopt(self.relaxation, 0, &lambda);
        node.bound = node.bound.min(batch.values()[0]);
        node.multipliers = self.multipliers(&batch, 0);
    }

    fn rows(&self, count: usize) -> FunctionBatch {
        let Target { neuron, sign } = self.target;
        self.relaxation.repeated(neuron, sign, count)
    }

    fn batch(&self, subproblems: &[Subproblem]) -> FunctionBatch {
        let mut batch = self.rows(subproblems.len());
        for (row, subproblem) in subproblems.iter().enumerate() {
            for (index, &(layer, neuron)) in self.neurons.iter().enumerate() {
                let is_new = subproblem
                    .newest
                    .is_some_and(|newest| newest.neuron as usize == index);
                let multiplier = if is_new {
                    0.0
                } else {
                    f64::from(subproblem.multipliers[index])
                };
                let lines = batch.lines_mut(layer);
                match subproblem.fixed.of(index) {
                    None => lines.set_lower_slope(row, neuron, multiplier),
                    Some(active) => lines.fix(row, neuron, active, multiplier),
                }
            }
        }
        batch
    }

    fn expansion(
        &self,
        batch: &FunctionBatch,
        subproblems: &[Subproblem],
        values: &[f64],
        pseudo_costs: &PseudoCosts,
    ) -> Expansion {
        let rows = subproblems.iter().zip(values).enumerate();
        let nodes: Vec<Node> = rows
            .map(|(row, (subproblem, value))| Node {
                bound: subproblem.known.min(*value),
                fixed: subproblem.fixed.clone(),
                multipliers: self.multipliers(batch, row),
                branching: self.branching(batch, row, pseudo_costs),
                stale: if *value <= subproblem.fresh {
                    0
                } else {
                    subproblem.stale.saturating_add(1)
                },
            })
            .collect();
        let improvements = subproblems
            .iter()
            .zip(values)
            .filter_map(|(subproblem, value)| {
                let Branching { neuron, score } = subproblem.newest?;
                let neuron = neuron as usize;
                (score > 0.0).then_some(Improvement {
                    neuron,
                    active: subproblem.fixed.of(neuron)?,
                    gain: (subproblem.known - value).max(0.0) / score,
                })
            });
        let best = (0..nodes.len()).max_by(|&a, &b| nodes[a].cmp(&nodes[b]));
        let best = best.expect("some node was bounded");
        Expansion {
            point: batch.point(self.relaxation, best),
            improvements: improvements.collect(),
            nodes,
        }
    }

    fn multipliers(&self, batch: &FunctionBatch, row: usize) -> Arc<[f32]> {
        let multiplier =
            |&(layer, neuron): &(usize, usize)| batch.lines(layer).parameter(row, neuron) as f32;
        self.neurons.iter().map(multiplier).collect()
    }

    /// Where to branch: the neuron with the largest product of branching score and pseudo-cost, if any has a score.
    fn branching(
        &self,
        batch: &FunctionBatch,
        row: usize,
        pseudo_costs: &PseudoCosts,
    ) -> Option<Branching> {
        let scores = batch.branching_scores(row);
        let scores = self
            .neurons
            .iter()
            .map(|&(layer, neuron)| scores[layer][neuron]);
        let open = scores.enumerate().filter(|(_, score)| *score > 0.0);
        let promise = |&(neuron, score): &(usize, f64)| score * pseudo_costs.of(neuron);
        let best = open.max_by(|a, b| promise(a).total_cmp(&promise(b)))?;
        Some(Branching {
            neuron: u32::try_from(best.0).ok()?,
            score: best.1,
        })
    }
}

/// The two children of `node`.
fn children_of(node: &Node, threshold: f64) -> impl Iterator<Item = Subproblem> {
    let fresh = node.bound - MUCH * (node.bound - threshold);
    [true, false].into_iter().filter_map(move |active| {
        Some(Subproblem {
            fixed: node.fixed.with(node.branching?.neuron as usize, active),
            multipliers: Arc::clone(&node.multipliers),
            newest: node.branching,
            known: node.bound,
            fresh,
            stale: node.stale,
        })
    })
}
