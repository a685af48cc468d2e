//! Runs that may be compared with each other, and their pairs.

use std::collections::{BTreeMap, BTreeSet};

use super::pair::{Pair, SurrogateRun};
use super::variant::Variant;
use crate::bounds::BoundKind;
use crate::dataset::DatasetName;
use crate::experiment::{QuestionSettings, RunRecord};
use crate::instance::{Distance, LabelSource};
use crate::numbers::{Shortest, distinct};
use crate::pruning::Scope;
use crate::search::Strategy;

/// The question of the runs of a series, and what distinguishes it from other series with that
/// question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Verification {
        region: Distance,
        labels: LabelSource,
    },
    Maximization(Scope),
}

/// Limits shared by all runs of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limits {
    /// The bits of the wall seconds, which have the same order, since these are positive.
    time_limit: u64,
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
    let mut dense: BTreeMap<(String, Limits), Vec<&RunRecord>> = BTreeMap::new();
    for run in runs.iter().filter(|run| is_dense(run)) {
        dense.entry(identity(run)).or_default().push(run);
    }
    let mut all: BTreeMap<(Kind, Limits), Selection> = BTreeMap::new();
    for run in runs
        .iter()
        .filter(|run| run.settings.strategy == Strategy::Surrogate)
    {
        let Some(surrogate) = SurrogateRun::of(run) else {
            continue;
        };
        let kind = match run.settings.question {
            QuestionSettings::Verification { region, labels, .. } => {
                Kind::Verification { region, labels }
            }
            QuestionSettings::Maximization => Kind::Maximization(surrogate.variant.scope),
            QuestionSettings::Minimization => continue,
        };
        let selection = all.entry((kind, limits(run))).or_default();
        let partners = dense.get(&identity(run)).into_iter().flatten();
        // The one with the same source of labels if there is one; otherwise any, since the dense network's labels are
        // its own either way.
        let same = |dense: &&&RunRecord| dense.settings.question == run.settings.question;
        match partners.clone().find(same).or(partners.clone().next()) {
            Some(dense) => selection.pairs.push(Pair { dense, surrogate }),
            None => selection.left_out.push(surrogate),
        }
    }
    let series = all.into_iter();
    series
        .map(|((kind, limits), all)| Series { kind, limits, all })
        .collect()
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
            region,
            ..
        } => Some((data_seed, image, epsilon, region)),
        QuestionSettings::Maximization | QuestionSettings::Minimization => None,
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
        QuestionSettings::Maximization | QuestionSettings::Minimization => {
            run.settings.dense.seed()
        }
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
            Kind::Verification { region, labels } => {
                let region = match region {
                    Distance::L1 => String::new(),
                    other => format!("{other}-region-"),
                };
                ("verification", format!("{region}{labels}-labels"))
            }
            Kind::Maximization(scope) => ("maximization", format!("{scope}-scope")),
        };
        let mut slug = format!("{application}-{}s", Shortest(limits.time_limit()));
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
            Kind::Verification { .. } => format!("Verification, {}", self.settings()),
            Kind::Maximization(_) => format!("Function maximization, {}", self.settings()),
        }
    }

    /// The settings that all runs of the series share, in words.
    pub fn settings(&self) -> String {
        let limits = self.limits;
        let difference = match self.kind {
            Kind::Verification { region, labels } => {
                format!("region {region}, labels of the {labels} network")
            }
            Kind::Maximization(scope) => format!("pruning scope {scope}"),
        };
        format!(
            "time limit {} s, threads {}, solver seed {}, {} bounds, {difference}",
            Shortest(limits.time_limit()),
            limits.threads,
            limits.solver_seed,
            limits.bounds
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
        let pairs = self.pairs.iter();
        let runs = pairs.flat_map(|pair| [pair.dense, pair.surrogate.run]);
        let distinct: BTreeMap<&str, _> = runs.map(|run| (run.key.as_str(), run)).collect();
        distinct.into_values().collect()
    }

    /// The variants of its pairs, in table order.
    pub fn variants(&self) -> BTreeSet<Variant> {
        self.pairs
            .iter()
            .map(|pair| pair.surrogate.variant)
            .collect()
    }

    /// The data sets of its pairs.
    pub fn datasets(&self) -> BTreeSet<DatasetName> {
        self.pairs
            .iter()
            .filter_map(|pair| dataset(pair.dense))
            .collect()
    }

    /// The pruning rates of its pairs, in ascending order.
    pub fn rates(&self) -> Vec<f64> {
        distinct(self.pairs.iter().map(|pair| pair.surrogate.rate()))
    }
}

impl Limits {
    /// In wall seconds.
    pub fn time_limit(&self) -> f64 {
        f64::from_bits(self.time_limit)
    }
}

pub fn is_dense(run: &RunRecord) -> bool {
    run.settings.strategy == Strategy::Exact && run.settings.surrogate.is_none()
}

pub fn limits(run: &RunRecord) -> Limits {
    Limits {
        time_limit: run.settings.time_limit.to_bits(),
        threads: run.settings.threads,
        solver_seed: run.settings.solver_seed,
        bounds: run.settings.bounds,
    }
}

/// What a dense run and its surrogate runs have in common: the instance, with its weights, and the
/// limits.
fn identity(run: &RunRecord) -> (String, Limits) {
    (instance(run), limits(run))
}
