//! A check of found inputs that shares no code with the program: it reads the model file itself,
//! computes the outputs itself and measures the distance itself.

use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use crate::program::number;

/// How far sums of a few hundred rounded terms may lie apart.
const ROUNDING: f64 = 1e-9;

/// The layers of a model file: weights row by row, and biases.
pub struct Layers(Vec<(Vec<f64>, Vec<f64>)>);

impl Layers {
    pub fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("a model file");
        let tensors = SafeTensors::deserialize(&bytes).expect("a safetensors file");
        let tensor = |layer: usize, kind: &str| {
            let view = tensors.tensor(&format!("layers.{layer}.{kind}")).ok()?;
            let single = |four: &[u8]| f64::from(f32::from_le_bytes(four.try_into().unwrap()));
            let double = |eight: &[u8]| f64::from_le_bytes(eight.try_into().unwrap());
            Some(match view.dtype() {
                Dtype::F32 => view.data().chunks_exact(4).map(single).collect(),
                Dtype::F64 => view.data().chunks_exact(8).map(double).collect(),
                other => panic!("a tensor of {other:?}"),
            })
        };
        let layers = (0..tensors.len() / 2).map(|layer| {
            let weights: Vec<f64> = tensor(layer, "weight").expect("weights");
            (weights, tensor(layer, "bias").expect("biases"))
        });
        Self(layers.collect())
    }

    pub fn outputs(&self, input: &[f64]) -> Vec<f64> {
        let mut values = input.to_vec();
        for (index, (weights, biases)) in self.0.iter().enumerate() {
            let mut next = biases.clone();
            for (neuron, sum) in next.iter_mut().enumerate() {
                for (place, value) in values.iter().enumerate() {
                    *sum += weights[neuron * values.len() + place] * value;
                }
                if index + 1 < self.0.len() && *sum < 0.0 {
                    *sum = 0.0;
                }
            }
            values = next;
        }
        values
    }

    /// The class of the largest output.
    pub fn class(&self, input: &[f64]) -> usize {
        let outputs = self.outputs(input);
        let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        outputs.iter().position(|&y| y == largest).expect("a class")
    }
}

/// The input of a `--save-input` file and the value it claims.
pub fn saved_input(saved: &Value) -> (Vec<f64>, f64) {
    let numbers = saved["input"].as_array().expect("an input");
    let input = numbers.iter().map(|x| x.as_f64().expect("a number"));
    (input.collect(), number(saved, "dense_objective"))
}

/// What a verification's record and its saved input say is true of the dense network: the input
/// lies in the region around `image`, its margin is the one claimed, and it is `found` exactly
/// when the margin is positive.
pub fn assert_verified(dense: &Layers, image: &[f64], record: &Value, saved: &Value) {
    let (input, claimed) = saved_input(saved);
    assert_eq!(record["dense_objective"], saved["dense_objective"]);
    assert_eq!(input.len(), image.len());
    assert!(input.iter().all(|x| (0.0..=1.0).contains(x)));
    let distance: f64 = input.iter().zip(image).map(|(x, x0)| (x - x0).abs()).sum();
    let epsilon = number(record, "epsilon");
    assert!(
        distance <= epsilon + ROUNDING,
        "distance {distance} is above {epsilon}"
    );
    let outputs = dense.outputs(&input);
    let class = |field: &str| outputs[record[field].as_u64().expect("a class") as usize];
    let margin = class("target") - class("label");
    assert!(
        (margin - claimed).abs() <= ROUNDING,
        "margin {margin}, claimed {claimed}"
    );
    assert_eq!(record["status"] == "found", margin > 0.0, "margin {margin}");
}
