//! Human-readable summary of a solve.

use crate::cli::question::{Question, Verification};
use crate::instance::{Distance, Witness};
use crate::numbers::{Decimals, Shortest};
use crate::search::{SearchResult, Verdict};

/// The verdict, the best input, the dual bound, and the solver's final status.
pub fn summary(question: &Question, findings: &SearchResult) -> String {
    let mut lines = vec![headline(question, findings)];
    if findings.best.as_ref().is_some_and(Witness::is_adversarial)
        && let Some(verification) = &question.verification
        && let Some(class) = question.found_class(findings.best.as_ref())
    {
        lines.push(format!(
            "class of the input    {}",
            class_of(class, verification)
        ));
    }
    if let Some(best) = &findings.best {
        let seconds = findings.seconds_to_best.unwrap_or(findings.seconds_total);
        lines.push(format!(
            "best dense objective  {} after {seconds:.3} s",
            Decimals(best.value, 9)
        ));
    }
    if let Some(bound) = findings.dual_bound {
        lines.push(format!("dual bound            {}", Decimals(bound, 9)));
    }
    let inputs = match findings.candidates.len() {
        1 => String::from("1 input evaluated"),
        inputs => format!("{inputs} inputs evaluated"),
    };
    let effort = format!("{inputs}, {:.3} s in all", findings.seconds_total);
    lines.push(match findings.solver_status {
        Some(status) => format!("solver                {status}; {effort}"),
        None => format!("search                {effort}"),
    });
    let failures = findings.failures.iter();
    lines.extend(failures.map(|failure| {
        format!("failed                {failure}; the rest of the search continued")
    }));
    lines.join("\n")
}

fn headline(question: &Question, findings: &SearchResult) -> String {
    let status = findings.verdict;
    let meaning = match &question.verification {
        Some(verification) => of_verification(verification, findings),
        None => String::from(of_maximization(findings.verdict)),
    };
    format!("{status}: {meaning}")
}

fn of_maximization(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Optimal => "the best input is proved optimal",
        Verdict::Found => "a feasible input, not proved optimal",
        Verdict::NoneExists => "proved that no input satisfies the constraints",
        Verdict::NotFound => "no feasible input was found within the limits",
    }
}

fn of_verification(question: &Verification, findings: &SearchResult) -> String {
    let (label, target) = (question.label, question.target());
    let by = match question.distance {
        Distance::L1 => "",
        Distance::LInfinity => " in L-infinity distance",
        Distance::Rows => " in row distance",
    };
    let is_any = question.targets.len() > 1 && findings.verdict != Verdict::Found;
    let class = match (is_any, question.strict) {
        (true, _) => format!("another class than {label}"),
        (false, true) => format!("class {target}"),
        (false, false) => format!("class {target} rather than {label}"),
    };
    let what = format!(
        "input within {} of {}{by} that is {class}",
        Shortest(question.epsilon),
        question.centre
    );
    match findings.verdict {
        Verdict::Found => format!("an {what}"),
        Verdict::NoneExists => format!("proved that there is no {what}"),
        Verdict::Optimal => match findings.best.as_ref().is_some_and(Witness::is_adversarial) {
            true => format!("an {what}, proved to have the largest margin"),
            false => format!("there is no {what}; the largest margin is proved"),
        },
        _ => format!("neither an {what} nor a proof that there is none"),
    }
}

/// The network's class for an adversarial input. It need not be the target, whose output only exceeds that of the
/// label.
fn class_of(class: usize, question: &Verification) -> String {
    let (label, target) = (question.label, question.target());
    if class == target {
        return class.to_string();
    }
    format!("{class}, neither {target} nor {label}; --strict asks for class {target} itself")
}
