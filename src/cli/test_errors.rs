//! The errors of a regression network on test samples, by what it was trained for.

use std::fmt;

use serde::Serialize;

use crate::dataset::{Scale, Table};
use crate::network::Network;
use crate::numbers::Decimals;
use crate::training::{Errors, Loss, QuantileErrors};

/// In the units of the data.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum TestErrors {
    Squared(Errors),
    Quantile(QuantileErrors),
}

impl TestErrors {
    /// The errors of a network that was trained with `loss`.
    ///
    /// # Panics
    /// When the network does not fit table and loss.
    pub fn of(network: &Network, table: &Table, loss: &Loss) -> Self {
        match loss {
            Loss::Quantile(levels) if table.targets() == 1 => {
                Self::Quantile(QuantileErrors::of(network, table, levels))
            }
            _ => {
                let plain = vec![Scale::NONE; table.targets()];
                Self::Squared(Errors::of(network, table, &plain))
            }
        }
    }
}

impl fmt::Display for TestErrors {
    /// `R^2 0.9998, root mean squared error 0.012, largest error 0.31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Squared(errors) => write!(
                f,
                "R^2 {}, root mean squared error {}, largest error {}",
                Decimals(errors.r_squared, 6),
                Decimals(errors.mean_squared.sqrt(), 6),
                Decimals(errors.largest, 4)
            ),
            Self::Quantile(errors) => write!(
                f,
                "quantile loss {}, calibration error at most {}, crossings {} %",
                Decimals(errors.pinball, 6),
                Decimals(errors.miscalibration, 4),
                Decimals(100.0 * errors.crossings, 2)
            ),
        }
    }
}
