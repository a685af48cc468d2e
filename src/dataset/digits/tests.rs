use sha2::{Digest, Sha256};

use super::*;

#[test]
fn the_bytes_are_the_same_everywhere() {
    let digits = draw();
    let mut sum = Sha256::new();
    for split in [&digits.train, &digits.test] {
        sum.update(split.images());
        sum.update(split.labels());
    }
    let sum: String = sum
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        sum,
        "835dfd66466eedc945ac84d607ec333a910ec2e4b5033296ab8667a1037b7b2d"
    );
}

#[test]
fn classes_are_balanced_and_mixed() {
    let digits = draw();
    for (split, count) in [(&digits.train, 10_000), (&digits.test, 2_000)] {
        assert_eq!(split.len(), count);
        for class in 0..10 {
            let of_class = |labels: &[u8]| labels.iter().filter(|&&label| label == class).count();
            assert_eq!(of_class(split.labels()), count / 10);
            assert!((10..90).contains(&of_class(&split.labels()[..400])));
        }
    }
    assert_ne!(digits.train.labels()[..2_000], *digits.test.labels());
}

#[test]
fn images_are_distinct_and_have_their_ink_in_the_middle() {
    let digits = draw();
    let splits = [&digits.train, &digits.test];
    let mut images: Vec<&[u8]> = splits
        .iter()
        .flat_map(|split| split.images().chunks(784))
        .collect();
    for image in &images {
        let ink = |bytes: &[u8]| bytes.iter().map(|&byte| u32::from(byte)).sum::<u32>();
        let middle: u32 = image
            .chunks(SIDE)
            .skip(4)
            .take(20)
            .map(|row| ink(&row[4..24]))
            .sum();
        assert!(
            middle > 4_000 && middle * 3 > ink(image) * 2,
            "{middle} of {}",
            ink(image)
        );
    }
    images.sort_unstable();
    assert!(images.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn nearest_means_classify_most_images() {
    // Predicts the class whose mean training image is nearest: a network must do better than this.
    let digits = draw();
    let mut means = vec![vec![0.0f64; 784]; 10];
    for index in 0..digits.train.len() {
        let mean = &mut means[usize::from(digits.train.labels()[index])];
        for (sum, pixel) in mean.iter_mut().zip(digits.train.input(index)) {
            *sum += pixel / 1_000.0;
        }
    }
    let right = (0..digits.test.len()).filter(|&index| {
        let input = digits.test.input(index);
        let distance = |mean: &[f64]| -> f64 {
            mean.iter()
                .zip(&input)
                .map(|(a, b)| (a - b) * (a - b))
                .sum()
        };
        let classes = 0..10;
        let nearest = classes.min_by(|&a, &b| distance(&means[a]).total_cmp(&distance(&means[b])));
        nearest == Some(usize::from(digits.test.labels()[index]))
    });
    let accuracy = right.count() as f64 / digits.test.len() as f64;
    eprintln!("{accuracy}");
    assert!((0.6..0.95).contains(&accuracy), "{accuracy}");
}
