//! Scales images down with antialiasing, for the experiments with small inputs.

use super::error::DatasetError;
use super::{Dataset, Split};

impl Dataset {
    /// Both splits scaled down by [`Split::rescaled`].
    ///
    /// # Errors
    /// When `side` is 0 or larger than the side of the images.
    pub fn rescaled(self, side: usize) -> Result<Self, DatasetError> {
        if side == self.train.side() {
            return Ok(self);
        }
        Ok(Self {
            name: self.name,
            train: self.train.rescaled(side)?,
            test: self.test.rescaled(side)?,
        })
    }
}

impl Split {
    /// The images scaled down to `side` x `side` by antialiased bilinear interpolation of grey
    /// values, equal to Pillow's `Image.resize((side, side), Image.BILINEAR)`.
    ///
    /// # Errors
    /// When `side` is 0 or larger than the side of the images.
    pub fn rescaled(&self, side: usize) -> Result<Self, DatasetError> {
        let refused = DatasetError::Rescale {
            from: self.side(),
            to: side,
        };
        if !(1..=self.side()).contains(&side) {
            return Err(refused);
        }
        let averages = averages(self.side(), side);
        let images = (0..self.len()).flat_map(|index| scaled(self.image(index), &averages));
        Ok(Self::new(side, images.collect(), self.labels().to_vec()))
    }
}

/// Fractional bits of a weight.
const PRECISION: u32 = 22;

/// A pixel of a scaled line as a weighted average of source pixels: the first of them, and integer
/// weights with a sum of about `2^PRECISION`.
struct Average {
    first: usize,
    weights: Vec<u32>,
}

/// The weights of Pillow's bilinear filter, a triangle over the source pixels, as fixed-point
/// numbers. They must match Pillow's exactly: a single pixel that is off by one grey value changes
/// the published optima in the third decimal.
fn averages(from: usize, to: usize) -> Vec<Average> {
    let scale = from as f64 / to as f64;
    let average = |pixel: usize| {
        let centre = (pixel as f64 + 0.5) * scale;
        let first = (centre - scale + 0.5).max(0.0) as usize;
        let end = ((centre + scale + 0.5) as usize).min(from);
        let distance = |source: usize| ((source as f64 - centre + 0.5) / scale).abs();
        let heights: Vec<f64> = (first..end)
            .map(|source| (1.0 - distance(source)).max(0.0))
            .collect();
        let sum: f64 = heights.iter().sum();
        let unit = f64::from(1_u32 << PRECISION);
        let weights = heights
            .iter()
            .map(|height| (height / sum * unit + 0.5) as u32);
        Average {
            first,
            weights: weights.collect(),
        }
    };
    (0..to).map(average).collect()
}

/// Scales a square image: averages its rows, then its columns, rounding to integer grey values each
/// time.
fn scaled(image: &[u8], averages: &[Average]) -> Vec<u8> {
    let from = image.len().isqrt();
    let to = averages.len();
    let of_rows: Vec<u8> = image
        .chunks(from)
        .flat_map(|row| {
            averages
                .iter()
                .map(|average| average.of(|source| row[source]))
        })
        .collect();
    let columns = |average: &'_ Average| {
        let average = |column| average.of(|source| of_rows[source * to + column]);
        (0..to).map(average).collect::<Vec<u8>>()
    };
    averages.iter().flat_map(columns).collect()
}

impl Average {
    fn of(&self, grey: impl Fn(usize) -> u8) -> u8 {
        let weights = self.weights.iter().enumerate();
        let half = 1_u64 << (PRECISION - 1);
        let sum = weights.fold(half, |sum, (place, weight)| {
            sum + u64::from(*weight) * u64::from(grey(self.first + place))
        });
        u8::try_from(sum >> PRECISION).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::dataset::{DatasetName, Source, load, test_data};

    /// Training image 2732 of MNIST at side 18, by Pillow 13.0.
    #[rustfmt::skip]
    const PILLOW_2732: [u8; 324] = [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 45, 69, 0, 0, 0,
        0, 0, 0, 1, 61, 132, 20, 0, 0, 0, 0, 0, 18, 165, 170, 0, 0, 0,
        0, 0, 0, 6, 133, 235, 103, 6, 0, 0, 0, 0, 69, 235, 172, 0, 0, 0,
        0, 0, 0, 20, 177, 252, 141, 11, 0, 0, 0, 0, 124, 248, 166, 0, 0, 0,
        0, 0, 0, 43, 217, 249, 131, 9, 0, 0, 0, 7, 162, 247, 113, 0, 0, 0,
        0, 0, 0, 83, 243, 228, 66, 1, 0, 0, 0, 14, 199, 242, 80, 0, 0, 0,
        0, 0, 0, 112, 249, 202, 17, 4, 4, 8, 21, 59, 216, 242, 118, 0, 0, 0,
        0, 0, 0, 166, 251, 219, 84, 100, 108, 123, 178, 212, 248, 233, 87, 0, 0, 0,
        0, 0, 0, 174, 252, 251, 235, 249, 253, 253, 234, 188, 230, 190, 26, 0, 0, 0,
        0, 0, 0, 168, 251, 252, 252, 252, 243, 212, 100, 31, 164, 207, 33, 0, 0, 0,
        0, 0, 0, 71, 197, 199, 126, 121, 80, 37, 5, 0, 124, 209, 34, 0, 0, 0,
        0, 0, 0, 1, 26, 36, 3, 3, 1, 0, 0, 0, 73, 207, 34, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 48, 205, 34, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 85, 14, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    /// A synthetic image at side 14, by Pillow 13.0.
    const PILLOW_MADE_UP: &str = "47c6105f1680ebf4602a3ef35a52d2728596399ae8b2537551fcabf9485dbd93";
    /// Training image 15715 of MNIST at side 18, by Pillow 13.0.
    const PILLOW_15715: &str = "cff5c687d04cfe21ba67986a540277f7e95991824506587a098688c8df39485a";

    fn made_up() -> Split {
        let grey = |x: u32, y: u32| (7 * y * y + 13 * x * x + 29 * x * y + 11 * x + 5 * y) % 256;
        let row = |y| (0..28).map(move |x| grey(x, y) as u8);
        Split::new(28, (0..28).flat_map(row).collect(), vec![3])
    }

    fn sum(bytes: &[u8]) -> String {
        let sum = Sha256::digest(bytes);
        sum.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn halves_as_pillow_does() {
        let half = made_up().rescaled(14).unwrap();
        assert_eq!((half.side(), half.labels()), (14, &[3][..]));
        assert_eq!(sum(half.images()), PILLOW_MADE_UP);
    }

    #[test]
    fn scales_digits_as_pillow_does() {
        let Some(folder) = test_data::folder() else {
            return;
        };
        let mnist = load(DatasetName::Mnist, &Source::Directory(folder), &mut |_| {}).unwrap();
        let small = mnist.train.rescaled(18).unwrap();
        assert_eq!(small.labels(), mnist.train.labels());
        assert_eq!(sum(small.image(15715)), PILLOW_15715);
        assert_eq!(small.image(2732), PILLOW_2732);
    }

    #[test]
    fn keeps_images_of_the_right_side_and_uniform_ones() {
        assert_eq!(made_up().rescaled(28).unwrap(), made_up());
        let grey = Split::new(28, vec![200; 28 * 28], vec![0]);
        for side in 1..=28 {
            let scaled = grey.rescaled(side).unwrap();
            assert_eq!(scaled.images(), vec![200; side * side]);
        }
    }

    #[test]
    fn refuses_side_zero_and_larger_sides() {
        for side in [0, 29, usize::MAX] {
            let error = made_up().rescaled(side).unwrap_err().to_string();
            assert!(
                error.contains(&format!("to side {side}, expected 1 to 28")),
                "{error}"
            );
        }
    }
}
