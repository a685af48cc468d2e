//! Runs that may be compared with each other, and their pairs.

use std::collections::{BTreeMap, BTreeSet};

use super::pair::{Pair, SurrogateRun};
use super::variant::Variant;
use crate::bounds::BoundKind;
use crate::dataset::DatasetName;
use crate::experiment::{QuestionSettings, RunRecord};
use crate::instance::LabelSource;
use crate::numbers::Shortest;
use crate::pruning::Scope;
use crate::search::Strategy;

/// The question of the runs of a series, and what distinguishes it from other series with that
/// question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Verification(LabelSource),
    Maximization(Scope),
}

/// Limits shared by all runs of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// In wall seconds.
    pub time_limit: f64,
    pub threads: u32,
    pub solver_seed: u32,
    pub bounds: BoundKind,
}

/// All surrogate runs that may be compared with each other, each with its dense run.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    pub kind: Kind,
    pub limits: Limits,
    pub all: Selection<'a>,
}

/// A series, or the part of it that a number, table or panel covers.
#[derive(Debug, Clone, Default)]
pub struct Selection<'a> {
    /// Sorted by the keys of the surrogate runs.
    pub pairs: Vec<Pair<'a>>,
    /// Surrogate runs without a dense run of the same instance, limits and weights.
    pub left_out: Vec<SurrogateRun<'a>>,
}

/// Why surrogate runs are left out, as a part of sentences.
pub const UNPAIRED: &str = "without a dense run of the same instance, limits and weights";

/// Groups all runs into series, verification first; `runs` sorted by key give sorted pairs. Runs of
/// strategies other than exact and surrogate are in none.
pub fn series(runs: &[RunRecord]) -> Vec<Series<'_>> {
    let mut dense: BTreeMap<String, Vec<&RunRecord>> = BTreeMap::new();
    for run in runs.iter().filter(|run| is_dense(run)) {
        dense.entry(identity(run)).or_default().push(run);
    }
    let mut all: Vec<Series> = Vec::new();
    for run in runs {
        let Some(surrogate) = surrogate_run(run) else {
            continue;
        };
        let (kind, limits) = (kind(&surrogate), limits(run));
        let known = all
            .iter()
            .position(|series| series.kind == kind && series.limits == limits);
        let place = known.unwrap_or_else(|| {
            all.push(Series {
                kind,
                limits,
                all: Selection::default(),
            });
            all.len() - 1
        });
        let partner = dense
            .get(&identity(run))
            .and_then(|runs| partner(runs, run));
        match partner {
            Some(dense) => all[place].all.pairs.push(Pair { dense, surrogate }),
            None => all[place].all.left_out.push(surrogate),
        }
    }
    all.sort_by(|a, b| a.kind.cmp(&b.kind).then(a.limits.order(&b.limits)));
    all
}

/// Dense network and question as text, equal for the same instance whichever network was solved.
/// The network means its settings and its exact weights: trained on another CPU type, the same
/// settings give other bits.
pub fn instance(run: &RunRecord) -> String {
    let question = match &run.settings.question {
        QuestionSettings::Verification {
            data_seed,
            image,
            epsilon,
            ..
        } => Some((data_seed, image, epsilon)),
        QuestionSettings::Maximization => None,
    };
    serde_json::to_string(&(&run.settings.dense, &run.dense.sha256, question))
        .expect("settings have string keys only")
}

/// The instance of a surrogate run and its pruning rate, as a value that can be compared.
pub fn instance_and_rate(surrogate: &SurrogateRun) -> (String, u64) {
    (instance(surrogate.run), surrogate.rate().to_bits())
}

/// The seed of a run's instance: the data seed for verification, the seed of the network for
/// maximization.
pub fn instance_seed(run: &RunRecord) -> u64 {
    match &run.settings.question {
        QuestionSettings::Verification { data_seed, .. } => u64::from(*data_seed),
        QuestionSettings::Maximization => run.settings.dense.seed(),
    }
}

/// The data set of a run; `None` for random networks.
pub fn dataset(run: &RunRecord) -> Option<DatasetName> {
    run.settings.dense.dataset()
}

impl<'a> Series<'a> {
    /// The part of a verification series that tables and figures pool: the paper's two data sets,
    /// or all data sets if it has neither.
    pub fn pooled(&self) -> Selection<'a> {
        let published = |name: DatasetName| name != DatasetName::Digits;
        let has_published = self.all.datasets().into_iter().any(published);
        self.all.only(|surrogate| {
            let name = dataset(surrogate.run);
            name.is_some_and(|name| published(name) || !has_published)
        })
    }

    /// The name in file names.
    pub fn slug(&self) -> String {
        let limits = self.limits;
        let (application, difference) = match self.kind {
            Kind::Verification(labels) => ("verification", format!("{labels}-labels")),
            Kind::Maximization(scope) => ("maximization", format!("{scope}-scope")),
        };
        let mut slug = format!("{application}-{}s", Shortest(limits.time_limit));
        if limits.threads != 1 {
            slug += &format!("-{}-threads", limits.threads);
        }
        slug += &format!("-{difference}");
        if limits.bounds != BoundKind::Interval {
            slug += &format!("-{}-bounds", limits.bounds);
        }
        if limits.solver_seed != 0 {
            slug += &format!("-seed-{}", limits.solver_seed);
        }
        slug
    }

    /// The name in headings.
    pub fn title(&self) -> String {
        match self.kind {
            Kind::Verification(_) => format!("Verification, {}", self.settings()),
            Kind::Maximization(_) => format!("Function maximization, {}", self.settings()),
        }
    }

    /// The settings that all runs of the series share, in words.
    pub fn settings(&self) -> String {
        let Limits {
            time_limit,
            threads,
            solver_seed,
            bounds,
        } = self.limits;
        let difference = match self.kind {
            Kind::Verification(labels) => format!("labels of the {labels} network"),
            Kind::Maximization(scope) => format!("pruning scope {scope}"),
        };
        format!(
            "time limit {} s, threads {threads}, solver seed {solver_seed}, {bounds} bounds, {difference}",
            Shortest(time_limit)
        )
    }
}

impl<'a> Selection<'a> {
    /// The part whose surrogate runs satisfy `wanted`.
    pub fn only(&self, wanted: impl Fn(&SurrogateRun) -> bool) -> Self {
        let pairs = self.pairs.iter().filter(|pair| wanted(&pair.surrogate));
        let left_out = self.left_out.iter().filter(|run| wanted(run));
        Self {
            pairs: pairs.copied().collect(),
            left_out: left_out.copied().collect(),
        }
    }

    /// The part with this variant.
    pub fn of_variant(&self, variant: &Variant) -> Self {
        self.only(|surrogate| surrogate.variant == *variant)
    }

    /// The pairs with this pruning rate.
    pub fn of_rate(&self, rate: f64) -> Vec<Pair<'a>> {
        self.only(|surrogate| surrogate.rate() == rate).pairs
    }

    /// The distinct instances of its pairs.
    pub fn instances(&self) -> BTreeSet<String> {
        self.pairs.iter().map(|pair| instance(pair.dense)).collect()
    }

    /// The runs of its pairs, each once.
    pub fn runs(&self) -> Vec<&'a RunRecord> {
        let runs = self
            .pairs
            .iter()
            .flat_map(|pair| [pair.dense, pair.surrogate.run]);
        let distinct: BTreeMap<&str, &RunRecord> =
            runs.map(|run| (run.key.as_str(), run)).collect();
        distinct.into_values().collect()
    }

    /// The variants of its pairs, in table order.
    pub fn variants(&self) -> Vec<Variant> {
        let mut variants: Vec<_> = self.pairs.iter().map(|p| p.surrogate.variant).collect();
        variants.sort();
        variants.dedup();
        variants
    }

    /// The data sets of its pairs.
    pub fn datasets(&self) -> Vec<DatasetName> {
        let mut names: Vec<_> = self.pairs.iter().filter_map(|p| dataset(p.dense)).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The pruning rates of its pairs, in ascending order.
    pub fn rates(&self) -> Vec<f64> {
        let mut rates: Vec<_> = self.pairs.iter().map(|p| p.surrogate.rate()).collect();
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        rates
    }
}

impl Limits {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let rest = |limits: &Self| (limits.threads, limits.solver_seed, limits.bounds);
        let by_time = self.time_limit.total_cmp(&other.time_limit);
        by_time.then(rest(self).cmp(&rest(other)))
    }
}

pub(super) fn is_dense(run: &RunRecord) -> bool {
    run.settings.strategy == Strategy::Exact && run.settings.surrogate.is_none()
}

fn surrogate_run(run: &RunRecord) -> Option<SurrogateRun<'_>> {
    let compared = run.settings.strategy == Strategy::Surrogate;
    SurrogateRun::of(run).filter(|_| compared)
}

fn kind(surrogate: &SurrogateRun) -> Kind {
    match surrogate.run.settings.question {
        QuestionSettings::Verification { labels, .. } => Kind::Verification(labels),
        QuestionSettings::Maximization => Kind::Maximization(surrogate.variant.scope),
    }
}

pub(super) fn limits(run: &RunRecord) -> Limits {
    Limits {
        time_limit: run.settings.time_limit,
        threads: run.settings.threads,
        solver_seed: run.settings.solver_seed,
        bounds: run.settings.bounds,
    }
}

/// What a dense run and its surrogate runs have in common: the instance, with its weights, and the
/// limits.
fn identity(run: &RunRecord) -> String {
    let limits = limits(run);
    format!(
        "{} {} {} {} {}",
        instance(run),
        limits.time_limit,
        limits.threads,
        limits.solver_seed,
        limits.bounds
    )
}

/// The dense run for a surrogate run, of those with the same identity: the one with the same source
/// of labels if there is one; otherwise any, since the dense network's labels are its own either
/// way.
fn partner<'a>(dense: &[&'a RunRecord], surrogate: &RunRecord) -> Option<&'a RunRecord> {
    let same = |run: &&&RunRecord| run.settings.question == surrogate.settings.question;
    dense.iter().find(same).or(dense.first()).copied()
}
