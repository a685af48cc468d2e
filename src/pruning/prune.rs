//! From scores to a mask.

use super::score::scores;
use super::{Granularity, Mask, OutputRows, Pruning, PruningError, Scope};
use crate::network::Network;

/// The mask that prunes `network` to the rate of `pruning`.
///
/// Of the `n` units (weights, or neurons in structured pruning) of a layer, or of all layers in
/// global scope, the `rate * n` with the lowest scores are pruned, rounded half to even; of equal
/// scores the first is pruned first. Weights that are already zero are pruned first and count.
///
/// Biases are never pruned. Structured pruning spares the output layer's rows, or with
/// [`OutputRows::Prune`] only the best of them: without any output nothing would be left.
///
/// # Errors
/// When the rate is outside [0, 1).
///
/// ```
/// use pipeline::network::random;
/// use pipeline::pruning::{Pruning, prune};
///
/// let network = random(10, &[4], 1)?;
/// let mask = prune(&network, &Pruning::magnitude(0.5))?;
/// assert_eq!(mask.kept(), [20, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prune(network: &Network, pruning: &Pruning) -> Result<Mask, PruningError> {
    prune_further(network, &Mask::nonzero(network), pruning)
}

/// Like [`prune`], on top of an `earlier` mask: weights pruned there stay pruned and count towards
/// the rate.
///
/// # Errors
/// When the rate is outside [0, 1), or `earlier` has the shape of another network.
pub fn prune_further(
    network: &Network,
    earlier: &Mask,
    pruning: &Pruning,
) -> Result<Mask, PruningError> {
    pruning.check()?;
    check_shape(network, earlier)?;
    let units = units(network, earlier, pruning);
    let mut mask = earlier.layers().to_vec();
    for group in groups(units, pruning.scope) {
        for unit in lowest(group, pruning.rate) {
            mask[unit.layer][unit.first..unit.first + unit.length].fill(false);
        }
    }
    Ok(Mask::new(mask))
}

/// Weights that are kept or pruned together: a contiguous range of one layer.
struct Unit {
    layer: usize,
    first: usize,
    length: usize,
    status: UnitStatus,
    score: f64,
}

/// What takes precedence over the score.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum UnitStatus {
    PrunedBefore,
    Open,
    Protected,
}

/// All units that may be pruned.
fn units(network: &Network, earlier: &Mask, pruning: &Pruning) -> Vec<Unit> {
    let structured = pruning.granularity == Granularity::Structured;
    let output = network.layers().len() - 1;
    let mut units = Vec::new();
    for (layer, scores) in scores(network, earlier, pruning).into_iter().enumerate() {
        if structured && layer == output && pruning.output_rows == OutputRows::Keep {
            continue;
        }
        let length = match pruning.granularity {
            Granularity::Unstructured => 1,
            Granularity::Structured => network.layers()[layer].inputs(),
        };
        let start = units.len();
        let flags = earlier.layers()[layer].chunks_exact(length);
        units.extend(scores.iter().zip(flags).enumerate().map(|(i, (s, flags))| {
            let status = match flags.contains(&true) {
                true => UnitStatus::Open,
                false => UnitStatus::PrunedBefore,
            };
            Unit {
                layer,
                first: i * length,
                length,
                status,
                score: *s,
            }
        }));
        if structured && layer == output {
            protect_best(&mut units[start..]);
        }
    }
    units
}

fn protect_best(rows: &mut [Unit]) {
    let open = rows.iter_mut().filter(|u| u.status == UnitStatus::Open);
    if let Some(best) = open.max_by(|a, b| a.score.total_cmp(&b.score)) {
        best.status = UnitStatus::Protected;
    }
}

/// Groups the units; scores are compared within a group.
fn groups(units: Vec<Unit>, scope: Scope) -> Vec<Vec<Unit>> {
    if scope == Scope::Global {
        return vec![units];
    }
    let mut groups: Vec<Vec<Unit>> = Vec::new();
    for unit in units {
        match groups.last_mut() {
            Some(group) if group[0].layer == unit.layer => group.push(unit),
            _ => groups.push(vec![unit]),
        }
    }
    groups
}

/// The units of a group to prune: the lowest in score.
fn lowest(mut units: Vec<Unit>, rate: f64) -> impl Iterator<Item = Unit> {
    let count = (rate * units.len() as f64).round_ties_even() as usize;
    // Stable, so that of equal units the first is pruned first.
    units.sort_by(|a, b| {
        let status = a.status.cmp(&b.status);
        status.then(a.score.total_cmp(&b.score))
    });
    let lowest = units.into_iter().take(count);
    lowest.filter(|unit| unit.status != UnitStatus::Protected)
}

fn check_shape(network: &Network, mask: &Mask) -> Result<(), PruningError> {
    let layers = network.layers().iter();
    let expected: Vec<usize> = layers.map(|layer| layer.weights().len()).collect();
    let found: Vec<usize> = mask.layers().iter().map(Vec::len).collect();
    if expected == found {
        return Ok(());
    }
    Err(PruningError::MaskShape {
        mask: found,
        network: expected,
    })
}

#[cfg(test)]
mod tests;
