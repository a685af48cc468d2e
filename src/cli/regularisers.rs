//! Regularisers from arguments.

use anyhow::Context;
use clap::Args;

use crate::regularisers::Regularisers;

/// What is penalised in a training.
#[derive(Debug, Clone, Args)]
pub struct RegulariserArguments {
    /// Penalty on what makes the network's MILP hard, as NAME:STRENGTH or a sum of these with commas: bound-width,
    /// stable (distance of neurons from being stable), lp-gap, lp-total (gap of the LP relaxation at eight samples of
    /// each batch, the second with the total derivative), crown-gap (of a cheaper relaxation), l1, l2, l1-weights,
    /// l2-weights (without biases), or bw+lp (bound-width and lp-gap). bound-width/0.1 and stable/0.1 take the bounds
    /// over changes of at most 0.1 of each input, in the scale of the training, around eight samples of a batch, instead
    /// of those over the domain.
    /// NAME:STRENGTH@10 acts on every tenth batch. Given several times: one model each; none is no penalty
    #[arg(long, value_name = "SUM", default_value = "none")]
    regulariser: Vec<String>,
    /// Strength of the regularisers that are given without one; a list such as 1e-4,1e-3 gives several models
    #[arg(long, value_name = "STRENGTH", value_delimiter = ',')]
    strength: Vec<String>,
}

impl RegulariserArguments {
    /// The regularisers of each model.
    pub fn all(&self) -> anyhow::Result<Vec<Regularisers>> {
        let texts = self.regulariser.iter().flat_map(|text| {
            if self.strength.is_empty() || text.split(',').all(is_complete) {
                return vec![text.clone()];
            }
            let strengths = self.strength.iter();
            strengths
                .map(|strength| completed(text, strength))
                .collect()
        });
        texts
            .map(|text| text.parse().context("--regulariser"))
            .collect()
    }
}

fn is_complete(term: &str) -> bool {
    term == "none" || term.contains(':')
}

/// The sum with `strength` in each term without one.
fn completed(text: &str, strength: &str) -> String {
    let terms = text.split(',').map(|term| match term.split_once('@') {
        _ if is_complete(term) => term.to_owned(),
        Some((name, every)) => format!("{name}:{strength}@{every}"),
        None => format!("{term}:{strength}"),
    });
    terms.collect::<Vec<_>>().join(",")
}

/// The regularisers as a part of a file's name.
pub fn in_file_name(regularisers: &Regularisers) -> String {
    regularisers
        .to_string()
        .replace(':', "-")
        .replace(',', "+")
        .replace('/', "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_complete_the_terms_without_one() {
        let all = |regularisers: &[&str], strengths: &[&str]| {
            let arguments = RegulariserArguments {
                regulariser: regularisers.iter().map(|&text| text.to_owned()).collect(),
                strength: strengths.iter().map(|&text| text.to_owned()).collect(),
            };
            let all = arguments.all()?;
            anyhow::Ok(all.iter().map(in_file_name).collect::<Vec<_>>())
        };
        assert_eq!(
            all(
                &["none", "stable/0.1,l2:1e-5", "lp-gap@10"],
                &["1e-3", "0.01"]
            )
            .unwrap(),
            [
                "none",
                "stable~0.1-0.001+l2-0.00001",
                "stable~0.1-0.01+l2-0.00001",
                "lp-gap-0.001@10",
                "lp-gap-0.01@10"
            ]
        );
        assert!(all(&["stable"], &[]).is_err());
        assert!(all(&["stable"], &["x"]).is_err());
    }
}
