//! All strategies on one instance.

use std::time::Instant;

use pipeline::bounds::BoundKind;
use pipeline::named::Named;
use pipeline::pruning::{Pruning, prune};
use pipeline::search::{SearchResult, Settings, Strategy, Verdict, search};

use super::case::{Case, ENUMERATED, number};
use super::family::Family;
use super::truth::{Duty, Remark, Truth};
use crate::support::unhurried;

/// Seconds within which an instance must be decided: more if other tests run at the same time.
pub fn time_limit() -> f64 {
    if super::is_long() { 10.0 } else { 120.0 }
}
/// Seconds beyond the limit that are tolerated on a busy machine.
const GRACE: f64 = 5.0;

/// The remarks on all strategies for one instance.
pub struct Report {
    pub case: Case,
    pub remarks: Vec<(String, Remark, String)>,
    /// Seconds for the exact optimum, and for all strategies.
    pub seconds: [f64; 2],
}

impl Report {
    pub fn has_fault(&self) -> bool {
        self.remarks.iter().any(|(_, remark, _)| remark.is_fault())
    }
}

/// Solves the instance by every strategy and checks the results.
pub fn run(index: u64) -> Report {
    let started = Instant::now();
    let case = Case::new(index);
    let truth = Truth::of(&case);
    let for_truth = started.elapsed().as_secs_f64();
    let mut remarks = Vec::new();
    if truth.optimum().is_none() {
        let is_small = case.unstable <= ENUMERATED;
        let remark = if is_small {
            Remark::NoOracle
        } else {
            Remark::LargeForOracle
        };
        remarks.push(("oracle".to_owned(), remark, String::new()));
    }
    let pruned = prune(&case.network, &Pruning::magnitude(0.5));
    let sparse = pruned.map(|pruned| pruned.apply(&case.network));
    let sparse = sparse.expect("weights to prune");
    let mut all = Vec::new();
    for (strategy, kind, threads, duty) in tasks(index) {
        let name = format!("{strategy}/{kind}/{threads}");
        let settings = Settings {
            time_limit: time_limit(),
            threads,
            bounds: kind,
            ..unhurried()
        };
        let (network, instance) = (&case.network, &case.instance);
        let surrogate = (strategy == Strategy::Surrogate).then_some(&sparse);
        let solve = || {
            search(
                strategy,
                network,
                surrogate,
                instance,
                &settings,
                &mut |_| {},
            )
        };
        // On a new thread, without state from earlier searches.
        match std::thread::scope(|scope| scope.spawn(solve).join()) {
            Err(_) => remarks.push((name, Remark::Panicked, String::new())),
            Ok(Err(error)) => remarks.push((name, Remark::Refused, error.to_string())),
            Ok(Ok(result)) => {
                let mut found = truth.remarks(&result, duty);
                if result.seconds_total > time_limit() + GRACE {
                    found.push(Remark::Overrun);
                }
                let detail = described(&result);
                remarks.extend(found.into_iter().map(|r| (name.clone(), r, detail.clone())));
                all.push((name, result));
            }
        }
    }
    if truth.optimum().is_none() {
        remarks.extend(contradictions(&truth, &all));
    }
    let seconds = [for_truth, started.elapsed().as_secs_f64() - for_truth];
    drop(truth);
    Report {
        case,
        remarks,
        seconds,
    }
}

/// The searches run on every instance; the other kinds of bounds and more threads alternate.
fn tasks(index: u64) -> Vec<(Strategy, BoundKind, u32, Duty)> {
    let usual = BoundKind::default();
    // Without `box`, which serves to repeat published MILPs: with bounds that ignore the ball, a proof of a tie can take
    // minutes (1881).
    let kinds: Vec<BoundKind> = BoundKind::NAMES
        .iter()
        .map(|&(kind, _)| kind)
        .filter(|&kind| kind != BoundKind::Box)
        .collect();
    let (families, index) = (Family::ALL.len(), usize::try_from(index).expect("a number"));
    let turn = index / families % kinds.len();
    let other = kinds[turn];
    let threads = if turn + 1 == kinds.len() { 3 } else { 1 };
    let mut tasks = vec![
        (Strategy::Prove, usual, 1, Duty::Decide),
        (Strategy::Portfolio, usual, threads, Duty::Decide),
        (Strategy::Exact, usual, 1, Duty::Bound),
        (Strategy::Gradient, usual, 1, Duty::Nothing),
        (Strategy::Relaxation, usual, 1, Duty::Nothing),
        (Strategy::Surrogate, usual, 1, Duty::Nothing),
    ];
    if other != usual {
        tasks.push((Strategy::Prove, other, 1, Duty::Decide));
        tasks.push((Strategy::Exact, other, 1, Duty::Bound));
    }
    tasks
}

/// Bounds below a value that another strategy found, and proofs that there is no such input.
fn contradictions(truth: &Truth, all: &[(String, SearchResult)]) -> Vec<(String, Remark, String)> {
    let values = all.iter().filter_map(|(name, result)| {
        let best = result.best.as_ref()?;
        Some((number(&truth.value(&best.input)), name))
    });
    let Some((value, by)) = values.max_by(|a, b| a.0.total_cmp(&b.0)) else {
        return Vec::new();
    };
    let is_refuted = |result: &SearchResult| {
        let room = truth.tolerance(value);
        let by_bound = result.dual_bound.is_some_and(|bound| value > bound + room);
        by_bound || result.verdict == Verdict::NoneExists && value > 0.0
    };
    let refuted = all.iter().filter(|(_, result)| is_refuted(result));
    refuted
        .map(|(name, result)| {
            let detail = format!("{}, but {by} found {value}", described(result));
            (name.clone(), Remark::Disagreement, detail)
        })
        .collect()
}

fn described(result: &SearchResult) -> String {
    let best = result.best.as_ref().map(|best| best.value);
    format!(
        "{} best {best:?} bound {:?} in {:.1} s {}",
        result.verdict,
        result.dual_bound,
        result.seconds_total,
        result.failures.join("; ")
    )
}
