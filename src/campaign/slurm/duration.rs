//! Durations in the formats of Slurm.

use std::time::Duration;

use thiserror::Error;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Error for a text that is not a duration.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error(
    "{0:?} is not a Slurm duration, expected MINUTES, MINUTES:SECONDS, HOURS:MINUTES:SECONDS, \
     DAYS-HOURS, DAYS-HOURS:MINUTES or DAYS-HOURS:MINUTES:SECONDS, greater than zero"
)]
pub struct InvalidDuration(String);

/// Parses a duration in any of the formats of `sbatch --time`.
///
/// # Errors
/// When the text has none of these formats, or is zero, which Slurm treats as no limit.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    seconds(text)
        .filter(|&seconds| seconds > 0)
        .map(Duration::from_secs)
        .ok_or_else(|| InvalidDuration(text.to_owned()))
}

fn seconds(text: &str) -> Option<u64> {
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(number(days)?), rest),
        None => (None, text),
    };
    let parts: Vec<u64> = rest.split(':').map(number).collect::<Option<_>>()?;
    let units: &[u64] = match (days, parts.len()) {
        (None, 1 | 2) => &[MINUTE, 1],
        (None, 3) | (Some(_), 1..=3) => &[HOUR, MINUTE, 1],
        _ => return None,
    };
    let mut total = days.unwrap_or(0).checked_mul(DAY)?;
    for (part, unit) in parts.iter().zip(units) {
        total = total.checked_add(part.checked_mul(*unit)?)?;
    }
    Some(total)
}

/// Digits only: `parse` would also accept a sign.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// `D-HH:MM:SS`, rounded up to whole minutes, which are Slurm's resolution.
pub(super) fn in_days(duration: Duration) -> String {
    let minutes = duration.as_secs_f64().max(1.0) / MINUTE as f64;
    let minutes = minutes.ceil() as u64;
    let (days, hours) = (minutes / (24 * 60), minutes / 60 % 24);
    format!("{days}-{hours:02}:{:02}:00", minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_slurm_is_read() {
        for (text, expected) in [
            ("30", 30 * MINUTE),
            ("30:15", 30 * MINUTE + 15),
            ("2:30:15", 2 * HOUR + 30 * MINUTE + 15),
            ("1-2", DAY + 2 * HOUR),
            ("1-2:30", DAY + 2 * HOUR + 30 * MINUTE),
            ("1-02:30:15", DAY + 2 * HOUR + 30 * MINUTE + 15),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_secs(expected)),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "0",
            "0-0",
            "1h",
            "-1",
            "+5",
            "1-",
            "1:2:3:4",
            "1-2-3",
            "1.5",
            " 5",
            "99999999999999999999",
            "9999999999999999999-0",
        ] {
            assert!(parse_duration(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn durations_are_rounded_up_to_minutes() {
        for (seconds, expected) in [
            (0.0, "0-00:01:00"),
            (60.0, "0-00:01:00"),
            (60.5, "0-00:02:00"),
            (3600.0, "0-01:00:00"),
            (90061.0, "1-01:02:00"),
        ] {
            assert_eq!(in_days(Duration::from_secs_f64(seconds)), expected);
        }
    }
}
