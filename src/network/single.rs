//! The forward pass in single precision, as training and most other programs compute it.

use super::{Layer, Network};

impl Network {
    /// The outputs at `x`, with weights, biases, inputs and sums all in f32.
    ///
    /// # Panics
    /// When `x` does not have [`Network::inputs`] entries.
    pub fn forward_in_f32(&self, x: &[f64]) -> Vec<f32> {
        assert_eq!(x.len(), self.inputs(), "one value per input");
        let mut values: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        for layer in self.hidden() {
            values = affine(layer, &values);
            values.iter_mut().for_each(|g| *g = g.max(0.0));
        }
        affine(self.output(), &values)
    }
}

fn affine(layer: &Layer, x: &[f32]) -> Vec<f32> {
    let neurons = layer.biases().iter().enumerate();
    neurons
        .map(|(neuron, &bias)| {
            let products = layer.row(neuron).iter().zip(x).map(|(&w, x)| w as f32 * x);
            bias as f32 + products.sum::<f32>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::network::random;

    #[test]
    fn single_precision_is_near_to_double() {
        let network = random(20, &[30, 30], 5).unwrap();
        let x: Vec<f64> = (0..20).map(|k| f64::from(k) / 19.0).collect();
        let (single, double) = (network.forward_in_f32(&x)[0], network.forward(&x)[0]);
        assert!((f64::from(single) - double).abs() < 1e-5);
        assert_ne!(f64::from(single), double);
    }
}
