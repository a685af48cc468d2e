//! Conditions combined by "and" and "or".

use super::{Condition, Instance, InstanceError, Region};

/// Maximal number of alternatives of a property.
const MAX_ALTERNATIVES: usize = 100_000;

/// A property of an input and its outputs.
///
/// ```
/// use pipeline::instance::{Condition, Linear, Property, Region};
///
/// // y0 > y1 and (y0 >= y2 or y1 >= y2)
/// let above = |first, second, is_strict| Property::Condition(Condition {
///     function: Linear::difference(first, second),
///     is_strict,
/// });
/// let property = Property::All(vec![
///     above(0, 1, true),
///     Property::Any(vec![above(0, 2, false), above(1, 2, false)]),
/// ]);
/// assert_eq!(property.instances(&Region::unit_box(4))?.len(), 2);
/// # Ok::<(), pipeline::instance::InstanceError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Property {
    /// This one condition holds.
    Condition(Condition),
    /// All of them hold; true if there are none.
    All(Vec<Property>),
    /// One of them holds; false if there are none.
    Any(Vec<Property>),
}

impl Property {
    /// The instances of which one has an answer exactly if some input of the region has the property; each asks whether
    /// some conditions hold together.
    ///
    /// # Errors
    /// When there are more than a hundred thousand of them, or one without a condition, which every input answers.
    pub fn instances(&self, region: &Region) -> Result<Vec<Instance>, InstanceError> {
        let alternatives = self.alternatives()?;
        let instance = |conditions: Vec<Condition>| match conditions.is_empty() {
            true => Err(InstanceError::NoCondition),
            false => Ok(Instance::satisfy(region.clone(), conditions)),
        };
        alternatives.into_iter().map(instance).collect()
    }

    /// Lists of conditions (a disjunctive normal form): the property holds if all conditions of one list do.
    fn alternatives(&self) -> Result<Vec<Vec<Condition>>, InstanceError> {
        match self {
            Self::Condition(condition) => Ok(vec![vec![condition.clone()]]),
            Self::Any(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(part.alternatives()?);
                    check_count(all.len())?;
                }
                Ok(all)
            }
            Self::All(parts) => {
                let mut all = vec![Vec::new()];
                for part in parts {
                    let own = part.alternatives()?;
                    check_count(all.len().saturating_mul(own.len()))?;
                    let with = |before: &Vec<Condition>| {
                        let before = before.clone();
                        own.iter()
                            .map(move |own| [before.clone(), own.clone()].concat())
                    };
                    all = all.iter().flat_map(with).collect();
                }
                Ok(all)
            }
        }
    }

    /// Whether the property holds in f64 at the inputs `x` and the network's outputs `y`.
    ///
    /// # Panics
    /// When there are too few inputs or outputs.
    pub fn holds(&self, x: &[f64], y: &[f64]) -> bool {
        match self {
            Self::Condition(condition) => {
                let value = condition.function.value(x, y);
                value > 0.0 || value == 0.0 && !condition.is_strict
            }
            Self::All(parts) => parts.iter().all(|part| part.holds(x, y)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(x, y)),
        }
    }
}

fn check_count(alternatives: usize) -> Result<(), InstanceError> {
    match alternatives <= MAX_ALTERNATIVES {
        true => Ok(()),
        false => Err(InstanceError::TooManyAlternatives(MAX_ALTERNATIVES)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Linear;

    fn output(output: usize) -> Property {
        Property::Condition(Condition {
            function: Linear::output(output),
            is_strict: false,
        })
    }

    #[test]
    fn alternatives_are_those_of_all_parts() {
        let either = Property::Any(vec![output(0), Property::All(vec![output(1), output(2)])]);
        let both = Property::All(vec![either.clone(), either, output(3)]);
        let alternatives = both.alternatives().unwrap();
        let lengths: Vec<_> = alternatives.iter().map(Vec::len).collect();
        assert_eq!(lengths, [3, 4, 4, 5]);
        assert!(both.holds(&[], &[-1.0, 0.0, 1.0, 0.0]));
        assert!(!both.holds(&[], &[-1.0, 0.0, -1.0, 0.0]));
    }

    #[test]
    fn too_many_alternatives_or_one_without_conditions_are_refused() {
        let region = Region::unit_box(1);
        let two = Property::Any(vec![output(0), output(1)]);
        let many = Property::All(vec![two; 40]);
        let refused = many.instances(&region);
        assert!(matches!(
            refused,
            Err(InstanceError::TooManyAlternatives(_))
        ));
        let always = Property::All(Vec::new());
        assert_eq!(always.instances(&region), Err(InstanceError::NoCondition));
        let never = Property::Any(Vec::new());
        assert_eq!(never.instances(&region), Ok(Vec::new()));
    }
}
