//! The networks of the study, with their runs.

use std::collections::BTreeMap;

use crate::bounds::BoundKind;
use crate::dataset::Function;
use crate::experiment::pairs::limits;
use crate::experiment::{ModelFacts, QuestionSettings, RunRecord};
use crate::numbers::{Decimals, Shortest, count};
use crate::recipe::{DenseRecipe, RegressionRecipe, RegressionSource};
use crate::regularisers::Term;
use crate::search::{Strategy, Verdict};

/// The networks of one function, number of layers and training but for seeds and regularisers.
pub struct Group<'a> {
    pub function: Function,
    hidden: &'a [usize],
    samples: usize,
    epochs: usize,
    /// By regularisers, in the order of their names and strengths; those without any first.
    pub variants: Vec<Variant<'a>>,
    pub solvers: Vec<Solver>,
}

/// The networks with the same regularisers, one for each seed.
pub struct Variant<'a> {
    pub name: String,
    /// The name without strengths.
    pub kind: String,
    pub networks: Vec<Trained<'a>>,
}

/// A network and its runs.
pub struct Trained<'a> {
    pub facts: &'a ModelFacts,
    runs: Vec<&'a RunRecord>,
    function: Function,
}

/// How networks are minimised over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Solver {
    strategy: Strategy,
    bounds: BoundKind,
    time_limit: u64,
    threads: u32,
}

/// What decides whether runs belong to one network: its settings and exact weights.
type Key = (usize, String, String);

/// All groups; `runs` of other questions are skipped.
pub fn groups(runs: &[RunRecord]) -> Vec<Group<'_>> {
    let mut all: BTreeMap<Key, BTreeMap<(String, String), Vec<&RunRecord>>> = BTreeMap::new();
    for run in runs {
        let Some((recipe, function)) = learned(run) else {
            continue;
        };
        let training = serde_json::to_string(&(&recipe.training, sizes(recipe)));
        let key = (
            recipe.hidden.len(),
            function.to_string(),
            training.expect("settings have string keys only"),
        );
        let network = (recipe.regularisers.to_string(), run.dense.sha256.clone());
        let of_group = all.entry(key).or_default();
        of_group.entry(network).or_default().push(run);
    }
    let mut groups: Vec<Group> = all.into_values().filter_map(Group::of).collect();
    groups.sort_by_key(|group| (group.function, group.hidden.len()));
    groups
}

fn learned(run: &RunRecord) -> Option<(&RegressionRecipe, Function)> {
    match (&run.settings.question, &run.settings.dense) {
        (QuestionSettings::Minimization, DenseRecipe::Regression(recipe)) => match recipe.source {
            RegressionSource::Function { function, .. } => Some((recipe, function)),
            RegressionSource::TwoStage { .. } | RegressionSource::Table { .. } => None,
        },
        _ => None,
    }
}

/// Numbers of samples for training, validation and test.
fn sizes(recipe: &RegressionRecipe) -> [usize; 3] {
    match &recipe.source {
        RegressionSource::Function { samples, .. } | RegressionSource::TwoStage { samples, .. } => {
            [samples.training, samples.validation, samples.test]
        }
        RegressionSource::Table { .. } => [0; 3],
    }
}

impl<'a> Group<'a> {
    fn of(networks: BTreeMap<(String, String), Vec<&'a RunRecord>>) -> Option<Self> {
        let first = *networks.values().next()?.first()?;
        let (recipe, function) = learned(first)?;
        let mut solvers: Vec<Solver> = networks
            .values()
            .flatten()
            .filter(|run| run.settings.strategy != Strategy::Relaxation)
            .map(|run| Solver::of(run))
            .collect();
        solvers.sort();
        solvers.dedup();
        let mut variants: BTreeMap<String, Variant> = BTreeMap::new();
        for ((name, _), runs) in networks {
            let regularisers = learned(runs[0]).map(|(recipe, _)| &recipe.regularisers);
            let kinds = regularisers.into_iter().flat_map(|sum| &sum.0);
            let kinds: Vec<String> = kinds.map(Term::what).collect();
            let variant = variants.entry(name.clone()).or_insert_with(|| Variant {
                kind: match kinds.is_empty() {
                    true => name.clone(),
                    false => kinds.join("+"),
                },
                name,
                networks: Vec::new(),
            });
            variant.networks.push(Trained {
                facts: &runs[0].dense,
                runs,
                function,
            });
        }
        let mut variants: Vec<Variant> = variants.into_values().collect();
        variants.sort_by(|a, b| {
            let rank = |variant: &Variant| (variant.name != "none", variant.kind.clone());
            let strength = |variant: &Variant| variant.strength();
            let by_strength = strength(a).total_cmp(&strength(b));
            rank(a).cmp(&rank(b)).then(by_strength)
        });
        Some(Self {
            function,
            hidden: &recipe.hidden,
            samples: sizes(recipe)[0],
            epochs: recipe.training.epochs,
            variants,
            solvers,
        })
    }

    /// `peaks, 2-25-25-1`.
    pub fn name(&self) -> String {
        let hidden = self.hidden.iter().map(|width| format!("{width}-"));
        format!(
            "{}, {}-{}1",
            self.function,
            self.function.inputs(),
            hidden.collect::<String>()
        )
    }

    /// `peaks-2`, with the number of hidden layers.
    pub fn slug(&self) -> String {
        let function = self.function.to_string().replace(':', "-");
        format!("regularisers-{function}-{}", self.hidden.len())
    }

    /// How the networks were trained, in words.
    pub fn training(&self) -> String {
        format!("{} samples, {}", self.samples, count(self.epochs, "epoch"))
    }

    /// The networks without regularisers.
    pub fn plain(&self) -> Option<&Variant<'a>> {
        self.variants.iter().find(|variant| variant.name == "none")
    }
}

impl Variant<'_> {
    /// The strength of the first regulariser.
    fn strength(&self) -> f64 {
        let number = self.name.split(':').nth(1).unwrap_or("0");
        let number = number.split([',', '@']).next().unwrap_or("0");
        number.parse().unwrap_or(0.0)
    }

    /// The mean of a number over the networks that have it.
    pub fn mean(&self, of: impl Fn(&Trained) -> Option<f64>) -> Option<f64> {
        let numbers: Vec<f64> = self.networks.iter().filter_map(of).collect();
        (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
    }

    /// The geometric mean of the seconds of all networks' runs; a run that is not solved counts as its limit.
    pub fn seconds(&self, solver: Solver) -> Option<f64> {
        let logarithms = self.mean(|network| Some(network.run(solver)?.seconds_counted().ln()));
        logarithms.map(f64::exp)
    }

    /// How many of the runs are solved, and of how many.
    pub fn solved(&self, solver: Solver) -> (usize, usize) {
        let runs = self
            .networks
            .iter()
            .filter_map(|network| network.run(solver));
        let solved: Vec<bool> = runs.map(|run| run.is_solved()).collect();
        (
            solved.iter().filter(|solved| **solved).count(),
            solved.len(),
        )
    }

    pub fn mean_squared_error(&self) -> Option<f64> {
        self.mean(|network| Some(network.facts.errors?.mean_squared))
    }
}

/// A run of one solver.
#[derive(Clone, Copy)]
pub struct Solve<'a>(&'a RunRecord);

impl Solve<'_> {
    /// Whether the optimum is proved, in exact terms or to HiGHS's tolerances.
    pub fn is_solved(self) -> bool {
        self.0.outcome.status == Verdict::Optimal || self.0.outcome.is_solved()
    }

    /// The seconds, or the limit if it is not solved; at least the clock's resolution.
    pub fn seconds_counted(self) -> f64 {
        let (limit, total) = (self.0.settings.time_limit, self.0.outcome.seconds_total);
        match self.is_solved() {
            true => total.clamp(1e-4, limit),
            false => limit,
        }
    }

    pub fn nodes(self) -> Option<f64> {
        self.0.nodes.map(|nodes| nodes as f64)
    }

    /// The least output found.
    fn least(self) -> Option<f64> {
        self.0.outcome.dense_objective.map(|value| -value)
    }
}

impl<'a> Trained<'a> {
    pub fn run(&self, solver: Solver) -> Option<Solve<'a>> {
        let run = self.runs.iter().find(|run| {
            run.settings.strategy != Strategy::Relaxation && Solver::of(run) == solver
        })?;
        Some(Solve(run))
    }

    fn solves(&self) -> impl Iterator<Item = Solve<'a>> {
        let runs = self.runs.iter();
        let solves = runs.filter(|run| run.settings.strategy != Strategy::Relaxation);
        solves.map(|run| Solve(run))
    }

    /// The least output of the network, if a run proves it.
    fn minimum(&self) -> Option<f64> {
        let proved = self.solves().filter(|solve| solve.is_solved());
        proved.filter_map(Solve::least).reduce(f64::min)
    }

    /// By how much the minimum is above that of the LP relaxation with interval bounds, in the scale of the training.
    pub fn lp_gap(&self) -> Option<f64> {
        let relaxed = self.runs.iter().find(|run| {
            run.settings.strategy == Strategy::Relaxation
                && run.settings.bounds == BoundKind::Interval
        })?;
        let bound = -relaxed.outcome.dual_bound?;
        Some((self.minimum()? - bound) / self.facts.unit?)
    }

    /// By how much the function at the network's minimiser is above its own minimum.
    pub fn regret(&self) -> Option<f64> {
        let mut solved = self.solves().filter(|solve| solve.is_solved());
        Some(solved.find_map(|solve| solve.0.function_value)? - self.function.minimum())
    }

    /// The largest difference between proved minima, relative to the minimum or one unit of the training; `None` if there
    /// are not two.
    fn disagreement(&self) -> Option<f64> {
        let proved = self.solves().filter(|solve| solve.is_solved());
        let minima: Vec<f64> = proved.filter_map(Solve::least).collect();
        let (least, most) = (
            minima.iter().copied().fold(f64::INFINITY, f64::min),
            minima.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        let size = least.abs().max(self.facts.unit.unwrap_or(1.0));
        (minima.len() > 1).then(|| (most - least) / size)
    }
}

impl Solver {
    fn of(run: &RunRecord) -> Self {
        let settings = &run.settings;
        Self {
            strategy: settings.strategy,
            bounds: limits(run).bounds,
            time_limit: settings.time_limit.to_bits(),
            threads: settings.threads,
        }
    }

    pub fn limit(self) -> f64 {
        f64::from_bits(self.time_limit)
    }

    /// `HiGHS, interval bounds`.
    pub fn name(self) -> String {
        match self.strategy {
            Strategy::Exact => format!("HiGHS, {} bounds", self.bounds),
            other => format!("{other}, {} bounds", self.bounds),
        }
    }

    /// Its limits in words.
    pub fn limits(self) -> String {
        format!(
            "{}: {} s, {}",
            self.name(),
            Shortest(self.limit()),
            count(self.threads as usize, "thread")
        )
    }
}

/// Whether different solvers give the same minima.
pub fn agreement(groups: &[Group]) -> Option<String> {
    let networks = groups.iter().flat_map(|group| &group.variants);
    let networks = networks.flat_map(|variant| &variant.networks);
    let differences: Vec<f64> = networks.filter_map(Trained::disagreement).collect();
    let worst = differences.iter().copied().fold(0.0, f64::max);
    (!differences.is_empty()).then(|| {
        format!(
            "Several runs prove the minimum of {}; the minima of one network differ by at most {} of their size, or of one unit of the training if that is more.",
            count(differences.len(), "network"),
            Decimals(worst, 1)
        )
    })
}
