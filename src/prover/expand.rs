//! The splitting of nodes, many at a time.

use std::sync::Arc;

use super::gains::{Gain, Gains};
use super::node::{Branching, Decisions, Node};
use super::{BATCH, Target};
use crate::bounds::Phase;
use crate::bounds::relaxation::{Batch, Descent, Relaxation};
use crate::parallel;

/// Steps of descent at the root, and at every other node.
const AT_ROOT: Descent = Descent {
    steps: 50,
    first: 0.3,
};
const BELOW: Descent = Descent {
    steps: 3,
    first: 0.15,
};

/// The share of the way to the threshold by which a decision lowers the bound of a node that is not stale.
const MUCH: f64 = 0.02;

/// What nodes are parts of.
pub(super) struct Tree<'a> {
    relaxation: &'a Relaxation,
    target: Target,
    /// The neurons that are unstable at the root, as layer and place in it.
    neurons: Vec<(usize, usize)>,
    out_of_time: &'a (dyn Fn() -> bool + Sync),
}

/// Nodes that were bounded together, what the decisions on them have brought, and the point at which the
/// largest bound is attained.
pub(super) struct Expansion {
    pub nodes: Vec<Node>,
    pub gains: Vec<Gain>,
    pub point: Vec<f64>,
}

impl Expansion {
    pub fn bound(&self) -> f64 {
        let bounds = self.nodes.iter().map(|node| node.bound);
        bounds.fold(f64::NEG_INFINITY, f64::max)
    }
}

/// A part that is to be bounded.
struct Part {
    decisions: Decisions,
    choices: Arc<[f32]>,
    /// The neuron that was decided last, which has no multiplier yet.
    newest: Option<Branching>,
    /// The bound of the part that it is a part of.
    known: f64,
    /// The bound at which that one would count as stale no more.
    fresh: f64,
    stale: u8,
}

impl<'a> Tree<'a> {
    pub fn new(
        relaxation: &'a Relaxation,
        target: Target,
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
            out_of_time,
        }
    }

    /// The phases that are decided in a node, as layer, place in it and whether it is active.
    pub fn decided(&self, node: &Node) -> Vec<(usize, usize, bool)> {
        let neurons = self.neurons.iter().enumerate();
        neurons
            .filter_map(|(index, &(layer, neuron))| {
                Some((layer, neuron, node.decisions.of(index)?))
            })
            .collect()
    }

    /// The neurons that may be decided, as layer and place in it, in the order in which nodes number them.
    pub fn places(&self) -> &[(usize, usize)] {
        &self.neurons
    }

    pub fn is_out_of_time(&self) -> bool {
        (self.out_of_time)()
    }

    /// How many neurons may be decided.
    pub fn neurons(&self) -> usize {
        self.neurons.len()
    }

    /// The whole region.
    pub fn root(&self, known: f64) -> Expansion {
        let mut batch = self.rows(1);
        let decisions = Decisions::none(self.neurons.len());
        let choices = self.choices(&batch, 0);
        let part = Part {
            decisions,
            choices,
            newest: None,
            known,
            fresh: f64::INFINITY,
            stale: 0,
        };
        let values = batch.tighten(self.relaxation, AT_ROOT, &|_| self.is_out_of_time());
        self.expansion(&batch, &[part], &values, &Gains::none(self.neurons.len()))
    }

    /// Both parts of every node, in the order of the nodes, bounded by at most `threads` threads.
    pub fn expand(
        &self,
        nodes: Vec<Node>,
        threads: usize,
        threshold: f64,
        gains: &Gains,
    ) -> Vec<Expansion> {
        if nodes.is_empty() {
            return Vec::new();
        }
        if threads < 2 {
            return vec![self.split(&nodes, threshold, gains)];
        }
        let batches: Vec<&[Node]> = nodes.chunks(BATCH).collect();
        parallel::map(&batches, threads, |nodes| {
            self.split(nodes, threshold, gains)
        })
    }

    fn split(&self, nodes: &[Node], threshold: f64, gains: &Gains) -> Expansion {
        let parts: Vec<Part> = nodes
            .iter()
            .flat_map(|node| parts_of(node, threshold))
            .collect();
        let mut batch = self.batch(&parts);
        let enough = |values: &[f64]| {
            values.iter().all(|value| *value <= threshold) || self.is_out_of_time()
        };
        let values = batch.tighten(self.relaxation, BELOW, &enough);
        self.expansion(&batch, &parts, &values, gains)
    }

    /// Bounds a node by the multipliers of its linear relaxation, which its parts begin with.
    pub fn adopt(&self, node: &mut Node, multipliers: &[Vec<f64>]) {
        let mut batch = self.batch(&[Part {
            decisions: node.decisions.clone(),
            choices: Arc::clone(&node.choices),
            newest: None,
            known: node.bound,
            fresh: node.bound,
            stale: 0,
        }]);
        batch.adopt(self.relaxation, 0, multipliers);
        node.bound = node.bound.min(batch.values()[0]);
        node.choices = self.choices(&batch, 0);
    }

    fn rows(&self, count: usize) -> Batch {
        let Target { neuron, sign } = self.target;
        self.relaxation.repeated(neuron, sign, count)
    }

    fn batch(&self, parts: &[Part]) -> Batch {
        let mut batch = self.rows(parts.len());
        for (row, part) in parts.iter().enumerate() {
            for (index, &(layer, neuron)) in self.neurons.iter().enumerate() {
                let is_new = part
                    .newest
                    .is_some_and(|newest| newest.neuron as usize == index);
                let choice = if is_new {
                    0.0
                } else {
                    f64::from(part.choices[index])
                };
                let lines = batch.lines_mut(layer);
                match part.decisions.of(index) {
                    None => lines.set_lower_slope(row, neuron, choice),
                    Some(active) => lines.decide(row, neuron, active, choice),
                }
            }
        }
        batch
    }

    fn expansion(&self, batch: &Batch, parts: &[Part], values: &[f64], gains: &Gains) -> Expansion {
        let rows = parts.iter().zip(values).enumerate();
        let nodes: Vec<Node> = rows
            .map(|(row, (part, value))| Node {
                bound: part.known.min(*value),
                decisions: part.decisions.clone(),
                choices: self.choices(batch, row),
                next: self.next(batch, row, gains),
                stale: if *value <= part.fresh {
                    0
                } else {
                    part.stale.saturating_add(1)
                },
            })
            .collect();
        let gains = parts.iter().zip(values).filter_map(|(part, value)| {
            let Branching { neuron, score } = part.newest?;
            let neuron = neuron as usize;
            (score > 0.0).then_some(Gain {
                neuron,
                active: part.decisions.of(neuron)?,
                gain: (part.known - value).max(0.0) / score,
            })
        });
        let best = (0..nodes.len()).max_by(|&a, &b| nodes[a].cmp(&nodes[b]));
        let best = best.expect("some part was bounded");
        Expansion {
            point: batch.point(self.relaxation, best),
            gains: gains.collect(),
            nodes,
        }
    }

    fn choices(&self, batch: &Batch, row: usize) -> Arc<[f32]> {
        let choice =
            |&(layer, neuron): &(usize, usize)| batch.lines(layer).choice(row, neuron) as f32;
        self.neurons.iter().map(choice).collect()
    }

    /// Where to branch: the undecided neuron of the largest score, if any has one.
    fn next(&self, batch: &Batch, row: usize, gains: &Gains) -> Option<Branching> {
        let worth = batch.worth(row);
        let worth = self
            .neurons
            .iter()
            .map(|&(layer, neuron)| worth[layer][neuron]);
        let open = worth.enumerate().filter(|(_, worth)| *worth > 0.0);
        let promise = |&(neuron, worth): &(usize, f64)| worth * gains.of(neuron);
        let best = open.max_by(|a, b| promise(a).total_cmp(&promise(b)))?;
        Some(Branching {
            neuron: u32::try_from(best.0).ok()?,
            score: best.1,
        })
    }
}

/// The two parts of a node.
fn parts_of(node: &Node, threshold: f64) -> impl Iterator<Item = Part> {
    let fresh = node.bound - MUCH * (node.bound - threshold);
    [true, false].into_iter().filter_map(move |active| {
        Some(Part {
            decisions: node.decisions.with(node.next?.neuron as usize, active),
            choices: Arc::clone(&node.choices),
            newest: node.next,
            known: node.bound,
            fresh,
            stale: node.stale,
        })
    })
}
