//! Incumbents and bound on stderr while the solver runs.

use crate::cli::terminal::Meter;
use crate::search::Event;
use crate::solver::Progress;

/// What is shown, and the best value so far.
pub struct Live {
    meter: Meter,
    best: Option<f64>,
}

impl Live {
    pub fn new() -> Self {
        Self {
            meter: Meter::endless("solving"),
            best: None,
        }
    }

    pub fn show(&mut self, event: &Event) {
        match event {
            Event::ModelBuilt(size) => self.meter.say(&format!(
                "model: {} columns ({} binary), {} rows, {} nonzeros; neurons stable active {}, stable inactive {}",
                size.columns, size.binaries, size.rows, size.nonzeros, size.stable_active, size.stable_inactive
            )),
            Event::Improved(candidate) => {
                self.best = Some(candidate.dense_value);
                self.meter.say(&format!(
                    "{:9.3} s  dense objective {:+.6}  (solved network {:+.6})",
                    candidate.seconds, candidate.dense_value, candidate.surrogate_value
                ));
            }
            Event::Progress(progress) => self.meter.set(0, &self.standing(progress)),
        }
    }

    fn standing(&self, progress: &Progress) -> String {
        let best = self
            .best
            .map_or(String::from("none yet"), |best| format!("{best:+.6}"));
        let bound = match progress.dual_bound {
            bound if bound.is_finite() => format!("{bound:+.6}"),
            _ => String::from("none yet"),
        };
        format!(
            "best dense {best}, solver's bound {bound}, {} nodes",
            progress.nodes
        )
    }
}
