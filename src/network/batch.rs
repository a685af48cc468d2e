//! Evaluates a network at many inputs at once, one per row of a matrix.

use ndarray::{Array2, ArrayView1, ArrayView2, Zip};

use super::product::multiply;
use super::{Layer, Network};

impl Network {
    /// The first output at every row of `x`, equal to that of [`Network::forward`] up to rounding.
    ///
    /// # Panics
    /// When the rows do not have [`Network::inputs`] entries.
    pub fn values(&self, x: &Array2<f64>) -> Vec<f64> {
        self.pass(x).pop().expect("a layer").column(0).to_vec()
    }

    /// The first output at every row of `x`, and its gradients (rows x inputs). A ReLU whose
    /// preactivation is zero counts as inactive.
    ///
    /// # Panics
    /// When the rows do not have [`Network::inputs`] entries.
    pub fn values_and_gradients(&self, x: &Array2<f64>) -> (Vec<f64>, Array2<f64>) {
        let g = self.pass(x);
        let (outputs, hidden) = g.split_last().expect("a layer");
        let row = ArrayView1::from(self.output().row(0));
        let shape = (x.nrows(), row.len());
        let mut gradient = row.broadcast(shape).expect("a row fits").to_owned();
        for (layer, g) in self.hidden().iter().zip(hidden).rev() {
            Zip::from(&mut gradient).and(g).for_each(|slope, g| {
                if *g <= 0.0 {
                    *slope = 0.0;
                }
            });
            let mut before = Array2::zeros((x.nrows(), layer.inputs()));
            let weights = matrix(layer);
            multiply(&gradient.view(), &weights, &mut before.view_mut());
            gradient = before;
        }
        (outputs.column(0).to_vec(), gradient)
    }

    /// The preactivations of every layer (rows x neurons).
    fn pass(&self, x: &Array2<f64>) -> Vec<Array2<f64>> {
        let mut all: Vec<Array2<f64>> = Vec::with_capacity(self.layers().len());
        for layer in self.layers() {
            let mut g = Array2::zeros((x.nrows(), layer.outputs()));
            let weights = matrix(layer);
            match all.last() {
                None => multiply(&x.view(), &weights.t(), &mut g.view_mut()),
                Some(before) => {
                    let h = before.mapv(|g| g.max(0.0));
                    multiply(&h.view(), &weights.t(), &mut g.view_mut());
                }
            }
            g += &ArrayView1::from(layer.biases());
            all.push(g);
        }
        all
    }
}

fn matrix(layer: &Layer) -> ArrayView2<'_, f64> {
    let shape = (layer.outputs(), layer.inputs());
    ArrayView2::from_shape(shape, layer.weights()).expect("a layer is full")
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::random;

    #[test]
    fn values_are_those_of_the_forward_pass_and_gradients_their_slopes() {
        let network = random(6, &[9, 7, 5], 3).unwrap();
        let x = Array2::from_shape_fn((5, 6), |(i, k)| ((i * 13 + k * 7) % 10) as f64 / 10.0);
        let (values, gradients) = network.values_and_gradients(&x);
        assert_eq!(values, network.values(&x));
        let step = 1e-7;
        for (i, x) in x.rows().into_iter().enumerate() {
            let mut x = x.to_vec();
            assert!((values[i] - network.forward(&x)[0]).abs() < 1e-12);
            for k in 0..x.len() {
                x[k] += step;
                let slope = (network.forward(&x)[0] - values[i]) / step;
                x[k] -= step;
                assert!((slope - gradients[[i, k]]).abs() < 1e-6, "{k}: {slope}");
            }
        }
    }
}
