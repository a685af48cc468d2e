//! Finetuning as an axis of a grid: `none`, or rounds x epochs as in `5x5`.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Finetuning, written `none` or rounds x epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinetuningAxis {
    None,
    Rounds { rounds: usize, epochs: usize },
}

impl Display for FinetuningAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Rounds { rounds, epochs } => write!(f, "{rounds}x{epochs}"),
        }
    }
}

impl FromStr for FinetuningAxis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.parse()
                .ok()
                .filter(|number| (1..=1000).contains(number))
        };
        if text == "none" {
            return Ok(Self::None);
        }
        text.split_once('x')
            .and_then(|(rounds, epochs)| {
                let (rounds, epochs) = (number(rounds)?, number(epochs)?);
                Some(Self::Rounds { rounds, epochs })
            })
            .ok_or_else(|| {
                format!("finetuning is {text:?}, expected none or rounds x epochs, such as 5x5")
            })
    }
}

impl Serialize for FinetuningAxis {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FinetuningAxis {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
