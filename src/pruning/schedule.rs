//! A pruning rate spread over rounds.

/// The rates after each of `rounds` rounds: `1 - (1 - rate)^(k / rounds)` after round `k`, so that
/// each round removes the same share of what remains; the last is exactly `rate`.
///
/// ```
/// assert_eq!(pipeline::pruning::rates(0.75, 2), [0.5, 0.75]);
/// assert_eq!(pipeline::pruning::rates(0.9, 1), [0.9]);
/// ```
pub fn rates(rate: f64, rounds: usize) -> Vec<f64> {
    let after = |round| match round {
        // The power would give the last rate only up to rounding.
        _ if round == rounds => rate,
        _ => 1.0 - (1.0 - rate).powf(round as f64 / rounds as f64),
    };
    (1..=rounds).map(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_removes_the_same_share() {
        for rate in [0.3, 0.5, 0.8, 0.9, 0.95] {
            let rates = rates(rate, 5);
            assert_eq!(rates.len(), 5);
            assert_eq!(rates[4], rate);
            let mut left = 1.0;
            for rate_now in rates {
                let share = (1.0 - rate_now) / left;
                assert!((share - (1.0 - rate).powf(0.2)).abs() < 1e-12);
                left = 1.0 - rate_now;
            }
        }
    }

    #[test]
    fn five_rounds_to_95_percent() {
        let expected = [0.450720, 0.698291, 0.834277, 0.908972, 0.95];
        for (rate, expected) in rates(0.95, 5).into_iter().zip(expected) {
            assert!((rate - expected).abs() < 1e-6, "{rate} is not {expected}");
        }
    }

    #[test]
    fn no_rounds_no_rates() {
        assert!(rates(0.5, 0).is_empty());
    }
}
