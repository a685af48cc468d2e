//! The gradient of a network's first output.

use super::Network;

impl Network {
    /// The first output at `x` and its gradient there, in f64. A ReLU whose preactivation is zero
    /// counts as off.
    ///
    /// # Panics
    /// When `x` has not [`Network::inputs`] entries.
    pub fn value_and_gradient(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let preactivations = self.preactivations(x);
        let mut gradient = self.output().row(0).to_vec();
        for (layer, g) in self.hidden().iter().zip(&preactivations).rev() {
            let mut before = vec![0.0; layer.inputs()];
            for (neuron, (slope, g)) in gradient.iter().zip(g).enumerate() {
                if *g > 0.0 && *slope != 0.0 {
                    for (before, weight) in before.iter_mut().zip(layer.row(neuron)) {
                        *before += slope * weight;
                    }
                }
            }
            gradient = before;
        }
        let outputs = preactivations.last().expect("a network has a layer");
        (outputs[0], gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random;

    #[test]
    fn the_gradient_is_the_slope_in_every_direction() {
        let network = random(6, &[9, 7, 5], 3).unwrap();
        let x = [0.3, 0.9, 0.1, 0.5, 0.7, 0.2];
        let (value, gradient) = network.value_and_gradient(&x);
        assert_eq!(value, network.forward(&x)[0]);
        let step = 1e-7;
        for k in 0..x.len() {
            let mut moved = x;
            moved[k] += step;
            let slope = (network.forward(&moved)[0] - value) / step;
            assert!((slope - gradient[k]).abs() < 1e-6, "{k}: {slope}");
        }
    }
}
