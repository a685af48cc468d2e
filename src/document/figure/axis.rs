//! A logarithmic axis of seconds.

use super::text::{Weight, width};

/// The shortest time shown: a logarithm needs more than zero.
const LEAST: f64 = 1e-4;
/// The longest time shown: a hundred thousand years.
const MOST: f64 = 3e12;
/// Space around the smallest time and the largest one beyond the limit, as a factor.
const SPACE: f64 = 1.25;
/// Minimum length of the axis in decades.
const SHORTEST: f64 = 1.0;
/// Decades below the limit if there is no time to show.
const EMPTY: f64 = 4.0;
/// Labels within a decade: the first of these that gives enough labels on the axis.
const PARTS: [&[u32]; 3] = [&[1], &[1, 3], &[1, 2, 5]];
const ENOUGH: usize = 3;
/// Minimum gap between the labels of two adjacent ticks.
const LABELS_APART: f64 = 3.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LogAxis {
    /// Decimal logarithms of the ends.
    from: f64,
    to: f64,
    limit: f64,
}

/// A labelled position on the axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub seconds: f64,
    pub label: String,
}

impl LogAxis {
    /// Creates an axis from just below the smallest of `times` to `limit`, or to just beyond the
    /// largest time that is over the limit.
    pub fn of(times: impl Iterator<Item = f64>, limit: f64) -> Self {
        let (mut least, mut most) = (f64::INFINITY, limit);
        for time in times.filter_map(measured) {
            least = least.min(time);
            if time > most {
                most = time;
            }
        }
        let to = if most > limit { most * SPACE } else { limit }.log10();
        let from = if least.is_finite() {
            (least / SPACE).log10().min(to - SHORTEST)
        } else {
            to - EMPTY
        };
        Self { from, to, limit }
    }

    /// Extends the axis so that `share` of it is free below its start.
    pub fn with_room_below(self, share: f64) -> Self {
        let from = self.to - (self.to - self.from) / (1.0 - share);
        Self { from, ..self }
    }

    /// Position of a time: 0 at the start, 1 at the end. Times beyond an end are placed on it.
    pub fn share(&self, seconds: f64) -> f64 {
        let logarithm = seconds.max(LEAST).log10();
        ((logarithm - self.from) / (self.to - self.from)).clamp(0.0, 1.0)
    }

    /// The time at a position on the axis.
    pub fn seconds(&self, share: f64) -> f64 {
        10f64.powf(self.from + share * (self.to - self.from))
    }

    /// The limit, unless the axis ends there.
    pub fn limit_inside(&self) -> Option<f64> {
        (self.limit.log10() < self.to).then_some(self.limit)
    }

    /// Ticks at whole decades, and at parts of them on a short axis.
    pub fn ticks(&self) -> Vec<Tick> {
        let candidates = PARTS.map(|parts| self.ticks_of(parts));
        let [decades, thirds, finest] = candidates;
        [decades, thirds]
            .into_iter()
            .find(|ticks| ticks.len() >= ENOUGH)
            .unwrap_or(finest)
    }

    /// The ticks whose labels of `size` fit side by side on a horizontal axis of `length`.
    pub fn spaced_ticks(&self, length: f64, size: f64) -> Vec<Tick> {
        let mut free = f64::NEG_INFINITY;
        let mut ticks = self.ticks();
        ticks.retain(|tick| {
            let middle = length * self.share(tick.seconds);
            let half = width(&tick.label, size, Weight::Normal) / 2.0;
            let fits = middle - half >= free;
            if fits {
                free = middle + half + LABELS_APART;
            }
            fits
        });
        ticks
    }

    fn ticks_of(&self, parts: &[u32]) -> Vec<Tick> {
        // No time is shown below the least.
        let from = self.from.max(LEAST.log10());
        let decades = from.floor() as i32..=self.to.ceil() as i32;
        let all = decades.flat_map(|decade| parts.iter().map(move |part| (*part, decade)));
        all.filter_map(|(part, decade)| {
            // Parsed from its digits, it is the nearest number and prints as these digits.
            let seconds: f64 = format!("{part}e{decade}").parse().ok()?;
            let inside = (from..=self.to).contains(&seconds.log10());
            inside.then(|| Tick {
                seconds,
                label: seconds.to_string(),
            })
        })
        .collect()
    }
}

/// `seconds` clamped to what an axis can show; `None` if not finite.
pub(super) fn measured(seconds: f64) -> Option<f64> {
    seconds.is_finite().then(|| seconds.clamp(LEAST, MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(times: &[f64], limit: f64) -> LogAxis {
        LogAxis::of(times.iter().copied(), limit)
    }

    fn labels(axis: LogAxis) -> Vec<String> {
        axis.ticks().into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn the_axis_holds_every_time_and_ends_at_the_limit() {
        let times = axis(&[0.02, 3.0, 41.5], 300.0);
        assert!(times.share(0.02) > 0.0 && times.share(0.02) < 0.1);
        assert_eq!(times.share(300.0), 1.0);
        assert_eq!(times.limit_inside(), None);
        assert_eq!(labels(times), ["0.1", "1", "10", "100"]);
    }

    #[test]
    fn times_beyond_the_limit_have_room() {
        let times = axis(&[0.02, 700.0], 300.0);
        assert!(times.share(700.0) < 1.0);
        assert_eq!(times.limit_inside(), Some(300.0));
    }

    #[test]
    fn one_time_no_time_and_no_duration_have_an_axis_with_labels() {
        for times in [&[][..], &[300.0], &[0.0], &[f64::NAN], &[2e5], &[7.0, 7.0]] {
            let axis = axis(times, 300.0);
            assert!(axis.ticks().len() >= 3, "{times:?}: {axis:?}");
            assert!(
                times
                    .iter()
                    .all(|&time| (0.0..=1.0).contains(&axis.share(time)))
            );
        }
        assert_eq!(labels(axis(&[40.0], 300.0)), ["50", "100", "200"]);
    }
}
