//! Moves labels apart so that they do not overlap.

/// The heights nearest to `wanted` (in least squares) in the same order, at least `distance` apart,
/// from `top` down to `bottom` if all fit.
pub(super) fn moved_apart(wanted: &[f64], distance: f64, (top, bottom): (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    // Without the space of the labels above, heights must only be nondecreasing: those that are not
    // are replaced by their mean.
    let mut groups: Vec<Group> = Vec::new();
    for (position, &index) in order.iter().enumerate() {
        let mut group = Group {
            sum: wanted[index] - position as f64 * distance,
            size: 1,
        };
        while let Some(above) = groups.pop_if(|above| above.mean() > group.mean()) {
            group.sum += above.sum;
            group.size += above.size;
        }
        groups.push(group);
    }
    let last = bottom - distance * (wanted.len() as f64 - 1.0);
    let means = groups
        .iter()
        .flat_map(|group| std::iter::repeat_n(group.mean(), group.size));
    let mut moved = vec![0.0; wanted.len()];
    for (position, (&index, mean)) in order.iter().zip(means).enumerate() {
        moved[index] = mean.min(last).max(top) + position as f64 * distance;
    }
    moved
}

/// Labels that touch.
struct Group {
    sum: f64,
    size: usize,
}

impl Group {
    fn mean(&self) -> f64 {
        self.sum / self.size as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_space_stay_and_others_share_it() {
        let range = (0.0, 100.0);
        assert_eq!(moved_apart(&[10.0, 50.0], 10.0, range), [10.0, 50.0]);
        assert_eq!(moved_apart(&[52.0, 50.0], 10.0, range), [56.0, 46.0]);
        assert_eq!(moved_apart(&[50.0, 50.0], 10.0, range), [45.0, 55.0]);
        assert_eq!(moved_apart(&[0.0, 0.0], 10.0, range), [0.0, 10.0]);
        assert_eq!(moved_apart(&[100.0, 99.0], 10.0, range), [100.0, 90.0]);
        assert!(moved_apart(&[], 10.0, range).is_empty());
    }
}
