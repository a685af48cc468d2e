//! Random regression networks, never trained, reproducible bit for bit.
//!
//! These are the networks of the function maximization experiments (paper, section 5): the
//! default initialisation of a PyTorch `Linear` layer, drawn from MT19937.

use rand_mt::Mt;

use super::{Layer, Network, NetworkError, check_sizes};

/// A random network with ReLU layers of the widths `hidden` and one linear output.
///
/// Layer by layer the weights (row-major) and then the biases are drawn uniformly from
/// `[-1/sqrt(fan_in), 1/sqrt(fan_in)]` in f32, so every value is exactly an f32.
///
/// # Errors
/// When a size is zero, or there are too many weights ([`check_sizes`]).
///
/// ```
/// let network = pipeline::network::random(100, &[50, 50], 50)?;
/// assert_eq!(network.sizes(), [100, 50, 50, 1]);
/// # Ok::<(), pipeline::network::NetworkError>(())
/// ```
pub fn random(inputs: usize, hidden: &[usize], seed: u32) -> Result<Network, NetworkError> {
    let sizes = [&[inputs], hidden, &[1]].concat();
    check_sizes(&sizes)?;
    let mut generator = Mt::new(seed);
    let layers = sizes.windows(2).map(|pair| {
        let (fan_in, outputs) = (pair[0], pair[1]);
        let (weight_bound, bias_bound) = bounds(fan_in);
        let weights = uniform(&mut generator, weight_bound, fan_in * outputs);
        let biases = uniform(&mut generator, bias_bound, outputs);
        Layer::new(fan_in, weights, biases)
    });
    Network::new(layers.collect())
}

/// Bounds of the weights and of the biases: equal in exact arithmetic, but rounded differently, as
/// in PyTorch (`sqrt(3) * gain / sqrt(fan_in)` with gain `sqrt(2/6)` for the weights).
fn bounds(fan_in: usize) -> (f32, f32) {
    let root = (fan_in as f64).sqrt();
    let gain = (2.0_f64 / 6.0).sqrt();
    let weight = 3.0_f64.sqrt() * (gain / root);
    (weight as f32, (1.0 / root) as f32)
}

/// Draws `count` values from `[-bound, bound]`.
fn uniform(generator: &mut Mt, bound: f32, count: usize) -> Vec<f64> {
    (0..count)
        .map(|_| f64::from(draw(generator, bound)))
        .collect()
}

/// One draw: 24 bits scaled to [0, 1), then mapped with a FUSED multiply-add. Only the fused one
/// reproduces the published values: separate rounding differs in the last bits.
fn draw(generator: &mut Mt, bound: f32) -> f32 {
    const SCALE: f32 = 1.0 / (1 << 24) as f32;
    let bits = generator.next_u32() & 0x00ff_ffff;
    let unit = bits as f32 * SCALE;
    unit.mul_add(bound - -bound, -bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published values of dense networks at x = 0 (reference figures, seeds 50 to 52, f32).
    #[test]
    fn values_at_zero_are_the_published_ones() {
        for (hidden, seed, published) in [
            (&[50, 50][..], 50, 0.0731584057),
            (&[50, 50], 51, 0.055321686),
            (&[50, 50], 52, -0.0768190771),
            (&[50, 50, 50], 50, 0.143393859),
            (&[50, 50, 50], 51, -0.0796898231),
        ] {
            let value = random(100, hidden, seed).unwrap().forward(&[0.0; 100])[0];
            // One f32 forward pass, so a few units of 2^-27 apart.
            assert!(
                (value - published).abs() < 1e-8,
                "{hidden:?} {seed}: {value}"
            );
        }
    }

    #[test]
    fn every_value_is_an_f32_within_the_bound() {
        let network = random(10, &[7], 3).unwrap();
        for layer in network.layers() {
            let bound = 1.0 / (layer.inputs() as f64).sqrt() + 1e-7;
            for &value in layer.weights().iter().chain(layer.biases()) {
                assert_eq!(f64::from(value as f32), value);
                assert!(value.abs() <= bound);
            }
        }
    }

    #[test]
    fn zero_and_huge_sizes_are_refused() {
        assert!(matches!(
            random(0, &[5], 1),
            Err(NetworkError::EmptyLayer { layer: 0, .. })
        ));
        assert!(matches!(
            random(5, &[3, 0], 1),
            Err(NetworkError::EmptyLayer { layer: 1, .. })
        ));
        assert!(matches!(
            random(usize::MAX, &[2], 1),
            Err(NetworkError::TooLarge { layer: 0, .. })
        ));
    }
}
