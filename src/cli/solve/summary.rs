//! A solve's result in words.

use crate::cli::question::Question;
use crate::instance::Labels;
use crate::search::{Findings, Verdict};

/// The verdict, what was found and proved, and how the solver ended.
pub fn summary(question: &Question, findings: &Findings) -> String {
    let mut lines = vec![headline(question, findings)];
    if let Some(best) = &findings.best {
        let seconds = findings.seconds_to_best.unwrap_or(findings.seconds_total);
        lines.push(format!(
            "best dense objective  {:.9} after {seconds:.3} s",
            best.value
        ));
    }
    if let Some(bound) = findings.dual_bound {
        lines.push(format!("proved bound          {bound:.9}"));
    }
    let effort = format!(
        "{} inputs tried, {:.3} s in all",
        findings.candidates.len(),
        findings.seconds_total
    );
    lines.push(match findings.solver_status {
        Some(status) => format!("solver                {status}; {effort}"),
        None => format!("search                {effort}"),
    });
    lines.join("\n")
}

fn headline(question: &Question, findings: &Findings) -> String {
    let status = findings.verdict;
    let Some(image) = &question.image else {
        let meaning = match findings.verdict {
            Verdict::Optimal => "the best input is proved optimal",
            Verdict::Found => "a feasible input, not proved optimal",
            _ => "no feasible input within the limits",
        };
        return format!("{status}: {meaning}");
    };
    let Labels { label, target } = image.labels;
    let what = format!(
        "an input within {} of image {} that is class {target} rather than {label}",
        image.epsilon, image.index
    );
    match findings.verdict {
        Verdict::Found => format!("{status}: {what}"),
        Verdict::NoneExists => format!("{status}: proved that there is no {}", &what[3..]),
        _ => format!("{status}: neither {what} nor a proof that there is none"),
    }
}
