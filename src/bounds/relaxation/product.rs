//! Products of matrices in the thread that asks for them.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};

/// Sides of the blocks that are multiplied at a time. The library takes further threads for a product of
/// `m x k` and `k x n` where `m k + k n` is 2^15 or more, and whoever asks for one thread means one.
const ROWS: usize = 64;
const DEPTH: usize = 128;
const COLUMNS: usize = 188;

/// `c = a b`.
pub(super) fn multiply(a: &ArrayView2<f64>, b: &ArrayView2<f64>, c: &mut ArrayViewMut2<f64>) {
    for (a, mut c) in a
        .axis_chunks_iter(Axis(0), ROWS)
        .zip(c.axis_chunks_iter_mut(Axis(0), ROWS))
    {
        let columns = b.axis_chunks_iter(Axis(1), COLUMNS);
        for (b, mut c) in columns.zip(c.axis_chunks_iter_mut(Axis(1), COLUMNS)) {
            let depths = a.axis_chunks_iter(Axis(1), DEPTH);
            for (index, (a, b)) in depths.zip(b.axis_chunks_iter(Axis(0), DEPTH)).enumerate() {
                let keep = if index == 0 { 0.0 } else { 1.0 };
                general_mat_mul(1.0, &a, &b, keep, &mut c);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn blocks_make_up_the_product() {
        for (m, k, n) in [(1, 1, 1), (65, 129, 189), (3, 300, 400), (130, 5, 2)] {
            let a = Array2::from_shape_fn((m, k), |(i, j)| ((i * 7 + j * 3) % 11) as f64 - 5.0);
            let b = Array2::from_shape_fn((k, n), |(i, j)| ((i * 5 + j * 2) % 13) as f64 - 6.0);
            let mut c = Array2::from_elem((m, n), f64::NAN);
            multiply(&a.view(), &b.view(), &mut c.view_mut());
            assert_eq!(c, a.dot(&b));
        }
    }
}
