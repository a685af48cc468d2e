//! Axes: where values are placed on them, and their ticks.

use super::ChartError;
use super::pen::Lettering;
use crate::numbers::Shortest;

/// The largest value shown, in absolute value.
const MOST: f64 = 1e300;
/// Space around the smallest value and the largest one beyond the limit, as a factor.
const SPACE: f64 = 1.25;
/// Minimum length of a logarithmic axis in decades, and its length below the limit if there is no value to show.
const SHORTEST: f64 = 1.0;
const EMPTY: f64 = 4.0;
/// Labels within a decade: the first of these that gives enough labels on the axis.
const PARTS: [&[u32]; 3] = [&[1], &[1, 3], &[1, 2, 5]];
const ENOUGH: usize = 3;
/// Number of steps of a linear axis.
const STEPS: f64 = 6.0;
/// Half the minimum gap between the labels of two adjacent ticks, in pixels.
const LABELS_APART: i32 = 6;

/// An axis that all panels share.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axis {
    pub label: String,
    pub scale: Scale,
    /// A value up to which the axis reaches at least, with its meaning: a dashed line if the axis reaches beyond.
    pub limit: Option<(f64, String)>,
}

/// How values are placed.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Scale {
    /// Logarithmic; values below the least, a positive one, are shown there.
    Log { least: f64 },
    #[default]
    Linear,
    /// From 0 to 100 percent.
    Percent,
    /// Names in place of the values 0, 1, 2, ...
    Names(Vec<String>),
}

impl Axis {
    pub fn new(label: impl Into<String>, scale: Scale) -> Self {
        let (label, limit) = (label.into(), None);
        Self {
            label,
            scale,
            limit,
        }
    }

    /// The axis with this limit, which means something.
    pub fn until(self, limit: f64, meaning: impl Into<String>) -> Self {
        let limit = Some((limit, meaning.into()));
        Self { limit, ..self }
    }
}

/// An axis with its ends, in logarithms if it is logarithmic.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ruler<'a> {
    axis: &'a Axis,
    from: f64,
    to: f64,
}

/// A labelled position on the axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// 0 at the start of the axis, 1 at its end.
    pub share: f64,
    pub label: String,
}

impl<'a> Ruler<'a> {
    /// Makes an axis for `values`; those that are not finite are ignored.
    pub fn of(axis: &'a Axis, values: impl Iterator<Item = f64>) -> Result<Self, ChartError> {
        let is_log = matches!(axis.scale, Scale::Log { .. });
        if let Scale::Log { least } = axis.scale
            && !(least.is_normal() && least > 0.0 && least < MOST)
        {
            return Err(ChartError::Least(least));
        }
        if let Some((limit, meaning)) = &axis.limit
            && (!limit.is_finite() || is_log && *limit <= 0.0)
        {
            return Err(ChartError::Limit(*limit, meaning.clone()));
        }
        let values = values.filter(|value| value.is_finite());
        let mut ruler = Self {
            axis,
            from: 0.0,
            to: 100.0,
        };
        let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| {
            let value = ruler.scaled(v);
            (least.min(value), most.max(value))
        });
        let limit = axis.limit.as_ref().map(|(value, _)| ruler.scaled(*value));
        (ruler.from, ruler.to) = match &axis.scale {
            Scale::Log { least: shown } => {
                let (from, to) = log_ends(least, most, limit);
                // Without a limit, the axis shows something above the least value.
                let to = if limit.is_some() {
                    to
                } else {
                    to.max(shown.log10() + SHORTEST)
                };
                (from, to)
            }
            Scale::Linear => linear_ends(least, most, limit),
            Scale::Percent => (0.0, 100.0),
            Scale::Names(names) => (-0.5, names.len().max(1) as f64 - 0.5),
        };
        Ok(ruler)
    }

    /// Extends the axis so that `share` of it is free below its start.
    pub fn with_room_below(self, share: f64) -> Self {
        let from = self.to - (self.to - self.from) / (1.0 - share);
        Self { from, ..self }
    }

    /// Position of a value: 0 at the start, 1 at the end. Values beyond an end are placed on it.
    pub fn share(&self, value: f64) -> f64 {
        self.share_of(self.scaled(value))
    }

    /// Position and meaning of the limit, unless the axis ends there.
    pub fn limit_inside(&self) -> Option<(f64, &'a str)> {
        let (value, meaning) = self.axis.limit.as_ref()?;
        let scaled = self.scaled(*value);
        (scaled < self.to).then(|| (self.share_of(scaled), meaning.as_str()))
    }

    /// The ticks whose labels do not touch on an axis of `length`, which may be horizontal.
    pub fn labelled_ticks(
        &self,
        length: i32,
        lettering: Lettering,
        is_horizontal: bool,
    ) -> Vec<Tick> {
        let mut free = i32::MIN;
        let mut ticks = self.ticks();
        ticks.retain(|tick| {
            let middle = (f64::from(length) * tick.share) as i32;
            let half = match is_horizontal {
                true => lettering.width(&tick.label) / 2 + LABELS_APART,
                false => lettering.lines(1) / 2,
            };
            let fits = middle - half >= free;
            if fits {
                free = middle + half;
            }
            fits
        });
        ticks
    }

    /// All ticks: of a logarithmic axis at whole decades, and at parts of them if it is short.
    pub fn ticks(&self) -> Vec<Tick> {
        match &self.axis.scale {
            Scale::Log { .. } => {
                let [decades, thirds, finest] = PARTS.map(|parts| self.parts_of_decades(parts));
                let mut coarse = [decades, thirds].into_iter();
                coarse.find(|ticks| ticks.len() >= ENOUGH).unwrap_or(finest)
            }
            Scale::Linear => self.steps(step_of(self.to - self.from), ""),
            Scale::Percent => self.steps((20.0, 0), "%"),
            Scale::Names(names) => {
                let names = names.iter().enumerate();
                names
                    .map(|(index, name)| self.tick(index as f64, name.clone()))
                    .collect()
            }
        }
    }

    fn scaled(&self, value: f64) -> f64 {
        match self.axis.scale {
            Scale::Log { least } => value.clamp(least, MOST).log10(),
            _ => value.clamp(-MOST, MOST),
        }
    }

    fn share_of(&self, scaled: f64) -> f64 {
        ((scaled - self.from) / (self.to - self.from)).clamp(0.0, 1.0)
    }

    fn tick(&self, value: f64, label: String) -> Tick {
        let share = self.share(value);
        Tick { share, label }
    }

    fn parts_of_decades(&self, parts: &[u32]) -> Vec<Tick> {
        let Scale::Log { least } = self.axis.scale else {
            return Vec::new();
        };
        // No value is shown below the least.
        let from = self.from.max(least.log10());
        let decades = from.floor() as i32..=self.to.ceil() as i32;
        let all = decades.flat_map(|decade| parts.iter().map(move |part| (*part, decade)));
        all.filter_map(|(part, decade)| {
            // Parsed from its digits, it is the nearest number and prints as these digits.
            let value: f64 = format!("{part}e{decade}").parse().ok()?;
            let inside = (from..=self.to).contains(&value.log10());
            inside.then(|| self.tick(value, Shortest(value).to_string()))
        })
        .collect()
    }

    /// Ticks at multiples of a step with this number of decimals.
    fn steps(&self, (step, decimals): (f64, usize), unit: &str) -> Vec<Tick> {
        let rounding = 1e-9;
        let first = (self.from / step - rounding).ceil() as i64;
        let last = (self.to / step + rounding).floor() as i64;
        (first..=last)
            .map(|multiple| {
                let value = multiple as f64 * step;
                let label = match value.abs() {
                    0.0..1e6 if step >= 1e-6 => format!("{value:.decimals$}{unit}"),
                    _ => format!("{value:e}{unit}"),
                };
                self.tick(value, label)
            })
            .collect()
    }
}

/// The ends for values from `least` to `most`: the limit, or just beyond the largest value over it; and just below the
/// smallest.
fn log_ends(least: f64, most: f64, limit: Option<f64>) -> (f64, f64) {
    let space = SPACE.log10();
    let to = match limit {
        Some(limit) if most <= limit || !most.is_finite() => limit,
        None if !most.is_finite() => 0.0,
        _ => most + space,
    };
    let from = match least.is_finite() {
        true => (least - space).min(to - SHORTEST),
        false => to - EMPTY,
    };
    (from, to)
}

/// The ends at whole steps around zero, the limit and the values.
fn linear_ends(least: f64, most: f64, limit: Option<f64>) -> (f64, f64) {
    let limit = limit.unwrap_or(0.0);
    let (from, to) = (least.min(limit).min(0.0), most.max(limit).max(0.0));
    let to = if to > from { to } else { 1.0 };
    let (step, _) = step_of(to - from);
    ((from / step).floor() * step, (to / step).ceil() * step)
}

/// A step of 1, 2 or 5 times a power of ten for this length, and the decimals of its multiples.
fn step_of(length: f64) -> (f64, usize) {
    let power = (length / STEPS).log10().floor();
    let decade = 10f64.powf(power);
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * decade * STEPS >= length)
        .unwrap_or(10.0);
    let decimals = if factor == 10.0 { -power - 1.0 } else { -power };
    (factor * decade, decimals.clamp(0.0, 300.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: Scale = Scale::Log { least: 1e-4 };

    fn axis(scale: Scale) -> Axis {
        Axis::new("", scale)
    }

    fn axis_until(limit: f64) -> Axis {
        axis(LOG).until(limit, "limit")
    }

    fn seconds() -> Axis {
        axis_until(300.0)
    }

    fn ruler<'a>(axis: &'a Axis, values: &[f64]) -> Ruler<'a> {
        Ruler::of(axis, values.iter().copied()).unwrap()
    }

    fn labels(ruler: &Ruler) -> Vec<String> {
        ruler.ticks().into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn the_axis_holds_every_value_and_ends_at_the_limit() {
        let axis = seconds();
        let times = ruler(&axis, &[0.02, 3.0, 41.5]);
        assert!(times.share(0.02) > 0.0 && times.share(0.02) < 0.1);
        assert_eq!(times.share(300.0), 1.0);
        assert_eq!(times.limit_inside(), None);
        assert_eq!(labels(&times), ["0.1", "1", "10", "100"]);
        let short = axis_until(1e-5);
        assert_eq!(ruler(&short, &[1e-6]).limit_inside(), None);
        let beyond = ruler(&axis, &[0.02, 700.0]);
        assert!(beyond.share(700.0) < 1.0);
        assert!(beyond.limit_inside().unwrap().0 < beyond.share(700.0));
    }

    #[test]
    fn any_values_have_an_axis_with_labels() {
        for axis in [seconds(), axis(LOG), axis(Scale::Linear)] {
            for values in [
                &[][..],
                &[300.0],
                &[0.0],
                &[f64::NAN],
                &[2e5],
                &[7.0, 7.0],
                &[-1e308, f64::INFINITY, 1e308],
            ] {
                let ruler = ruler(&axis, values);
                assert!(ruler.ticks().len() >= 3, "{values:?}: {ruler:?}");
                let inside = |value: &f64| (0.0..=1.0).contains(&ruler.share(*value));
                assert!(values.iter().filter(|v| v.is_finite()).all(inside));
            }
        }
        assert_eq!(labels(&ruler(&seconds(), &[40.0])), ["50", "100", "200"]);
    }

    #[test]
    fn linear_axes_have_round_ticks_and_others_their_names() {
        let linear = axis(Scale::Linear);
        let ends = ruler(&linear, &[-0.03, 0.11]);
        assert_eq!(labels(&ends), ["-0.05", "0.00", "0.05", "0.10", "0.15"]);
        assert_eq!(
            labels(&ruler(&linear, &[47.0])),
            ["0", "10", "20", "30", "40", "50"]
        );
        let percent = axis(Scale::Percent);
        assert_eq!(labels(&ruler(&percent, &[3.0])).last().unwrap(), "100%");
        let names = axis(Scale::Names(vec!["a".into(), "b".into()]));
        let names = ruler(&names, &[0.0]);
        assert_eq!((names.share(0.0), names.share(1.0)), (0.25, 0.75));
    }

    #[test]
    fn a_logarithmic_axis_is_positive() {
        for least in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let axis = axis(Scale::Log { least });
            assert!(Ruler::of(&axis, [1.0].into_iter()).is_err(), "{least}");
        }
        for limit in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let axis = axis_until(limit);
            assert!(Ruler::of(&axis, [1.0].into_iter()).is_err(), "{limit}");
        }
    }
}
