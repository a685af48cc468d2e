//! Ascents from successive batches of starts; promising end points are polished.

use std::collections::HashSet;

use super::ascent::{Point, ascend};
use super::clock::Clock;
use super::dense_search::DenseSearch;
use super::polish::Polish;
use super::starts::Starts;
use super::{Event, SearchError};
use crate::network::Layer;
use crate::presolve::Presolved;

/// Starts per batch.
const BATCH: usize = 16;
/// Product of inputs and hidden neurons up to which linear programs over pieces take milliseconds to a second.
const POLISHED: usize = 400_000;
/// Maximal number of linear programs per polish.
const PROGRAMS: usize = 50;
/// How near to the best value an ascent must end to be polished, relative to it.
const NEAR: f64 = 0.1;
/// Seconds of linear programs per second of ascents beyond which only the best end points are polished.
const POLISHING: f64 = 20.0;
/// Ascents before the first polish: most verification problems are decided earlier, and better points are found soon.
const UNPOLISHED: usize = 64;

/// The state of the ascents of one search.
pub(super) struct MultiStart {
    starts: Starts,
    /// End points that were polished, by their values.
    polished: HashSet<u64>,
    count: usize,
    without_better: usize,
    /// Seconds spent on ascents, and on linear programs.
    ascending: f64,
    polishing: f64,
    /// Seconds of the slowest linear program.
    slowest: f64,
}

impl MultiStart {
    /// Ascends from the default point. In verification this mostly suffices, and it takes less time than the bounds,
    /// which follow and must have some time left.
    pub fn start(
        search: &mut DenseSearch<'_>,
        clock: &Clock,
        observer: &mut dyn FnMut(&Event),
    ) -> Self {
        let region = search.region();
        let mut starts = Starts::new(region, search.settings().seed);
        let first = [starts.next(None)];
        let first_half = clock.within(0.5 * clock.left());
        for end in ascend(&search.folded(), region, &first, &|| first_half.is_over()) {
            search.offer(end, observer);
        }
        Self {
            starts,
            polished: HashSet::new(),
            count: 1,
            without_better: 0,
            ascending: 0.0,
            polishing: 0.0,
            slowest: 0.0,
        }
    }

    /// Ascends until the question is decided, `patience` consecutive starts have brought no improvement, or `clock` is
    /// over.
    ///
    /// # Errors
    /// When a weight or a bound overflows.
    pub fn run(
        &mut self,
        search: &mut DenseSearch<'_>,
        clock: &Clock,
        patience: usize,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<(), SearchError> {
        while !search.is_decided() && self.without_better < patience && !clock.is_over() {
            self.batch(search, clock, observer)?;
        }
        Ok(())
    }

    /// Ascends from one batch of starts.
    ///
    /// # Errors
    /// When a weight or a bound overflows.
    pub fn batch(
        &mut self,
        search: &mut DenseSearch<'_>,
        clock: &Clock,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<(), SearchError> {
        let presolved = search.presolved()?;
        if search.is_decided() {
            return Ok(());
        }
        let starts: Vec<_> = (0..BATCH)
            .map(|_| self.starts.next(search.highest()))
            .collect();
        let started = clock.passed();
        let ends = ascend(&presolved.network, search.region(), &starts, &|| {
            clock.is_over()
        });
        self.ascending += clock.passed() - started;
        for end in ends {
            self.add_end(search, &presolved, end, clock, observer);
            if search.is_decided() {
                break;
            }
        }
        Ok(())
    }

    /// Offers the end point of an ascent to `search`, polished first if it is promising.
    pub fn add_end(
        &mut self,
        search: &mut DenseSearch<'_>,
        presolved: &Presolved,
        mut end: Point,
        clock: &Clock,
        observer: &mut dyn FnMut(&Event),
    ) {
        self.count += 1;
        self.without_better += 1;
        if self.is_promising(search, end.1) && self.polished.insert(end.1.to_bits()) {
            end = self.polish(search, presolved, end, clock);
        }
        if search.offer(end, observer) {
            self.without_better = 0;
        }
    }

    /// Whether the end point of an ascent is worth some linear programs.
    fn is_promising(&self, search: &DenseSearch<'_>, value: f64) -> bool {
        let best = search.highest_value();
        // If linear programs are slow, only new best points get them.
        let near = if self.polishing > POLISHING * self.ascending {
            0.0
        } else {
            NEAR
        };
        let is_near = value > best - near * best.abs();
        is_near && self.count > UNPOLISHED
    }

    /// Returns `point`, or a better one found by linear programs.
    fn polish(
        &mut self,
        search: &mut DenseSearch<'_>,
        presolved: &Presolved,
        point: Point,
        clock: &Clock,
    ) -> Point {
        let hidden = presolved.network.hidden();
        let neurons: usize = hidden.iter().map(Layer::outputs).sum();
        if search.region().inputs() * neurons > POLISHED {
            return point;
        }
        let started = clock.passed();
        let mut polish = Polish {
            network: &presolved.network,
            region: search.region(),
            bounds: &presolved.bounds,
            clock,
            limits: &search.settings().limits(started),
            slowest: self.slowest,
            failure: None,
        };
        let polished = polish.polish(point, PROGRAMS);
        self.slowest = polish.slowest;
        if let Some(failure) = polish.failure {
            search.note_failure(&failure.into());
        }
        self.polishing += clock.passed() - started;
        polished
    }
}
