//! Regularisers by name and strength, as users and files write them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::gap::{Gap, Relaxation};
use super::widths::{BoundPenalty, Bounded};
use crate::named::{Named, UnknownName, in_words};
use crate::numbers::Shortest;
use crate::training::{Job, Penalty};

/// Samples of a batch at which a linear program is solved, as in arXiv 2604.22746, or around which bounds are penalised.
const SAMPLES: usize = 8;

/// What is penalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegulariserKind {
    /// The sum of the absolute values of all weights and biases.
    L1,
    /// The sum of the squares of all weights and biases.
    L2,
    /// The sum of the absolute values of all weights.
    L1Weights,
    /// The sum of the squares of all weights.
    L2Weights,
    /// The mean width of the bounds on hidden neurons.
    BoundWidth,
    /// How far hidden neurons are from being stable, on average.
    Stable,
    /// The mean gap of the LP relaxation at eight samples of a batch; the bounds in it count as constants.
    LpGap,
    /// The same with the total derivative: the bounds change, too.
    LpTotal,
    /// The mean gap of a relaxation by one line for each ReLU, at all samples of a batch, with the total derivative.
    CrownGap,
}

impl Named for RegulariserKind {
    const WHAT: &'static str = "regulariser";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::L1, "l1"),
        (Self::L2, "l2"),
        (Self::L1Weights, "l1-weights"),
        (Self::L2Weights, "l2-weights"),
        (Self::BoundWidth, "bound-width"),
        (Self::Stable, "stable"),
        (Self::LpGap, "lp-gap"),
        (Self::LpTotal, "lp-total"),
        (Self::CrownGap, "crown-gap"),
    ];
}

in_words!(RegulariserKind);

/// Regularisers of a network; written `none`, or as terms `NAME:STRENGTH` with commas between them, where
/// `NAME:STRENGTH@N` acts on every N-th batch only, `NAME/RADIUS:STRENGTH` penalises bounds around samples of a batch, and
/// `bw+lp:STRENGTH` stands for `bound-width` and `lp-gap`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Regularisers(pub Vec<Term>);

/// A regulariser and its strength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// What is penalised.
    pub kind: RegulariserKind,
    /// What the penalty is multiplied by before it is added to the loss; above zero.
    pub strength: f64,
    /// It acts on every n-th batch, from the first one on.
    pub every: usize,
    /// Bounds are those over the boxes around eight samples of the batch in which no input changes by more than this, in
    /// the scale of the training; `None`: over the whole domain.
    pub radius: Option<f64>,
}

/// The sum of `bound-width` and `lp-gap`.
const BOTH: &str = "bw+lp";

/// Why a text does not name regularisers, or why they do not fit a network.
#[derive(Debug, Error, PartialEq)]
pub enum RegulariserError {
    /// There is no such regulariser.
    #[error("unknown regulariser {found:?}, expected none, bw+lp or {}", names())]
    Name {
        /// The name.
        found: String,
    },
    /// A term has no strength.
    #[error("{term:?} has no strength, expected one such as in {term}:1e-3")]
    NoStrength {
        /// The term.
        term: String,
    },
    /// A strength is not a finite number above zero.
    #[error("{term:?}: the strength is not a finite number above zero, such as 1e-3")]
    Strength {
        /// The term.
        term: String,
    },
    /// What follows `@` is not a number of batches.
    #[error(
        "{term:?}: expected a whole number of at least 1 after @; @10 acts on every tenth batch"
    )]
    Every {
        /// The term.
        term: String,
    },
    /// What follows `/` is no radius.
    #[error("{term:?}: the radius is not a finite number above zero, such as in stable/0.1:1e-3")]
    Radius {
        /// The term.
        term: String,
    },
    /// A penalty on other things than bounds has a radius.
    #[error("{term:?}: {kind} has no radius, expected none or bound-width/RADIUS or stable/RADIUS")]
    RadiusOfOthers {
        /// The term.
        term: String,
        /// The regulariser.
        kind: RegulariserKind,
    },
    /// A penalty on the weights is to act on some batches only.
    #[error("{term:?}: {kind} acts on every batch, expected no @")]
    EveryOfWeights {
        /// The term.
        term: String,
        /// The regulariser.
        kind: RegulariserKind,
    },
    /// A name is there twice.
    #[error("{0} is there twice, expected each regulariser once")]
    Twice(String),
    /// The gap of a network with several targets is to be penalised.
    #[error("{kind} needs a network with one target, not {targets}")]
    Targets {
        /// The regulariser.
        kind: RegulariserKind,
        /// Targets of the network.
        targets: usize,
    },
}

/// All names but those of none and of sums.
fn names() -> String {
    let names = RegulariserKind::NAMES.iter().map(|&(_, name)| name);
    names.collect::<Vec<_>>().join(" or ")
}

impl RegulariserKind {
    /// Whether it is a sum over the weights themselves.
    fn is_of_weights(self) -> bool {
        matches!(
            self,
            Self::L1 | Self::L2 | Self::L1Weights | Self::L2Weights
        )
    }

    /// Whether it is a penalty on the bounds of neurons.
    fn is_of_bounds(self) -> bool {
        matches!(self, Self::BoundWidth | Self::Stable)
    }

    /// Whether it is the gap of an output.
    fn is_gap(self) -> bool {
        matches!(self, Self::LpGap | Self::LpTotal | Self::CrownGap)
    }
}

impl Regularisers {
    /// Whether nothing is penalised.
    pub fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the biases themselves are penalised.
    pub fn penalise_biases(&self) -> bool {
        let mut kinds = self.0.iter().map(|term| term.kind);
        kinds.any(|kind| matches!(kind, RegulariserKind::L1 | RegulariserKind::L2))
    }

    /// Checks that networks of that many targets can be trained with these.
    ///
    /// # Errors
    /// When a gap is penalised and there are several targets.
    pub fn check(&self, targets: usize) -> Result<(), RegulariserError> {
        match self.0.iter().find(|term| term.kind.is_gap()) {
            Some(term) if targets != 1 => Err(RegulariserError::Targets {
                kind: term.kind,
                targets,
            }),
            _ => Ok(()),
        }
    }

    /// The training with these regularisers, which need the sides of the box of inputs, one pair for each input.
    pub fn added_to(&self, job: Job, domain: &[(f64, f64)]) -> Job {
        let add = |job: Job, term: &Term| match term.kind {
            RegulariserKind::L1 => job.with_penalty(Penalty::L1, term.strength),
            RegulariserKind::L2 => job.with_penalty(Penalty::L2, term.strength),
            RegulariserKind::L1Weights => job.with_penalty(Penalty::WeightsL1, term.strength),
            RegulariserKind::L2Weights => job.with_penalty(Penalty::WeightsL2, term.strength),
            RegulariserKind::BoundWidth => term.bounded(job, BoundPenalty::Width, domain),
            RegulariserKind::Stable => term.bounded(job, BoundPenalty::Unstable, domain),
            RegulariserKind::LpGap => term.gap(job, Relaxation::Lp, SAMPLES, domain),
            RegulariserKind::LpTotal => term.gap(job, Relaxation::LpTotal, SAMPLES, domain),
            RegulariserKind::CrownGap => term.gap(job, Relaxation::Lines, usize::MAX, domain),
        };
        self.0.iter().fold(job, add)
    }
}

impl Term {
    /// The term without strength and batches, such as `stable` or `stable/0.1`.
    pub fn what(&self) -> String {
        match self.radius {
            None => self.kind.to_string(),
            Some(radius) => format!("{}/{}", self.kind, Shortest(radius)),
        }
    }

    fn bounded(&self, job: Job, penalty: BoundPenalty, domain: &[(f64, f64)]) -> Job {
        let regulariser = Bounded::new(penalty, domain, self.every);
        let regulariser = match self.radius {
            None => regulariser,
            Some(radius) => regulariser.around(radius, SAMPLES),
        };
        job.with_regulariser(Arc::new(regulariser), self.strength)
    }

    fn gap(&self, job: Job, relaxation: Relaxation, samples: usize, domain: &[(f64, f64)]) -> Job {
        let regulariser = Gap::new(relaxation, domain, samples, self.every);
        job.with_regulariser(Arc::new(regulariser), self.strength)
    }
}

impl fmt::Display for Regularisers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, term) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{}:{}", term.what(), Shortest(term.strength))?;
            if term.every > 1 {
                write!(f, "@{}", term.every)?;
            }
        }
        Ok(())
    }
}

impl FromStr for Regularisers {
    type Err = RegulariserError;

    fn from_str(text: &str) -> Result<Self, RegulariserError> {
        if text == "none" {
            return Ok(Self::default());
        }
        let mut terms: Vec<Term> = Vec::new();
        for written in text.split(',') {
            for term in parse(written)? {
                if terms.iter().any(|other| other.what() == term.what()) {
                    return Err(RegulariserError::Twice(term.what()));
                }
                terms.push(term);
            }
        }
        Ok(Self(terms))
    }
}

/// One term, or the two of `bw+lp`.
fn parse(written: &str) -> Result<Vec<Term>, RegulariserError> {
    let term = || written.to_owned();
    let (name, strength) = written.split_once(':').unwrap_or((written, ""));
    let (name, radius) = match name.split_once('/') {
        None => (name, None),
        Some((name, radius)) => (name, Some(radius)),
    };
    let kinds = match name {
        BOTH => vec![RegulariserKind::BoundWidth, RegulariserKind::LpGap],
        name => {
            let unknown = |_: UnknownName| RegulariserError::Name {
                found: name.to_owned(),
            };
            vec![name.parse().map_err(unknown)?]
        }
    };
    if strength.is_empty() {
        return Err(RegulariserError::NoStrength { term: term() });
    }
    let (strength, every) = strength.split_once('@').unwrap_or((strength, "1"));
    let positive = |text: &str| {
        let number = text.parse().ok();
        number.filter(|number: &f64| number.is_finite() && *number > 0.0)
    };
    let radius = match radius {
        None => None,
        Some(text) => {
            Some(positive(text).ok_or_else(|| RegulariserError::Radius { term: term() })?)
        }
    };
    if let (Some(_), Some(&kind)) = (radius, kinds.iter().find(|kind| !kind.is_of_bounds())) {
        return Err(RegulariserError::RadiusOfOthers { term: term(), kind });
    }
    let strength = positive(strength);
    let strength = strength.ok_or_else(|| RegulariserError::Strength { term: term() })?;
    let every: Option<usize> = every.parse().ok().filter(|&every| every > 0);
    let every = every.ok_or_else(|| RegulariserError::Every { term: term() })?;
    match kinds.iter().find(|kind| kind.is_of_weights()) {
        Some(&kind) if every > 1 => Err(RegulariserError::EveryOfWeights { term: term(), kind }),
        _ => Ok(kinds
            .into_iter()
            .map(|kind| Term {
                kind,
                strength,
                every,
                radius,
            })
            .collect()),
    }
}

impl Serialize for Regularisers {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Regularisers {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_as_they_are_read() {
        for text in [
            "none",
            "bound-width:0.001",
            "bound-width:0.001,l2:0.00001",
            "lp-total:0.5@10,stable:2",
            "stable/0.1:0.001@2,bound-width/0.05:1,stable:1",
        ] {
            assert_eq!(text.parse::<Regularisers>().unwrap().to_string(), text);
        }
        let both: Regularisers = "bw+lp:1e-3@10".parse().unwrap();
        assert_eq!(both.to_string(), "bound-width:0.001@10,lp-gap:0.001@10");
    }

    #[test]
    fn faults_are_named() {
        for (text, expected) in [
            ("width:1", "unknown regulariser \"width\""),
            ("", "unknown regulariser \"\""),
            (
                "stable",
                "\"stable\" has no strength, expected one such as in stable:1e-3",
            ),
            ("stable:0", "\"stable:0\": the strength"),
            ("stable:nan", "\"stable:nan\": the strength"),
            ("stable:-1", "\"stable:-1\": the strength"),
            ("lp-gap:1@0", "\"lp-gap:1@0\": expected a whole number"),
            ("l1:1@2", "\"l1:1@2\": l1 acts on every batch"),
            ("l1:1,l1:2", "l1 is there twice"),
            ("bw+lp:1,lp-gap:2", "lp-gap is there twice"),
            ("l1:1,none", "unknown regulariser \"none\""),
            ("stable/0:1", "\"stable/0:1\": the radius"),
            ("stable/:1", "\"stable/:1\": the radius"),
            ("lp-gap/0.1:1", "\"lp-gap/0.1:1\": lp-gap has no radius"),
            ("bw+lp/0.1:1", "\"bw+lp/0.1:1\": lp-gap has no radius"),
        ] {
            let error = text.parse::<Regularisers>().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        let gaps: Regularisers = "crown-gap:1".parse().unwrap();
        assert!(gaps.check(1).is_ok() && gaps.check(2).is_err());
    }
}
