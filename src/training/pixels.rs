//! Products of a batch of images with matrices on the CPU, over the pixels that are not black: four
//! of five pixels of a handwritten digit are black.
//!
//! All sums are taken in a fixed order and without fused multiplications, so that the
//! result does not depend on the vector width of the CPU.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::dataset::Split;

/// The pixels of all images that are not black, by pairs of neighbouring pixels: mostly both of a
/// pair are lit.
pub struct LitImages {
    pixels: usize,
    /// Of image i: `pairs[starts[i]..starts[i + 1]]`, ascending.
    starts: Vec<usize>,
    pairs: Vec<LitPair>,
}

/// The pixels 2 `place` and 2 `place` + 1 of an image, one of which at least is lit.
struct LitPair {
    place: u32,
    bytes: [u8; 2],
}

impl LitImages {
    pub fn of(data: &Split) -> Self {
        let pixels = data.side() * data.side();
        let mut starts = vec![0];
        let mut pairs = Vec::new();
        for image in data.images().chunks_exact(pixels) {
            for (place, pair) in (0..).zip(image.chunks(2)) {
                let bytes = [pair[0], pair.get(1).copied().unwrap_or(0)];
                if bytes != [0, 0] {
                    pairs.push(LitPair { place, bytes });
                }
            }
            starts.push(pairs.len());
        }
        Self {
            pixels,
            starts,
            pairs,
        }
    }

    fn pairs(&self, image: usize) -> &[LitPair] {
        &self.pairs[self.starts[image]..self.starts[image + 1]]
    }

    /// The batch of the images at these indices.
    pub fn batch(&self, images: impl ExactSizeIterator<Item = usize> + Clone) -> LitPixels {
        let pairs = self.pixels.div_ceil(2);
        // Two places beyond the counts, so that after the sum `starts[p + 1]` is where pair p
        // begins, and after the filling where it ends.
        let mut starts = vec![0; pairs + 2];
        for pair in images.clone().flat_map(|image| self.pairs(image)) {
            starts[pair.place as usize + 2] += 1;
        }
        for pair in 2..starts.len() {
            starts[pair] += starts[pair - 1];
        }
        let mut entries = vec![Entry::default(); starts[pairs + 1]];
        let count = images.len();
        for (place, image) in (0..).zip(images) {
            for pair in self.pairs(image) {
                let next = &mut starts[pair.place as usize + 1];
                entries[*next] = Entry {
                    image: place,
                    values: pair.bytes.map(|byte| f32::from(byte) / 255.0),
                };
                *next += 1;
            }
        }
        starts.pop();
        LitPixels {
            images: count,
            pixels: self.pixels,
            starts,
            entries,
        }
    }
}

/// The pixels of a batch that are not black, by pairs: a row of sums is then read and written once
/// for both of a pair.
pub struct LitPixels {
    images: usize,
    pixels: usize,
    /// Entries of the pixels 2p and 2p + 1: `starts[p]..starts[p + 1]`.
    starts: Vec<usize>,
    entries: Vec<Entry>,
}

/// A pair of which one pixel at least is lit.
#[derive(Clone, Copy, Default)]
struct Entry {
    /// Place in the batch.
    image: u32,
    /// Pixels / 255.
    values: [f32; 2],
}

impl LitPixels {
    pub fn images(&self) -> usize {
        self.images
    }

    pub fn pixels(&self) -> usize {
        self.pixels
    }

    /// All pixels / 255 (images x pixels).
    pub fn rows(&self) -> Vec<f32> {
        let mut rows = vec![0.0; self.images * self.pixels];
        for pair in 0..self.pixels.div_ceil(2) {
            let pixels = 2 * pair..self.pixels.min(2 * pair + 2);
            for entry in self.entries(pair) {
                let start = entry.image as usize * self.pixels;
                let row = &mut rows[start + pixels.start..start + pixels.end];
                row.copy_from_slice(&entry.values[..pixels.len()]);
            }
        }
        rows
    }

    /// Adds the images (images x pixels) times `matrix` (pixels x width) to `sums` (images x
    /// width).
    pub fn add_product(&self, matrix: &[f32], sums: &mut [f32]) {
        self.multiply(Order::Plain, matrix, sums, sums.len() / self.images);
    }

    /// The transposed images (pixels x images) times `matrix` (images x width), written to `out`
    /// (pixels x width).
    pub fn transposed_product(&self, matrix: &[f32], out: &mut [f32]) {
        self.multiply(Order::Transposed, matrix, out, matrix.len() / self.images);
    }

    fn multiply(&self, order: Order, matrix: &[f32], out: &mut [f32], width: usize) {
        for columns in blocks(width) {
            Arch::new().dispatch(Product {
                lit: self,
                order,
                matrix,
                width,
                columns,
                out,
            });
        }
    }

    #[inline(always)]
    fn entries(&self, pair: usize) -> &[Entry] {
        &self.entries[self.starts[pair]..self.starts[pair + 1]]
    }
}

/// Whether the images or the transposed images are multiplied.
#[derive(Clone, Copy)]
enum Order {
    Plain,
    Transposed,
}

/// Some columns of a product, in the widest vectors of the CPU.
struct Product<'a> {
    lit: &'a LitPixels,
    order: Order,
    matrix: &'a [f32],
    width: usize,
    columns: Range<usize>,
    out: &'a mut [f32],
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
        match self.order {
            Order::Plain => self.plain::<W>(),
            Order::Transposed => self.transposed::<W>(),
        }
    }

    #[inline(always)]
    fn plain<const W: usize>(self) {
        let (width, at) = (self.width, self.columns.start);
        for pair in 0..self.lit.pixels.div_ceil(2) {
            let first = *row::<W>(self.matrix, 2 * pair * width + at);
            let second = if 2 * pair + 1 < self.lit.pixels {
                *row::<W>(self.matrix, (2 * pair + 1) * width + at)
            } else {
                [0.0; W]
            };
            for entry in self.lit.entries(pair) {
                let sums = row_mut::<W>(self.out, entry.image as usize * width + at);
                for (sum, weights) in sums.iter_mut().zip(first.iter().zip(&second)) {
                    *sum += entry.values[0] * weights.0 + entry.values[1] * weights.1;
                }
            }
        }
    }

    #[inline(always)]
    fn transposed<const W: usize>(self) {
        let (width, at) = (self.width, self.columns.start);
        for pair in 0..self.lit.pixels.div_ceil(2) {
            let (mut first, mut second) = ([0.0; W], [0.0; W]);
            for entry in self.lit.entries(pair) {
                let values = row::<W>(self.matrix, entry.image as usize * width + at);
                for (sums, value) in first.iter_mut().zip(&mut second).zip(values) {
                    *sums.0 += entry.values[0] * value;
                    *sums.1 += entry.values[1] * value;
                }
            }
            *row_mut(self.out, 2 * pair * width + at) = first;
            if 2 * pair + 1 < self.lit.pixels {
                *row_mut(self.out, (2 * pair + 1) * width + at) = second;
            }
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
        let lit = LitImages::of(&data).batch(chosen.into_iter());
        let rows = chosen.iter().flat_map(|&image| data.input(image));
        assert!(rows.eq(lit.rows().into_iter().map(f64::from)));
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
