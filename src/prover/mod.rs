//! A complete prover: branch and bound over the phases of ReLUs.
//!
//! A node is the part of the region in which some ReLUs have a decided phase; its bound is that of the
//! linear relaxation there ([`crate::bounds::relaxation`]). The nodes of the largest bound are taken
//! first, many at a time, and split at the ReLU that promises most, until every bound lies at or below a
//! threshold. So the largest bound of an open node is a proved bound on the objective at any moment.
//! (Branch and bound for ReLU networks: Bunel et al., JMLR 2020; the bounds: beta-CROWN, Wang et al.,
//! NeurIPS 2021.)

mod effort;
mod expand;
mod frontier;
mod gains;
mod leaf;
mod node;
mod refine;

pub use refine::refine;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::bounds::Bounds;
use crate::bounds::relaxation::Relaxation;
use crate::exact::sum_up;
use crate::formulation::{PieceMaximum, exact_maximum};
use crate::instance::Region;
use crate::network::Network;
use crate::solver::Settings;
use expand::{Expansion, Tree};
use frontier::Frontier;
use gains::Gains;
use leaf::Leaves;
use node::Node;

/// Nodes that are split at a time, by one thread.
const BATCH: usize = 32;
/// Progress is told at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// What the prover tells, and asks after.
#[derive(Debug)]
pub enum Event<'a> {
    /// A point of the region at which a relaxation of many nodes' phases is largest.
    Point(&'a [f64]),
    /// One at which a linear program has its maximum: mostly of a single linear piece.
    Optimum(&'a [f64]),
    /// Where the proof stands.
    Progress { bound: f64, nodes: u64 },
}

/// What came of a proof.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proof {
    /// Proved: the objective is nowhere in the region larger.
    pub bound: f64,
    /// Nodes that were bounded.
    pub nodes: u64,
    /// Whether nothing is left to split. The bound may be above the threshold nevertheless, of leaves that rounding
    /// leaves there.
    pub is_complete: bool,
}

/// What the one output of a network stands for, in real arithmetic.
#[derive(Debug, Clone, Copy)]
pub struct Exact<'a> {
    /// Of the same hidden layers; the output less the second one, if there is one, is what is meant.
    pub network: &'a Network,
    /// By how much what is meant may exceed the network's output, less what it may exceed that of `network` by.
    pub rounding: f64,
}

/// What is bounded: `sign` times a preactivation of the layer after the last one that is bounded.
#[derive(Debug, Clone, Copy)]
struct Target {
    neuron: usize,
    sign: f64,
}

/// Proves that the one output of `network` exceeds a threshold nowhere in `region`, as far as it comes
/// before `out_of_time`. `bounds` are of the network over the region; where they and f64 cannot decide a linear piece,
/// `exact` does; `settings` say how many threads there are; `observer` says what the threshold is by now, or that it has seen enough.
///
/// # Panics
/// When network, region and bounds do not fit each other.
pub fn prove(
    network: &Network,
    region: &Region,
    bounds: &Bounds,
    exact: Exact<'_>,
    settings: &Settings,
    out_of_time: &(dyn Fn() -> bool + Sync),
    observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
) -> Proof {
    let (hidden, output) = bounds.layers().split_at(network.hidden().len());
    let known = output[0][0].upper();
    if hidden.is_empty() {
        return of_affine(network, region, known, exact, out_of_time, observer);
    }
    let relaxation = Relaxation::with_bounds(network, region, hidden);
    let target = Target {
        neuron: 0,
        sign: 1.0,
    };
    let tree = Tree::new(&relaxation, target, out_of_time);
    let leaves = Leaves::new(network, region, bounds, exact, settings);
    let mut search = Search::new(&tree, Some(leaves));
    let threads = settings.threads as usize;
    let _ = search.run(&tree, known, threads, observer);
    search.proof()
}

/// The same of a network without hidden layers.
fn of_affine(
    network: &Network,
    region: &Region,
    known: f64,
    exact: Exact<'_>,
    out_of_time: &(dyn Fn() -> bool + Sync),
    observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
) -> Proof {
    let mut bound = known;
    let mut best = region.argmax(network.output().row(0));
    if let Some(PieceMaximum::At { value, input }) =
        exact_maximum(exact.network, region, &[], out_of_time)
    {
        bound = bound.min(sum_up(value, -exact.rounding));
        best = input;
    }
    if observer(Event::Optimum(&best)).is_continue() {
        let _ = observer(Event::Progress { bound, nodes: 1 });
    }
    Proof {
        bound,
        nodes: 1,
        is_complete: true,
    }
}

struct Search<'a> {
    frontier: Frontier,
    /// The largest bound of a node that is not split any further.
    closed: f64,
    nodes: u64,
    told: Option<Instant>,
    /// Without them leaves keep the bounds that they have.
    leaves: Option<Leaves<'a>>,
    gains: Gains,
}

impl<'a> Search<'a> {
    fn new(tree: &Tree<'_>, leaves: Option<Leaves<'a>>) -> Self {
        Self {
            frontier: Frontier::default(),
            closed: f64::NEG_INFINITY,
            nodes: 0,
            told: None,
            leaves,
            gains: Gains::none(tree.neurons()),
        }
    }

    /// Splits nodes until none is left, the time is over or the observer has seen enough.
    fn run(
        &mut self,
        tree: &Tree<'_>,
        known: f64,
        threads: usize,
        observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
    ) -> ControlFlow<()> {
        let mut threshold = f64::NEG_INFINITY;
        let mut expansions = vec![tree.root(known)];
        while !expansions.is_empty() {
            // Until all of them are taken in, their parts are open.
            let bounds = expansions.iter().map(Expansion::bound);
            let open = bounds.fold(f64::NEG_INFINITY, f64::max);
            self.frontier.keep(open);
            for expansion in &expansions {
                threshold = self.tell(&expansion.point, observer)?;
            }
            for gain in expansions.iter().flat_map(|expansion| &expansion.gains) {
                self.gains.note(gain);
            }
            for node in expansions.into_iter().flat_map(|expansion| expansion.nodes) {
                threshold = self.take_in(tree, node, threshold, observer)?;
            }
            self.frontier.keep(f64::NEG_INFINITY);
            if tree.is_out_of_time() {
                break;
            }
            let nodes = self.frontier.pop(BATCH * threads.max(1));
            let bounds = nodes.iter().map(|node| node.bound);
            self.frontier.keep(bounds.fold(f64::NEG_INFINITY, f64::max));
            expansions = tree.expand(nodes, threads, threshold, &self.gains);
        }
        ControlFlow::Continue(())
    }

    /// Tells of a promising point, and now and then of progress; the threshold.
    fn tell(
        &mut self,
        point: &[f64],
        observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
    ) -> ControlFlow<(), f64> {
        let now = Instant::now();
        if self
            .told
            .is_none_or(|told| now.duration_since(told) >= PROGRESS_INTERVAL)
        {
            self.told = Some(now);
            let (bound, nodes) = (self.bound(), self.nodes);
            observer(Event::Progress { bound, nodes })?;
        }
        observer(Event::Point(point))
    }

    /// Keeps a node that is to be split, closes another; the threshold.
    fn take_in(
        &mut self,
        tree: &Tree<'_>,
        mut node: Node,
        mut threshold: f64,
        observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
    ) -> ControlFlow<(), f64> {
        self.nodes += 1;
        if node.bound > threshold && self.is_stuck(&node) && !tree.is_out_of_time() {
            threshold = self.look_closer(tree, &mut node, threshold, observer)?;
        }
        if node.bound > threshold && node.next.is_some() {
            self.frontier.push(node);
        } else {
            self.closed = self.closed.max(node.bound);
        }
        ControlFlow::Continue(threshold)
    }

    /// Whether a linear program is to bound a node.
    fn is_stuck(&self, node: &Node) -> bool {
        let leaves = self.leaves.as_ref();
        node.next.is_none() || leaves.is_some_and(|leaves| leaves.are_worthwhile(node.stale))
    }

    /// Bounds a node by a linear program where descent on its multipliers does not come further, or its relaxation has
    /// no branching score for any neuron. That alone makes no leaf: an undecided neuron matters to the phase of a
    /// decided one whatever that one's multiplier is. Only where all such neurons are decided does the node have a
    /// maximum that is no relaxation's.
    fn look_closer(
        &mut self,
        tree: &Tree<'_>,
        node: &mut Node,
        mut threshold: f64,
        observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
    ) -> ControlFlow<(), f64> {
        let Some(leaves) = &mut self.leaves else {
            return ControlFlow::Continue(threshold);
        };
        let could_branch = node.next.is_some();
        let begun = Instant::now();
        let optimum = leaves.relaxed(tree, node);
        if let Some(optimum) = &optimum {
            node.bound = node.bound.min(optimum.bound);
            tree.adopt(node, &optimum.multipliers);
        }
        let relaxed = begun.elapsed().as_secs_f64();
        if let Some(optimum) = &optimum {
            threshold = observer(Event::Optimum(&optimum.input))?;
        }
        node.stale = 0;
        // Without an answer a neuron that is known to be good to branch on stays that.
        if optimum.is_some() || !could_branch {
            node.next = leaves.branching(tree, node, optimum.as_ref());
        }
        if node.bound > threshold
            && (node.next.is_none() || leaves.is_doubtful(node.bound, threshold, optimum.as_ref()))
        {
            let begun = Instant::now();
            let maximum = leaves.exact(tree, node);
            let seconds = begun.elapsed().as_secs_f64();
            match maximum {
                None => {}
                Some(PieceMaximum::Empty) => node.bound = f64::NEG_INFINITY,
                Some(PieceMaximum::At { value, input }) => {
                    node.bound = node.bound.min(value);
                    threshold = observer(Event::Optimum(&input))?;
                }
            }
            if node.next.is_some() {
                leaves.rounding.note(seconds, node.bound <= threshold);
            }
        }
        if could_branch {
            // Exact arithmetic is tried where linear programs come near.
            leaves.relaxing.note(relaxed, node.bound <= threshold);
        }
        ControlFlow::Continue(threshold)
    }

    fn bound(&self) -> f64 {
        self.frontier.bound().max(self.closed)
    }

    fn proof(&self) -> Proof {
        Proof {
            bound: self.bound(),
            nodes: self.nodes,
            is_complete: self.frontier.is_empty() && self.frontier.bound() == f64::NEG_INFINITY,
        }
    }
}
