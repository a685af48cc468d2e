//! A solve's result in words.

use crate::cli::question::{ImageFacts, Question};
use crate::instance::{Distance, Labels, Witness};
use crate::numbers::{Decimals, Shortest};
use crate::search::{Findings, Verdict};

/// The verdict, the best input and the bound, and how the solver ended.
pub fn summary(question: &Question, findings: &Findings) -> String {
    let mut lines = vec![headline(question, findings)];
    if findings.best.as_ref().is_some_and(Witness::is_adversarial)
        && let Some(image) = &question.image
        && let Some(class) = question.found_class(findings.best.as_ref())
    {
        lines.push(format!("class of the input    {}", class_of(class, image)));
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
    lines.extend(
        failures.map(|failure| {
            format!("failed                {failure}; the rest of the search went on")
        }),
    );
    lines.join("\n")
}

fn headline(question: &Question, findings: &Findings) -> String {
    let status = findings.verdict;
    let meaning = match &question.image {
        Some(image) => of_verification(image, findings),
        None => String::from(of_maximization(findings.verdict)),
    };
    format!("{status}: {meaning}")
}

fn of_maximization(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Optimal => "the best input is proved optimal",
        Verdict::Found => "a feasible input, not proved optimal",
        _ => "no input was evaluated within the limits",
    }
}

fn of_verification(image: &ImageFacts, findings: &Findings) -> String {
    let Labels { label, target } = image.labels;
    let rather = match image.strict {
        true => String::new(),
        false => format!(" rather than {label}"),
    };
    let by = match image.distance {
        Distance::L1 => "",
        Distance::LInfinity => " by L-infinity distance",
        Distance::Rows => " by the distance of rows",
    };
    let what = format!(
        "input within {} of image {}{by} that is class {target}{rather}",
        Shortest(image.epsilon),
        image.index
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

/// The class that the network gives an adversarial input. It need not be the target, whose output exceeds that
/// of the label alone.
fn class_of(class: usize, image: &ImageFacts) -> String {
    let Labels { label, target } = image.labels;
    if class == target {
        return class.to_string();
    }
    format!("{class}, neither {target} nor {label}; --strict asks for class {target} itself")
}
