//! Random tiny instances of many kinds: the results of every strategy against the optimum in exact
//! arithmetic.
//!
//! A few of them run with the other tests, thousands with `scripts/random-instances.sh`.

mod case;
mod consecutive;
mod draft;
mod dump;
mod exact;
mod family;
mod rounding;
mod scaling;
mod trial;
mod truth;
mod unstable;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::support::{number_in, print_uncaptured};
use case::{Case, OTHER_REGIONS, WITH_ROWS};
use trial::{Report, run};
use truth::Remark;

/// The instances that run with the other tests: a sample, and those that once exposed faults not covered elsewhere.
const QUICK: u64 = 34;
const ONCE_FAULTY: [u64; 8] = [233, 278, 590, 709, 1218, 1577, 1780, 1881];

/// Set by the script: the number of instances, and the number of the first one.
const COUNT: &str = "PIPELINE_INSTANCES";
const FIRST: &str = "PIPELINE_FIRST";
/// A folder for the instances with faults.
const DUMP: &str = "PIPELINE_DUMP";

#[test]
fn strategies_say_nothing_false_and_leave_nothing_open() {
    let first = number_in(FIRST).unwrap_or(0);
    let numbers: Vec<u64> = match number_in(COUNT) {
        Some(count) => (first..first + count).collect(),
        None => {
            let elsewhere = OTHER_REGIONS..OTHER_REGIONS + QUICK;
            let within_rows = WITH_ROWS..WITH_ROWS + QUICK / 2;
            let all = (0..QUICK).chain(ONCE_FAULTY);
            all.chain(elsewhere).chain(within_rows).collect()
        }
    };
    let count = numbers.len();
    let is_long = is_long();
    let reports = run_all(&numbers, is_long);
    let faults = reports.iter().filter(|report| report.has_fault()).count();
    if let [report] = &reports[..] {
        print_uncaptured(&described(report, |_| true));
    }
    if is_long || faults > 0 {
        print_uncaptured(&summary(&reports));
    }
    if let Ok(folder) = std::env::var(DUMP) {
        for report in reports
            .iter()
            .filter(|report| report.has_fault() || count == 1)
        {
            dump::dump(&report.case, Path::new(&folder));
        }
    }
    assert_eq!(
        faults, 0,
        "{faults} of {count} instances have faults; scripts/random-instances.sh 1 NUMBER repeats one"
    );
}

/// Runs the instances on all cores.
fn run_all(numbers: &[u64], is_long: bool) -> Vec<Report> {
    let (next, count) = (AtomicUsize::new(0), numbers.len());
    let reports = Mutex::new(Vec::new());
    let (started, reported) = (Instant::now(), Mutex::new(Instant::now()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) else {
                        return;
                    };
                    let report = run(*number);
                    if report.has_fault() && is_long {
                        print_uncaptured(&described(&report, Remark::is_fault));
                    }
                    reports.lock().unwrap().push(report);
                    let mut reported = reported.lock().unwrap();
                    if is_long && reported.elapsed().as_secs() >= 10 {
                        *reported = Instant::now();
                        let done = reports.lock().unwrap().len();
                        let seconds = started.elapsed().as_secs();
                        print_uncaptured(&format!("{done} of {count} instances in {seconds} s"));
                    }
                }
            });
        }
    });
    let mut reports = reports.into_inner().unwrap();
    reports.sort_by_key(|report| report.case.index);
    reports
}

/// Describes the instance, with those of its remarks for which `worth` is true.
fn described(report: &Report, worth: impl Fn(Remark) -> bool) -> String {
    let case = &report.case;
    let mut text = format!(
        "{} {:?} {:?} {} unstable, {}",
        case.index,
        case.family,
        case.network.sizes(),
        case.unstable,
        if case.instance.is_decision() {
            "verify"
        } else {
            "maximize"
        }
    );
    for (name, remark, detail) in report.remarks.iter().filter(|(_, r, _)| worth(*r)) {
        text.push_str(&format!("\n    {name}: {remark:?}: {detail}"));
    }
    text
}

/// Lists every kind of remark with the numbers of its instances, then each family's share of faults.
fn summary(reports: &[Report]) -> String {
    let mut kinds: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    let mut families: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    for report in reports {
        for (name, remark, _) in &report.remarks {
            let strategy = name.split('/').next().expect("a strategy").to_owned();
            let instances = kinds.entry((*remark, strategy)).or_default();
            if instances.last() != Some(&report.case.index) {
                instances.push(report.case.index);
            }
        }
        let family = families.entry(report.case.family).or_default();
        family.0 += usize::from(report.has_fault());
        family.1 += 1;
    }
    let mut text = String::new();
    for ((remark, strategy), instances) in kinds {
        let mark = if remark.is_fault() { "FAULT" } else { "note" };
        let few: Vec<_> = instances.iter().take(40).map(u64::to_string).collect();
        let count = instances.len();
        text.push_str(&format!(
            "{mark} {remark:?} {strategy}: {count}: {}\n",
            few.join(" ")
        ));
    }
    for (family, (faults, all)) in families {
        text.push_str(&format!("{family:?}: {faults} of {all} with a fault\n"));
    }
    let sum = |i: usize| reports.iter().map(|report| report.seconds[i]).sum::<f64>();
    let longest = reports
        .iter()
        .max_by(|a, b| a.seconds[0].total_cmp(&b.seconds[0]));
    let longest = longest.map_or((0, 0.0), |report| (report.case.index, report.seconds[0]));
    text.push_str(&format!(
        "{} instances, {} with a fault; {:.0} s for optima (at most {:.1}, of {}), {:.0} s for strategies",
        reports.len(),
        reports.iter().filter(|report| report.has_fault()).count(),
        sum(0),
        longest.1,
        longest.0,
        sum(1),
    ));
    text
}

/// The instances have their intended properties.
#[test]
fn instances_are_of_many_kinds() {
    let cases: Vec<Case> = (0..102).map(Case::new).collect();
    assert!(
        cases
            .iter()
            .all(|case| case.unstable <= case::MOST_UNSTABLE)
    );
    let many = cases
        .iter()
        .filter(|case| case.unstable > case::ENUMERATED)
        .count();
    let verifications = cases
        .iter()
        .filter(|case| case.instance.is_decision())
        .count();
    assert!(
        (15..=50).contains(&many),
        "{many} with many unstable neurons"
    );
    assert!(
        (30..=75).contains(&verifications),
        "{verifications} verifications"
    );
    let again = Case::new(cases[100].index);
    assert_eq!(again.network, cases[100].network);
    assert_eq!(again.instance, cases[100].instance);
}

/// Whether the script runs the test; it has more time.
fn is_long() -> bool {
    number_in(COUNT).is_some()
}
