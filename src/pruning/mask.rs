//! Which weights of a network are kept.

use crate::network::{Layer, Network};

/// One flag per weight, layer by layer, row-major like the weights; biases are never pruned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    layers: Vec<Vec<bool>>,
}

impl Mask {
    /// A mask from its flags (`true` = kept), one vector per layer.
    pub fn new(layers: Vec<Vec<bool>>) -> Self {
        Self { layers }
    }

    /// The flags of each layer.
    pub fn layers(&self) -> &[Vec<bool>] {
        &self.layers
    }

    /// The mask that keeps every weight of `network` that is not zero.
    pub fn nonzero(network: &Network) -> Self {
        let layers = network.layers().iter();
        let flags = |layer: &Layer| layer.weights().iter().map(|&w| w != 0.0).collect();
        Self::new(layers.map(flags).collect())
    }

    /// Number of kept weights of each layer.
    pub fn kept(&self) -> Vec<usize> {
        let count = |layer: &Vec<bool>| layer.iter().filter(|&&keep| keep).count();
        self.layers.iter().map(count).collect()
    }

    /// Whether every weight kept here is also kept in `other`; `false` for masks of different
    /// shapes.
    pub fn is_within(&self, other: &Self) -> bool {
        let shape = |mask: &Self| mask.layers.iter().map(Vec::len).collect::<Vec<_>>();
        let flags = self.layers.iter().flatten();
        let mut pairs = flags.zip(other.layers.iter().flatten());
        shape(self) == shape(other) && pairs.all(|(&here, &there)| there || !here)
    }

    /// Returns `network` with every pruned weight set to exactly zero.
    ///
    /// # Panics
    /// When the mask has the shape of another network.
    pub fn apply(&self, network: &Network) -> Network {
        assert_eq!(
            self.layers.len(),
            network.layers().len(),
            "layers of the mask"
        );
        let masked = network
            .layers()
            .iter()
            .zip(&self.layers)
            .map(|(layer, keep)| {
                assert_eq!(layer.weights().len(), keep.len(), "weights of the mask");
                let weights = layer.weights().iter().zip(keep);
                let weights = weights.map(|(&w, &keep)| if keep { w } else { 0.0 });
                Layer::new(layer.inputs(), weights.collect(), layer.biases().to_vec())
            });
        Network::new(masked.collect()).expect("a masked network keeps its shape and finite weights")
    }
}
