//! Matrix products on the calling thread.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};

/// Block sizes of a product. The library uses more threads for a product of `m x k` and `k x n`
/// where `m k + k n` is 2^15 or more; a caller that asks for one thread must get only one.
const ROWS: usize = 64;
const DEPTH: usize = 128;
const COLUMNS: usize = 188;

/// Computes `c = a b`.
///
/// # Panics
/// When the shapes of the matrices do not match.
pub fn multiply(a: &ArrayView2<f64>, b: &ArrayView2<f64>, c: &mut ArrayViewMut2<f64>) {
    if a.nrows() == 1 {
        return multiply_row(a, b, c);
    }
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

/// Computes `c = a b` for a single row, along the direction in which `b` is contiguous in memory.
fn multiply_row(a: &ArrayView2<f64>, b: &ArrayView2<f64>, c: &mut ArrayViewMut2<f64>) {
    let (a, mut c) = (a.row(0), c.row_mut(0));
    if b.strides()[0] == 1 {
        for (c, column) in c.iter_mut().zip(b.columns()) {
            *c = a.dot(&column);
        }
    } else {
        c.fill(0.0);
        for (a, row) in a.iter().zip(b.rows()) {
            if *a != 0.0 {
                c.scaled_add(*a, &row);
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
        for (m, k, n) in [
            (1, 1, 1),
            (65, 129, 189),
            (3, 300, 400),
            (130, 5, 2),
            (1, 300, 200),
        ] {
            let a = Array2::from_shape_fn((m, k), |(i, j)| ((i * 7 + j * 3) % 11) as f64 - 5.0);
            let b = Array2::from_shape_fn((k, n), |(i, j)| ((i * 5 + j * 2) % 13) as f64 - 6.0);
            let turned = b.t().as_standard_layout().into_owned();
            for b in [b.view(), turned.t()] {
                let mut c = Array2::from_elem((m, n), f64::NAN);
                multiply(&a.view(), &b, &mut c.view_mut());
                assert_eq!(c, a.dot(&b));
            }
        }
    }
}
