//! What do the laws say to a continuous integration? JUnit XML, one suite an executor, one case a law.

use super::{Played, Report, Shown, Verdict};
use netsession_model::junit::{Case, Outcome, Suite, written};

/// A report as a document. What is excused, or impossible here, is skipped, with the reason.
#[must_use]
pub fn document(report: &Report) -> String {
    written("netsession conformance", &report.shown.iter().map(suite).collect::<Vec<_>>())
}

fn suite(shown: &Shown) -> Suite {
    let time = shown.laws.iter().map(|played| played.time).sum();
    Suite { name: shown.executor.clone(), time, properties: Vec::new(), cases: shown.laws.iter().map(case).collect() }
}

fn case(played: &Played) -> Case {
    let outcome = match &played.verdict {
        Verdict::Passed => Outcome::Passed(""),
        Verdict::Failed(said) => Outcome::Failed { message: format!("{} does not hold", played.about.section), story: said.clone() },
        Verdict::Excused(_) | Verdict::Impossible(_) => Outcome::Skipped(played.verdict.why()),
    };
    Case { name: played.about.name.to_owned(), time: played.time, outcome }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::{ALL, Excuse};
    use netsession_fsm::words::Capabilities;
    use std::time::Duration;

    #[test]
    fn what_was_not_played_is_skipped_with_its_reason() {
        let verdicts = [
            Verdict::Passed,
            Verdict::Failed("it said <this>".into()),
            Verdict::Excused(Excuse::Lacks(Capabilities::FORCED_ROAMING)),
            Verdict::Impossible("needs connmand".into()),
        ];
        let laws =
            verdicts.into_iter().zip(ALL).map(|(verdict, about)| Played { about: *about, verdict, time: Duration::from_millis(1500) });
        let report = Report { shown: vec![Shown { executor: "one".into(), laws: laws.collect() }] };
        let text = document(&report);
        for part in [
            r#"<testsuites name="netsession conformance" tests="4" failures="1" skipped="2" errors="0" time="6.000">"#,
            r#"<testsuite name="one" tests="4" failures="1" skipped="2" errors="0" time="6.000">"#,
            r#"<testcase classname="netsession.one" name="operations::open_raises_and_close_lowers" time="1.500"/>"#,
            "it said &lt;this&gt;",
            r#"<skipped message="lacks ForcedRoaming"/>"#,
            r#"<skipped message="needs connmand"/>"#,
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
