//! The parameters of each network after the epoch with its smallest validation loss.

use burn::tensor::{Bool, Tensor, TensorData};

/// The best parameters so far.
pub struct Best {
    /// By how much a loss must be smaller than the best one to count.
    improvement: f64,
    losses: Vec<f64>,
    parameters: Parameters,
}

/// Weights (networks x in x out) and biases (networks x 1 x out) of every layer.
pub type Parameters = Vec<[Tensor<3>; 2]>;

impl Best {
    /// Begins with the parameters of `networks` networks before their training.
    pub fn new(improvement: f64, networks: usize, parameters: Parameters) -> Self {
        Self {
            improvement,
            losses: vec![f64::INFINITY; networks],
            parameters,
        }
    }

    /// Takes the parameters of the networks whose losses are better than their best ones.
    pub fn update(&mut self, losses: &[f64], parameters: Parameters) {
        let both = self.losses.iter_mut().zip(losses);
        let improved: Vec<bool> = both
            .map(|(best, loss)| {
                let is_better = *loss < *best - self.improvement;
                if is_better {
                    *best = *loss;
                }
                is_better
            })
            .collect();
        if improved.iter().all(|improved| *improved) {
            self.parameters = parameters;
        } else if improved.contains(&true) {
            let device = parameters[0][0].device();
            let shape = [improved.len(), 1, 1];
            let mask = Tensor::<3, Bool>::from_data(TensorData::new(improved, shape), &device);
            let choose = |best: Tensor<3>, now: Tensor<3>| {
                let mask = mask.clone().expand(now.dims());
                best.mask_where(mask, now)
            };
            let before = std::mem::take(&mut self.parameters).into_iter();
            let pairs = before.zip(parameters);
            self.parameters = pairs
                .map(|([weights, biases], [new_weights, new_biases])| {
                    [choose(weights, new_weights), choose(biases, new_biases)]
                })
                .collect();
        }
    }

    pub fn into_parameters(self) -> Parameters {
        self.parameters
    }
}
