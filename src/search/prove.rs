//! Branch and bound over the dense network's phases: the proof, and what it meets on its way.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::ascent::ascend;
use super::clock::Clock;
use super::concurrent_mip::ConcurrentMip;
use super::dense_search::DenseSearch;
use super::multi_start::MultiStart;
use super::{Event, SearchError, SearchResult, Settings};
use crate::instance::Instance;
use crate::network::Network;
use crate::presolve::Presolved;
use crate::prover::{self, Exact};
use crate::solver::{self, Progress, StopFlag};

/// Of the points at which relaxations are largest these many are tried, and after them one in so many:
/// an ascent takes as long as some tens of nodes.
const ALL: u64 = 100;
const FEW: u64 = 16;
/// The share of the time that goes to the climber in verification, where a proof mostly comes first, and in
/// maximization, which goes on to the limit.
const CLIMBING: f64 = 0.1;
const CLIMBING_ON: f64 = 0.5;
/// Seconds of the first proof.
const AT_FIRST: f64 = 0.1;
/// Batches of nodes for each bound of a hidden neuron at the first refinement, and how many times as many there
/// are at each further one.
const BATCHES: u32 = 4;
const MORE: u32 = 3;
/// The most of the time left that one refinement may take.
const REFINEMENT: f64 = 0.3;
/// Seconds of the proof after a refinement, for each second of that.
const PROOF: f64 = 4.0;
/// And at least, as a multiple of the proof before it.
const LONGER: f64 = 1.5;

/// Proves on the dense network that there is no adversarial input, or that the best input is optimal, by
/// branch and bound ([`crate::prover`]) over `settings.bounds`. Points at which the relaxations
/// are largest are tried, after a short ascent from them.
///
/// # Errors
/// When the network does not fit the instance, or a weight overflows.
pub fn prove(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    let mut run = DenseSearch::new(dense, instance, settings)?;
    let ended = branch_and_bound(&mut run, None, observer);
    run.conclude(ended)
}

/// Branches until the question is decided or the time is over; a climber goes on beside it. What is not
/// decided soon begins anew with tighter bounds of the hidden neurons, for which ever more is done.
///
/// # Errors
/// When a weight or a bound overflows.
pub(super) fn branch_and_bound(
    run: &mut DenseSearch<'_>,
    climber: Option<MultiStart>,
    observer: &mut dyn FnMut(&Event),
) -> Result<(), SearchError> {
    let (region, clock) = (run.region(), run.clock());
    if clock.is_over() {
        return Ok(());
    }
    let presolved = run.presolved()?;
    let settings = run.settings().clone();
    let mut judge = ProofObserver::new(run, Arc::clone(&presolved), climber, observer);
    let mut bounds = presolved.bounds.clone();
    let (mut seconds, mut batches) = (AT_FIRST, BATCHES);
    while !judge.is_done() && !clock.is_over() {
        judge.until = judge.proving() + seconds;
        let own = solver::Settings {
            threads: settings.threads - judge.race.threads(),
            ..settings.for_solver(clock.passed())
        };
        let proof = prover::prove(
            &presolved.network,
            region,
            &bounds,
            Exact {
                network: &presolved.compared,
                rounding: presolved.rounding.reduced - presolved.rounding.compared,
            },
            &own,
            &|| clock.is_over(),
            &mut |event| judge.hear(event),
        );
        judge.run.prove(proof.bound);
        if judge.is_done() {
            break;
        }
        let (before, stage) = (clock.passed(), clock.within(REFINEMENT * clock.left()));
        let ended = judge.race.ended();
        let has_ended = || ended.as_ref().is_some_and(StopFlag::is_raised);
        let out_of_time = || stage.is_over() || has_ended();
        let network = &presolved.network;
        let refined = prover::refine(network, region, &bounds, own.threads, batches, &out_of_time);
        judge.exchange();
        if !judge.is_done() && !clock.is_over() {
            let begun = judge.race.begin_anew(judge.run, network, &refined);
            judge.note(begun);
        }
        if refined == bounds {
            if proof.is_complete {
                // Nothing is left to branch on, and nothing would be otherwise the next time.
                judge.climb_on(&clock);
                break;
            }
            // Nor is anything gained by another beginning.
            seconds = f64::INFINITY;
        } else {
            seconds = (PROOF * (clock.passed() - before)).max(LONGER * seconds);
        }
        bounds = refined;
        batches = batches.saturating_mul(MORE);
    }
    if judge.race.end() {
        judge.run.leave_behind();
    }
    Ok(())
}

/// Takes in what the prover tells, and lets the climber go on.
struct ProofObserver<'a, 'b> {
    run: &'a mut DenseSearch<'b>,
    presolved: Arc<Presolved>,
    climber: Option<MultiStart>,
    /// The solver at work beside the prover.
    race: ConcurrentMip,
    observer: &'a mut dyn FnMut(&Event),
    points: u64,
    begun: f64,
    /// Seconds that went to the climber.
    climbed: f64,
    /// Seconds without these after which a proof ends, to begin anew with tighter bounds.
    until: f64,
}

impl<'a, 'b> ProofObserver<'a, 'b> {
    fn new(
        run: &'a mut DenseSearch<'b>,
        presolved: Arc<Presolved>,
        climber: Option<MultiStart>,
        observer: &'a mut dyn FnMut(&Event),
    ) -> Self {
        Self {
            begun: run.clock().passed(),
            race: ConcurrentMip::new(run.settings().threads),
            run,
            presolved,
            climber,
            observer,
            points: 0,
            climbed: 0.0,
            until: f64::INFINITY,
        }
    }

    fn is_done(&self) -> bool {
        self.run.is_decided()
    }

    /// Seconds that went to proofs and refinements.
    fn proving(&self) -> f64 {
        self.run.clock().passed() - self.begun - self.climbed
    }

    fn hear(&mut self, event: prover::Event<'_>) -> ControlFlow<(), f64> {
        match event {
            prover::Event::Point(x) => {
                self.points += 1;
                if self.points <= ALL || self.points.is_multiple_of(FEW) {
                    self.try_point(x);
                }
            }
            prover::Event::Optimum(x) => self.try_optimum(x),
            prover::Event::Progress { bound, nodes } => {
                self.run.prove(bound);
                (self.observer)(&Event::Progress(Progress {
                    primal_bound: self.run.known().best_value(),
                    dual_bound: bound,
                    nodes: i64::try_from(nodes).unwrap_or(i64::MAX),
                }));
                self.exchange();
                self.climb();
            }
        }
        if self.is_done() || self.proving() >= self.until {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(self.run.known().threshold())
        }
    }

    /// Ascends from a point where that is better than all before: that of a single linear piece can hardly be improved,
    /// and there are many.
    fn try_optimum(&mut self, x: &[f64]) {
        let x = self.run.region().pull_inside(x);
        let value = self.presolved.network.forward(&x)[0];
        if value > self.run.highest_value() {
            self.run.offer((x.clone(), value), self.observer);
            self.try_point(&x);
        }
    }

    /// Ascends from a point and takes in where that ends.
    fn try_point(&mut self, x: &[f64]) {
        let (clock, region) = (self.run.clock(), self.run.region());
        let start = [region.pull_inside(x)];
        for end in ascend(&self.presolved.network, region, &start, &|| clock.is_over()) {
            let Some(climber) = &mut self.climber else {
                self.run.offer(end, self.observer);
                continue;
            };
            climber.take_in(self.run, &self.presolved, end, &clock, self.observer);
        }
    }

    fn exchange(&mut self) {
        let network = &self.presolved.network;
        let exchanged = self.race.exchange(self.run, network, self.observer);
        self.note(exchanged);
    }

    /// What failed is left out from now on; the rest goes on.
    fn note(&mut self, result: Result<(), SearchError>) {
        if let Err(failure) = result {
            self.run.note_failure(&failure);
        }
    }

    /// Only a better input can still decide the question.
    fn climb_on(&mut self, clock: &Clock) {
        while self.climber.is_some()
            && !self.is_done()
            && !self.run.known().is_within_rounding()
            && !clock.is_over()
        {
            self.exchange();
            self.climb_once(clock);
        }
    }

    fn climb(&mut self) {
        let clock = self.run.clock();
        let before = clock.passed();
        let share = if self.run.is_decision() {
            CLIMBING
        } else {
            CLIMBING_ON
        };
        if self.climbed <= share * (before - self.begun) {
            self.climb_once(&clock);
            self.climbed += clock.passed() - before;
        }
    }

    fn climb_once(&mut self, clock: &Clock) {
        if let Some(climber) = &mut self.climber {
            let climbed = climber.batch(self.run, clock, self.observer);
            self.note(climbed);
        }
    }
}
