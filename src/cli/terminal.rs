//! Progress on stderr: a bar with the time left on a terminal, plain lines otherwise.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::tell;

/// Interval between two redraws on a terminal.
const TICK: Duration = Duration::from_millis(200);
/// Least interval between two plain lines, absolute and as a share of the elapsed time, to keep the logs of long
/// runs short.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
const LINE_SHARE: f64 = 0.02;

/// A duration in words: `45s`, `1h 2m 3s`.
pub fn in_words(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds.round());
    whole.map_or_else(
        |_| String::from("forever"),
        |whole| humantime::format_duration(whole).to_string(),
    )
}

/// The progress display of one long task.
pub struct Meter {
    name: String,
    bar: Option<ProgressBar>,
    total: u64,
    started: Instant,
    last_line: Instant,
}

impl Meter {
    /// A task of `total` steps.
    pub fn new(name: &str, total: u64) -> Self {
        // Indicatif's own estimate of the time left depends only on the last seconds.
        let template = "{prefix} [{bar:32}] {percent:>3}% {msg}";
        let style = ProgressStyle::with_template(template).map(|style| style.progress_chars("=> "));
        Self::start(name, total, ProgressBar::new(total), style)
    }

    /// A task of unknown length.
    pub fn endless(name: &str) -> Self {
        let style = ProgressStyle::with_template("{prefix} {spinner} {elapsed} {msg}");
        Self::start(name, 0, ProgressBar::new_spinner(), style)
    }

    fn start(
        name: &str,
        total: u64,
        bar: ProgressBar,
        style: Result<ProgressStyle, indicatif::style::TemplateError>,
    ) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            };
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        if bar.is_none() {
            tell(name);
        }
        let now = Instant::now();
        Self {
            name: name.to_owned(),
            bar,
            total,
            started: now,
            last_line: now,
        }
    }

    /// Corrects the number of steps.
    pub fn set_total(&mut self, total: u64) {
        self.total = total;
        if let Some(bar) = &self.bar {
            bar.set_length(total);
        }
    }

    /// Updates the position and its message.
    pub fn set(&mut self, position: u64, message: &str) {
        let Some(bar) = &self.bar else {
            if self.last_line.elapsed() >= self.line_interval() {
                self.last_line = Instant::now();
                tell(&self.line(position, message));
            }
            return;
        };
        if self.total > 0 {
            bar.set_position(position);
            let seconds = self.started.elapsed().as_secs_f64();
            let times = times(position, self.total, seconds);
            bar.set_message(format!("{message} {times}"));
        } else {
            bar.set_message(message.to_owned());
        }
    }

    fn line(&self, position: u64, message: &str) -> String {
        let (name, seconds) = (&self.name, self.started.elapsed().as_secs_f64());
        if self.total > 0 {
            let percent = 100.0 * position as f64 / self.total as f64;
            let times = times(position, self.total, seconds);
            format!("{name}: {percent:.0}% {message} {times}")
        } else {
            format!("{name}: {} {message}", in_words(seconds))
        }
    }

    fn line_interval(&self) -> Duration {
        LINE_INTERVAL.max(self.started.elapsed().mul_f64(LINE_SHARE))
    }

    /// Prints a line that stays.
    pub fn print_line(&self, line: &str) {
        self.hidden(|| tell(line));
    }

    /// Runs `write`, which prints to the terminal, while the bar is hidden.
    pub fn hidden<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The elapsed time and, after the first step, the time left at the same pace.
fn times(position: u64, total: u64, seconds: f64) -> String {
    let elapsed = in_words(seconds);
    if position == 0 {
        return format!("({elapsed} elapsed)");
    }
    let left = seconds * total.saturating_sub(position) as f64 / position as f64;
    format!("({elapsed} elapsed, {} left)", in_words(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_the_same_pace() {
        assert_eq!(times(0, 10, 7.0), "(7s elapsed)");
        assert_eq!(times(2, 10, 60.0), "(1m elapsed, 4m left)");
        assert_eq!(times(10, 10, 60.0), "(1m elapsed, 0s left)");
    }
}
