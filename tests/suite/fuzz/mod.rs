//! Broken input of every kind: no panic, no hang, bounded memory, a documented exit status.
//!
//! Each kind runs for a few seconds with the other tests, and longer with `scripts/fuzz.sh`. A case
//! depends only on its kind and number; the order of cases is fixed.

mod child;
mod files;
mod lines;
mod mutation;
mod problems;
mod records;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::support::{number_in, print_uncaptured};

/// Set by the script: seconds for all kinds together, and the number of the first case.
const SECONDS: &str = "PIPELINE_FUZZ_SECONDS";
const FIRST: &str = "PIPELINE_FUZZ_FIRST";
const DEFAULT_SECONDS: u64 = 60;
const KINDS: u64 = 8;

/// Seconds after which a case hangs: more than `child::SECONDS`, after which the program is killed.
const HANG: u64 = 90;
/// Failing cases after which a kind's test ends.
const ENOUGH: usize = 5;

/// Runs cases of a kind until its time is over. `case` gets a random generator and a file for its input, and
/// returns whether the input was accepted, or the fault; panics are caught here.
fn fuzz(kind: &str, mut case: impl FnMut(&mut ChaCha8Rng, &Path) -> Result<bool, String>) {
    let seconds = number_in(SECONDS).unwrap_or(DEFAULT_SECONDS) as f64 / KINDS as f64;
    let first = number_in(FIRST).unwrap_or(0);
    let folder = folder();
    let current = folder.join(format!("{kind}-current"));
    let watch = Watch::over(kind, &current);
    let started = Instant::now();
    let mut failures = Vec::new();
    let (mut count, mut accepted) = (0, 0);
    // At least one case: with no time, only the first is repeated.
    while (count == 0 || started.elapsed().as_secs_f64() < seconds) && failures.len() < ENOUGH {
        let number = first + count;
        count += 1;
        watch.begin(number);
        let mut rng = ChaCha8Rng::seed_from_u64(number);
        let result = catch_unwind(AssertUnwindSafe(|| case(&mut rng, &current)));
        watch.end();
        let complaint = match result {
            Ok(Ok(is_accepted)) => {
                accepted += usize::from(is_accepted);
                continue;
            }
            Ok(Err(complaint)) => complaint,
            Err(panic) => format!("panicked: {}", message(&*panic)),
        };
        let kept = folder.join(format!("{kind}-{number}"));
        fs::copy(&current, &kept).expect("a copy of the case");
        failures.push(format!("case {number} ({}): {complaint}", kept.display()));
    }
    print_uncaptured(&format!(
        "fuzz {kind}: {count} cases in {:.0} s, {accepted} accepted",
        started.elapsed().as_secs_f64()
    ));
    assert!(
        failures.is_empty(),
        "{kind}: {}\nscripts/fuzz.sh 0 NUMBER repeats one",
        failures.join("\n")
    );
}

/// Aborts the test process when a case hangs: a thread cannot be stopped from outside.
struct Watch {
    started: std::sync::Arc<Mutex<Option<(u64, Instant)>>>,
}

impl Watch {
    fn over(kind: &str, current: &Path) -> Self {
        let started = std::sync::Arc::new(Mutex::new(None::<(u64, Instant)>));
        let weak = std::sync::Arc::downgrade(&started);
        let (kind, current) = (kind.to_owned(), current.to_owned());
        std::thread::spawn(move || {
            while let Some(started) = weak.upgrade() {
                let running = *started.lock().unwrap();
                drop(started);
                if let Some((number, since)) = running
                    && since.elapsed().as_secs() > HANG
                {
                    let file = current.display();
                    print_uncaptured(&format!(
                        "fuzz {kind}: case {number} ({file}) runs for {HANG} s"
                    ));
                    std::process::abort();
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Self { started }
    }

    fn begin(&self, number: u64) {
        *self.started.lock().unwrap() = Some((number, Instant::now()));
    }

    fn end(&self) {
        *self.started.lock().unwrap() = None;
    }
}

/// Where the current case and failed cases are kept.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "without a message".to_owned())
}
