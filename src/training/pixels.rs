//! Products of a batch of images with matrices on the processor, over the pixels that are not
//! black: four of five pixels of a handwritten digit are.
//!
//! All sums are taken in the order of the pixels or of the images, without fused multiplications,
//! so that the processor's vector width does not show in the result.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::dataset::Split;

/// The pixels of a batch that are not black, pixel by pixel (a sparse matrix by columns).
pub struct LitPixels {
    images: usize,
    /// Entries of pixel p: `starts[p]..starts[p + 1]`.
    starts: Vec<usize>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    /// Place in the batch.
    image: u32,
    /// Pixel / 255.
    value: f32,
}

impl LitPixels {
    /// Of the images at these indices of the data.
    pub fn of(data: &Split, images: impl ExactSizeIterator<Item = usize> + Clone) -> Self {
        let pixels = data.side() * data.side();
        let image = |index: usize| &data.images()[index * pixels..(index + 1) * pixels];
        // Two places beyond the counts, so that after the sum `starts[p + 1]` is where pixel p
        // begins, and after the filling where it ends.
        let mut starts = vec![0; pixels + 2];
        for index in images.clone() {
            for (count, &byte) in starts[2..].iter_mut().zip(image(index)) {
                *count += usize::from(byte != 0);
            }
        }
        for pixel in 2..starts.len() {
            starts[pixel] += starts[pixel - 1];
        }
        let mut entries = vec![Entry::default(); starts[pixels + 1]];
        let count = images.len();
        for (place, index) in images.enumerate() {
            for (next, &byte) in starts[1..].iter_mut().zip(image(index)) {
                if byte != 0 {
                    entries[*next] = Entry {
                        image: place as u32,
                        value: f32::from(byte) / 255.0,
                    };
                    *next += 1;
                }
            }
        }
        starts.pop();
        Self {
            images: count,
            starts,
            entries,
        }
    }

    pub fn images(&self) -> usize {
        self.images
    }

    pub fn pixels(&self) -> usize {
        self.starts.len() - 1
    }

    /// Adds the images (images x pixels) times `matrix` (pixels x width) to `sums` (images x
    /// width).
    pub fn add_product(&self, matrix: &[f32], sums: &mut [f32]) {
        let width = sums.len() / self.images;
        for columns in blocks(width) {
            Arch::new().dispatch(Product {
                lit: self,
                matrix,
                width,
                columns,
                sums,
            });
        }
    }

    /// The transposed images (pixels x images) times `matrix` (images x width), written to `out`
    /// (pixels x width).
    pub fn transposed_product(&self, matrix: &[f32], out: &mut [f32]) {
        let width = matrix.len() / self.images;
        for columns in blocks(width) {
            Arch::new().dispatch(TransposedProduct {
                lit: self,
                matrix,
                width,
                columns,
                out,
            });
        }
    }

    #[inline(always)]
    fn entries(&self, pixel: usize) -> &[Entry] {
        &self.entries[self.starts[pixel]..self.starts[pixel + 1]]
    }
}

/// Some columns of [`LitPixels::add_product`], in the widest vectors of the processor.
struct Product<'a> {
    lit: &'a LitPixels,
    matrix: &'a [f32],
    width: usize,
    columns: Range<usize>,
    sums: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.columns.len() {
            64 => self.of_columns::<64>(),
            16 => self.of_columns::<16>(),
            _ => self.of_columns::<1>(),
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn of_columns<const W: usize>(self) {
        let (width, at) = (self.width, self.columns.start);
        for pixel in 0..self.lit.pixels() {
            let row = *row::<W>(self.matrix, pixel * width + at);
            for entry in self.lit.entries(pixel) {
                let sums = row_mut::<W>(self.sums, entry.image as usize * width + at);
                for (sum, weight) in sums.iter_mut().zip(&row) {
                    *sum += entry.value * weight;
                }
            }
        }
    }
}

/// Some columns of [`LitPixels::transposed_product`], in the widest vectors of the processor.
struct TransposedProduct<'a> {
    lit: &'a LitPixels,
    matrix: &'a [f32],
    width: usize,
    columns: Range<usize>,
    out: &'a mut [f32],
}

impl WithSimd for TransposedProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.columns.len() {
            64 => self.of_columns::<64>(),
            16 => self.of_columns::<16>(),
            _ => self.of_columns::<1>(),
        }
    }
}

impl TransposedProduct<'_> {
    #[inline(always)]
    fn of_columns<const W: usize>(self) {
        let (width, at) = (self.width, self.columns.start);
        for pixel in 0..self.lit.pixels() {
            let mut sums = [0.0; W];
            for entry in self.lit.entries(pixel) {
                let row = row::<W>(self.matrix, entry.image as usize * width + at);
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += entry.value * value;
                }
            }
            *row_mut(self.out, pixel * width + at) = sums;
        }
    }
}

/// Cuts columns into blocks of 64 (eight AVX registers), 16 and 1.
fn blocks(width: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let size = [64, 16, 1].into_iter().find(|size| at + size <= width)?;
        at += size;
        Some(at - size..at)
    })
}

#[inline(always)]
fn row<const W: usize>(values: &[f32], at: usize) -> &[f32; W] {
    values[at..]
        .first_chunk()
        .expect("matrices have whole rows")
}

#[inline(always)]
fn row_mut<const W: usize>(values: &mut [f32], at: usize) -> &mut [f32; W] {
    values[at..]
        .first_chunk_mut()
        .expect("matrices have whole rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_all_pixels() {
        let mut word: u32 = 7;
        let mut draw = || {
            word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            word >> 24
        };
        let side = 3;
        let images: Vec<u8> = (0..5 * 9)
            .map(|_| if draw() < 160 { 0 } else { draw() as u8 })
            .collect();
        let data = Split::new(side, images, vec![0; 5]);
        let chosen = [4, 0, 3];
        let lit = LitPixels::of(&data, chosen.into_iter());
        for width in [1, 7, 16, 64, 100] {
            let mut matrix = |rows: usize| -> Vec<f32> {
                (0..rows * width).map(|_| draw() as f32 - 128.0).collect()
            };
            let (weights, deltas) = (matrix(9), matrix(3));
            let mut sums = vec![1.0; 3 * width];
            lit.add_product(&weights, &mut sums);
            let mut transposed = vec![f32::NAN; 9 * width];
            lit.transposed_product(&deltas, &mut transposed);
            let close = |found: f32, expected: f64| (f64::from(found) - expected).abs() < 1e-3;
            for column in 0..width {
                for (place, &image) in chosen.iter().enumerate() {
                    let input = data.input(image);
                    let terms = (0..9).map(|p| input[p] * f64::from(weights[p * width + column]));
                    assert!(close(
                        sums[place * width + column],
                        1.0 + terms.sum::<f64>()
                    ));
                }
                for pixel in 0..9 {
                    let term = |place: usize| {
                        data.input(chosen[place])[pixel] * f64::from(deltas[place * width + column])
                    };
                    let expected = (0..3).map(term).sum();
                    assert!(close(transposed[pixel * width + column], expected));
                }
            }
        }
    }
}
