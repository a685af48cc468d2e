//! What the weights alone tell: how many are kept, which neurons do not depend on the input, and
//! which neurons no output depends on.
//!
//! Pruning empties layers: where every path from the inputs to the outputs is cut, the network is a
//! constant function and useless as a surrogate.

use serde::Serialize;

use super::{Layer, Network};

/// Remaining weights and neurons of one layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerActivity {
    /// Number of neurons (rows).
    pub neurons: usize,
    /// Number of weights, zeros included.
    pub weights: usize,
    /// Number of weights that are not zero.
    pub kept: usize,
    /// Share of the weights that are zero.
    pub sparsity: f64,
    /// Neurons whose value does not depend on the input.
    pub constant: usize,
    /// Neurons that no output depends on.
    pub unread: usize,
    /// Neurons that are constant or unread.
    pub dead: usize,
}

/// Remaining weights and neurons of a network; serializes as a report of counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Activity {
    layers: Vec<LayerActivity>,
    /// Share of the network's weights that are zero.
    sparsity: f64,
    alive_outputs: usize,
    constant_outputs: Vec<usize>,
    #[serde(skip)]
    constant: Vec<Vec<bool>>,
    #[serde(skip)]
    unread: Vec<Vec<bool>>,
}

impl Activity {
    /// Analyses the weights of `network`.
    ///
    /// ```
    /// use pipeline::network::{Activity, Layer, Network};
    ///
    /// // The second hidden neuron sees no input, the third is read by no output.
    /// let network = Network::new(vec![
    ///     Layer::new(1, vec![1.0, 0.0, 1.0], vec![0.0, 2.0, 0.0]),
    ///     Layer::new(3, vec![1.0, 1.0, 0.0], vec![0.0]),
    /// ])?;
    /// let activity = Activity::of(&network);
    /// assert_eq!(activity.constant(0), [false, true, false]);
    /// assert_eq!(activity.unread(0), [false, false, true]);
    /// assert!(!activity.is_constant());
    /// # Ok::<(), pipeline::network::NetworkError>(())
    /// ```
    pub fn of(network: &Network) -> Self {
        let constant = constant(network);
        let unread = unread(network);
        let parts = network.layers().iter().zip(constant.iter().zip(&unread));
        let layers: Vec<_> = parts
            .map(|(layer, (constant, unread))| summary(layer, constant, unread))
            .collect();
        let outputs = &constant[constant.len() - 1];
        let constant_outputs: Vec<_> = (0..outputs.len()).filter(|&i| outputs[i]).collect();
        let weights = layers.iter().map(|layer| layer.weights).sum();
        let kept = layers.iter().map(|layer| layer.kept).sum();
        Self {
            sparsity: share_of_zeros(kept, weights),
            alive_outputs: outputs.len() - constant_outputs.len(),
            constant_outputs,
            layers,
            constant,
            unread,
        }
    }

    /// The counts of each layer, the output layer last.
    pub fn layers(&self) -> &[LayerActivity] {
        &self.layers
    }

    /// Number of weights of the network that are not zero.
    pub fn kept(&self) -> usize {
        self.layers.iter().map(|layer| layer.kept).sum()
    }

    /// Share of the network's weights that are zero, in [0, 1].
    pub fn sparsity(&self) -> f64 {
        self.sparsity
    }

    /// For each neuron of `layer`, whether its value is the same for every input: all its nonzero
    /// weights come from constant neurons.
    ///
    /// # Panics
    /// When there is no such layer.
    pub fn constant(&self, layer: usize) -> &[bool] {
        &self.constant[layer]
    }

    /// For each neuron of `layer`, whether no path of nonzero weights leads from it to an output;
    /// outputs always count as read.
    ///
    /// # Panics
    /// When there is no such layer.
    pub fn unread(&self, layer: usize) -> &[bool] {
        &self.unread[layer]
    }

    /// The outputs that are the same for every input.
    pub fn constant_outputs(&self) -> &[usize] {
        &self.constant_outputs
    }

    /// Number of outputs that depend on the input ("alive logits").
    pub fn alive_outputs(&self) -> usize {
        self.alive_outputs
    }

    /// Whether the whole network is a constant function.
    pub fn is_constant(&self) -> bool {
        self.alive_outputs == 0
    }
}

fn constant(network: &Network) -> Vec<Vec<bool>> {
    let mut before = vec![false; network.inputs()];
    let mut all = Vec::with_capacity(network.layers().len());
    for layer in network.layers() {
        let neuron = |i| {
            let mut terms = layer.row(i).iter().zip(&before);
            terms.all(|(&weight, &constant)| weight == 0.0 || constant)
        };
        before = (0..layer.outputs()).map(neuron).collect();
        all.push(before.clone());
    }
    all
}

fn unread(network: &Network) -> Vec<Vec<bool>> {
    let mut all = vec![vec![false; network.outputs()]];
    for reader in network.layers()[1..].iter().rev() {
        let after = &all[all.len() - 1];
        let mut unread = vec![true; reader.inputs()];
        for neuron in (0..reader.outputs()).filter(|&i| !after[i]) {
            for (flag, &weight) in unread.iter_mut().zip(reader.row(neuron)) {
                *flag &= weight == 0.0;
            }
        }
        all.push(unread);
    }
    all.reverse();
    all
}

fn summary(layer: &Layer, constant: &[bool], unread: &[bool]) -> LayerActivity {
    let weights = layer.weights().len();
    let kept = layer.weights().iter().filter(|&&w| w != 0.0).count();
    let count = |flags: &[bool]| flags.iter().filter(|&&flag| flag).count();
    let dead = constant.iter().zip(unread).filter(|(c, u)| **c || **u);
    LayerActivity {
        neurons: layer.outputs(),
        weights,
        kept,
        sparsity: share_of_zeros(kept, weights),
        constant: count(constant),
        unread: count(unread),
        dead: dead.count(),
    }
}

fn share_of_zeros(kept: usize, weights: usize) -> f64 {
    (weights - kept) as f64 / weights as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 inputs, 3 + 3 hidden neurons, 2 outputs, with every kind of neuron.
    fn network() -> Network {
        Network::new(vec![
            // reached; constant; reached, but read by an unread neuron only
            Layer::new(2, vec![1.0, 0.0, 0.0, 0.0, 0.0, 2.0], vec![0.1, 0.2, 0.3]),
            // reached; constant through a constant; reached and unread
            Layer::new(
                3,
                vec![1.0, 1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0],
                vec![0.0; 3],
            ),
            Layer::new(3, vec![1.0, 1.0, 0.0, 0.0, 5.0, 0.0], vec![0.5, 0.5]),
        ])
        .unwrap()
    }

    #[test]
    fn constants_spread_forward_and_unread_neurons_backward() {
        let activity = Activity::of(&network());
        assert_eq!(activity.constant(0), [false, true, false]);
        assert_eq!(activity.constant(1), [false, true, false]);
        assert_eq!(activity.unread(0), [false, false, true]);
        assert_eq!(activity.unread(1), [false, false, true]);
        assert_eq!(activity.constant_outputs(), [1]);
        assert_eq!(activity.alive_outputs(), 1);
        assert!(!activity.is_constant());
        assert_eq!(activity.kept(), 9);
        let dead: Vec<_> = activity.layers().iter().map(|layer| layer.dead).collect();
        assert_eq!(dead, [2, 2, 1]);
    }

    #[test]
    fn an_empty_layer_makes_the_network_constant() {
        let mut layers = network().layers().to_vec();
        layers[1] = Layer::new(3, vec![0.0; 9], vec![1.0; 3]);
        let activity = Activity::of(&Network::new(layers).unwrap());
        assert!(activity.is_constant());
        assert_eq!(activity.layers()[1].sparsity, 1.0);
        assert_eq!(activity.layers()[1].constant, 3);
    }

    #[test]
    fn the_report_has_the_counts() {
        let report = serde_json::to_value(Activity::of(&network())).unwrap();
        assert_eq!(report["alive_outputs"], 1);
        assert_eq!(report["layers"][0]["kept"], 2);
        assert_eq!(report["layers"][1]["constant"], 1);
    }
}
