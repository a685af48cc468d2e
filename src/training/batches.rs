//! The training images on the device, batch by batch, and the running loss and accuracy.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData, TensorReadError};

use crate::dataset::Split;

/// All images and labels, copied to the device once.
pub struct Images {
    inputs: Tensor<2>,
    labels: Tensor<1, Int>,
}

impl Images {
    /// Images as rows of pixel / 255 in f32 (images x pixels) and their labels.
    pub fn upload(data: &Split, device: &Device) -> Self {
        let scaled: Vec<f32> = data
            .images()
            .iter()
            .map(|&byte| f32::from(byte) / 255.0)
            .collect();
        let labels: Vec<i32> = data
            .labels()
            .iter()
            .map(|&label| i32::from(label))
            .collect();
        let shape = [data.len(), data.side() * data.side()];
        Self {
            inputs: Tensor::from_data(TensorData::new(scaled, shape), device),
            labels: Tensor::from_data(labels.as_slice(), device),
        }
    }

    /// The inputs and labels at a range of positions, in a given order of the images or as stored.
    pub fn batch(
        &self,
        positions: Range<usize>,
        order: Option<&Tensor<1, Int>>,
    ) -> (Tensor<2>, Tensor<1, Int>) {
        let (inputs, labels) = (self.inputs.clone(), self.labels.clone());
        match order {
            None => (inputs.slice([positions.clone()]), labels.slice([positions])),
            Some(order) => {
                let indices = order.clone().slice([positions]);
                (inputs.select(0, indices.clone()), labels.select(0, indices))
            }
        }
    }
}

/// Loss and accuracy of an epoch so far. Sums stay on the device until they are asked for, so
/// that counting a batch does not wait for it.
#[derive(Default)]
pub struct Tally {
    waiting: Option<Tensor<1>>,
    loss: f64,
    correct: f64,
    images: usize,
}

impl Tally {
    /// Adds a batch: its mean loss (one entry), its outputs (batch x classes) and its labels.
    pub fn add(&mut self, loss: Tensor<1>, logits: Tensor<2>, labels: Tensor<1, Int>) {
        let [count] = labels.dims();
        let predicted = logits.argmax(1).squeeze_dim::<1>(1);
        let correct = predicted.equal(labels).int().sum().float();
        let sums = Tensor::cat(vec![loss.mul_scalar(count as f32), correct], 0);
        self.images += count;
        self.waiting = Some(match self.waiting.take() {
            None => sums,
            Some(before) => before + sums,
        });
    }

    /// Mean loss and share of images classified correctly; waits for the device.
    pub fn means(&mut self) -> Result<(f64, f64), TensorReadError> {
        if let Some(sums) = self.waiting.take() {
            let sums = sums.try_into_data_as::<f32>()?;
            let mut sums = sums.iter::<f32>().map(f64::from);
            self.loss += sums.next().unwrap_or(f64::NAN);
            self.correct += sums.next().unwrap_or(f64::NAN);
        }
        let images = self.images as f64;
        Ok((self.loss / images, self.correct / images))
    }
}
