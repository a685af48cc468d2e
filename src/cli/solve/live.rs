//! Incumbents and dual bound on stderr while the search runs.

use crate::cli::terminal::Meter;
use crate::milp::Sense;
use crate::numbers::Decimals;
use crate::search::Event;
use crate::solver::Progress;

/// Decimals of the values shown.
const PLACES: usize = 6;

/// The progress of one search, and its incumbent's value so far.
pub struct Live {
    meter: Meter,
    /// Whether the inputs come from the MILP of a surrogate, whose own value is then shown too.
    has_surrogate: bool,
    /// -1 for minimization, since the search always maximises.
    sign: f64,
    incumbent: Option<f64>,
}

impl Live {
    pub fn new(has_surrogate: bool, sense: Sense) -> Self {
        Self {
            meter: Meter::endless("solving"),
            has_surrogate,
            sign: match sense {
                Sense::Maximize => 1.0,
                Sense::Minimize => -1.0,
            },
            incumbent: None,
        }
    }

    pub fn show(&mut self, event: &Event) {
        match event {
            Event::ModelBuilt(size) => self.meter.print_line(&format!(
                "model: {} columns ({} binary), {} rows, {} nonzeros; neurons stable active {}, stable inactive {}",
                size.columns, size.binaries, size.rows, size.nonzeros, size.stable_active, size.stable_inactive
            )),
            Event::Improved(candidate) => {
                let (dense, surrogate) = (
                    self.sign * candidate.dense_value,
                    self.sign * candidate.surrogate_value,
                );
                self.incumbent = Some(dense);
                let surrogate = match self.has_surrogate {
                    true => format!("  (surrogate {:+})", Decimals(surrogate, PLACES)),
                    false => String::new(),
                };
                self.meter.print_line(&format!(
                    "{:9.3} s  dense objective {:+}{surrogate}",
                    candidate.seconds,
                    Decimals(dense, PLACES)
                ));
            }
            Event::Progress(progress) => self.meter.set(0, &self.in_words(progress)),
        }
    }

    fn in_words(&self, progress: &Progress) -> String {
        let shown = |value: Option<f64>| match value {
            Some(value) if value.is_finite() => format!("{:+}", Decimals(value, PLACES)),
            _ => String::from("none yet"),
        };
        // The dual bound of a surrogate is not one of the dense network.
        let bound = match self.has_surrogate {
            true => "surrogate's dual bound",
            false => "dual bound",
        };
        format!(
            "incumbent {}, {bound} {}, {} nodes",
            shown(self.incumbent),
            shown(Some(self.sign * progress.dual_bound)),
            progress.nodes
        )
    }
}
