//! How do verdicts become a file that a continuous integration reads? JUnit XML: suites of cases, whatever was judged.

mod check;

pub use check::document;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;
use std::time::Duration;

/// What was judged together: a world, an executor.
#[derive(Debug)]
pub struct Suite {
    /// What it is called.
    pub name: String,
    /// How long all of it took.
    pub time: Duration,
    /// Facts of it, by their names.
    pub properties: Vec<(&'static str, String)>,
    /// Each verdict.
    pub cases: Vec<Case>,
}

/// One verdict.
#[derive(Debug)]
pub struct Case {
    /// What was judged.
    pub name: String,
    /// How long it took by itself; zero where that is not known.
    pub time: Duration,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a case.
#[derive(Debug)]
pub enum Outcome {
    /// It holds, with a remark unless that is empty.
    Passed(&'static str),
    /// It does not.
    Failed {
        /// In one sentence.
        message: String,
        /// How it came about.
        story: String,
    },
    /// It was not judged, and why.
    Skipped(String),
}

/// Suites as a document; `name` says what wrote it.
///
/// # Panics
///
/// Never: nothing that is written to memory fails.
#[must_use]
pub fn written(name: &str, suites: &[Suite]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, name, suites).expect("writing to memory does not fail");
    let mut text = String::from_utf8(writer.into_inner()).expect("everything written is text");
    text.push('\n');
    text
}

fn write(writer: &mut Writer<Vec<u8>>, name: &str, suites: &[Suite]) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let cases: Vec<&Case> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let facts = facts(name, &cases, suites.iter().map(|suite| suite.time).sum());
    writer
        .create_element("testsuites")
        .with_attributes(facts.iter().map(|(name, value)| (*name, value.as_str())))
        .write_inner_content(|writer| suites.iter().try_for_each(|each| suite(writer, each)))
        .map(drop)
}

fn facts(name: &str, cases: &[&Case], time: Duration) -> [(&'static str, String); 6] {
    let count = |which: fn(&Outcome) -> bool| cases.iter().filter(|case| which(&case.outcome)).count().to_string();
    [
        ("name", name.to_owned()),
        ("tests", cases.len().to_string()),
        ("failures", count(|outcome| matches!(outcome, Outcome::Failed { .. }))),
        ("skipped", count(|outcome| matches!(outcome, Outcome::Skipped(_)))),
        ("errors", "0".to_owned()),
        ("time", seconds(time)),
    ]
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

fn suite(writer: &mut Writer<Vec<u8>>, suite: &Suite) -> io::Result<()> {
    let facts = facts(&suite.name, &suite.cases.iter().collect::<Vec<_>>(), suite.time);
    let element = writer.create_element("testsuite").with_attributes(facts.iter().map(|(name, value)| (*name, value.as_str())));
    element.write_inner_content(|writer| {
        if !suite.properties.is_empty() {
            writer.create_element("properties").write_inner_content(|writer| {
                suite.properties.iter().try_for_each(|(name, value)| {
                    writer.create_element("property").with_attributes([("name", *name), ("value", value.as_str())]).write_empty().map(drop)
                })
            })?;
        }
        suite.cases.iter().try_for_each(|each| case(writer, &suite.name, each))
    })?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, suite: &str, case: &Case) -> io::Result<()> {
    let (class, time) = (format!("netsession.{suite}"), seconds(case.time));
    let attributes = [("classname", class.as_str()), ("name", case.name.as_str()), ("time", time.as_str())];
    let element = writer.create_element("testcase").with_attributes(attributes);
    match &case.outcome {
        Outcome::Passed("") => element.write_empty()?,
        Outcome::Passed(remark) => element.write_inner_content(|writer| {
            writer.create_element("system-out").write_text_content(BytesText::new(remark))?;
            Ok(())
        })?,
        Outcome::Skipped(why) => element.write_inner_content(|writer| {
            writer.create_element("skipped").with_attribute(("message", why.as_str())).write_empty()?;
            Ok(())
        })?,
        Outcome::Failed { message, story } => element.write_inner_content(|writer| {
            let failure = writer.create_element("failure").with_attributes([("type", "violation"), ("message", message.as_str())]);
            failure.write_text_content(BytesText::new(story))?;
            Ok(())
        })?,
    };
    Ok(())
}
