//! The verdicts of a check as a continuous integration reads them: JUnit XML, one suite a world, one case a property.

use crate::counterexample::{Counterexample, QUIET};
use crate::eventually;
use crate::properties;
use crate::report::{Report, Verdict, WorldReport};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;

/// What became of one case.
enum Outcome {
    Passed(&'static str),
    Failed(String),
    Skipped(&'static str),
}

struct Case {
    name: String,
    outcome: Outcome,
    /// The property whose stories belong to it.
    property: &'static str,
}

/// A report as a document. A property that does not hold is a failure, with its story; one that was not judged, because something else
/// ended the search before, is skipped; one that was not asked for is left out.
///
/// # Panics
///
/// Never: nothing that is written to memory fails.
#[must_use]
pub fn document(report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, report).expect("writing to memory does not fail");
    let mut text = String::from_utf8(writer.into_inner()).expect("everything written is text");
    text.push('\n');
    text
}

fn write(writer: &mut Writer<Vec<u8>>, report: &Report) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites: Vec<(&WorldReport, Vec<Case>)> = report.worlds.iter().map(|world| (world, cases(world))).collect();
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    let time = seconds(report.worlds.iter().map(|world| world.milliseconds).sum());
    let (tests, failures, skipped) = (count(all(), |_| true), count(all(), failed), count(all(), left_out));
    let attributes = [
        ("name", "netsession check"),
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
        ("skipped", skipped.as_str()),
        ("errors", "0"),
        ("time", time.as_str()),
    ];
    writer
        .create_element("testsuites")
        .with_attributes(attributes)
        .write_inner_content(|writer| suites.iter().try_for_each(|(world, cases)| suite(writer, world, cases)))?;
    Ok(())
}

fn suite(writer: &mut Writer<Vec<u8>>, world: &WorldReport, cases: &[Case]) -> io::Result<()> {
    let (tests, failures, skipped) = (count(cases, |_| true), count(cases, failed), count(cases, left_out));
    let time = seconds(world.milliseconds);
    let attributes = [
        ("name", world.name),
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
        ("skipped", skipped.as_str()),
        ("errors", "0"),
        ("time", time.as_str()),
    ];
    writer.create_element("testsuite").with_attributes(attributes).write_inner_content(|writer| {
        let facts = [
            ("about", world.about.to_owned()),
            ("states", world.states.to_string()),
            ("transitions", world.transitions.to_string()),
            ("depth", world.depth.to_string()),
        ];
        writer.create_element("properties").write_inner_content(|writer| {
            facts.iter().try_for_each(|(name, value)| {
                writer.create_element("property").with_attributes([("name", *name), ("value", value.as_str())]).write_empty().map(drop)
            })
        })?;
        cases.iter().try_for_each(|case| self::case(writer, world, case))
    })?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, world: &WorldReport, case: &Case) -> io::Result<()> {
    let attributes = [("classname", format!("netsession.{}", world.name)), ("name", case.name.clone()), ("time", "0".to_owned())];
    let element = writer.create_element("testcase").with_attributes(attributes.iter().map(|(name, value)| (*name, value.as_str())));
    match &case.outcome {
        Outcome::Passed("") => element.write_empty()?,
        Outcome::Passed(why) => element.write_inner_content(|writer| {
            writer.create_element("system-out").write_text_content(BytesText::new(why))?;
            Ok(())
        })?,
        Outcome::Skipped(why) => element.write_inner_content(|writer| {
            writer.create_element("skipped").with_attribute(("message", *why)).write_empty()?;
            Ok(())
        })?,
        Outcome::Failed(message) => element.write_inner_content(|writer| {
            let about = |found: &&Counterexample| found.properties.contains(&case.property);
            let stories: Vec<String> = world.counterexamples.iter().filter(about).map(|found| found.story.to_string()).collect();
            let failure = writer.create_element("failure").with_attributes([("type", "violation"), ("message", message.as_str())]);
            failure.write_text_content(BytesText::new(&stories.join("\n")))?;
            Ok(())
        })?,
    };
    Ok(())
}

fn cases(world: &WorldReport) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut judged = |property: &'static str, sentence: &str, verdict: Option<Verdict>| {
        let outcome = match verdict {
            Some(Verdict::Unasked) => return,
            Some(Verdict::Proved) => Outcome::Passed(""),
            Some(Verdict::Vacuous) => Outcome::Passed("holds; nothing in this world puts it to the test"),
            Some(Verdict::Violated) => Outcome::Failed(format!("not always: {sentence}")),
            Some(Verdict::Undecided) | None => Outcome::Skipped("not decided: the search ended before"),
        };
        cases.push(Case { name: format!("{property}: {sentence}"), outcome, property });
    };
    for (property, verdict) in properties::ALL.iter().zip(&world.verdicts) {
        judged(property.name, property.sentence, Some(*verdict));
    }
    for (place, promise) in eventually::ALL.iter().enumerate() {
        judged(promise.name, promise.sentence, world.promises.get(place).map(|promise| promise.verdict));
    }
    let quiet = match world.quiet_reachable {
        Some(true) => Verdict::Proved,
        Some(false) => Verdict::Violated,
        None => Verdict::Undecided,
    };
    judged(QUIET, "from every state a quiet one stays reachable", Some(quiet));
    // What else is wrong with a world: the engines disagree, or the number of states is not the one pinned.
    let known = |fault: &String| cases.iter().any(|case| matches!(case.outcome, Outcome::Failed(_)) && fault.starts_with(case.property));
    let others: Vec<String> = world.faults().into_iter().filter(|fault| !known(fault) && !fault.contains("quiet state")).collect();
    let outcome = if others.is_empty() { Outcome::Passed("") } else { Outcome::Failed(others.join("; ")) };
    cases.push(Case { name: "counts: every search finds the same states, as many as are pinned".to_owned(), outcome, property: "counts" });
    cases
}

fn failed(case: &Case) -> bool {
    matches!(case.outcome, Outcome::Failed(_))
}

fn left_out(case: &Case) -> bool {
    matches!(case.outcome, Outcome::Skipped(_))
}

fn count<'a>(cases: impl IntoIterator<Item = &'a Case>, which: impl Fn(&Case) -> bool) -> String {
    cases.into_iter().filter(|case| which(case)).count().to_string()
}

fn seconds(milliseconds: u128) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}
